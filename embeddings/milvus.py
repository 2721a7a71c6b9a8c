"""The engine beside the program: vectors in Milvus, words in tantivy.

One client speaks to a file (milvus-lite), a server and a cluster. A collection holds the vectors
of many generations: ids of passages only grow and are never used again, so a generation is the
passages up to an id without a few that were taken out, and taking in one article uploads that
article alone. What is put in for a generation that is never committed lies above the id that
others end at, where no search finds it and the next rebuild deletes it; what is taken out is
deleted once two generations do without. The swap is the catalog's own transaction, in which it
comes to name the folder with `milvus.json`.

Milvus has BM25 from version 2.5 on alone, and this is to work with any: words are searched in
files on this machine, as the embedded engine does it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import milvus_client
from embeddings.catalog import Catalog, key_of
from embeddings.dense import EXACT_UP_TO, check_query
from embeddings.embedded import LEXICAL, WithTantivy, vector_rows, write_lexical
from embeddings.encoder import Vectors
from embeddings.engine import Changes, Hits, Search
from embeddings.errors import EngineUnreachable, IndexDamaged
from embeddings.lexical import LexicalIndex
from embeddings.milvus_client import ADVICE, asking, checked_uri, client_of, rows_where
from embeddings.records import Article, DenseLayout, Filter

POINTER = "milvus.json"
PUBLISH_SECONDS = 600.0
_SCANNED_BY_GRAPH_UP_TO = 20_000_000
"""Passages from which on vectors are kept in one byte a dimension: a graph over whole ones takes
34 GB of memory by then."""
_LINKS, _BUILD_WIDTH, _SEARCH_WIDTH = 16, 200, 256
_LISTS, _PROBES = 4096, 64
_MOST = 16_384
"""Hits that Milvus gives at the most."""
_UPLOAD, _ASKED_AT_ONCE = 1000, 5000
_GONE_SHARE, _GONE_LEAST = 10, 20_000


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where a generation's vectors are: those in `collection` up to the id `last`, without some.

    ``gone`` were taken out in making this generation, ``gone_before`` in making the one it goes
    on from; both may still be there. ``passages`` is how many are left.
    """

    uri: str
    collection: str
    index: str
    dimension: int
    passages: int
    last: int
    gone: tuple[int, ...] = ()
    gone_before: tuple[int, ...] = ()

    @property
    def own(self) -> str:
        """What is true of this generation's passages alone."""
        gone = sorted({*self.gone, *self.gone_before})
        return f"id <= {self.last}" + (f" and id not in {gone}" if gone else "")

    def write(self, folder: Path) -> None:
        """Put this into a generation's folder."""
        (folder / POINTER).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Pointer:
        """The pointer in a generation's folder.

        Raises:
            IndexDamaged: there is none, or not a whole one.
        """
        try:
            told = json.loads((folder / POINTER).read_text(encoding="utf-8"))
            told["gone"], told["gone_before"] = tuple(told["gone"]), tuple(told["gone_before"])
            return cls(**told)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexDamaged(f"{folder / POINTER} cannot be read.", ADVICE) from error


