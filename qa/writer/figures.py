"""The numbers and dates a sentence states, in forms that can be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from embeddings.lexical import terms_of

REACH = 6
"""Telling words on each side of a number that say what it counts."""

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(
    rf"{name}|{name[:3]}\.?(?=\s)" if name != "september" else r"september|sept?\.?(?=\s)"
    for name in _MONTHS
)
_ORDINAL = r"(?:st|nd|rd|th)?"
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<iso>{_YEAR}-\d\d-\d\d)\b"
    rf"|\b(?P<d1>[0-3]?\d){_ORDINAL}\s+(?:of\s+)?(?P<m1>{_MONTH})\b(?:,?\s+(?P<y1>{_YEAR})\b)?"
    rf"|\b(?P<m2>{_MONTH})\s+(?P<d2>[0-3]?\d){_ORDINAL}\b(?!\d|,\d{{3}})(?:,?\s+(?P<y2>{_YEAR})\b)?"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    rf"|\b(?:(?<=in )|(?<=by )|(?<=last )|(?<=from )|(?<=since )|(?<=until ))(?P<m4>{_MONTH})\b"
    rf"|\b(?P<weekday>{'|'.join(_DAYS)})\b"
    rf"|(?<![\d.,$€£])\b(?P<year>{_YEAR})\b(?![,.]\d|\s*(?:%|percent|people|euros|dollars|crowns))",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:(today|tonight)|(yesterday)|(tomorrow)|(last|this|next) (year|month))\b", re.IGNORECASE
)
_SCALE = {
    "hundred": 10**2,
    "thousand": 10**3,
    "k": 10**3,
    "million": 10**6,
    "m": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
}
_SCALED = re.compile(
    r"(?<![\w.])(?P<money>[$€£¥]\s?)?(?P<digits>\d[\d,]*(?:\.\d+)?)"
    r"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion)s?\b|(?P<short>[kmb]n?)\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<money>[$€£¥]\s?)?(?P<digits>\d[\d,]*(?:\.\d+)?)(?:st|nd|rd|th)?"
    r"(?P<percent>\s?%)?(?:\s+(?P<unit>[A-Za-z]+))?"
)
_PERCENT = re.compile(r"\s*(?:\bper\s?cent\b|\bpct\b|\bpercentage points?\b|％)", re.IGNORECASE)
_UNITS = re.compile(
    r"(?:second|minute|hour|day|night|week|month|year|decade|century|dollar|euro|pound|crown|krona"
    r"|yen|yuan|franc|rouble|ruble|rupee|peso|cent|km|kilomet(?:re|er)|mile|met(?:re|er)|foot|feet"
    r"|inch|acre|hectare|kg|kilo|kilogram|gram|ton|tonne|lit(?:re|er)|gallon|barrel|degree|knot"
    r"|megawatt|gigawatt|vote|seat|point|goal)"
)
_MONEY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}


@dataclass(frozen=True, slots=True)
class Number:
    """A value, with ``%`` or a common unit (singular) where one follows it; ``""`` otherwise.

    ``around`` are the stems of the telling words that stand nearest to it, `REACH` on each
    side at most; ``shown`` is how it is written for a reader.
    """

    value: float
    unit: str
    around: frozenset[str]
    shown: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date or part of one; ``None`` is not said. ``weekday`` counts from 0, Monday."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    shown: str = ""

    def within(self, other: Day) -> bool:
        """Whether `other` says all that this says, and the same."""
        return all(
            mine is None or mine == theirs
            for mine, theirs in (
                (self.year, other.year),
                (self.month, other.month),
                (self.day, other.day),
                (self.weekday, other.weekday),
            )
        )


def plain(text: str) -> str:
    """Compatibility forms, quotes and dashes made one; percent written as a sign."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[‘’‛′]", "'", re.sub(r"[“”„«»″]", '"', re.sub(r"[‐‑‒–—−]", "-", text)))
    return _PERCENT.sub("%", text)


def dates_said(text: str) -> list[Day]:
    """Dates and parts of dates as they are written, weekdays among them."""
    return [_day(match) for match in _DATE.finditer(plain(text)) if _is_date(match)]


@lru_cache(maxsize=2048)
def numbers_said(text: str) -> tuple[Number, ...]:
    """Numbers in digits or words, without those of dates, and without a bare "one".

    Number words are read by text2num; "1.5 million", "$2bn" and "two dozen" are multiplied.
    """
    from text_to_num import alpha2digit

    text = _DATE.sub(lambda m: " ; " if _is_date(m) else m[0], plain(text))
    text = re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])|(?<=\d)-(?=[A-Za-z])", " ", text)
    text = re.sub(r"\bno one\b|\bone another\b|\bfifty-fifty\b", ";", text, flags=re.IGNORECASE)
    text = re.sub(r"\bhalf a million\b", "500000", text, flags=re.I)
    text = re.sub(r"\ba (?=hundred|thousand|million|billion|dozen)", "one ", text, flags=re.I)
    text = re.sub(r"\bdozen\b", "12", re.sub(r"\btwo dozen\b", "24", text, flags=re.I), flags=re.I)
    text = re.sub(r"\bone 12\b", "12", text, flags=re.I)
    text = _SCALED.sub(_multiplied, text)
    text = alpha2digit(text, "en", 1.0)
    return tuple(_number(match, text) for match in _NUMBER.finditer(text))


