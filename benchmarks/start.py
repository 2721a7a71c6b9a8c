"""How long a person waits from a command to its first answer.

    python benchmarks/start.py
    python benchmarks/start.py --seeds articles/ --runs 5

`dateline search` to its exit, and `dateline chat` to a page that is served and has answered one
question, each in a process of its own: as it is, and with OpenVINO hidden from it, so that
sentence-transformers and PyTorch are loaded instead. The two take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from measuring import ROOT, machine, seeds_or_synthetic, spread

from embeddings.encoder import open_encoder
from embeddings.rebuild import rebuild

QUESTION = "What did China call for at the Security Council?"
HIDDEN = "import sys; sys.modules['openvino'] = None; from ui.cli import main; main()"
WAYS = {"sentence-transformers": ["-c", HIDDEN], "Dateline": ["-m", "ui"]}


def search(way: list[str], index: Path) -> None:
    """One `dateline search`, to its exit."""
    subprocess.run(
        [sys.executable, *way, "search", QUESTION, "--index", str(index)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )


def chat(way: list[str], index: Path) -> None:
    """One `dateline chat`, until it has answered a question."""
    with subprocess.Popen(
        [sys.executable, *way, "chat", "--index", str(index)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        try:
            assert server.stdout is not None
            line = next(line for line in server.stdout if "Dateline is at" in line)
            address = f"{line.split()[-1]}/gradio_api/call/search"
            body = json.dumps({"data": [QUESTION, 3, "", ""]}).encode()
            asked = urllib.request.Request(
                address, body, headers={"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(asked, timeout=120) as reply:
                event = json.load(reply)["event_id"]
            with urllib.request.urlopen(f"{address}/{event}", timeout=120) as reply:
                if b"event: complete" not in reply.read():
                    raise SystemExit("the page did not answer")
        finally:
            server.terminate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=Path, help="articles; invented ones if not given")
    parser.add_argument("--runs", type=int, default=3, help="of each (default 3)")
    chosen = parser.parse_args()
    print(machine())
    with seeds_or_synthetic(chosen.seeds, 40) as seeds, tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        rebuild(seeds, index, open_encoder())
        for name, run in (("search", search), ("chat", chat)):
            wall: dict[str, list[float]] = {way: [] for way in WAYS}
            busy: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(chosen.runs):
                for way, command in WAYS.items():
                    before, began = _busy(), time.perf_counter()
                    run(command, index)
                    wall[way].append(time.perf_counter() - began)
                    busy[way].append(_busy() - before)
            for way in WAYS:
                cpu = median(busy[way])
                print(f"dateline {name:<7} {way:<22} {spread(wall[way], 's', 1)}, {cpu:.1f} s busy")
            slow, fast = (median(wall[way]) for way in WAYS)
            print(f"dateline {name:<7} {slow / fast:.1f} times as fast")
    return 0


def _busy() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
