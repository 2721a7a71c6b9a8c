"""An index folder that may be read and not written: searched all the same, and said so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.rebuild import rebuild

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX systems")

# Root may write everywhere: it becomes nobody first, where the tests run as root.
READER = """
import os, sys
from pathlib import Path
from fakes import FakeEncoder
from embeddings.errors import DatelineError
from embeddings.rebuild import rebuild
from qa.retriever import Retriever
import faiss, filelock, tantivy, numpy.random, qa.recency, scipy.sparse, zoneinfo
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
seeds, index = Path(sys.argv[1]), Path(sys.argv[2])
with Retriever.open(index, FakeEncoder()) as retriever:
    print([hit.article.id for hit in retriever.retrieve("dockers at the port")], flush=True)
    try:
        rebuild(seeds, index, FakeEncoder())
    except DatelineError as error:
        print(type(error).__name__, error, flush=True)
    sys.stdin.readline()
    print([hit.article.id for hit in retriever.retrieve("dockers at the port")], flush=True)
"""


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "port.txt").write_text("Dockers walked out at the port of Ardmore.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path, seeds: Path) -> Iterator[Path]:
    index = tmp_path / "index"
    rebuild(seeds, index, FakeEncoder())
    for folder in [*tmp_path.parents][:3]:
        if folder.name.startswith("pytest"):
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    yield index
    subprocess.run(["chmod", "-R", "u+w", str(tmp_path)], check=True)


def closed(index: Path) -> None:
    subprocess.run(["chmod", "-R", "a-w,a+rX", str(index)], check=True)


def test_a_read_only_index_is_searched_and_not_written(seeds: Path, index: Path) -> None:
    closed(index)
    command = [sys.executable, "-c", READER, str(seeds), str(index)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "['port.txt']\n"
        said = reader.stdout.readline()
        assert said.startswith("IndexUnwritable The index folder")
        assert "Permission denied" in said
        # Its owner goes on: what is open for reading alone follows.
        subprocess.run(["chmod", "-R", "u+w", str(index)], check=True)
        (seeds / "second.txt").write_text("Dockers at the port came back to work in Velin.\n")
        rebuild(seeds, index, FakeEncoder())
        if os.geteuid() == 0:
            closed(index)
        told, _ = reader.communicate("on\n", timeout=60)
    assert sorted(eval(told)) == ["port.txt", "second.txt"]
    assert reader.returncode == 0
