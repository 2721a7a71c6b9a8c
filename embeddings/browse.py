"""Looking through a collection without a question: pages of articles, outlets, days."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from embeddings.catalog import key_of, sql_condition
from embeddings.database import decoding
from embeddings.records import Filter

HEADING = "a.id, a.title, a.path, a.published, a.byline, a.outlet, a.title_derived"
"""What a heading is made of, as SQL over articles ``a``."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An article without its text."""

    id: str
    title: str
    path: str
    published: date | None
    byline: str
    outlet: str
    title_derived: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of headings, and how many there are on all pages."""

    total: int
    offset: int
    headings: tuple[Heading, ...]


def listing(
    connection: sqlite3.Connection,
    words: str = "",
    where: Filter | None = None,
    offset: int = 0,
    limit: int = 20,
) -> Listing:
    """Headings the filter lets through, newest first, undated ones last.

    Args:
        connection: to the catalog.
        words: each of them must stand in the title, outlet, byline, place or file name,
            whatever its case.
        where: what the articles must be.
        offset: how many to pass over.
        limit: how many to give.
    """
    # SQLite itself folds the case of ASCII letters alone.
    connection.create_function("folded", 1, key_of, deterministic=True)
    test, values = sql_condition(where or Filter())
    text = (
        "folded(a.title || ' ' || a.outlet || ' ' || a.byline || ' ' || a.place || ' ' || a.path)"
    )
    for word in key_of(words).split():
        test += f" AND instr({text}, ?)"
        values.append(word)
    total = connection.execute(f"SELECT count(*) FROM articles a WHERE {test}", values).fetchone()[
        0
    ]
    rows = connection.execute(
        f"SELECT {HEADING} FROM articles a WHERE {test} "
        "ORDER BY a.published IS NULL, a.published DESC, a.number LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    return Listing(total, offset, tuple(map(heading_of, rows)))


def heading_of(row: Sequence[Any]) -> Heading:
    """A heading of the columns in `HEADING`."""
    identity, title, path, published, byline, outlet, derived = row
    with decoding("An article in the catalog"):
        day = date.fromisoformat(published) if published else None
    return Heading(identity, title, path, day, byline, outlet, bool(derived))


def outlets(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Every outlet with its number of articles, the most prolific first."""
    rows = connection.execute(
        "SELECT min(outlet), count(*) FROM articles WHERE outlet_key != '' "
        "GROUP BY outlet_key ORDER BY count(*) DESC, outlet_key"
    )
    return [(outlet, count) for outlet, count in rows]


def days(connection: sqlite3.Connection) -> list[tuple[date, int]]:
    """Every day of publication with its number of articles, in order."""
    rows = connection.execute(
        "SELECT published, count(*) FROM articles WHERE published IS NOT NULL "
        "GROUP BY published ORDER BY published"
    )
    with decoding("An article in the catalog"):
        return [(date.fromisoformat(day), count) for day, count in rows]
