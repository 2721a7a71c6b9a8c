"""The publication day, as metadata writes it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache

_YEARS = range(1400, 2200)
"""Other years are a database's "no date" (0001-01-01, 9999-12-31), or no year at all."""

_YEAR_FIRST = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T\d{4}(?:\d{2})?Z?|\d{6})?", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{9,19}(?:\.\d*)?")
_YEAR_LAST = re.compile(r"(?<![\d/.-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?([a-z]{3,9})\.?,?[\s-]+(\d{4})(?!\d)", re.I
)
_MONTH_DAY = re.compile(r"\b([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.I)
# E-mail may still write the year with two digits; the time after it says that it is one.
_MAIL_SHORT_YEAR = re.compile(r"(\d{1,2})\s+([a-z]{3})\s+(\d{2})\s+\d{1,2}:\d{2}", re.I)

_EPOCH = datetime(1970, 1, 1)


def parse_published(value: object) -> date | None:
    """The day that ``value`` names without doubt, else ``None``; never raises.

    Understood are dates and datetimes; text in ISO 8601 (also with slashes or dots, also
    ``YYYYMMDD``), RFC 2822, or with a month's English name (``14 February 2017``,
    ``Feb. 14, 2017``); and Unix time in seconds, milli-, micro- or nanoseconds, as number
    or digits. The day is the one written, in the writer's time zone; Unix time is read in
    UTC. ``05/03/2024`` may be May or March: it is ``None``, as are impossible days, and
    months or years without a day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, dict):  # MongoDB's export: {"$date": ...}
        value = value.get("$date")
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        value = str(int(value)) if abs(value) < 1e19 else ""  # not for NaN either
    if not isinstance(value, str):
        return None
    return _from_text(value[:200].strip())


def _from_text(text: str) -> date | None:
    if match := _YEAR_FIRST.match(text):
        return _day(*match.groups())
    if match := _COMPACT.fullmatch(text):
        day = _day(*match.groups())
        if day:
            return day
    if _NUMBER.fullmatch(text):
        return _from_epoch(int(text.partition(".")[0]))
    if match := _DAY_MONTH.search(text):
        number, name, year = match.groups()
        return _day(year, _month(name), number)
    if match := _MONTH_DAY.search(text):
        name, number, year = match.groups()
        return _day(year, _month(name), number)
    if match := _MAIL_SHORT_YEAR.search(text):
        number, name, short = match.groups()
        # RFC 2822, section 4.3.
        return _day(int(short) + (2000 if int(short) < 50 else 1900), _month(name), number)
    if match := _YEAR_LAST.search(text):
        first, _, second, year = match.groups()
        if int(first) > 12 or int(first) == int(second):
            return _day(year, second, first)
        if int(second) > 12:
            return _day(year, first, second)
    return None


def _from_epoch(number: int) -> date | None:
    """Unix time; the magnitude tells the unit, as seconds reach 1e11 only in the year 5138."""
    for _ in range(3):
        if abs(number) < 100_000_000_000:
            break
        number //= 1000
    try:
        found = (_EPOCH + timedelta(seconds=number)).date()
    except OverflowError:
        return None
    return found if found.year in _YEARS else None


@cache
def _month_names() -> dict[str, int]:
    from dateutil.parser import parserinfo

    return {
        name.lower(): number
        for number, names in enumerate(parserinfo.MONTHS, start=1)
        for name in names
    }


def _month(name: str) -> int:
    return _month_names().get(name.lower(), 0)


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if found.year in _YEARS else None
