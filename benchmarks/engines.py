"""Search engines side by side: loading, a question, recall, memory, taking in one article.

    python benchmarks/engines.py --index INDEX... --vectors 100000
    python benchmarks/engines.py --index INDEX... --write        docs/SCALE.md as well

The passages and vectors are those of indexes that exist, made with the packaged model; where
they are too few, the rest are those again with noise added to the vector (cosine about 0.9 with
the one it was made of). Each engine is measured in a process of its own, on the same catalog.
The Milvus server is that of the package `milvus`; engines that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from measuring import ROOT, machine, percentile_95

from embeddings import generations
from embeddings.catalog import FORMAT, Catalog, Generation
from embeddings.encoder import Vectors, open_encoder, unit_rows
from embeddings.lexical import terms_of
from embeddings.models import DEFAULT_MODEL, ModelChoice
from embeddings.records import Article, Filter, Manifest, Passage, PassageParameters
from embeddings.vectors import VectorStore, embedding_key
from qa.retriever import Retriever

ENGINES = ("embedded", "milvus-lite", "milvus")
QUESTIONS = 200
NOISE = 0.48
"""Length of the noise added to a vector: the cosine with it is 0.9 then."""
WINDOW = Filter(since=date(1987, 3, 1), until=date(1987, 3, 31))
PAGE = ROOT / "docs" / "SCALE.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, nargs="+", required=True, help="whose passages")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--write", action="store_true", help="write docs/SCALE.md's tables")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        name, uri = arguments.measure
        print(json.dumps(measured(arguments.index[0], name, uri)))
        return
    with tempfile.TemporaryDirectory(prefix="dateline-engines-") as scratch:
        folder = Path(scratch) / "index"
        real = fill(folder, arguments.index, arguments.vectors)
        found = {}
        for engine in arguments.engines:
            try:
                found[engine] = run(folder, engine, Path(scratch))
            except (ImportError, RuntimeError) as error:
                print(f"{engine} is left out: {error}", file=sys.stderr)
                continue
            print(engine, {k: v for k, v in found[engine].items() if k != "ten"}, flush=True)
    text = tables(found, arguments.vectors, real)
    print(text)
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


# -- the collection ------------------------------------------------------------------------------


def fill(folder: Path, sources: Sequence[Path], count: int) -> int:
    """A catalog of so many passages, each an article; how many of the vectors are as embedded."""
    folder.mkdir()
    rows = list(of_indexes(sources))[:count]
    real, chance = len(rows), np.random.default_rng(0)
    catalog, store = Catalog.open(folder, create=True), VectorStore(folder)
    catalog.connection.execute("BEGIN IMMEDIATE")
    for start in range(0, count, 2000):
        added = []
        for number in range(start, min(count, start + 2000)):
            article, vector = rows[number % real]
            if number >= real:
                noise = unit_rows(chance.standard_normal(len(vector)))
                vector = unit_rows(vector + NOISE * noise.astype(np.float32))
            key = embedding_key("benchmark", str(number))
            text = article.text
            catalog.add_article(
                Article(
                    id=str(number),
                    title=article.title,
                    text=text,
                    path=f"{article.path.split('/')[0]}/{number}",
                    published=article.published,
                    place=article.place,
                    outlet=article.outlet,
                    title_derived=article.title_derived,
                ),
                [Passage(str(number), 0, 0, len(text), text, ((0, len(text)),))],
                [key],
            )
            added.append((key, vector, b""))
        store.add(added)
    encoder = open_encoder(ModelChoice(DEFAULT_MODEL))
    manifest = Manifest(
        FORMAT, encoder.name, None, None, encoder.fingerprint, 384, PassageParameters(), "seeds"
    )
    catalog.set_generation(Generation(1, "none", datetime.now(UTC), manifest))
    catalog.connection.execute("COMMIT")
    catalog.close()
    store.close()
    return real


def of_indexes(sources: Sequence[Path]) -> Iterator[tuple[Article, Vectors]]:
    """Every passage of some indexes as an article of its own, with its vector."""
    for source in sources:
        catalog, store = Catalog.open(source), VectorStore(source)
        keys = dict(catalog.passage_keys())
        vectors = dict(store.vectors(list(keys.values())))
        for number, text, article in catalog.passage_texts():
            if keys[number] in vectors:
                fields = {"id": "", "title": article.title, "text": text, "path": article.path}
                yield (
                    Article(
                        **fields,
                        published=article.published,
                        place=article.place,
                        outlet=article.outlet,
                        title_derived=article.title_derived,
                    ),
                    vectors[keys[number]],
                )
        catalog.close()
        store.close()


# -- measuring -----------------------------------------------------------------------------------


def run(folder: Path, engine: str, scratch: Path) -> dict[str, Any]:
    """Measure one engine in a process of its own."""
    with server_of(engine, scratch) as (name, uri, process):
        before = memory(process)
        ran = subprocess.run(
            [sys.executable, __file__, "--index", str(folder), "--measure", name, uri],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise RuntimeError(ran.stderr[-2000:])
        result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        result["server MB"], result["server empty MB"] = memory(process), before
        return result


@contextmanager
def server_of(engine: str, scratch: Path) -> Iterator[tuple[str, str, int]]:
    """An engine's name, address, and the process of its server, 0 where it has none."""
    if engine == "embedded":
        yield "embedded", "", 0
        return
    import pymilvus  # noqa: F401

    if engine == "milvus-lite":
        import milvus_lite  # noqa: F401

        yield "milvus", str(scratch / "engine.db"), 0
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from milvus import MilvusServer
    server = MilvusServer()
    server.set_base_dir(str(scratch / "server"))
    server.start()
    try:
        yield "milvus", f"http://127.0.0.1:{server.listen_port}", server.server_proc.pid
    finally:
        server.stop()


