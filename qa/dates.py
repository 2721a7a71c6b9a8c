"""From a question's time words to the days of publication it asks for.

A time is a window only where the question's grammar makes it one: "in 2017", "since June",
"last week". A time that names a thing ("the 2024 budget", "Sunday's election") says what the
question is about; the article may be of any day, so it limits nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from qa.calendar_days import DAY, Mention, Period
from qa.present_words import (
    asks_for_newest,
    means_nowadays,
    speaks_of_late,
    speaks_of_old,
    speaks_of_present,
)
from qa.records import Window
from qa.time_words import mentions

CLOCK_KINDS = ("relative", "weekday", "weekend")
AROUND_THE_CLOCK = timedelta(days=31)
"""A time that ended longer ago than this is past."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What a question says about time.

    ``window`` holds the days of publication it names; ``latest`` says that it asks for the
    newest there is; ``relative`` that its time words count from the clock ("this week",
    "recently", "in March"); ``past`` that it names a time other than around the clock.
    """

    window: Window | None = None
    latest: bool = False
    relative: bool = False
    past: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """One mention, or two joined to a range, read with the words around it."""

    start: int
    end: int
    since: date | None
    until: date | None
    limits: bool
    relative: bool


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AHEAD = re.compile(
    r"\b(?:will|shall|won['’]t|going\s+to|due\s+to|(?:expected|planned|scheduled|supposed|set|"
    r"planning|hoping|plans?)\s+(?:to|for)|upcoming)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’(?!\w)|«[^»]*»|(?<!\w)'[^']*'(?!\w)")
_PUBLISHED = (
    r"(?:articles?|stor(?:y|ies)|reports?|news|pieces?|coverage|headlines?|items?|interviews?|"
    r"editorials?|columns?|posts?|papers?|published|written|reported|printed|wrote)"
)
_PUBLISHING = re.compile(rf"\b{_PUBLISHED}\b", re.IGNORECASE)

_FILLER = r"(?:(?:the|around|about|roughly|approximately|years?|month|all|back|mid|of)\s+)*"
_BEFORE_IT = re.compile(
    rf"\b(?P<word>in|on|at|during|over|within|throughout|around|since|from|starting|after|following|"
    rf"before|prior\s+to|earlier\s+than|until|till|up\s+(?:to|until)|through|by|as\s+of|between|"
    rf"{_PUBLISHED}\s+(?:of|from))\s+(?P<filler>{_FILLER})$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?P<word>since|after|before|until)\s+(?!(?:which|what)\b)(?:[\w’'-]+\s+){1,5}"
    r"(?:(?:of|in|on)\s+)(?:the\s+)?$|\b(?P<bare>since|before|until)\s+(?:the|its|his|her|their)\s+$",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:and|to|till|until|through|[-–—])\s+(?:the\s+)?|[-–—]", re.IGNORECASE)
_ALSO = re.compile(r"\s*(?:,|and|or|&|versus|vs\.?)\s+(?:in\s+)?", re.IGNORECASE)
_ONWARDS = re.compile(r"\s+(?:onwards?|on|and\s+(?:after|later)|or\s+later)\b(?!\s+\w+day)", re.I)
_POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_CLOSED = _words(
    """
a about according across after against ago all also among an and any are as at be because
been before being between but by can could did do does during for from had has have he her
him his how i if in into is it its just may might more must no nor not of off on only or
our over per said say says she should since so than that the their them then there they
this through to under until up us via was we were what when where which while who whom
whose why will with without would you your
    """
)
_COUNTED = _words(
    """
