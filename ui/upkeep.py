"""Keeping the collection up to date from the page: rebuilds in the background, new files."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from embeddings import articles
from embeddings.errors import DatelineError, SeedsProblem
from embeddings.rebuild import Progress
from embeddings.records import RebuildReport

log = logging.getLogger(__name__)

FILE_BYTES = 25_000_000
"""The largest file the page takes."""
_NAME_CHARACTERS = 120
_LOOK_SECONDS = 0.25
_FAILED = ("The rebuild failed.", "The log of the program that serves this page says why.")
_STOPPED = ("The rebuild was stopped; the collection is as it was.", "What was read is kept.")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)$")


@dataclass(frozen=True, slots=True)
class Work:
    """A rebuild as it stands: under way, ended with a report, or in trouble."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    report: RebuildReport | None = None
    trouble: tuple[str, str] | None = None


class _StopRebuild(Exception):
    """Leaves a rebuild from within; nothing of it is committed."""


class Upkeep:
    """One rebuild at a time, in a thread of its own, watched by any number of readers."""

    def __init__(self, rebuild: Callable[[Progress], RebuildReport]) -> None:
        self._rebuild = rebuild
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.work = Work()

    def start(self) -> None:
        """Begin a rebuild, unless one is running."""
        with self._lock:
            if self.work.running:
                return
            self._stopping.clear()
            self.work = Work(running=True)
            self._thread = threading.Thread(target=self._run, name="rebuild", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Leave the rebuild at its next step; the collection stays as it was."""
        self._stopping.set()

    def close(self) -> None:
        """Stop and wait a moment for the rebuild to leave."""
        self.stop()
        if self._thread is not None:
            self._thread.join(10)

    def follow(self) -> Iterator[Work]:
        """The rebuild's states as they change, until it has ended."""
        shown: Work | None = None
        while True:
            work = self.work
            if work != shown:
                yield work
                shown = work
            if not work.running:
                return
            time.sleep(_LOOK_SECONDS)

    def _run(self) -> None:
        _give_way()
        try:
            self.work = Work(report=self._rebuild(self._told))
        except _StopRebuild:
            self.work = Work(trouble=_STOPPED)
        except DatelineError as error:
            self.work = Work(trouble=(error.message, error.hint))
        except Exception:
            log.exception("the rebuild failed")
            self.work = Work(trouble=_FAILED)

    def _told(self, stage: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise _StopRebuild
        self.work = Work(running=True, stage=stage, done=done, total=total)


def _give_way() -> None:
    """Let questions go before the rebuild, where the system can tell threads apart."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def add_file(source: Path, name: str, seeds: Path) -> Path:
    """Copy a file a reader gave into the articles folder, under a name that is safe there.

    A file already there is never replaced: the same content is left as it is, other content
    under the same name goes beside it as ``name-2.txt``.

    Args:
        source: where the file's bytes are.
        name: what the reader calls it; nothing in it is trusted.
        seeds: the articles folder.

    Returns:
        The file in the folder.

    Raises:
        SeedsProblem: there is no reader for its kind, it is too large or empty, or the folder
            cannot be written.
    """
    safe = safe_name(name)
    if not articles.supported(safe):
        kinds = ", ".join(articles.suffixes())
        raise SeedsProblem(f"{safe} is of a kind that cannot be read.", f"These can: {kinds}.")
    if not seeds.is_dir():
        raise SeedsProblem(
            "The collection was built from a single file.",
            "Build it from a folder to add files to it: dateline rebuild FOLDER",
        )
    size = source.stat().st_size
    if not 0 < size <= FILE_BYTES:
        what = "empty" if not size else f"{size / 1e6:,.0f} MB large"
        raise SeedsProblem(
            f"{safe} is {what}.", f"Files of up to {FILE_BYTES // 1_000_000} MB can be added here."
        )
    data = source.read_bytes()
    try:
        return _put(data, safe, seeds)
    except OSError as error:
        raise SeedsProblem(
            f"{safe} could not be written: {error.strerror}.",
            "Check the permissions of the articles folder and the free space.",
        ) from error


def _put(data: bytes, safe: str, seeds: Path) -> Path:
    digest = hashlib.sha256(data).digest()
    stem, suffix = _split(safe)
    for number in range(1, 1000):
        target = seeds / (safe if number == 1 else f"{stem}-{number}{suffix}")
        try:
            with target.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            if target.is_file() and hashlib.sha256(target.read_bytes()).digest() == digest:
                return target
        else:
            return target
    raise SeedsProblem(f"There are too many files called {safe}.", "Rename it and try again.")


def safe_name(name: str) -> str:
    """A file name without folders, hidden dots, or characters some system cannot hold."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    last = _UNSAFE.sub("", last.encode("utf-8", "ignore").decode()).strip(" .~")
    stem, suffix = _split(last)
    stem = stem[: _NAME_CHARACTERS - len(suffix)].strip(" .") or "article"
    while len((stem + suffix).encode()) > 2 * _NAME_CHARACTERS:
        stem = stem[:-1]
    return f"{stem}_{suffix}" if _RESERVED.match(stem) else stem + suffix


def _split(name: str) -> tuple[str, str]:
    """A name and its suffix, as the readers know suffixes (``.tar.gz`` is one)."""
    known = [suffix for suffix in articles.suffixes() if name.lower().endswith(suffix)]
    length = len(max(known, key=len)) if known else len(Path(name).suffix)
    return name[: len(name) - length], name[len(name) - length :]
