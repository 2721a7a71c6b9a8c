"""The store of embeddings: a content-addressed SQLite file.

An embedding's key is a digest of the encoder's fingerprint and of the text that was embedded,
so a passage that has been embedded once is never embedded again, whatever its article is
called by now. Entries never change: the file needs no part in a generation's transaction,
and what a stopped rebuild has embedded is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from embeddings import database
from embeddings.database import decoding
from embeddings.encoder import Vectors
from embeddings.errors import IndexDamaged

FILE_NAME = "vectors.sqlite"
_BATCH = 500
_MAPPED_BYTES = 2**30
_ORTHONORMAL = 1e-3
_TABLES = (
    "vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, tokens BLOB NOT NULL)",
    "projections (fingerprint TEXT PRIMARY KEY, width INTEGER NOT NULL, matrix BLOB NOT NULL)",
)


def embedding_key(fingerprint: str, text: str) -> bytes:
    """The 16-byte key of a text's embedding by one encoder."""
    return hashlib.sha256(f"{fingerprint}\0{text}".encode()).digest()[:16]


class VectorStore:
    """One connection to the embeddings; not to be shared by threads at the same time."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, making it where there is none.

        Raises:
            IndexDamaged: the file cannot be read.
            IndexUnwritable: there is none, and none can be made.
        """
        file = folder / FILE_NAME
        try:
            with database.sound(file):
                self.connection = database.connect(file, synchronous="NORMAL")
                # A question reads a hundred passages' tokens from all over the file: mapped, they
                # cost a tenth of what as many thousand small reads do.
                self.connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
                for table in _TABLES:
                    self.connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        except IndexDamaged as error:
            raise IndexDamaged(
                f"The embeddings in {error.message}",
                "Have the articles embedded again with: dateline doctor --mend",
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
        self.add_rows(
            (key, vector.astype(np.float16).tobytes(), tokens) for key, vector, tokens in rows
        )

    def vectors(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        """Key and float32 vector of each distinct key that is stored and readable."""
        for batch in _batches(list(dict.fromkeys(keys))):
            marks = ", ".join("?" * len(batch))
            for key, blob in self.connection.execute(
                f"SELECT key, CAST(vector AS BLOB) FROM vectors WHERE key IN ({marks})", batch
            ):
                vector = decoded(blob)
                if vector is not None:
                    yield key, vector

    def tokens(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Packed token vectors of the keys that are stored."""
        found: dict[bytes, bytes] = {}
        for batch in _batches(list(dict.fromkeys(keys))):
            marks = ", ".join("?" * len(batch))
            found.update(
                self.connection.execute(
                    f"SELECT key, CAST(tokens AS BLOB) FROM vectors WHERE key IN ({marks})",
                    batch,
                ).fetchall()
            )
        return found

    def rows(self, keys: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
        """Vector and token vectors of the keys that are stored, as they are stored."""
        found: dict[bytes, tuple[bytes, bytes]] = {}
        for batch in _batches(list(dict.fromkeys(keys))):
            marks = ", ".join("?" * len(batch))
            for key, vector, tokens in self.connection.execute(
                "SELECT key, CAST(vector AS BLOB), CAST(tokens AS BLOB) FROM vectors "
                f"WHERE key IN ({marks})",
                batch,
            ):
                found[key] = (vector, tokens)
        return found

    def add_rows(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Store embeddings as `rows` gave them: key, vector, packed token vectors."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self.connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def projection(self, fingerprint: str) -> Vectors | None:
        """How one encoder's token vectors are packed, float32 of shape (d, width).

        Raises:
            IndexDamaged: it is not what was written.
        """
        row = self.connection.execute(
            "SELECT width, matrix FROM projections WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        if row is None:
            return None
        with decoding("How token vectors are packed"):
            return unpacked_projection(row[0], row[1])

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


def unpacked_projection(width: int, matrix: bytes) -> Vectors:
    """A stored projection as float32 of shape (d, width).

    Its columns are orthonormal when it is written. Where they are not, every comparison of
    tokens would be wrong, and nothing else would tell.

    Raises:
        ValueError: it is not whole, or its columns are not orthonormal.
    """
    projection = np.frombuffer(matrix, np.float32).reshape(-1, width)
    with np.errstate(all="ignore"):
        products = projection.T @ projection
    if not np.allclose(products, np.eye(width), rtol=0, atol=_ORTHONORMAL):
        raise ValueError("its columns are not of length 1 and at right angles")
    return projection


def decoded(blob: bytes) -> Vectors | None:
    """A stored vector as float32; ``None`` if it is not whole or not finite."""
    if not blob or len(blob) % 2:
        return None
    vector = np.frombuffer(blob, dtype=np.float16).astype(np.float32)
    return vector if np.isfinite(vector).all() else None


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
