"""Embeddings made outside an index, in files that a rebuild takes in.

A shard is a safetensors file: nothing in it is ever run. Its name is a digest of the model's
fingerprint and of its keys, so the same passages make the same file; its header holds a digest
of everything else. It is written beside its place and renamed into it: a shard that has its
name is whole, or was damaged since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.database import unwritable
from embeddings.encoder import Embedded, Vectors
from embeddings.errors import ShardUnusable
from embeddings.tokens import pack
from embeddings.vectors import VectorStore

FOLDER_NAME = "shards"
SUFFIX = ".safetensors"
UNFINISHED = ".unfinished"
DAMAGED = ".damaged"
_FORMAT = "dateline-shard-1"
_KEY_BYTES = 16
_NAME_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Shard:
    """The embeddings of some passages by one model.

    ``keys`` are as `embedding_key` makes them; ``vectors`` is float16 of shape (n, d),
    ``tokens`` what `pack` made of each passage's token vectors by ``projection``, float32 of
    shape (d, width). ``fingerprint`` and ``precision`` are the encoder's.
    """

    fingerprint: str
    precision: str
    projection: Vectors
    keys: tuple[bytes, ...]
    vectors: NDArray[np.float16]
    tokens: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """What its file is called."""
        return _name(self.fingerprint, self.keys)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A shard that was not used, and why; `damaged` if no model could use it."""

    file: Path
    reason: str
    damaged: bool

    def __str__(self) -> str:
        return f"The shard {self.file.name} was left out: {self.reason}."


@dataclass(slots=True)
class TakenIn:
    """What a folder of shards gave: how many embeddings, their precisions, what was left out."""

    embeddings: int = 0
    precisions: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)


def make_shard(
    fingerprint: str,
    precision: str,
    projection: Vectors,
    keys: Sequence[bytes],
    embedded: Sequence[Embedded],
) -> Shard:
    """A shard of these passages, ordered by key, so that their order does not matter."""
    order = sorted(range(len(keys)), key=lambda number: keys[number])
    return Shard(
        fingerprint,
        precision,
        projection,
        tuple(keys[number] for number in order),
        np.stack([embedded[number].vector for number in order]).astype(np.float16),
        tuple(pack(embedded[number], projection) for number in order),
    )


def to_bytes(shard: Shard) -> bytes:
    """The content of the shard's file."""
    from safetensors.numpy import save

    tensors: dict[str, NDArray[Any]] = {
        "keys": np.frombuffer(b"".join(shard.keys), np.uint8).reshape(-1, _KEY_BYTES),
        "lengths": np.array([len(one) for one in shard.tokens], dtype=np.int64),
        "projection": np.ascontiguousarray(shard.projection, dtype=np.float32),
        "tokens": np.frombuffer(b"".join(shard.tokens), np.int8),
        "vectors": np.ascontiguousarray(shard.vectors, dtype=np.float16),
    }
    about = {
        "format": _FORMAT,
        "fingerprint": shard.fingerprint,
        "precision": shard.precision,
    }
    about["sha256"] = _digest(about, tensors)
    # One entry: the library writes several in an order that differs from run to run.
    return save(tensors, metadata={"about": json.dumps(about, sort_keys=True)})


