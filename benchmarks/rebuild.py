"""How long `dateline rebuild` takes: everything, nothing changed, one article added.

    python benchmarks/rebuild.py
    python benchmarks/rebuild.py --seeds articles/ --runs 7 --index /tmp/measured
    python benchmarks/rebuild.py --seeds corpus.jsonl --stand-in

Each figure but that of ``--stand-in`` is of a whole process, from start to exit, as a person
waits for it. With ``--stand-in`` the first rebuild takes random vectors for the model's: what
is left is the cost of everything but the model, and an index of full size in little time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measuring import ROOT, machine, seconds, seeds_or_synthetic, spread

from embeddings.encoder import Embedded, unit_rows
from embeddings.models import LocalModel
from embeddings.rebuild import rebuild

ADDED = (
    "date 2024-02-29 Our Correspondent\n\nArdmore\n\n"
    "The lighthouse of Ardmore was sold on Thursday for one crown. The buyer, a retired pilot, "
    "said that she would keep the lamp lit.\n"
)


class StandIn(LocalModel):
    """The packaged model's tokenizer and fingerprint with random vectors."""

    precision = "random"

    def encode_query(self, text: str) -> Embedded:
        return self.encode_passages([text])[0]

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        chance = np.random.default_rng(len(texts))
        found = []
        for text in texts:
            rows = unit_rows(chance.standard_normal((1 + len(text) // 5, 384), dtype=np.float32))
            found.append(Embedded(rows[0], rows[1:], np.zeros(len(rows) - 1, dtype=np.int32)))
        return found


def run(seeds: Path, index: Path) -> tuple[float, dict[str, Any]]:
    """Wall time and report of one `dateline rebuild` in a process of its own."""
    command = [sys.executable, "-m", "ui", "rebuild", str(seeds), "--index", str(index), "--json"]
    done: list[subprocess.CompletedProcess[str]] = []
    took = seconds(
        lambda: done.append(
            subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        )
    )
    if done[0].returncode not in (0, 1):
        raise SystemExit(f"dateline rebuild failed:\n{done[0].stderr}")
    report: dict[str, Any] = json.loads(done[0].stdout)
    return took, report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=Path, help="articles; invented ones if not given")
    parser.add_argument("--articles", type=int, default=200, help="how many to invent")
    parser.add_argument("--runs", type=int, default=5, help="of the unchanged rebuild (default 5)")
    parser.add_argument("--index", type=Path, help="keep the index here, and take up one that is")
    parser.add_argument("--stand-in", action="store_true", help="random vectors at first")
    chosen = parser.parse_args()
    print(machine())
    with (
        seeds_or_synthetic(chosen.seeds, chosen.articles) as given,
        tempfile.TemporaryDirectory() as scratch,
    ):
        # A folder around what was given, to which an article can be added.
        seeds = Path(scratch) / "seeds"
        seeds.mkdir()
        (seeds / given.name).symlink_to(given.absolute(), target_is_directory=given.is_dir())
        index = chosen.index or Path(scratch) / "index"
        whole = None
        if not (index / "catalog.sqlite").exists():
            if chosen.stand_in:
                whole = seconds(lambda: rebuild(seeds, index, StandIn()))
            else:
                whole, _ = run(seeds, index)
        run(seeds, index)  # files written just now are read once more before they are trusted
        unchanged = []
        for _ in range(chosen.runs):
            took, report = run(seeds, index)
            unchanged.append(took)
            if report["embedded"] or report["entries"]:
                print("not a rebuild of unchanged files; something is read or fails each time")
        print(f"{report['articles']:,} articles, {report['passages']:,} passages")
        (seeds / "added.txt").write_text(ADDED, encoding="utf-8")
        added, with_one = run(seeds, index)
        new = with_one["passages"] - report["passages"]
        (seeds / "added.txt").unlink()
        removed, _ = run(seeds, index)
    if whole is not None:
        kind = "everything, without the model" if chosen.stand_in else "everything"
        print(f"{kind:<30} {whole:,.1f} s")
    print(f"{'nothing changed':<30} {spread(unchanged, 's', 1)}")
    print(f"{'one article added':<30} {added:,.1f} s ({with_one['embedded']} of {new} embedded)")
    print(f"{'it removed again':<30} {removed:,.1f} s")
    if whole is not None:
        print(f"{'unchanged / everything':<30} {median(unchanged) / whole:.4f}")
        print(f"{'one added / everything':<30} {added / whole:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
