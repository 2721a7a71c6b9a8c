"""Articles counted over time, in days, months or years as the span asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ui.render.words import MONTHS, written_day

MOST_BARS = 60

Begin = Callable[[date], date]
"""The first day of the unit (month, year, ...) that a day lies in."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A run of days, both ends inclusive, and how many articles were published in it."""

    since: date
    until: date
    count: int
    label: str


def timeline(days: Sequence[tuple[date, int]]) -> list[Bar]:
    """Bars without gaps from the first day to the last, `MOST_BARS` of them or fewer.

    Args:
        days: days with their number of articles, in order.
    """
    if not days:
        return []
    first, last = days[0][0], days[-1][0]
    # The finest unit that is few enough; a decade is the coarsest.
    units: tuple[Begin, ...] = (_day, _month, _year, _decade)
    for begin in units:
        starts = _starts(begin, first, last)
        if len(starts) <= MOST_BARS or begin is _decade:
            break
    counts: Counter[date] = Counter()
    for day, count in days:
        counts[begin(day)] += count
    ends = [later - timedelta(days=1) for later in starts[1:]] + [_before_next(begin, starts[-1])]
    return [
        Bar(start, end, counts[start], _label(begin, start))
        for start, end in zip(starts, ends, strict=True)
    ]


def _starts(begin: Begin, first: date, last: date) -> list[date]:
    starts = [begin(first)]
    # Days over a few thousand years need not be counted to know that they are too many.
    while len(starts) <= MOST_BARS or begin is _decade:
        end = _before_next(begin, starts[-1])
        if end >= last:
            break
        starts.append(end + timedelta(days=1))
    return starts


def _before_next(begin: Begin, start: date) -> date:
    """The last day of the unit that begins on a day."""
    steps: dict[Begin, int] = {_day: 1, _month: 31, _year: 366, _decade: 3_660}
    step = steps[begin]
    if start > date.max - timedelta(days=step):
        return date.max
    return begin(start + timedelta(days=step)) - timedelta(days=1)


def _day(day: date) -> date:
    return day


def _month(day: date) -> date:
    return day.replace(day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)


def _decade(day: date) -> date:
    return date(max(1, day.year - day.year % 10), 1, 1)


def _label(begin: Begin, start: date) -> str:
    if begin is _day:
        return written_day(start)
    if begin is _month:
        return f"{MONTHS[start.month - 1]} {start.year}"
    return str(start.year) if begin is _year else f"{start.year}s"
