"""Is what is installed what was pinned, byte for byte? And the hashes of what is pinned.

    make audit       or      python docs/supply.py audit     asks no other machine
    make hashes      or      python docs/supply.py hashes    asks pip's package index

`audit` compares every installed package with its pin in constraints.txt, and every file of it
with the SHA-256 that its wheel recorded. It knows nothing of vulnerabilities: those are told
by databases that are somewhere else.

`hashes` writes hashes.txt: what pip would install on this machine, with the SHA-256 of each
archive as the index serves it today. `make` then installs nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

from licences import ROOT, closure
from packaging.utils import canonicalize_name

PINS = ROOT / "constraints.txt"
HASHES = ROOT / "hashes.txt"


def pinned() -> dict[str, str]:
    """Version by canonical name."""
    lines = (line.split("#")[0].strip() for line in PINS.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("==") for line in lines if line)
    return {canonicalize_name(name): version for name, version in pairs}


def audit() -> int:
    """Print what is not as pinned or as packed; the exit status."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = closure([*project["dependencies"], *project["optional-dependencies"]["test"]])
    pins, files, found = pinned(), 0, []
    for name in sorted(names):
        package = distribution(name)
        # 2.13.0+cpu is the pinned version as another index builds it.
        version = package.version.partition("+")[0]
        if name not in pins and name != "setuptools":
            found.append(f"{name} {package.version} is not pinned")
        elif version != pins.get(name, version):
            found.append(f"{name} is {package.version}, and {pins[name]} is pinned")
        checked, changed = unlike_record(package)
        files += checked
        found += [f"{name}: {file} is not as it was packed" for file in changed]
    for line in found:
        print(line)
    print(f"{len(names)} packages, {files:,} files: {len(found) or 'no'} differences.")
    return int(bool(found))


def unlike_record(package: Distribution) -> tuple[int, list[str]]:
    """How many files have a recorded hash, and those that are gone or have another."""
    checked, changed = 0, []
    for file in package.files or ():
        if file.hash is None or file.hash.mode != "sha256":
            continue
        checked += 1
        path = Path(str(file.locate()))
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").digest()
        except OSError:
            changed.append(str(file))
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            changed.append(str(file))
    return checked, changed


def write_hashes() -> int:
    """Write hashes.txt from what pip resolves the project to; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
             "--constraint", PINS, "--report", report, ".", "setuptools>=77"],
            cwd=ROOT, check=False,
        )  # fmt: skip
        if done.returncode:
            return done.returncode
        lines = hash_lines(report.read_text(encoding="utf-8"))
    head = "# Written by: make hashes. Delete it to install by versions alone.\n"
    HASHES.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{HASHES.name}: {len(lines)} packages for this machine's system and Python.")
    return 0


def hash_lines(report: str) -> list[str]:
    """Requirements with hashes from pip's report of an installation.

    Raises:
        ValueError: pip was given something else than archives.
    """
    lines = []
    for one in json.loads(report)["install"]:
        if "dir_info" in one["download_info"]:  # the project itself
            continue
        name, version = one["metadata"]["name"], one["metadata"]["version"]
        sha256 = one["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256", "")
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError(f"The index gives no SHA-256 for {name} {version}.")
        lines.append(f"{name}=={version} --hash=sha256:{sha256}")
    return sorted(lines, key=str.casefold)


if __name__ == "__main__":
    if sys.argv[1:] not in (["audit"], ["hashes"]):
        raise SystemExit(__doc__)
    raise SystemExit(audit() if sys.argv[1] == "audit" else write_hashes())
