"""Articles from named fields, under any of the names that sites and archives give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from embeddings.articles.building import build_article
from embeddings.articles.cleaning import clean_text, has_words, one_line
from embeddings.articles.dates import parse_published
from embeddings.errors import EmptyArticle
from embeddings.records import Article

# Names by preference, without case, spaces, hyphens and underscores.
_ID = ("id", "uuid", "docid", "guid")
_TITLE = ("title", "headline", "name")
TEXT = (
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


# A closing tag: what only opens may be a ticker, as in "Phillips Petroleum Co <P>".
_MARKUP = re.compile(r"</(?:p|div|li|h[1-6]|a|b|i|em|strong|span)>", re.IGNORECASE)

Fields = dict[str, object]
"""A record's values under their normalised names."""


def fields_of(record: Mapping[Any, object]) -> Fields:
    """The record under its normalised names; of names that fall together, the first filled."""
    fields: Fields = {}
    for name, value in record.items():
        if value is not None and value != "":
            fields.setdefault(_normalised(str(name)), value)
    return fields


def article_of(fields: Fields, fallback_id: str, relative: str) -> Article:
    """The article of one record; its id is the record's own, if it has one.

    Raises:
        EmptyArticle: none of the fields that may hold the text holds words.
        ArticleError: the text is longer than any article.
    """
    text = next((found for found in _found(fields, TEXT, "\n\n") if has_words(found)), "")
    if not text:
        raise EmptyArticle("has no text", "Put it in a field named text, body or content.")
    return described(text, fields, id=_line(fields, _ID) or fallback_id, path=relative)


def described(
    text: str, fields: Fields, *, id: str, path: str, title: str = "", pages: tuple[int, ...] = ()
) -> Article:
    """The article with this text, and with what the fields say; ``title`` if they name none.

    Raises:
        EmptyArticle: the text has no words.
        ArticleError: the text is longer than any article.
    """
    return build_article(
        text,
        id=id,
        path=path,
        title=_line(fields, _TITLE) or title,
        published=_published(fields),
        byline=_line(fields, _BYLINE),
        place=_line(fields, _PLACE),
        outlet=_line(fields, _OUTLET),
        url=_line(fields, _URL),
        language=_line(fields, _LANGUAGE),
        pages=pages,
    )


@lru_cache(maxsize=1024)
def _normalised(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "").replace(" ", "")


def _found(fields: Fields, names: tuple[str, ...], glue: str) -> Iterator[str]:
    """The text of each of these fields that is there, by preference, cleaned."""
    for name in names:
        if name in fields:
            text = clean_text(_string(fields[name], _TEXTS_OF_OBJECTS, glue))
            yield _without_markup(text) if _MARKUP.search(text) else text


def _without_markup(text: str) -> str:
    from embeddings.articles.markup import text_of_fragment

    return text_of_fragment(text)


def _line(fields: Fields, names: tuple[str, ...]) -> str:
    """The first of these fields in which anything shows, on one line; else ``""``."""
    lines = (one_line(_string(fields[n], _NAMES_OF_OBJECTS, ", ")) for n in names if n in fields)
    return next(filter(None, lines), "")


def _published(fields: Fields) -> date | None:
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
