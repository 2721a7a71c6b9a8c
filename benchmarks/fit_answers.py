"""Fit the models that choose sentences and decide whether to answer; write qa/weights.py.

    python benchmarks/fit_answers.py --set INDEX QUESTIONS.jsonl [--set ...] [--write]

Each set is an index folder and a file of questions with `answers`, `relevant_ids` and
`answerable`. Of a set in which questions have a `date`, as the newsroom's have, only the half
that `tuned` names is fitted to; the other is measured. A set counts by the root of its size.
Sentences: listwise logistic regression over the sentences of the best passages of one question,
after Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007.
Support: logistic regression over questions whose quotes hold the answer, questions that have
none, and questions whose own articles are kept out of the search; dated reports have weights of
their own, drawn towards those of all. Figures are cross-validated: no article is in both halves.
"""

from __future__ import annotations

import argparse
import hashlib
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
from qa.support import SUPPORT_FEATURES, dated, support_features

FOLDS = 5
OWN_WEIGHTS = 0.3
"""How far the weights for dated reports may leave those for all, from 0 to about 1."""
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
    dated: bool
    held_out: bool


def cases(index: str, file: str, limit: int, source: str) -> list[Case]:
    rows = [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()]
    rows = [row for row in rows if row.get("answerable") is not None and row.get("count") is None]
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


def tuned(row: dict) -> bool:
    """Whether a question of the newsroom is of the half that may be looked at while tuning."""
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 0


