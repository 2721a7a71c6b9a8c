"""What every engine must do, run on each: in files, in a Milvus file, in a Milvus server.

`make test-engines` runs all of it; `make test` what needs no further package.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from engines import ENGINES, address, closed_clients, engine_at, milvus_server
from fakes import FakeEncoder
from newsroom_index import built, every_story_is_found, find_encoder, write_stories

from embeddings import generations
from embeddings.diagnosis import State
from embeddings.doctor import examine
from embeddings.errors import EncodingFailed, EngineUnreachable, EngineUnusable, IndexDamaged
from embeddings.index import Index, Snapshot
from embeddings.mending import mend
from embeddings.rebuild import rebuild
from embeddings.records import Filter, RebuildReport
from qa.retriever import Retriever

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(280),
    # Of the packages of other engines, not of Dateline.
    pytest.mark.filterwarnings("ignore"),
]
STORIES = 30
NEWSROOM = Path(__file__).parent / "newsroom" / "seeds"
END_TO_END = str(Path(__file__).parent / "test_end_to_end.py")
MODEL = "all-MiniLM-L6-v2"


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    with engine_at(request.param, tmp_path_factory.mktemp("engine")) as ready:
        yield ready


def up_to_date(folder: Path, engine: tuple[str, str] | None = None, **how: bool) -> RebuildReport:
    return rebuild(folder / "seeds", folder / "index", FakeEncoder(MODEL), engine=engine, **how)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path, engine: tuple[str, str]) -> Path:
    """Stories in `seeds` and their index, kept by the engine."""
    write_stories(tmp_path / "seeds", STORIES)
    up_to_date(tmp_path, engine)
    return tmp_path


def vector(text: str) -> np.ndarray:
    return FakeEncoder(MODEL).encode_query(text).vector


def by_hand(snapshot: Snapshot, text: str, where: Filter | None = None) -> list[int]:
    """Ids of all passages the filter lets through, the nearest first, computed one by one."""
    ids = snapshot._catalog.matching(where or Filter())
    scores = snapshot.dense_vectors(ids) @ vector(text)
    return [ids[n] for n in np.lexsort((ids, -scores))]


# -- searching -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        None,
        Filter(since=date(2024, 1, 10)),
        Filter(until=date(2024, 1, 5)),
        Filter(since=date(2024, 1, 3), until=date(2024, 1, 4)),
        Filter(place="VELIN"),
        Filter(place="elsewhere"),
        Filter(path="story07.txt"),
        Filter(path="story0"),
        Filter(exclude=("story03.txt", "story04.txt")),
        Filter(until=date(2024, 1, 9), place="Velin", exclude=("story03.txt",)),
    ],
)
def test_dense_search_finds_what_the_product_by_hand_finds(
    folder: Path, where: Filter | None
) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        for text in ("matter3x2 minister3", "the port of Ardmore", "matter9x5"):
            found = snapshot.dense(vector(text), 12, where)
            expected = by_hand(snapshot, text, where)[:12]
            assert len(found) == len(expected)
            scores = snapshot.dense_vectors([i for i, _ in found]) @ vector(text)
            np.testing.assert_allclose([s for _, s in found], scores, atol=1e-3)
            best = snapshot.dense_vectors(expected) @ vector(text) if expected else []
            np.testing.assert_allclose([s for _, s in found], best, atol=1e-3)
    index.close()


def test_lexical_search_filters_and_scores(folder: Path) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        found = snapshot.lexical(["minist", "ardmor"], 500)
        assert len(found) == len(snapshot)
        within = Filter(until=date(2024, 1, 3), exclude=("story01.txt",))
        narrowed = snapshot.lexical(["ardmor"], 500, within)
        assert {i for i, _ in narrowed} == set(snapshot._catalog.matching(within))
        some = [i for i, _ in found[:7]]
        assert snapshot.lexical_scores(["minist", "ardmor"], some) == dict(found[:7])
        assert snapshot.document_frequency("ardmor") == len(snapshot)
        assert len(snapshot.containing(["matter3x2"])) == snapshot.document_frequency("matter3x2")
    index.close()


def test_vectors_come_back_as_they_were_embedded(folder: Path) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        ids = snapshot._catalog.matching(Filter())[::5]
        there = snapshot._derived.vectors(ids)
        np.testing.assert_allclose(there, snapshot.dense_vectors(ids), atol=1e-6)
        assert not snapshot._derived.health(snapshot._catalog)
    index.close()


@pytest.mark.parametrize("query", [np.zeros(3, np.float32), np.full(64, np.nan, np.float32)])
def test_a_vector_that_does_not_fit_is_explained(folder: Path, query: np.ndarray) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot, pytest.raises(EncodingFailed):
        snapshot.dense(query, 3)
    index.close()


def test_odd_names_of_folders_are_filtered_by(tmp_path: Path, engine: tuple[str, str]) -> None:
    names = ['say "when"', "50%_off", "back\\slash", "l'été", "a", "a b", "a.b", "新闻"]
    for name in names:
        (tmp_path / "seeds" / name).mkdir(parents=True)
        (tmp_path / "seeds" / name / "one.txt").write_text(f"The mill of {name} was sold today.")
    up_to_date(tmp_path, engine)
    with Retriever.open(tmp_path / "index", FakeEncoder(MODEL)) as retriever:
        for name in names:
            hits = retriever.retrieve("mill sold", where=Filter(path=name))
            assert [hit.article.path for hit in hits] == [f"{name}/one.txt"]


def test_the_newsroom_ranks_as_in_files(tmp_path: Path, engine: tuple[str, str]) -> None:
    """At least 0.95 of the ten best are those of the engine inside the program."""
    rebuild(NEWSROOM, tmp_path / "own", FakeEncoder(MODEL), engine=("embedded", ""))
    shutil.copytree(tmp_path / "own", tmp_path / "other")
    rebuild(NEWSROOM, tmp_path / "other", FakeEncoder(MODEL), engine=engine)
    shared = []
    with (
        Retriever.open(tmp_path / "own", FakeEncoder(MODEL)) as own,
        Retriever.open(tmp_path / "other", FakeEncoder(MODEL)) as other,
    ):
        titles = [article.title for article in own.articles()][:40]
        for title in titles:
            one, two = (
                {(hit.article.id, hit.passage.ordinal) for hit in r.retrieve(title, 10)}
                for r in (own, other)
            )
            shared.append(len(one & two) / len(one))
    assert np.mean(shared) >= 0.95


# -- generations ---------------------------------------------------------------------------------


def test_what_changes_is_taken_in_and_the_rest_stays(folder: Path) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as held:
        before = by_hand(held, "matter5x1")[:5]
        (folder / "seeds" / "story05.txt").unlink()
        (folder / "seeds" / "late.txt").write_text("A zeppelin was seen over Velin on Friday.")
        up_to_date(folder)
        # The reader that began before goes on with what it began with.
        assert [i for i, _ in held.dense(vector("matter5x1"), 5)] == before
        assert not held.lexical(["zeppelin"], 5)
    with index.snapshot() as snapshot:
        gone = {i for i in before if i not in snapshot._catalog.matching(Filter())}
        assert gone
        assert not gone & {i for i, _ in snapshot.dense(vector("matter5x1"), 500)}
        assert len(snapshot.dense(vector("anything"), 500)) == len(snapshot)
        (nearest, _) = snapshot.dense(vector("a zeppelin was seen over Velin"), 1)[0]
        assert snapshot.passages([nearest])[nearest][1].path == "late.txt"
    index.close()


def test_many_rebuilds_leave_what_one_would(folder: Path) -> None:
    chance = random.Random(4)
    for turn in range(6):
        for path in chance.sample(sorted((folder / "seeds").glob("story*.txt")), 2):
            path.write_text(path.read_text() + f" In turn {turn} the ferry{turn} came.\n")
        chance.choice(sorted((folder / "seeds").glob("story*.txt"))).unlink()
        if turn % 2:
            (folder / "seeds" / f"new{turn}.txt").write_text(f"Item{turn} was told at length.")
        up_to_date(folder)
        diagnosis = examine(folder / "index", find_encoder)
        assert not diagnosis.has(State.FAULT), diagnosis.findings
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        for text in ("ferry3", "matter11x2 minister11", "Item5"):
            found = [s for _, s in snapshot.dense(vector(text), 20)]
            expected = snapshot.dense_vectors(by_hand(snapshot, text)[:20]) @ vector(text)
            np.testing.assert_allclose(found, expected, atol=1e-3)
    index.close()


def test_only_what_is_new_is_uploaded(
    folder: Path, engine: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine[0] == "embedded":
        pytest.skip("files are shared by links")
    from embeddings import milvus

    uploaded, rows = [], milvus._rows
    monkeypatch.setattr(milvus, "_rows", lambda c: (uploaded.append(r["id"]) or r for r in rows(c)))
    (folder / "seeds" / "late.txt").write_text("A zeppelin was seen over Velin on Friday.")
    up_to_date(folder)
    assert len(uploaded) == 1
    up_to_date(folder)
    assert len(uploaded) == 1


def test_an_index_moves_from_one_engine_to_another_and_back(
    tmp_path: Path, engine: tuple[str, str]
) -> None:
    built(tmp_path, STORIES)
    report = up_to_date(tmp_path, engine)
    assert report.embedded == 0
    assert every_story_is_found(tmp_path / "index", STORIES)
    (tmp_path / "seeds" / "late.txt").write_text("A zeppelin was seen over Velin on Friday.")
    up_to_date(tmp_path)  # it is found again by itself
    index = Index.open(tmp_path / "index")
    assert (index.status().manifest.engine, index.status().manifest.engine_uri) == engine
    index.close()
    up_to_date(tmp_path, ("embedded", ""))
    (tmp_path / "seeds" / "late.txt").unlink()
    up_to_date(tmp_path)
    assert every_story_is_found(tmp_path / "index", STORIES)
    assert _collections_of(tmp_path / "index") == set()


def test_old_collections_are_cleaned_up(folder: Path, engine: tuple[str, str]) -> None:
    if engine[0] == "embedded":
        pytest.skip("it has folders alone")
    from embeddings.milvus_client import client_of

    before = set(client_of(engine[1]).list_collections())
    for _ in range(3):
        up_to_date(folder, fresh=True)
    named = _collections_of(folder / "index")
    after = set(client_of(engine[1]).list_collections())
    assert named <= after
    assert len(after) <= len(before) + 1  # this generation's, and that of the one before


def _collections_of(index: Path) -> set[str]:
    from embeddings.milvus import POINTER, Pointer

    folders = (index / generations.FOLDER_NAME).glob("*")
    return {Pointer.read(folder).collection for folder in folders if (folder / POINTER).exists()}


# -- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["publish", "after"])
def test_a_rebuild_that_ends_halfway_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Between the engine and the catalog, or in the middle of what the engine is given."""

    def stop(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    for number in range(3):
        (folder / "seeds" / f"half{number}.txt").write_text(f"Zeppelin{number} flew over Velin.")
    (folder / "seeds" / "story02.txt").unlink()
    with monkeypatch.context() as patch:
        if when == "publish":
            patch.setattr("embeddings.lexical.LexicalIndex.update", stop)
        else:
            patch.setattr("embeddings.catalog.Catalog.set_generation", stop)
        with pytest.raises(KeyboardInterrupt):
            up_to_date(folder)
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        assert len(snapshot.dense(vector("zeppelin1"), 500)) == len(snapshot)
        assert snapshot.passages([i for i, _ in snapshot.dense(vector("zeppelin1"), 500)])
    # Other articles get the ids that were given out for nothing.
    for number in range(3):
        (folder / "seeds" / f"half{number}.txt").unlink()
    (folder / "seeds" / "other.txt").write_text("A glacier calved near Velin.")
    up_to_date(folder)
    with index.snapshot() as snapshot:
        found = snapshot.dense(vector("glacier calved near Velin"), 500)
        assert len(found) == len(snapshot)
        assert snapshot.passages([found[0][0]])[found[0][0]][1].path == "other.txt"
    index.close()
    assert not examine(folder / "index", find_encoder).has(State.FAULT)


def test_what_an_engine_has_lost_is_made_again(folder: Path, engine: tuple[str, str]) -> None:
    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        name = snapshot.generation.derived
    index.close()
    if engine[0] == "embedded":
        (folder / "index" / "generations" / name / "dense.faiss").unlink()
    else:
        from embeddings.milvus import Pointer
        from embeddings.milvus_client import client_of

        pointer = Pointer.read(folder / "index" / "generations" / name)
        client_of(engine[1]).drop_collection(pointer.collection)
    diagnosis = examine(folder / "index", find_encoder)
    assert diagnosis.has(State.FAULT)
    assert not mend(folder / "index", diagnosis, find_encoder).after.has(State.FAULT)
    assert every_story_is_found(folder / "index", STORIES)


def test_a_loss_under_an_open_reader_is_told_and_then_mended(
    folder: Path, engine: tuple[str, str]
) -> None:
    if engine[0] == "embedded":
        pytest.skip("open files stay")
    from embeddings.milvus import Pointer
    from embeddings.milvus_client import client_of

    with Retriever.open(folder / "index", FakeEncoder(MODEL)) as retriever:
        retriever.retrieve("matter3x2")
        with retriever.index.snapshot() as snapshot:
            name = snapshot.generation.derived
        pointer = Pointer.read(folder / "index" / "generations" / name)
        client_of(engine[1]).drop_collection(pointer.collection)
        with pytest.raises(IndexDamaged, match="does not hold"):
            retriever.retrieve("matter3x2")
        assert retriever.retrieve("matter3x2 minister3")[0].article.id == "story03.txt"


def test_vectors_that_are_missing_in_part_are_noticed(
    folder: Path, engine: tuple[str, str]
) -> None:
    if engine[0] == "embedded":
        pytest.skip("a file's digest tells")
    from embeddings.milvus import Pointer
    from embeddings.milvus_client import client_of

    index = Index.open(folder / "index")
    with index.snapshot() as snapshot:
        name, lost = snapshot.generation.derived, snapshot._catalog.matching(Filter())[:4]
    index.close()
    pointer = Pointer.read(folder / "index" / "generations" / name)
    client_of(engine[1]).delete(pointer.collection, ids=lost)
    diagnosis = examine(folder / "index", find_encoder)
    assert diagnosis.has(State.FAULT)
    assert every_story_is_found(folder / "index", STORIES)  # it is mended on opening


# -- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        ("", "not an address"),
        ("somewhere", "not an address"),
        ("ftp://host", "not an address"),
        ("http://", "not an address"),
        ("http://root:secret@host:19530", "password"),
    ],
)
def test_addresses_that_cannot_be_used_are_explained(tmp_path: Path, uri: str, word: str) -> None:
    write_stories(tmp_path / "seeds", 2)
    with pytest.raises(EngineUnusable, match=word):
        up_to_date(tmp_path, ("milvus", uri))


