"""From the lines of printed pages to running text, and where each page starts in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from embeddings.articles.bylines import is_signed_line
from embeddings.articles.heads import date_line

HYPHEN = "\x02"
"""A hyphen at the end of a line, as PDFium marks it; the word goes on right behind it."""

_PAGE = "\f"
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_CONTROL = re.compile("[\x00\x01\x03-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\xad]")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|seite|página|pág\.)?\s*\d{1,4}(?:\s*(?:of|/|von|de)\s*\d{1,4})?\W*", re.I
)
_ENDED = re.compile(r"[.!?:…。][\"'”’»)\]]*$")
_BROKEN_WORD = re.compile(rf"(\w+){HYPHEN}([ \n]*{_PAGE}*)(\w+)")
_HYPHENATED = re.compile(r"\w+-\w+")
_WORD = re.compile(r"\w+")
_HEAD_LINES = 15
"""Lines at the top of the document among which a byline or a date stands by itself."""

_MARGIN_LINES = 3
"""Lines at the top and bottom of a page among which running heads and feet are looked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line: its words, the page it is on (from 0), its box and size in points.

    Coordinates grow to the right and upwards; ``base`` is the
    line its letters stand on.
    """

    text: str
    page: int
    left: float
    right: float
    base: float
    size: float


def clean_line(text: str) -> str:
    """The line with ligatures as letters, single spaces, and no controls but `HYPHEN`."""
    text = text.replace("\ufffe", HYPHEN).replace("\xad", HYPHEN).translate(_LIGATURES)
    text = " ".join(_CONTROL.sub(" ", text).split(" "))
    text = re.sub(r"[\s\u200b]+", " ", text).strip()
    # Within a line it is a mark of the typesetter's, of no use once lines are joined.
    return re.sub(r"(\w)-$", rf"\1{HYPHEN}", text)


def without_margins(lines: Sequence[Line], pages: int) -> list[Line]:
    """The lines without running heads and feet and page numbers.

    A running line stands among the outermost lines of at least two pages and of 40% of them,
    at the same height, and differs at most in its digits.
    """
    outer = _outer(lines)
    places = {_place(line): set[int]() for line in outer}
    for line in outer:
        places[_place(line)].add(line.page)
    enough = max(2, 0.4 * pages)

    def running(line: Line) -> bool:
        text, height = _place(line)
        seen = set().union(*(places.get((text, height + off), ()) for off in (-1, 0, 1)))
        return len(seen) >= enough

    drop = {
        id(line)
        for line in outer
        if running(line) or (pages > 1 and _PAGE_NUMBER.fullmatch(line.text))
    }
    return [line for line in lines if id(line) not in drop]


def _outer(lines: Sequence[Line]) -> list[Line]:
    by_page: dict[int, list[Line]] = {}
    for line in lines:
        by_page.setdefault(line.page, []).append(line)
    outer: dict[int, Line] = {}
    for of_page in by_page.values():
        heights = sorted({round(line.base / 2) for line in of_page}, reverse=True)
        edge = set(heights[:_MARGIN_LINES]) | set(heights[-_MARGIN_LINES:])
        outer |= {id(line): line for line in of_page if round(line.base / 2) in edge}
    return list(outer.values())


def _place(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text.casefold()), round(line.base / 4)


def running_text(lines: Sequence[Line], pages: int) -> tuple[str, tuple[int, ...]]:
    """The text with a blank line between paragraphs, and the offset each page starts at.

    Lines are joined into paragraphs, across columns and pages too, and words broken at the
    end of a line are made whole: with their hyphen where the same text also has the word
    with a hyphen inside a line, without it otherwise.
    """
    lines = _merged(lines)
    pieces: list[str] = []
    page = -1
    gap = _leading(lines)
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else None
        if before is not None:
            head = number < _HEAD_LINES and (_is_head(before) or _is_head(line))
            if head or _breaks(before, line, gap, _column_right(lines, number - 1)):
                pieces.append("\n\n")
            elif not pieces[-1].endswith(HYPHEN):
                pieces.append(" ")
        pieces.append(_PAGE * (line.page - page))
        page = line.page
        pieces.append(line.text)
    pieces.append(_PAGE * (pages - 1 - page))
    return _with_starts(_whole_words("".join(pieces)))


def _merged(lines: Sequence[Line]) -> list[Line]:
    """The lines with those made one that PDFium parts at a wide space, as in justified text."""
    merged: list[Line] = []
    for line in lines:
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.page == line.page
            and abs(before.base - line.base) < 0.3 * line.size
            and -1 < line.left - before.right < 3 * line.size
        ):
            merged[-1] = replace(before, text=f"{before.text} {line.text}", right=line.right)
        else:
            merged.append(line)
    return merged


def _is_head(line: Line) -> bool:
    return is_signed_line(line.text) or date_line(line.text) is not None


def _with_starts(text: str) -> tuple[str, tuple[int, ...]]:
    before, *parts = text.split(_PAGE)
    starts, length = [], len(before)
    for part in parts:
        starts.append(length)
        length += len(part)
    text = (before + "".join(parts)).rstrip()
    return text, tuple(min(start, len(text)) for start in starts)


def _whole_words(text: str) -> str:
    sound = text.replace(HYPHEN, "\x00")
    hyphenated = Counter(word.casefold() for word in _HYPHENATED.findall(sound))
    words = Counter(word.casefold() for word in _WORD.findall(sound))

    def whole(match: re.Match[str]) -> str:
        first, between, second = match.groups()
        joined, parted = (first + second).casefold(), f"{first}-{second}".casefold()
        keep = hyphenated[parted] > words[joined] or not second[0].islower()
        # The page starts behind the word it would cut in two.
        return (
            f"{first}{'-' if keep else ''}{second}{between.strip(' ') if _PAGE in between else ''}"
        )

    return _BROKEN_WORD.sub(whole, text).replace(HYPHEN, "-")


def _leading(lines: Iterable[Line]) -> float:
    """The usual distance between the base lines of neighbours."""
    lines = list(lines)
    gaps = [
        one.base - other.base
        for one, other in pairwise(lines)
        if one.page == other.page and 0 < one.base - other.base < 4 * max(one.size, 6)
    ]
    return median(gaps) if gaps else 0


def _column_right(lines: Sequence[Line], number: int) -> float:
    """How far right the lines around this one reach."""
    line = lines[number]
    near = lines[max(0, number - 4) : number + 5]
    return max(
        one.right
        for one in near
        if one.page == line.page
        and abs(one.left - line.left) < 40
        and abs(one.size - line.size) < 0.15 * line.size + 0.1
    )


def _breaks(before: Line, line: Line, leading: float, right: float) -> bool:
    """Whether a new paragraph starts with the line."""
    if before.text.endswith(HYPHEN):
        return False
    big, small = max(before.size, line.size), min(before.size, line.size)
    if big > 1.15 * small:
        return True
    ended = _ENDED.search(before.text) is not None
    short = before.right < right - 0.12 * (right - before.left)
    indented = line.left - before.left > 0.8 * line.size
    drop = before.base - line.base
    if before.page != line.page or drop < -line.size:  # another page or column
        return ended and (
            short or indented or (line.page != before.page and before.right < right - 6)
        )
    if leading and drop > 1.35 * max(leading, 1.2 * line.size):
        return True
    if not ended and line.text[:1].islower():
        return False
    return (ended and (short or indented)) or (
        short and line.text[:1].isupper() and before.right < right - 0.4 * (right - before.left)
    )
