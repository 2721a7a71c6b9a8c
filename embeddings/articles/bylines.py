"""Who wrote it, and for whom: one line that often holds both."""

from __future__ import annotations

import re

from embeddings.articles.vocabulary import BYLINE_WORDS, ROLES

_LONGEST = 120
"""Characters of the longest byline that is believed."""

_BY = re.compile(r"by\s+(?=\S)", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[/|,]\s*|\s+[-–—]\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")
_ABBREVIATED = re.compile(r"(?:^|[\s,])(?:Jr|Sr|Inc|Ltd|Corp|Co|Dr|[A-Z]|(?:[A-Z]\.)+[A-Z])\.$")


def without_by(line: str) -> str:
    """The names after ``By``."""
    line = line.strip()
    by = _BY.match(line)
    return line[by.end() :] if by else line


def is_byline(line: str) -> bool:
    """Whether a line is names and roles, not the start of an article."""
    line = line.strip()
    words = line.split()
    if not words or len(line) > _LONGEST or len(words) > 16:
        return False
    small = (word for word in words if word[0].islower())
    prose = sum(word.strip(".,;").lower() not in BYLINE_WORDS for word in small)
    if prose >= 3:
        return False
    return not (len(words) > 3 and _SENTENCE_END.search(line) and not _ABBREVIATED.search(line))


def is_signed_line(line: str) -> bool:
    """Whether a whole line is ``By`` and a name, whatever stands around it."""
    name = without_by(line)
    words = name.split()
    return (
        name != line.strip()
        and len(words) <= 8
        and all(word[0].isupper() or word.strip(",.").lower() in BYLINE_WORDS for word in words)
        and words[0][0].isupper()
        and is_byline(name)
        and (not _SENTENCE_END.search(name) or _ABBREVIATED.search(name) is not None)
    )


def split_byline(line: str, place: str = "") -> tuple[str, str]:
    """The byline and the outlet of ``Jane Roe, Harbour Gazette`` or ``Jane Roe / ...``.

    The outlet is what follows the last separator, unless that is the place, a role (``Staff
    Writer``), or the end of a list of names; a byline alone has the outlet ``""``.
    """
    line = " ".join(without_by(line).split()).strip(" ,/|")
    outlet = ""
    while separators := list(_SEPARATOR.finditer(line)):
        before, last = line[: separators[-1].start()], line[separators[-1].end() :]
        if place and last.casefold() == place.casefold():
            line = before
        elif outlet or _is_role(last) or _is_list_end(last):
            break
        else:
            line, outlet = before, last
    return line, outlet


def _is_role(part: str) -> bool:
    return not part or part.split()[-1].lower() in ROLES


def _is_list_end(part: str) -> bool:
    """``John Doe and Mary Major`` ends a list of people; ``Stars and Stripes`` is a paper."""
    names = re.split(r"\s+(?:and|&)\s+", part)
    return len(names) > 1 and all(len(name.split()) > 1 for name in names)
