"""What derived search must be able to do, whoever does it.

The catalog is the truth. An engine makes searchable what a generation of it holds: `publish`
upserts and deletes passages and leaves a folder that names the result, which counts once the
catalog names that folder. Whatever happens before then is as if it had not been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.catalog import Catalog
from embeddings.encoder import Vectors
from embeddings.records import DenseLayout, Filter
from embeddings.vectors import VectorStore

Ids = NDArray[np.int64]
Hits = list[tuple[int, float]]
"""Passage ids with their scores, the best first."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a generation changes in the one it goes on from, which may be none at all.

    ``catalog`` is inside the transaction that makes the generation, ``vectors`` holds the
    embedding of every passage in it, of length ``dimension``. ``removed`` are the ids of
    passages that were taken out; those with ids above ``added_after`` are to be put in.
    """

    catalog: Catalog
    vectors: VectorStore
    dimension: int
    removed: Sequence[int] = ()
    added_after: int = 0


class Search(Protocol):
    """One generation, open for searching by any number of threads; it never changes.

    A method that is given a catalog may look up there what the engine does not keep of an
    article; it is of the same generation.

    Every method may raise IndexDamaged, where what was published is gone or not whole, and
    EngineUnreachable, where the engine does not answer.
    """

    @property
    def name(self) -> str:
        """The folder that names the generation."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def layout(self) -> DenseLayout:
        """How vectors are kept."""

    @property
    def exact(self) -> bool:
        """Whether `vectors` gives vectors at once and as they were embedded."""

    def __len__(self) -> int:
        """How many passages can be found."""

    def dense(self, query: Vectors, k: int, where: Filter | None, catalog: Catalog) -> Hits:
        """The k passages with the greatest inner product with a unit vector."""

    def lexical(self, terms: Sequence[str], k: int, where: Filter | None, catalog: Catalog) -> Hits:
        """The k passages that match the terms best by BM25."""

    def containing(self, terms: Sequence[str], where: Filter | None) -> list[int]:
        """Every passage that has all of the terms, in its text or its article's title."""

    def lexical_scores(self, terms: Sequence[str], ids: Sequence[int]) -> dict[int, float]:
        """BM25 scores of given passages; those without any of the terms are left out."""

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """Vectors of given passages, float32 of shape (len(ids), dimension)."""

    def document_frequency(self, term: str) -> int:
        """How many passages hold the term."""

    def health(self, catalog: Catalog) -> str:
        """What is amiss; nothing if every passage of the catalog can be found on both sides."""


class Engine(Protocol):
    """Where search indexes are kept."""

    def publish(self, folder: Path, base: Search | None, changes: Changes) -> None:
        """Make a generation searchable, and put what names it into a new, empty folder.

        Args:
            folder: where what names it goes, files that `open` needs.
            base: the generation to go on from; everything is made anew where there is none,
                and where the engine finds that better.
            changes: what it holds.
        """

    def open(self, folder: Path) -> Search:
        """Open what was published in a folder."""

    def discard(self, folder: Path, kept: Sequence[Path]) -> None:
        """Give up what a folder names, but for what the folders in `kept` name as well."""
