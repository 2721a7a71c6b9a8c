"""SIGKILL at random instants of a rebuild: the generation before still answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.rebuild import rebuild
from qa.retriever import Retriever

WORKER = """
import sys
from pathlib import Path
from fakes import FakeEncoder
from embeddings.rebuild import rebuild
import embeddings.passages, embeddings.dense, embeddings.lexical, faiss, tantivy
print("started", flush=True)
rebuild(Path(sys.argv[1]), Path(sys.argv[2]), FakeEncoder())
"""
KILLS = int(os.environ.get("DATELINE_KILLS", "50"))


def write_story(seeds: Path, number: int, version: int) -> None:
    words = " ".join(f"word{number}x{version}x{n}" for n in range(40))
    (seeds / f"story{number}.txt").write_text(
        f" date 2024-01-{number % 28 + 1:02} Our Correspondent\n\nVelin\n\n"
        f"Story {number} in version{version} tells of {words}.\n"
    )


def start(seeds: Path, index: Path) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(seeds), str(index)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "started\n"
    return worker


def versions(retriever: Retriever) -> set[str]:
    """Every version some story of the collection stands in."""
    return {article.text.split("version")[1].split()[0] for article in retriever.articles()}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
def test_a_kill_leaves_the_generation_before(tmp_path: Path) -> None:
    seeds, index = tmp_path / "seeds", tmp_path / "index"
    seeds.mkdir()
    stories = 40
    for number in range(stories):
        write_story(seeds, number, 0)
    rebuild(seeds, index, FakeEncoder())
    for number in range(stories):
        write_story(seeds, number, 1)
    with start(seeds, index) as worker:
        began = time.perf_counter()
        assert worker.wait(60) == 0
        length = time.perf_counter() - began
    chance = random.Random(20240101)
    killed = 0
    for version in range(2, KILLS + 2):
        for number in range(stories):
            write_story(seeds, number, version)
        with start(seeds, index) as worker:
            time.sleep(chance.uniform(0, length))
            killed += worker.poll() is None
            worker.send_signal(signal.SIGKILL)
        with Retriever.open(index, FakeEncoder()) as retriever:
            # All of the one or all of the other, never a mixture.
            assert versions(retriever) in ({str(version - 1)}, {str(version)})
            assert len(retriever.articles()) == stories
            hits = retriever.retrieve("which story tells of what", k=1000)
            assert len({hit.article.id for hit in hits}) == stories
        rebuild(seeds, index, FakeEncoder())
        with Retriever.open(index, FakeEncoder()) as retriever:
            assert versions(retriever) == {str(version)}
        assert len(list((index / "generations").iterdir())) <= 2
    assert killed >= KILLS // 3, "too few rebuilds were still running when killed"
