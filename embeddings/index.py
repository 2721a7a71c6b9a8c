"""The index as readers see it: always one whole generation, the newest."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from embeddings import browse, generations
from embeddings import catalog as catalog_file
from embeddings.browse import Listing
from embeddings.catalog import Catalog, Generation
from embeddings.database import lasting, sound
from embeddings.encoder import Vectors
from embeddings.engine import Search
from embeddings.errors import EmbeddingsMissing, IndexDamaged, IndexMissing, IndexProblem
from embeddings.generations import open_derived
from embeddings.news import News, news
from embeddings.passages import embedding_input
from embeddings.records import Article, Filter, IndexStatus, Passage
from embeddings.vectors import VectorStore, embedding_key

DEFAULT_FOLDER = Path("index")


class Snapshot:
    """One generation, for the length of one question: nothing in it changes meanwhile."""

    def __init__(
        self, catalog: Catalog, vectors: VectorStore, generation: Generation, derived: Search
    ) -> None:
        self.generation = generation
        self._catalog = catalog
        self._vectors = vectors
        self._derived = derived

    def dense(self, query: Vectors, k: int, where: Filter | None = None) -> list[tuple[int, float]]:
        """The k passages nearest to the query vector, as (passage id, inner product)."""
        return self._derived.dense(query, k, where, self._catalog)

    def lexical(
        self, terms: Sequence[str], k: int, where: Filter | None = None
    ) -> list[tuple[int, float]]:
        """The k passages that match the terms best, as (passage id, BM25 score)."""
        return self._derived.lexical(terms, k, where, self._catalog)

    def containing(self, terms: Sequence[str], where: Filter | None = None) -> list[int]:
        """Every passage, by id, that has all of the terms or whose title has them."""
        return self._derived.containing(terms, where)

    def lexical_scores(self, terms: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """BM25 scores of given passages; those without any of the terms are left out."""
        return self._derived.lexical_scores(terms, ids)

    def dense_vectors(self, ids: Sequence[int]) -> Vectors:
        """Vectors of given passages, float32 of shape (len(ids), dimension)."""
        if self._derived.exact:
            return self._derived.vectors(ids)
        # The index holds them only roughly, or far away.
        keys = self._catalog.keys_of(ids)
        rows = dict(self._vectors.vectors(list(keys.values())))
        if len(rows) < len(set(keys.values())):
            raise EmbeddingsMissing(
                "Embeddings of indexed passages are missing.",
                "Run dateline rebuild: they are made again.",
            )
        found = [rows[keys[i]] for i in ids]
        return np.stack(found) if found else np.zeros((0, self._derived.dimension), np.float32)

    def document_frequency(self, term: str) -> int:
        """How many passages hold the term."""
        return self._derived.document_frequency(term)

    def tokens(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Packed token vectors of passages, by passage id."""
        keys = self._catalog.keys_of(ids)
        packed = self._vectors.tokens(list(keys.values()))
        return {i: packed[key] for i, key in keys.items() if key in packed}

    def packed_tokens(
        self, passages: Sequence[Passage], articles: Sequence[Article]
    ) -> list[bytes]:
        """Packed token vectors of passages of the given articles; empty where there are none."""
        fingerprint = self.generation.manifest.fingerprint
        keys = [
            embedding_key(fingerprint, embedding_input(article, passage))
            for passage, article in zip(passages, articles, strict=True)
        ]
        packed = self._vectors.tokens(keys)
        return [packed.get(key, b"") for key in keys]

    @property
    def projection(self) -> Vectors | None:
        """How the token vectors are packed, float32 of shape (dimension, width)."""
        return self._vectors.projection(self.generation.manifest.fingerprint)

    def passages(self, ids: Sequence[int]) -> dict[int, tuple[Passage, Article]]:
        """Passages by id, each with its article."""
        return self._catalog.passages(ids)

    def passage_articles(self, ids: Sequence[int]) -> dict[int, tuple[int, date | None]]:
        """Article number and publication day of passages, by passage id."""
        return self._catalog.passage_articles(ids)

    def published_range(self) -> tuple[date | None, date | None]:
        """First and newest publication day, ``None`` where no article has a date."""
        return self._catalog.published_range()

    def article(self, article_id: str) -> Article | None:
        """The article with this id, ``None`` when there is none."""
        return self._catalog.article(article_id)

    def articles(self, where: Filter | None = None) -> Iterator[Article]:
        """Every article the filter lets through, newest first, undated ones last."""
        return self._catalog.articles(where)

    def listing(self, words: str, where: Filter | None, offset: int, limit: int) -> Listing:
        """One page of articles without their text; see `embeddings.browse.listing`."""
        return browse.listing(self._catalog.connection, words, where, offset, limit)

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet with its number of articles, the most prolific first."""
        return browse.outlets(self._catalog.connection)

    def days(self) -> list[tuple[date, int]]:
        """Every day of publication with its number of articles, in order."""
        return browse.days(self._catalog.connection)

    def news(self, since: date | datetime | None, limit: int) -> News:
        """What came since a moment; see `embeddings.news.news`."""
        return news(self._catalog.connection, since, limit)

    def __len__(self) -> int:
        return len(self._derived)


@dataclass(frozen=True, slots=True)
class _Connections:
    catalog: Catalog
    vectors: VectorStore
    inode: tuple[int, int]

    @property
    def lasting(self) -> bool:
        return lasting(self.catalog.connection) and lasting(self.vectors.connection)

    def close(self) -> None:
        self.catalog.close()
        self.vectors.close()


class Index:
    """An index folder, open for searching by any number of threads.

    Each question takes a snapshot, which is of the newest committed generation: a rebuild
    by another process is seen by the next question, without a restart.
    """

    def __init__(self, folder: Path, engine_uri: str = "") -> None:
        self.folder = folder
        self._engine_uri = engine_uri
        self._lock = threading.Lock()
        self._idle: list[_Connections] = []
        self._derived: Search | None = None
        self._inode = self._catalog_inode()
        self._closed = False

    @classmethod
    def open(cls, folder: Path | str = DEFAULT_FOLDER, engine_uri: str = "") -> Index:
        """Open an index; `engine_uri` is where its engine is now, if not where it was.

        Raises:
            IndexMissing: nothing has been built in the folder yet.
            IndexMismatch: another format version wrote it.
            IndexDamaged: its catalog cannot be read.
            EngineUnreachable: the engine that holds its search indexes does not answer.
        """
        index = cls(Path(folder), engine_uri)
        with index.snapshot():
            return index

    def close(self) -> None:
        """Close every idle connection; a snapshot still in use closes its own."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connections in idle:
            connections.close()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The newest generation, held still for the length of the block."""
        connections = self._borrow()
        try:
            with sound(self.folder):
                yield self._begin(connections)
        except IndexDamaged:
            # The next question looks again at what there is, and has it mended.
            with self._lock:
                self._derived = None
            raise
        finally:
            self._give_back(connections)

    def status(self) -> IndexStatus:
        """The state of the newest generation."""
        connections = self._borrow()
        try:
            catalog = connections.catalog
            with sound(self.folder):
                catalog.connection.execute("BEGIN")
                generation = self._generation(catalog)
                files, articles, passages = catalog.counts()
                first, newest = catalog.published_range()
                failed = tuple(
                    (file.path, problem)
                    for file in catalog.files().values()
                    for problem in file.problems
                )
        finally:
            self._give_back(connections)
        size = sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        return IndexStatus(
            generation=generation.number,
            rebuilt_at=generation.rebuilt_at,
            files=files,
            articles=articles,
            passages=passages,
            first_published=first,
            newest_published=newest,
            failed=failed,
            manifest=generation.manifest,
            bytes_on_disk=size,
            dense=generations.dense_layout(self.folder, generation.derived),
        )

    def _begin(self, connections: _Connections) -> Snapshot:
        """Begin a read transaction and match it with the derived indexes of its generation."""
        catalog = connections.catalog
        for mended in (False, True):
            catalog.connection.execute("BEGIN")
            generation = self._generation(catalog)
            try:
                derived = self._open_derived(generation.derived)
            except IndexDamaged:
                catalog.connection.execute("ROLLBACK")
                if mended:
                    raise
                from embeddings.rebuild import mend

                # Either a rebuild has replaced this generation just now, and the next look
                # finds the new one, or its files are damaged, and are derived again.
                mend(self.folder, self._engine_uri)
                continue
            return Snapshot(catalog, connections.vectors, generation, derived)
        raise AssertionError("unreachable")

    def _generation(self, catalog: Catalog) -> Generation:
        generation = catalog.generation()
        if generation is None:
            raise IndexMissing(
                f"The index in {self.folder} has not been built to its end yet.",
                "Build it with: dateline rebuild",
            )
        return generation

    def _open_derived(self, name: str) -> Search:
        with self._lock:
            if self._derived is None or self._derived.name != name:
                self._derived = open_derived(self.folder, name, self._engine_uri)
            return self._derived

    def _catalog_inode(self) -> tuple[int, int]:
        try:
            stat = (self.folder / catalog_file.FILE_NAME).stat()
        except OSError:
            return (0, 0)
        return (stat.st_dev, stat.st_ino)

    def _borrow(self) -> _Connections:
        inode = self._catalog_inode()
        with self._lock:
            if inode != self._inode:
                # The folder was deleted or built afresh: what is open is of the old one.
                for connections in self._idle:
                    connections.close()
                self._idle, self._derived, self._inode = [], None, inode
            if self._idle:
                return self._idle.pop()
        catalog = Catalog.open(self.folder)
        try:
            return _Connections(catalog, VectorStore(self.folder), inode)
        except IndexProblem:
            catalog.close()
            raise

    def _give_back(self, connections: _Connections) -> None:
        if connections.catalog.connection.in_transaction:
            with suppress(sqlite3.DatabaseError):  # of a file that is damaged
                connections.catalog.connection.execute("ROLLBACK")
        with self._lock:
            current = not self._closed and connections.inode == self._inode
            if current and connections.lasting:
                self._idle.append(connections)
                return
        connections.close()
