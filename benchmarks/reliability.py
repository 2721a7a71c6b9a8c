"""Faults injected and bad input tried, each with what was lost: docs/RELIABILITY.md.

    python benchmarks/reliability.py                 everything, as the page's figures were made
    python benchmarks/reliability.py --quick         as few of each as `make test` tries
    python benchmarks/reliability.py --only kill     rows whose name holds a word; writes nothing

Every row is a command over the tests: each test does harm, and then asserts that no article
is lost and that what a person is told is a sentence. Counted is what ran: each test as one,
or as many as it says it tried. The page is written only if every test held.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from measuring import ROOT, machine

PAGE = ROOT / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- figures: python benchmarks/reliability.py -->", "<!-- end of figures -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of harm, and the tests that do it."""

    name: str
    tests: str
    settings: str = ""
    """Variables that ask for more than `make test` does."""

    def command(self, *, quick: bool) -> str:
        """As a person types it."""
        return f"{'' if quick else self.settings} pytest {self.tests}".strip()


FAULTS = (
    Row("SIGKILL at a random instant: anywhere, while deriving, while cleaning up",
        "tests/test_kill.py", "DATELINE_KILLS=200"),
    Row("a disk that is full, or files that may not grow",
        "tests/test_faults.py -k 'full_disk or may_not_grow or what_fails'"),
    Row("a folder that may only be read; files and folders that may not be read",
        "tests/test_read_only.py"),
    Row("a file that vanishes, changes, is half copied or locked",
        "tests/test_faults.py -k 'vanishes or written_while or locked'"),
    Row("links in a circle; a clock that goes backwards",
        "tests/test_faults.py -k 'circle or clock'"),
    Row("rebuilds at once; a reader across ten generations",
        "tests/test_faults.py tests/test_index.py -k 'at_once or ten_generations or threads'"),
    Row("a database cut short, overwritten or with bits flipped, then read and mended",
        "tests/test_faults.py -k damaged_database"),
    Row("any bytes of any index file wrong (SQLite, FAISS, tantivy), then read and mended",
        "tests/test_index_fuzz.py -k any_bytes", "DATELINE_FUZZ=1000"),
    Row("every kind of damage that `dateline doctor` knows; older formats; other models",
        "tests/test_doctor.py"),
)  # fmt: skip
INPUTS = (
    Row("mutants of real files of every format",
        "tests/test_reader_fuzz.py", "DATELINE_FUZZ=200"),
    Row("bombs, endless lines, deep and entity-laden markup, names that lead out of archives, "
        "damaged and mislabelled files", "tests/test_hostile_files.py",
        "DATELINE_LINE_MEGABYTES=1024"),
    Row("any text through the sentence and the passage splitter",
        "tests/test_sentences.py tests/test_passages.py"),
    Row("any question, dates and filters", "tests/test_index_fuzz.py -k any_question",
        "DATELINE_FUZZ=2000"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row's tests saw."""

    row: Row
    tried: int
    failed: int
    skipped: int
    tracebacks: int
    seconds: float


def run(row: Row, *, quick: bool) -> Outcome:
    """Run a row's tests in a process of their own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if not quick:
        environment |= dict(pair.split("=") for pair in row.settings.split())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        began = time.perf_counter()
        done = subprocess.run(
            f"{sys.executable} -m pytest {row.tests} -q -p no:cacheprovider --junitxml={report} "
            "--hypothesis-show-statistics -o timeout=3600 -o junit_family=xunit1",
            shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        took = time.perf_counter() - began
        if done.returncode not in (0, 1):
            raise SystemExit(f"{row.name}: pytest ended with {done.returncode}\n{done.stdout}")
        cases = list(ElementTree.parse(report).iter("testcase"))
    failed = sum(case.find("failure") is not None or case.find("error") is not None
                 for case in cases)  # fmt: skip
    skipped = sum(case.find("skipped") is not None for case in cases)
    tried = sum(_tried(case, done.stdout) for case in cases if case.find("skipped") is None)
    if failed:
        print(done.stdout, file=sys.stderr)
    tracebacks = done.stdout.count("Traceback (most recent call last)")
    return Outcome(row, tried, failed, skipped, tracebacks, took)


def _tried(case: ElementTree.Element, output: str) -> int:
    """How much one test tried: what it says, what hypothesis counted, or one."""
    for one in case.iter("property"):
        if one.get("name") == "tried":
            return int(one.get("value", "0"))
    told = re.search(rf"::{re.escape(case.get('name', ''))}:\n(.*?)(?=\n\S|\Z)", output, re.DOTALL)
    counted = re.findall(r"(\d+) passing, (\d+) failing", told[1]) if told else []
    return sum(int(passing) + int(failing) for passing, failing in counted) or 1


def table(outcomes: list[Outcome], *, quick: bool) -> str:
    """The rows of one kind, and their sum."""
    lines = [
        "| What is done | Times | Articles lost | Tracebacks | Command |",
        "|---|--:|--:|--:|---|",
    ]
    for one in outcomes:
        skipped = f" ({one.skipped} not on this machine)" if one.skipped else ""
        lines.append(
            f"| {one.row.name} | {one.tried:,}{skipped} | {_lost(one.failed)} | {one.tracebacks} | "
            f"`{one.row.command(quick=quick)}` |"
        )
    total = sum(one.tried for one in outcomes)
    lost = _lost(sum(one.failed for one in outcomes))
    tracebacks = sum(one.tracebacks for one in outcomes)
    lines.append(f"| **together** | **{total:,}** | **{lost}** | **{tracebacks}** | |")
    return "\n".join(lines)


def _lost(failed: int) -> str:
    """None, where the tests held that say so; else nobody knows before having looked."""
    return f"{failed} tests failed" if failed else "0"


def main() -> int:
    """Run the rows and write the page; 1 where a test failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="as few of each as `make test` tries")
    parser.add_argument("--only", default="", help="rows whose name holds this word")
    chosen = parser.parse_args()
    tables, held = [], True
    for heading, rows in (("Faults", FAULTS), ("Bad input", INPUTS)):
        outcomes = []
        for row in rows:
            if chosen.only.casefold() not in row.name.casefold():
                continue
            outcome = run(row, quick=chosen.quick)
            print(f"{outcome.seconds:6.0f} s  {outcome.tried:7,} tried  {outcome.failed} failed  "
                  f"{row.name}", flush=True)  # fmt: skip
            outcomes.append(outcome)
        held &= not any(one.failed or one.tracebacks for one in outcomes)
        tables.append(f"### {heading}\n\n{table(outcomes, quick=chosen.quick)}")
    where = machine().replace("\n", "; ")
    figures = "\n\n".join([f"Run on {date.today()}: {where}.", *tables])
    print(f"\n{figures}")
    if held and not chosen.only and not chosen.quick:
        text = PAGE.read_text(encoding="utf-8")
        head, tail = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n\n{figures}\n\n{END}{tail}", encoding="utf-8")
    return int(not held)


if __name__ == "__main__":
    raise SystemExit(main())
