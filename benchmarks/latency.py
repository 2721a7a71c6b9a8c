"""How long one question takes, and what each part of the search costs.

    python benchmarks/latency.py
    python benchmarks/latency.py --index index/ --questions questions.jsonl --count 200

The kinds of search take turns, question by question, so that their ratios hold on a busy
machine. Questions are a JSON Lines file's ``question``, ``text`` or ``query`` fields; where
none is given, the first sentences of the collection's own articles.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from measuring import machine, percentile_95, seconds, seeds_or_synthetic

from embeddings.encoder import open_encoder
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from qa.ranking import RetrievalSettings
from qa.retriever import Retriever

_PLAIN = {"late_interaction_weight": 0.0, "feedback_weight": 0.0}


@contextlib.contextmanager
def opened(index: Path | None, seeds: Path | None, articles: int) -> Iterator[Retriever]:
    """The index given, or one built for the occasion."""
    if index is not None:
        with Retriever.open(index) as retriever:
            yield retriever
        return
    with (
        seeds_or_synthetic(seeds, articles) as folder,
        tempfile.TemporaryDirectory() as scratch,
    ):
        encoder = open_encoder()
        rebuild(folder, Path(scratch), encoder)
        with Retriever.open(scratch, encoder) as retriever:
            yield retriever


def questions_of(file: Path | None, retriever: Retriever, count: int) -> list[str]:
    """Questions from a file, or lines of the articles."""
    if file is None:
        articles = retriever.articles(limit=count)
        return [" ".join(article.text.split()[:14]) for article in articles]
    found = []
    for line in file.read_text(encoding="utf-8").splitlines()[:count]:
        record = json.loads(line)
        found += [str(record[name]) for name in ("question", "text", "query") if name in record][:1]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--index", type=Path, help="an index; one is built if not given")
    parser.add_argument("--seeds", type=Path, help="articles to build it from")
    parser.add_argument("--articles", type=int, default=200, help="how many to invent")
    parser.add_argument("--questions", type=Path, help="a JSON Lines file")
    parser.add_argument("--count", type=int, default=100, help="how many questions (default 100)")
    parser.add_argument("-k", type=int, default=8, help="hits a question (default 8)")
    chosen = parser.parse_args()
    print(machine())
    with opened(chosen.index, chosen.seeds, chosen.articles) as retriever:
        status = retriever.status()
        print(f"{status.articles:,} articles, {status.passages:,} passages")
        questions = questions_of(chosen.questions, retriever, chosen.count)
        if not questions:
            print("skipped: there is no question to ask")
            return 0
        retriever.warm_up()
        encoder = open_encoder()
        encoder.encode_query("warm up")
        since = status.newest_published

        def search(
            settings: RetrievalSettings, where: Filter | None = None
        ) -> Callable[[str], object]:
            return lambda text: retriever.retrieve(text, chosen.k, where=where, settings=settings)

        kinds: dict[str, Callable[[str], object]] = {
            "the whole search": search(RetrievalSettings()),
            "question to vector alone": encoder.encode_query,
            "dense only": search(RetrievalSettings(lexical=False, **_PLAIN)),
            "lexical only": search(RetrievalSettings(dense=False, **_PLAIN)),
            "fused, not reranked": search(RetrievalSettings(**_PLAIN)),
        }
        if since:
            kinds["within the newest day"] = search(RetrievalSettings(), Filter(since=since))
        for kind in kinds.values():
            kind(questions[0])
        took: dict[str, list[float]] = {name: [] for name in kinds}
        for question in questions:
            for name, kind in kinds.items():
                took[name].append(seconds(lambda kind=kind, text=question: kind(text)))
        base = median(took["the whole search"])
        print(f"\n{'':26} {'median':>9} {'95 of 100':>10} {'of the whole':>13}")
        for name, values in took.items():
            middle, most = 1000 * median(values), 1000 * percentile_95(values)
            print(f"{name:<26} {middle:>6.1f} ms {most:>7.1f} ms {middle / base / 1000:>13.2f}")
        alone = median(took["question to vector alone"])
        print(
            f"\nThe whole search takes {base / alone:.2f} times what the question's vector takes."
        )
        whole = kinds["the whole search"]
        one = seconds(lambda: [whole(question) for question in questions])
        with ThreadPoolExecutor(4) as pool:
            four = seconds(lambda: list(pool.map(whole, questions)))
        print(f"\n{len(questions) / one:.1f} questions/s from one thread,", end=" ")
        print(f"{one / four:.2f} times as many from four")
    return 0


if __name__ == "__main__":
    sys.exit(main())
