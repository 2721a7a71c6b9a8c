"""An index folder that may be read and not written: searched all the same, and said so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import FakeEncoder

from embeddings import encoder as encoder_module
from embeddings.errors import DatelineError
from embeddings.models import ModelChoice
from embeddings.rebuild import rebuild
from qa import retriever as retriever_module
from qa.retriever import Retriever
from ui import chat, cli
from ui.upkeep import add_file

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


# -- a file system that may only be read, where even root may not write ------------------------


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder, mounted over itself for reading alone."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a file system")
    if subprocess.run(["mount", "--bind", folder, folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def dateline(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """A command's exit code and all that it says."""

    def fake(choice: ModelChoice) -> FakeEncoder:
        return FakeEncoder(choice.name)

    monkeypatch.setattr(encoder_module, "open_encoder", fake)
    monkeypatch.setattr(retriever_module, "open_encoder", fake)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(cli.main, list(map(str, arguments)))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    return run


Dateline = Callable[..., tuple[int, str]]


def test_every_command_on_a_read_only_index(
    tmp_path: Path, seeds: Path, dateline: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[list[str]] = []

    def serve(retriever: Retriever, *_: object) -> None:
        served.append([hit.article.id for hit in retriever.retrieve("dockers at the port")])

    monkeypatch.setattr(chat, "serve", serve)
    index = tmp_path / "disk" / "index"
    index.parent.mkdir()
    at = ("--index", index)
    assert dateline("rebuild", seeds, *at)[0] == 0
    with read_only(index.parent):
        for command in (["search", "dockers"], ["status"], ["new", "--since", "2020-01-01"]):
            code, said = dateline(*command, *at)
            assert code == 0, said
        for command in (["rebuild", seeds], ["rebuild", seeds, "--fresh"], ["doctor", "--mend"]):
            code, said = dateline(*command, *at)
            assert (code, "cannot be written: Read-only file system" in said) == (2, True), said
        code, said = dateline("chat", *at)
        assert (code, "cannot be written" in said) == (0, False)
        code, said = dateline("chat", seeds, *at)
        assert (code, "as they were last taken in" in said) == (0, True)
        code, said = dateline("chat", seeds, "--index", index.parent / "none")
        assert (code, "cannot be written: Read-only file system" in said) == (2, True)
    assert served == [["port.txt"]] * 2
    assert dateline("rebuild", seeds, *at)[0] == 0


def test_a_read_only_articles_folder_is_taken_in(
    tmp_path: Path, seeds: Path, dateline: Dateline
) -> None:
    with read_only(seeds):
        assert dateline("rebuild", seeds, "--index", tmp_path / "index")[0] == 0
        (tmp_path / "new.txt").write_text("It rained.\n")
        with pytest.raises(DatelineError, match="Read-only file system"):
            add_file(tmp_path / "new.txt", "new.txt", seeds)
    assert dateline("search", "dockers", "--index", tmp_path / "index")[0] == 0


# -- files that nobody may read ----------------------------------------------------------------

DENIED = """
import os, sys
from pathlib import Path
from fakes import FakeEncoder
from embeddings.rebuild import rebuild
seeds, index = Path(sys.argv[1]), Path(sys.argv[2])
rebuild(seeds, index.with_name("warm"), FakeEncoder())  # imports all there is to import
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
report = rebuild(seeds, index, FakeEncoder())
for entry in report.entries:
    print(entry.path, entry.action.value, *entry.problems, sep=" | ")
print(report.articles)
"""


def test_what_may_not_be_read_is_told_and_stays_indexed(seeds: Path, index: Path) -> None:
    (seeds / "secret.txt").write_text("The minister met the union.\n")
    (seeds / "closed").mkdir()
    (seeds / "closed" / "vote.txt").write_text("The budget was rejected.\n")
    rebuild(seeds, index, FakeEncoder())
    (seeds / "port.txt").write_text("Dockers came back to the port of Ardmore.\n")
    (seeds / "secret.txt").chmod(0)
    (seeds / "closed").chmod(0)
    subprocess.run(["chmod", "-R", "a+rwX", index], check=True)
    done = subprocess.run(
        [sys.executable, "-c", DENIED, str(seeds), str(index)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert "port.txt | changed" in said
    for path in ("closed", "secret.txt"):
        (line,) = [line for line in said if line.startswith(path)]
        assert "| failed |" in line
        assert "Permission denied" in line
    assert said[-1] == "3"
