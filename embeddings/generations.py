"""The derived indexes of one generation: a folder that can always be made again.

    index/generations/000012-9f3a1c/dense.faiss
                                    lexical/
                                    digests.json     written last; what a whole folder holds

A folder is built under a fresh name, synced, and only then named by the catalog, in the same
transaction that commits the generation: a folder no catalog names is left over and is swept.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embeddings.catalog import Catalog
from embeddings.dense import DenseIndex
from embeddings.encoder import Vectors
from embeddings.errors import IndexDamaged
from embeddings.lexical import LexicalIndex
from embeddings.vectors import VectorStore

FOLDER_NAME = "generations"
_DENSE, _LEXICAL, _DIGESTS = "dense.faiss", "lexical", "digests.json"


@dataclass(frozen=True, slots=True)
class Derived:
    """The two searchable indexes of one generation."""

    name: str
    dense: DenseIndex
    lexical: LexicalIndex


def new_name(number: int) -> str:
    """A folder name that no other attempt at this generation has."""
    return f"{number:06d}-{secrets.token_hex(3)}"


def open_derived(index: Path, name: str) -> Derived:
    """Open a generation's indexes for searching, after checking that they are whole.

    Raises:
        IndexDamaged: a file is missing, cut short, changed or unreadable.
    """
    check(index, name)
    folder = index / FOLDER_NAME / name
    return Derived(
        name,
        DenseIndex.read(folder / _DENSE, mapped=True),
        LexicalIndex.open(folder / _LEXICAL),
    )


def check(index: Path, name: str) -> None:
    """Check that a generation's files hold what was written.

    Raises:
        IndexDamaged: a file is missing, cut short or changed.
    """
    folder = index / FOLDER_NAME / name
    advice = "Run dateline rebuild: it is made again from the catalog."
    try:
        digests = json.loads((folder / _DIGESTS).read_text(encoding="utf-8"))
        for file, digest in digests.items():
            if _digest(folder / file) != digest:
                raise IndexDamaged(f"The index file {folder / file} was changed.", advice)
    except FileNotFoundError as error:
        raise IndexDamaged(f"The index file {error.filename} is missing.", advice) from error
    except (OSError, ValueError, AttributeError) as error:
        raise IndexDamaged(f"The index in {folder} cannot be read: {error}.", advice) from error


def derive(
    index: Path,
    name: str,
    catalog: Catalog,
    vectors: VectorStore,
    dimension: int,
    base: str | None = None,
    removed: list[int] | None = None,
    added_after: int = 0,
) -> None:
    """Write a generation's indexes from the catalog as its open transaction sees it.

    With `base`, the earlier generation's indexes are taken over and only the passages in
    `removed` and those with ids above `added_after` are touched; where the base turns out to
    be damaged, everything is made anew.
    """
    folder = index / FOLDER_NAME / name
    dense, old_lexical = DenseIndex.empty(dimension), None
    gone = removed or []
    if base is not None:
        old = index / FOLDER_NAME / base
        try:
            check(index, base)
            dense = DenseIndex.read(old / _DENSE)
            old_lexical = LexicalIndex.open(old / _LEXICAL)
        except IndexDamaged:
            base = None
    if base is None or dense.dimension != dimension:
        dense, old_lexical, gone, added_after = DenseIndex.empty(dimension), None, [], 0
    folder.mkdir(parents=True)
    dense.remove(gone)
    dense.add(_rows(catalog, vectors, added_after))
    dense.write(folder / _DENSE)
    lexical = LexicalIndex.create(folder / _LEXICAL, old_lexical)
    lexical.update(gone, catalog.passage_texts(added_after))
    _seal(folder)


def _rows(catalog: Catalog, vectors: VectorStore, after: int) -> Iterator[tuple[int, Vectors]]:
    batch: list[tuple[int, bytes]] = []
    for row in catalog.passage_keys(after):
        batch.append(row)
        if len(batch) == 2048:
            yield from _with_vectors(batch, vectors)
            batch = []
    yield from _with_vectors(batch, vectors)


def _with_vectors(
    batch: list[tuple[int, bytes]], vectors: VectorStore
) -> Iterator[tuple[int, Vectors]]:
    found = dict(vectors.vectors([key for _, key in batch]))
    for passage_id, key in batch:
        if key not in found:
            raise IndexDamaged(
                "Embeddings of indexed passages are missing.",
                "Run dateline rebuild: they are made again.",
            )
        yield passage_id, found[key]


def sweep(index: Path, keep: set[str]) -> None:
    """Delete the folders of generations that are neither current nor the one before.

    A reader that still has such a folder's files open keeps them until it closes them; where
    the system forbids deleting open files they go with a later sweep.
    """
    for folder in (index / FOLDER_NAME).glob("*"):
        if folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".lock" and file.name != _DIGESTS:
            yield file


def _seal(folder: Path) -> None:
    """Sync every file, and record what a whole folder holds."""
    digests = {}
    for file in _files(folder):
        _sync(file)
        digests[file.relative_to(folder).as_posix()] = _digest(file)
    (folder / _DIGESTS).write_text(json.dumps(digests, indent=0), encoding="utf-8")
    _sync(folder / _DIGESTS)
    for directory in (folder / _LEXICAL, folder, folder.parent):
        _sync(directory)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot sync a folder
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some file systems cannot; the digests still tell a torn file
    finally:
        os.close(descriptor)