def without_figures(text: str) -> str:
    """The text without its dates and digits, for a comparison of its words alone."""
    text = _DATE.sub(lambda m: "" if _is_date(m) else m[0], plain(text))
    return " ".join(re.sub(r"[$€£¥]?\b\d[\d,.]*\d*%?", "", text).split())


def dates_known(text: str, published: date | None, undated: bool = True) -> list[Day]:
    """The full dates that a sentence of an article can be said to state.

    A missing year is the one nearest to publication; a weekday is the one before publication
    or the one after; "yesterday", "last month" count from it. Where the sentence names no
    day, and `undated` is true, the day of publication itself counts.
    """
    said = dates_said(text)
    if published is None:
        return said
    known: list[Day] = []
    for day in said:
        known += _resolved(day, published)
    for match in _RELATIVE.finditer(text):
        known += _relative(match, published)
    if undated and not any(day.day or day.weekday is not None for day in said):
        known.append(_full(published))
    return known


def _is_date(match: re.Match[str]) -> bool:
    # "May" and "March" in lower case are verbs.
    name = next((v for k, v in match.groupdict().items() if k[0] == "m" and v), "")
    return not name or name[0].isupper()


def _day(match: re.Match[str]) -> Day:
    found = match.groupdict()
    shown = match[0].strip()
    if found["iso"]:
        year, month, day = map(int, found["iso"].split("-"))
        return Day(year, month, day, _weekday(year, month, day), shown)
    if found["weekday"]:
        return Day(weekday=_DAYS.index(found["weekday"].lower()), shown=shown)
    if found["year"]:
        return Day(year=int(found["year"]), shown=shown)
    name = next(v for k, v in found.items() if k[0] == "m" and v).lower()
    month = next(i for i, full in enumerate(_MONTHS, 1) if full.startswith(name[:3]))
    days = found["d1"] or found["d2"]
    years = found["y1"] or found["y2"] or found["y3"]
    year_number = int(years) if years else None
    day_number = int(days) if days else None
    weekday = _weekday(year_number, month, day_number) if years and days else None
    return Day(year_number, month, day_number, weekday, shown)


def _weekday(year: int | None, month: int | None, day: int | None) -> int | None:
    try:
        return date(year or 0, month or 0, day or 0).weekday()
    except ValueError:
        return None


def _full(day: date) -> Day:
    return Day(day.year, day.month, day.day, day.weekday())


def _resolved(day: Day, published: date) -> list[Day]:
    if day.weekday is not None and day.day is None:
        back = (published.weekday() - day.weekday) % 7
        before = published - timedelta(days=back)
        return [_full(before), _full(before + timedelta(days=7))]
    if day.month is None or day.year is not None:
        return [day]
    years = sorted(
        (published.year - 1, published.year, published.year + 1),
        key=lambda year: abs((year - published.year) * 12 + (day.month or 0) - published.month),
    )
    year = years[0]
    return [Day(year, day.month, day.day, _weekday(year, day.month, day.day) if day.day else None)]


def _relative(match: re.Match[str], published: date) -> list[Day]:
    if match[1]:
        return [_full(published)]
    if match[2]:
        return [_full(published - timedelta(days=1))]
    if match[3]:
        return [_full(published + timedelta(days=1))]
    step = {"last": -1, "this": 0, "next": 1}[match[4].lower()]
    if match[5].lower() == "year":
        return [Day(year=published.year + step)]
    months = published.year * 12 + published.month - 1 + step
    return [Day(year=months // 12, month=months % 12 + 1)]


def _multiplied(match: re.Match[str]) -> str:
    scale = (match["scale"] or match["short"]).lower()
    factor = _SCALE.get(scale) or _SCALE.get(scale[0]) or 10**9
    value = float(match["digits"].replace(",", "") or 0) * factor
    return f"{match['money'] or ''}{value:.10g} "


def _number(match: re.Match[str], text: str) -> Number:
    value = float(match["digits"].replace(",", "") or 0)
    unit = (match["unit"] or "").lower()
    singular = unit.removesuffix("s")
    named = singular if _UNITS.fullmatch(singular) else ""
    if match["percent"]:
        named = "%"
    elif match["money"]:
        named = _MONEY[match["money"].strip()]
    sign = "%" if match["percent"] else ""
    before = terms_of(text[max(0, match.start() - 200) : match.start()])[-REACH:]
    after = terms_of(text[match.end("digits") : match.end("digits") + 200])[:REACH]
    around = frozenset(term for term in (*before, *after) if not term[0].isdigit())
    return Number(value, named, around, f"{(match['money'] or '').strip()}{value:,.12g}{sign}")
