"""Bringing the index up to date with the articles folder, doing only what changed."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from embeddings import articles as readers
from embeddings import catalog as catalog_file
from embeddings import generations
from embeddings.catalog import FORMAT, Catalog, Generation
from embeddings.database import writing
from embeddings.encoder import Encoder, Vectors
from embeddings.errors import (
    EmbeddingsMissing,
    EncodingFailed,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
)
from embeddings.intake import Intake
from embeddings.intake import Progress as Progress
from embeddings.leftovers import set_aside
from embeddings.locking import writer_lock
from embeddings.milvus_client import checked_uri
from embeddings.passages import embedding_input
from embeddings.records import (
    Action,
    Manifest,
    PassageParameters,
    RebuildReport,
)
from embeddings.shards import FOLDER_NAME as SHARDS
from embeddings.shards import take_in
from embeddings.tokens import fit_projection, pack
from embeddings.vectors import VectorStore

_EMBED_BATCH = 256
_SPARE_EMBEDDINGS = 1000


def rebuild(
    seeds: Path,
    index: Path,
    encoder: Encoder,
    *,
    parameters: PassageParameters | None = None,
    prompts: tuple[str | None, str | None] = (None, None),
    fresh: bool = False,
    allow_empty: bool = False,
    read_files: bool = True,
    cut_again: Collection[str] | None = None,
    engine: tuple[str, str] | None = None,
    embeddings: Path | None = None,
    progress: Progress | None = None,
) -> RebuildReport:
    """Bring the index in `index` up to date with the articles in `seeds`.

    One transaction: readers see the generation before until the new one is whole, and a
    kill at any instant leaves the one before. What was embedded up to then is kept.

    Args:
        seeds: a folder of articles, or one article file.
        index: the index folder; made where there is none.
        encoder: loaded only if some passage has never been embedded.
        parameters: how to cut passages; the defaults when ``None``.
        prompts: query and passage prompts chosen by hand, for the manifest.
        fresh: forget what is indexed and read everything again (embeddings are kept).
        allow_empty: accept that a collection that held articles now holds none.
        read_files: look at the folder; if not, only what is indexed already is seen to.
        cut_again: ids of articles to cut into passages anew, from the catalog's own copy. If
            given, were it without any, embeddings are looked for one by one as well.
        engine: where to keep the search indexes, and the address; where they are if ``None``.
        embeddings: a folder of shards of `dateline embed`; ``shards`` in the index folder,
            if there is one, when ``None``.
        progress: told how each stage gets on.

    Raises:
        SeedsProblem: no such folder, or it is empty and was not.
        IndexBusy: another process is rebuilding this index.
        IndexDamaged, IndexMismatch: the index cannot be used; `fresh` starts over.
        IndexUnwritable: the disk is full, or the index folder may not be written.
        EncoderError: the model is needed and cannot be used.
        EngineUnusable, EngineUnreachable: the engine cannot be used, or does not answer.
    """
    started = time.perf_counter()
    with writer_lock(index):
        catalog = _open_catalog(index, fresh)
        try:
            run = _Rebuild(
                seeds=seeds.absolute(),
                index=index,
                catalog=catalog,
                vectors=VectorStore(index),
                encoder=encoder,
                parameters=parameters or PassageParameters(),
                prompts=prompts,
                engine=engine,
                progress=progress or (lambda stage, done, total: None),
                shards=embeddings or index / SHARDS,
            )
            try:
                with writing(index):
                    return run.run(
                        fresh=fresh,
                        allow_empty=allow_empty,
                        read_files=read_files,
                        cut_again=cut_again,
                        started=started,
                    )
            finally:
                run.vectors.close()
                readers.close()
        finally:
            catalog.close()


def mend(index: Path, engine_uri: str = "") -> None:
    """Make the derived indexes of the committed generation again, if they are not whole.

    They go where they were, or to the address given.

    Raises:
        IndexDamaged: embeddings are missing as well; a rebuild is needed.
        IndexUnwritable: the disk is full, or the index folder may not be written.
        IndexBusy: another process has been rebuilding for a minute.
    """
    with writer_lock(index, timeout=60):
        catalog = Catalog.open(index)
        vectors = VectorStore(index)
        with contextlib.ExitStack() as stack:
            stack.callback(catalog.close)
            stack.callback(vectors.close)
            stack.enter_context(writing(index))
            catalog.connection.execute("BEGIN IMMEDIATE")
            generation = catalog.generation()
            if generation is None:
                raise IndexMissing(
                    f"The index in {index} has not been built to its end yet.",
                    "Build it with: dateline rebuild",
                )
            with contextlib.suppress(IndexDamaged):
                generations.open_derived(index, generation.derived, engine_uri)
                return
            name = generations.new_name(generation.number)
            manifest = generation.manifest
            engine = generations.engine_at(manifest, engine_uri)
            generations.derive(index, name, catalog, vectors, manifest.dimension, engine=engine)
            catalog.set_generation(
                Generation(generation.number, name, generation.rebuilt_at, generation.manifest)
            )
            catalog.connection.execute("COMMIT")
            generations.sweep(index, {name})


def _open_catalog(index: Path, fresh: bool) -> Catalog:
    try:
        return Catalog.open(index, create=True)
    except (IndexDamaged, IndexMismatch):
        if not fresh:
            raise
    # Kept aside, not deleted: it may be the only copy of articles whose files are gone.
    set_aside(index, catalog_file.FILE_NAME)
    return Catalog.open(index, create=True)


@dataclass
class _Rebuild:
    """One run: what it works on, and what it has done so far."""

    seeds: Path
    index: Path
    catalog: Catalog
    vectors: VectorStore
    encoder: Encoder
    parameters: PassageParameters
    prompts: tuple[str | None, str | None]
    engine: tuple[str, str] | None
    progress: Progress
    shards: Path
    intake: Intake = field(init=False)
    precisions: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.intake = Intake(
            self.seeds, self.index, self.catalog, self.encoder, self.parameters, self.progress
        )

    def run(
        self,
        *,
        fresh: bool,
        allow_empty: bool,
        read_files: bool,
        cut_again: Collection[str] | None,
        started: float,
    ) -> RebuildReport:
        self.catalog.connection.execute("BEGIN IMMEDIATE")
        before = self.catalog.generation()
        self.intake.generation = before.number + 1 if before else 1
        last_id = self.catalog.last_passage_id()
        manifest = self._manifest(before)
        recut = self._recut_reason(before, manifest)
        if fresh:
            self.catalog.remember_arrivals()
            self.catalog.clear()
        elif recut:
            self.intake.notes.append(recut)
            self._recut(self.catalog.article_ids())
        elif cut_again:
            self._recut(cut_again)
        if read_files:
            self.intake.read_files(allow_empty)
        if fresh:
            self.catalog.recall_arrivals()
        # What the last generation held has been embedded, unless embeddings were deleted.
        unsettled = before is None or fresh or recut or cut_again is not None
        engine = generations.engine_at(manifest)
        moved = before is not None and (before.manifest.engine, before.manifest.engine_uri) != (
            manifest.engine,
            manifest.engine_uri,
        )
        embedded, reused = self._embed(0 if unsettled else last_id)
        if embedded:
            self.precisions.add(self.encoder.precision)
        if self.precisions:
            told = {*manifest.precision.split(", "), *self.precisions} - {""}
            manifest = replace(manifest, precision=", ".join(sorted(told)))
        if before and not (fresh or recut or moved or embedded or self.intake.touched_articles()):
            derived = before.derived
            try:
                generations.check_derived(self.index, derived, manifest.engine_uri)
            except IndexDamaged:
                derived = generations.new_name(before.number)
                self.intake.notes.append("The search files were damaged, and were made again.")
                generations.derive(
                    self.index,
                    derived,
                    self.catalog,
                    self.vectors,
                    manifest.dimension,
                    engine=engine,
                )
            generation = Generation(before.number, derived, before.rebuilt_at, manifest)
            if generation != before:
                self.catalog.set_generation(generation)
        else:
            number = before.number + 1 if before else 1
            name = generations.new_name(number)
            self.progress("Indexing", 0, 1)
            reuse = before is not None and not (fresh or recut)
            dimension = self._dimension(manifest)
            manifest = replace(manifest, dimension=dimension)
            try:
                generations.derive(
                    self.index,
                    name,
                    self.catalog,
                    self.vectors,
                    dimension,
                    base=before.derived if before and reuse else None,
                    removed=[i for i in self.intake.removed_passages if i <= last_id],
                    added_after=last_id if reuse else 0,
                    engine=engine,
                )
            except EmbeddingsMissing:
                again, _ = self._embed(0)
                embedded += again
                name = generations.new_name(number)
                generations.derive(
                    self.index, name, self.catalog, self.vectors, dimension, engine=engine
                )
            generation = Generation(number, name, datetime.now(UTC), manifest)
            self.catalog.set_generation(generation)
            self.progress("Indexing", 1, 1)
        news = [entry for entry in self.intake.entries if self.intake.is_news(entry)]
        if news:
            self.catalog.write_ledger(generation.number, datetime.now(UTC), news)
        _, articles, passages = self.catalog.counts()
        self.catalog.connection.execute("COMMIT")
        # The generation stands, whatever becomes of what is not needed any more.
        with contextlib.suppress(OSError, sqlite3.DatabaseError):
            self._clean_up(before, generation)
        counts = Counter(entry.action for entry in self.intake.entries)
        counts[Action.UNCHANGED] = self.intake.unchanged
        return RebuildReport(
            generation=generation.number,
            entries=tuple(self.intake.entries),
            counts={action: counts[action] for action in Action},
            articles=articles,
            passages=passages,
            embedded=embedded,
            reused=reused,
            seconds=time.perf_counter() - started,
            notes=tuple(self.intake.notes),
        )

    # -- what the index was built with ----------------------------------------------------

    def _manifest(self, before: Generation | None) -> Manifest:
        same = before is not None and before.manifest.fingerprint == self.encoder.fingerprint
        if before and before.manifest.calibration and not same:
            self.intake.notes.append(
                "The calibration was fitted with another model and is dropped; fit one with: "
                "dateline evaluate --calibrate"
            )
        engine = self.engine
        if engine is None and before:
            engine = (before.manifest.engine, before.manifest.engine_uri)
        name, uri = engine or ("embedded", "")
        return Manifest(
            format=FORMAT,
            encoder=self.encoder.name,
            query_prompt=self.prompts[0],
            passage_prompt=self.prompts[1],
            fingerprint=self.encoder.fingerprint,
            dimension=before.manifest.dimension if before else 0,
            parameters=self.parameters,
            seeds=str(self.seeds),
            # Both are of the model they were made with.
            calibration=before.manifest.calibration if before and same else None,
            precision=before.manifest.precision if before and same else "",
            engine=name,
            engine_uri=checked_uri(uri) if name == "milvus" else uri,
        )

    def _recut_reason(self, before: Generation | None, now: Manifest) -> str:
        if before is None:
            return ""
        old = before.manifest
        if old.fingerprint != now.fingerprint:
            return (
                f"The index was built with {old.encoder}; every passage is embedded anew "
                f"with {now.encoder}."
            )
        if old.parameters != now.parameters:
            return "Passages are cut differently now; every article is cut anew."
        return ""

    def _recut(self, ids: Collection[str]) -> None:
        """Cut indexed articles again, from the catalog's own copy of their text."""
        for done, article_id in enumerate(ids):
            article, arrival = self.catalog.article(article_id), self.catalog.arrival(article_id)
            if article is not None and arrival is not None:
                self.intake.remove(article_id)
                self.intake.add(article, arrival)
            self.progress("Cutting", done + 1, len(ids))

    def _dimension(self, manifest: Manifest) -> int:
        for _, key in self.catalog.passage_keys():
            for _, vector in self.vectors.vectors([key]):
                return len(vector)
        # Nothing to search yet: any dimension will do until there is.
        return manifest.dimension or 1

    # -- embeddings ----------------------------------------------------------------------

    def _embed(self, settled: int) -> tuple[int, int]:
        """Embed what has never been embedded; how many that was, and how many were known.

        Passages with ids up to `settled` are looked at only if embeddings are too few.
        """
        if settled and self.vectors.count() < self.catalog.key_count(settled):
            settled = 0
        missing = self.vectors.missing(key for _, key in self.catalog.passage_keys(settled))
        if missing:
            missing = self._take_in(missing)
        total, done = len(missing), 0
        if missing:
            self.progress("Embedding", 0, total)
            self._projection()
        batch: dict[bytes, str] = {}
        for key, passage, article in self.catalog.passages_with_keys(missing):
            batch[key] = embedding_input(article, passage)
            if len(batch) == _EMBED_BATCH:
                done += self._embed_batch(batch)
                self.progress("Embedding", done, total)
                batch = {}
        if batch:
            done += self._embed_batch(batch)
            self.progress("Embedding", done, total)
        return done, max(0, self.intake.added_passages - done)

    def _take_in(self, missing: set[bytes]) -> set[bytes]:
        """Take embeddings from shards; those of the keys that are missing all the same."""
        taken = take_in(self.shards, self.vectors, self.encoder.fingerprint, missing)
        self.precisions |= taken.precisions
        self.intake.notes += map(str, taken.left_out)
        if taken.embeddings:
            self.intake.notes.append(f"Embeddings taken in from shards: {taken.embeddings:,}.")
        return self.vectors.missing(missing) if taken.embeddings else missing

    def _embed_batch(self, batch: dict[bytes, str]) -> int:
        embedded = self.encoder.encode_passages(list(batch.values()))
        if len(embedded) != len(batch):
            raise EncodingFailed(
                f"The model gave {len(embedded)} vectors for {len(batch)} passages.",
                "Choose another model with --model.",
            )
        projection = self._projection()
        self.vectors.add(
            (key, item.vector, pack(item, projection))
            for key, item in zip(batch, embedded, strict=True)
        )
        return len(batch)

    def _projection(self) -> Vectors:
        fingerprint = self.encoder.fingerprint
        projection = self.vectors.projection(fingerprint)
        if projection is None:
            projection = fit_projection(self.encoder)
            self.vectors.set_projection(fingerprint, projection)
        return projection

    def _clean_up(self, before: Generation | None, generation: Generation) -> None:
        self.vectors.drop(self.catalog.unused(self.intake.removed_keys))
        if generation != before:
            # Builds that were stopped leave embeddings of articles that have changed since.
            spare = self.vectors.count() - self.catalog.key_count()
            if spare > _SPARE_EMBEDDINGS:
                self.vectors.keep_only(key for _, key in self.catalog.passage_keys())
        keep = {generation.derived} | ({before.derived} if before else set())
        generations.sweep(self.index, keep)
        if generation != before:
            self.catalog.shorten_log()
