"""The store of embeddings: a content-addressed SQLite file.

An embedding's key is a digest of the encoder's fingerprint and of the text that was embedded,
so a passage that has been embedded once is never embedded again, whatever its article is
called by now. Entries never change: the file needs no part in a generation's transaction,
and what a stopped rebuild has embedded is kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from embeddings.encoder import Vectors
from embeddings.errors import IndexDamaged

FILE_NAME = "vectors.sqlite"
_BATCH = 500
_MAPPED_BYTES = 2**30


def embedding_key(fingerprint: str, text: str) -> bytes:
    """The 16-byte key of a text's embedding by one encoder."""
    return hashlib.sha256(f"{fingerprint}\0{text}".encode()).digest()[:16]


class VectorStore:
    """One connection to the embeddings; not to be shared by threads at the same time."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, making it where there is none.

        Raises:
            IndexDamaged: the file cannot be read.
        """
        file = folder / FILE_NAME
        try:
            self.connection = sqlite3.connect(
                file, isolation_level=None, check_same_thread=False, timeout=30
            )
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            # A question reads a hundred passages' tokens from all over the file: mapped, they
            # cost a tenth of what as many thousand small reads do.
            self.connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            self.connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors "
                "(key BLOB PRIMARY KEY, vector BLOB NOT NULL, tokens BLOB NOT NULL)"
            )
            self.connection.execute(
                "CREATE TABLE IF NOT EXISTS projections "
                "(fingerprint TEXT PRIMARY KEY, width INTEGER NOT NULL, matrix BLOB NOT NULL)"
            )
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(
                f"The embeddings in {file} cannot be read: {error}.",
                f"Delete {file} and run dateline rebuild: the articles are embedded again.",
            ) from error

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def count(self) -> int:
        """How many embeddings are stored."""
        return int(self.connection.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def missing(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of the keys that have no embedding."""
        missing: set[bytes] = set()
        passing = iter(keys)
        while batch := list(islice(passing, _BATCH)):
            marks = ", ".join("?" * len(batch))
            rows = self.connection.execute(f"SELECT key FROM vectors WHERE key IN ({marks})", batch)
            missing |= set(batch) - {key for (key,) in rows}
        return missing

    def add(self, rows: Iterable[tuple[bytes, Vectors, bytes]]) -> None:
        """Store embeddings at once and for good: key, float32 vector, packed token vectors."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self.connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                (
                    (key, vector.astype(np.float16).tobytes(), tokens)
                    for key, vector, tokens in rows
                ),
            )
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def vectors(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        """Key and float32 vector of each distinct key that is stored."""
        for batch in _batches(list(dict.fromkeys(keys))):
            marks = ", ".join("?" * len(batch))
            for key, blob in self.connection.execute(
                f"SELECT key, vector FROM vectors WHERE key IN ({marks})", batch
            ):
                yield key, np.frombuffer(blob, dtype=np.float16).astype(np.float32)

    def tokens(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Packed token vectors of the keys that are stored."""
        found: dict[bytes, bytes] = {}
        for batch in _batches(list(dict.fromkeys(keys))):
            marks = ", ".join("?" * len(batch))
            found.update(
                self.connection.execute(
                    f"SELECT key, tokens FROM vectors WHERE key IN ({marks})", batch
                ).fetchall()
            )
        return found

    def projection(self, fingerprint: str) -> Vectors | None:
        """How one encoder's token vectors are packed, float32 of shape (d, width)."""
        row = self.connection.execute(
            "SELECT width, matrix FROM projections WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        return None if row is None else np.frombuffer(row[1], np.float32).reshape(-1, row[0])

    def set_projection(self, fingerprint: str, projection: Vectors) -> None:
        """Record how one encoder's token vectors are packed."""
        self.connection.execute(
            "INSERT OR REPLACE INTO projections VALUES (?, ?, ?)",
            (fingerprint, projection.shape[1], projection.tobytes()),
        )

    def drop(self, keys: Sequence[bytes]) -> int:
        """Drop the embeddings of these keys; how many went."""
        dropped = 0
        for batch in _batches(keys):
            marks = ", ".join("?" * len(batch))
            dropped += self.connection.execute(
                f"DELETE FROM vectors WHERE key IN ({marks})", batch
            ).rowcount
        return dropped

    def keep_only(self, keys: Iterable[bytes]) -> int:
        """Drop every embedding whose key is not among these; how many went."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self.connection.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY)")
            self.connection.executemany(
                "INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keys)
            )
            dropped = self.connection.execute(
                "DELETE FROM vectors WHERE key NOT IN (SELECT key FROM kept)"
            ).rowcount
            self.connection.execute("DROP TABLE kept")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return dropped


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
