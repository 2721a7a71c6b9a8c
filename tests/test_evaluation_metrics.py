from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.metrics import (
    auroc,
    first_words,
    mean,
    normalised,
    ranking_metrics,
    says_number,
    stands_in,
)

IDS = [f"article-{n}" for n in range(30)]
rankings = st.lists(st.sampled_from(IDS), unique=True, max_size=10)
judgements = st.sets(st.sampled_from(IDS), min_size=1, max_size=20)


@given(st.lists(st.tuples(rankings, judgements), min_size=1, max_size=8))
def test_ranking_metrics_equal_those_of_trec_eval(runs: list[tuple[list[str], set[str]]]) -> None:
    ir_measures = pytest.importorskip("ir_measures")
    from ir_measures import RR, R, Success, nDCG

    names = {
        "nDCG@10": nDCG @ 10,
        "MRR@10": RR @ 10,
        "hits@1": Success @ 1,
        "hits@4": Success @ 4,
        "hits@10": Success @ 10,
        "recall@10": R @ 10,
    }
    # trec_eval passes over a question for which nothing was retrieved.
    runs = [(ranked or ["article-none"], relevant) for ranked, relevant in runs]
    relevance = {str(n): dict.fromkeys(wanted, 1) for n, (_, wanted) in enumerate(runs)}
    run = {
        str(n): {one: float(-rank) for rank, one in enumerate(ranked)}
        for n, (ranked, _) in enumerate(runs)
    }
    oracle = {
        (row.query_id, str(row.measure)): row.value
        for row in ir_measures.iter_calc(list(names.values()), relevance, run)
    }
    for n, (ranked, wanted) in enumerate(runs):
        ours = ranking_metrics(ranked, wanted)
        for name, measure in names.items():
            assert ours[name] == pytest.approx(oracle[str(n), str(measure)], abs=1e-6), name


def test_ranking_metrics_by_eye() -> None:
    seen = ranking_metrics(["x", "a", "y", "b"], {"a", "b", "c", "d"})
    ideal = 1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5)
    assert seen["nDCG@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert seen["MRR@10"] == 0.5
    assert (seen["hits@1"], seen["hits@4"]) == (0, 1)
    assert seen["recall@10"] == 0.5


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    draws = np.random.default_rng(7)
    covered = 0
    for _ in range(100):
        estimate = mean(draws.binomial(1, 0.7, 200).astype(float).tolist())
        assert estimate is not None
        covered += estimate.low <= 0.7 <= estimate.high
    assert 88 <= covered <= 100


def test_means_of_few_or_equal_values() -> None:
    assert mean([]) is None
    one = mean([0.25])
    assert one is not None
    assert (one.value, one.low, one.high, one.n) == (0.25, 0.25, 0.25, 1)
    same = mean([1.0] * 50)
    assert same is not None
    assert (same.low, same.high) == (1.0, 1.0)


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    draws = random.Random(3)
    high = [draws.choice([0.2, 0.5, 0.8, 1.0]) for _ in range(40)]
    low = [draws.choice([0.0, 0.2, 0.5, 0.8]) for _ in range(30)]
    pairs = [(a > b) + 0.5 * (a == b) for a in high for b in low]
    estimate = auroc(high, low)
    assert estimate is not None
    assert estimate.value == pytest.approx(sum(pairs) / len(pairs))
    assert estimate.low < estimate.value < estimate.high


def test_auroc_of_nothing_decided() -> None:
    assert auroc([], [0.1]) is None
    assert auroc([0.0] * 5, [0.0] * 5) is None


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("the 1,437 confirmed cases", "It reported 1437 confirmed cases."),
        ("France", "Normandy is in (France)."),
        ("10th", "in the mid-10th century"),
        ("Newton D . Baker", "to Newton D. Baker, who"),
        ("“A late sofa”", 'said: "a LATE sofa"'),
        ("9.5 percent", "a rise of 9.5 percent."),
        ("北京", "他在北京说。"),
    ],
)
def test_answers_that_stand_in_a_quote(needle: str, text: str) -> None:
    assert stands_in(needle, text)


@pytest.mark.parametrize(
    ("needle", "text"),
    [
        ("1", "in 1999"),
        ("9.5", "9 or 5"),
        ("art", "the party"),
        ("the", "the"),
        ("", "anything"),
        ("two men", "two old men"),
    ],
)
def test_answers_that_do_not(needle: str, text: str) -> None:
    assert not stands_in(needle, text)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def test_first_words() -> None:
    assert first_words("one  two\nthree four", 3) == "one two three"


def test_numbers_are_told_in_digits_or_words() -> None:
    assert says_number(7, "Seven articles mention it.")
    assert says_number(1437, "1,437 articles mention it.")
    assert says_number(0, "No article mentions it.")
    assert not says_number(7, "17 articles, 70 passages and 7.5 percent")
