"""The catalog: the SQLite file that is the truth about articles and passages.

Everything a generation holds is written in one transaction, so a reader sees the generation
before or the one after, and a killed rebuild leaves nothing behind. Embeddings live in a
second file (`embeddings.vectors`), which is a content-addressed store and needs no part in
that transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from embeddings import database
from embeddings.database import decoding
from embeddings.errors import IndexMismatch, IndexMissing
from embeddings.records import (
    Action,
    Article,
    Calibration,
    Filter,
    LedgerEntry,
    Manifest,
    Passage,
    PassageParameters,
)

FORMAT = 3
FILE_NAME = "catalog.sqlite"

_SCHEMA = """
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    seen_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, articles INTEGER NOT NULL,
    failed INTEGER NOT NULL, problems TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, published TEXT, byline TEXT NOT NULL,
    place TEXT NOT NULL, outlet TEXT NOT NULL, url TEXT NOT NULL, language TEXT NOT NULL,
    title_derived INTEGER NOT NULL, sha256 TEXT NOT NULL,
    place_key TEXT NOT NULL, outlet_key TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]',
    arrived INTEGER NOT NULL DEFAULT 0, revised INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX articles_path ON articles (path);
CREATE INDEX articles_published ON articles (published);
CREATE INDEX articles_arrived ON articles (arrived);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, article INTEGER NOT NULL REFERENCES articles,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    sentences TEXT NOT NULL, key BLOB NOT NULL
);
CREATE INDEX passages_article ON passages (article, ordinal);
CREATE INDEX passages_key ON passages (key);
CREATE TABLE ledger (
    generation INTEGER NOT NULL, at TEXT NOT NULL, path TEXT NOT NULL, action TEXT NOT NULL,
    articles INTEGER NOT NULL, problems TEXT NOT NULL, before TEXT NOT NULL
);
CREATE INDEX ledger_generation ON ledger (generation);
"""

_UPGRADES = {
    1: ("ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'",),
    2: (
        "ALTER TABLE articles ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE articles ADD COLUMN revised INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX articles_arrived ON articles (arrived)",
        # The ledger knows of files alone: their articles came with the last change of them.
        "UPDATE articles SET arrived = last.generation, revised = last.action = 'changed' FROM "
        "(SELECT path, action, max(generation) AS generation FROM ledger "
        "WHERE action IN ('added', 'changed') GROUP BY path) AS last "
        "WHERE articles.path = last.path",
    ),
}
"""What makes a catalog of each older format one of the next, when it is opened to be written."""

_VIEWS = {
    1: "CREATE TEMP VIEW articles AS "
    "SELECT *, '[]' AS pages, 0 AS arrived, 0 AS revised FROM main.articles",
    2: "CREATE TEMP VIEW articles AS SELECT *, 0 AS arrived, 0 AS revised FROM main.articles",
}
"""What makes a catalog of each older format read like one of this format, and leaves it alone:
an older Dateline may be using it."""

_COLUMNS = (
    "id", "title", "text", "path", "published", "byline", "place", "outlet", "url", "language",
    "title_derived", "pages",
)  # fmt: skip
_ARTICLE = ", ".join(f"a.{column}" for column in _COLUMNS)


Arrival = tuple[int, bool]
"""The generation an article came with as it reads now (0 if that is not known), and whether
it replaced another version of itself."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when last read.

    ``changed_ns`` is the later of its modification and status-change times, ``seen_ns`` when
    it was looked at, both in nanoseconds since the epoch: a file changed within the clock's
    grain of the look may have changed again unnoticed, and is read once more. ``sha256`` is
    empty where the bytes could not be read.
    """

    path: str
    size: int
    changed_ns: int
    seen_ns: int
    sha256: str
    articles: int
    failed: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generation:
    """The committed state: its number, the name of its derived files, and its manifest."""

    number: int
    derived: str
    rebuilt_at: datetime
    manifest: Manifest


def key_of(text: str) -> str:
    """The form in which outlets and places are compared."""
    return " ".join(text.casefold().split())


def exists(folder: Path) -> bool:
    """Whether the folder holds a catalog."""
    return (folder / FILE_NAME).is_file()


class Catalog:
    """One connection to the catalog; not to be shared by threads at the same time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Catalog:
        """Open the catalog in `folder`; with `create`, make an empty one where there is none.

        Raises:
            IndexMissing: there is none.
            IndexDamaged: the file is not a readable catalog.
            IndexUnwritable: it cannot be opened without writing, and not be written.
            IndexMismatch: a newer format version wrote it, or one too old to bring up to date.
        """
        file = folder / FILE_NAME
        if not create and not file.is_file():
            raise IndexMissing(
                f"There is no index in {folder}.", "Build one with: dateline rebuild"
            )
        with database.sound(file):
            connection = database.connect(file, synchronous="FULL")
            catalog = cls(connection)
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version == 0 and create:
                catalog._create()
            elif version != FORMAT and not catalog._adapt(version, write=create):
                connection.close()
                raise IndexMismatch(
                    f"The index in {folder} has format {version}, this Dateline reads {FORMAT}.",
                    "Update Dateline, or build the index anew with: dateline rebuild --fresh",
                )
        return catalog

    def _create(self) -> None:
        self.connection.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;"
        )

    def _adapt(self, version: int, *, write: bool) -> bool:
        """Make do with a catalog of an older format, or upgrade it; whether that can be done."""
        if not write:
            if version in _VIEWS:
                self.connection.execute(_VIEWS[version])
            return version in _VIEWS
        steps = [_UPGRADES.get(number, ()) for number in range(version, FORMAT)]
        if not steps or not all(steps):
            return False
        self.connection.execute("BEGIN IMMEDIATE")
        for statement in (statement for step in steps for statement in step):
            self.connection.execute(statement)
        self.connection.execute(f"PRAGMA user_version = {FORMAT}")
        self.connection.execute("COMMIT")
        return True

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        self.connection.close()

    def shorten_log(self) -> None:
        """Take the write-ahead log into the file, if no reader is using it just now."""
        # A reader may hold its transaction for long, and nothing is lost by not waiting.
        self.connection.execute("PRAGMA busy_timeout = 0")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.execute(f"PRAGMA busy_timeout = {database.WAIT_SECONDS * 1000}")

    # -- the generation ------------------------------------------------------------------

    def generation(self) -> Generation | None:
        """The committed generation, ``None`` before the first."""
        row = self.connection.execute("SELECT value FROM state WHERE key = 'generation'").fetchone()
        if row is None:
            return None
        with decoding("What the catalog says of the index"):
            state = json.loads(row[0])
            manifest = dict(state["manifest"])
            manifest["parameters"] = PassageParameters(**manifest["parameters"])
            if manifest.get("calibration"):
                manifest["calibration"] = Calibration(**manifest["calibration"])
            return Generation(
                number=state["number"],
                derived=state["derived"],
                rebuilt_at=datetime.fromisoformat(state["rebuilt_at"]),
                manifest=Manifest(**manifest),
            )

    def set_generation(self, generation: Generation) -> None:
        """Record the generation; it counts once the transaction commits."""
        state = {
            "number": generation.number,
            "derived": generation.derived,
            "rebuilt_at": generation.rebuilt_at.isoformat(),
            "manifest": asdict(generation.manifest),
        }
        self.connection.execute(
            "INSERT OR REPLACE INTO state VALUES ('generation', ?)", (json.dumps(state),)
        )

    def write_ledger(self, generation: int, at: datetime, entries: Iterable[LedgerEntry]) -> None:
        """Note what a rebuild did with each file."""
        self.connection.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    generation,
                    at.isoformat(),
                    entry.path,
                    entry.action.value,
                    entry.articles,
                    json.dumps(entry.problems),
                    entry.before,
                )
                for entry in entries
            ),
        )

    def ledger(self, since: datetime | None = None) -> Iterator[tuple[datetime, LedgerEntry]]:
        """Entries of all rebuilds, oldest first."""
        rows = self.connection.execute(
            "SELECT at, path, action, articles, problems, before FROM ledger "
            "WHERE at >= ? ORDER BY rowid",
            (since.isoformat() if since else "",),
        )
        for at, path, action, articles, problems, before in rows:
            yield (
                datetime.fromisoformat(at),
                LedgerEntry(path, Action(action), articles, tuple(json.loads(problems)), before),
            )

    # -- files ---------------------------------------------------------------------------

    def files(self) -> dict[str, FileState]:
        """Every known file by path."""
        rows = self.connection.execute(
            "SELECT path, size, changed_ns, seen_ns, sha256, articles, failed, problems FROM files"
        )
        with decoding("A file's record in the catalog"):
            return {
                row[0]: FileState(*row[:6], bool(row[6]), tuple(json.loads(row[7])))  # type: ignore[call-arg]
                for row in rows
            }

    def put_file(self, file: FileState) -> None:
        """Record a file as it was read."""
        self.connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.path,
                file.size,
                file.changed_ns,
                file.seen_ns,
                file.sha256,
                file.articles,
                file.failed,
                json.dumps(file.problems),
            ),
        )

    def forget_file(self, path: str) -> None:
        """Drop a file's record; its articles are dropped apart."""
        self.connection.execute("DELETE FROM files WHERE path = ?", (path,))

    # -- articles and passages -----------------------------------------------------------

    def article_digests(self, path: str) -> dict[str, str]:
        """Id and content digest of every article of a file."""
        return dict(
            self.connection.execute("SELECT id, sha256 FROM articles WHERE path = ?", (path,))
        )

    def path_of(self, article_id: str) -> str | None:
        """The file an article came from, ``None`` when there is no such article."""
        row = self.connection.execute(
            "SELECT path FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return None if row is None else str(row[0])

    def add_article(
        self,
        article: Article,
        passages: Sequence[Passage],
        keys: Sequence[bytes],
        arrival: Arrival = (0, False),
    ) -> None:
        """Insert an article with its passages; `keys` name the passages' embeddings."""
        number = self.connection.execute(
            f"INSERT INTO articles ({', '.join(_COLUMNS)}, sha256, place_key, outlet_key, "
            "arrived, revised) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                article.title,
                article.text,
                article.path,
                article.published.isoformat() if article.published else None,
                article.byline,
                article.place,
                article.outlet,
                article.url,
                article.language,
                article.title_derived,
                json.dumps(article.pages),
                article.sha256,
                key_of(article.place),
                key_of(article.outlet),
                *arrival,
            ),
        ).lastrowid
        self.connection.executemany(
            "INSERT INTO passages (article, ordinal, start, stop, sentences, key) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (number, p.ordinal, p.start, p.end, json.dumps(p.sentences), key)
                for p, key in zip(passages, keys, strict=True)
            ),
        )

    def remove_article(self, article_id: str) -> dict[int, bytes]:
        """Delete an article and its passages; those passages' embedding keys, by id."""
        row = self.connection.execute(
            "SELECT number FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        if row is None:
            return {}
        gone = self.connection.execute(
            "DELETE FROM passages WHERE article = ? RETURNING id, key", row
        ).fetchall()
        self.connection.execute("DELETE FROM articles WHERE number = ?", row)
        return dict(gone)

    def move_article(self, article_id: str, new_id: str, new_path: str) -> list[int]:
        """Give an article another id and path, and its passages new ids; the old ids.

        The derived indexes hold the path with each passage, so a moved passage is a new one
        to them; its embedding is the same.
        """
        (number,) = self.connection.execute(
            "SELECT number FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        self.connection.execute(
            "UPDATE articles SET id = ?, path = ? WHERE number = ?", (new_id, new_path, number)
        )
        rows = self.connection.execute(
            "DELETE FROM passages WHERE article = ? "
            "RETURNING id, article, ordinal, start, stop, sentences, key",
            (number,),
        ).fetchall()
        self.connection.executemany(
            "INSERT INTO passages (article, ordinal, start, stop, sentences, key) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (row[1:] for row in sorted(rows)),
        )
        return [row[0] for row in rows]

    def arrival(self, article_id: str) -> Arrival | None:
        """When an article came, ``None`` when there is no such article."""
        row = self.connection.execute(
            "SELECT arrived, revised FROM articles WHERE id = ?", (article_id,)
        ).fetchone()
        return None if row is None else (int(row[0]), bool(row[1]))

    def remember_arrivals(self) -> None:
        """Keep in mind when each article came, for `recall_arrivals`."""
        self.connection.execute("DROP TABLE IF EXISTS temp.arrivals")
        self.connection.execute(
            "CREATE TEMP TABLE arrivals AS SELECT id, sha256, arrived, revised FROM articles"
        )

    def recall_arrivals(self) -> None:
        """What reads as it did when it was remembered came when it came then."""
        self.connection.execute(
            "UPDATE articles SET arrived = old.arrived, revised = old.revised "
            "FROM temp.arrivals AS old "
            "WHERE articles.id = old.id AND articles.sha256 = old.sha256"
        )
        self.connection.execute("DROP TABLE temp.arrivals")

    def article_ids(self) -> list[str]:
        """The id of every article."""
        return [row[0] for row in self.connection.execute("SELECT id FROM articles")]

    def clear(self) -> None:
        """Delete every article, passage and file record."""
        for table in ("passages", "articles", "files"):
            self.connection.execute(f"DELETE FROM {table}")

    def article(self, article_id: str) -> Article | None:
        """The article with this id, ``None`` when there is none."""
        row = self.connection.execute(
            f"SELECT {_ARTICLE} FROM articles a WHERE a.id = ?", (article_id,)
        ).fetchone()
        return None if row is None else _article(row)

    def articles(self, where: Filter | None = None) -> Iterator[Article]:
        """Every article the filter lets through, newest first, undated ones last."""
        condition, values = sql_condition(where or Filter())
        rows = self.connection.execute(
            f"SELECT {_ARTICLE} FROM articles a WHERE {condition} "
            "ORDER BY published IS NULL, published DESC, number",
            values,
        )
        return map(_article, rows)

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """Passages by id, each with its article; ids that are gone are left out."""
        rows = self.connection.execute(
            "SELECT p.id, p.article, p.ordinal, p.start, p.stop, p.sentences "
            "FROM json_each(?) AS wanted JOIN passages p ON p.id = wanted.value "
            "ORDER BY wanted.key",
            (json.dumps(list(ids)),),
        ).fetchall()
        articles = {
            row[0]: _article(row[1:])
            for row in self.connection.execute(
                f"SELECT a.number, {_ARTICLE} FROM articles a "
                "WHERE a.number IN (SELECT value FROM json_each(?))",
                (json.dumps(list({row[1] for row in rows})),),
            )
        }
        found: dict[int, tuple[Passage, Article]] = {}
        for passage_id, number, ordinal, start, stop, sentences in rows:
            with decoding("A passage in the catalog"):
                article = articles[number]
                spans = tuple((first, last) for first, last in json.loads(sentences))
                passage = Passage(article.id, ordinal, start, stop, article.text[start:stop], spans)
            found[passage_id] = (passage, article)
        return found

    def passage_texts(self, after: int = 0) -> Iterator[tuple[int, str, Article]]:
        """Id, text and article of every passage with an id above `after`, in order of id."""
        rows = self.connection.execute(
            f"SELECT p.id, p.start, p.stop, {_ARTICLE} FROM passages p "
            "JOIN articles a ON a.number = p.article WHERE p.id > ? ORDER BY p.id",
            (after,),
        )
        for row in rows:
            article = _article(row[3:])
            with decoding("A passage in the catalog"):
                text = article.text[row[1] : row[2]]
            yield row[0], text, article

    def passage_keys(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Id and embedding key of every passage with an id above `after`, in order of id."""
        yield from self.connection.execute(
            "SELECT id, key FROM passages WHERE id > ? ORDER BY id", (after,)
        )

    def passage_count(self, after: int = 0) -> int:
        """How many passages have an id above `after`."""
        row = self.connection.execute(
            "SELECT count(*) FROM passages WHERE id > ?", (after,)
        ).fetchone()
        return int(row[0])

    def sampled_keys(self, count: int) -> Iterator[tuple[int, bytes]]:
        """Id and embedding key of about so many passages, spread evenly, in order of id."""
        step = max(1, self.passage_count() // max(1, count))
        yield from self.connection.execute(
            "SELECT id, key FROM passages WHERE id % ? = 0 ORDER BY id", (step,)
        )

    def key_count(self, up_to: int | None = None) -> int:
        """How many distinct embeddings the passages need, those with ids up to `up_to`."""
        row = self.connection.execute(
            "SELECT count(DISTINCT key) FROM passages WHERE ? IS NULL OR id <= ?", (up_to, up_to)
        ).fetchone()
        return int(row[0])

    def passages_with_keys(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, Passage, Article]]:
        """One passage, with its article, for each of the embedding keys, in order of id."""
        self.connection.execute("DROP TABLE IF EXISTS temp.wanted")
        self.connection.execute("CREATE TEMP TABLE wanted (key BLOB PRIMARY KEY)")
        self.connection.executemany("INSERT INTO wanted VALUES (?)", ((key,) for key in keys))
        rows = self.connection.execute(
            "SELECT min(p.id), p.key FROM wanted w JOIN passages p ON p.key = w.key "
            "GROUP BY p.key ORDER BY min(p.id)"
        )
        while batch := rows.fetchmany(256):
            found = self.passages([passage_id for passage_id, _ in batch])
            for passage_id, key in batch:
                yield key, *found[passage_id]

    def unused(self, keys: Iterable[bytes]) -> list[bytes]:
        """Those of the embedding keys that no passage needs."""
        return [
            key
            for key in keys
            if not self.connection.execute(
                "SELECT 1 FROM passages WHERE key = ? LIMIT 1", (key,)
            ).fetchone()
        ]

    def keys_of(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Embedding keys of passages, by passage id."""
        return dict(
            self.connection.execute(
                "SELECT id, key FROM passages WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
        )

    def passage_articles(self, ids: Sequence[int]) -> dict[int, tuple[int, date | None]]:
        """Article number and publication day of passages, by passage id."""
        rows = self.connection.execute(
            "SELECT p.id, a.number, a.published FROM passages p "
            "JOIN articles a ON a.number = p.article "
            "WHERE p.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        with decoding("An article in the catalog"):
            return {
                passage_id: (number, date.fromisoformat(published) if published else None)
                for passage_id, number, published in rows
            }

    def last_passage_id(self) -> int:
        """The highest passage id ever given out, 0 before the first; ids are never reused."""
        row = self.connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'passages'"
        ).fetchone()
        return 0 if row is None else int(row[0])

    def matching(self, where: Filter, limit: int = -1) -> list[int]:
        """Ids of the passages whose article the filter lets through, any `limit` of them."""
        condition, values = sql_condition(where)
        rows = self.connection.execute(
            f"SELECT p.id FROM articles a JOIN passages p ON p.article = a.number "
            f"WHERE {condition} LIMIT ?",
            (*values, limit),
        )
        return [passage_id for (passage_id,) in rows]

    def matching_among(self, where: Filter, ids: Sequence[int]) -> set[int]:
        """Those of the passages whose article the filter lets through."""
        condition, values = sql_condition(where)
        rows = self.connection.execute(
            "SELECT p.id FROM json_each(?) AS wanted JOIN passages p ON p.id = wanted.value "
            f"JOIN articles a ON a.number = p.article WHERE {condition}",
            (json.dumps(list(ids)), *values),
        )
        return {passage_id for (passage_id,) in rows}

    def passages_of(self, article_ids: Sequence[str]) -> list[int]:
        """Ids of the passages of the given articles."""
        rows = self.connection.execute(
            "SELECT p.id FROM passages p JOIN articles a ON a.number = p.article "
            "WHERE a.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(article_ids)),),
        )
        return [passage_id for (passage_id,) in rows]

    def counts(self) -> tuple[int, int, int]:
        """Files that gave articles, articles, passages."""
        row = self.connection.execute(
            "SELECT (SELECT count(*) FROM files WHERE articles > 0), "
            "(SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

    def published_range(self) -> tuple[date | None, date | None]:
        """First and newest publication day, ``None`` in an undated collection."""
        # Asked apart, each is one look at the index; together they would read all of it.
        row = self.connection.execute(
            "SELECT (SELECT min(published) FROM articles), (SELECT max(published) FROM articles)"
        ).fetchone()
        with decoding("An article in the catalog"):
            first, newest = (date.fromisoformat(day) if day else None for day in row)
        return first, newest


def sql_condition(where: Filter) -> tuple[str, list[str]]:
    """The filter as SQL over articles ``a``, and its values."""
    conditions: list[str] = []
    values: list[str] = []
    for test, value in (
        ("a.published >= ?", where.since.isoformat() if where.since else ""),
        ("a.published <= ?", where.until.isoformat() if where.until else ""),
        ("a.outlet_key = ?", key_of(where.outlet)),
        ("a.place_key = ?", key_of(where.place)),
    ):
        if value:
            conditions.append(test)
            values.append(value)
    folder = where.path.strip("/")
    if folder:
        conditions.append("(a.path = ? OR (a.path > ? AND a.path < ?))")
        # "0" is the character after "/", so this is the range of everything below.
        values += [folder, f"{folder}/", f"{folder}0"]
    if where.exclude:
        conditions.append("a.id NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(where.exclude))
    return " AND ".join(conditions) or "TRUE", values


def _article(row: Sequence[object]) -> Article:
    values = list(row)
    published = values[4]
    with decoding("An article in the catalog"):
        values[4] = date.fromisoformat(str(published)) if published else None
        values[10] = bool(values[10])
        values[11] = tuple(json.loads(str(values[11]))) if values[11] != "[]" else ()
        return Article(*values)  # type: ignore[arg-type]
