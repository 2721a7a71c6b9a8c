"""The lines between a headline and the story: who wrote it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from embeddings.articles.bylines import is_signed_line
from embeddings.articles.cleaning import has_words
from embeddings.articles.dates import parse_published

_LONGEST_DATE = 60
_MOST_WORDS = 9


@dataclass(frozen=True, slots=True)
class Head:
    """What stood above the story, and the offset at which the story starts."""

    byline: str = ""
    published: date | None = None
    start: int = 0


def read_head(text: str, title: str) -> Head:
    """The paragraphs at the top that only repeat the title, sign the story or date it."""
    byline, published, start = "", None, 0
    while (end := text.find("\n\n", start)) >= 0 and has_words(text[end:]):
        line = " ".join(text[start:end].split())
        day = published is None and date_line(line)
        if day:
            published = day
        elif not byline and is_signed_line(line):
            byline = line
        elif line.casefold() != " ".join(title.split()).casefold():
            break
        start = end + 2
    return Head(byline, published, start)


def date_line(line: str) -> date | None:
    """The day that a line is about, if it is a date and few words more."""
    if len(line) > _LONGEST_DATE or len(line.split()) > _MOST_WORDS:
        return None
    return parse_published(line)
