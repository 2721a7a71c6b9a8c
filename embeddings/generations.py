"""The derived indexes of one generation: a folder that can always be made again.

    index/generations/000012-9f3a1c/dense.faiss      and what lies beside it
                                    lexical/
                                    digests.json     written last; what a whole folder holds
                                    stamps.json      the files as they were found whole

A folder is built under a fresh name, synced, and only then named by the catalog, in the same
transaction that commits the generation: a folder no catalog names is left over and is swept.
Files that have not changed since the generation before are shared with it.

Reading hundreds of megabytes for their digests would hold up every start: a large file whose
size, time and place on disk are as when its digest was last found right is taken to be whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from embeddings.catalog import Catalog
from embeddings.dense import read_layout
from embeddings.embedded import DENSE, LEXICAL, Embedded
from embeddings.engine import Changes, Engine, Search
from embeddings.errors import EngineUnusable, IndexDamaged, IndexProblem
from embeddings.milvus import POINTER, Milvus, Pointer
from embeddings.milvus_client import checked_uri
from embeddings.records import DenseLayout, Manifest
from embeddings.vectors import VectorStore

FOLDER_NAME = "generations"
ENGINE_URI = "DATELINE_ENGINE_URI"
"""Where the address of an engine is taken from that is not where it was."""
DIGESTS, _STAMPS = "digests.json", "stamps.json"
_ALWAYS_READ = 4_000_000
"""Bytes up to which a file's digest is worked out each time."""


def new_name(number: int) -> str:
    """A folder name that no other attempt at this generation has."""
    return f"{number:06d}-{secrets.token_hex(3)}"


def engine_for(name: str, uri: str) -> Engine:
    """The engine of this name, at this address if it has one.

    Raises:
        EngineUnusable: there is none of the name, or the address is none.
    """
    if name == "milvus":
        return Milvus(checked_uri(uri))
    if name == "embedded" and not uri:
        return Embedded()
    raise EngineUnusable(
        f"The engine {name!r} cannot be had" + (f" at {uri}." if uri else "."),
        "Choose --engine embedded, or --engine milvus with an --engine-uri.",
    )


def engine_at(manifest: Manifest, uri: str = "") -> Engine:
    """The engine that a manifest names, where it says, or where it is now."""
    elsewhere = uri or os.environ.get(ENGINE_URI, "")
    there = elsewhere if manifest.engine != "embedded" and elsewhere else manifest.engine_uri
    return engine_for(manifest.engine, there)


def engine_of(folder: Path, uri: str = "") -> Engine:
    """The engine that published what a folder names.

    It is at the address where it was then, unless it is given another here or in the variable
    DATELINE_ENGINE_URI.
    """
    if (folder / POINTER).exists():
        return Milvus(uri or os.environ.get(ENGINE_URI, ""))
    return Embedded()


def open_derived(index: Path, name: str, uri: str = "", *, thoroughly: bool = False) -> Search:
    """Open a generation for searching, after checking that its files are whole.

    Raises:
        IndexDamaged: a file is missing, cut short, changed or unreadable, or what it names is.
        EngineUnreachable: the engine that holds the index does not answer.
    """
    check(index, name, thoroughly=thoroughly)
    folder = index / FOLDER_NAME / name
    return engine_of(folder, uri).open(folder)


def check_derived(index: Path, name: str, uri: str = "") -> None:
    """Check that a generation can be searched, without opening its files where that is enough.

    Raises:
        IndexDamaged, EngineUnreachable: as `open_derived` does.
    """
    check(index, name)
    folder = index / FOLDER_NAME / name
    if (folder / POINTER).exists():
        engine_of(folder, uri).open(folder)


def dense_layout(index: Path, name: str) -> DenseLayout:
    """How a generation's dense index keeps vectors; the plain one where its files are gone."""
    folder = index / FOLDER_NAME / name
    if (folder / POINTER).exists():
        with contextlib.suppress(IndexDamaged):
            return DenseLayout(f"Milvus {Pointer.read(folder).index}")
    return read_layout(folder / DENSE)


