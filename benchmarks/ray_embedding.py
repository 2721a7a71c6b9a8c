"""What `dateline embed` costs with Ray and without it, and what a stopped run loses.

    python benchmarks/ray_embedding.py
    python benchmarks/ray_embedding.py --articles 4000 --runs 3
    python benchmarks/ray_embedding.py --seeds articles/

Each figure is of a whole process, from start to exit. With Ray and without take turns; then a
run without Ray is killed half way and run again. Last, a rebuild takes in the shards.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from measuring import ROOT, machine, seeds_or_synthetic

from embeddings.shards import read_shard, shard_files


def dateline(*arguments: str | Path) -> tuple[float, dict[str, Any]]:
    """Wall time and report of one command."""
    command = [sys.executable, "-m", "ui", *map(str, arguments), "--json"]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return took, json.loads(done.stdout)


def killed_half_way(seeds: Path, folder: Path, half: int) -> int:
    """Start a run, kill it once `half` of the shards are there; passages that were kept."""
    command = [sys.executable, "-m", "ui", "embed", str(seeds), "--json"]
    places = ["--index", str(folder / "none"), "--shards", str(folder / "killed")]
    with subprocess.Popen([*command, *places], cwd=ROOT, stdout=subprocess.DEVNULL) as worker:
        while worker.poll() is None and len(shard_files(folder / "killed")) < half:
            time.sleep(0.05)
        worker.kill()
    return sum(len(read_shard(file).keys) for file in shard_files(folder / "killed"))


def measure(seeds: Path, folder: Path, runs: int) -> None:
    none = folder / "none"
    ways: dict[str, list[float]] = {"without Ray": [], "with Ray": []}
    passages = 0
    shards = folder / "without Ray 0"
    for number in range(runs):
        for way, took in ways.items():
            ray = ["--ray"] if way == "with Ray" else []
            into = folder / f"{way} {number}"
            seconds, report = dateline("embed", seeds, "--index", none, "--shards", into, *ray)
            passages = report["embedded"]
            took.append(seconds)
    print(f"{passages:,} passages in {len(shard_files(shards))} shards\n")
    for way, took in ways.items():
        rates = ", ".join(f"{passages / seconds:,.0f}" for seconds in took)
        print(f"{way}: {median(took):.1f} s, {passages / median(took):,.0f} passages/s ({rates})")
    bare, ray_took = median(ways["without Ray"]), median(ways["with Ray"])
    print(f"Ray adds {ray_took - bare:.1f} s, {100 * (ray_took / bare - 1):.0f} % here")
    for way in ways:
        again = ["--ray"] if way == "with Ray" else []
        seconds, report = dateline("embed", seeds, "--index", none, "--shards", shards, *again)
        print(f"again {way}, nothing to do: {seconds:.1f} s, {report['shards_written']} written")
    kept = killed_half_way(seeds, folder, max(1, len(shard_files(shards)) // 2))
    seconds, report = dateline("embed", seeds, "--index", none, "--shards", folder / "killed")
    print(
        f"killed with {kept:,} passages in finished shards; run again: {seconds:.1f} s, "
        f"{report['in_shards']:,} known, {report['embedded']:,} embedded"
    )
    seconds, report = dateline(
        "rebuild", seeds, "--index", folder / "index", "--embeddings", folder / "with Ray 0"
    )
    print(f"rebuild from shards: {seconds:.1f} s, {report['embedded']:,} embedded")
    seconds, report = dateline("rebuild", seeds, "--index", folder / "direct")
    print(f"rebuild without: {seconds:.1f} s, {report['embedded']:,} embedded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=Path, help="a folder or file; invented articles if none")
    parser.add_argument("--articles", type=int, default=3000, help="how many to invent")
    parser.add_argument("--runs", type=int, default=1, help="runs of each way")
    options = parser.parse_args()
    print(machine(), end="\n\n")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with (
        seeds_or_synthetic(options.seeds, options.articles) as seeds,
        tempfile.TemporaryDirectory() as folder,
    ):
        measure(seeds.absolute(), Path(folder), options.runs)


if __name__ == "__main__":
    main()
