"""Every command as it is typed: what it prints, its exit code, and errors without a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import FakeEncoder

from embeddings import dense
from embeddings import encoder as encoder_module
from embeddings.models import ModelChoice
from qa import retriever as retriever_module
from qa.retriever import Retriever
from ui import cli, options, output

ROOT = Path(__file__).parents[1]
PORT = (
    "date 2024-03-01 Jane Roe\n\nArdmore\n\nDockers at the port of Ardmore walked out over pay.\n"
)
VOTE = "date 2024-04-02 Our Staff\n\nVelin\n\nThe parliament of Velin rejected the budget.\n"


@pytest.fixture(autouse=True)
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An articles folder in the current folder, and an encoder that loads no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def fake(choice: ModelChoice) -> FakeEncoder:
        return FakeEncoder(choice.name)

    monkeypatch.setattr(encoder_module, "open_encoder", fake)
    monkeypatch.setattr(retriever_module, "open_encoder", fake)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "port.txt").write_text(PORT)
    (tmp_path / "seeds" / "vote.txt").write_text(VOTE)
    return tmp_path


def dateline(*arguments: str) -> Result:
    result = CliRunner().invoke(cli.main, arguments)
    # Anything but an exit is a traceback on a person's screen.
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# -- rebuild -------------------------------------------------------------------------------


def test_rebuild_tells_what_it_did(newsroom: Path) -> None:
    first = dateline("rebuild")
    assert first.exit_code == 0
    assert "2 added" in first.stdout
    assert "2 articles in 2 passages (2 embedded;" in first.stdout
    (newsroom / "seeds" / "port.txt").rename(newsroom / "seeds" / "strike.txt")
    (newsroom / "seeds" / "vote.txt").write_text(VOTE.replace("budget", "treaty"))
    second = dateline("rebuild")
    assert "1 changed · 1 renamed" in second.stdout
    assert "port.txt → strike.txt" in second.stdout
    assert "2 unchanged" in dateline("rebuild").stdout


def test_rebuild_as_json(newsroom: Path) -> None:
    result = dateline("rebuild", "--json")
    report = json.loads(result.stdout)
    assert result.stderr == ""
    assert report["counts"] == {
        "added": 2, "changed": 0, "renamed": 0, "unchanged": 0, "removed": 0, "skipped": 0,
        "failed": 0,
    }  # fmt: skip
    assert [entry["path"] for entry in report["entries"]] == ["port.txt", "vote.txt"]


def test_rebuild_exits_with_1_where_files_failed(newsroom: Path) -> None:
    (newsroom / "seeds" / "[bold]empty[bold].txt").write_text("")
    (newsroom / "seeds" / "photo.bmp").write_bytes(b"BM")
    (newsroom / "seeds" / "scan.bmp").write_bytes(b"BM")
    result = dateline("rebuild")
    assert result.exit_code == cli.EXIT_SOME_FAILED
    assert "2 skipped: no reader for .bmp" in result.stdout
    assert "failed [bold]empty[bold].txt" in result.stdout
    listed = dateline("status", "--failed").stdout
    assert "[bold]empty[bold].txt\n  There is no text" in listed


def test_rebuild_names_the_folder_once(newsroom: Path) -> None:
    (newsroom / "seeds").rename(newsroom / "articles")
    assert "2 added" in dateline("rebuild", "articles").stdout
    assert "2 unchanged" in dateline("rebuild").stdout


def test_rebuild_keeps_the_model_it_was_given() -> None:
    dateline("rebuild", "--model", "other")
    assert "unchanged" in dateline("rebuild").stdout
    assert "other (64 dimensions, float32)" in dateline("status").stdout
    assert "embedded anew" in dateline("rebuild", "--model", "third").stdout


def test_rebuild_fresh_reads_everything_again() -> None:
    dateline("rebuild")
    assert "2 added" in dateline("rebuild", "--fresh").stdout


def test_rebuild_explains_what_is_wrong(newsroom: Path) -> None:
    missing = dateline("rebuild", "nowhere")
    assert missing.exit_code == options.EXIT_ERROR
    assert "There is no articles folder" in missing.stderr
    assert "dateline rebuild FOLDER" in missing.stderr
    dateline("rebuild")
    for file in (newsroom / "seeds").iterdir():
        file.unlink()
    emptied = dateline("rebuild")
    assert (emptied.exit_code, "--allow-empty" in emptied.stderr) == (options.EXIT_ERROR, True)
    assert "2 removed" in dateline("rebuild", "--allow-empty").stdout


def test_a_damaged_index_is_explained_and_built_anew(newsroom: Path) -> None:
    dateline("rebuild")
    for file in (newsroom / "index").glob("catalog.sqlite*"):
        file.unlink()
    (newsroom / "index" / "catalog.sqlite").write_bytes(b"nonsense" * 1000)
    for command in (("rebuild",), ("status",), ("search", "port"), ("chat",)):
        result = dateline(*command)
        assert result.exit_code == options.EXIT_ERROR
        assert "dateline doctor --mend" in result.stderr
    assert dateline("rebuild", "--fresh").exit_code == 0
    assert "2 in 2 files" in dateline("status").stdout


def test_an_index_folder_that_cannot_be_made_is_explained(newsroom: Path) -> None:
    (newsroom / "file").write_text("")
    result = dateline("rebuild", "--index", "file/index")
    assert result.exit_code == options.EXIT_ERROR
    assert "cannot be written" in result.stderr


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeEncoder, "encode_passages", stop)
    result = dateline("rebuild")
    assert (result.exit_code, result.stderr) == (options.EXIT_STOPPED, "Stopped.\n")


def test_progress_in_a_log_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    moments = iter([0.0, 1.0, output.LINE_SECONDS + 1.0, output.LINE_SECONDS + 2.0, 3.0])
    progress = output._progress_lines(lambda: next(moments))
    progress("Embedding", 100, 2000)
    progress("Embedding", 1500, 2000)
    assert capsys.readouterr().err == "Embedding: 1,500 of 2,000\n"


# -- search --------------------------------------------------------------------------------


def test_search_prints_hits_and_why_they_were_found() -> None:
    dateline("rebuild")
    result = dateline("search", "Who", "walked", "out", "at", "the", "port?")
    assert result.exit_code == 0
    assert result.stdout.startswith("[1] Dockers at the port of Ardmore walked out")
    assert "Jane Roe · Ardmore · 1 March 2024 · port.txt" in result.stdout
    why = next(line for line in result.stdout.splitlines() if "score" in line)
    assert re.search(
        r"score \d\.\d\d · dense \d\.\d\d \(no\. 1\) · lexical \d+\.\d\d \(no\. 1\)", why
    )


def test_search_as_json() -> None:
    dateline("rebuild")
    hits = json.loads(dateline("search", "--json", "-k", "1", "port").stdout)
    assert len(hits) == 1
    article, passage = hits[0]["article"], hits[0]["passage"]
    assert article["published"] == "2024-03-01"
    assert article["text"][passage["start"] : passage["end"]] == passage["text"]
    assert {"component", "value", "rank", "share"} == set(hits[0]["scores"][0])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--since", "2024-04-01"), "vote.txt"),
        (("--until", "2024-03-31"), "port.txt"),
        (("--place", "velin"), "vote.txt"),
        (("--path", "port.txt"), "port.txt"),
        (("--outlet", "nobody"), ""),
    ],
)
def test_search_is_narrowed(options: tuple[str, ...], found: str) -> None:
    dateline("rebuild")
    hits = json.loads(dateline("search", "--json", "news", *options).stdout)
    assert [hit["article"]["path"] for hit in hits] == ([found] if found else [])
    if not found:
        assert "Nothing in the articles matches." in dateline("search", "news", *options).stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("search", "port"), "There is no index"),
        (("status",), "There is no index"),
    ],
)
def test_without_an_index_the_way_to_one_is_shown(command: tuple[str, ...], said: str) -> None:
    result = dateline(*command)
    assert result.exit_code == options.EXIT_ERROR
    assert said in result.stderr
    assert "dateline rebuild" in result.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("search", " "), "The question is empty"),
        (("search", "port", "-k", "0"), "one passage or more"),
        (("search", "port", "--since", "2024-05-01", "--until", "2024-01-01"), "before it begins"),
        (("search", "port", "--since", "yesterday"), "does not match the format"),
        (("search",), "Missing argument"),
        (("search", "port", "--colour"), "No such option"),
        (("nonsense",), "No such command"),
        (("chat", "--port", "99999"), "99999 is not in the range"),
    ],
)
def test_wrong_usage_is_explained(command: tuple[str, ...], said: str) -> None:
    dateline("rebuild")
    result = dateline(*command)
    assert result.exit_code == options.EXIT_ERROR
    assert said in result.stderr
    assert "Traceback" not in result.output


# -- status --------------------------------------------------------------------------------


def test_status_tells_what_the_index_holds(newsroom: Path) -> None:
    dateline("rebuild")
    told = dateline("status").stdout
    for part in ("2 in 2 files", "1 March 2024 to 2 April 2024", str(newsroom / "seeds")):
        assert part in told
    assert "Every file was read." in dateline("status", "--failed").stdout
    state = json.loads(dateline("status", "--json").stdout)
    assert (state["articles"], state["newest_published"]) == (2, "2024-04-02")
    assert state["manifest"]["encoder"] == "all-MiniLM-L6-v2"


def test_status_tells_how_the_dense_index_was_laid_out_and_what_it_finds(
    newsroom: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dateline("rebuild")
    assert re.search(r"Dense index +exact\s", dateline("status").stdout)
    for number in range(30):
        (newsroom / "seeds" / f"{number}.txt").write_text(PORT.replace("pay", f"pay{number}"))
    monkeypatch.setattr(dense, "EXACT_UP_TO", 10)
    monkeypatch.setattr(dense, "SCANNED_UP_TO", 20)
    dateline("rebuild")
    told = dateline("status").stdout
    found = re.search(r"Dense index +(IVF\d+,SQ8), (\d+) lists opened; recall@10 (\S+) ", told)
    assert found, told
    state = json.loads(dateline("status", "--json").stdout)["dense"]
    assert (state["name"], state["probes"]) == (found[1], int(found[2]))
    assert 0.9 <= state["recall"] <= 1


def test_status_lists_a_few_problems_and_names_the_command_for_all(newsroom: Path) -> None:
    (newsroom / "seeds" / "rows.jsonl").write_text('{"id": "a", "text": "Fine."}\n' + "no\n" * 50)
    dateline("rebuild")
    told = dateline("status").stdout
    assert told.count("is not valid JSON") == 3
    assert "and 47 more" in told
    assert dateline("status", "--failed").stdout.count("is not valid JSON") == 50


# -- chat ----------------------------------------------------------------------------------


def test_chat_builds_the_index_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import chat

    served: list[tuple[int, str, int | None, bool]] = []

    def serve(
        retriever: Retriever,
        host: str,
        port: int | None,
        open_browser: bool,
        on_ready: Callable[[str], None],
        *_: object,
    ) -> None:
        on_ready("http://127.0.0.1:7860")
        served.append((len(retriever.articles()), host, port, open_browser))

    monkeypatch.setattr(chat, "serve", serve)
    result = dateline("chat")
    assert result.exit_code == 0, result.output
    assert "2 added" in result.stdout
    assert "Dateline is at http://127.0.0.1:7860" in result.stdout
    assert "added" not in dateline("chat", "--port", "8000", "--open").stdout
    assert served == [(2, "127.0.0.1", None, False), (2, "127.0.0.1", 8000, True)]


# -- the program ---------------------------------------------------------------------------


def test_help_names_every_command_and_version_the_program() -> None:
    told = dateline("--help").stdout
    for command in cli.main.commands:
        assert re.search(rf"^  {command}\b", told, re.MULTILINE)
        assert dateline(command, "--help").exit_code == 0
    assert "dateline" in dateline("--version").stdout


def test_help_is_quick() -> None:
    def took() -> float:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "ui", "--help"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began

    assert min(took() for _ in range(3)) < 0.4


def test_a_reader_that_closes_the_pipe_gets_no_traceback() -> None:
    dateline("rebuild")
    code = (
        "import sys, os\n"
        "from ui.cli import main\n"
        "os.close(1)\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "assert writing == 1 or os.dup2(writing, 1) == 1\n"
        "main(['status'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_days_and_dates_are_written_for_programs() -> None:
    assert output._json_value(date(2024, 1, 2)) == "2024-01-02"
    assert output._json_value(Path("a")) == "a"