# -- searching ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MilvusSearch(WithTantivy):
    """A generation whose vectors are in Milvus."""

    uri: str
    pointer: Pointer

    @property
    def dimension(self) -> int:
        return self.pointer.dimension

    @property
    def layout(self) -> DenseLayout:
        return DenseLayout(f"Milvus {self.pointer.index}")

    @property
    def exact(self) -> bool:
        return False  # they are, but nearer in the store of embeddings

    def __len__(self) -> int:
        return self.pointer.passages

    def dense(self, query: Vectors, k: int, where: Filter | None, catalog: Catalog) -> Hits:
        check_query(query, self.dimension)
        few = min(k, len(self), _MOST)
        if few <= 0:
            return []
        passing = condition(where or Filter())
        gone = {*self.pointer.gone, *self.pointer.gone_before}
        # Few of what is found do not belong to this generation: cheaper to leave them out here
        # than to have Milvus look at a list for each of its rows.
        wanted = min(_MOST, few + min(len(gone), few))
        found = self._nearest(query, wanted, passing)
        hits = [(i, s) for i, s in found if i <= self.pointer.last and i not in gone]
        if len(hits) < few and len(found) == wanted:
            own = self.pointer.own
            hits = self._nearest(query, few, f"{passing} and {own}" if passing else own)
        hits.sort(key=lambda hit: (-hit[1], hit[0]))
        return hits[:few]

    def vectors(self, ids: Sequence[int]) -> Vectors:
        found: dict[int, Vectors] = {}
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            with asking(self.uri):
                rows = client_of(self.uri).get(
                    self.pointer.collection,
                    ids=list(ids[start : start + _ASKED_AT_ONCE]),
                    output_fields=["vector"],
                    timeout=milvus_client.QUESTION_SECONDS,
                )
            found |= {row["id"]: np.asarray(row["vector"], np.float32) for row in rows}
        if not all(i in found for i in ids):
            raise IndexDamaged("Milvus does not hold the vectors it was given.", ADVICE)
        return np.stack([found[i] for i in ids]) if ids else np.zeros((0, self.dimension), "f4")

    def health(self, catalog: Catalog) -> str:
        passages = catalog.passage_count()
        counts = (rows_where(self.uri, self.pointer.collection, self.pointer.own), len(self.words))
        if counts == (passages, passages):
            return ""
        return (
            f"Milvus holds {counts[0]:,} passages, the lexical index {counts[1]:,}, "
            f"the catalog {passages:,}."
        )

    def check(self) -> None:
        """Make sure that the vectors are there and can be searched."""
        with asking(self.uri):
            client = client_of(self.uri)
            collection, seconds = self.pointer.collection, milvus_client.QUESTION_SECONDS
            # What is loaded already would be loaded anew from a file.
            if client.get_load_state(collection, timeout=seconds)["state"].name != "Loaded":
                client.load_collection(collection, timeout=seconds)
        found = rows_where(self.uri, self.pointer.collection, f"id <= {self.pointer.last}")
        if found < self.pointer.passages:
            raise IndexDamaged(
                f"Milvus holds {found:,} of the {self.pointer.passages:,} vectors it was given.",
                ADVICE,
            )

    def _nearest(self, query: Vectors, k: int, passing: str) -> Hits:
        parameters: dict[str, dict[str, int]] = {
            "HNSW": {"ef": max(_SEARCH_WIDTH, k)},
            "IVF_SQ8": {"nprobe": _PROBES},
        }
        with asking(self.uri):
            (found,) = client_of(self.uri).search(
                self.pointer.collection,
                data=[query],
                filter=passing,
                limit=k,
                output_fields=["id"],
                search_params={
                    "metric_type": "IP",
                    "params": parameters.get(self.pointer.index, {}),
                },
                # What a committed generation holds was seen to be there before it was committed.
                consistency_level="Bounded",
                timeout=milvus_client.QUESTION_SECONDS,
            )
        return [(int(hit["id"]), float(hit["distance"])) for hit in found]


def condition(where: Filter) -> str:
    """The filter as Milvus reads it, empty where it lets everything through."""
    tests = []
    if where.since or where.until:
        tests.append(f"day >= {where.since.toordinal() if where.since else 1}")
    if where.until:
        tests.append(f"day <= {where.until.toordinal()}")
    for field, value in (("outlet", key_of(where.outlet)), ("place", key_of(where.place))):
        if value:
            tests.append(f"{field} == {digest(value)}")
    if folder := where.path.strip("/"):
        # "0" is the character after "/", so this is the range of everything below.
        below = f"path > {quoted(folder + '/')} and path < {quoted(folder + '0')}"
        tests.append(f"(path == {quoted(folder)} or ({below}))")
    if where.exclude:
        tests.append(f"article not in {sorted(map(digest, where.exclude))}")
    return " and ".join(tests)


def digest(text: str) -> int:
    """A number that stands for a text: compared faster, and never in need of quotes."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


def quoted(text: str) -> str:
    """A text as Milvus's expressions have it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# -- publishing --------------------------------------------------------------------------------


