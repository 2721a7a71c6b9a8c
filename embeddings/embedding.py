"""Embedding a folder of articles ahead of a rebuild: into shards, by any number of machines.

What a rebuild would embed is embedded here without a catalog. A run may be stopped at any
time: the next one leaves out whatever a finished shard or the index holds already.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from embeddings import articles as readers
from embeddings.articles import limits
from embeddings.encoder import Encoder, Vectors
from embeddings.errors import ArticleError, EncodingFailed
from embeddings.intake import Progress
from embeddings.locking import writer_lock
from embeddings.passages import embedding_input, split_article
from embeddings.records import Article, PassageParameters
from embeddings.seeds import SeedFile, scan
from embeddings.shards import (
    DAMAGED,
    LeftOut,
    make_shard,
    sound_shards,
    sweep_unfinished,
    to_bytes,
    write_shard,
)
from embeddings.tokens import fit_projection
from embeddings.vectors import FILE_NAME, VectorStore, embedding_key

SHARD_PASSAGES = 1024
"""Passages of one shard: some 10 MB, and what a stopped run may lose of each process."""

_ENCODE_BATCH = 256

Item = tuple[bytes, str]
"""A passage to embed: its key, and the text the encoder reads."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all shards of one run have in common."""

    fingerprint: str
    projection: Vectors


Embedder = Callable[[Work, Iterable[Sequence[Item]]], Iterator[tuple[str, bytes, int]]]
"""Makes a shard of each batch: file name, content and number of passages, as they are done."""


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """What one run did.

    ``passages`` are distinct ones; of these ``in_index`` and ``in_shards`` were embedded
    before and ``embedded`` now, into ``shards_written`` files. ``failed`` names files that
    could not be read, with reasons, and ``left_out`` shards that could not be used.
    ``seconds`` is wall time.
    """

    shards: str
    articles: int
    passages: int
    in_index: int
    in_shards: int
    embedded: int
    shards_written: int
    failed: tuple[str, ...]
    left_out: tuple[str, ...]
    seconds: float


def embed(
    seeds: Path,
    index: Path,
    shards: Path,
    encoder: Encoder,
    *,
    parameters: PassageParameters | None = None,
    embedder: Embedder | None = None,
    shard_passages: int = SHARD_PASSAGES,
    progress: Progress | None = None,
) -> EmbedReport:
    """Embed what neither the index nor a finished shard holds, into shards.

    Args:
        seeds: a folder of articles, or one article file.
        index: the index folder the shards are for; it need not exist.
        shards: the folder of shards; made where there is none.
        encoder: cuts passages, and embeds them where there is no `embedder`.
        parameters: how to cut passages; the defaults when ``None``.
        embedder: where the passages are embedded; in this process when ``None``.
        shard_passages: passages of one shard.
        progress: told how reading and embedding get on.

    Raises:
        SeedsProblem: there is no such folder.
        IndexBusy: another process is writing shards into the folder.
        IndexUnwritable: the disk is full, or the folder may not be written.
        EncoderError: the model cannot be used.
        ClusterError: Ray is asked for and cannot be used.
    """
    started = time.perf_counter()
    with writer_lock(shards), contextlib.closing(readers):
        run = _Run(seeds, index, shards, encoder, parameters or PassageParameters(),
                   progress or (lambda stage, done, total: None))  # fmt: skip
        sweep_unfinished(shards)
        work = run.look_around()
        written = embedded = 0
        batches = _batches(run.missing(), shard_passages)
        for name, content, count in (embedder or InProcess(encoder))(work, batches):
            written += write_shard(shards, name, content)
            embedded += count
            run.progress("Embedding", embedded, run.to_embed)
        return EmbedReport(
            shards=str(shards),
            articles=run.articles,
            passages=run.in_index + run.in_shards + run.to_embed,
            in_index=run.in_index,
            in_shards=run.in_shards,
            embedded=embedded,
            shards_written=written,
            failed=tuple(run.failed),
            left_out=tuple(map(str, run.left_out)),
            seconds=time.perf_counter() - started,
        )


@dataclass(frozen=True, slots=True)
class InProcess:
    """Embeds in this process, with as many threads as the encoder takes."""

    encoder: Encoder

    def __call__(
        self, work: Work, batches: Iterable[Sequence[Item]]
    ) -> Iterator[tuple[str, bytes, int]]:
        """One shard a batch."""
        for batch in batches:
            yield embedded_shard(self.encoder, work, batch)


