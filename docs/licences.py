"""Write docs/LICENCES.md: the licence of every package that Dateline installs.

    make licences        or        python docs/licences.py [--names]

The packages are those that pyproject.toml names, and what they need in turn, as they are
installed here; licences are read from each package's own metadata. Ends with status 1 where
one is unknown or asks more than to be named. With `--names` the packages are printed and
nothing is written.
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "LICENCES.md"

PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSD", "BSL-1.0", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-CMU", "PSF-2.0", "Unlicense",
    "Zlib",
}  # fmt: skip
"""Licences that ask for no more than to be named."""

FILE_LEVEL = {"MPL-1.1", "MPL-2.0"}
"""Changes to these packages' own files must be published; Dateline changes none."""

NAMES = {
    "Apache Software License": "Apache-2.0",
    "OSI Approved :: Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The BSD 2-Clause License": "BSD-2-Clause",
}
"""What metadata from before SPDX expressions say, as such expressions."""


def main() -> int:
    """Write the page, or name the packages; the exit status."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = closure(project["dependencies"])
    tested = closure(extras["test"]) - used
    rows = {name: licence_of(distribution(name)) for name in used | tested}
    page = written(used, tested, rows)
    unfit = [f"{name}: {rows[name] or 'unknown'}" for name in sorted(used) if not fits(rows[name])]
    for line in unfit:
        print(f"Not a licence that asks only to be named: {line}", file=sys.stderr)
    if "--names" in sys.argv[1:]:
        print("\n".join(distribution(name).metadata["Name"] for name in sorted(rows)))
        return int(bool(unfit))
    PAGE.write_text(page, encoding="utf-8")
    return int(bool(unfit))


def closure(requirements: list[str]) -> set[str]:
    """The names of the packages that requirements bring into this environment."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [pair for line in requirements for pair in needed(line, "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # only on other systems
        found.add(name)
        for line in package.requires or []:
            waiting += needed(line, extra)
    return found


def needed(line: str, extra: str) -> list[tuple[str, str]]:
    """The package a requirement names, with each of its extras; none on other systems."""
    need = Requirement(line)
    if need.marker is not None and not need.marker.evaluate({"extra": extra}):
        return []
    return [(canonicalize_name(need.name), one) for one in ("", *need.extras)]


def licence_of(package: Distribution) -> str:
    """The licence as an SPDX expression, ``""`` where the metadata name none."""
    metadata = package.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License :: ") and "DFSG" not in one
    ]
    stated = " ".join(metadata.get_all("License") or []).strip()
    if "\n" in stated or len(stated) > 80:  # the licence's whole text
        stated = ""
    return " AND ".join(NAMES.get(one, one) for one in [stated] if one) or " AND ".join(
        NAMES.get(one, one) for one in classifiers
    )


def fits(expression: str) -> bool:
    """Whether a package may be used under a licence that asks no more than to be named."""
    known = PERMISSIVE | FILE_LEVEL
    return bool(expression) and all(
        any(choice.strip() in known for choice in part.split(" OR "))
        for part in re.sub(r"[()]", "", expression).split(" AND ")
    )


def written(used: set[str], tested: set[str], rows: dict[str, str]) -> str:
    """The page."""
    lines = [
        "# Licences",
        "",
        "Of every package that Dateline installs, as its own metadata state it. Written by "
        "`make licences`, on Linux; other systems may leave some out.",
        "",
        "All may be used under licences that ask no more than to be named, or under the MPL, "
        "which asks that changes to the package's own files be published: Dateline changes "
        "none and ships none of them.",
    ]
    for title, names in (("Used by Dateline", used), ("Used by its tests alone", tested)):
        lines += ["", f"## {title}", "", "| Package | Version | Licence |", "|---|---|---|"]
        for name in sorted(names):
            package = distribution(name)
            label, version = package.metadata["Name"], package.version.partition("+")[0]
            lines.append(f"| {label} | {version} | {rows[name]} |")
    lines += [
        "",
        "What is known of hashes and of vulnerabilities: [RELIABILITY.md]"
        "(RELIABILITY.md#what-is-installed).",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
