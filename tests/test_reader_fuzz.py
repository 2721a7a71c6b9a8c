"""Mutations of real files: each ends as articles or as reasons, in bounded time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings import articles as readers
from embeddings.articles import read_articles
from embeddings.errors import ArticleError
from embeddings.records import Article

FILES = sorted(
    file for file in (Path(__file__).parent / "files").iterdir() if readers.supported(file)
)
OTHERS = [file.read_bytes() for file in FILES]
EXAMPLES = int(os.environ.get("DATELINE_FUZZ", "20"))
"""Mutants of each file; some thousand are a night's work."""

LONGEST = 30.0
"""Seconds for one small mutated file on a busy machine; a hang would be cut off at 60."""


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes after a few flips, cuts, repeats, insertions, or a splice with another file."""
    mutant = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(mutant) - 1)))
        to = min(len(mutant), at + draw(st.integers(1, 400)))
        match draw(st.sampled_from(("flip", "cut", "drop", "repeat", "insert", "splice"))):
            case "flip":
                for offset in range(at, min(to, at + 8)):
                    mutant[offset] ^= draw(st.integers(1, 255))
            case "cut":
                del mutant[at:]
            case "drop":
                del mutant[at:to]
            case "repeat":
                mutant[at:at] = mutant[at:to] * draw(st.integers(1, 30))
            case "insert":
                mutant[at:at] = draw(st.binary(max_size=40))
            case "splice":
                other = draw(st.sampled_from(OTHERS))
                start = draw(st.integers(0, len(other)))
                mutant[at:] = other[start:]
    return bytes(mutant)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_mutated_file_is_read_or_refused(
    file: Path, record_property: Callable[[str, object], None]
) -> None:
    tried = 0

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(mutated(file.read_bytes()))
    def check(data: bytes) -> None:
        nonlocal tried
        tried += 1
        started = time.monotonic()
        try:
            items = list(read_articles(file, file.name, data))
        except ArticleError as error:
            items = [error]
        assert time.monotonic() - started < LONGEST
        for item in items:
            if isinstance(item, Article):
                check_article(item)
            else:
                assert item.message
                assert item.hint

    check()
    record_property("tried", tried)


def check_article(article: Article) -> None:
    """What every later stage relies on."""
    assert article.text.strip() == article.text != ""
    assert article.title.strip()
    assert "\n" not in article.title + article.byline + article.place + article.outlet
    article.text.encode()
    assert list(article.pages) == sorted(article.pages)
    assert all(0 <= start <= len(article.text) for start in article.pages)
    assert len(article.sha256) == 64
