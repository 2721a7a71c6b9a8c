"""Finding the words that name a time in a question, each with the days it stands for.

What a mention means for the search depends on the words around it; `qa.dates` reads those.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from embeddings.articles.dates import parse_published
from qa.calendar_days import (
    MONTHS,
    SEASONS,
    Mention,
    Period,
    day_in,
    holiday,
    months,
    one_day,
    part_of_year,
    season,
    year_of,
)
from qa.clock_words import ORDER, PART, THIRDS, WEEKDAY, Build, Row, clock_rows, group, order

YEARS = range(1600, 2200)
"""Numbers that are read as years where the words around them ask for one."""


_MONTH = (
    r"(?P<month>january|february|march|april|may|june|july|august|september|october|november|"
    r"december|(?:jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?)"
)
_FULL_MONTH = rf"(?P<month>{'|'.join(MONTHS)})\b"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\w%€£$]|[.,:/]\d)"
_YEAR = r"(?P<year>(?:1[6-9]|20|21)\d\d)(?![\w%]|[.,:/]\d)"
_SOME_YEAR = rf"(?:,?\s+(?:of\s+)?(?:{_YEAR}|(?P<near>last|this|next)\s+year\b))"
_SEASON = rf"(?P<season>{'|'.join(SEASONS)})\b"
_YEARS_OF_DECADE = {part: ((0, 4), (3, 4), (6, 4))[third] for part, third in THIRDS.items()}
"""First year and number of years of the early, middle and late part of a decade."""
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3,
             "4th": 3, "last": 3}  # fmt: skip


def mentions(text: str, as_of: date) -> list[Mention]:
    """Every mention of a time in the text, in order, none overlapping another."""
    found: list[Mention] = []
    taken: list[tuple[int, int]] = []
    for pattern, build in _grammar():
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            mention = build(match, as_of)
            if mention is not None:
                found.append(mention)
            if mention is not None or build is _nothing:
                taken.append(match.span())
    return sorted(found, key=lambda mention: mention.start)


@cache
def _grammar() -> list[tuple[re.Pattern[str], Build]]:
    """Patterns, the more telling before those that are part of them."""
    edge = r"(?<![\w$€£#])"
    rows: list[Row] = [
        # Names made of time words, which say nothing about when.
        (
            r"\b(?:black|bloody|super|good|cyber|ash|shrove|sheffield|girl|man|giving)\s+"
            rf"{WEEKDAY}|\bmail\s+on\s+sunday\b|\b(?:usa|russia|history|psychology)\s+today\b|"
            r"\bat\s+the\s+(?:very\s+)?latest\b|\bcurrent\s+(?:account|affairs)\b|"
            r"\bmay\s+day\b|\bever(?:y|\s+other)\s+\w+day\b",
            _nothing,
        ),
        (r"(?<![\w./-])\d{4}([-/.])\d{1,2}\1\d{1,2}(?![\w/-]|\.\d)", _written),
        (r"(?<![\w./-])\d{1,2}([-/.])\d{1,2}\1(?P<year>\d{4})(?![\w/-]|\.\d)", _written),
        (r"(?<![\w./-])(?P<year>\d{4})-(?P<number>0[1-9])(?![\w/.-])", _iso_month),
        (
            rf"{edge}{_DAY.replace('day', 'from')}\s*(?:[-–—]|and|to|till|until|through)\s*"
            rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}{_SOME_YEAR}?(?!\w)",
            _days,
        ),
        (
            rf"\b{_MONTH}\s+(?:the\s+)?{_DAY.replace('day', 'from')}\s*"
            rf"(?:[-–—]|and|to|till|until|through)\s*(?:the\s+)?{_DAY}{_SOME_YEAR}?(?!\w)",
            _days,
        ),
        (rf"{edge}{_DAY}\s+(?:of\s+)?{_MONTH}{_SOME_YEAR}?(?!\w)", _day),
        (rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_SOME_YEAR}?(?!\w)", _day),
        (
            rf"\bthe\s+(?P<ordinal>first|second|third|fourth|last)\s+week\s+of\s+"
            rf"{_FULL_MONTH}{_SOME_YEAR}?(?!\w)",
            _week_of_month,
        ),
        (rf"\b{PART}?{ORDER}{_MONTH}{_SOME_YEAR}(?!\w)", _month),
        (rf"\b{PART}?{ORDER}{_FULL_MONTH}(?!,?\s+\d{{3,4}}\b)", _month),
        (
            rf"\b(?P<ordinal>first|second|1st|2nd|last)\s+half\s+of\s+(?:{_YEAR}|"
            r"(?P<near>last|this)\s+year\b)|\bh(?P<half>[12])\s+(?P<year_>(?:19|20)\d\d)\b",
            _half,
        ),
        (
            rf"\b(?P<ordinal>first|second|third|fourth|1st|2nd|3rd|4th|last)\s+quarter\s+of\s+"
            rf"(?:{_YEAR}|(?P<near>last|this)\s+year\b)|"
            r"\bq(?P<half>[1-4])\s+(?P<year_>(?:19|20)\d\d)\b",
            _quarter,
        ),
        (rf"\b{PART}?{ORDER}{_SEASON}{_SOME_YEAR}?(?!\w)", _season),
        (rf"{PART}?(?:the\s+)?\b(?P<decade>(?:1[7-9]|20)\d0)['’]?s\b", _decade),
        (r"(?:the\s+)?['’](?P<decade>[2-9]0)s\b", _decade),
        (
            r"\b(?:(?P<order>last|this|next)\s+)?(?P<holiday>christmas|easter|new\s+year(?:['’]s)?)"
            rf"(?:\s+(?:day|eve|sunday|monday))?{_SOME_YEAR}?(?!\w)",
            _holiday,
        ),
        *clock_rows(),
        (r"(?<![\w.,$€£#/+-])(?P<from>(?:1[6-9]|20|21)\d\d)\s*[-–—/]\s*"
         r"(?P<until>(?:(?:1[6-9]|20|21)\d\d|\d\d?))(?![\w%]|[.,:/-]\d)", _years),
        (rf"\b{PART}{_YEAR}", _year),
        (rf"(?<![\w.,$€£#/+-]){_YEAR}(?!\s*[-–—]\d|:)", _year),
    ]  # fmt: skip
    return [(re.compile(pattern, re.IGNORECASE), build) for pattern, build in rows]


def _nothing(match: re.Match[str], as_of: date) -> Mention | None:
    return None


def _said_year(match: re.Match[str], as_of: date) -> int | None:
    year = group(match, "year") or group(match, "year_")
    if year:
        return int(year)
    near = {"last": -1, "this": 0, "next": 1}.get(group(match, "near"))
    return None if near is None else as_of.year + near


def _cut(period: Period | None, match: re.Match[str]) -> Period | None:
    part = group(match, "part")
    return period.third(THIRDS[part]) if period and part else period


def _ordered(match: re.Match[str], as_of: date, kind: str, at: Callable[[int], Period | None]
             ) -> Mention | None:  # fmt: skip
    """A mention of something that comes once a year."""
    said = order(match)
    year = _said_year(match, as_of)
    if year is None and said == "this":
        year = as_of.year
    if year is None and said == "next":
        coming = at(as_of.year)
        year = as_of.year + (0 if coming and coming.first > as_of else 1)
    return Mention(match.start(), match.end(), kind, at, year, said)


def _month_number(match: re.Match[str]) -> int:
    return next(i for i, m in enumerate(MONTHS, 1) if m.startswith(group(match, "month")[:3]))


def _written(match: re.Match[str], as_of: date) -> Mention | None:
    """A day in digits; an order of day and month that may be either is left unclear."""
    day = parse_published(match.group())
    if day is not None:
        return Mention(match.start(), match.end(), "day", lambda _: one_day(day), day.year)
    year = int(group(match, "year") or match.group()[:4])
    return Mention(match.start(), match.end(), "unclear", year_of, year)


def _iso_month(match: re.Match[str], as_of: date) -> Mention | None:
    number, year = int(match["number"]), int(match["year"])
    if year not in YEARS:
        return None
    return Mention(match.start(), match.end(), "month", lambda y: months(y, number), year)


def _days(match: re.Match[str], as_of: date) -> Mention | None:
    number, first, last = _month_number(match), int(match["from"]), int(match["day"])

    def at(year: int) -> Period | None:
        start, end = day_in(year, number, first), day_in(year, number, last)
        return Period(start.first, end.last) if start and end and start.first <= end.last else None

    return _ordered(match, as_of, "days", at) if at(2024) else None


def _day(match: re.Match[str], as_of: date) -> Mention | None:
    number, day = _month_number(match), int(match["day"])
    if _verb(match) and _said_year(match, as_of) is None:
        return None
    if day_in(2024, number, day) is None:
        year = _said_year(match, as_of) or as_of.year
        return Mention(match.start(), match.end(), "unclear", lambda _: None, year)
    return _ordered(match, as_of, "day", lambda year: day_in(year, number, day))


def _verb(match: re.Match[str]) -> bool:
    """Whether the name of the month is written as the verb that it may be: may, march."""
    return match["month"] in ("may", "march")


def _month(match: re.Match[str], as_of: date) -> Mention | None:
    number = _month_number(match)
    return _ordered(match, as_of, "month", lambda year: _cut(months(year, number), match))


def _week_of_month(match: re.Match[str], as_of: date) -> Mention | None:
    number, week = _month_number(match), _ORDINALS[match["ordinal"].lower()]

    def at(year: int) -> Period | None:
        month = months(year, number)
        if month is None:
            return None
        if match["ordinal"].lower() == "last":
            return Period(month.last - timedelta(days=6), month.last)
        first = month.first + timedelta(weeks=week)
        return Period(first, first + timedelta(days=6))

    return _ordered(match, as_of, "part", at)


def _half(match: re.Match[str], as_of: date) -> Mention | None:
    number = _ordinal(match, 2)
    return _ordered(match, as_of, "part", lambda year: months(year, 6 * number + 1, 6))


def _quarter(match: re.Match[str], as_of: date) -> Mention | None:
    number = _ordinal(match, 4)
    return _ordered(match, as_of, "part", lambda year: months(year, 3 * number + 1, 3))


def _ordinal(match: re.Match[str], parts: int) -> int:
    if digit := group(match, "half"):
        return int(digit) - 1
    return min(_ORDINALS[group(match, "ordinal")], parts - 1)


def _season(match: re.Match[str], as_of: date) -> Mention | None:
    name = group(match, "season")
    return _ordered(match, as_of, "season", lambda year: _cut(season(year, name), match))


def _decade(match: re.Match[str], as_of: date) -> Mention | None:
    digits = match["decade"]
    year = int(digits) if len(digits) == 4 else int(digits) + (1900 if digits > "25" else 2000)
    # The 1900s are a century, the 2000s, as people use it, a decade.
    whole = (0, 100) if year % 100 == 0 and year < 2000 else (0, 10)
    offset, length = {"": whole, **_YEARS_OF_DECADE}[group(match, "part")]
    period = months(year + offset, 1, 12 * length)
    return Mention(match.start(), match.end(), "decade", lambda _: period, year)


def _holiday(match: re.Match[str], as_of: date) -> Mention | None:
    name = "new year" if match["holiday"].lower().startswith("new") else match["holiday"].lower()
    return _ordered(match, as_of, "holiday", lambda year: holiday(year, name))


def _years(match: re.Match[str], as_of: date) -> Mention | None:
    """Years joined by a dash or stroke: 2015-2017, 2017/18."""
    first, second = int(match["from"]), match["until"]
    last = int(str(first)[: 4 - len(second)] + second)
    if last <= first:
        return None
    start, end = year_of(first), year_of(last)
    period = Period(start.first, end.last) if start and end else None
    return Mention(match.start(), match.end(), "year", lambda _: period, first)


def _year(match: re.Match[str], as_of: date) -> Mention | None:
    part = group(match, "part")
    at = year_of if not part else lambda year: part_of_year(year, THIRDS[part])
    return Mention(match.start(), match.end(), "year", at, int(match["year"]))
