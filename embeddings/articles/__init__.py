"""Readers that turn files into articles, one module a format, found by suffix.

A reader module has one public function, ``read(path, relative, data)``, of the type
`Reader`. It is imported when the first file of its format is read, so that a heavy library
costs nothing to a collection that does not need it. A new format is a new module and one
`register` line at the end of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from embeddings.errors import ArticleError, LibraryMissing, UnsupportedFormat
from embeddings.records import Article

Reader = Callable[[Path, str, bytes], Iterator[Article | ArticleError]]
"""``read(path, relative, data)``: the articles in the bytes of one file, in order.

Yields an `ArticleError` for one bad record of many and goes on; raises one when nothing in
the file can be read.
"""

_modules: dict[str, str] = {}


def register(*suffixes: str, module: str) -> None:
    """Let the module of this dotted name read files that end in one of ``suffixes``.

    Suffixes start with a dot, in any case; ``.tar.gz`` wins over ``.gz``. A later call for
    the same suffix replaces the earlier one.
    """
    for suffix in suffixes:
        if not suffix.startswith(".") or len(suffix) < 2:
            raise ValueError(f"a suffix starts with a dot: {suffix!r}")
        _modules[suffix.lower()] = module


def suffixes() -> tuple[str, ...]:
    """Every suffix that can be read, lower-case with its dot, sorted."""
    return tuple(sorted(_modules))


def supported(path: Path | str) -> bool:
    """Whether a reader exists for the file's suffix, whatever its case."""
    return _suffix(path) is not None


def read_articles(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the articles in one file whose bytes are ``data``.

    The suffix of ``path`` chooses the reader; ``relative`` is the file's POSIX path below
    the articles folder and becomes ``Article.path``. One bad record of a many-record file
    is yielded as an `ArticleError`, and reading goes on.

    Raises:
        UnsupportedFormat: at the call, when no reader is registered for the suffix.
        ArticleError: while iterating, when the whole file cannot be read (`EmptyArticle`
            when there is nothing to read in it).
    """
    suffix = _suffix(path)
    if suffix is None:
        raise UnsupportedFormat(
            f"No reader for {Path(path).suffix or 'a file without a suffix'}.",
            f"Convert it to one of: {', '.join(suffixes())}.",
        )
    return _read(suffix, path, relative, data)


def _read(suffix: str, path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    try:
        reader: Reader = import_module(_modules[suffix]).read
        yield from reader(path, relative, data)
    except ArticleError:
        raise
    except ImportError as error:
        raise LibraryMissing(
            f"Reading {suffix} files needs a library that is not installed: {error}.",
            f"Install it (pip install {error.name or 'its package'}) and rebuild.",
        ) from error
    # Parsers of rich formats fail on damaged files in ways their documentation does not
    # list; one such file must not stop a rebuild.
    except Exception as error:
        raise ArticleError(
            f"The {suffix} file could not be read ({type(error).__name__}: {error}).",
            "Open it in the program that wrote it and save it again, or remove it.",
        ) from error


def _suffix(path: Path | str) -> str | None:
    """The longest registered suffix of the file name."""
    parts = [part.lower() for part in Path(path).suffixes]
    tails = ("".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in _modules), None)


register(".txt", ".text", module="embeddings.articles.seed")
register(".jsonl", ".ndjson", module="embeddings.articles.jsonlines")
