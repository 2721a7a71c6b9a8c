"""JSON Lines: one article a line, its fields under any of their common names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path

from embeddings.articles.bylines import without_by
from embeddings.articles.cleaning import clean_text, has_words, one_line
from embeddings.articles.datelines import inline_dateline
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import decoded_lines
from embeddings.articles.titles import derive_title
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

# Names by preference, without case, spaces, hyphens and underscores.
_ID = ("id", "uuid", "docid", "guid")
_TITLE = ("title", "headline", "name")
_TEXT = (
    "text", "body", "content", "article", "maintext", "fulltext", "articlebody", "articletext",
    "bodytext", "contenttext", "plaintext", "rawtext", "story", "abstract", "summary",
    "description",
)  # fmt: skip
_DATE = (
    "date", "published", "publishedat", "datepublished", "pubdate", "publishdate",
    "publicationdate", "publisheddate", "publishedon", "datetime",
    "createdat", "created", "timestamp",
)  # fmt: skip
_OUTLET = (
    "outlet", "source", "publisher", "publication", "newspaper", "sitename", "site",
    "sourcename", "domain",
)  # fmt: skip
_BYLINE = ("byline", "author", "authors", "creator")
_PLACE = ("place", "dateline", "location", "places")
_URL = ("url", "link")
_LANGUAGE = ("language", "lang")

# Where an object in place of a string keeps that string.
_NAMES_OF_OBJECTS = ("name", "title", "main", "original", "rendered", "value", "text", "$oid")
_TEXTS_OF_OBJECTS = ("text", "plain", "rendered", "value", "content", "body")


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield each line's article, or what is wrong with the line.

    The id is the record's own, or ``relative#n`` for the nth record, blank lines not counted.

    Raises:
        EmptyArticle: the file has no records.
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    n = 0
    for number, line in enumerate(decoded_lines(data), start=1):
        line = line.strip("\ufeff \t\n\r")
        if line:
            n += 1
            try:
                yield _article(_fields(line), f"{relative}#{n}", relative)
            except ArticleError as error:
                yield type(error)(f"Line {number} {error.message}.", error.hint)
    if not n:
        raise EmptyArticle("There is no record in the file.", "Add one a line, or remove it.")


def _fields(line: str) -> dict[str, object]:
    """The record under its normalised names; of names that fall together, the first filled."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise ArticleError(
            f"is not valid JSON: {error.msg} at column {error.colno}",
            "Write one whole JSON object on each line.",
        ) from None
    except RecursionError:
        raise ArticleError(
            "is nested too deep to be an article", "Keep the article's fields at the top level."
        ) from None
    except ValueError as error:  # a number of thousands of digits
        raise ArticleError(f"cannot be read: {error}", "Write long numbers as text.") from None
    if not isinstance(record, dict):
        raise ArticleError(
            f"is a JSON {type(record).__name__}, not an object",
            "Write one whole JSON object on each line.",
        )
    fields: dict[str, object] = {}
    for name, value in record.items():
        if value is not None and value != "":
            fields.setdefault(_normalised(name), value)
    return fields


@lru_cache(maxsize=1024)
def _normalised(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _article(fields: dict[str, object], fallback_id: str, relative: str) -> Article:
    """The article of one record.

    Raises:
        EmptyArticle: none of the fields that may hold the text holds words.
    """
    text = next((found for found in _found(fields, _TEXT, "\n\n") if has_words(found)), "")
    if not text:
        raise EmptyArticle("has no text", f"Put it in one of: {', '.join(_TEXT)}.")
    title = _line(fields, _TITLE)
    place = _line(fields, _PLACE)
    outlet = _line(fields, _OUTLET)
    inline = None if place else inline_dateline(text)
    url = _line(fields, _URL)
    return Article(
        id=_line(fields, _ID) or fallback_id,
        title=title or derive_title(text),
        text=text,
        path=relative,
        published=_published(fields),
        byline=without_by(_line(fields, _BYLINE)),
        place=place or (one_line(inline.place) if inline else ""),
        outlet=outlet or (one_line(inline.agency) if inline else ""),
        url=url if url.lower().startswith(("http://", "https://")) else "",
        language=_line(fields, _LANGUAGE),
        title_derived=not title,
    )


def _found(fields: dict[str, object], names: tuple[str, ...], glue: str) -> Iterator[str]:
    """The text of each of these fields that is there, by preference, cleaned."""
    for name in names:
        if name in fields:
            yield clean_text(_string(fields[name], _TEXTS_OF_OBJECTS, glue))


def _line(fields: dict[str, object], names: tuple[str, ...]) -> str:
    """The first of these fields in which anything shows, on one line; else ``""``."""
    lines = (one_line(_string(fields[n], _NAMES_OF_OBJECTS, ", ")) for n in names if n in fields)
    return next(filter(None, lines), "")


def _published(fields: dict[str, object]) -> date | None:
    days = (parse_published(fields[name]) for name in _DATE if name in fields)
    return next(filter(None, days), None)


def _string(value: object, keys: tuple[str, ...], glue: str, depth: int = 3) -> str:
    """A string, a number, an object's name, or a list of these, as one string; else ``""``.

    Looks ``depth`` levels down: what lies deeper is structure, not a name.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or depth == 0:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        inner = (_string(value[key], keys, glue, depth - 1) for key in keys if key in value)
        return next(filter(None, inner), "")
    if isinstance(value, list):
        return glue.join(filter(None, (_string(one, keys, glue, depth - 1) for one in value)))
    return ""
