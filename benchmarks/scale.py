"""How search and rebuilds fare from a thousand passages to a million.

    python benchmarks/scale.py                        1,000, 10,000 and 100,000 passages
    python benchmarks/scale.py --sizes 1000000 --folder /tmp/measured
    python benchmarks/scale.py --tables docs/performance

The collections are invented (`benchmarks/invented.py` says how), with an encoder that costs
next to nothing: the figures are those of everything but the embedding model and the reading of
files. Each size is measured in a process of its own. Times are wall time and, in brackets, the
processor time of all threads, which other work on the machine does not lengthen as much.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from invented import ARTICLE_PASSAGES, FIRST_DAY, InventedEncoder, fill, questions
from measuring import ROOT, machine

from embeddings.catalog import Catalog
from embeddings.encoder import Vectors
from embeddings.index import Index, Snapshot
from embeddings.lexical import terms_of
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from embeddings.vectors import VectorStore
from qa.retriever import Retriever

Hits = list[tuple[int, float]]

SIZES = (1_000, 10_000, 100_000)
QUESTIONS = 200
ADDED = (
    "date 2024-02-29 Our Correspondent\n\nArdmore\n\n"
    "The lighthouse of Ardmore was sold on Thursday for one crown.\n"
)


@dataclass
class Clock:
    """Seconds something took: on the wall, and on the processor."""

    wall: float = 0.0
    processor: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.processor += time.process_time() - processor


def timed(work: Callable[[], object]) -> list[float]:
    """Wall and processor seconds of one call."""
    clock = Clock()
    with clock.running():
        work()
    return [clock.wall, clock.processor]


def percentiles(work: Callable[[str], object], asked: list[str]) -> dict[str, list[float]]:
    """Median and 95th percentile, in milliseconds on the wall and on the processor."""
    for question in asked[:10]:
        work(question)
    took = np.array([timed(lambda question=question: work(question)) for question in asked])
    return {
        "p50": (1000 * np.percentile(took, 50, axis=0)).tolist(),
        "p95": (1000 * np.percentile(took, 95, axis=0)).tolist(),
    }


def exact_nearest(index: Path, queries: Vectors, k: int) -> list[Hits]:
    """The k nearest of all passages to each query, by comparing with every one of them."""
    catalog, store = Catalog.open(index), VectorStore(index)
    ids = np.zeros((len(queries), 0), dtype=np.int64)
    scores = np.zeros((len(queries), 0), dtype=np.float32)
    keys = list(catalog.passage_keys())
    for start in range(0, len(keys), 4096):
        batch = keys[start : start + 4096]
        found = dict(store.vectors([key for _, key in batch]))
        more = queries @ np.stack([found[key] for _, key in batch]).T
        told = np.broadcast_to(np.array([i for i, _ in batch]), more.shape)
        ids, scores = np.hstack([ids, told]), np.hstack([scores, more])
        if ids.shape[1] > k:
            best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            ids = np.take_along_axis(ids, best, axis=1)
            scores = np.take_along_axis(scores, best, axis=1)
    catalog.close()
    store.close()
    return [
        sorted(zip(row.tolist(), values.tolist(), strict=True), key=lambda hit: (-hit[1], hit[0]))
        for row, values in zip(ids, scores, strict=True)
    ]


def recalls(retriever: Retriever, asked: list[str], encoder: InventedEncoder) -> dict[str, float]:
    """How much of an exact search is found, on the dense side and after the whole ranking."""
    queries = np.stack([encoder.encode_query(question).vector for question in asked])
    exact = exact_nearest(retriever.index.folder, queries, 400)
    dense, whole = [], []
    with retriever.index.snapshot() as snapshot:
        for query, nearest in zip(queries, exact, strict=True):
            found = {i for i, _ in snapshot.dense(query, 100)}
            dense.append(len(found & {i for i, _ in nearest[:10]}) / min(10, len(nearest)))
    by_query = {query.tobytes(): nearest for query, nearest in zip(queries, exact, strict=True)}

    def exactly(self: Snapshot, query: Vectors, k: int, where: Filter | None = None) -> Hits:
        return by_query[query.tobytes()][:k]

    for question in asked:
        told = [(h.article.id, h.passage.ordinal) for h in retriever.retrieve(question, 10)]
        with patch.object(Snapshot, "dense", exactly):
            hits = retriever.retrieve(question, 10)
        wanted = {(h.article.id, h.passage.ordinal) for h in hits}
        whole.append(len(wanted & set(told)) / len(wanted))
    return {"dense recall@10": float(np.mean(dense)), "retrieve recall@10": float(np.mean(whole))}


def measure(passages: int, folder: Path) -> dict[str, Any]:
    """All figures of one size."""
    seeds, index, encoder = folder / "seeds", folder / "index", InventedEncoder()
    encoder.encode_query("warm up")
    figures: dict[str, Any] = {"passages": passages}
    if not (index / "catalog.sqlite").exists():
        fill(seeds, index, passages, encoder)
    if not (folder / "build.json").exists():
        # Memory is measured apart from the making of the collection.
        done = subprocess.run(
            [sys.executable, __file__, "--first-build", str(folder)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        (folder / "build.json").write_text(done.stdout, encoding="utf-8")
    figures |= json.loads((folder / "build.json").read_text(encoding="utf-8"))
    figures["nothing changed"] = timed(lambda: rebuild(seeds, index, encoder))
    retriever = Retriever.open(index, encoder)
    retriever.retrieve("warm up")
    added = seeds / "added.txt"
    added.write_text(ADDED, encoding="utf-8")
    figures["one article added"] = timed(lambda: rebuild(seeds, index, encoder))

    def lighthouse() -> None:
        hits = retriever.retrieve("lighthouse Ardmore sold", 1)
        assert hits[0].article.id == "added.txt", hits[0].article.id

    figures["and found by an open reader"] = timed(lighthouse)
    added.unlink()
    figures["it removed again"] = timed(lambda: rebuild(seeds, index, encoder))
    figures["opening"] = timed(lambda: Index.open(index).close())
    status = retriever.status()
    figures["dense"] = [status.dense.name, status.dense.probes, status.dense.recall]
    figures["MB"] = {
        name: round(sum(f.stat().st_size for f in index.glob(pattern)) / 1e6, 1)
        for name, pattern in (
            ("catalog", "catalog.sqlite"),
            ("embeddings", "vectors.sqlite"),
            ("dense index", f"generations/{latest(index)}/dense*"),
            ("lexical index", f"generations/{latest(index)}/lexical/*"),
        )
    }
    # Only so many articles are drawn again to ask about.
    asked = questions(min(passages, 100_000), QUESTIONS, encoder)
    where = Filter(since=FIRST_DAY.replace(year=FIRST_DAY.year + 7))
    narrow = Filter(outlet="Outlet 3", since=FIRST_DAY.replace(year=FIRST_DAY.year + 13))
    snapshots = retriever.index
    figures["asking"] = {
        "the whole search": percentiles(lambda q: retriever.retrieve(q), asked),
        "question to vector": percentiles(encoder.encode_query, asked),
        "after a day half way": percentiles(lambda q: retriever.retrieve(q, where=where), asked),
        "one outlet, late": percentiles(lambda q: retriever.retrieve(q, where=narrow), asked),
    }
    with snapshots.snapshot() as snapshot:
        figures["asking"] |= {
            "dense side": percentiles(
                lambda q: snapshot.dense(encoder.encode_query(q).vector, 100), asked
            ),
            "lexical side": percentiles(lambda q: snapshot.lexical(terms_of(q), 100), asked),
        }
    figures |= recalls(retriever, asked, encoder)
    retriever.close()
    return figures


def latest(index: Path) -> str:
    """The newest generation's folder."""
    return max(folder.name for folder in (index / "generations").iterdir())


