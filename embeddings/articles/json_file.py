"""JSON: one article, or many in a list, at the top or inside an envelope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from embeddings.articles import jsonlines, limits
from embeddings.articles.decoding import decode
from embeddings.articles.fields import TEXT, article_of, fields_of
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

_ENVELOPE_DEPTH = 4
"""Levels down to the list of articles: ``{"data": {"response": {"articles": [...]}}}``."""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield each record's article, or what is wrong with the record.

    A record is an object with a text, or the ``_source`` of one, as search engines export
    it. The id is the record's own, or ``relative`` for a file that is one object and
    ``relative#n`` for the nth record of a list. A file of JSON Lines is read as such.

    Raises:
        EmptyArticle: the list has no records.
        ArticleError: the file is not text, or not valid JSON.
    """
    limits.check_size(len(data), limits.DOCUMENT_BYTES)
    text = decode(data).strip("\ufeff \t\r\n")
    if not text:
        raise EmptyArticle("There is nothing in the file.", "Add an article, or remove it.")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text[: error.pos].rstrip()[-1:] == "}":
            yield from jsonlines.read(path, relative, data)
            return
        raise ArticleError(
            f"The file is not valid JSON: {error.msg} at line {error.lineno}, "
            f"column {error.colno}.",
            "Export it again, or mend that place.",
        ) from None
    except RecursionError:
        raise ArticleError(
            "The file is nested too deep to hold articles.",
            "Keep the articles' fields near the top level.",
        ) from None
    except ValueError as error:  # a number of thousands of digits
        raise ArticleError(
            f"The file cannot be read: {error}.", "Write long numbers as text."
        ) from None
    del text
    records = _records(value)
    if records is None:
        raise ArticleError(
            f"The file holds a JSON {type(value).__name__} and no article.",
            "Write one object, or a list of objects.",
        )
    if not records:
        raise EmptyArticle("There is no record in the file.", "Add one, or remove it.")
    alone = records[0] is value
    for number, record in enumerate(records, start=1):
        try:
            yield _article(record, relative if alone else f"{relative}#{number}", relative)
        except ArticleError as error:
            message = error.message.rstrip(".")
            yield type(error)(f"Record {number}: {message}.", error.hint)


def _article(record: object, fallback_id: str, relative: str) -> Article:
    if isinstance(record, dict) and isinstance(record.get("_source"), dict):
        record = {"id": record.get("_id"), **record["_source"]}
    if not isinstance(record, dict):
        raise ArticleError(
            f"is a JSON {type(record).__name__}, not an object", "Write articles as objects."
        )
    return article_of(fields_of(record), fallback_id, relative)


def _records(value: object, depth: int = _ENVELOPE_DEPTH) -> list[object] | None:
    """The list of records in a value, ``None`` where there is none.

    The longest list of objects wins: an envelope may hold lists of authors or links too.
    """
    if isinstance(value, list):
        return value if not value or any(isinstance(one, dict) for one in value) else None
    if not isinstance(value, dict):
        return None
    if depth < _ENVELOPE_DEPTH and depth <= 0:
        return None
    if any(isinstance(value.get(name), str) for name in value if _names_text(name)):
        return [value]
    inner = (_records(one, depth - 1) for one in value.values() if isinstance(one, dict | list))
    lists = [found for found in inner if found and _hold_text(found)]
    if lists:
        return max(lists, key=len)
    return [value] if depth == _ENVELOPE_DEPTH else None


def _names_text(name: object) -> bool:
    return any(key in TEXT for key in fields_of({name: "x"}))


def _hold_text(records: list[object]) -> bool:
    """Whether the first record has a text: a list of tags or authors has none."""
    first = next((one for one in records if isinstance(one, dict)), {})
    first = first.get("_source", first)
    return isinstance(first, dict) and any(map(_names_text, first))
