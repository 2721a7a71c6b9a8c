"""Fit the models that choose sentences and decide whether to answer; write qa/weights.py.

    python benchmarks/fit_answers.py --set INDEX QUESTIONS.jsonl [--set ...] [--write]

Each set is an index folder and a file of questions with `answers`, `relevant_ids` and
`answerable`. A set counts by the root of its size. Sentences: listwise logistic
regression over the sentences of the best passages of one question, after Cao et al., "Learning
to Rank: From Pairwise Approach to Listwise Approach", ICML 2007. Support: logistic regression
over questions that have an answer, questions that have none, and questions whose own articles
are kept out of the search. Figures are cross-validated: no article is in both halves.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.records import Filter
from qa.evaluation.metrics import first_words, stands_in
from qa.evidence import SENTENCE_FEATURES, profile, read_hits
from qa.quotes import READ_HITS, chosen
from qa.retriever import Retriever
from qa.support import SUPPORT_FEATURES, support_features

FOLDS = 5
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


@dataclass
class Case:
    """One question as it was searched."""

    source: str
    kind: str  # answerable, unanswerable or removed
    group: int
    sentences: np.ndarray
    right: np.ndarray
    support: np.ndarray
    evidence: list
    answers: list[str]
    read: tuple


def cases(index: str, file: str, limit: int, source: str) -> list[Case]:
    rows = [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]
    rows = [row for row in rows if row.get("answerable") is not None and not row.get("history")]
    random.Random(11).shuffle(rows)
    found: list[Case] = []
    with Retriever.open(index) as retriever:
        for number, row in enumerate(rows[:limit]):
            print(f"\r{source} {number + 1}/{min(limit, len(rows))}", end="", file=sys.stderr)
            relevant = tuple(row.get("relevant_ids") or ())
            kind = "answerable" if row["answerable"] else "unanswerable"
            for label, where in ((kind, Filter()), ("removed", Filter(exclude=relevant))):
                if label == "removed" and (not row["answerable"] or not relevant):
                    continue
                case = _case(retriever, row, where, label, source)
                if case:
                    found.append(case)
        print(file=sys.stderr)
    return found


def _case(retriever: Retriever, row: dict, where: Filter, label: str, source: str) -> Case | None:
    window = {name: date.fromisoformat(row[name]) for name in ("since", "until") if row.get(name)}
    hits = retriever.retrieve(row["question"], k=READ_HITS, where=where, **window)
    if not hits:
        return None
    with retriever.index.snapshot() as snapshot:
        encoder = retriever.encoder_for(snapshot.generation.manifest)
        asked = profile(row["question"], snapshot, encoder)
        matches, evidence = read_hits(asked, hits, snapshot, encoder)
    answers = list(row.get("answers") or ())
    relevant = set(row.get("relevant_ids") or ())
    right = np.array(
        [
            item.hit.article.id in relevant
            and any(stands_in(answer, item.text) for answer in answers)
            for item in evidence
        ]
    )
    group = hash(tuple(sorted(relevant))[:1] or hits[0].article.id.rsplit("_", 1)[0]) % FOLDS
    return Case(
        source,
        label,
        group,
        np.array([item.features for item in evidence]),
        right,
        support_features(asked, hits, matches, evidence),
        evidence,
        answers,
        (asked, hits, matches),
    )


def listwise(
    lists: Iterable[tuple[np.ndarray, np.ndarray, float]], penalty: float = 3e-3
) -> np.ndarray:
    """Weights that make the right sentences of each list the likeliest."""
    use = [(x, y, weight) for x, y, weight in lists if y.any()]
    total = sum(weight for _, _, weight in use)

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = 0.0, np.zeros_like(w)
        for x, y, weight in use:
            scores = x @ w
            p = np.exp(scores - scores.max())
            p /= p.sum()
            good = p[y].sum()
            value -= weight * np.log(good + 1e-12)
            slope -= weight * (x.T @ (np.where(y, p / (good + 1e-12), 0.0) - p))
        return value / total + penalty * w @ w, slope / total + 2 * penalty * w

    return minimize(loss, np.zeros(use[0][0].shape[1]), jac=True, method="L-BFGS-B").x


def fit_sentences(data: Sequence[Case], share: dict[str, float]) -> np.ndarray:
    every = np.concatenate([case.sentences for case in data])
    scale = every.std(axis=0) + 1e-9
    weights = listwise((case.sentences / scale, case.right, share[case.source]) for case in data)
    return weights / scale


def fit_support(
    data: Sequence[Case], share: dict[tuple[str, str], float]
) -> tuple[np.ndarray, float]:
    x = np.array([case.support for case in data])
    y = np.array([case.kind == "answerable" for case in data])
    scale = x.std(axis=0) + 1e-9
    weight = np.array([share[case.source, case.kind] for case in data])
    model = LogisticRegression(C=0.3, max_iter=2000)
    model.fit(x / scale, y, sample_weight=weight / weight.mean())
    return model.coef_[0] / scale, float(model.intercept_[0])


def hit(case: Case, scores: np.ndarray) -> tuple[bool, int, bool]:
    evidence = [
        replace(item, score=float(score)) for item, score in zip(case.evidence, scores, strict=True)
    ]
    picked = chosen(evidence)
    text = first_words(" ".join(item.text for item in picked), 60)
    best = max(evidence, key=lambda item: item.score).text
    return (
        any(stands_in(answer, text) for answer in case.answers),
        len(text.split()),
        any(stands_in(answer, best) for answer in case.answers),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--set", nargs=2, action="append", required=True, metavar="PATH")
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="write qa/weights.py")
    parser.add_argument("--cache", type=Path, help="keep what was collected in this file")
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        data = pickle.loads(options.cache.read_bytes())
    else:
        data = []
        for index, file in options.set:
            source = f"{Path(index).name}/{Path(file).stem}"
            data += cases(index, file, options.limit, source)
        if options.cache:
            options.cache.write_bytes(pickle.dumps(data))
    report(data, options.write)


def report(data: list[Case], write: bool) -> None:
    sources = sorted({case.source for case in data})
    answerable = [case for case in data if case.kind == "answerable" and case.answers]
    share = {s: max(1, sum(c.source == s for c in answerable)) ** -0.5 for s in sources}
    # A set counts by the root of its size; the largest, whose unanswerable questions were
    # written to look answerable and are the hardest, eightfold.
    sizes = Counter((case.source, case.kind) for case in data)
    largest = Counter(case.source for case in data).most_common(1)[0][0]
    share_of = {"answerable": 2.0, "unanswerable": 1.5, "removed": 1.0}
    kinds = {
        (source, kind): share_of[kind] / size**0.5 * (8 if source == largest else 1)
        for (source, kind), size in sizes.items()
    }
    scores: dict[int, np.ndarray] = {}
    sure: dict[int, float] = {}
    for fold in range(FOLDS):
        w = fit_sentences([c for c in answerable if c.group != fold], share)
        v, b = fit_support([c for c in data if c.group != fold], kinds)
        for case in data:
            if case.group == fold:
                scores[id(case)] = case.sentences @ w
                sure[id(case)] = float(1 / (1 + np.exp(-(case.support @ v + b))))
    for source in sources:
        told = [hit(c, scores[id(c)]) for c in answerable if c.source == source]
        found, words, first = (float(np.mean(column)) for column in zip(*told, strict=True))
        print(f"{source:26} quotes {found:.3f} in {words:.0f} words, one sentence {first:.3f}")
        yes = np.array([sure[id(c)] for c in data if (c.source, c.kind) == (source, "answerable")])
        for kind in ("unanswerable", "removed"):
            no = np.array([sure[id(c)] for c in data if (c.source, c.kind) == (source, kind)])
            if len(no):
                area = roc_auc_score([1] * len(yes) + [0] * len(no), [*yes, *no])
                shares = [f"{(yes >= t).mean():.2f}/{(no >= t).mean():.2f}" for t in THRESHOLDS]
                print(f"{'':26} {kind:12} AUROC {area:.3f}, yes/no answered {' '.join(shares)}")
    w = fit_sentences(answerable, share)
    v, b = fit_support(data, kinds)
    for name, weight in zip(SENTENCE_FEATURES, w, strict=True):
        print(f"  {name:20} {weight:8.3f}")
    for name, weight in zip(SUPPORT_FEATURES, v, strict=True):
        print(f"  {name:20} {weight:8.3f}")
    if write:
        target = Path(__file__).resolve().parent.parent / "qa" / "weights.py"
        target.write_text(module(w, v, b), encoding="utf-8")


def module(sentence: np.ndarray, support: np.ndarray, intercept: float) -> str:
    def rows(names: Sequence[str], weights: np.ndarray) -> str:
        return "".join(
            f"        {weight:.4f},  # {name}\n"
            for name, weight in zip(names, weights, strict=True)
        )

    return f'''"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
{rows(SENTENCE_FEATURES, sentence)}    ]
)
SUPPORT_WEIGHTS = np.array(
    [
{rows(SUPPORT_FEATURES, support)}    ]
)
SUPPORT_INTERCEPT = {intercept:.4f}
'''


if __name__ == "__main__":
    main()