class Milvus:
    """Vectors in a Milvus at an address, or where the folder says if none is given."""

    def __init__(self, uri: str = "") -> None:
        self.uri = uri

    def open(self, folder: Path) -> MilvusSearch:
        pointer = Pointer.read(folder)
        words = LexicalIndex.open(folder / LEXICAL)
        search = MilvusSearch(folder.name, words, self.uri or pointer.uri, pointer)
        search.check()
        return search

    def publish(self, folder: Path, base: Search | None, changes: Changes) -> None:
        uri = checked_uri(self.uri)
        old = base if isinstance(base, MilvusSearch) and _goes_on(base, changes) else None
        if old is None:
            changes = Changes(changes.catalog, changes.vectors, changes.dimension)
        catalog = changes.catalog
        pointer = Pointer(
            uri=uri,
            collection=old.pointer.collection if old else f"dateline_{secrets.token_hex(8)}",
            index=old.pointer.index if old else index_for(catalog.passage_count()),
            dimension=changes.dimension,
            passages=catalog.passage_count(),
            last=catalog.last_passage_id(),
            gone=tuple(changes.removed),
            gone_before=old.pointer.gone if old else (),
        )
        # Written first: what is begun there is known of, whatever becomes of this process.
        pointer.write(folder)
        try:
            with asking(uri):
                if old is None:
                    self._create(pointer, changes)
                else:
                    self._go_on(old.pointer, changes)
            found = rows_where(uri, pointer.collection, pointer.own)
        except BaseException:
            if old is None:
                with suppress(EngineUnreachable), asking(uri):
                    client_of(uri).drop_collection(
                        pointer.collection, timeout=milvus_client.QUESTION_SECONDS
                    )
            raise
        if found != pointer.passages:
            raise EngineUnreachable(
                f"Milvus at {uri} took {found:,} of {pointer.passages:,} passages.",
                "Look at its log, and run dateline rebuild again.",
            )
        write_lexical(folder, old, changes)

    def discard(self, folder: Path, kept: Sequence[Path]) -> None:
        pointer = Pointer.read(folder)
        for other in kept:
            with suppress(IndexDamaged):
                if Pointer.read(other).collection == pointer.collection:
                    return
        with asking(pointer.uri):
            client_of(pointer.uri).drop_collection(
                pointer.collection, timeout=milvus_client.QUESTION_SECONDS
            )

    def _create(self, pointer: Pointer, changes: Changes) -> None:
        from pymilvus import DataType

        client = client_of(pointer.uri)
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=pointer.dimension)
        for name in ("day", "outlet", "place", "article"):
            schema.add_field(name, DataType.INT64)
        schema.add_field("path", DataType.VARCHAR, max_length=65_535)
        client.create_collection(
            pointer.collection, schema=schema, consistency_level="Bounded", timeout=PUBLISH_SECONDS
        )
        uploading = _rows(changes)
        while rows := list(islice(uploading, _UPLOAD)):
            client.insert(pointer.collection, rows, timeout=PUBLISH_SECONDS)
        client.flush(pointer.collection, timeout=PUBLISH_SECONDS)
        parameters: dict[str, dict[str, int]] = {
            "HNSW": {"M": _LINKS, "efConstruction": _BUILD_WIDTH},
            "IVF_SQ8": {"nlist": _LISTS},
        }
        index = client.prepare_index_params()
        index.add_index(
            "vector",
            index_type=pointer.index,
            metric_type="IP",
            params=parameters.get(pointer.index, {}),
        )
        client.create_index(pointer.collection, index, timeout=PUBLISH_SECONDS)
        self._wait_for_index(pointer)
        client.load_collection(pointer.collection, timeout=PUBLISH_SECONDS)

    def _go_on(self, base: Pointer, changes: Changes) -> None:
        """Put into a collection what came, after taking out what no generation needs."""
        client = client_of(self.uri)
        # Left by a rebuild that never came to its end, and whose ids are given out again.
        while some := client.query(
            base.collection,
            filter=f"id > {base.last}",
            output_fields=["id"],
            limit=_ASKED_AT_ONCE,
            consistency_level="Strong",
            timeout=PUBLISH_SECONDS,
        ):
            self._delete(base.collection, [row["id"] for row in some])
        self._delete(base.collection, base.gone_before)
        uploading = _rows(changes)
        while rows := list(islice(uploading, _UPLOAD)):
            # Not inserted: what is sent again after a time-out would be there twice.
            client.upsert(base.collection, rows, timeout=PUBLISH_SECONDS)

    def _delete(self, collection: str, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), _ASKED_AT_ONCE):
            some = list(ids[start : start + _ASKED_AT_ONCE])
            client_of(self.uri).delete(collection, ids=some, timeout=PUBLISH_SECONDS)

    def _wait_for_index(self, pointer: Pointer) -> None:
        """Wait until the index covers what is there; a search is right before, and slow."""
        end = time.monotonic() + PUBLISH_SECONDS
        while time.monotonic() < end:
            client, seconds = client_of(pointer.uri), PUBLISH_SECONDS
            told = client.describe_index(pointer.collection, "vector", timeout=seconds)
            if not int((told or {}).get("pending_index_rows", 0)):
                return
            time.sleep(0.2)


def _drop(pointer: Pointer) -> None:
    client = client_of(pointer.uri)
    client.drop_collection(pointer.collection, timeout=milvus_client.QUESTION_SECONDS)


def index_for(passages: int) -> str:
    """The kind of index that suits so many passages, as Milvus calls it."""
    if passages <= EXACT_UP_TO:
        return "FLAT"
    return "HNSW" if passages <= _SCANNED_BY_GRAPH_UP_TO else "IVF_SQ8"


def _goes_on(base: MilvusSearch, changes: Changes) -> bool:
    """Whether a collection still suits what it is to hold, once changed."""
    gone = len(base.pointer.gone) + len(changes.removed)
    passages = changes.catalog.passage_count()
    return base.pointer.index == index_for(passages) and gone <= max(
        _GONE_LEAST, passages // _GONE_SHARE
    )


def _rows(changes: Changes) -> Iterator[dict[str, Any]]:
    catalog, after = changes.catalog, changes.added_after
    texts = catalog.passage_texts(after)
    vectors = vector_rows(catalog.passage_keys(after), changes)
    for (passage_id, _, article), (_, vector) in zip(texts, vectors, strict=True):
        yield {"id": passage_id, "vector": vector, **_fields(article)}


def _fields(article: Article) -> dict[str, int | str]:
    return {
        "day": article.published.toordinal() if article.published else 0,
        "outlet": digest(key_of(article.outlet)),
        "place": digest(key_of(article.place)),
        "article": digest(article.id),
        "path": article.path,
    }
