"""The wheel holds the whole of Dateline: built, installed elsewhere, and run from there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("qa", "embeddings", "ui")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "seeds"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = out.glob("dateline-*.whl")
    return built


def test_it_holds_every_module_and_asset_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == wanted


def test_no_other_distribution_brings_packages_of_these_names() -> None:
    for package in PACKAGES:
        assert set(packages_distributions().get(package, ["dateline"])) == {"dateline"}


@pytest.mark.model
@pytest.mark.timeout(180)
def test_it_runs_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    elsewhere, newsroom = tmp_path / "elsewhere", tmp_path / "newsroom"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"),
            *("--target", elsewhere, wheel),
        ],
        check=True,
        timeout=60,
    )
    shutil.copytree(ROOT / "seeds", newsroom / "seeds")

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=newsroom,
            env={**os.environ, "PYTHONPATH": str(elsewhere)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    for package in PACKAGES:
        assert str(elsewhere) in run("-c", f"import {package}; print({package}.__file__)")
    command = str(elsewhere / "bin" / "dateline")
    assert "rebuild" in run(command, "--help")
    run(command, "rebuild")
    (hit, *_) = json.loads(run(command, "search", "--json", "Security Council"))
    assert hit["article"]["id"] == "000_a5594429bb00a2e7.txt"