def write_shard(folder: Path, name: str, content: bytes) -> bool:
    """Put a shard's file in its place, whole or not at all; whether it was not there yet.

    Raises:
        IndexUnwritable: the disk is full, or the folder may not be written.
    """
    file = folder / name
    try:
        if file.exists():
            return False
        beside = folder / f"{name}.{os.getpid()}{UNFINISHED}"
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
        _sync(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    return True


def read_shard(file: Path) -> Shard:
    """Read a shard and hold it to its checksum and its name.

    Raises:
        ShardUnusable: it cannot be read, or does not hold what was written.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as opened:
            about = json.loads((opened.metadata() or {}).get("about", "{}"))
            if about.get("format") != _FORMAT:
                raise ShardUnusable("it is not a shard that this version reads")
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        if about.pop("sha256", "") != _digest(about, tensors):
            raise ShardUnusable("it is damaged: its checksum does not fit")
        lengths = [int(length) for length in tensors["lengths"]]
        ends = np.cumsum([0, *lengths])
        packed = tensors["tokens"].tobytes()
        keys = tuple(row.tobytes() for row in tensors["keys"])
        vectors, projection = tensors["vectors"], tensors["projection"]
        fits = (
            len(keys) == len(lengths) == len(vectors)
            and int(ends[-1]) == len(packed)
            and min(lengths, default=0) >= 0
            and not any(length % projection.shape[1] for length in lengths)
            and vectors.shape[1:] == projection.shape[:1]
            and (vectors.dtype, projection.dtype) == (np.float16, np.float32)
        )
        if not fits or not np.isfinite(vectors).all() or not np.isfinite(projection).all():
            raise ShardUnusable("its parts do not fit each other")
        tokens = tuple(packed[begin:end] for begin, end in pairwise(ends))
        shard = Shard(about["fingerprint"], about["precision"], projection, keys, vectors, tokens)
    except OSError as error:
        raise ShardUnusable(f"it cannot be read: {error.strerror or error}") from error
    except (SafetensorError, ValueError, TypeError, KeyError, IndexError) as error:
        raise ShardUnusable(f"it is damaged: {error}") from error
    if shard.name != file.name:
        raise ShardUnusable("its name is not that of its content")
    return shard


def shard_files(folder: Path) -> list[Path]:
    """The finished shards of a folder, by name; none where there is no folder.

    Raises:
        ShardUnusable: the folder cannot be read.
    """
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == SUFFIX)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ShardUnusable(
            f"The folder of embeddings {folder} cannot be read: {error.strerror or error}."
        ) from error


def sound_shards(
    folder: Path, fingerprint: str, projection: Vectors | None, left_out: list[LeftOut]
) -> Iterator[Shard]:
    """The shards of one model and one way of packing; why others were not used is noted.

    Without a `projection` the first shard's is the one that the others are held to.
    """
    for file in shard_files(folder):
        try:
            shard = read_shard(file)
        except ShardUnusable as error:
            left_out.append(LeftOut(file, error.message, damaged=True))
            continue
        if shard.fingerprint != fingerprint:
            reason = "it was made with another model, or with other prompts"
            left_out.append(LeftOut(file, reason, damaged=False))
        elif projection is not None and not np.array_equal(shard.projection, projection):
            reason = "its token vectors are packed by another projection"
            left_out.append(LeftOut(file, reason, damaged=False))
        else:
            projection = shard.projection
            yield shard


def take_in(
    folder: Path, vectors: VectorStore, fingerprint: str, missing: Iterable[bytes]
) -> TakenIn:
    """Store those of the `missing` embeddings that the folder's shards hold.

    Raises:
        ShardUnusable: the folder cannot be read.
    """
    wanted, taken = set(missing), TakenIn()
    known = vectors.projection(fingerprint)
    for shard in sound_shards(folder, fingerprint, known, taken.left_out):
        rows = [
            (key, vector.tobytes(), tokens)
            for key, vector, tokens in zip(shard.keys, shard.vectors, shard.tokens, strict=True)
            if key in wanted
        ]
        if not rows:
            continue
        if known is None:
            known = shard.projection
            vectors.set_projection(fingerprint, known)
        vectors.add_rows(rows)
        wanted.difference_update(row[0] for row in rows)
        taken.embeddings += len(rows)
        taken.precisions.add(shard.precision)
        if not wanted:
            break
    return taken


def sweep_unfinished(folder: Path) -> None:
    """Delete what writers that were stopped have left; for whoever holds the folder's lock."""
    for file in folder.glob(f"*{UNFINISHED}"):
        with contextlib.suppress(OSError):
            file.unlink()


def _name(fingerprint: str, keys: Sequence[bytes]) -> str:
    digest = hashlib.sha256(f"{_FORMAT}\0{fingerprint}\0".encode() + b"".join(keys))
    return digest.hexdigest()[:_NAME_CHARACTERS] + SUFFIX


def _digest(about: dict[str, str], tensors: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"\0{name} {tensor.dtype} {tensor.shape}\0".encode())
        digest.update(np.ascontiguousarray(tensor).data)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    """Have the folder's entries on the disk; only POSIX can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
