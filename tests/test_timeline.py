"""Articles counted over time."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.timeline import MOST_BARS, timeline

days = st.dictionaries(st.dates(), st.integers(1, 9), min_size=1, max_size=20)


@given(days)
def test_bars_join_without_gaps_and_count_every_article(counts: dict[date, int]) -> None:
    bars = timeline(sorted(counts.items()))
    assert sum(bar.count for bar in bars) == sum(counts.values())
    for bar, later in pairwise(bars):
        assert bar.until + timedelta(days=1) == later.since
    for day in counts:
        assert any(bar.since <= day <= bar.until for bar in bars)
    span = max(counts) - min(counts)
    if span < timedelta(days=365 * 500):
        assert len(bars) <= MOST_BARS


@pytest.mark.parametrize(
    ("first", "last", "number", "label"),
    [
        (date(2017, 2, 14), date(2017, 2, 14), 1, "14 February 2017"),
        (date(2017, 1, 31), date(2017, 3, 1), 30, "31 January 2017"),
        (date(2017, 1, 31), date(2018, 1, 1), 13, "January 2017"),
        (date(1980, 5, 1), date(2018, 1, 1), 39, "1980"),
        (date(1800, 1, 1), date(2018, 1, 1), 22, "1800s"),
    ],
)
def test_the_unit_follows_the_span(first: date, last: date, number: int, label: str) -> None:
    bars = timeline(sorted({first: 1, last: 1}.items()))
    assert (len(bars), bars[0].label) == (number, label)


def test_no_days_no_bars() -> None:
    assert timeline([]) == []
