"""The machine fails in the midst of things: it is said in a sentence, and nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fakes import FakeEncoder
from newsroom_index import (
    STORIES,
    built,
    every_story_is_found,
    find_encoder,
    flip,
    settle,
    texts,
    write_stories,
)

from embeddings import generations, intake
from embeddings import rebuild as rebuild_module
from embeddings.diagnosis import State
from embeddings.doctor import examine
from embeddings.errors import DatelineError, IndexBusy, IndexUnwritable
from embeddings.index import Index
from embeddings.mending import mend
from embeddings.rebuild import rebuild
from embeddings.records import Action, RebuildReport
from qa.retriever import Retriever

ROOT = Path(__file__).parents[1]


def fake() -> FakeEncoder:
    return FakeEncoder("all-MiniLM-L6-v2")


def taken(seeds: Path, index: Path) -> RebuildReport:
    return rebuild(seeds, index, fake())


def reasons(report: RebuildReport) -> dict[str, str]:
    return {e.path: " ".join(e.problems) for e in report.entries if e.action is Action.FAILED}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    write_stories(tmp_path / "seeds", 12)
    return tmp_path / "seeds"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


# -- a full disk -------------------------------------------------------------------------------

FILLER = """
import resource, signal, sys
from pathlib import Path
from fakes import FakeEncoder
from embeddings.errors import DatelineError
from embeddings.rebuild import rebuild
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    rebuild(Path(sys.argv[1]), Path(sys.argv[2]), FakeEncoder("all-MiniLM-L6-v2"))
    print("done")
except DatelineError as error:
    print(type(error).__name__, error)
"""


def filled(seeds: Path, index: Path, limit: int) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(seeds), str(index), str(limit)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert "panicked" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX systems")
@pytest.mark.parametrize("kilobytes", [1, 20, 60, 100, 200, 400])
def test_files_that_may_not_grow(tmp_path: Path, kilobytes: int) -> None:
    """Every write beyond a size fails, as on a disk that is nearly full."""
    seeds, index = built(tmp_path, 12)
    before = texts(index)
    write_stories(seeds, 40)
    said = filled(seeds, index, kilobytes * 1000)
    assert said == "done\n" or said.startswith("IndexUnwritable"), said
    now = texts(index)
    assert now == before or len(now) == 40
    assert taken(seeds, index).articles == 40
    assert every_story_is_found(index, 40)


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own, of this size."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a file system")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("spare", [0, 40, 120, 200, 300, 450, 700])
def test_a_full_disk(tmp_path: Path, spare: int) -> None:
    seeds = tmp_path / "seeds"
    with small_disk(tmp_path / "disk", 4000) as disk:
        write_stories(seeds, 12)
        index = disk / "index"
        taken(seeds, index)
        before = texts(index)
        write_stories(seeds, 40)
        free = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(bytes(max(0, free - spare * 1000)))
        said = filled(seeds, index, 0)
        assert said == "done\n" or said.startswith("IndexUnwritable"), said
        if said != "done\n":
            assert len(list((index / "generations").iterdir())) == 1  # its space is free again
            assert texts(index) == before
        (disk / "ballast").unlink()
        assert taken(seeds, index).articles == 40
        assert every_story_is_found(index, 40)


# -- files that change, vanish, cannot be read -----------------------------------------------------


def test_a_file_that_vanishes_while_it_is_read(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(seeds, index)
    for number in (3, 4):
        (seeds / f"story{number:02}.txt").write_text("Another story altogether.\n")
    real = intake._read_steadily

    def read(path: Path) -> bytes:
        if path.name == "story03.txt":
            path.unlink()
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_read_steadily", read)
        report = taken(seeds, index)
    assert reasons(report).keys() == {"story03.txt"}
    assert "stays indexed" in reasons(report)["story03.txt"]
    assert report.counts[Action.CHANGED] == 1
    assert report.articles == 12
    assert taken(seeds, index).counts[Action.REMOVED] == 1


def test_a_file_that_is_written_while_it_is_read(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is being copied: it is told of, and taken in once it is whole."""
    (seeds / "late.txt").write_text("The first half of a story.\n")
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        data = real(path)
        if path.name == "late.txt":
            with path.open("a") as stream:
                stream.write("More of it.\n")
        return data

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        assert "being written" in reasons(taken(seeds, index))["late.txt"]
    assert taken(seeds, index).counts[Action.ADDED] == 1
    assert "More of it" in texts(index)["late.txt"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY, errno.EIO, errno.ESTALE])
