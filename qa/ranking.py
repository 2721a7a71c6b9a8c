"""From component scores to one ranking: pure functions over the candidates of one question."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qa.records import Score

Values = NDArray[np.float64]

COMPARED = 60
SHORT_QUESTION, LONG_QUESTION = 15, 25
"""Tokens up to which a question counts as short, and from which on as long."""


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How passages are ranked; the defaults are those that measured best over several sets.

    ``dense`` and ``lexical`` say which sides bring candidates; ``dense_weight`` is the dense
    share of their fused score, ``candidates`` how many passages each side brings, and
    ``compared`` how many of the best are reranked, more for a long question.
    ``late_interaction_weight`` is the share of token-level MaxSim in the reranked score,
    ``feedback_weight`` that of pseudo-relevance feedback from the best ``feedback_passages``,
    where a passage as far below the best as ``feedback_temperature``, on a scale from 0 to 1,
    has 1/e of its weight. ``recency_weight`` is what publication just before the question adds
    to a score at most, and 0 switches that off. A cross-encoder, where one was chosen, reads
    the best ``reranked`` passages, and its scores weigh ``reranker_weight``. ``collapse`` folds
    near-copies into one hit.
    """

    dense: bool = True
    lexical: bool = True
    dense_weight: float = 0.6
    candidates: int = 100
    compared: int = 60
    late_interaction_weight: float = 0.6
    feedback_weight: float = 0.2
    feedback_passages: int = 10
    feedback_temperature: float = 0.05
    recency_weight: float = 0.35
    reranked: int = 20
    reranker_weight: float = 0.7
    collapse: bool = True


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates of one question, with what each component made of them.

    ``ids`` is int64 of shape (n,); ``score`` is float64 of shape (n,), higher is better;
    ``values`` holds each component's raw scores and ``shares`` what each adds to `score`,
    both of shape (n,); a component that did not look at a candidate has NaN for it.
    """

    ids: NDArray[np.int64]
    score: Values
    values: Mapping[str, Values] = field(default_factory=dict)
    shares: Mapping[str, Values] = field(default_factory=dict)

    def order(self) -> NDArray[np.int64]:
        """Positions of the candidates, best first; ties go to the lower id."""
        return np.lexsort((self.ids, -self.score))

    def top(self, count: int) -> Ranking:
        """The best candidates, best first."""
        return self._at(self.order()[:count])

    def split(self, count: int, by: Ranking | None = None) -> tuple[Ranking, Ranking]:
        """The best candidates and all the others, both best first.

        With `by`, which are best is judged by that ranking of the same candidates.
        """
        order = (by or self).order()
        return self._at(order[:count]), self._at(order[count:])

    def _at(self, keep: NDArray[np.int64]) -> Ranking:
        return Ranking(
            self.ids[keep],
            self.score[keep],
            {name: values[keep] for name, values in self.values.items()},
            {name: shares[keep] for name, shares in self.shares.items()},
        )

    def scores(self, positions: Sequence[int]) -> list[tuple[Score, ...]]:
        """Each component's score, rank and share for each of the candidates."""
        told: list[list[Score]] = [[] for _ in positions]
        chosen = np.asarray(positions, dtype=np.int64)
        for name, values in self.values.items():
            own = values[chosen]
            ranks = (values > own[:, None]).sum(axis=1) + 1
            shares = self.shares[name][chosen]
            rows = zip(told, own.tolist(), ranks.tolist(), shares.tolist(), strict=True)
            for scores, value, rank, share in rows:
                if not math.isnan(value):
                    scores.append(Score(name, value, rank, share))
        return [tuple(scores) for scores in told]


def suited(settings: RetrievalSettings, tokens: int) -> RetrievalSettings:
    """The settings for a question of this many tokens.

    A long question describes a topic, on which many articles bear: feedback may draw to their
    common ground, and late interaction, a mean over all of its words, says less. More of them
    are looked at. What is switched off stays off.
    """
    length = min(1.0, max(0.0, (tokens - SHORT_QUESTION) / (LONG_QUESTION - SHORT_QUESTION)))
    return replace(
        settings,
        compared=round(settings.compared * (1 + 2 * length / 3)),
        late_interaction_weight=settings.late_interaction_weight * (1 - length / 3),
        feedback_weight=min(1.0, settings.feedback_weight * (1 + length)),
        feedback_temperature=settings.feedback_temperature * (1 + 3 * length),
    )


