"""Finding the article files of a messy folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from embeddings.errors import SeedsProblem
from embeddings.seeds import scan


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


def found(seeds: Path, exclude: Path | None = None) -> list[str]:
    return [file.relative for file in scan(seeds, exclude=exclude or seeds / "index").files]


def test_files_come_in_order_of_path_whatever_their_depth(seeds: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "Ä.txt"):
        (seeds / name).parent.mkdir(parents=True, exist_ok=True)
        (seeds / name).write_text("Text.")
    assert found(seeds) == ["a/b/c.txt", "a/z.txt", "b.txt", "Ä.txt"]


@pytest.mark.parametrize(
    "name", [".hidden.txt", "~$draft.docx", "paper.pdf.part", "x.crdownload", "x.txt~", "x.swp"]
)
def test_hidden_and_unfinished_files_are_passed_over(seeds: Path, name: str) -> None:
    (seeds / name).write_text("Text.")
    (seeds / ".git").mkdir()
    (seeds / ".git" / "x.txt").write_text("Text.")
    assert found(seeds) == []


def test_the_index_inside_the_folder_is_not_read(seeds: Path) -> None:
    (seeds / "index").mkdir()
    (seeds / "index" / "x.txt").write_text("Text.")
    (seeds / "a.txt").write_text("Text.")
    assert found(seeds, exclude=seeds / "index") == ["a.txt"]


def test_one_file_may_stand_for_a_folder(seeds: Path) -> None:
    (seeds / "a.txt").write_text("Text.")
    assert found(seeds / "a.txt") == ["a.txt"]


def test_a_missing_folder_is_explained(seeds: Path) -> None:
    with pytest.raises(SeedsProblem, match="no articles folder"):
        scan(seeds / "nowhere", exclude=seeds)


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links want a privilege there")
def test_links_are_followed_and_loops_are_not(seeds: Path) -> None:
    (seeds / "a.txt").write_text("Text.")
    (seeds / "alias.txt").symlink_to(seeds / "a.txt")
    (seeds / "round").symlink_to(seeds)
    (seeds / "gone.txt").symlink_to(seeds / "nowhere")
    scanned = scan(seeds, exclude=seeds / "index")
    assert [file.relative for file in scanned.files] == ["a.txt", "alias.txt"]
    assert set(scanned.unreadable) == {"gone.txt"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_listed_and_never_opened(seeds: Path) -> None:
    os.mkfifo(seeds / "pipe.txt")
    scanned = scan(seeds, exclude=seeds / "index")
    assert scanned.files == ()
    assert "not a file" in scanned.unreadable["pipe.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_is_listed(seeds: Path) -> None:
    (seeds / os.fsdecode(b"caf\xe9.txt")).write_text("Text.")
    (seeds / "a.txt").write_text("Text.")
    scanned = scan(seeds, exclude=seeds / "index")
    assert [file.relative for file in scanned.files] == ["a.txt"]
    assert list(scanned.unreadable.values()) == ["its name is not valid text; rename it"]
