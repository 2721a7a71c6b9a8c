"""Reading what can still be read of a damaged database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embeddings.catalog import Catalog, FileState, Generation
from embeddings.database import Connection
from embeddings.errors import IndexDamaged

_CHUNK = 256
_MOST_FAILURES = 20_000
"""Reads that may fail before a table is given up: a broken root fails for every range."""
_MOST_ROWS = 1 << 40

Row = tuple[Any, ...]


@dataclass(slots=True)
class Salvaged:
    """What was read out of a damaged catalog into a new one.

    ``doubtful`` are ids of articles that were found, but not as they were taken in;
    ``unread`` counts places of the table of articles that could not be read.
    """

    articles: int = 0
    unread: int = 0
    doubtful: list[str] = field(default_factory=list)
    generation: Generation | None = None


def salvage_catalog(damaged: Path, into: Catalog) -> Salvaged:
    """Copy whole articles, the ledger and the state of the index into a new, empty catalog.

    Passages are left out, since they are cut again from the articles, and files' states, since
    every file is to be read again.
    """
    found = Salvaged()
    with closing(_open(damaged)) as source, closing(_scratch()) as scratch:
        target = into.connection
        columns = [row[1] for row in target.execute("PRAGMA table_info(articles)")]
        for row in _rows(source, "articles", columns):
            if row is None:
                found.unread += 1
            elif _put(target, "articles", columns, row):
                found.articles += 1
        found.doubtful = _doubtful(into)
        for article_id in found.doubtful:
            target.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        found.articles -= len(found.doubtful)
        columns = [row[1] for row in target.execute("PRAGMA table_info(ledger)")]
        for row in _rows(source, "ledger", columns):
            if row is not None:
                _put(target, "ledger", columns, row)
        try:
            state = source.execute("SELECT value FROM state WHERE key = 'generation'").fetchone()
            scratch.execute("INSERT INTO state VALUES ('generation', ?)", state)
            found.generation = Catalog(scratch).generation()
        except (sqlite3.Error, IndexDamaged):
            found.generation = None
    for path, count in target.execute("SELECT path, count(*) FROM articles GROUP BY path"):
        into.put_file(FileState(path, 0, 0, 0, "", count, False, ()))
    return found


def salvage_vectors(damaged: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Key, vector and token vectors of every row that can be read, each to be checked."""
    with closing(_open(damaged)) as source:
        for row in _rows(source, "vectors", ["key", "vector", "tokens"]):
            if row is not None and all(isinstance(value, bytes) for value in row):
                yield row


def salvage_projections(damaged: Path) -> list[Row]:
    """How token vectors were packed, for each encoder: fingerprint, width, matrix."""
    with closing(_open(damaged)) as source:
        columns = ["fingerprint", "width", "matrix"]
        return [row for row in _rows(source, "projections", columns) if row is not None]


def _open(damaged: Path) -> sqlite3.Connection:
    return sqlite3.connect(damaged, isolation_level=None, factory=Connection)


def _scratch() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE state (key TEXT, value TEXT)")
    return connection


def _rows(source: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Row | None]:
    """Rows in order of rowid, with ``None`` in each place where one cannot be read.

    Columns that an older format has not are left at their defaults.
    """
    try:
        present = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        present = set()
    if not present:
        yield None
        return
    wanted = ", ".join(name if name in present else _DEFAULTS.get(name, "''") for name in columns)
    query = f"SELECT rowid, {wanted} FROM {table} WHERE rowid BETWEEN ? AND ?"
    failures = 0
    pending = [(1, _last(source, table))]
    while pending:
        first, last = pending.pop()
        try:
            # Read at once: an error in the midst of it would leave the half before told.
            rows = source.execute(f"{query} LIMIT {_CHUNK + 1}", (first, last)).fetchall()
        except sqlite3.Error:
            failures += 1
            if first == last or failures > _MOST_FAILURES:
                yield None
                continue
            middle = (first + last) // 2
            pending += [(middle + 1, last), (first, middle)]
            continue
        if len(rows) > _CHUNK:
            rows = rows[:_CHUNK]
            pending.append((rows[-1][0] + 1, last))
        for row in rows:
            yield row[1:]


_DEFAULTS = {"pages": "'[]'", "arrived": "0", "revised": "0"}


def _last(source: sqlite3.Connection, table: str) -> int:
    for query in (
        f"SELECT max(rowid) FROM {table}",
        f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1",
    ):
        try:
            row = source.execute(query).fetchone()
        except sqlite3.Error:
            continue
        return int(row[0]) if row and row[0] is not None else 0
    return _MOST_ROWS


def _put(target: sqlite3.Connection, table: str, columns: list[str], row: Row) -> bool:
    marks = ", ".join("?" * len(columns))
    try:
        target.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)
    except sqlite3.Error:  # a value that is not what was written breaks a rule of the table
        return False
    return True


def _doubtful(catalog: Catalog) -> list[str]:
    """Articles that do not read as they did when they were taken in."""
    doubtful = []
    for article_id, digest in catalog.connection.execute(
        "SELECT id, sha256 FROM articles"
    ).fetchall():
        try:
            article = catalog.article(article_id)
        except IndexDamaged:
            article = None
        if article is None or article.sha256 != digest:
            doubtful.append(str(article_id))
    return doubtful
