"""`dateline evaluate`, as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ui.cli import main
from ui.evaluate import cached_index

pytestmark = pytest.mark.model

STORIES = {
    "strike.txt": "Dockers at Ardmore port began a strike on Monday over pay, the union said.",
    "budget.txt": "The finance minister presented a budget of 40 million crowns on Tuesday.",
    "whale.txt": "A whale stranded at Port Ellery was led back to sea by fishing boats.",
}
QUESTIONS = [
    {"id": "a", "question": "Who went on strike?", "relevant_ids": ["strike.txt"], "type": "one"},
    {"id": "b", "question": "How big is the budget?", "relevant_ids": ["budget.txt"],
     "answers": ["40 million crowns"], "type": "two"},
    {"id": "c", "question": "Who won the regatta?", "answerable": False},
]  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *arguments], catch_exceptions=False)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "stories").mkdir()
    for name, text in STORIES.items():
        (tmp_path / "stories" / name).write_text(text, encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text(
        "\n".join(json.dumps(row) for row in QUESTIONS), encoding="utf-8"
    )
    return tmp_path


def test_articles_are_taken_in_once_and_questions_asked(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds, questions = place / "stories", place / "questions.jsonl"
    given = ("--seeds", str(seeds), "--questions", str(questions))
    first = run(*given, "--json")
    assert first.exit_code == 0
    told = json.loads(first.stdout)
    assert [row["name"] for row in told["configurations"]][-1] == "shipped"
    assert told["configurations"][-1]["metrics"]["hits@1"]["value"] == 1.0
    assert told["answers"]["exact_citations"]["value"] == 1.0
    assert [row["question"]["id"] for row in told["outcomes"]] == ["a", "b", "c"]
    assert (cached_index(seeds) / "catalog.sqlite").is_file()

    from embeddings.encoder import open_encoder

    def never(*_: object) -> None:
        raise AssertionError("passages were embedded again")

    monkeypatch.setattr(type(open_encoder()), "encode_passages", never)
    report = place / "report.html"
    again = run(*given, "--report", str(report), "--configurations", "dense, shipped")
    assert again.exit_code == 0
    assert "2 with relevant articles" in again.stdout
    assert "as shipped" in again.stdout
    assert "lexical" not in again.stdout
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--configurations", "magic"], "There is no configuration magic"),
        (["--index", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_used_is_explained(
    place: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(place)
    result = run("--questions", "questions.jsonl", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_line_that_is_no_question_is_named(place: Path) -> None:
    (place / "questions.jsonl").write_text('{"question": "Why?"}\n{"question": 3}\n')
    result = run("--questions", str(place / "questions.jsonl"))
    assert result.exit_code == 2
    assert "Line 2" in result.stderr
