"""From component scores to one ranking: pure functions over passage ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qa.records import Score


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How passages are ranked; the defaults are the measured best.

    ``dense_weight`` is the dense share of the fused score (0 is lexical alone, 1 dense
    alone); ``candidates`` is how many passages each side brings.
    """

    dense_weight: float = 0.6
    candidates: int = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage on its way to becoming a hit."""

    passage_id: int
    score: float
    scores: tuple[Score, ...]


def fuse(
    dense: Mapping[int, float], lexical: Mapping[int, float], settings: RetrievalSettings
) -> list[Candidate]:
    """Fuse two score lists by a convex combination of their min-max normalised scores.

    Source: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval",
    ACM TOIS 2023.
    """
    weight = settings.dense_weight
    sides = (
        ("dense", dense, weight if lexical or weight == 1 else 1.0),
        ("lexical", lexical, 1 - weight if dense else 1.0),
    )
    scores: dict[int, list[Score]] = {}
    for component, values, share in sides:
        normalised = min_max(values)
        order = sorted(values, key=lambda i: (-values[i], i))
        for rank, passage_id in enumerate(order, start=1):
            scores.setdefault(passage_id, []).append(
                Score(component, values[passage_id], rank, share * normalised[passage_id])
            )
    candidates = [
        Candidate(passage_id, sum(score.share for score in parts), tuple(parts))
        for passage_id, parts in scores.items()
    ]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.passage_id))


def min_max(values: Mapping[int, float]) -> dict[int, float]:
    """Scale values to [0, 1]; where all are equal, each is 1."""
    if not values:
        return {}
    low, high = min(values.values()), max(values.values())
    width = high - low
    return {key: (value - low) / width if width > 0 else 1.0 for key, value in values.items()}
