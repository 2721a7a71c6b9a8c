"""Every package is there under a licence that asks no more than to be named, and is listed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "docs"))

from licences import PAGE, closure, fits  # noqa: E402


def test_every_licence_is_known_and_fits() -> None:
    result = subprocess.run(
        [sys.executable, "docs/licences.py", "--names"], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in result.stdout.split() if f"| {name} |" not in page]
    assert not missing, "write docs/LICENCES.md anew with: make licences"


def test_what_a_package_needs_in_turn_is_found() -> None:
    assert {"trafilatura", "courlan", "tld"} <= closure(["trafilatura"])


@pytest.mark.parametrize(
    ("expression", "fit"),
    [
        ("MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("AGPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("", False),
    ],
)
def test_which_licences_fit(expression: str, fit: bool) -> None:
    assert fits(expression) is fit