def _case(retriever: Retriever, row: dict, where: Filter, label: str, source: str) -> Case | None:
    days = {name: date.fromisoformat(row[name]) for name in ("since", "until") if row.get(name)}
    if row.get("date"):
        days["as_of"] = date.fromisoformat(row["date"])
    question = row.get("rewrite") or row["question"]
    hits = retriever.retrieve(question, k=READ_HITS, where=where, **days)
    if not hits:
        return None
    with retriever.index.snapshot() as snapshot:
        encoder = retriever.encoder_for(snapshot.generation.manifest)
        asked = profile(question, snapshot, encoder)
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
    own = next(iter(sorted(relevant)), hits[0].article.id.rsplit("_", 1)[0])
    group = int(hashlib.sha256(own.encode()).hexdigest(), 16) % FOLDS
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
        dated(hits),
        bool(row.get("date")) and not tuned(row),
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
    data: Sequence[Case], right: Sequence[bool], share: dict[tuple[str, str], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Weights of shape (2, n) and intercepts of shape (2,), for undated and for dated articles."""
    x = np.array([case.support for case in data])
    reports = np.array([[case.dated] for case in data])
    middle, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    # Shrunk columns cost more, so that reports keep to the weights of all where few speak.
    own = np.hstack([(x - middle) / scale, np.ones((len(x), 1))]) * reports * OWN_WEIGHTS
    weight = np.array([share[case.source, case.kind] for case in data])
    model = LogisticRegression(C=0.3, max_iter=4000)
    model.fit(np.hstack([x / scale, own]), right, sample_weight=weight / weight.mean())
    general, other = model.coef_[0][: x.shape[1]], model.coef_[0][x.shape[1] :] * OWN_WEIGHTS
    base = float(model.intercept_[0])
    moved = base + other[-1] - float(other[:-1] @ (middle / scale))
    return np.array([general / scale, (general + other[:-1]) / scale]), np.array([base, moved])


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


def rescored(case: Case, scores: np.ndarray) -> np.ndarray:
    asked, hits, matches = case.read
    evidence = [
        replace(item, score=float(score)) for item, score in zip(case.evidence, scores, strict=True)
    ]
    return support_features(asked, hits, matches, evidence)


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
    # The newsroom's are few, and the only ones asked of news: twofold.
    of_news = {case.source: 2 if case.dated else 1 for case in data}
    largest = Counter(case.source for case in data).most_common(1)[0][0]
    share_of = {"answerable": 3.0, "unanswerable": 1.5, "removed": 1.0}
    kinds = {
        (source, kind): share_of[kind] / size**0.5 * (8 if source == largest else of_news[source])
        for (source, kind), size in sizes.items()
    }
    # Who asks of news is better served by a near quote than by none.
    kinds |= {
        (source, "answerable"): kinds[source, "answerable"] * 1.25
        for source, often in of_news.items()
        if often > 1 and (source, "answerable") in kinds
    }
    fitted = [case for case in data if not case.held_out]
    teach = [case for case in answerable if not case.held_out]
    scores: dict[int, np.ndarray] = {}
    right: dict[int, bool] = {}
    for fold in range(FOLDS):
        w = fit_sentences([c for c in teach if c.group != fold], share)
        scores |= {id(c): c.sentences @ w for c in data if c.group == fold}
    for case in data:
        # The quotes on which support is judged are those of a model that has not seen the case.
        case.support = rescored(case, scores[id(case)])
        right[id(case)] = (
            case.kind == "answerable" and bool(case.answers) and hit(case, scores[id(case)])[0]
        )
    sure: dict[int, float] = {}
    for fold in range(FOLDS):
        others = [c for c in fitted if c.group != fold]
        v, b = fit_support(others, [right[id(c)] for c in others], kinds)
        for case in data:
            if case.group == fold:
                logit = case.support @ v[int(case.dated)] + b[int(case.dated)]
                sure[id(case)] = float(1 / (1 + np.exp(-logit)))
    for source, held in sorted({(case.source, case.held_out) for case in data}):
        own = [case for case in data if (case.source, case.held_out) == (source, held)]
        told = [hit(c, scores[id(c)]) for c in own if c.kind == "answerable" and c.answers]
        found, words, first = (float(np.mean(column)) for column in zip(*told, strict=True))
        name = f"{source}{' kept aside' if held else ''}"
        print(f"{name:30} quotes {found:.3f} in {words:.0f} words, one sentence {first:.3f}")
        yes = np.array([sure[id(c)] for c in own if c.kind == "answerable"])
        for kind in ("unanswerable", "removed"):
            no = np.array([sure[id(c)] for c in own if c.kind == kind])
            if len(no):
                area = roc_auc_score([1] * len(yes) + [0] * len(no), [*yes, *no])
                shares = [f"{(yes >= t).mean():.2f}/{(no >= t).mean():.2f}" for t in THRESHOLDS]
                print(f"{'':30} {kind:12} AUROC {area:.3f}, yes/no answered {' '.join(shares)}")
    w = fit_sentences(teach, share)
    v, b = fit_support(fitted, [right[id(c)] for c in fitted], kinds)
    for name, weight in zip(SENTENCE_FEATURES, w, strict=True):
        print(f"  {name:20} {weight:8.3f}")
    for name, weight, of_reports in zip(SUPPORT_FEATURES, *v, strict=True):
        print(f"  {name:20} {weight:8.3f} {of_reports:8.3f}")
    if write:
        target = Path(__file__).resolve().parent.parent / "qa" / "weights.py"
        target.write_text(module(w, v, b), encoding="utf-8")


def module(sentence: np.ndarray, support: np.ndarray, intercepts: np.ndarray) -> str:
    def rows(names: Sequence[str], weights: np.ndarray, indent: int) -> str:
        return "".join(
            f"{' ' * indent}{weight:.4f},  # {name}\n"
            for name, weight in zip(names, weights, strict=True)
        )

    return f'''"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
{rows(SENTENCE_FEATURES, sentence, 8)}    ]
)
# The first row is for undated articles, the second for dated reports.
SUPPORT_WEIGHTS = np.array(
    [
        [
{rows(SUPPORT_FEATURES, support[0], 12)}        ],
        [
{rows(SUPPORT_FEATURES, support[1], 12)}        ],
    ]
)
SUPPORT_INTERCEPTS = np.array([{intercepts[0]:.4f}, {intercepts[1]:.4f}])
'''


if __name__ == "__main__":
    main()
