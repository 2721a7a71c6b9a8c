"""Readers that turn files into articles, one module a format, found by suffix.

A reader module has one public function, ``read(path, relative, data)``, of the type
`Reader`. It is imported when the first file of its format is read, so that a heavy library
costs nothing to a collection that does not need it. A new format is a new module and one
`register` line at the end of this file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from embeddings.errors import ArticleError, LibraryMissing, UnsupportedFormat
from embeddings.records import Article

Reader = Callable[[Path, str, bytes], Iterator[Article | ArticleError]]
"""``read(path, relative, data)``: the articles in the bytes of one file, in order.

Yields an `ArticleError` for one bad record of many and goes on; raises one when nothing in
the file can be read.
"""


@dataclass(frozen=True, slots=True)
class _Format:
    module: str
    apart: bool


_formats: dict[str, _Format] = {}


def register(*suffixes: str, module: str, apart: bool = False) -> None:
    """Let the module of this dotted name read files that end in one of ``suffixes``.

    Suffixes start with a dot, in any case; ``.tar.gz`` wins over ``.gz``. A later call for
    the same suffix replaces the earlier one. With ``apart`` the module reads in a process of
    its own, where a library that hangs or crashes costs one file and not the rebuild.
    """
    for suffix in suffixes:
        if not suffix.startswith(".") or len(suffix) < 2:
            raise ValueError(f"a suffix starts with a dot: {suffix!r}")
        _formats[suffix.lower()] = _Format(module, apart)


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be read, lower-case with its dot, sorted."""
    return tuple(sorted(_formats))


def supported(path: Path | str) -> bool:
    """Whether a reader exists for the file's suffix, whatever its case."""
    return suffix_of(path) is not None


def read_articles(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the articles in one file whose bytes are ``data``.

    The suffix of ``path`` chooses the reader; ``relative`` is the file's POSIX path below
    the articles folder and becomes ``Article.path``. One bad record of a many-record file
    is yielded as an `ArticleError`, and reading goes on.

    Raises:
        UnsupportedFormat: at the call, when no reader is registered for the suffix.
        ArticleError: while iterating, when the whole file cannot be read (`EmptyArticle`
            when there is nothing to read in it, `LibraryMissing` when the reader's library
            is not installed).
    """
    if _formats[_known_suffix(path)].apart:
        from embeddings.articles.isolation import read_apart

        return read_apart(path, relative, data)
    return read_here(path, relative, data)


def read_here(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """As `read_articles`, but in this process whatever the format."""
    return _read(_known_suffix(path), path, relative, data)


def close() -> None:
    """End the process that read rich formats, if one was started."""
    isolation = sys.modules.get("embeddings.articles.isolation")
    if isolation is not None:
        isolation.close()


def _read(suffix: str, path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    try:
        reader: Reader = import_module(_formats[suffix].module).read
        yield from reader(path, relative, data)
    except ArticleError:
        raise
    except ImportError as error:
        name = (error.name or "").split(".")[0]
        raise LibraryMissing(
            f"Reading {suffix} files needs a package that is not installed: {error}.",
            f"Install it with: pip install {_PACKAGES.get(name, name) or 'its package'}, "
            "then run dateline rebuild.",
        ) from error
    except MemoryError as error:
        raise ArticleError(
            f"The {suffix} file needs more memory than one file is given.",
            "Split it, save it again in the program that wrote it, or remove it.",
        ) from error
    # Parsers of rich formats fail on damaged files in ways their documentation does not
    # list; one such file must not stop a rebuild.
    except Exception as error:
        raise ArticleError(
            f"The {suffix} file could not be read ({type(error).__name__}: {_brief(error)}).",
            "Open it in the program that wrote it and save it again, or remove it.",
        ) from error


def _brief(error: Exception) -> str:
    """What a library says, on one line; some quote the whole file."""
    words = " ".join(str(error).split())
    return words if len(words) <= 200 else f"{words[:200]}…"


def _known_suffix(path: Path) -> str:
    suffix = suffix_of(path)
    if suffix is None:
        raise UnsupportedFormat(
            f"No reader for {Path(path).suffix or 'a file without a suffix'}.",
            f"Convert it to one of: {', '.join(suffixes())}.",
        )
    return suffix


def suffix_of(path: Path | str) -> str | None:
    """The longest registered suffix of the file name, ``None`` where there is none."""
    # By hand: a rebuild asks this of every file, and pathlib takes ten times as long.
    parts = os.path.basename(path).lower().lstrip(".").split(".")[1:]  # noqa: PTH119
    tails = (f".{'.'.join(parts[start:])}" for start in range(len(parts)))
    return next((tail for tail in tails if tail in _formats), None)


_PACKAGES = {"yaml": "PyYAML", "markdown_it": "markdown-it-py"}
"""Packages by the name they are imported by, where the two differ."""

register(".txt", ".text", module="embeddings.articles.seed")
register(".jsonl", ".ndjson", module="embeddings.articles.jsonlines")
register(".json", module="embeddings.articles.json_file")
register(".csv", ".tsv", module="embeddings.articles.csv_table")
register(".md", ".markdown", module="embeddings.articles.markdown", apart=True)
register(".html", ".htm", ".xhtml", module="embeddings.articles.html", apart=True)
register(".pdf", module="embeddings.articles.pdf", apart=True)
register(".docx", module="embeddings.articles.docx", apart=True)
register(".epub", module="embeddings.articles.epub", apart=True)
register(".eml", module="embeddings.articles.mail", apart=True)
register(".rss", ".atom", ".xml", module="embeddings.articles.feed", apart=True)
register(".zip", ".gz", ".tar", ".tar.gz", ".tgz", module="embeddings.articles.archive")
