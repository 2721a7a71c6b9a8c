"""How much publication just before the question should weigh, by kind of question.

    dateline rebuild tests/newsroom/seeds --index /tmp/newsroom
    python benchmarks/recency.py --index /tmp/newsroom

Prints nDCG@10 for the questions of tests/newsroom/clock.jsonl (or --questions: rows with
question, date, relevant_ids, kind) over shapes of decay, half-lives and weights. Each question
is ranked once; the prior is then added in every way.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

Decay = Callable[[float], float]
Candidate = tuple[str, float, float]
"""Article id, score without recency, age in days (infinite where it has none)."""

SHAPES: dict[str, Callable[[float], Decay]] = {
    "gauss": lambda half: lambda age: 2 ** -((age / half) ** 2),
    "exponential": lambda half: lambda age: 2 ** (-age / half),
    "hyperbolic": lambda half: lambda age: 1 / (1 + age / half),
    "step": lambda half: lambda age: float(age <= half),
}


def candidates(index: Path, rows: list[dict[str, Any]]) -> list[list[Candidate]]:
    from qa.ranking import RetrievalSettings
    from qa.retriever import Retriever

    settings = RetrievalSettings(recency_weight=0, collapse=False)
    ranked = []
    with Retriever.open(index) as retriever:
        for row in rows:
            clock = date.fromisoformat(row["date"])
            hits = retriever.retrieve(row["question"], 100, settings=settings)
            ages = [(clock - day).days if (day := hit.article.published) else -1 for hit in hits]
            ranked.append(
                [
                    (hit.article.id, hit.score, float(age) if age >= 0 else float("inf"))
                    for hit, age in zip(hits, ages, strict=True)
                ]
            )
    return ranked


def reranked(found: list[Candidate], decay: Decay, weight: float) -> list[str]:
    best: dict[str, float] = {}
    for article, score, age in found:
        total = score + (weight * decay(age) if weight and np.isfinite(age) else 0)
        best[article] = max(total, best.get(article, -np.inf))
    return sorted(best, key=lambda article: -best[article])


def main() -> None:
    from qa.dates import read_timing
    from qa.evaluation.metrics import ndcg

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument(
        "--questions", type=Path, default=ROOT / "tests" / "newsroom" / "clock.jsonl"
    )
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text("utf-8").splitlines()]
    ranked = candidates(options.index, rows)
    timings = [read_timing(row["question"], date.fromisoformat(row["date"])) for row in rows]
    runs = [("none", 1.0, 0.0, 0.0)]
    for shape in SHAPES:
        for half in (3.0, 7.0, 10.0, 14.0, 30.0):
            runs += [(shape, half, *weights) for weights in ((0.3, 0.15), (0.3, 0.2), (0.4, 0.3))]
    for shape, half, relative, bare in runs:
        decay = SHAPES.get(shape, SHAPES["step"])(half)
        scores: dict[str, list[float]] = defaultdict(list)
        for row, found, timing in zip(rows, ranked, timings, strict=True):
            weight = 0.0 if timing.past else relative if timing.relative else bare
            score = ndcg(reranked(found, decay, weight), set(row["relevant_ids"]))
            scores[row.get("kind", "all")].append(score)
        told = "  ".join(f"{kind} {np.mean(values):.3f}" for kind, values in sorted(scores.items()))
        print(f"{shape:12} {half:4.0f} days  {relative:.2f}/{bare:.2f}  {told}")


if __name__ == "__main__":
    main()
