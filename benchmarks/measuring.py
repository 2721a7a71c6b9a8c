"""What the benchmarks share: the machine they ran on, articles to run on, and figures."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from embeddings import articles as readers  # noqa: E402
from embeddings.errors import ArticleError  # noqa: E402
from embeddings.records import Article  # noqa: E402
from embeddings.seeds import scan  # noqa: E402

_LIBRARIES = ("torch", "openvino", "sentence-transformers", "faiss-cpu", "tantivy", "numpy")


def machine() -> str:
    """The machine and the versions, on two lines; figures of two machines do not compare."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    versions = [f"Python {platform.python_version()}"]
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    return f"{_processor()}, {cores} cores{load}, {platform.system()}\n{', '.join(versions)}"


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def read_all(seeds: Path, limit: int | None = None) -> list[Article]:
    """The articles of a folder or file, at most `limit`; what cannot be read is left out."""
    found: list[Article] = []
    for file in scan(seeds, exclude=seeds / "index").files:
        if not readers.supported(file.relative):
            continue
        with contextlib.suppress(ArticleError):
            for item in readers.read_articles(file.path, file.relative, file.path.read_bytes()):
                if isinstance(item, Article):
                    found.append(item)
                if limit and len(found) >= limit:
                    return found
    return found


@contextlib.contextmanager
def seeds_or_synthetic(seeds: Path | None, articles: int) -> Iterator[Path]:
    """The folder or file given, or else a folder of so many invented articles."""
    if seeds is not None:
        if not seeds.exists():
            raise SystemExit(f"There is no {seeds}.")
        yield seeds
        return
    with tempfile.TemporaryDirectory() as folder:
        write_synthetic(Path(folder), articles)
        yield Path(folder)


def write_synthetic(folder: Path, articles: int, seed: int = 0) -> None:
    """Write invented articles in the seed format: some 250 words each, always the same."""
    chance = random.Random(seed)
    letters = "bcdfghklmnprstvz"
    words = sorted(
        {
            "".join(
                chance.choice(letters) + chance.choice("aeiou") for _ in range(chance.randint(1, 4))
            )
            for _ in range(8000)
        }
    )
    # Few words are common and many are rare, as in any language (Zipf).
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    chance.shuffle(words)
    for number in range(articles):
        day = date(2020, 1, 1) + timedelta(days=number % 1500)
        place = chance.choices(words, weights)[0].title()
        paragraphs = []
        for _ in range(5):
            sentences = [
                " ".join(chance.choices(words, weights, k=chance.randint(8, 24))).capitalize()
                for _ in range(3)
            ]
            paragraphs.append(". ".join(sentences) + ".")
        body = "\n\n".join(paragraphs)
        file = folder / f"{number // 1000:03}" / f"{number:06}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"date {day} Our Correspondent\n\n{place}\n\n{body}\n", encoding="utf-8")


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def spread(values: Sequence[float], unit: str = "ms", scale: float = 1000) -> str:
    """Median and range of some measurements, for people: ``12.1 ms (9.8 to 15.0)``."""
    low, mid, high = (scale * f(values) for f in (min, median, max))
    return f"{mid:,.1f} {unit} ({low:,.1f} to {high:,.1f})"


def percentile_95(values: Sequence[float]) -> float:
    """The value that 95 of 100 measurements stay below."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
