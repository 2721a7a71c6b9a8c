"""Dense search: passages by the inner product of unit vectors. The only file that knows FAISS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import EncodingFailed, IndexDamaged

_ADD_BATCH = 4096


class DenseIndex:
    """An exact inner-product index over passage ids, immutable once opened."""

    def __init__(self, index: Any) -> None:  # noqa: ANN401 - faiss ships no types
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> DenseIndex:
        """An index without passages for vectors of this many dimensions."""
        import faiss

        # IndexIDMap2 keeps the ids it was given when others are removed; a bare flat
        # index would renumber them.
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)))

    @classmethod
    def read(cls, file: Path, *, mapped: bool = False) -> DenseIndex:
        """Read an index; `mapped` leaves it on disk, for searching only.

        Raises:
            IndexDamaged: FAISS cannot read the file.
        """
        import faiss

        # Adding to a mapped index kills the process, so a rebuild never maps.
        flags = faiss.IO_FLAG_MMAP_IFC if mapped else 0
        try:
            return cls(faiss.read_index(str(file), flags))
        except RuntimeError as error:
            raise IndexDamaged(
                f"The dense index {file} cannot be read.",
                "Run dateline rebuild: it is made again from the catalog.",
            ) from error

    def write(self, file: Path) -> None:
        """Write the index to a new file."""
        import faiss

        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def add(self, items: Iterable[tuple[int, Vectors]]) -> None:
        """Add vectors (float32, unit length) under their passage ids."""
        ids: list[int] = []
        rows: list[Vectors] = []
        for passage_id, vector in items:
            ids.append(passage_id)
            rows.append(vector)
            if len(ids) == _ADD_BATCH:
                self._add(ids, rows)
                ids, rows = [], []
        if ids:
            self._add(ids, rows)

    def _add(self, ids: Sequence[int], rows: Sequence[Vectors]) -> None:
        self._index.add_with_ids(np.stack(rows), np.asarray(ids, dtype=np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove passages; ids that are not there are ignored."""
        if ids:
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(
        self, query: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The k passages nearest to the query, best first.

        Args:
            query: float32 of shape (dimension,), unit length.
            k: how many; fewer come back only when fewer exist.
            allowed: int64 passage ids to search among, or ``None`` for all.

        Raises:
            EncodingFailed: the query's vector does not fit the index or is not finite.
        """
        import faiss

        if query.shape != (self.dimension,) or not np.isfinite(query).all():
            raise EncodingFailed(
                f"The question's vector has shape {query.shape}, the index holds vectors of "
                f"{self.dimension} numbers.",
                "Rebuild the index with the model in use: dateline rebuild",
            )
        count = min(k, len(self) if allowed is None else len(allowed))
        if count <= 0:
            return []
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, ids = self._index.search(query[None, :], count, params=parameters)
        # FAISS pads with -1 where fewer were found.
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of the given passages, float32 of shape (len(ids), dimension)."""
        if not ids:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.asarray(self._index.reconstruct_batch(np.asarray(ids, dtype=np.int64)))
