"""Dateline beside txtai, Haystack and LanceDB: the same passages, model and questions.

    python benchmarks/peers.py --articles corpus.jsonl --questions queries.jsonl

The peers are installed, at fixed versions, in a virtual environment that is made for them; PyTorch
and sentence-transformers are the project's own, so that all run the same. Each engine works in
a process of its own, one after the other. Articles are JSON Lines with ``id``, ``title`` and
``text``; questions with ``question`` (or ``text``) and ``relevant_ids``. The peers are given
Dateline's passages, each behind its context line, and search by vectors and words together in
the way each of them offers; a passage found stands for its article. Building includes the model's
work and, for Dateline alone, the reading and cutting of the articles.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
PINS = ("txtai==9.14.0", "haystack-ai==3.4.0", "lancedb==0.40.0")
DEPTH = 30
BATCH = 32

Vectors = NDArray[np.float32]
Search = Callable[[str], list[str]]
"""A question in, ids of passages out, best first."""


_MODELS: list[Any] = []


def encoded(work: dict[str, Any], texts: list[str]) -> Vectors:
    """Unit vectors as sentence-transformers makes them, for engines that are given vectors."""
    if not _MODELS:
        from sentence_transformers import SentenceTransformer

        _MODELS.append(SentenceTransformer(work["model"], device="cpu"))
    found: Vectors = _MODELS[0].encode(
        texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
    )
    return found


def dateline(work: dict[str, Any], folder: Path) -> tuple[Callable[[], None], Callable[[], Search]]:
    from embeddings.encoder import open_encoder
    from embeddings.rebuild import rebuild
    from qa.retriever import Retriever

    encoder = open_encoder()

    def build() -> None:
        rebuild(Path(work["articles"]), folder, encoder)

    def opened() -> Search:
        retriever = Retriever.open(folder, encoder)
        return lambda question: [hit.article.id for hit in retriever.retrieve(question, DEPTH)]

    return build, opened


def txtai(work: dict[str, Any], folder: Path) -> tuple[Callable[[], None], Callable[[], Search]]:
    from txtai import Embeddings

    def build() -> None:
        index = Embeddings(path=work["model"], hybrid=True, content=False, gpu=False)
        index.index([(i, text) for i, text in work["passages"]])
        index.save(str(folder))

    def opened() -> Search:
        index = Embeddings()
        index.load(str(folder))
        return lambda question: [str(one) for one, _ in index.search(question, DEPTH)]

    return build, opened


def haystack(work: dict[str, Any], folder: Path) -> tuple[Callable[[], None], Callable[[], Search]]:
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    def build() -> None:
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        vectors = encoded(work, [text for _, text in work["passages"]])
        store.write_documents(
            [
                Document(content=text, meta={"passage": i}, embedding=vector)
                for (i, text), vector in zip(work["passages"], vectors.tolist(), strict=True)
            ]
        )
        store.save_to_disk(str(folder / "store.json"))

    def opened() -> Search:
        store = InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
        words, vectors = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

        def search(question: str) -> list[str]:
            vector = encoded(work, [question])[0].tolist()
            found = joiner.run(
                [
                    words.run(question, top_k=DEPTH)["documents"],
                    vectors.run(vector, top_k=DEPTH)["documents"],
                ]
            )
            return [str(one.meta["passage"]) for one in found["documents"]]

        return search

    return build, opened


def lancedb(work: dict[str, Any], folder: Path) -> tuple[Callable[[], None], Callable[[], Search]]:
    import lancedb
    from lancedb.index import FTS
    from lancedb.rerankers import RRFReranker

    def build() -> None:
        vectors = encoded(work, [text for _, text in work["passages"]])
        rows = [
            {"passage": i, "text": text, "vector": vector}
            for (i, text), vector in zip(work["passages"], vectors, strict=True)
        ]
        table = lancedb.connect(str(folder)).create_table("passages", rows)
        table.create_index("text", config=FTS())

    def opened() -> Search:
        table, reranker = lancedb.connect(str(folder)).open_table("passages"), RRFReranker()

        def search(question: str) -> list[str]:
            vector = encoded(work, [question])[0]
            found = table.search(query_type="hybrid").vector(vector).text(question)
            rows = found.rerank(reranker).limit(DEPTH).to_list()
            return [str(row["passage"]) for row in rows]

        return search

    return build, opened


ENGINES = {"dateline": dateline, "txtai": txtai, "haystack": haystack, "lancedb": lancedb}


def run(name: str, file: Path, folder: Path) -> dict[str, Any]:
    """Build with one engine, open what it built, ask."""
    work = json.loads(file.read_text(encoding="utf-8"))
    folder.mkdir()
    build, opened = ENGINES[name](work, folder)
    wall, processor = time.perf_counter(), time.process_time()
    build()
    built = time.perf_counter() - wall, time.process_time() - processor
    search = opened()
    for question in work["questions"][:10]:
        search(question)
    found, took = [], []
    for question in work["questions"]:
        began = time.perf_counter()
        found.append(search(question))
        took.append(1000 * (time.perf_counter() - began))
    return {
        "built": built,
        "p50": float(np.percentile(took, 50)),
        "p95": float(np.percentile(took, 95)),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6,
        "found": found,
    }


def environment(folder: Path) -> Path:
    """A virtual environment with the peers, on top of the project's own packages."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
        own = Path(paths["purelib"])
        (own / "project.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *PINS]
    subprocess.run(command, check=True)
    return python


def prepared(articles: Path, questions: Path, count: int) -> tuple[dict[str, Any], list[set[str]]]:
    """What every engine is given, and what is relevant to each question."""
    from measuring import read_all

    from embeddings.encoder import open_encoder
    from embeddings.models import locate_model
    from embeddings.passages import embedding_input, split_article
    from embeddings.records import PassageParameters

    encoder, passages = open_encoder(), []
    for article in read_all(articles):
        cut = split_article(
            article,
            encoder.count_tokens,
            PassageParameters(),
            encoder.window,
            encoder.special_tokens,
        )
        passages += [[f"{article.id}\t{p.ordinal}", embedding_input(article, p)] for p in cut]
    known = {one.partition("\t")[0] for one, _ in passages}
    asked: list[tuple[str, set[str]]] = []
    for line in questions.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        relevant = set(record.get("relevant_ids") or ()) & known
        if relevant:
            asked.append((str(record.get("question") or record.get("text")), relevant))
    random.Random(0).shuffle(asked)
    asked = asked[:count]
    work = {
        "articles": str(articles.absolute()),
        "model": str(locate_model("all-MiniLM-L6-v2")),
        "passages": passages,
        "questions": [question for question, _ in asked],
    }
    return work, [relevant for _, relevant in asked]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=Path, help="a JSON Lines file")
    parser.add_argument("--questions", type=Path, help="a JSON Lines file")
    parser.add_argument("--count", type=int, default=300, help="how many questions (default 300)")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--environment", type=Path, default=ROOT / ".venv-peers")
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if chosen.run:
        name, work, folder = chosen.run
        figures = run(name, Path(work), Path(folder))
        print("\n" + json.dumps(figures))
        return 0
    if not chosen.articles or not chosen.questions:
        parser.error("give --articles and --questions")
    from measuring import machine

    from qa.evaluation.metrics import ndcg

    print(machine())
    python = environment(chosen.environment)
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        work, relevant = prepared(chosen.articles, chosen.questions, chosen.count)
        file = Path(scratch) / "work.json"
        file.write_text(json.dumps(work), encoding="utf-8")
        passages = len(work["passages"])
        print(f"{passages:,} passages, {len(relevant)} questions; {', '.join(PINS)}\n")
        print(f"{'':10}{'build':>10}{'passages/s':>12}{'p50':>10}{'p95':>10}", end="")
        print(f"{'memory':>10}{'disk':>10}{'nDCG@10':>9}")
        for name in chosen.engines:
            # Dateline runs on the project's packages alone, the peers on theirs before those.
            interpreter = sys.executable if name == "dateline" else str(python)
            done = subprocess.run(
                [interpreter, __file__, "--run", name, str(file), str(Path(scratch) / name)],
                cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
            told = json.loads(done.stdout.splitlines()[-1])
            found = [[one.partition("\t")[0] for one in ids] for ids in told.pop("found")]
            scores = [
                ndcg(list(dict.fromkeys(ids)), wanted)
                for ids, wanted in zip(found, relevant, strict=True)
            ]
            told["nDCG@10"] = float(np.mean(scores))
            told["passages"] = passages
            rows[name] = told
            print(
                f"{name:10}{told['built'][0]:>8.1f} s{passages / told['built'][0]:>12.1f}"
                f"{told['p50']:>7.1f} ms{told['p95']:>7.1f} ms{told['memory']:>7,.0f} MB"
                f"{told['disk']:>7.1f} MB{told['nDCG@10']:>9.4f}",
                flush=True,
            )
    if chosen.json:
        before = json.loads(chosen.json.read_text()) if chosen.json.exists() else {}
        name = chosen.articles.parent.name
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps({**before, name: rows}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
