"""What the documentation says is true: its Python runs, its commands and links exist."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path

import click
import pytest
from fakes import FakeEncoder

from embeddings.models import DEFAULT_MODEL
from embeddings.rebuild import rebuild
from qa import retriever as retriever_module
from ui import cli

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in BLOCKS.findall(text) if kind == language]


def commands() -> list[str]:
    """Every `dateline …` line that stands in a block of the README, without its comment."""
    lines = [line for body in blocks(README, "") for line in body.splitlines()]
    return [line.split("#")[0].strip() for line in lines if line.startswith("dateline ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_exists(page: Path) -> None:
    text = BLOCKS.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), f"{target} in {page.name}"


@pytest.mark.parametrize("body", blocks(README, "python"), ids=lambda body: body.split("\n")[0])
def test_the_python_of_the_readme_runs(
    body: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fake(*_: object) -> FakeEncoder:
        return FakeEncoder(DEFAULT_MODEL)

    monkeypatch.setattr(retriever_module, "open_encoder", fake)
    monkeypatch.setattr(retriever_module, "_open", {})
    monkeypatch.chdir(tmp_path)
    rebuild(ROOT / "tests" / "newsroom" / "seeds", tmp_path / "index", fake())
    exec(compile(textwrap.dedent(body), "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()
    for retriever in retriever_module._open.values():
        retriever.close()


def test_the_readme_names_commands_at_all() -> None:
    assert {line.split()[1] for line in commands()} >= {"rebuild", "status", "search", "chat"}


@pytest.mark.parametrize("line", commands())
def test_the_commands_of_the_readme_are_understood(line: str) -> None:
    """Each is read as the program would read it, and not run."""
    _, name, *arguments = shlex.split(line.replace("…", ""))
    command = cli.main.commands[name]
    command.make_context(name, list(arguments), resilient_parsing=False)
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    assert {word for word in arguments if word.startswith("-")} <= known


def test_every_command_stands_in_the_readme() -> None:
    assert isinstance(cli.main, click.Group)
    for name in cli.main.commands:
        assert f"dateline {name}" in README


def test_every_benchmark_is_described() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for file in (ROOT / "benchmarks").glob("*.py"):
        if 'if __name__ == "__main__"' in file.read_text(encoding="utf-8"):
            assert f"python benchmarks/{file.name}" in text
