"""Compare date libraries and `qa.dates` on the tests' table of questions, and print a table.

    python benchmarks/time_words.py
    python benchmarks/time_words.py --wrong

The table is that of tests/test_dates.py: questions that name a window, and questions that only
look as if they did. A library that gives a moment is taken to mean its day. "Exact" is the whole
window, "one end" its first day (or the last of an open one), "read" counts questions without a
window in which one was found. Libraries that are not installed are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import runpy
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
NOW = datetime(2025, 3, 12, 12)

Found = list[tuple[date | None, date | None]]
Read = Callable[[str], Found]


def _day(value: Any) -> date:  # noqa: ANN401
    return value.date() if isinstance(value, datetime) else value


def _dateline() -> Read:
    from qa.dates import read_timing

    def read(question: str) -> Found:
        window = read_timing(question, NOW.date()).window
        return [(window.since, window.until)] if window else []

    return read


def _dateparser() -> Read:
    from dateparser.search import search_dates

    settings = {"RELATIVE_BASE": NOW, "PREFER_DATES_FROM": "past"}

    def read(question: str) -> Found:
        found = search_dates(question, languages=["en"], settings=settings) or []
        return [(_day(moment), _day(moment)) for _, moment in found]

    return read


def _datefinder() -> Read:
    import datefinder

    def read(question: str) -> Found:
        return [(_day(d), _day(d)) for d in datefinder.find_dates(question, base_date=NOW)]

    return read


def _parsedatetime() -> Read:
    import parsedatetime

    def read(question: str) -> Found:
        found = parsedatetime.Calendar().nlp(question, sourceTime=NOW.timetuple()) or []
        return [(_day(one[0]), _day(one[0])) for one in found]

    return read


def _recurrent() -> Read:
    from recurrent.event_parser import RecurringEvent

    def read(question: str) -> Found:
        found = RecurringEvent(now_date=NOW).parse(question)
        if isinstance(found, datetime):
            return [(_day(found), _day(found))]
        return [(None, None)] if found else []

    return read


def _timefhuman() -> Read:
    from timefhuman import tfhConfig, timefhuman

    def read(question: str) -> Found:
        found = timefhuman(question, tfhConfig(now=NOW))
        pairs: Found = []
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, tuple):
                pairs.append((_day(one[0]), _day(one[-1])))
            elif isinstance(one, date):
                pairs.append((_day(one), _day(one)))
        return pairs

    return read


def _ctparse() -> Read:
    from ctparse import ctparse

    def read(question: str) -> Found:
        found = ctparse(question, ts=NOW, timeout=1.0)
        resolution = found.resolution if found else None
        if resolution is None or not getattr(resolution, "start", None):
            return []
        return [(_day(resolution.start.dt), _day(resolution.end.dt))]

    return read


LIBRARIES = {
    "Dateline": _dateline,
    "dateparser": _dateparser,
    "datefinder": _datefinder,
    "parsedatetime": _parsedatetime,
    "recurrent": _recurrent,
    "timefhuman": _timefhuman,
    "ctparse": _ctparse,
}


def installed() -> Iterator[tuple[str, Read]]:
    for name, build in LIBRARIES.items():
        with contextlib.suppress(ImportError):
            yield name, build()


def safely(read: Read, question: str) -> Found:
    try:
        return read(question)
    except Exception:  # a library that fails on a question has not read it
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wrong", action="store_true", help="print what each library got wrong")
    wrong = parser.parse_args().wrong
    warnings.filterwarnings("ignore")
    table = runpy.run_path(str(ROOT / "tests" / "test_dates.py"))
    windows, none = table["WINDOWS"], table["NO_WINDOW"]
    print(f"{len(windows)} questions with a window, {len(none)} without")
    print(f"{'':14} {'exact':>6} {'one end':>8} {'wrong':>6} {'silent':>7} {'read':>5} {'ms':>6}")
    for name, read in installed():
        counts = dict.fromkeys(("exact", "one end", "wrong", "silent"), 0)
        began = time.perf_counter()
        for question, since, until, _ in windows:
            found = safely(read, question)
            written = [tuple(day and day.isoformat() for day in pair) for pair in found]
            if (since, until) in written:
                verdict = "exact"
            elif any((since or until) in pair for pair in written):
                verdict = "one end"
            else:
                verdict = "wrong" if found else "silent"
            counts[verdict] += 1
            if wrong and verdict != "exact":
                print(f"  {verdict}: {question} {written}")
        spent = (time.perf_counter() - began) / len(windows) * 1000
        misread = [question for question in none if safely(read, question)]
        if wrong:
            print(*(f"  read: {question}" for question in misread), sep="\n")
        print(
            f"{name:14} {counts['exact']:6} {counts['one end']:8} {counts['wrong']:6} "
            f"{counts['silent']:7} {len(misread):5} {spent:6.1f}"
        )


if __name__ == "__main__":
    main()
