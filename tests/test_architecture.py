"""Imports go down only, importing is light, and the three packages are Dateline's own."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RANK = {"embeddings": 0, "qa": 1, "ui": 2}
FILES = [file for room in RANK for file in sorted((ROOT / room).rglob("*.py"))]


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_go_down_only(file: Path) -> None:
    own = RANK[file.relative_to(ROOT).parts[0]]
    upward = {name for name in imported(file) if RANK.get(name, -1) > own}
    assert not upward


@pytest.mark.parametrize(
    ("library", "home"),
    [("faiss", "embeddings/dense.py"), ("tantivy", "embeddings/lexical.py")],
)
def test_one_file_knows_each_engine(library: str, home: str) -> None:
    users = {file.relative_to(ROOT).as_posix() for file in FILES if library in imported(file)}
    assert users == {home}


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return {name.split(".")[0] for name in result.stdout.split()}


def test_importing_qa_is_light() -> None:
    loaded = loaded_by("import qa")
    assert not loaded & {"torch", "gradio", "sentence_transformers", "transformers", "faiss"}


def test_the_command_line_loads_nothing_heavy_for_help() -> None:
    loaded = loaded_by("import ui.cli")
    assert not loaded & {"torch", "gradio", "numpy", "faiss", "tantivy", "rich"}


def test_the_packages_belong_to_dateline_alone() -> None:
    owners = importlib.metadata.packages_distributions()
    for room in RANK:
        assert set(owners.get(room, ["dateline"])) == {"dateline"}
