"""What is new: the articles that came, or changed, since a moment."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from embeddings.browse import HEADING, Heading, heading_of
from embeddings.database import decoding


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that came, or replaced another version of itself, with a rebuild."""

    heading: Heading
    at: datetime
    revised: bool


@dataclass(frozen=True, slots=True)
class News:
    """Arrivals since a moment, the latest first.

    ``since`` is ``None`` in a collection that nothing ever came to; ``total`` counts all
    arrivals, also those beyond the limit; ``removed`` are files that went since, with all
    their articles.
    """

    since: datetime | None
    total: int
    arrivals: tuple[Arrival, ...]
    removed: tuple[str, ...]


def moment(since: date | datetime) -> datetime:
    """A day as the moment it begins here; a moment without a time zone is local."""
    if not isinstance(since, datetime):
        since = datetime.combine(since, time())
    return since.astimezone(UTC)


def news(
    connection: sqlite3.Connection, since: date | datetime | None = None, limit: int = 100
) -> News:
    """What came since; if no moment is given, what the last rebuild that brought any brought.

    Only articles that are still there, as they read now, are told of: one that came and
    changed since is told of once.
    """
    if since is None:
        row = connection.execute(
            "SELECT min(at) FROM ledger WHERE generation = "
            "(SELECT max(arrived) FROM articles WHERE arrived > 0)"
        ).fetchone()
        if row[0] is None:
            return News(None, 0, (), ())
        since = datetime.fromisoformat(row[0])
    since = moment(since)
    # Moments are written in UTC, and without their microseconds where there are none.
    came = (since.replace(tzinfo=None).isoformat(),)
    wanted = (
        "FROM articles a JOIN (SELECT generation, max(at) AS at FROM ledger WHERE at >= ? "
        "GROUP BY generation) AS made ON made.generation = a.arrived"
    )
    total = connection.execute(f"SELECT count(*) {wanted}", came).fetchone()[0]
    rows = connection.execute(
        f"SELECT made.at, a.revised, {HEADING} {wanted} "
        "ORDER BY a.arrived DESC, a.published IS NULL, a.published DESC, a.number LIMIT ?",
        (*came, limit),
    )
    with decoding("An article in the catalog"):
        arrivals = tuple(
            Arrival(heading_of(row[2:]), datetime.fromisoformat(row[0]), bool(row[1]))
            for row in rows
        )
    gone = connection.execute(
        "SELECT DISTINCT path FROM ledger WHERE at >= ? AND action = 'removed' "
        "AND path NOT IN (SELECT path FROM files) ORDER BY path",
        came,
    )
    return News(since, total, arrivals, tuple(path for (path,) in gone))
