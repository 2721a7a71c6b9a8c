"""Hand-written claims about the newsroom's articles: what holds passes, what does not is caught.

The claims are of the kinds a language model gets wrong: another number, unit, name or date, a
"not" more or less, the contrary word, somebody else's words, plain invention.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from embeddings.articles import read_articles
from embeddings.encoder import open_encoder
from embeddings.records import Article, Passage
from embeddings.sentences import sentence_spans
from qa.records import Hit
from qa.writer.draft import DraftSentence
from qa.writer.support import Checker

NEWSROOM = Path(__file__).parent / "newsroom"


def whole(article: Article) -> Hit:
    end = len(article.text)
    spans = tuple(sentence_spans(article.text))
    return Hit(Passage(article.id, 0, 0, end, article.text, spans), article, 1.0)


@pytest.mark.model
def test_claims_are_told_apart() -> None:
    claims = defaultdict(list)
    for line in (NEWSROOM / "claims.jsonl").read_text(encoding="utf-8").splitlines():
        claim = json.loads(line)
        claims[claim["article"]].append(claim)
    encoder = open_encoder()
    total, right, wrong = Counter[str](), Counter[str](), []
    for name, rows in claims.items():
        path = NEWSROOM / "seeds" / name
        (article,) = read_articles(path, name, path.read_bytes())
        assert isinstance(article, Article)
        checker = Checker([whole(article)], encoder)
        for row in rows:
            verdict = checker.check(DraftSentence(row["claim"], (1,)))
            total[row["kind"]] += 1
            if (not verdict.doubts) == row["supported"]:
                right[row["kind"]] += 1
            else:
                wrong.append((row["kind"], row["claim"], verdict.doubts))
            for piece in verdict.evidence:
                assert article.text[piece.start : piece.end] == piece.text
    false = [kind for kind in total if kind != "supported"]
    caught = sum(right[kind] for kind in false) / sum(total[kind] for kind in false)
    assert caught >= 0.95, wrong
    assert right["supported"] / total["supported"] >= 0.88, wrong
    for kind in ("number", "unit", "name", "date", "negation", "opposite"):
        assert right[kind] / total[kind] >= 0.9, (kind, wrong)
