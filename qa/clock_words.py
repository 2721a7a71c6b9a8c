"""Time words that count from the clock: yesterday, last week, on Tuesday, three days ago."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from qa.calendar_days import (
    WEEKDAYS,
    Mention,
    Period,
    calendar_unit,
    days_before,
    one_day,
    part_of_year,
)

Build = Callable[[re.Match[str], date], Mention | None]
Row = tuple[str, Build]
"""A pattern, and what makes a mention of its match against the clock."""

WEEKDAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)})\b"
ORDER = r"(?:(?P<order>last|past|this|next|previous|coming)\s+)?"
PART = (
    r"(?:(?:the\s+)?(?P<part>early|mid|middle|late|beginning|start|end)(?:\s+part)?"
    r"(?:\s+(?:of|in)(?:\s+the)?)?[\s-]+)"
)
THIRDS = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}
_UNIT = r"(?P<unit>hour|day|week|fortnight|month|quarter|year|decade)"
_COUNT = (
    r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"twenty|thirty|couple\s+of|few|several|half\s+a)"
)
_VALUES = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20,
    "thirty": 30,
}  # fmt: skip


def group(match: re.Match[str], name: str) -> str:
    """What a named group matched, in small letters; empty where the pattern has none."""
    return (match.groupdict().get(name) or "").lower()


def order(match: re.Match[str]) -> str:
    """Whether "last", "this" or "next" was said, or none of them."""
    word = group(match, "order")
    return {"previous": "last", "past": "last", "coming": "next"}.get(word, word)


def clock_rows() -> list[Row]:
    """The patterns, the more telling before those that are part of them."""
    return [
        (r"\bthe\s+day\s+before\s+yesterday\b", _ago(2)),
        (r"\byesterday(?:\s+(?:morning|afternoon|evening))?\b|\blast\s+night\b", _ago(1)),
        (r"\btoday\b|\btonight\b|\bthis\s+(?:morning|afternoon|evening)\b", _ago(0)),
        (r"\btomorrow\b", _ago(-1)),
        (
            rf"\b(?:over\s+)?(?:the|these)?\s*(?:past|last)\s+{_COUNT}\s+{_UNIT}s?\b|"
            rf"\bthe\s+(?:past|last)\s+{_UNIT.replace('unit', 'lone')}\b(?!\s+of\b)",
            _past_units,
        ),
        (rf"\b(?:an?\s+)?{_COUNT}\s+{_UNIT}s?\s+ago\b", _units_ago),
        (rf"\b{WEEKDAY}\s+(?:of\s+)?(?P<order>last|this|next)\s+week\b", _weekday_in_week),
        (rf"\b(?P<order>last|this|next)\s+week(?:\s+on)?\s+{WEEKDAY}", _weekday_in_week),
        (r"\bthe\s+(?P<unit>week|month|year|weekend)\s+before\s+last\b", _unit),
        (
            rf"\b(?:{PART}|(?P<so>earlier|later)\s+)?(?P<order>last|this|next|previous)\s+"
            rf"{_UNIT.replace('hour|day|', 'weekend|')}\b",
            _unit,
        ),
        (r"\b(?:over|at|during|on)\s+the\s+(?P<unit>weekend)\b", _unit),
        (rf"\b{ORDER}{WEEKDAY}(?!s)", _weekday),
    ]


def _ago(days: int) -> Build:
    def build(match: re.Match[str], as_of: date) -> Mention | None:
        try:
            day = as_of - timedelta(days=days)
        except OverflowError:
            return None
        return _relative(match, one_day(day))

    return build


def _relative(match: re.Match[str], period: Period | None, kind: str = "relative") -> Mention:
    return Mention(match.start(), match.end(), kind, lambda _: period, None, "next")


def _value(match: re.Match[str]) -> float | None:
    """How many; ``None`` for a vague number."""
    words = group(match, "count").split() or ["one"]
    if words[0] == "half":
        return 0.5
    return int(words[0]) if words[0].isdigit() else _VALUES.get(words[0])


def _past_units(match: re.Match[str], as_of: date) -> Mention | None:
    unit = group(match, "unit") or group(match, "lone")
    count = _value(match)
    if count is None or count != int(count):
        return _relative(match, None)  # "the last few days": no one can say which day is out
    if unit == "hour":
        unit, count = "day", -(-count // 24)
    since = days_before(as_of, int(count), unit)
    return _relative(match, Period(since, as_of) if since else None)


def _units_ago(match: re.Match[str], as_of: date) -> Mention | None:
    """A count of units ago, give or take what people round away."""
    unit, count = group(match, "unit"), _value(match)
    if count is None or unit == "hour":
        return _relative(match, None if count is None else one_day(as_of))
    if count != int(count):
        unit, count = {"year": ("month", 6), "month": ("day", 15)}.get(unit, (unit, 1))
    day = days_before(as_of, int(count), unit)
    if day is None:
        return None
    around = {"day": 0, "week": 2, "fortnight": 3, "month": 10, "year": 45 if count == 1 else 183}
    slack = timedelta(days=around.get(unit, 366))
    try:
        return _relative(match, Period(day - slack, min(day + slack, as_of)))
    except OverflowError:
        return None


def _unit(match: re.Match[str], as_of: date) -> Mention | None:
    unit, said = match["unit"].lower(), order(match)
    if unit == "weekend":
        # Until Saturday comes, "this weekend" is the one ahead, and "the weekend" the last.
        before = as_of.weekday() < 5
        steps = {"last": -1, "this": 0, "next": 1}.get(said, -1 if before else 0)
    else:
        steps = {"last": -1, "this": 0, "next": 1}.get(said, -2)
    if "before last" in match.group().lower():
        steps = -2
    try:
        period = calendar_unit(as_of, unit, steps)
    except OverflowError:
        return None
    if period and group(match, "part"):
        whole_year = unit == "year"
        number = THIRDS[group(match, "part")]
        period = part_of_year(period.first.year, number) if whole_year else period.third(number)
    return _relative(match, period, "weekend" if unit == "weekend" else "relative")


def _weekday(match: re.Match[str], as_of: date) -> Mention | None:
    wanted, said = WEEKDAYS.index(group(match, "weekday")), order(match)
    try:
        if said in ("this", "next"):
            week = calendar_unit(as_of, "week", 0 if said == "this" else 1)
            day = week.first + timedelta(days=wanted) if week else as_of
        else:
            back = (as_of.weekday() - wanted) % 7
            day = as_of - timedelta(days=7 if said == "last" and back == 0 else back)
    except OverflowError:
        return None
    return _relative(match, one_day(day), "weekday")


def _weekday_in_week(match: re.Match[str], as_of: date) -> Mention | None:
    try:
        week = calendar_unit(as_of, "week", {"last": -1, "this": 0, "next": 1}[order(match)])
    except OverflowError:
        return None
    wanted = timedelta(days=WEEKDAYS.index(group(match, "weekday")))
    return _relative(match, one_day(week.first + wanted) if week else None, "weekday")
