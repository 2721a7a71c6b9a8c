"""The registry of readers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings import articles
from embeddings.articles import read_articles, register, suffixes, supported
from embeddings.errors import ArticleError, EmptyArticle, UnsupportedFormat
from embeddings.records import Article


@pytest.fixture
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "_formats", dict(articles._formats))


@pytest.mark.parametrize(
    "name", ["a.txt", "A.TXT", "x/y.z/a.b.jsonl", "a.NDJSON", Path("a.text"), "with space.txt"]
)
def test_known_suffixes_are_supported_whatever_their_case(name: Path | str) -> None:
    assert supported(name)


@pytest.mark.parametrize("name", ["a", "a.xyz", ".txt", "txt", "a.txt.bak", "a.txt/b", ""])
def test_others_are_not(name: str) -> None:
    assert not supported(name)


def test_suffixes_are_sorted_and_lower_case() -> None:
    assert {".txt", ".jsonl", ".ndjson"} <= set(suffixes())
    assert list(suffixes()) == sorted(suffix.lower() for suffix in suffixes())


def test_an_unsupported_format_is_refused_at_the_call_and_names_the_formats() -> None:
    with pytest.raises(UnsupportedFormat, match=r"\.xyz.*\.jsonl"):
        read_articles(Path("a.xyz"), "a.xyz", b"text")
    with pytest.raises(UnsupportedFormat, match="without a suffix"):
        read_articles(Path("README"), "README", b"text")


@pytest.mark.usefixtures("_registry")
def test_a_new_format_is_one_line_and_the_longest_suffix_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Module:
        @staticmethod
        def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
            yield Article(relative, "from the new reader", data.decode(), relative)

    monkeypatch.setitem(sys.modules, "newformat", Module())
    register(".X.txt", module="newformat")
    assert ".x.txt" in suffixes()
    (new,) = read_articles(Path("a.x.TXT"), "a.x.TXT", b"body")
    (old,) = read_articles(Path("a.y.txt"), "a.y.txt", b"body")
    assert isinstance(new, Article)
    assert isinstance(old, Article)
    assert (new.title, old.title) == ("from the new reader", "body")


@pytest.mark.parametrize("suffix", ["txt", "", "."])
def test_a_suffix_needs_its_dot(suffix: str) -> None:
    with pytest.raises(ValueError, match="dot"):
        register(suffix, module="embeddings.articles.seed")


@pytest.mark.usefixtures("_registry")
def test_a_missing_library_is_explained() -> None:
    register(".zzz", module="library_that_is_not_there")
    with pytest.raises(ArticleError, match=r"pip install library_that_is_not_there") as caught:
        list(read_articles(Path("a.zzz"), "a.zzz", b""))
    assert ".zzz" in caught.value.message


@pytest.mark.usefixtures("_registry")
def test_a_parser_that_breaks_on_a_file_is_an_article_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Module:
        @staticmethod
        def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
            yield Article("a", "a", "a", "a")
            raise KeyError("xref")

    monkeypatch.setitem(sys.modules, "fragile", Module())
    register(".zzz", module="fragile")
    reading = read_articles(Path("a.zzz"), "a.zzz", b"")
    assert isinstance(next(reading), Article)
    with pytest.raises(ArticleError, match=r"KeyError.*xref") as caught:
        next(reading)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_article_error_keeps_its_own_type() -> None:
    with pytest.raises(EmptyArticle):
        list(read_articles(Path("a.txt"), "a.txt", b""))


def test_no_reader_is_imported_before_its_first_file() -> None:
    code = (
        "import sys, embeddings.articles; "
        "print([m for m in sys.modules if m.startswith('embeddings.articles.')"
        " or m in ('charset_normalizer', 'dateutil')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