def scaled(values: Values) -> Values:
    """Values scaled to [0, 1] (min-max); where all are equal, each is 1."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.ones_like(values)


def fuse(ids: Sequence[int], sides: Mapping[str, Values], weights: Mapping[str, float]) -> Ranking:
    """Fuse the sides' scores for the same candidates by a convex combination.

    Each side's scores are min-max scaled over the candidates. Source: Bruch, Gai and
    Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023.
    """
    total = sum(weights[name] for name in sides)
    shares = {name: weights[name] / total * scaled(values) for name, values in sides.items()}
    score = np.sum(list(shares.values()), axis=0)
    return Ranking(np.asarray(ids, dtype=np.int64), score, dict(sides), shares)


def blend(ranking: Ranking, name: str, values: Values, weight: float) -> Ranking:
    """Mix one more component's scores for the same candidates into a ranking.

    The score so far, rescaled to [0, 1], keeps ``1 - weight``; the component's scaled
    scores get ``weight``. The earlier components' shares shrink in proportion.
    """
    before = scaled(ranking.score)
    kept = (1 - weight) * before / np.where(ranking.score > 0, ranking.score, 1)
    shares = {one: share * kept for one, share in ranking.shares.items()}
    shares[name] = weight * scaled(values)
    score = (1 - weight) * before + shares[name]
    return Ranking(ranking.ids, score, {**ranking.values, name: values}, shares)


def add(ranking: Ranking, name: str, values: Values, weight: float) -> Ranking:
    """Add ``weight * values`` to the scores of a ranking, as one more component."""
    share = weight * values
    return Ranking(
        ranking.ids,
        ranking.score + share,
        {**ranking.values, name: values},
        {**ranking.shares, name: share},
    )


def feedback(
    ranking: Ranking, vectors: NDArray[np.float32], passages: int, temperature: float
) -> Values:
    """How near each candidate is to the best ones so far.

    Pseudo-relevance feedback: the inner product with the weighted mean vector of the best
    passages, after Rocchio, "Relevance Feedback in Information Retrieval", 1971, with the
    question's own vector left out, as the ranking it is blended into stands for it. The
    weights are a softmax of the scores: where one passage stands out, little but that passage
    is fed back, for a question that has one answer must not be drawn to its surroundings.

    Args:
        ranking: n candidates.
        vectors: their unit vectors, float32 of shape (n, dimension).
        passages: how many of the best to take; at most a third of the candidates.
        temperature: how far below the best score a passage has 1/e of its weight.
    """
    count = max(1, min(passages, len(ranking.ids) // 3))
    best = ranking.order()[:count]
    score = scaled(ranking.score)[best]
    weights = np.exp((score - score[0]) / temperature)
    centre = weights @ vectors[best] / weights.sum()
    return np.asarray(vectors @ centre, dtype=np.float64)


def append(ranking: Ranking, rest: Ranking) -> Ranking:
    """A reranked top with the candidates that were not reranked after it, in their order."""
    if not len(rest.ids):
        return ranking
    floor = float(ranking.score.min()) if len(ranking.ids) else 0.0
    below = rest.score - (float(rest.score.max()) - floor) - 1e-6
    unseen = np.full(len(rest.ids), np.nan)
    names = list(ranking.values)
    return Ranking(
        np.concatenate([ranking.ids, rest.ids]),
        np.concatenate([ranking.score, below]),
        {n: np.concatenate([ranking.values[n], rest.values.get(n, unseen)]) for n in names},
        {n: np.concatenate([ranking.shares[n], rest.shares.get(n, unseen)]) for n in names},
    )


def collapsed(
    candidates: Sequence[int], same: Callable[[int, int], bool], count: int, reach: int
) -> list[tuple[int, list[int]]]:
    """The first `count` candidates that are not copies of one before, each with its copies.

    Copies are looked for among the first `reach` candidates, and further where that many
    are needed to find `count` different ones. A candidate is compared with the `COMPARED`
    kept last: copies rank close together, and comparing all with all takes minutes where
    thousands are asked for.
    """
    groups: list[tuple[int, list[int]]] = []
    for place, candidate in enumerate(candidates):
        if len(groups) >= count and place >= reach:
            break
        near = groups[-COMPARED:]
        copy_of = next((group for group in near if same(group[0], candidate)), None)
        if copy_of is not None:
            copy_of[1].append(candidate)
        elif len(groups) < count:
            groups.append((candidate, []))
    return groups
