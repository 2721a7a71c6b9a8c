"""From component scores to one ranking: properties, and cases checkable by eye."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embeddings.encoder import unit_rows
from qa.ranking import (
    Ranking,
    RetrievalSettings,
    add,
    append,
    blend,
    collapsed,
    feedback,
    fuse,
    scaled,
    suited,
)

numbers = st.integers(-1000, 1000).map(lambda n: n / 10)
values = st.integers(1, 12).flatmap(lambda n: arrays(np.float64, n, elements=numbers))
pairs = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=numbers), arrays(np.float64, n, elements=numbers)
    )
)


@given(values)
def test_scaling_keeps_the_order_within_0_and_1(raw: np.ndarray) -> None:
    result = scaled(raw)
    assert result.min() >= 0
    assert result.max() == 1
    assert (np.diff(result[np.argsort(raw, kind="stable")]) >= 0).all()


@given(pairs, st.floats(0.05, 0.95))
def test_shares_add_up_to_the_score(sides: tuple[np.ndarray, np.ndarray], weight: float) -> None:
    one, other = sides
    ranking = fuse(range(len(one)), {"a": one, "b": other}, {"a": weight, "b": 1 - weight})
    ranking = blend(ranking, "c", other, weight)
    ranking = add(ranking, "d", one, 0.1)
    np.testing.assert_allclose(np.sum(list(ranking.shares.values()), axis=0), ranking.score)
    for position in range(len(one)):
        (told,) = ranking.scores([position])
        assert [score.component for score in told] == ["a", "b", "c", "d"]
        assert all(1 <= (score.rank or 0) <= len(one) for score in told)


@given(pairs)
def test_what_was_not_reranked_follows_in_its_order(sides: tuple[np.ndarray, np.ndarray]) -> None:
    one, other = sides
    ranking = fuse(range(len(one)), {"a": one}, {"a": 1.0})
    count = len(one) // 2
    head, rest = ranking.split(count)
    if count:
        head = blend(head, "b", other[:count], 0.5)
    whole = append(head, rest)
    assert sorted(whole.ids) == list(range(len(one)))
    assert list(whole.top(len(one)).ids)[count:] == list(rest.ids)


def ranked(scores: list[float]) -> Ranking:
    return Ranking(np.arange(len(scores), dtype=np.int64), np.array(scores))


def test_feedback_draws_to_the_best() -> None:
    vectors = unit_rows(np.array([[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9], [1, 1], [0, 1]]))
    near = feedback(ranked([1.0, 0.2, 0.1, 0.1, 0.1, 0.0]), vectors, 2, 0.05)
    assert list(np.argsort(-near)[:2]) == [0, 1]


def test_a_passage_that_stands_out_is_fed_back_alone() -> None:
    vectors = unit_rows(np.eye(9, dtype=np.float32))
    clear = feedback(ranked([1.0, 0.5, 0.5, 0, 0, 0, 0, 0, 0]), vectors, 3, 0.05)
    np.testing.assert_allclose(clear[:3], [1, 0, 0], atol=1e-3)
    even = feedback(ranked([1.0, 1.0, 1.0, 0, 0, 0, 0, 0, 0]), vectors, 3, 0.05)
    np.testing.assert_allclose(even[:3], [1 / 3] * 3)


def test_copies_fold_into_the_first_and_the_search_stops_when_it_has_enough() -> None:
    looked: list[int] = []

    def same(one: int, other: int) -> bool:
        looked.append(other)
        return one % 10 == other % 10

    groups = collapsed([1, 2, 11, 3, 12, 4, 21, 5, 31], same, count=3, reach=5)
    assert groups == [(1, [11]), (2, [12]), (3, [])]
    assert 21 not in looked
    # Beyond the reach, copies of what was kept are known as such still.
    assert collapsed([1, 11, 21, 2], same, count=2, reach=1) == [(1, [11, 21]), (2, [])]


@given(st.lists(st.integers(0, 30), unique=True), st.integers(1, 6), st.integers(0, 20))
def test_enough_groups_come_whenever_there_are(
    candidates: list[int], count: int, reach: int
) -> None:
    groups = collapsed(candidates, lambda one, other: one % 5 == other % 5, count, reach)
    assert len(groups) == min(count, len({one % 5 for one in candidates}))
    members = [one for kept, copies in groups for one in (kept, *copies)]
    assert len(members) == len(set(members))


def test_no_candidates_no_scores() -> None:
    assert len(scaled(np.zeros(0))) == 0
    assert scaled(np.array([3.0, 3.0])) == pytest.approx([1, 1])


@given(st.integers(0, 10_000))
def test_long_questions_shift_weight_to_feedback_and_switches_stay_off(tokens: int) -> None:
    shipped = RetrievalSettings()
    assert suited(shipped, 12) == shipped
    now, longer = suited(shipped, tokens), suited(shipped, tokens + 1)
    assert 0 < longer.late_interaction_weight <= now.late_interaction_weight <= 1
    assert shipped.compared <= now.compared <= longer.compared <= 100
    assert 0 < now.feedback_weight <= longer.feedback_weight <= 1
    off = suited(RetrievalSettings(late_interaction_weight=0, feedback_weight=0), tokens)
    assert (off.late_interaction_weight, off.feedback_weight) == (0, 0)
