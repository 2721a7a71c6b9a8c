"""Rebuilds in the background, and files that readers add."""

from __future__ import annotations

import threading
import unicodedata
from pathlib import Path

import pytest
from fakes_ui import report
from hypothesis import given
from hypothesis import strategies as st

from embeddings.errors import IndexBusy, SeedsProblem
from embeddings.rebuild import Progress
from embeddings.records import RebuildReport
from ui.upkeep import FILE_BYTES, Upkeep, Work, add_file, safe_name


@given(st.text(max_size=300))
def test_a_safe_name_is_one_file_in_one_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert Path(safe).name == safe
    assert not safe.startswith(".")
    assert 0 < len(safe.encode()) <= 255
    assert not any(unicodedata.category(letter) == "Cc" for letter in safe)
    assert not set('/\\<>:"|?*') & set(safe)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\news\\Port strike.PDF", "Port strike.PDF"),
        (".hidden.txt", "hidden.txt"),
        ("con.txt", "con_.txt"),
        ("里斯本.txt", "里斯本.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("", "article"),
        ("x" * 300 + ".tar.gz", "x" * 113 + ".tar.gz"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def given_file(folder: Path, data: bytes) -> Path:
    file = folder / "given"
    file.write_bytes(data)
    return file


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    names = [
        add_file(given_file(tmp_path, data), "a.txt", seeds).name
        for data in (b"one", b"two", b"one", b"two", b"three")
    ]
    assert names == ["a.txt", "a-2.txt", "a.txt", "a-2.txt", "a-3.txt"]
    assert (seeds / "a.txt").read_bytes() == b"one"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    seeds, outside = tmp_path / "seeds", tmp_path / "outside.txt"
    seeds.mkdir()
    (seeds / "a.txt").symlink_to(outside)
    assert add_file(given_file(tmp_path, b"one"), "a.txt", seeds).name == "a-2.txt"
    assert not outside.exists()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.exe", b"MZ", "cannot be read"),
        ("a", b"text", "cannot be read"),
        ("a.txt", b"", "is empty"),
        ("a.txt", b"x" * (FILE_BYTES + 1), "MB large"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    with pytest.raises(SeedsProblem, match=told):
        add_file(given_file(tmp_path, data), name, seeds)
    assert list(seeds.iterdir()) == []


def test_a_collection_of_one_file_takes_no_other(tmp_path: Path) -> None:
    with pytest.raises(SeedsProblem, match="single file"):
        add_file(given_file(tmp_path, b"one"), "a.txt", given_file(tmp_path, b"seed"))


def test_one_rebuild_at_a_time_is_followed_to_its_end() -> None:
    go_on, runs = threading.Event(), []

    def rebuild(progress: Progress) -> RebuildReport:
        runs.append(1)
        progress("Embedding", 1, 2)
        go_on.wait(10)
        return report(3, added=1)

    upkeep = Upkeep(rebuild)
    assert list(upkeep.follow()) == [Work()]
    upkeep.start()
    upkeep.start()
    states = []
    for work in upkeep.follow():
        states.append(work)
        if work.done:
            go_on.set()
    assert len(runs) == 1
    assert states[-1].report == report(3, added=1)
    assert Work(running=True, stage="Embedding", done=1, total=2) in states


def test_what_goes_wrong_is_kept_for_the_readers(caplog: pytest.LogCaptureFixture) -> None:
    def busy(progress: Progress) -> RebuildReport:
        raise IndexBusy("Another rebuild is running.", "Wait.")

    def broken(progress: Progress) -> RebuildReport:
        raise RuntimeError("secret")

    for rebuild, told in ((busy, "Another rebuild is running."), (broken, "The rebuild failed.")):
        upkeep = Upkeep(rebuild)
        upkeep.start()
        *_, last = upkeep.follow()
        assert last.trouble
        assert last.trouble[0] == told
    assert "secret" in caplog.text


def test_a_rebuild_leaves_when_the_page_closes() -> None:
    def rebuild(progress: Progress) -> RebuildReport:
        for step in range(1_000):
            progress("Embedding", step, 1_000)
            threading.Event().wait(0.01)
        return report()

    upkeep = Upkeep(rebuild)
    upkeep.start()
    upkeep.close()
    assert upkeep.work.trouble
    assert "stopped" in upkeep.work.trouble[0]
