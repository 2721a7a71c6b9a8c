"""CSV and TSV: an article a row, its fields under any of their common names."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from embeddings.articles import limits
from embeddings.articles.decoding import decoded_lines
from embeddings.articles.fields import TEXT, article_of, fields_of
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

_DELIMITERS = ",;\t|"


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield each row's article, or what is wrong with the row.

    The first row names the columns, parted by commas, semicolons, tabs or bars; a line
    ``sep=;`` before it, as Excel writes it, says which. The id is the row's own, or
    ``relative#n`` for the nth row, blank rows not counted.

    Raises:
        EmptyArticle: there is no row below the names of the columns.
        ArticleError: the file is not text, or no column holds a text.
    """
    lines = decoded_lines(data, limits.RECORD_CHARACTERS)
    first = next(lines, "").lstrip("\ufeff")
    if first.lower().startswith("sep="):
        delimiter, first = first[4:5] or ",", next(lines, "")
    else:
        delimiter = max(_DELIMITERS, key=first.count)
    # Longer fields are refused by the module itself, with an error for their row.
    csv.field_size_limit(limits.RECORD_CHARACTERS)
    rows = csv.reader(_bounded(chain([first], lines)), delimiter=delimiter)
    names = [name.strip() for name in _row(rows) or ()]
    if not fields_of(dict.fromkeys(names, "x")).keys() & set(TEXT):
        raise ArticleError(
            f"No column holds the articles' text; there are: {_listed(names)}.",
            f"Name the columns in the first row, and one of them: {', '.join(TEXT)}.",
        )
    n = 0
    while True:
        try:
            row = _row(rows)
        except ArticleError as error:
            yield error
            return
        if row is None:
            break
        if not any(row):
            continue
        n += 1
        try:
            record = dict(zip(names, row, strict=False))
            yield article_of(fields_of(record), f"{relative}#{n}", relative)
        except ArticleError as error:
            message = error.message.rstrip(".")
            yield type(error)(f"Row {n} (line {rows.line_num}): {message}.", error.hint)
    if not n:
        raise EmptyArticle("There is no row in the file.", "Add one, or remove it.")


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) >= limits.RECORD_CHARACTERS:
            raise csv.Error(f"a line of more than {limits.RECORD_CHARACTERS:,} characters")
        yield line


def _row(rows: Iterator[list[str]]) -> list[str] | None:
    """The next row, ``None`` after the last.

    Raises:
        ArticleError: a field never ends, or is too long; what follows cannot be told apart.
    """
    try:
        return next(rows, None)
    except csv.Error as error:
        raise ArticleError(
            f"The table cannot be read on: {error}.",
            "Look for a quotation mark that is opened and not closed.",
        ) from None


def _listed(names: Iterable[str]) -> str:
    shown = [name[:40] for name in islice(names, 12)]
    return ", ".join(shown) or "none"