def embedded_shard(encoder: Encoder, work: Work, batch: Sequence[Item]) -> tuple[str, bytes, int]:
    """Embed a batch: its shard's file name and content, and how many passages it holds.

    Raises:
        EncodingFailed: this is another model than the run's, or it gave too few vectors.
    """
    if encoder.fingerprint != work.fingerprint:
        raise EncodingFailed(
            f"The model {encoder.name!r} is not the same on every machine.",
            "Install the same model, and the same version of Dateline, on all of them.",
        )
    found = []
    for start in range(0, len(batch), _ENCODE_BATCH):
        found += encoder.encode_passages([text for _, text in batch[start : start + _ENCODE_BATCH]])
    if len(found) != len(batch):
        raise EncodingFailed(
            f"The model gave {len(found)} vectors for {len(batch)} passages.",
            "Choose another model with --model.",
        )
    keys = [key for key, _ in batch]
    shard = make_shard(work.fingerprint, encoder.precision, work.projection, keys, found)
    return shard.name, to_bytes(shard), len(batch)


@dataclass
class _Run:
    """One look through the articles: what is known already, and what was found."""

    seeds: Path
    index: Path
    shards: Path
    encoder: Encoder
    parameters: PassageParameters
    progress: Progress
    articles: int = 0
    in_index: int = 0
    in_shards: int = 0
    to_embed: int = 0
    failed: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    finished: set[bytes] = field(default_factory=set)

    def look_around(self) -> Work:
        """See what finished shards hold, and how token vectors are packed."""
        fingerprint = self.encoder.fingerprint
        projection = None
        with contextlib.ExitStack() as stack:
            if store := self._store(stack):
                projection = store.projection(fingerprint)
        for shard in sound_shards(self.shards, fingerprint, projection, self.left_out):
            projection = shard.projection
            self.finished.update(shard.keys)
        for one in self.left_out:
            if one.damaged:
                # What was in it is embedded anew, maybe under its very name.
                with contextlib.suppress(OSError):
                    one.file.rename(one.file.with_name(one.file.name + DAMAGED))
        if projection is None:
            projection = fit_projection(self.encoder)
        return Work(fingerprint, projection)

    def missing(self) -> Iterator[Item]:
        """Every distinct passage that is embedded nowhere yet, as the files are read."""
        seen: set[bytes] = set()
        with contextlib.ExitStack() as stack:
            store = self._store(stack)
            for article in self._read():
                self.articles += 1
                items = {key: text for key, text in self._items(article).items() if key not in seen}
                seen.update(items)
                new = [key for key in items if key not in self.finished]
                self.in_shards += len(items) - len(new)
                absent = store.missing(new) if store else set(new)
                self.in_index += len(new) - len(absent)
                self.to_embed += len(absent)
                for key in new:
                    if key in absent:
                        yield key, items[key]

    def _store(self, stack: contextlib.ExitStack) -> VectorStore | None:
        if not (self.index / FILE_NAME).exists():
            return None
        store = VectorStore(self.index)
        stack.callback(store.close)
        return store

    def _items(self, article: Article) -> dict[bytes, str]:
        passages = split_article(
            article,
            self.encoder.count_tokens,
            self.parameters,
            self.encoder.window,
            self.encoder.special_tokens,
        )
        texts = [embedding_input(article, passage) for passage in passages]
        return {embedding_key(self.encoder.fingerprint, text): text for text in texts}

    def _read(self) -> Iterator[Article]:
        found = scan(self.seeds, exclude=self.index)
        self.failed += [f"{where}: {reason}" for where, reason in found.unreadable.items()]
        files = [file for file in found.files if readers.supported(file.relative)]
        total, done = sum(file.size for file in files), 0
        for file in files:
            self.progress("Reading", done, total)
            yield from self._articles(file)
            done += file.size
        self.progress("Reading", total, total)

    def _articles(self, file: SeedFile) -> Iterator[Article]:
        try:
            limits.check_size(file.size, limits.FILE_BYTES)
            data = file.path.read_bytes()
            for item in readers.read_articles(file.path, file.relative, data):
                if isinstance(item, Article):
                    yield item
                else:
                    self.failed.append(f"{file.relative}: {item}")
        except OSError as error:
            self.failed.append(f"{file.relative}: cannot be read: {error.strerror or error}")
        except ArticleError as error:
            self.failed.append(f"{file.relative}: {error}")


def _batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while batch := list(islice(items, size)):
        yield batch
