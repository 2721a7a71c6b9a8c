"""The process that reads rich formats: parsers may hang, crash or eat memory in here alone.

It is started by `embeddings.articles.isolation` and speaks JSON over its standard streams:
a line of what to read and the file's bytes come in, a line for each article or problem and a
closing one go out. Nothing is pickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from embeddings.articles import limits, read_here
from embeddings.errors import ArticleError
from embeddings.records import Article


def serve() -> None:
    """Read files until the standard input ends."""
    requests = sys.stdin.buffer
    # What a library prints must not get among the replies.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory()
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(request["size"])
        _alarm(request["seconds"])
        for reply in _replies(request, data):
            _send(replies, reply)
        _alarm(0)


def _replies(request: dict[str, Any], data: bytes) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = []
    try:
        for item in read_here(Path(request["path"]), request["relative"], data):
            reply = _problem(item) if isinstance(item, ArticleError) else _written(item)
            replies.append(reply)
    except ArticleError as error:
        return [*replies, {"end": True, **_problem(error)}]
    return [*replies, {"end": True}]


def _written(article: Article) -> dict[str, Any]:
    published = article.published.isoformat() if article.published else None
    return {"article": {**asdict(article), "published": published}}


def _problem(error: ArticleError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": error.message, "hint": error.hint}


def _send(replies: BinaryIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply).encode() + b"\n")
    replies.flush()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # not on Windows, nor everywhere
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY_BYTES, hard))


def _alarm(seconds: float) -> None:
    """End this process later, even inside a library; its parent may be gone by then."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds) + 10 if seconds else 0)
