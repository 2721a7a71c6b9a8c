"""Archives (.zip, .gz, .tar): the articles inside, each under the name it has there."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from embeddings.articles import limits, read_articles, suffix_of
from embeddings.articles.vocabulary import words
from embeddings.articles.zipped import member_bytes, open_zip
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

_ZIP, _TAR = frozenset({".zip"}), frozenset({".tar", ".tar.gz", ".tgz"})
_BESIDE = words(
    ".avif .bmp .css .db .eot .gif .ico .jpeg .jpg .js .map .mp3 .mp4 .ogg .otf .png .svg .ttf "
    ".webm .webp .woff .woff2 .xsl"
)
"""What lies beside articles and is none: no word is lost about these."""


_Member = tuple[str, bytes] | ArticleError
"""A file's name below its archive and its bytes, or what is wrong with it."""


@dataclass
class _Budget:
    """What is left for one archive and all that it holds."""

    bytes: int = field(default_factory=lambda: limits.ARCHIVE_BYTES)
    members: int = field(default_factory=lambda: limits.ARCHIVE_MEMBERS)


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the articles in the archive, or what is wrong with each member.

    Ids are ``relative/inner/name.txt``, with ``#n`` as in the member's own format;
    ``Article.path`` is the archive's. Nothing is written to the disk, so a member's name
    leads nowhere; one that tries to is refused. Archives inside are opened, down to
    `limits.ARCHIVE_DEPTH`.

    Raises:
        EmptyArticle: there is no file in the archive.
        ArticleError: it is damaged, or unpacks to more than is read.
    """
    unknown: Counter[str] = Counter()
    found = False
    for item in _members(path.name, "", data, _Budget(), limits.ARCHIVE_DEPTH):
        found = True
        if isinstance(item, ArticleError):
            yield item
            continue
        name, content = item
        if suffix_of(PurePosixPath(name).name) is None:
            unknown[PurePosixPath(name).suffix.lower() or "no suffix"] += 1
            continue
        try:
            for article in read_articles(Path(name), f"{relative}/{name}", content):
                if isinstance(article, ArticleError):
                    yield _within(name, article)
                else:
                    yield replace(article, path=relative)
        except ArticleError as error:
            yield _within(name, error)
    if unread := sorted(set(unknown) - _BESIDE):
        count = sum(unknown[suffix] for suffix in unread)
        yield ArticleError(
            f"{count} members have no reader ({', '.join(unread[:8])}).",
            "Convert them to one of the formats in the README if they hold articles.",
        )
    if not found:
        raise EmptyArticle("There is no file in the archive.", "Remove it.")


def _within(name: str, error: ArticleError) -> ArticleError:
    return type(error)(f"{name}: {error.message}", error.hint) if name else error


def _members(
    file_name: str, prefix: str, data: bytes, budget: _Budget, depth: int
) -> Iterator[_Member]:
    """The name and bytes of every file in an archive and in the archives inside it.

    Names start with ``prefix``, the names of the archives around this one.

    Raises:
        ArticleError: the archive cannot be opened.
    """
    suffix = suffix_of(file_name) or ""
    if suffix in _ZIP:
        items = _zipped(data, budget)
    elif suffix in _TAR:
        items = _tarred(data, budget)
    else:
        items = _gzipped(data, PurePosixPath(file_name).stem, budget)
    for item in items:
        if isinstance(item, ArticleError):
            yield _within(prefix.rstrip("/"), item)
            continue
        inner, content = f"{prefix}{item[0]}", item[1]
        if not _is_archive(inner):
            yield inner, content
        elif depth <= 1:
            yield ArticleError(
                f"{inner}: It is an archive inside too many others.", "Unpack it into the folder."
            )
        else:
            try:
                name = PurePosixPath(inner).name
                yield from _members(name, f"{inner}/", content, budget, depth - 1)
            except ArticleError as error:
                yield _within(inner, error)


def _is_archive(name: str) -> bool:
    """Whether a file of this name is an archive."""
    return suffix_of(PurePosixPath(name).name) in _ZIP | _TAR | {".gz"}


def _zipped(data: bytes, budget: _Budget) -> Iterator[_Member]:
    with open_zip(data, "a ZIP archive") as container:
        for member in container.infolist():
            if member.is_dir() or _is_beside(member.filename):
                continue
            try:
                inner = _safe(member.filename)
                _take(budget, member.file_size)
                content = member_bytes(container, member, limits.FILE_BYTES)
            except ArticleError as error:
                yield _within(_shown(member.filename), error)
                if budget.bytes < 0 or budget.members < 0:
                    return
                continue
            yield inner, content


def _tarred(data: bytes, budget: _Budget) -> Iterator[_Member]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as container:
            for member in container:
                if not member.isfile() or _is_beside(member.name):
                    continue
                try:
                    inner = _safe(member.name)
                    _take(budget, member.size)
                    limits.check_ratio(len(data), member.size, "It")
                except ArticleError as error:
                    yield _within(_shown(member.name), error)
                    # What lies behind a bomb cannot be reached without setting it off.
                    return
                stream = container.extractfile(member)
                yield inner, stream.read() if stream else b""
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError) as error:
        yield ArticleError("The archive is damaged or cut short.", f"Fetch it again ({error}).")


def _gzipped(data: bytes, inner: str, budget: _Budget) -> Iterator[_Member]:
    most = min(budget.bytes, limits.FILE_BYTES, max(limits.RATIO_FREE, limits.RATIO * len(data)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            content = stream.read(most + 1)
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise ArticleError(
            "The archive is damaged or cut short.", f"Fetch it again ({error})."
        ) from error
    limits.check_ratio(len(data), len(content), "The archive")
    limits.check_size(len(content), limits.FILE_BYTES, "The file inside")
    _take(budget, len(content))
    yield inner, content


def _take(budget: _Budget, size: int) -> None:
    """Count a member against what is left.

    Raises:
        ArticleError: nothing is left.
    """
    budget.bytes -= size
    budget.members -= 1
    if budget.bytes < 0 or budget.members < 0:
        raise ArticleError(
            f"The archive unpacks to more than {limits.megabytes(limits.ARCHIVE_BYTES)} or "
            f"{limits.ARCHIVE_MEMBERS:,} files; the rest of it was left out.",
            "Split it, or unpack it into the folder.",
        )


def _safe(name: str) -> str:
    """The name of a member below its archive.

    Raises:
        ArticleError: it points outside, as names made to overwrite files elsewhere do.
    """
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise ArticleError("Its name leads out of the archive.", "Rename it if you trust it.")
    safe = "/".join(part for part in parts if part not in ("", "."))
    if not safe or not safe.isprintable():
        raise ArticleError("Its name cannot be shown.", "Rename it.")
    return safe


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name)[:200]


def _is_beside(name: str) -> bool:
    """Hidden files, and what macOS puts beside every file."""
    name = name.replace("\\", "/")
    return any(
        part.startswith((".", "~$")) or part == "__MACOSX"
        for part in name.split("/")
        if part not in (".", "..")
    )
