"""What one ranking or one answer is worth, and how sure a mean of such values is.

The ranking metrics are those of trec_eval with binary relevance, and are tested to equal it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
_SEED = 20170216


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean (or an area) over ``n`` questions with its 95% bootstrap confidence interval."""

    value: float
    low: float
    high: float
    n: int


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k, relevance being yes or no.

    Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques",
    ACM TOIS 2002, with the discount ``1 / log2(rank + 1)``.
    """
    gain = sum(1 / math.log2(n + 2) for n, one in enumerate(ranked[:k]) if one in relevant)
    ideal = sum(1 / math.log2(n + 2) for n in range(min(k, len(relevant))))
    return gain / ideal if ideal else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """One over the rank of the first relevant one, 0 when it is not among the first k."""
    return next((1 / (n + 1) for n, one in enumerate(ranked[:k]) if one in relevant), 0.0)


def hit(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 when a relevant one is among the first k, else 0."""
    return float(any(one in relevant for one in ranked[:k]))


def recall(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """The share of the relevant ones that is among the first k."""
    return len(set(ranked[:k]) & set(relevant)) / len(set(relevant)) if relevant else 0.0


def ranking_metrics(ranked: Sequence[str], relevant: Collection[str]) -> dict[str, float]:
    """Every metric of one ranking of article ids, best first."""
    return {
        "nDCG@10": ndcg(ranked, relevant),
        "MRR@10": reciprocal_rank(ranked, relevant),
        "hits@1": hit(ranked, relevant, 1),
        "hits@4": hit(ranked, relevant, 4),
        "hits@10": hit(ranked, relevant, 10),
        "recall@10": recall(ranked, relevant),
    }


RANKING_METRICS = tuple(ranking_metrics((), ()))


def mean(values: Sequence[float]) -> Estimate | None:
    """The mean of per-question values with its interval; ``None`` of nothing.

    The interval is the percentile bootstrap's, with a fixed seed. Source: Efron and
    Tibshirani, "An Introduction to the Bootstrap", 1993.
    """
    if not values:
        return None
    rows = np.asarray(values, dtype=np.float64)
    if len(rows) < 2 or rows.min() == rows.max():
        return Estimate(float(rows[0]), float(rows[0]), float(rows[0]), len(rows))
    from scipy.stats import bootstrap

    low, high = bootstrap(
        (rows,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=100,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Estimate(float(rows.mean()), float(low), float(high), len(rows))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> Estimate | None:
    """How often a positive has more than a negative, ties counting half.

    The area under the receiver operating characteristic; 0.5 is chance. ``None`` where one
    of the two is empty, or all values are the same and so nothing was decided.
    """
    if not positive or not negative or len({*positive, *negative}) < 2:
        return None
    from scipy.stats import bootstrap
    from sklearn.metrics import roc_auc_score

    def area(high: Sequence[float], low: Sequence[float]) -> float:
        truth = np.repeat([1, 0], [len(high), len(low)])
        return float(roc_auc_score(truth, np.concatenate([high, low])))

    value = area(positive, negative)
    n = len(positive) + len(negative)
    if min(len(positive), len(negative)) < 2:
        return Estimate(value, value, value, n)
    interval = bootstrap(
        (positive, negative),
        area,
        vectorized=False,
        n_resamples=RESAMPLES // 4,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return Estimate(value, float(interval.low), float(interval.high), n)


def normalised(text: str) -> str:
    """Text as answers are compared: lower case, no punctuation, no articles, single blanks.

    Punctuation separates words, but not the digits of one number ("1,437" is "1437").
    Source: the normalisation of SQuAD (Rajpurkar et al., 2016), which glues words instead.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"(?<=\d),(?=\d{3}\b)", "", folded)
    # A decimal point is part of its number, and a script without blanks has words all over.
    folded = re.sub(r"(?<=\d)\.(?=\d)", "point", folded)
    folded = re.sub(r"([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])", r" \1 ", folded)
    words = re.sub(r"[^\w]|_", " ", folded).split()
    return " ".join(word for word in words if word not in ("a", "an", "the"))


def first_words(text: str, count: int) -> str:
    """The first `count` words of a text."""
    return " ".join(text.split()[:count])


def stands_in(needle: str, text: str) -> bool:
    """Whether the words of `needle` stand in `text` in a row, both normalised."""
    wanted = normalised(needle)
    return bool(wanted) and f" {wanted} " in f" {normalised(text)} "


_NUMBER_WORDS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def says_number(number: int, text: str) -> bool:
    """Whether a text says the number, in digits or as a word."""
    if stands_in(str(number), text):
        return True
    words = [_NUMBER_WORDS[number]] if number < len(_NUMBER_WORDS) else []
    words += ["none", "zero"] if number == 0 else []
    return any(stands_in(word, text) for word in words)
