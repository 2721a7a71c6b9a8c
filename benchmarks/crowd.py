"""How a page bears a crowd: people asking at once, through what their browsers send.

    python benchmarks/crowd.py --index INDEX
    python benchmarks/crowd.py --people 20 --seconds 60 --pause 3

Starts `dateline chat` on an index (one built from invented articles where none is given), times
it to a page that answers, then lets people ask, read for a while, and ask again, each in a
session of their own. All begin at the same moment. Printed are the errors, and the time from
asking to the first words of the answer.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from latency import opened, questions_of
from measuring import ROOT, machine, percentile_95

_WORDS = ("dl-prose", "dl-passage", "dl-lead", "dl-summary")


class Reader:
    """One person's browser, as far as the server sees it."""

    def __init__(self, url: str, ask: int) -> None:
        self.url = url
        self.ask_function = ask
        self.session = f"{random.getrandbits(60):x}"
        self.client = httpx.Client(timeout=60)

    def ask(self, question: str) -> float:
        """Ask, and give the seconds to the first words of the answer.

        Raises:
            RuntimeError: the server did not answer.
        """
        started = time.perf_counter()
        body = {
            "data": [question, None, None, None],
            "fn_index": self.ask_function,
            "session_hash": self.session,
        }
        self.client.post(f"{self.url}/gradio_api/queue/join", json=body).raise_for_status()
        first = None
        address = f"{self.url}/gradio_api/queue/data?session_hash={self.session}"
        with self.client.stream("GET", address) as events:
            for line in events.iter_lines():
                # The first event holds the whole conversation, with the new bubble waiting.
                come = "dl-waiting" not in line and any(word in line for word in _WORDS)
                if first is None and come:
                    first = time.perf_counter() - started
                if not line.startswith("data:"):
                    continue
                event = json.loads(line[5:])
                if event["msg"] == "process_completed":
                    if not event["success"] or first is None:
                        raise RuntimeError(str(event)[:300])
                    return first
        raise RuntimeError("the server hung up")


def asking_function(url: str) -> int:
    """The number of the function that the page's question box calls."""
    config: dict[str, Any] = httpx.get(f"{url}/config", timeout=60).json()
    box = next(
        component["id"]
        for component in config["components"]
        if component["props"].get("elem_id") == "dl-question"
    )
    for function in config["dependencies"]:
        if [box, "submit"] in [list(target) for target in function["targets"]]:
            return int(function["id"])
    raise RuntimeError("the page has no question box")


def served(index: Path) -> tuple[subprocess.Popen[str], str, float]:
    """`dateline chat`, its address, and the seconds until its page answers."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "chat", "--index", str(index)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        found = re.search(r"http://[\d.:]+", line)
        if found:
            httpx.get(found[0], timeout=60).raise_for_status()
            return process, found[0], time.perf_counter() - started
    raise RuntimeError("dateline chat gave no address")


def crowd(
    url: str, questions: list[str], people: int, seconds: float, pause: float
) -> tuple[list[float], list[str]]:
    """Times to the first words, and errors, of everyone together."""
    results: queue.Queue[float | str] = queue.Queue()
    function = asking_function(url)
    together = threading.Barrier(people)
    end = time.monotonic() + seconds

    def person(number: int) -> None:
        reader = Reader(url, function)
        chance = random.Random(number)
        together.wait()
        while time.monotonic() < end:
            try:
                results.put(reader.ask(chance.choice(questions)))
            except (RuntimeError, httpx.HTTPError) as error:
                results.put(f"{type(error).__name__}: {error}")
            time.sleep(chance.uniform(0.5, 1.5) * pause)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = list(results.queue)
    return [x for x in told if isinstance(x, float)], [x for x in told if isinstance(x, str)]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=3, help="seconds read between questions")
    arguments = parser.parse_args()
    print(machine())
    with opened(arguments.index, None, 500) as retriever:
        questions = questions_of(arguments.questions, retriever, 200)
        process, url, ready = served(retriever.index.folder)
        try:
            print(f"a page that answers after {ready:.1f} s")
            first, errors = crowd(
                url, questions, arguments.people, arguments.seconds, arguments.pause
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    print(
        f"{arguments.people} people, {len(first) + len(errors)} questions in "
        f"{arguments.seconds:.0f} s, {len(errors)} errors"
    )
    for error in sorted(set(errors))[:5]:
        print(f"  {error}")
    if first:
        print(
            f"first words: median {median(first):.2f} s, 95th of 100 {percentile_95(first):.2f} s"
        )


if __name__ == "__main__":
    main()
