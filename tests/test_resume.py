"""A first build that is killed has kept what it embedded up to then."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.errors import IndexMissing
from embeddings.rebuild import rebuild
from qa.retriever import Retriever

ROOT = Path(__file__).parents[1]
STORIES = 200

WORKER = """
import sys, time
from pathlib import Path
from fakes import FakeEncoder
from embeddings import rebuild

class SlowEncoder(FakeEncoder):
    def encode_passages(self, texts):
        time.sleep(0.05)
        return super().encode_passages(texts)

rebuild._EMBED_BATCH = 5
rebuild.rebuild(Path(sys.argv[1]), Path(sys.argv[2]), SlowEncoder())
"""


def embedded(index: Path) -> int:
    """How many embeddings an index folder holds, built to its end or not."""
    file = index / "vectors.sqlite"
    if not file.exists():
        return 0
    with contextlib.closing(sqlite3.connect(file)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
        except sqlite3.OperationalError:  # not laid out yet
            return 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
def test_a_first_build_that_was_killed_keeps_what_it_embedded(tmp_path: Path) -> None:
    seeds, index = tmp_path / "seeds", tmp_path / "index"
    seeds.mkdir()
    for number in range(STORIES):
        (seeds / f"{number}.txt").write_text(
            f"date 2024-01-01 Our Staff\n\nVelin\n\nStory {number} tells of word{number}.\n"
        )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(seeds), str(index)], env=environment
    ) as worker:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and embedded(index) < 20:
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    kept = embedded(index)
    # A build that came to its end would prove nothing.
    assert 20 <= kept < STORIES
    with pytest.raises(IndexMissing):
        Retriever.open(index, FakeEncoder())
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert report.articles == report.passages == STORIES
    assert report.embedded == len(encoder.encoded) == STORIES - kept
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert retriever.retrieve("word7", k=1)[0].article.id == "7.txt"
