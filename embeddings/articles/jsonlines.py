"""JSON Lines: one article a line, its fields under any of their common names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from embeddings.articles import limits
from embeddings.articles.decoding import decoded_lines
from embeddings.articles.fields import Fields, article_of, fields_of
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield each line's article, or what is wrong with the line.

    The id is the record's own, or ``relative#n`` for the nth record, blank lines not counted.

    Raises:
        EmptyArticle: the file has no records.
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    n = 0
    for number, line in enumerate(decoded_lines(data, limits.RECORD_CHARACTERS), start=1):
        line = line.strip("\ufeff \t\n\r")
        if line:
            n += 1
            try:
                yield article_of(_fields(line), f"{relative}#{n}", relative)
            except ArticleError as error:
                yield type(error)(f"Line {number} {error.message.rstrip('.')}.", error.hint)
    if not n:
        raise EmptyArticle("There is no record in the file.", "Add one a line, or remove it.")


def _fields(line: str) -> Fields:
    """The fields of one line.

    Raises:
        ArticleError: the line is not a JSON object, is too long or nested too deep.
    """
    if len(line) >= limits.RECORD_CHARACTERS:
        raise ArticleError(
            f"has more than {limits.RECORD_CHARACTERS:,} characters",
            "Write one article on each line.",
        )
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
    return fields_of(record)
