"""How often changed sentences are caught: python benchmarks/claims.py CORPUS.jsonl [...].

Of each article (`id`, `text`, perhaps `title`, `date`) one sentence is put to the check as it
stands, and changed by one thing: a number, a name, a "not", a contrary word. It is also put to
the article without that sentence, and a sentence of another article is put to it.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.encoder import Encoder, open_encoder
from embeddings.records import Article, Passage, Span
from embeddings.sentences import sentence_spans
from qa.records import Hit
from qa.writer.draft import DraftSentence
from qa.writer.support import Checker

ARTICLES = 60
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?")
NEGATED = ("was", "is", "will", "has", "had", "were")
CONTRARY = (("rose", "fell"), ("increased", "decreased"), ("higher", "lower"), ("won", "lost"))


def articles(path: str, rng: random.Random) -> list[Article]:
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    rng.shuffle(rows)
    fitting = (row for row in rows if 600 < len(row["text"]) < 3_000)
    return [
        Article(
            row["id"],
            row.get("title", ""),
            row["text"],
            row["id"],
            date.fromisoformat(row["date"][:10]) if row.get("date") else None,
        )
        for row, _ in zip(fitting, range(ARTICLES), strict=False)
    ]


def changed(text: str, strangers: Sequence[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    number = re.search(r"(?<![\w.,])(\d{1,3}(?:,\d{3})*|\d+)(?![\w,.]*\d)", text)
    if number:
        value = int(number[1].replace(",", "")) + rng.choice([3, 7, 20])
        yield "number", f"{text[: number.start()]}{value:,}{text[number.end() :]}"
    names = NAME.findall(text)
    if names and strangers:
        yield "name", text.replace(rng.choice(names), rng.choice(strangers), 1)
    verb = next((verb for verb in NEGATED if f" {verb} " in text), None)
    if verb and " not " not in text:
        yield "negation", text.replace(f" {verb} ", f" {verb} not ", 1)
    for one, other in (*CONTRARY, *((b, a) for a, b in CONTRARY)):
        if re.search(rf"\b{one}\b", text):
            yield "contrary", re.sub(rf"\b{one}\b", other, text, count=1)
            return


def checker(article: Article, spans: Sequence[Span], encoder: Encoder) -> Checker:
    passage = Passage(article.id, 0, 0, len(article.text), article.text, tuple(spans))
    return Checker([Hit(passage, article, 1.0)], encoder)


def main(paths: Sequence[str]) -> None:
    encoder = open_encoder()
    for path in paths:
        rng = random.Random(5)
        found = articles(path, rng)
        pool = [name for article in found for name in NAME.findall(article.text) if " " in name]
        total, marked = Counter[str](), Counter[str]()

        def put(
            kind: str,
            check: Checker,
            text: str,
            total: Counter[str] = total,
            marked: Counter[str] = marked,
        ) -> None:
            total[kind] += 1
            marked[kind] += bool(check.check(DraftSentence(" ".join(text.split()), (1,))).doubts)

        for article, other in zip(found, [*found[1:], found[0]], strict=True):
            spans = sentence_spans(article.text)
            fitting = [span for span in spans if 50 < span[1] - span[0] < 220]
            strange = [s for s in sentence_spans(other.text) if 50 < s[1] - s[0] < 220]
            if len(fitting) < 3 or not strange:
                continue
            start, end = span = rng.choice(fitting)
            text = " ".join(article.text[start:end].split())
            strangers = [name for name in pool if not any(w in article.text for w in name.split())]
            check = checker(article, spans, encoder)
            put("as it stands", check, text)
            for kind, claim in changed(text, strangers, rng):
                put(kind, check, claim)
            put("other article", check, other.text[slice(*rng.choice(strange))])
            without = [kept for kept in spans if kept != span]
            put("sentence taken out", checker(article, without, encoder), text)
        print(path)
        for kind, count in total.items():
            print(f"  {kind:20} {marked[kind]:3} of {count} marked")


if __name__ == "__main__":
    main(sys.argv[1:])