def test_an_engine_that_is_not_there_gets_a_clear_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pymilvus", reason="pymilvus is not installed")
    monkeypatch.setattr("embeddings.milvus_client.QUESTION_SECONDS", 1.0)
    built(tmp_path, 3)
    with pytest.raises(EngineUnreachable, match="gave no answer"):
        up_to_date(tmp_path, ("milvus", "http://127.0.0.1:9"))
    assert every_story_is_found(tmp_path / "index", 3)  # as it was


# -- a server that is gone, slow, restarted --------------------------------------------------------


def test_a_server_that_hangs_is_gone_or_comes_back_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    built(tmp_path, STORIES)
    with milvus_server(data) as server, closed_clients():
        at = address(server)
        up_to_date(tmp_path, ("milvus", at))
        monkeypatch.setattr("embeddings.milvus_client.QUESTION_SECONDS", 3.0)
        with Retriever.open(tmp_path / "index", FakeEncoder(MODEL)) as retriever:
            assert retriever.retrieve("matter3x2 minister3")[0].article.id == "story03.txt"
            process = server.server_proc.pid
            os.kill(process, signal.SIGSTOP)
            try:
                began = time.monotonic()
                with pytest.raises(EngineUnreachable, match="gave no answer"):
                    retriever.retrieve("matter3x2 minister3")
                assert time.monotonic() - began < 20
            finally:
                os.kill(process, signal.SIGCONT)
            assert retriever.retrieve("matter4x2 minister4")[0].article.id == "story04.txt"
    # It is gone: questions and rebuilds say so, and the index is as it was.
    (tmp_path / "seeds" / "late.txt").write_text("A zeppelin was seen over Velin on Friday.")
    with closed_clients():
        with pytest.raises(EngineUnreachable, match="gave no answer"):
            Retriever.open(tmp_path / "index", FakeEncoder(MODEL))
        with pytest.raises(EngineUnreachable, match="gave no answer"):
            up_to_date(tmp_path)
        told = examine(tmp_path / "index", find_encoder)
        assert any(finding.check == "search engine" for finding in told.findings)
        said = subprocess.run(
            [sys.executable, "-m", "ui", "status", "--index", str(tmp_path / "index")],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert said.returncode == 2
        assert "gave no answer" in said.stderr
        assert "Traceback" not in said.stderr
    # It is back, at another address, with what it held; it may take a while to have it loaded.
    with milvus_server(data) as server, closed_clients():
        monkeypatch.setattr("embeddings.milvus_client.QUESTION_SECONDS", 60.0)
        moved = address(server)
        opened = Retriever.open(tmp_path / "index", FakeEncoder(MODEL), engine_uri=moved)
        with opened as retriever:
            assert retriever.retrieve("matter3x2 minister3")[0].article.id == "story03.txt"
            assert len(retriever.retrieve("zeppelin", 5)) == 5
        up_to_date(tmp_path, ("milvus", moved))
        with Retriever.open(tmp_path / "index", FakeEncoder(MODEL)) as retriever:
            assert retriever.retrieve("a zeppelin over Velin")[0].article.id == "late.txt"


@pytest.mark.browser
@pytest.mark.model
def test_the_page_is_used_from_end_to_end_on_a_server() -> None:
    """The end-to-end test as it stands, on indexes that are kept in Milvus."""
    with milvus_server() as server:
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", END_TO_END],
            env={
                **os.environ,
                "DATELINE_ENGINE": "milvus",
                "DATELINE_ENGINE_URI": address(server),
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        with closed_clients():
            from embeddings.milvus_client import client_of

            assert client_of(address(server)).list_collections()
    assert ran.returncode == 0, ran.stdout[-3000:]