def check(index: Path, name: str, *, thoroughly: bool = False) -> None:
    """Check that a generation's files hold what was written; `thoroughly`, read every byte.

    Raises:
        IndexDamaged: a file is missing, cut short or changed.
    """
    folder = index / FOLDER_NAME / name
    advice = "Run dateline rebuild: it is made again from the catalog."
    stamps = _stamps(folder)
    found: dict[str, list[int]] = {}
    try:
        digests = json.loads((folder / DIGESTS).read_text(encoding="utf-8"))
        for file, digest in digests.items():
            stamp = found[file] = _stamp(folder / file)
            known = not thoroughly and stamp[0] > _ALWAYS_READ and stamps.get(file) == stamp
            if not known and _digest(folder / file) != digest:
                raise IndexDamaged(f"The index file {folder / file} was changed.", advice)
    except FileNotFoundError as error:
        raise IndexDamaged(f"The index file {error.filename} is missing.", advice) from error
    except (OSError, ValueError, AttributeError) as error:
        raise IndexDamaged(f"The index in {folder} cannot be read: {error}.", advice) from error
    if found != stamps:
        _remember(folder, found)


def dense_file(index: Path, name: str) -> Path:
    """Where a generation's dense index is."""
    return index / FOLDER_NAME / name / DENSE


def spoil(index: Path, name: str) -> None:
    """Have a generation's files taken for damaged, so that they are made again."""
    (index / FOLDER_NAME / name / DIGESTS).unlink(missing_ok=True)


def derive(
    index: Path,
    name: str,
    catalog: Catalog,
    vectors: VectorStore,
    dimension: int,
    base: str | None = None,
    removed: Sequence[int] = (),
    added_after: int = 0,
    engine: Engine | None = None,
) -> None:
    """Make a generation searchable from the catalog as its open transaction sees it.

    With `base`, the earlier generation's indexes are gone on from and only the passages in
    `removed` and those with ids above `added_after` are touched; where the base turns out to
    be damaged, everything is made anew. The engine is the embedded one if none is given.
    """
    folder = index / FOLDER_NAME / name
    engine = engine or Embedded()
    old: Search | None = None
    changes = Changes(catalog, vectors, dimension)
    if base is not None:
        with contextlib.suppress(IndexDamaged):
            old = open_derived(index, base, getattr(engine, "uri", ""))
    if old is not None and old.dimension == dimension:
        changes = Changes(catalog, vectors, dimension, removed, added_after)
    else:
        old = None
    folder.mkdir(parents=True)
    try:
        engine.publish(folder, old, changes)
        _seal(folder, index / FOLDER_NAME / old.name if old else None)
    except BaseException:
        # On a full disk this is the space that other programs wait for.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def sweep(index: Path, keep: set[str]) -> None:
    """Delete the folders of generations that are neither current nor the one before.

    A reader that still has such a folder's files open keeps them until it closes them; where
    the system forbids deleting open files they go with a later sweep.
    """
    for folder in (index / FOLDER_NAME).glob("*"):
        if folder.name not in keep:
            discard(folder)


def discard(folder: Path) -> None:
    """Delete a generation's folder, and what it alone names.

    Where an engine that holds something of it does not answer, the folder stays to tell of that,
    and goes with a later sweep.
    """
    others = [other for other in folder.parent.glob("*") if other != folder]
    if (folder / POINTER).exists():
        try:
            Milvus().discard(folder, others)
        except IndexDamaged:
            pass  # nothing there to give up
        except IndexProblem:
            return
    shutil.rmtree(folder, ignore_errors=True)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".lock" and file.name not in (DIGESTS, _STAMPS):
            yield file


def _seal(folder: Path, base: Path | None) -> None:
    """Sync every file, and record what a whole folder holds.

    What a file holds that is shared with the generation before is known from there.
    """
    known = json.loads((base / DIGESTS).read_text(encoding="utf-8")) if base else {}
    digests, stamps = {}, {}
    for file in _files(folder):
        name = file.relative_to(folder).as_posix()
        if base and name in known and (base / name).exists() and file.samefile(base / name):
            digests[name] = known[name]
        else:
            _sync(file)
            digests[name] = _digest(file)
        stamps[name] = _stamp(file)
    (folder / DIGESTS).write_text(json.dumps(digests, indent=0), encoding="utf-8")
    _sync(folder / DIGESTS)
    _remember(folder, stamps)
    for directory in (folder / LEXICAL, folder, folder.parent):
        _sync(directory)


def _stamp(file: Path) -> list[int]:
    """What changes when a file is written or replaced: size, time, and place on disk."""
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _stamps(folder: Path) -> dict[str, list[int]]:
    try:
        told = json.loads((folder / _STAMPS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _remember(folder: Path, stamps: dict[str, list[int]]) -> None:
    """Note the files as they are, all of them whole; where that cannot be, they are read again."""
    draft = folder / f"{_STAMPS}.{secrets.token_hex(3)}"
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(stamps, indent=0), encoding="utf-8")
        draft.replace(folder / _STAMPS)


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