def measured(folder: Path, name: str, uri: str) -> dict[str, Any]:
    """What one engine does with the collection."""
    catalog, store = Catalog.open(folder), VectorStore(folder)
    generation = catalog.generation()
    assert generation is not None
    encoder = open_encoder(ModelChoice(DEFAULT_MODEL))
    rows = list(catalog.passage_keys())
    stored = dict(store.vectors([key for _, key in rows]))
    ids = np.array([number for number, _ in rows])
    vectors = np.stack([stored[key] for _, key in rows])
    del stored
    chosen = [int(i) for i in ids[:: len(ids) // QUESTIONS][:QUESTIONS]]
    texts = [article.text for _, article in catalog.passages(chosen).values()]
    questions = [" ".join(text.split()[:14]) for text in texts]
    queries = [encoder.encode_query(question).vector for question in questions]
    nearest = [set(ids[np.argsort(-(vectors @ query))[:10]].tolist()) for query in queries]
    del vectors
    engine = generations.engine_for(name, uri)
    new, result = generations.new_name(1), {"MB before": memory()}
    began = time.perf_counter()
    generations.derive(folder, new, catalog, store, 384, engine=engine)
    result["load s"] = time.perf_counter() - began
    began = time.perf_counter()
    search = generations.open_derived(folder, new, uri)
    search.dense(queries[0], 100, None, catalog)
    result["open s"] = time.perf_counter() - began
    result["layout"] = search.layout.name
    for what, where in (("dense", None), ("filtered", WINDOW)):
        taken, recall = [], []
        for query, exact in zip(queries, nearest, strict=True):
            began = time.perf_counter()
            hits = search.dense(query, 100, where, catalog)
            taken.append(time.perf_counter() - began)
            recall.append(len(exact & {i for i, _ in hits}) / 10)
        result |= {f"{what} ms": 1000 * float(np.median(taken))}
        result |= {f"{what} p95 ms": 1000 * percentile_95(taken)}
        if where is None:
            result["recall"] = float(np.mean(recall))
    taken = []
    for question in questions:
        began = time.perf_counter()
        search.lexical(terms_of(question), 100, None, catalog)
        taken.append(time.perf_counter() - began)
    result["lexical ms"] = 1000 * float(np.median(taken))
    result["MB"] = memory()
    catalog.close()
    catalog = Catalog.open(folder, create=True)
    catalog.connection.execute("BEGIN IMMEDIATE")
    last = catalog.last_passage_id()
    text = "The lighthouse of Ardmore was sold on Thursday for one crown."
    catalog.add_article(
        Article("late", "", text, "late.txt"),
        [Passage("late", 0, 0, len(text), text, ((0, len(text)),))],
        [embedding_key("benchmark", "0")],
    )
    began = time.perf_counter()
    generations.derive(folder, generations.new_name(2), catalog, store, 384, new, [], last, engine)
    result["one more s"] = time.perf_counter() - began
    catalog.connection.execute("ROLLBACK")
    catalog.set_generation(Generation(1, new, generation.rebuilt_at, generation.manifest))
    catalog.close()
    store.close()
    ten, taken = [], []
    with Retriever.open(folder, encoder, engine_uri=uri) as retriever:
        for question in questions:
            began = time.perf_counter()
            hits = retriever.retrieve(question, 10, as_of=date(2024, 1, 1))
            taken.append(time.perf_counter() - began)
            ten.append([hit.article.id for hit in hits])
    return {**result, "search ms": 1000 * float(np.median(taken)), "ten": ten}


def memory(process: int = 0) -> float:
    """Resident memory of a process now, in MB; its own where none is given."""
    status = Path(f"/proc/{process or 'self'}/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


# -- telling -------------------------------------------------------------------------------------


def tables(found: dict[str, dict[str, Any]], count: int, real: int) -> str:
    first = found.get("embedded", next(iter(found.values())))
    lines = [
        f"{count:,} passages of 384 dimensions ({min(count, real):,} real, "
        f"{max(0, count - real):,} of these again with noise), {QUESTIONS} questions. {machine()}.",
        "",
        "| | " + " | ".join(found) + " |",
        "|---" * (len(found) + 1) + "|",
    ]

    def row(name: str, told: list[str]) -> None:
        lines.append(f"| {name} | " + " | ".join(told) + " |")

    each = list(found.values())
    row("kind of index", [str(one["layout"]).removeprefix("Milvus ") for one in each])
    row("loading everything", [f"{one['load s']:.0f} s" for one in each])
    row("one article more", [f"{one['one more s']:.2f} s" for one in each])
    row("opening, to the first hits", [f"{one['open s']:.2f} s" for one in each])
    for what, name in (("dense", "the 100 nearest"), ("filtered", "the 100 nearest of a month")):
        row(
            f"{name}: median (95th of 100)",
            [f"{one[f'{what} ms']:.1f} ms ({one[f'{what} p95 ms']:.1f})" for one in each],
        )
    row("the 100 best by words", [f"{one['lexical ms']:.1f} ms" for one in each])
    row("a whole search", [f"{one['search ms']:.0f} ms" for one in each])
    row("recall@10 among the 100", [f"{one['recall']:.4f}" for one in each])
    same = [
        float(
            np.mean(
                [len(set(a) & set(b)) / 10 for a, b in zip(one["ten"], first["ten"], strict=True)]
            )
        )
        for one in each
    ]
    row("the same ten as in files, after fusion", [f"{share:.4f}" for share in same])
    row(
        "memory of Dateline, before and with the index open",
        [f"{one['MB before']:.0f}, {one['MB']:.0f} MB" for one in each],
    )
    servers = [(n, one) for n, one in found.items() if n == "milvus"]
    if servers:
        row(
            "memory of the server, empty and loaded",
            [
                f"{one['server empty MB']:.0f}, {one['server MB']:.0f} MB" if n == "milvus" else ""
                for n, one in found.items()
            ],
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