def test_a_file_that_is_locked_or_cannot_be_read(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    taken(seeds, index)
    (seeds / "story03.txt").write_text("Another story altogether.\n")
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "story03.txt":
            raise OSError(number, os.strerror(number), str(path))
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", read)
        report = taken(seeds, index)
    assert os.strerror(number) in reasons(report)["story03.txt"]
    assert report.articles == 12
    assert taken(seeds, index).counts[Action.CHANGED] == 1  # without another change of it


def test_links_in_a_circle_are_told_of_and_end(seeds: Path, index: Path) -> None:
    (seeds / "loop").symlink_to(seeds)
    (seeds / "deep").mkdir()
    (seeds / "deep" / "up").symlink_to(seeds / "deep")
    (seeds / "a.txt").symlink_to(seeds / "b.txt")
    (seeds / "b.txt").symlink_to(seeds / "a.txt")
    report = taken(seeds, index)
    assert report.articles == 12
    assert reasons(report).keys() == {"a.txt", "b.txt"}
    assert "links" in reasons(report)["a.txt"]


def test_a_clock_that_goes_backwards(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen by a clock a year ahead is not taken for unchanged because of it."""
    ahead = time.time_ns() + 365 * 86400 * 10**9
    with monkeypatch.context() as patch:
        patch.setattr(intake.time, "time_ns", lambda: ahead)
        taken(seeds, index)
    file = seeds / "story03.txt"
    old = file.stat()
    file.write_text(file.read_text().replace("minister3", "premier93"))
    assert file.stat().st_size == old.st_size
    os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    report = taken(seeds, index)
    assert report.counts[Action.CHANGED] == 1
    assert "premier93" in texts(index)["story03.txt"]
    assert taken(seeds, index).counts[Action.UNCHANGED] == 12


# -- rebuilds and readers at the same time -----------------------------------------------------


def test_many_rebuilds_at_once_are_one_and_the_others_are_told(seeds: Path, index: Path) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        try:
            taken(seeds, index)
            outcomes.append("done")
        except IndexBusy:
            outcomes.append("busy")

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {"done", "busy"}
    assert "done" in outcomes
    assert len(texts(index)) == 12


def test_a_reader_across_ten_generations(seeds: Path, index: Path) -> None:
    """One question holds its generation while ten others come; the next question has the newest."""
    taken(seeds, index)
    opened = Index.open(index)
    query = fake().encode_query("matter3x3 minister3").vector
    with opened.snapshot() as held:
        before = held.dense(query, 50)
        for number in range(10):
            (seeds / "story03.txt").write_text(f"Version{number} of the story.\n")
            (seeds / f"extra{number}.txt").write_text(f"An extra story, number {number}.\n")
            taken(seeds, index)
        assert len(list((index / "generations").iterdir())) <= 2
        assert held.dense(query, 50) == before
        assert held.lexical(["matter3x3"], 5)
        found = held.passages([passage_id for passage_id, _ in before])
        assert len(found) == len(before)
        assert all(article.text[p.start : p.end] == p.text for p, article in found.values())
    with opened.snapshot() as now:
        assert now.generation.number == 11
        assert len(list(now.articles())) == 22
        assert now.article("story03.txt").text.startswith("Version9")  # type: ignore[union-attr]
    opened.close()


# -- damage that a reader meets ----------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    seeds, index = built(tmp_path_factory.mktemp("whole"))
    settle(index)
    return seeds, index


@pytest.mark.parametrize("name", ["catalog.sqlite", "vectors.sqlite"])
@pytest.mark.parametrize("how", ["zeros", "cut", "flips"])
@pytest.mark.parametrize("tenth", range(0, 10, 2))
def test_a_reader_of_a_damaged_database_is_told(
    whole: tuple[Path, Path], tmp_path: Path, name: str, how: str, tenth: int
) -> None:
    seeds, index = whole[0], shutil.copytree(whole[1], tmp_path / "index")
    file = index / name
    size = file.stat().st_size
    offset = size * tenth // 10
    if how == "cut":
        os.truncate(file, offset)
    elif how == "zeros":
        with file.open("r+b") as stream:
            stream.seek(offset)
            stream.write(bytes(4096))
    else:
        for step in range(0, 2000, 97):
            flip(file, min(size - 1, offset + step))
    with suppress(DatelineError), Retriever.open(index, fake()) as retriever:
        for number in range(0, STORIES, 20):
            for hit in retriever.retrieve(f"matter{number}x3 minister{number}"):
                span = slice(hit.passage.start, hit.passage.end)
                assert hit.article.text[span] == hit.passage.text
        retriever.ask("What did the minister speak of?")
        retriever.status()
        retriever.browse()
        retriever.news()
    with suppress(DatelineError):
        rebuild(seeds, index, fake())
    mended = mend(index, examine(index, find_encoder), find_encoder, seeds=seeds)
    assert not mended.after.has(State.FAULT, State.GRAVE)
    assert texts(index) == texts(whole[1])
    assert every_story_is_found(index)


def test_what_fails_after_the_commit_fails_nothing(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sweep(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rebuild_module.generations, "sweep", sweep)
    assert taken(seeds, index).articles == 12
    assert len(texts(index)) == 12


def test_what_fails_while_search_files_are_written_leaves_none(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(seeds, index)
    (seeds / "more.txt").write_text("One more story.\n")

    def seal(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(generations, "_seal", seal)
        with pytest.raises(IndexUnwritable, match="No space left"):
            taken(seeds, index)
    assert len(list((index / "generations").iterdir())) == 1
    assert len(texts(index)) == 12
    assert taken(seeds, index).articles == 13
