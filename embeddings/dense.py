"""Dense search: passages by the inner product of unit vectors. The only file that knows FAISS.

An index has a main part, whose layout is chosen by the number of passages, and beside it what
came since: passages added are kept in a small exact index, passages removed in a list. The main
part is never changed where it lies, so readers map it from disk and generations share it, and
taking in one article costs the same however large the collection is. Once too much lies beside
it, the main part is written anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import EncodingFailed, IndexDamaged, IndexUnwritable
from embeddings.records import DenseLayout
from embeddings.sharing import share

Ids = NDArray[np.int64]

EXACT_UP_TO = 50_000
"""Passages up to which vectors are kept as they are: 77 MB of 384 dimensions."""
SCANNED_UP_TO = 250_000
"""Passages up to which every vector, in one byte a dimension, is looked at."""
LOOKED_AT = 100
"""Passages a question's search brings at least; their scores are then worked out exactly."""
_TRAINING_PER_LIST = 40
_MEASURED_QUERIES, _MEASURED_K = 200, 10
_ENOUGH_RECALL = 0.99
_PARTS_OPENED = (64, 32, 16, 8, 4, 2, 1)
"""An IVF layout opens the smallest of these parts of its lists that finds enough."""
_BESIDE_SHARE, _BESIDE_MOST = 10, 20_000
_ADD_BATCH = 4096


def layout_for(passages: int) -> str:
    """The layout that suits so many passages, as FAISS's index factory calls it."""
    if passages <= EXACT_UP_TO:
        return "Flat"
    if passages <= SCANNED_UP_TO:
        return "SQ8"
    lists = 2 ** round(math.log2(2 * passages**0.5))
    return f"IVF{lists},SQ8"


def sample_size(layout: str) -> int:
    """How many vectors are wanted to train this layout and to measure it."""
    if layout == "Flat":
        return 0
    return max(20_000, _TRAINING_PER_LIST * _lists(layout))


def read_layout(file: Path) -> DenseLayout:
    """How the index in a file keeps vectors, without opening it."""
    try:
        return DenseLayout(**json.loads(_beside(file).read_text(encoding="utf-8"))["layout"])
    except (OSError, ValueError, TypeError, KeyError):
        return DenseLayout("Flat")


def _lists(layout: str) -> int:
    return int(layout[3:].partition(",")[0]) if layout.startswith("IVF") else 0


def check_query(query: Vectors, dimension: int) -> None:
    """Make sure that a question's vector can be searched for.

    Raises:
        EncodingFailed: it does not fit the index or is not finite.
    """
    if query.shape != (dimension,) or not np.isfinite(query).all():
        raise EncodingFailed(
            f"The question's vector has shape {query.shape}, the index holds vectors of "
            f"{dimension} numbers.",
            "Rebuild the index with the model in use: dateline rebuild",
        )


