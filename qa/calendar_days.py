"""Stretches of days: months, seasons, weeks, parts of them, and words that name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each season, as meteorologists count them north of the equator."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date

    def third(self, number: int) -> Period:
        """The first, second or third part (0, 1, 2) of the period, of about equal length."""
        length = (self.last - self.first).days + 1
        cuts = [self.first + timedelta(days=round(length * part / 3)) for part in range(4)]
        return Period(cuts[number], cuts[number + 1] - DAY)


@dataclass(frozen=True, slots=True)
class Mention:
    """Words at ``[start, end)`` that name a time.

    ``kind`` says what sort: day, weekday, month, season, part (of a year), year, decade,
    holiday, relative, or unclear (an order of numbers that may be read two ways). ``year`` is
    the year said, ``None`` where none is; ``at`` gives the days in a year, and pays no heed to
    it when the clock alone decides. ``order`` is "last", "this" or "next" where said.
    """

    start: int
    end: int
    kind: str
    at: Callable[[int], Period | None]
    year: int | None = None
    order: str = ""

    def days(self, as_of: date, year: int | None = None) -> Period | None:
        """The days meant, by a year said here or beside it, else the latest begun by now."""
        said = self.year if self.year is not None else year
        if said is not None:
            return self.at(said)
        for back in range(9):  # 29 February may be eight years ago
            period = self.at(as_of.year - back)
            if period is None or (self.order != "next" and period.first > as_of):
                continue
            if self.order == "last" and period.last >= as_of:
                continue
            return period
        return None


def one_day(day: date) -> Period:
    """The period of a single day."""
    return Period(day, day)


def months(year: int, month: int, count: int = 1) -> Period | None:
    """`count` months from the given one on; ``None`` outside the years dates can have."""
    from dateutil.relativedelta import relativedelta

    try:
        first = date(year, month, 1)
        return Period(first, first + relativedelta(months=count, days=-1))
    except (ValueError, OverflowError):
        return None


def year_of(year: int) -> Period | None:
    """A calendar year."""
    return months(year, 1, 12)


def part_of_year(year: int, number: int) -> Period | None:
    """The first, second or third four months (0, 1, 2) of a year: early, mid, late."""
    return months(year, 1 + 4 * number, 4)


def season(year: int, name: str) -> Period | None:
    """A season; winter is named by the year it begins in."""
    return months(year, SEASONS[name], 3)


def day_in(year: int, month: int, day: int) -> Period | None:
    """A day by its numbers, ``None`` where the calendar has none."""
    try:
        return one_day(date(year, month, day))
    except ValueError:
        return None


def week_around(day: date) -> Period:
    """The week from Monday to Sunday (ISO 8601) that the day is in."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6))


def calendar_unit(day: date, unit: str, steps: int = 0) -> Period | None:
    """The whole week, weekend, month, quarter, year or decade around a day, or `steps` later."""
    if unit == "day":
        return one_day(day + timedelta(days=steps))
    if unit in ("week", "fortnight"):
        return week_around(day + timedelta(weeks=steps * (2 if unit == "fortnight" else 1)))
    if unit == "weekend":
        saturday = week_around(day).first + timedelta(days=5, weeks=steps)
        return Period(saturday, saturday + DAY)
    if unit == "month":
        year, month = divmod(day.year * 12 + day.month - 1 + steps, 12)
        return months(year, month + 1)
    if unit == "quarter":
        year, quarter = divmod(day.year * 4 + (day.month - 1) // 3 + steps, 4)
        return months(year, 3 * quarter + 1, 3)
    if unit == "decade":
        return months(day.year // 10 * 10 + 10 * steps, 1, 120)
    return year_of(day.year + steps)


def days_before(day: date, count: int, unit: str) -> date | None:
    """The day `count` units before, ``None`` before the first of all dates."""
    from dateutil.relativedelta import relativedelta

    many = {"fortnight": ("weeks", 2), "quarter": ("months", 3), "decade": ("years", 10)}
    name, factor = many.get(unit, (f"{unit}s", 1))
    try:
        return day - relativedelta(**{name: count * factor})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None


def holiday(year: int, name: str) -> Period | None:
    """Christmas, Easter or the turn of the year, in the Gregorian calendar."""
    from dateutil.easter import easter

    if not 2 <= year <= 9999:
        return None
    if name == "easter":
        if not 1583 <= year <= 4099:
            return None
        sunday = easter(year)
        return Period(sunday - 2 * DAY, sunday + DAY)
    if name == "christmas":
        return Period(date(year, 12, 24), date(year, 12, 26))
    return Period(date(year - 1, 12, 31), date(year, 1, 1))