people percent per million billion men women children km miles metres meters homes pages
dead cases euros dollars pounds troops
    """
)


def read_timing(question: str, as_of: date) -> Timing:
    """Read the time words of a question against the clock; never raises.

    Months and weekdays without a year are the latest that have begun. A window never reaches
    past the clock, as nothing is published there. A day covers the morning after as well,
    when papers tell of it, unless the question speaks of publishing itself. Orders of
    numbers that could be read two ways ("05/03/2024") are not read at all.
    """
    text = _QUOTED.sub(lambda match: " " * len(match.group()), question)
    readings = _readings(text, as_of)
    newest, present = asks_for_newest(text), speaks_of_present(text)
    window, past = None, speaks_of_old(text)
    chosen = _chosen([reading for reading in readings if reading.limits])
    if chosen is not None:
        until = min(chosen.until, as_of) if chosen.until else None
        phrase = question[chosen.start : chosen.end].strip()
        window = Window(chosen.since, until, phrase)
        past = until is not None and as_of - until > AROUND_THE_CLOCK
    elif not (newest or present):
        past = past or any(
            reading.until is not None and as_of - reading.until > AROUND_THE_CLOCK
            for reading in readings
        )
    # "The current manager was a member in 2003" asks for nothing current.
    latest = newest or (present and not past)
    relative = latest or speaks_of_late(text) or any(reading.relative for reading in readings)
    return Timing(window, latest, relative, past)


def without_time_words(question: str, window: Window | None) -> str:
    """The question without the words its window was read from, for reading what is left."""
    if window is None or not window.phrase or window.phrase not in question:
        return question
    head, _, tail = question.rpartition(window.phrase)
    joined = re.sub(r"\s+", " ", f"{head.rstrip()} {tail.lstrip()}")
    joined = re.sub(r"\s+([?.!,;:])", r"\1", joined).strip(" ,")
    return joined if re.search(r"\w", joined) else question


def applicable(window: Window | None, first: date | None, newest: date | None) -> Window | None:
    """The window if a collection published from `first` to `newest` has days inside it."""
    if window is None or first is None or newest is None:
        return None
    begins_later = window.since is not None and window.since > newest
    ends_sooner = window.until is not None and window.until < first
    return None if begins_later or ends_sooner else window


def _readings(text: str, as_of: date) -> list[_Reading]:
    found = [one for one in mentions(text, as_of) if _is_time(text, one)]
    readings = []
    position = 0
    while position < len(found):
        one = found[position]
        after = found[position + 1] if position + 1 < len(found) else None
        gap = text[one.end : after.start] if after else ""
        if after is not None and (_ALSO.fullmatch(gap) or _ranges(text, one, after)):
            reading = _range(text, one, after, as_of)
            position += 1
        else:
            reading = _read(text, one, as_of)
        if reading is not None:
            readings.append(reading)
        position += 1
    return readings


def _is_time(text: str, one: Mention) -> bool:
    """Whether the words are meant as a time, by how they are written and what surrounds them."""
    said = text[one.start : one.end]
    inside = bool(re.search(r"[\w,]\s+$", text[: one.start]))
    if one.kind == "relative" and inside and re.match(r"(?:\w+\s+)*[A-Z]", said):
        return False  # a title: Russia Today, Last Week Tonight
    if said.lower() == "today" and means_nowadays(text):
        return False
    follows = re.match(r"\s+([\w’'-]+)", text[one.end :])
    word = follows.group(1) if follows else ""
    if one.kind == "weekday" and word[:1].isupper() and word.lower() != "night":
        return bool(re.search(r"\b(?:on|since|until|before|after)\s+$", text[: one.start]))
    if one.kind == "year":
        named = re.search(r"(?:\b[A-Z][\w’'-]*|[’']s)\s+$", text[: one.start])
        if named and not _BEFORE_IT.search(text[: one.start]):
            return False  # Euro 2024, Windows 2000, Orwell's 1984
        plural = word.endswith("s") and word.lower() not in _CLOSED and len(word) > 3
        return not (plural and word[:1].islower()) and word.lower() not in _COUNTED
    if one.kind == "month" and said.lower() in ("may", "march") and one.year is None:
        # Theresa May, may be, to march: only a plain preposition makes it the month.
        named = re.search(r"\b(?:in|since|until|till|during|between|and|to|before|after|last|from|"
                          r"of)\s+$", text[: one.start], re.IGNORECASE)  # fmt: skip
        acts = re.fullmatch(
            r"['’]s|\w+ed|be|have|has|had|was|is|became|took|said|won|lost|left|quit|met|on|made|"
            r"did|does|will|would|came|went|told|gave",
            word,
        )
        return bool(named) and not acts and not text[one.end :].startswith(("'s", "’s"))
    return True


def _ranges(text: str, one: Mention, after: Mention) -> bool:
    """Whether two mentions, joined by a word that may join a range, are its ends."""
    if not _JOIN.fullmatch(text[one.end : after.start]):
        return False
    before = _BEFORE_IT.search(text[: one.start])
    opens = before is not None and before["word"].lower().split()[-1] in ("between", "from")
    joined = text[one.end : after.start].strip().lower()
    return opens or joined in ("to", "until", "till", "through", "-", "–", "—")


def _range(text: str, one: Mention, after: Mention, as_of: date) -> _Reading | None:
    """Two mentions as first and last: each lends the other the year it lacks."""
    second = after.days(as_of, one.year)
    if second is None:
        return _read(text, one, as_of)
    year = after.year if after.year is not None else second.first.year
    first = one.at(one.year if one.year is not None else year)
    if first is not None and one.year is None and first.first > second.first:
        first = one.at(year - 1)
    if first is not None and one.year is not None and second.first < first.first:
        second = after.at(one.year + 1) if after.year is None else second
    if first is None or second is None or first.first > second.last or first.first > as_of:
        return None
    before = _BEFORE_IT.search(text[: one.start])
    told = after.kind in ("day", "days", "month", "part") and (one.year or after.year)
    limits = before is not None or bool(told and not _names_a_thing(text, after))
    clock = one.kind in CLOCK_KINDS or (one.year is None and after.year is None)
    return _Reading(
        before.start() if before else one.start, after.end, first.first, second.last, limits, clock
    )


def _read(text: str, one: Mention, as_of: date) -> _Reading | None:
    before = _BEFORE_IT.search(text[: one.start])
    event = _EVENT.search(text[: one.start])
    word = re.sub(r"\s+", " ", before["word"].lower()) if before else ""
    published = word.rpartition(" ")[0] if word.endswith((" of", " from")) else ""
    start = before.start() if before else one.start
    if published and before:
        start = before.end("word") - len(word.rpartition(" ")[2])
        word = "in"
    said = one.days(as_of)
    clock = one.kind in CLOCK_KINDS or one.year is None
    if said is None or said.first > as_of or _is_ahead(text, one, as_of):
        return _Reading(one.start, one.end, None, None, False, clock)
    limits = _limits(text, one, word, before["filler"] if before else "")
    if not limits and one.year is None and one.kind not in CLOCK_KINDS:
        return None  # a bare "May" or "fall" may be anything
    end = one.end
    onwards = _ONWARDS.match(text[one.end :])
    if event is not None and one.kind in ("year", "month", "day", "season", "part"):
        turned = (event["word"] or event["bare"]).lower()
        if turned != "after" or not limits:
            word, start, limits = turned, event.start(), True
            said = Period(said.first, said.last) if turned != "after" else said
            return _turned(word, said, start, end, limits, clock, inclusive=True)
    if word == "from" and not onwards and _PUBLISHING.search(text):
        word = "in"  # the articles you have from 2023
    elif word == "from":
        word = "since"
        limits = limits and bool(onwards or one.kind != "year")
    if onwards and limits and word in ("in", "on", "since", "starting"):
        word, end = "since", one.end + onwards.end()
    if word in ("", "in", "on", "at", "during", "over", "within", "throughout", "around"):
        said = _with_morning_after(text, one, said, as_of)
    return _turned(word, said, start, end, limits, clock)


def _turned(
    word: str,
    said: Period,
    start: int,
    end: int,
    limits: bool,
    clock: bool,
    inclusive: bool = False,
) -> _Reading:
    """The days a preposition makes of a period; an event in it counts whole (`inclusive`)."""
    if word in ("since", "starting"):
        return _Reading(start, end, said.first, None, limits, clock)
    if word in ("after", "following"):
        since = said.first if inclusive else _beside(said.last, DAY)
        return _Reading(start, end, since, None, limits, clock)
    if word in ("before", "prior to", "earlier than"):
        until = said.last if inclusive else _beside(said.first, -DAY)
        return _Reading(start, end, None, until, limits, clock)
    if word in ("until", "till", "up to", "up until", "through", "by", "as of"):
        return _Reading(start, end, None, said.last, limits, clock)
    return _Reading(start, end, said.first, said.last, limits, clock)


def _beside(day: date, step: timedelta) -> date:
    try:
        return day + step
    except OverflowError:
        return day


def _limits(text: str, one: Mention, word: str, filler: str) -> bool:
    """Whether the mention is when, rather than part of a name for what."""
    if one.kind == "unclear" or _POSSESSIVE.match(text[one.end :]):
        return False
    if word == "between" and one.kind != "days":
        return False  # its other end is no time
    thing = _names_a_thing(text, one)
    with_article = bool(re.search(r"\bthe\s+$", filler, re.IGNORECASE))
    if one.kind in ("relative", "weekend"):
        return True
    if one.kind in ("weekday", "holiday"):
        return not with_article and bool(word or one.order or one.kind == "weekday")
    if one.kind in ("day", "days"):
        bare_article = re.search(r"\b(?:the|a)\s+$", text[: one.start], re.IGNORECASE)
        return not ((with_article or bare_article) and thing)
    if one.kind in ("season", "part", "decade"):
        return bool(word or one.order) and not (thing and one.kind == "season")
    if one.kind == "month":
        alone = one.year is not None and not re.search(
            r"\b(?:the|a|of)\s+$", text[: one.start], re.IGNORECASE
        )
        return not (with_article and thing) and bool(word or one.order or (alone and not thing))
    return bool(word) and not with_article


def _names_a_thing(text: str, one: Mention) -> bool:
    """Whether the mention stands right before a noun that it may belong to."""
    follows = re.match(r"[\s-]+([^\W\d_][\w’'-]*)", text[one.end :])
    return bool(follows and follows.group(1).lower() not in _CLOSED)


def _is_ahead(text: str, one: Mention, as_of: date) -> bool:
    """Whether the question looks ahead, so that the time it names is still to come."""
    if one.year is not None and one.kind not in CLOCK_KINDS:
        return False
    ago = re.search(r"\b(?:ago|last|past|yesterday|previous|earlier)\b", text[one.start : one.end])
    future = _AHEAD.search(text[: one.start])
    return future is not None and not ago and one.kind not in ("relative", "part", "decade")


def _with_morning_after(text: str, one: Mention, said: Period, as_of: date) -> Period:
    short = said.first == said.last or one.kind == "weekend"
    if not short or said.last >= as_of or _PUBLISHING.search(text):
        return said
    return Period(said.first, _beside(said.last, DAY))


def _chosen(limits: Sequence[_Reading]) -> _Reading | None:
    """The reading that counts: the narrowest, and of those the first."""
    if not limits:
        return None

    def length(reading: _Reading) -> int:
        since = (reading.since or date.min).toordinal()
        return (reading.until or date.max).toordinal() - since

    return min(limits, key=length)
