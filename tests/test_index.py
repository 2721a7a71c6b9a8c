"""The index as readers hold it: while it is rebuilt, damaged, deleted, and by many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.errors import IndexDamaged, IndexMissing
from embeddings.index import Index
from embeddings.rebuild import rebuild
from qa.retriever import Retriever


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for number in range(6):
        write(folder, number)
    return folder


@pytest.fixture
def folder(seeds: Path, tmp_path: Path) -> Path:
    rebuild(seeds, tmp_path / "index", FakeEncoder())
    return tmp_path / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[Index]:
    opened = Index.open(folder)
    yield opened
    opened.close()


def write(seeds: Path, number: int) -> None:
    (seeds / f"{number}.txt").write_text(
        f"date 2024-01-{number + 1:02}\n\nStory {number} tells of the port strike.\n"
    )


def test_a_snapshot_stands_still_while_the_index_moves_on(
    index: Index, seeds: Path, folder: Path
) -> None:
    began = time.monotonic()
    with index.snapshot() as before:
        for number in range(10, 14):  # four generations: the one held is swept meanwhile
            write(seeds, number)
            rebuild(seeds, folder, FakeEncoder())
        assert time.monotonic() - began < 25, "a rebuild waits for a reader"
        assert len(before) == 6
        assert len(list(before.articles())) == 6
        ids = [i for i, _ in before.lexical(["strike"], 100)]
        assert len(before.passages(ids)) == 6
        query = FakeEncoder().encode_query("port strike").vector
        assert {i for i, _ in before.dense(query, 100)} == set(ids)
        assert before.article("10.txt") is None
        with index.snapshot() as after:
            assert len(after) == 10
            assert after.article("10.txt") is not None


def test_many_threads_ask_while_it_is_rebuilt(folder: Path, seeds: Path) -> None:
    done = threading.Event()
    faults: list[str] = []

    def ask(retriever: Retriever) -> int:
        asked = 0
        while not done.is_set() or not asked:
            hits = retriever.retrieve("What of the port strike?", k=50)
            ids = [hit.article.id for hit in hits]
            # A whole generation, which has every story up to some number.
            if sorted(ids) != sorted(f"{n}.txt" for n in range(len(ids))):
                faults.append(str(ids))
            for hit in hits:
                span = hit.article.text[hit.passage.start : hit.passage.end]
                if span != hit.passage.text:
                    faults.append(span)
            asked += 1
        return asked

    with Retriever.open(folder, FakeEncoder()) as retriever, ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask, retriever) for _ in range(8)]
        try:
            for number in range(6, 14):
                write(seeds, number)
                rebuild(seeds, folder, FakeEncoder())
        finally:
            done.set()
        assert all(one.result(60) for one in asking)
        assert len(retriever.retrieve("port strike", k=50)) == 14
    assert faults == []


def test_many_threads_find_the_damage_and_one_mends_it(folder: Path) -> None:
    for file in (folder / "generations").glob("*/dense.faiss"):
        file.write_bytes(b"\0" * 100)
    with Retriever.open(folder, FakeEncoder()) as retriever, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(retriever.retrieve("strike", k=50)), range(8)))
    assert found == [6] * 8
    assert len(list((folder / "generations").iterdir())) == 1


def test_damage_with_embeddings_gone_is_explained(folder: Path) -> None:
    for file in (folder / "generations").glob("*/dense.faiss"):
        file.unlink()
    for file in folder.glob("vectors.sqlite*"):
        file.unlink()
    with pytest.raises(IndexDamaged, match="dateline rebuild"):
        Index.open(folder)


def test_a_rebuild_then_mends_it(folder: Path, seeds: Path) -> None:
    test_damage_with_embeddings_gone_is_explained(folder)
    assert rebuild(seeds, folder, FakeEncoder()).embedded == 6
    Index.open(folder).close()


def test_status_tells_what_the_index_holds(index: Index, seeds: Path) -> None:
    status = index.status()
    assert (status.files, status.articles, status.passages) == (6, 6, 6)
    assert (str(status.first_published), str(status.newest_published)) == (
        "2024-01-01", "2024-01-06",
    )  # fmt: skip
    assert status.manifest.seeds == str(seeds)
    assert status.failed == ()
    assert status.bytes_on_disk > 10_000


def test_a_closed_index_still_ends_what_was_begun(index: Index) -> None:
    with index.snapshot() as snapshot:
        index.close()
        assert len(list(snapshot.articles())) == 6


def test_an_index_that_was_never_finished_is_explained(tmp_path: Path) -> None:
    from embeddings.catalog import Catalog

    Catalog.open(tmp_path, create=True).close()
    with pytest.raises(IndexMissing, match="not been built to its end"):
        Index.open(tmp_path)
