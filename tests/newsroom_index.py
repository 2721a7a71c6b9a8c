"""A small collection and its index, for tests that do harm to it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from fakes import FakeEncoder

from embeddings.encoder import Encoder
from embeddings.rebuild import rebuild
from qa.retriever import Retriever

STORIES = 60


def write_stories(seeds: Path, stories: int = STORIES) -> None:
    """Stories of several passages each, no two alike."""
    seeds.mkdir(exist_ok=True)
    for number in range(stories):
        sentences = " ".join(
            f"In part {part} of story{number} the minister{number} spoke of matter{number}x{part} "
            f"and of the port of Ardmore."
            for part in range(6)
        )
        (seeds / f"story{number:02}.txt").write_text(
            f" date 2024-01-{number % 28 + 1:02} Our Correspondent\n\nVelin\n\n{sentences}\n"
        )


def built(folder: Path, stories: int = STORIES) -> tuple[Path, Path]:
    """An articles folder and its index."""
    write_stories(folder / "seeds", stories)
    rebuild(folder / "seeds", folder / "index", FakeEncoder("all-MiniLM-L6-v2"))
    return folder / "seeds", folder / "index"


def copied(index: Path, to: Path) -> Path:
    """A copy that may be harmed."""
    return Path(shutil.copytree(index, to))


def find_encoder(name: str, query_prompt: str | None, passage_prompt: str | None) -> Encoder:
    """The model by its name, as the doctor looks for it."""
    return FakeEncoder(name)


def texts(index: Path) -> dict[str, str]:
    """Every indexed article by id."""
    with Retriever.open(index, FakeEncoder("all-MiniLM-L6-v2")) as retriever:
        return {article.id: article.text for article in retriever.articles()}


def every_story_is_found(index: Path, stories: int = STORIES) -> bool:
    """Whether each story is the first hit for what it alone tells."""
    with Retriever.open(index, FakeEncoder("all-MiniLM-L6-v2")) as retriever:
        return all(
            retriever.retrieve(f"matter{number}x3 minister{number}")[0].article.id
            == f"story{number:02}.txt"
            for number in range(0, stories, 7)
        )


def flip(file: Path, offset: int, bits: int = 0xFF) -> None:
    """Change one byte in place."""
    with file.open("r+b") as stream:
        stream.seek(offset)
        (byte,) = stream.read(1)
        stream.seek(offset)
        stream.write(bytes([byte ^ bits]))


def settle(index: Path) -> None:
    """Take the logs into the databases, so that all there is stands in one file each."""
    for file in index.glob("*.sqlite"):
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