def first_build(folder: Path) -> dict[str, Any]:
    """Time and most memory of making the search files of a filled collection."""
    encoder = InventedEncoder()
    encoder.encode_query("warm up")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = timed(lambda: rebuild(folder / "seeds", folder / "index", encoder))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"search files made": took, "most memory, MB": [after / 1024, before / 1024]}


def show(figures: dict[str, Any]) -> None:
    articles = figures["passages"] // ARTICLE_PASSAGES
    print(f"\n{figures['passages']:,} passages of {articles:,} articles")
    for name, value in figures.items():
        if name in ("passages", "asking"):
            continue
        if isinstance(value, list) and len(value) == 2 and name != "most memory, MB":
            print(f"  {name:<30} {value[0]:9.2f} s ({value[1]:.2f})")
        else:
            print(f"  {name:<30} {value}")
    for name, value in figures["asking"].items():
        p50, p95 = value["p50"], value["p95"]
        print(
            f"  {name:<30} median {p50[0]:6.1f} ms ({p50[1]:.1f}), "
            f"95 of 100 below {p95[0]:6.1f} ms ({p95[1]:.1f})"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of passages")
    parser.add_argument("--folder", type=Path, help="keep the collections here, and take up ones")
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    parser.add_argument("--first-build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.first_build:
        print(json.dumps(first_build(chosen.first_build)))
        return 0
    if chosen.one:
        print(json.dumps(measure(chosen.one, chosen.folder)))
        return 0
    print(machine())
    found = json.loads(chosen.json.read_text()) if chosen.json and chosen.json.exists() else {}
    for size in chosen.sizes:
        scratch = Path(tempfile.mkdtemp()) if chosen.folder is None else chosen.folder / str(size)
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(size), "--folder", str(scratch)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        figures = json.loads(done.stdout)
        show(figures)
        found[str(size)] = figures
        if chosen.json:
            chosen.json.parent.mkdir(parents=True, exist_ok=True)
            chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
        if chosen.folder is None:
            shutil.rmtree(scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
