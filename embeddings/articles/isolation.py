"""Reading a file in a process of its own, with a limit on its time and memory.

Parsers of rich formats are large, partly in C, and meet files that were made to hurt them.
One process is started at the first such file and serves all that follow; when a file hangs or
crashes it, that file fails and the next one gets a new process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from embeddings import errors
from embeddings.articles import limits
from embeddings.errors import ArticleError
from embeddings.records import Article

_START = "import sys; sys.path.insert(0, sys.argv[1]); import embeddings.articles.worker as w; "
_ROOT = Path(__file__).resolve().parents[2]

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def read_apart(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """What the file's reader gives, as `embeddings.articles.read_here` would in this process.

    Raises:
        ArticleError: nothing in the file can be read, or reading it took too much time or
            memory, or crashed.
    """
    limits.check_size(len(data), limits.DOCUMENT_BYTES)
    seconds = limits.SECONDS + limits.SECONDS_PER_MEGABYTE * len(data) / (1 << 20)
    with _lock:
        replies = _exchange(path, relative, data, seconds)
    for reply in replies:
        if "article" in reply:
            yield _article(reply["article"])
        elif "end" not in reply:
            yield _error(reply)
        elif "error" in reply:
            raise _error(reply)


def close() -> None:
    """End the reading process, if there is one; the next file starts another."""
    global _process
    with _lock:
        if _process is not None:
            _end(_process)
            _process = None


def _exchange(path: Path, relative: str, data: bytes, seconds: float) -> list[dict[str, Any]]:
    """The replies to one request, the closing one last."""
    global _process
    process = _process = _running()
    request = {"path": str(path), "relative": relative, "size": len(data), "seconds": seconds}
    expired = threading.Event()

    def give_up() -> None:
        expired.set()
        process.kill()

    # Killing it ends the wait for its reply on every system; waiting with a limit does not.
    timer = threading.Timer(seconds, give_up)
    timer.start()
    replies: list[dict[str, Any]] = []
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.write(data)
        process.stdin.flush()
        while not replies or "end" not in replies[-1]:
            replies.append(json.loads(process.stdout.readline()))
        return replies
    except (OSError, ValueError) as error:
        _end(process)
        _process = None
        if expired.is_set():
            raise ArticleError(
                f"Reading the file took more than {seconds:.0f} s.",
                "Split it, save it again in the program that wrote it, or remove it.",
            ) from error
        raise ArticleError(
            "Reading the file crashed the library that reads it.",
            "Save it again in the program that wrote it, or remove it.",
        ) from error
    finally:
        timer.cancel()
        timer.join()


def _running() -> subprocess.Popen[bytes]:
    if _process is not None and _process.poll() is None:
        return _process
    # -P: a file in the working folder must not stand in for a library's.
    return subprocess.Popen(
        [sys.executable, "-P", "-c", f"{_START} w.serve()", str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # what was still to be sent cannot be
                stream.close()
    process.wait()


def _article(fields: dict[str, Any]) -> Article:
    published = fields.pop("published")
    pages = tuple(fields.pop("pages"))
    day = date.fromisoformat(published) if published else None
    return Article(**fields, published=day, pages=pages)


def _error(reply: dict[str, Any]) -> ArticleError:
    kind = getattr(errors, reply["error"])
    found: ArticleError = kind(reply["message"], reply["hint"])
    return found


atexit.register(close)