class DenseIndex:
    """An inner-product index over passage ids; opened from a file, it is for searching only."""

    def __init__(self, main: Any, layout: DenseLayout) -> None:  # noqa: ANN401 - faiss has no types
        self.layout = layout
        self._main = main
        self._recent = _exact(int(main.d))
        self._removed: set[int] = set()
        self._file: Path | None = None

    @classmethod
    def empty(cls, dimension: int) -> DenseIndex:
        """An exact index without passages for vectors of this many dimensions."""
        return cls(_exact(dimension), DenseLayout("Flat"))

    @classmethod
    def build(
        cls,
        dimension: int,
        passages: int,
        sample: tuple[Ids, Vectors],
        rows: Iterable[tuple[int, Vectors]],
    ) -> DenseIndex:
        """Make an index of the layout that suits so many passages, and measure it.

        Args:
            dimension: length of a vector.
            passages: how many rows there are going to be.
            sample: ids int64 (s,) and vectors float32 (s, dimension) of passages drawn evenly
                from `rows`, `sample_size` of them or as many as there are.
            rows: passage ids with float32 unit vectors, taken in one pass.
        """
        name = layout_for(passages)
        if name == "Flat":
            index = cls.empty(dimension)
            index.add(rows)
            return index
        import faiss

        main = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
        ids, vectors = sample
        main.train(vectors)
        if not _lists(name):
            main = faiss.IndexIDMap(main)
        index = cls(main, DenseLayout(name, trained_for=passages))
        chosen = np.linspace(0, len(ids) - 1, min(_MEASURED_QUERIES, len(ids))).astype(int)
        oracle = _Nearest(ids[chosen], vectors[chosen])
        index.add(oracle.watch(rows))
        index.layout = index._measured(oracle)
        return index

    @classmethod
    def read(cls, file: Path, *, mapped: bool = True) -> DenseIndex:
        """Read an index; `mapped` leaves the main part on disk, for searching only.

        Raises:
            IndexDamaged: FAISS cannot read the file.
        """
        import faiss

        # Adding to a mapped index kills the process.
        flags = faiss.IO_FLAG_MMAP_IFC if mapped else 0
        try:
            beside = json.loads(_beside(file).read_text()) if _beside(file).exists() else {}
            index = cls(
                faiss.read_index(str(file), flags),
                DenseLayout(**beside.get("layout", {"name": "Flat"})),
            )
            if _recent(file).exists():
                index._recent = faiss.read_index(str(_recent(file)))
            index._removed = set(beside.get("removed", ()))
        except (RuntimeError, OSError, ValueError, TypeError, AttributeError) as error:
            raise IndexDamaged(
                f"The dense index {file} cannot be read.",
                "Run dateline rebuild: it is made again from the catalog.",
            ) from error
        index._file = file if mapped else None
        return index

    def write(self, file: Path) -> None:
        """Write the index to a new file, and what lies beside its main part next to it.

        A main part that was mapped from a file is shared by a hard link where the file
        system has such links.

        Raises:
            IndexUnwritable: it cannot be written, for want of space or permission.
        """
        import faiss

        try:
            if self._file is None:
                faiss.write_index(self._main, str(file))
            else:
                share(self._file, file)
            if self._recent.ntotal:
                faiss.write_index(self._recent, str(_recent(file)))
        except RuntimeError as error:
            raise IndexUnwritable(
                f"The dense index {file} could not be written.",
                "Check the free space and the folder's permissions.",
            ) from error
        beside = {"layout": asdict(self.layout), "removed": sorted(self._removed)}
        _beside(file).write_text(json.dumps(beside), encoding="utf-8")

    def __len__(self) -> int:
        return int(self._main.ntotal) - len(self._removed) + int(self._recent.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._main.d)

    @property
    def exact(self) -> bool:
        """Whether vectors are kept as they were given."""
        return self.layout.name == "Flat"

    # -- changes -------------------------------------------------------------------------

    def keeps_layout(self, passages: int) -> bool:
        """Whether this layout still suits a collection that has come to so many passages."""
        return self.layout.name == layout_for(passages) or (
            bool(_lists(self.layout.name))
            and SCANNED_UP_TO < passages <= 2 * self.layout.trained_for
        )

    def takes_beside(self, changes: int) -> bool:
        """Whether so many more passages added and removed may lie beside the main part."""
        beside = int(self._recent.ntotal) + len(self._removed) + changes
        return beside <= min(int(self._main.ntotal) // _BESIDE_SHARE, _BESIDE_MOST)

    def change(self, removed: Sequence[int], added: Iterable[tuple[int, Vectors]]) -> None:
        """Remove passages of the index, then add others, beside the main part."""
        # Ids only grow: those of the recent passages lie above those of the main part.
        first = _first_id(self._recent)
        self._removed |= {i for i in removed if i < first}
        recent = [i for i in removed if i >= first]
        if recent:
            self._recent.remove_ids(np.asarray(recent, dtype=np.int64))
        _add(self._recent, added)

    def merge(self) -> None:
        """Take what lies beside the main part into it; not for a mapped index."""
        if self._removed:
            self._main.remove_ids(np.fromiter(self._removed, dtype=np.int64))
        count = int(self._recent.ntotal)
        if count:
            import faiss

            ids = faiss.vector_to_array(self._recent.id_map)
            self._main.add_with_ids(self._recent.reconstruct_batch(ids), ids)
        self._recent, self._removed = _exact(self.dimension), set()

    def add(self, items: Iterable[tuple[int, Vectors]]) -> None:
        """Add vectors (float32, unit length) to the main part; not for a mapped index."""
        _add(self._main, items)

    def remove(self, ids: Sequence[int]) -> None:
        """Remove passages from the main part; ids that are not there are ignored."""
        if ids:
            self._main.remove_ids(np.asarray(ids, dtype=np.int64))

    # -- searching -----------------------------------------------------------------------

    def search(self, query: Vectors, k: int, allowed: Ids | None = None) -> list[tuple[int, float]]:
        """The k passages nearest to the query, best first.

        Args:
            query: float32 of shape (dimension,), unit length.
            k: how many; fewer come back only when fewer exist.
            allowed: int64 passage ids to search among, or ``None`` for all.

        Raises:
            EncodingFailed: the query's vector does not fit the index or is not finite.
        """
        check_query(query, self.dimension)
        count = min(k, len(self) if allowed is None else len(allowed))
        if count <= 0:
            return []
        found = self._search_main(query, count, allowed)
        if self._recent.ntotal:
            found += _search(self._recent, query, count, _selector(allowed, ()))
            found.sort(key=lambda hit: (-hit[1], hit[0]))
        return found[:count]

    def _search_main(
        self, query: Vectors, count: int, allowed: Ids | None
    ) -> list[tuple[int, float]]:
        if not self._main.ntotal:
            return []
        selector = _selector(allowed, self._removed)
        lists = _lists(self.layout.name)
        if not lists:
            return _search(self._main, query, count, selector)
        # The fewer passages may be found, the more lists must be opened to find them.
        part = 1.0 if allowed is None else max(1, len(allowed)) / int(self._main.ntotal)
        probes = min(lists, math.ceil(self.layout.probes / part))
        found = _search(self._main, query, count, selector, probes)
        if len(found) < count and probes < lists:
            found = _search(self._main, query, count, selector, lists)
        return found

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The vectors of given passages of an exact index, float32 (len(ids), dimension)."""
        first = _first_id(self._recent)
        wanted = np.asarray(ids, dtype=np.int64)
        rows = np.zeros((len(wanted), self.dimension), dtype=np.float32)
        for part, inside in ((self._main, wanted < first), (self._recent, wanted >= first)):
            if inside.any():
                rows[inside] = part.reconstruct_batch(wanted[inside])
        return rows

    def _measured(self, oracle: _Nearest) -> DenseLayout:
        """The layout with the fewest lists to open for enough recall, and that recall."""
        lists, name = _lists(self.layout.name), self.layout.name
        # Questions lie further from passages than passages from each other: never too few.
        choices = [lists // part for part in _PARTS_OPENED if lists >= part] or [lists]
        recall = 0.0
        for probes in choices:
            self.layout = DenseLayout(name, probes, 0.0, self.layout.trained_for)
            recall = oracle.recall(self)
            if recall >= _ENOUGH_RECALL:
                break
        return DenseLayout(name, probes, round(recall, 4), self.layout.trained_for)


class _Nearest:
    """The exact nearest passages of some queries, found while all vectors pass by once."""

    def __init__(self, ids: Ids, queries: Vectors) -> None:
        self._own, self._queries = ids, queries
        self._ids = np.full((len(ids), _MEASURED_K), -1, dtype=np.int64)
        self._scores = np.full((len(ids), _MEASURED_K), -np.inf, dtype=np.float32)

    def watch(self, rows: Iterable[tuple[int, Vectors]]) -> Iterator[tuple[int, Vectors]]:
        batch: list[tuple[int, Vectors]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _ADD_BATCH:
                self._look(batch)
                batch = []
            yield row
        if batch:
            self._look(batch)

    def _look(self, batch: list[tuple[int, Vectors]]) -> None:
        ids = np.array([passage_id for passage_id, _ in batch], dtype=np.int64)
        scores = self._queries @ np.stack([vector for _, vector in batch]).T
        # A passage is near to itself in any index.
        scores[self._own[:, None] == ids] = -np.inf
        scores = np.concatenate([self._scores, scores], axis=1)
        ids = np.concatenate([self._ids, np.broadcast_to(ids, (len(self._own), len(ids)))], axis=1)
        best = np.argpartition(-scores, _MEASURED_K - 1, axis=1)[:, :_MEASURED_K]
        self._scores = np.take_along_axis(scores, best, axis=1)
        self._ids = np.take_along_axis(ids, best, axis=1)

    def recall(self, index: DenseIndex) -> float:
        """The share of the exact nearest that the index finds among those looked at."""
        shares = []
        for query, exact in zip(self._queries, self._ids, strict=True):
            found = {i for i, _ in index.search(query, LOOKED_AT)}
            shares.append(len(found & set(exact.tolist())) / _MEASURED_K)
        return float(np.mean(shares))


def _beside(file: Path) -> Path:
    return file.with_suffix(".json")


def _recent(file: Path) -> Path:
    return file.with_name(f"{file.stem}-recent{file.suffix}")


def _exact(dimension: int) -> Any:  # noqa: ANN401
    import faiss

    # IndexIDMap2 keeps the ids it was given when others are removed; a bare flat index would
    # renumber them.
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _first_id(index: Any) -> float:  # noqa: ANN401
    """The lowest id of an index that was filled in order; infinite for an empty one."""
    return int(index.id_map.at(0)) if index.ntotal else math.inf


def _add(index: Any, items: Iterable[tuple[int, Vectors]]) -> None:  # noqa: ANN401
    ids: list[int] = []
    rows: list[Vectors] = []

    def flush() -> None:
        if ids:
            index.add_with_ids(np.stack(rows), np.asarray(ids, dtype=np.int64))
            ids.clear()
            rows.clear()

    for passage_id, vector in items:
        ids.append(passage_id)
        rows.append(vector)
        if len(ids) == _ADD_BATCH:
            flush()
    flush()


def _selector(allowed: Ids | None, removed: Iterable[int]) -> Any:  # noqa: ANN401
    """What FAISS may find: ids among `allowed` and not among `removed`."""
    import faiss

    gone = np.fromiter(removed, dtype=np.int64)
    if allowed is not None:
        inside = np.zeros(int(allowed.max(initial=0)) + 1, dtype=bool)
        inside[allowed] = True
        inside[gone[gone < len(inside)]] = False
        bitmap: Any = faiss.IDSelectorBitmap  # its Python form takes an array
        return bitmap(np.packbits(inside, bitorder="little"))
    return faiss.IDSelectorNot(faiss.IDSelectorBatch(gone)) if len(gone) else None


def _search(
    index: Any,  # noqa: ANN401
    query: Vectors,
    count: int,
    selector: Any,  # noqa: ANN401
    probes: int = 0,
) -> list[tuple[int, float]]:
    import faiss

    parameters: Any = None
    if probes:
        of_lists: Any = faiss.SearchParametersIVF
        parameters = of_lists(sel=selector, nprobe=probes)
    elif selector is not None:
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
    scores, ids = index.search(query[None, :], count, params=parameters)
    # FAISS pads with -1 where fewer were found.
    return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
