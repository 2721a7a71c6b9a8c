"""What generations share, how damage is told, and what one more article costs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder

import embeddings.dense
from embeddings import generations
from embeddings.errors import IndexDamaged
from embeddings.index import Index
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from embeddings.vectors import VectorStore
from qa.retriever import Retriever

STORIES = 60


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for number in range(STORIES):
        write(folder, number)
    return folder


@pytest.fixture
def folder(seeds: Path, tmp_path: Path) -> Path:
    rebuild(seeds, tmp_path / "index", FakeEncoder())
    return tmp_path / "index"


def write(seeds: Path, number: int, words: str = "the port strike") -> None:
    (seeds / f"{number}.txt").write_text(
        f"date 2024-01-{number % 28 + 1:02}\n\nStory {number} tells of {words} x{number}.\n"
    )


def current(index: Path) -> Path:
    with Index.open(index).snapshot() as snapshot:
        return index / "generations" / snapshot.generation.derived


def test_one_more_article_shares_the_main_part(folder: Path, seeds: Path) -> None:
    first = current(folder)
    write(seeds, 100, "a lighthouse sold")
    rebuild(seeds, folder, FakeEncoder())
    second = current(folder)
    assert (second / "dense.faiss").samefile(first / "dense.faiss")
    (seeds / "3.txt").unlink()
    rebuild(seeds, folder, FakeEncoder())
    third = current(folder)
    assert (third / "dense.faiss").samefile(second / "dense.faiss")
    with Retriever.open(folder, FakeEncoder()) as retriever:
        hits = retriever.retrieve("lighthouse sold", k=200)
        assert hits[0].article.id == "100.txt"
        assert {hit.article.id for hit in hits} == {
            f"{n}.txt" for n in [*range(STORIES), 100] if n != 3
        }


def test_many_more_articles_make_the_main_part_anew(folder: Path, seeds: Path) -> None:
    first = current(folder)
    for number in range(100, 100 + STORIES // 5):
        write(seeds, number)
    rebuild(seeds, folder, FakeEncoder())
    second = current(folder)
    assert not (second / "dense.faiss").samefile(first / "dense.faiss")
    assert not (second / "dense-recent.faiss").exists()
    with Index.open(folder).snapshot() as snapshot:
        assert len(snapshot) == STORIES + STORIES // 5


def test_a_large_file_is_read_once_and_again_when_it_was_touched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "_ALWAYS_READ", 0)
    read: list[str] = []
    digest = generations._digest
    monkeypatch.setattr(generations, "_digest", lambda file: read.append(file.name) or digest(file))
    name = current(folder).name
    assert read == []
    dense = folder / "generations" / name / "dense.faiss"
    os.utime(dense, ns=(1, 1))
    generations.check(folder, name)
    assert read == ["dense.faiss"]
    generations.check(folder, name)
    assert read == ["dense.faiss"]
    dense.write_bytes(dense.read_bytes()[:-1] + b"?")
    with pytest.raises(IndexDamaged, match="was changed"):
        generations.check(folder, name)


@pytest.mark.parametrize("notes", ["", "[1, 2]", "{nonsense"])
def test_without_its_notes_every_file_is_read(folder: Path, notes: str) -> None:
    name = current(folder).name
    (folder / "generations" / name / "stamps.json").write_text(notes)
    generations.check(folder, name)
    Index.open(folder).close()


def test_a_small_file_changed_behind_the_clocks_back_is_found_out(folder: Path) -> None:
    dense = current(folder) / "dense.faiss"
    status, data = dense.stat(), dense.read_bytes()
    with dense.open("r+b") as stream:
        stream.write(bytes([data[0] ^ 1]))
    os.utime(dense, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(IndexDamaged, match="was changed"):
        generations.check(folder, dense.parent.name)


def test_embeddings_of_removed_passages_go_and_shared_ones_stay(folder: Path, seeds: Path) -> None:
    (seeds / "copy.txt").write_bytes((seeds / "1.txt").read_bytes())
    rebuild(seeds, folder, FakeEncoder())
    store = VectorStore(folder)
    assert store.count() == STORIES
    (seeds / "1.txt").unlink()
    (seeds / "2.txt").unlink()
    rebuild(seeds, folder, FakeEncoder())
    assert store.count() == STORIES - 1
    store.close()
    with Retriever.open(folder, FakeEncoder()) as retriever:
        assert retriever.retrieve("Story 1 tells x1", k=1)[0].article.id == "copy.txt"


def test_embeddings_that_are_gone_unnoticed_are_made_again(folder: Path, seeds: Path) -> None:
    store = VectorStore(folder)
    (key,) = store.connection.execute("SELECT key FROM vectors LIMIT 1").fetchone()
    store.drop([key])
    # As many as are needed, but not those that are needed.
    store.add([(b"of nobody's text", np.ones(64, np.float32), b"")])
    store.close()
    for number in range(200, 200 + STORIES // 5):  # too many to lie beside the main part
        write(seeds, number)
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(embeddings.dense, "EXACT_UP_TO", 10)
        report = rebuild(seeds, folder, FakeEncoder())
    assert report.embedded == STORIES // 5 + 1


@pytest.mark.parametrize("scanned", [200, 20])
def test_a_rough_index_answers_as_an_exact_one_does(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scanned: int
) -> None:
    for number in range(STORIES, 150):
        write(seeds, number, f"the port strike day{number % 7}")
    rebuild(seeds, tmp_path / "exact", FakeEncoder())
    monkeypatch.setattr(embeddings.dense, "EXACT_UP_TO", 10)
    monkeypatch.setattr(embeddings.dense, "SCANNED_UP_TO", scanned)
    monkeypatch.setattr("embeddings.embedded._MANY", 30)
    rebuild(seeds, tmp_path / "rough", FakeEncoder())
    with (
        Retriever.open(tmp_path / "exact", FakeEncoder()) as exact,
        Retriever.open(tmp_path / "rough", FakeEncoder()) as rough,
    ):
        assert rough.status().dense.name.startswith("SQ8" if scanned == 200 else "IVF")
        assert rough.status().dense.recall >= 0.9
        assert exact.status().dense.name == "Flat"
        for where in (Filter(), Filter(path="7.txt"), Filter(exclude=("5.txt",))):
            for question in ("Story 77 x77", "port strike day3"):
                told, wanted = (r.retrieve(question, k=5, where=where) for r in (rough, exact))
                assert [h.article.id for h in told] == [h.article.id for h in wanted]
                np.testing.assert_allclose(
                    [h.score for h in told], [h.score for h in wanted], atol=2e-3
                )
