"""The engine inside the program: FAISS and tantivy files in the index folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from embeddings.catalog import Catalog
from embeddings.dense import DenseIndex, layout_for, sample_size
from embeddings.encoder import Vectors
from embeddings.engine import Changes, Hits, Ids, Search
from embeddings.errors import EmbeddingsMissing
from embeddings.lexical import LexicalIndex
from embeddings.records import DenseLayout, Filter
from embeddings.vectors import VectorStore

DENSE, LEXICAL = "dense.faiss", "lexical"
_MANY = 20_000
"""Passages a filter lets through from which on they are not listed before the search."""
_DEEPER = 10
"""How many times as many of the nearest are looked through for those that pass."""
_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class WithTantivy:
    """The lexical half of a generation, in files that are searched where they lie."""

    name: str
    words: LexicalIndex

    def lexical(self, terms: Sequence[str], k: int, where: Filter | None, catalog: Catalog) -> Hits:
        excluded = catalog.passages_of(where.exclude) if where and where.exclude else ()
        return self.words.search(terms, k, where, excluded)

    def containing(self, terms: Sequence[str], where: Filter | None) -> list[int]:
        return self.words.containing(terms, where)

    def lexical_scores(self, terms: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        return self.words.scores(terms, ids)

    def document_frequency(self, term: str) -> int:
        return self.words.document_frequency(term)


@dataclass(frozen=True, slots=True)
class EmbeddedSearch(WithTantivy):
    """A generation in files, which this process reads and searches itself."""

    index: DenseIndex

    @property
    def dimension(self) -> int:
        return self.index.dimension

    @property
    def layout(self) -> DenseLayout:
        return self.index.layout

    @property
    def exact(self) -> bool:
        return self.index.exact

    def __len__(self) -> int:
        return len(self.index)

    def dense(self, query: Vectors, k: int, where: Filter | None, catalog: Catalog) -> Hits:
        if not where:
            return self.index.search(query, k)
        allowed = catalog.matching(where, _MANY)
        if len(allowed) == _MANY:
            # Where many pass, enough of the nearest do; to list them all would take longer.
            nearest = self.index.search(query, _DEEPER * k)
            passing = catalog.matching_among(where, [i for i, _ in nearest])
            found = [hit for hit in nearest if hit[0] in passing][:k]
            if len(found) == k:
                return found
            allowed = catalog.matching(where)
        return self.index.search(query, k, np.array(allowed, dtype=np.int64))

    def vectors(self, ids: Sequence[int]) -> Vectors:
        return self.index.vectors(ids)

    def health(self, catalog: Catalog) -> str:
        passages, counts = catalog.passage_count(), (len(self.index), len(self.words))
        if counts == (passages, passages):
            return ""
        return f"They hold {counts[0]:,} and {counts[1]:,} passages, the catalog {passages:,}."


class Embedded:
    """Search indexes as files of the index folder."""

    def publish(self, folder: Path, base: Search | None, changes: Changes) -> None:
        old = base if isinstance(base, EmbeddedSearch) else None
        if old is None:
            changes = Changes(changes.catalog, changes.vectors, changes.dimension)
        self._dense(folder, old, changes).write(folder / DENSE)
        write_lexical(folder, old, changes)

    def open(self, folder: Path) -> EmbeddedSearch:
        return EmbeddedSearch(
            folder.name, LexicalIndex.open(folder / LEXICAL), DenseIndex.read(folder / DENSE)
        )

    def discard(self, folder: Path, kept: Sequence[Path]) -> None:
        """The folder holds everything: there is nothing to give up besides it."""

    def _dense(self, folder: Path, old: EmbeddedSearch | None, changes: Changes) -> DenseIndex:
        """The dense index of before with what changed, or a new one where that serves better."""
        catalog, gone, after = changes.catalog, changes.removed, changes.added_after
        added = catalog.passage_count(after)
        if old is not None and old.index.keeps_layout(len(old.index) - len(gone) + added):
            dense = old.index
            if not dense.takes_beside(len(gone) + added):
                dense = DenseIndex.read(folder.parent / old.name / DENSE, mapped=False)
            dense.change(gone, vector_rows(catalog.passage_keys(after), changes))
            if dense is not old.index:
                dense.merge()
            return dense
        passages = catalog.passage_count()
        wanted = sample_size(layout_for(passages))
        drawn = list(vector_rows(catalog.sampled_keys(wanted), changes)) if wanted else []
        dimension = changes.dimension
        ids: Ids = np.array([passage_id for passage_id, _ in drawn], dtype=np.int64)
        rows = [row for _, row in drawn]
        sample = (ids, np.stack(rows) if rows else np.zeros((0, dimension), np.float32))
        del drawn, rows
        return DenseIndex.build(
            dimension, passages, sample, vector_rows(catalog.passage_keys(), changes)
        )


def write_lexical(folder: Path, old: WithTantivy | None, changes: Changes) -> None:
    """Put the lexical half of a generation into its folder, going on from that of `old`."""
    words = LexicalIndex.create(folder / LEXICAL, old.words if old else None)
    words.update(changes.removed, changes.catalog.passage_texts(changes.added_after))


def vector_rows(
    keys: Iterator[tuple[int, bytes]], changes: Changes
) -> Iterator[tuple[int, Vectors]]:
    """Passage ids with their vectors, for passage ids with their keys.

    Raises:
        EmbeddingsMissing: one of them is not stored, or is not of the right length.
    """
    vectors: VectorStore = changes.vectors
    while batch := list(islice(keys, _AT_ONCE)):
        found = dict(vectors.vectors([key for _, key in batch]))
        for passage_id, key in batch:
            if key not in found or len(found[key]) != changes.dimension:
                raise EmbeddingsMissing(
                    "Embeddings of indexed passages are missing or damaged.",
                    "Run dateline rebuild, which makes missing ones again, or else: "
                    "dateline doctor --mend",
                )
            yield passage_id, found[key]
