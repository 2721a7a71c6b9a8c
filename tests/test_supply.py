"""What is installed is what was pinned and packed, and a changed byte is told."""

from __future__ import annotations

import json
import shutil
import sys
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "docs"))

import supply  # noqa: E402


def test_every_package_is_as_pinned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unread(_: object) -> tuple[int, list[str]]:
        return 0, []

    monkeypatch.setattr(supply, "unlike_record", unread)
    assert supply.audit() == 0, capsys.readouterr().out
    pins = supply.pinned()
    monkeypatch.setattr(supply, "pinned", lambda: {**pins, "click": "0.1"})
    assert supply.audit() == 1
    assert f"click is {pins['click']}, and 0.1 is pinned" in capsys.readouterr().out


def test_a_file_that_was_changed_or_removed_is_told(tmp_path: Path) -> None:
    click = distribution("click")
    for file in click.files or ():
        if ".." not in file.parts:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), tmp_path / file)
    copy = PathDistribution(next(tmp_path.glob("*.dist-info")))
    checked, changed = supply.unlike_record(copy)
    assert (checked > 10, changed) == (True, [])
    with (tmp_path / "click" / "core.py").open("a") as stream:
        stream.write("\n")
    (tmp_path / "click" / "utils.py").unlink()
    assert supply.unlike_record(copy)[1] == ["click/core.py", "click/utils.py"]


def test_hashes_are_read_from_what_pip_reports() -> None:
    def one(name: str, **info: object) -> dict[str, object]:
        return {"metadata": {"name": name, "version": "1.0"}, "download_info": info}

    archive = {"hashes": {"sha256": "ab" * 32}}
    installed = [one("zeta", archive_info=archive), one("Alpha", archive_info=archive)]
    report = json.dumps({"install": [*installed, one("dateline", dir_info={})]})
    assert supply.hash_lines(report) == [
        f"Alpha==1.0 --hash=sha256:{'ab' * 32}",
        f"zeta==1.0 --hash=sha256:{'ab' * 32}",
    ]
    with pytest.raises(ValueError, match="no SHA-256 for beta"):
        supply.hash_lines(json.dumps({"install": [one("beta", archive_info={})]}))
