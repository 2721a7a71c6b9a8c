"""Plain text: an optional ``date`` line, an optional place line, then the body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from embeddings.articles import limits
from embeddings.articles.building import build_article
from embeddings.articles.bylines import is_byline, is_signed_line, split_byline
from embeddings.articles.cleaning import clean_text
from embeddings.articles.datelines import dateline_of, inline_dateline
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import decode
from embeddings.records import Article

_DATE_LINE = re.compile(
    r"date\b\s*[:=]?\s*(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?!\d)"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z\b|UTC\b|GMT\b|[+-]\d{2}:?\d{2})?)?"
    r"[ \t,;|]*(?P<rest>.*)",
    re.IGNORECASE,
)
# A header whose date was not known; in lower case, so that it is no first word of a body.
_UNDATED_LINE = re.compile(
    r"date\b[ \t]*[:=]?[ \t]*(?:(?i:none|null|nan|nat|n/a|unknown|undated|-)(?!\w))?[ \t]*"
    r"(?P<rest>(?:[^\W\d_a-z].*)?)"
)


@dataclass(frozen=True, slots=True)
class _Header:
    published: date | None = None
    byline: str = ""
    place: str = ""
    agency: str = ""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
    """Yield the one article of a plain text file.

    Without a headline in the format, the title is derived from the lead sentence.

    Raises:
        EmptyArticle: nothing but a header, or nothing at all, stands in the file.
        ArticleError: the file is not text, its encoding cannot be told, or it is too large.
    """
    limits.check_size(len(data), limits.MARKUP_BYTES)
    header, body = _split(clean_text(decode(data)))
    inline = None if header.place else inline_dateline(body)
    place = inline.place if inline else header.place
    byline, outlet = split_byline(header.byline, place)
    yield build_article(
        body,
        id=relative,
        path=relative,
        published=header.published,
        byline=byline,
        place=place,
        outlet=outlet or (inline.agency if inline else header.agency),
    )


def _split(text: str) -> tuple[_Header, str]:
    """The header, and the rest of the text as it stands, stripped."""
    header, rest = _split_date(text)
    # The last line is never taken: it is the article, however short.
    while (lines := rest.split("\n", 1))[1:] and lines[1].strip():
        line, following = lines
        if not header.byline and is_signed_line(line):
            header = replace(header, byline=line.strip())
        elif (
            not header.place
            and not following[:1].islower()  # a sentence that the file wraps
            and (dateline := dateline_of(line))
        ):
            header = replace(header, place=dateline.place, agency=dateline.agency)
        else:
            break
        rest = following.strip()
    return header, rest


def _split_date(text: str) -> tuple[_Header, str]:
    line, _, following = text.partition("\n")
    line = line.strip()
    if match := _DATE_LINE.fullmatch(line):
        published, rest = parse_published(match["day"]), match["rest"].strip()
        if not rest or is_byline(rest):
            return _Header(published, rest), following.strip()
        if not rest[0].islower():  # the body starts on the date line itself
            return _Header(published), text[text.index(rest) :]
    elif match := _UNDATED_LINE.fullmatch(line):
        rest = match["rest"].strip()
        if following.strip() and (not rest or is_byline(rest)):
            return _Header(None, rest), following.strip()
    return _Header(), text
