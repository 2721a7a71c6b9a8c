"""SIGKILL at random instants of a rebuild: the generation before still answers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes import FakeEncoder
from newsroom_index import find_encoder

from embeddings.diagnosis import State
from embeddings.doctor import examine
from embeddings.rebuild import rebuild
from qa.retriever import Retriever

ROOT = Path(__file__).parents[1]
KILLS = int(os.environ.get("DATELINE_KILLS", "20"))
STORIES = 40

# Each rebuild is a process of its own, forked from one in which everything is imported. It
# tells when it begins and ends to derive the search files and to clean up.
WORKSHOP = """
import os, sys
from pathlib import Path
from fakes import FakeEncoder
from embeddings import rebuild as rebuilding, generations
from embeddings.rebuild import rebuild
import embeddings.passages, embeddings.dense, embeddings.lexical, faiss, filelock, tantivy

def tell(word):
    os.write(1, (word + "\\n").encode())

def announced(function, stage):
    def run(*args, **kwargs):
        tell(stage)
        try:
            return function(*args, **kwargs)
        finally:
            tell("end")
    return run

generations.derive = announced(generations.derive, "deriving")
rebuilding._Rebuild._clean_up = announced(rebuilding._Rebuild._clean_up, "cleaning")
tell("ready")
killable = 0
for line in sys.stdin:
    if killable:
        os.waitpid(killable, 0)
    child = os.fork()
    if child == 0:
        tell(str(os.getpid()))
        rebuild(Path(sys.argv[1]), Path(sys.argv[2]), FakeEncoder("all-MiniLM-L6-v2"))
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    tell("over")
    killable = child
"""


class Workshop:
    """Rebuilds in processes that may be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self.heard() == "ready"

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def begin(self) -> int:
        """Start a rebuild; its process id. It may have begun to tell already."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self.heard())

    def until(self, word: str) -> bool:
        """Wait for a word; whether it came before the end."""
        while (heard := self.heard()) != "over":
            if heard == word:
                return True
        return word == "over"

    def over(self, stage: str) -> bool:
        """Wait for the end; whether the rebuild, or this stage of it, was cut short."""
        words = []
        while (heard := self.heard()) != "over":
            words.append(heard)
        return words.count("end") < (1 if stage != "anywhere" else 2)

    def lengths(self) -> dict[str, float]:
        """Seconds that a whole rebuild and each of its stages take."""
        began = time.perf_counter()
        self.begin()
        took = {}
        for stage in ("deriving", "cleaning"):
            assert self.until(stage)
            entered = time.perf_counter()
            assert self.until("end")
            took[stage] = time.perf_counter() - entered
        assert self.until("over")
        return {"anywhere": time.perf_counter() - began, **took}


@contextmanager
def workshop(seeds: Path, index: Path) -> Iterator[Workshop]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", WORKSHOP, str(seeds), str(index)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield Workshop(process)
        finally:
            process.kill()


def write_stories(seeds: Path, version: int) -> None:
    for number in range(STORIES):
        words = " ".join(f"word{number}x{version}x{n}" for n in range(40))
        (seeds / f"story{number}.txt").write_text(
            f" date 2024-01-{number % 28 + 1:02} Our Correspondent\n\nVelin\n\n"
            f"Story {number} in version{version} tells of {words}.\n"
        )


def versions(retriever: Retriever) -> set[str]:
    """Every version some story of the collection stands in."""
    return {article.text.split("version")[1].split()[0] for article in retriever.articles()}


def encoder() -> FakeEncoder:
    return FakeEncoder("all-MiniLM-L6-v2")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are of POSIX systems")
@pytest.mark.timeout(60 + 30 * KILLS)
def test_a_kill_leaves_the_generation_before(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seeds, index = tmp_path / "seeds", tmp_path / "index"
    seeds.mkdir()
    write_stories(seeds, 0)
    rebuild(seeds, index, encoder())
    chance = random.Random(20240101)
    killed: Counter[str] = Counter()
    with workshop(seeds, index) as work:
        write_stories(seeds, 1)
        lengths = work.lengths()
        # Some are over before they can be killed, most of all those at their last stage.
        for version in range(2, 3 * KILLS + 2):
            if killed.total() >= KILLS:
                break
            write_stories(seeds, version)
            stage = ("anywhere", "deriving", "cleaning")[version % 3]
            process = work.begin()
            if stage != "anywhere":
                assert work.until(stage)
            time.sleep(chance.uniform(0, lengths[stage]))
            os.kill(process, signal.SIGKILL)
            killed[stage] += work.over(stage)
            check(index, version)
            rebuild(seeds, index, encoder())
            with Retriever.open(index, encoder()) as retriever:
                assert versions(retriever) == {str(version)}
            assert len(list((index / "generations").iterdir())) <= 2
    record_property("tried", killed.total())
    for stage, times in killed.items():
        record_property(stage, times)
    assert killed.total() >= KILLS
    assert killed["deriving"] >= KILLS // 6


def check(index: Path, version: int) -> None:
    """All of the one version or all of the other, never a mixture; and every file is whole."""
    with Retriever.open(index, encoder()) as retriever:
        assert versions(retriever) in ({str(version - 1)}, {str(version)})
        assert len(retriever.articles()) == STORIES
        hits = retriever.retrieve("which story tells of what", k=1000)
        assert len({hit.article.id for hit in hits}) == STORIES
    found = examine(index, find_encoder)
    assert {one.check for one in found.findings if one.state is not State.WELL} <= {"leftovers"}
