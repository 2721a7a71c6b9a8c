"""A reader that does to its process what the worst files do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from embeddings.articles.building import build_article
from embeddings.records import Article


def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
    if data == b"abort":
        os.abort()
    elif data == b"hang":
        time.sleep(600)
    elif data == b"eat":
        bytearray(1 << 40)
    elif data == b"print":
        os.write(1, b"a library's chatter\n")
        print("more of it")
    return iter([build_article(data.decode(), id=relative, path=relative)])
