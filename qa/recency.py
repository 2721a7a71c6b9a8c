"""Publication date as evidence: articles from just before the question answer it more often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from embeddings.records import Filter
from qa.dates import Timing
from qa.ranking import Ranking, Values, add
from qa.records import Hit

HALF_LIFE_DAYS = 10
FADED = 0.01
"""What is worth less than this is worth nothing: articles some four weeks older."""
NEAR_THE_BEST = 0.65
"""A hit with this share of the best score is about the same thing."""
WITHOUT_TIME_WORDS = 2 / 3
"""How much of the prior is left where the question does not say that it means the present."""


def recency(published: Sequence[date | None], as_of: date) -> Values:
    """How recent each publication day was at the clock, from 0 to 1; undated ones are 0.

    A Gaussian decay: 1 on the day itself, hardly less for some days, a half after
    `HALF_LIFE_DAYS`, and soon nothing at all. What appeared after the clock is 0: it was no
    news to the one who asked. The articles' age is measured from the clock, not from the
    newest of them, so that in an archive asked about years later all are equally old.
    """
    ages = np.array(
        [np.inf if day is None or day > as_of else (as_of - day).days for day in published],
        dtype=np.float64,
    )
    values = np.exp2(-((ages / HALF_LIFE_DAYS) ** 2))
    return np.where(values < FADED, 0.0, values)


def any_recent(published: tuple[date | None, date | None], as_of: date) -> bool:
    """Whether a day in this range may be recent; where none is, the days need not be read.

    Args:
        published: the first and the newest publication day of a collection.
        as_of: the day the question is asked.
    """
    first, newest = published
    if first is None or newest is None or first > as_of:
        return False
    return bool(recency([min(newest, as_of)], as_of).any())


def strength(timing: Timing, where: Filter) -> float:
    """How far a question is about the days before it was asked, from 0 to 1.

    Where it names a past time, or a window is searched, publication dates tell nothing more.
    """
    if timing.past or where.since or where.until:
        return 0.0
    return 1.0 if timing.relative else WITHOUT_TIME_WORDS


def with_recency(
    ranking: Ranking, published: Sequence[date | None], as_of: date, weight: float
) -> Ranking:
    """The ranking with `weight` times the recency of each candidate added to its score.

    A ranking none of whose candidates is recent is returned as it is.
    """
    values = recency(published, as_of)
    return add(ranking, "recency", values, weight) if weight and values.any() else ranking


def newest_first(hits: Sequence[Hit], as_of: date, share: float = NEAR_THE_BEST) -> list[Hit]:
    """Put the hits that are nearly as relevant as the best in order of date, newest first.

    For a question that asks for the latest. A hit counts as relevant when its score without
    recency reaches `share` of the best; the others follow in the order they had, as do those
    without a date or published after the clock.
    """
    bare = [
        hit.score - sum(score.share for score in hit.scores if score.component == "recency")
        for hit in hits
    ]
    enough = share * max(bare, default=0.0)
    dated: list[tuple[date, Hit]] = []
    rest = []
    for hit, score in zip(hits, bare, strict=True):
        published = hit.article.published
        if score >= enough and published and published <= as_of:
            dated.append((published, hit))
        else:
            rest.append(hit)
    dated.sort(key=lambda pair: pair[0], reverse=True)
    return [hit for _, hit in dated] + rest
