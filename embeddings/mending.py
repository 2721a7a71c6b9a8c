"""Mending an index: what `embeddings.doctor` found wrong, made right where that can be done.

Nothing that can be read is thrown away: a damaged database is set aside, what is whole in it
is copied into a new one, and the rest is made again from the articles folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from embeddings import articles as readers
from embeddings import catalog as catalog_file
from embeddings import generations, leftovers
from embeddings import vectors as vectors_file
from embeddings.catalog import FORMAT, Catalog, Generation
from embeddings.checks import FindEncoder
from embeddings.database import writing
from embeddings.dense import DenseIndex
from embeddings.diagnosis import Diagnosis
from embeddings.doctor import examine
from embeddings.encoder import Encoder
from embeddings.errors import IndexDamaged, SeedsProblem
from embeddings.intake import Progress
from embeddings.leftovers import set_aside
from embeddings.locking import writer_lock
from embeddings.models import DEFAULT_MODEL
from embeddings.rebuild import rebuild
from embeddings.records import Manifest, PassageParameters
from embeddings.salvage import Salvaged, salvage_catalog, salvage_projections, salvage_vectors
from embeddings.seeds import scan
from embeddings.vectors import VectorStore, decoded, unpacked_projection


@dataclass(slots=True)
class Mended:
    """What was done, what was lost for good, and how the index is now."""

    done: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    after: Diagnosis = field(default_factory=Diagnosis)


def mend(
    index: Path,
    found: Diagnosis,
    find_encoder: FindEncoder,
    *,
    seeds: Path | None = None,
    progress: Progress | None = None,
) -> Mended:
    """Mend what can be mended, and look again.

    Args:
        index: the index folder.
        found: what `examine` found there.
        find_encoder: finds the model that the index was built with.
        seeds: the articles folder, if a damaged catalog cannot tell it; ``seeds`` otherwise.
        progress: told how the rebuild gets on.

    Raises:
        IndexBusy: another process is rebuilding the index.
        IndexUnwritable: the disk is full, or the index folder may not be written.
        EncoderError: the model is needed and cannot be used.
    """
    mended = Mended()
    salvaged = None
    with writer_lock(index), writing(index):
        if found.catalog_damaged:
            salvaged = _catalog_from(index, mended)
        manifest = _manifest(found, salvaged, seeds)
        encoder = find_encoder(manifest.encoder, manifest.query_prompt, manifest.passage_prompt)
        if salvaged is not None:
            _adopt(index, salvaged, manifest)
        if found.vectors_damaged:
            _vectors_from(index, salvaged, mended)
        elif found.bad_keys:
            _drop_vectors(index, found.bad_keys)
            mended.done.append(f"Bad embeddings were dropped: {len(found.bad_keys):,}.")
        _doubt(index, found)
        _tidy(index, found, mended)
    report = _rebuild(index, manifest, encoder, found, mended, progress)
    if salvaged is not None:
        _tell_losses(index, salvaged, report, mended)
    _sweep(index)
    mended.after = examine(index, find_encoder)
    return mended


def _manifest(found: Diagnosis, salvaged: Salvaged | None, seeds: Path | None) -> Manifest:
    manifest = found.manifest
    if salvaged is not None and salvaged.generation is not None:
        manifest = salvaged.generation.manifest
    if manifest is not None:
        return manifest
    return Manifest(
        format=FORMAT,
        encoder=DEFAULT_MODEL,
        query_prompt=None,
        passage_prompt=None,
        fingerprint="",
        dimension=0,
        parameters=PassageParameters(),
        seeds=str((seeds or Path("seeds")).absolute()),
    )


# -- the catalog -------------------------------------------------------------------------------


def _catalog_from(index: Path, mended: Mended) -> Salvaged:
    """A new catalog of what can be read of the damaged one, which is set aside."""
    damaged = set_aside(index, catalog_file.FILE_NAME)
    catalog = Catalog.open(index, create=True)
    try:
        catalog.connection.execute("BEGIN IMMEDIATE")
        salvaged = salvage_catalog(damaged, catalog)
        catalog.connection.execute("COMMIT")
    finally:
        catalog.close()
    mended.done.append(
        f"The damaged catalog was set aside as {damaged.name}; articles read out of it: "
        f"{salvaged.articles:,}."
    )
    return salvaged


def _adopt(index: Path, salvaged: Salvaged, manifest: Manifest) -> None:
    """Let the new catalog go on from the old one's generation."""
    generation = salvaged.generation
    if generation is None:
        return
    # Passages get their ids anew, so the search files, which name them, cannot be gone on from.
    generations.spoil(index, generation.derived)
    catalog = Catalog.open(index, create=True)
    try:
        catalog.set_generation(
            Generation(
                max(generation.number, leftovers.last_number(index)),
                generation.derived,
                generation.rebuilt_at,
                manifest,
            )
        )
    finally:
        catalog.close()


def _doubt(index: Path, found: Diagnosis) -> None:
    """Have files with misread articles read again; what they hold stays until they are."""
    if not found.misread:
        return
    catalog = Catalog.open(index, create=True)
    try:
        catalog.connection.execute("BEGIN IMMEDIATE")
        for article_id in found.misread:
            catalog.connection.execute(
                "UPDATE files SET sha256 = '' WHERE path = "
                "(SELECT path FROM articles WHERE id = ?)",
                (article_id,),
            )
            catalog.connection.execute(
                "UPDATE articles SET sha256 = '' WHERE id = ?", (article_id,)
            )
        catalog.connection.execute("COMMIT")
    finally:
        catalog.close()


def _tell_losses(index: Path, salvaged: Salvaged, articles: int, mended: Mended) -> None:
    catalog = Catalog.open(index)
    try:
        gone = [name for name in salvaged.doubtful if catalog.article(name) is None]
    finally:
        catalog.close()
    if gone:
        mended.lost.append(
            f"Articles that were damaged and are not in the articles folder: {', '.join(gone)}."
        )
    if salvaged.unread:
        mended.lost.append(
            f"In {salvaged.unread:,} places the old catalog could not be read at all. What the "
            f"articles folder holds was read again ({articles:,} articles are indexed now); an "
            "article that was only in those places is lost."
        )


# -- embeddings --------------------------------------------------------------------------------


def _drop_vectors(index: Path, keys: set[bytes]) -> None:
    store = VectorStore(index)
    try:
        store.drop(sorted(keys))
    finally:
        store.close()


def _vectors_from(index: Path, salvaged: Salvaged | None, mended: Mended) -> None:
    """A new store of those embeddings that the dense index confirms, without the damaged one."""
    known = _confirmed(index) if salvaged is None else {}
    damaged = set_aside(index, vectors_file.FILE_NAME)
    store = VectorStore(index)
    kept = 0

    def whole() -> Iterator[tuple[bytes, bytes, bytes]]:
        nonlocal kept
        for key, vector, tokens in salvage_vectors(damaged):
            values, there = decoded(vector), known.get(key)
            if values is None or there is None or values.shape != there.shape:
                continue
            if np.array_equal(values, there) and tokens:
                kept += 1
                yield key, vector, tokens

    try:
        if known:
            store.add_rows(whole())
            projections = salvage_projections(damaged)
            if not projections:
                raise ValueError("nothing tells how token vectors are packed")
            for fingerprint, width, matrix in projections:
                store.set_projection(fingerprint, unpacked_projection(width, matrix))
    except (ValueError, TypeError):
        # What cannot be unpacked is not worth keeping: everything is embedded again.
        store.close()
        for suffix in ("", "-wal", "-shm"):
            (index / f"{vectors_file.FILE_NAME}{suffix}").unlink(missing_ok=True)
        kept = 0
    finally:
        store.close()
    mended.done.append(
        f"The damaged embeddings were set aside as {damaged.name}; {kept:,} of them were kept, "
        "as the dense index confirms them."
    )


def _confirmed(index: Path) -> dict[bytes, np.ndarray]:
    """Vectors of the dense index by embedding key, where its digest vouches for it."""
    catalog = Catalog.open(index)
    try:
        generation = catalog.generation()
        if generation is None:
            return {}
        generations.check(index, generation.derived, thoroughly=True)
        dense = DenseIndex.read(generations.dense_file(index, generation.derived))
        if not dense.exact:
            return {}
        rows = list(catalog.passage_keys())
        vectors = dense.vectors([number for number, _ in rows])
    except (IndexDamaged, RuntimeError):
        return {}
    finally:
        catalog.close()
    return {key: vector for (_, key), vector in zip(rows, vectors, strict=True)}


# -- the rest ----------------------------------------------------------------------------------


def _tidy(index: Path, found: Diagnosis, mended: Mended) -> None:
    for folder in found.leftovers:
        generations.discard(folder)
    if found.leftovers:
        mended.done.append(f"Folders that were left over were deleted: {len(found.leftovers):,}.")
    if found.derived_damaged and found.manifest is not None:
        catalog = Catalog.open(index)
        try:
            generation = catalog.generation()
        finally:
            catalog.close()
        if generation is not None:
            # Without its digests a folder is not taken for whole, and is made again.
            generations.spoil(index, generation.derived)
            mended.done.append("The search files were made again from the catalog.")


def _sweep(index: Path) -> None:
    """Delete the search files that were given up on the way."""
    with writer_lock(index):
        catalog = Catalog.open(index)
        try:
            generation = catalog.generation()
        finally:
            catalog.close()
        for folder in leftovers.abandoned(index, generation) if generation else ():
            generations.discard(folder)


def _rebuild(
    index: Path,
    manifest: Manifest,
    encoder: Encoder,
    found: Diagnosis,
    mended: Mended,
    progress: Progress | None,
) -> int:
    """Bring everything up to date that depends on what was mended; how many articles there are."""
    seeds = Path(manifest.seeds)
    try:
        files = [f for f in scan(seeds, exclude=index).files if readers.supported(f.relative)]
    except SeedsProblem:
        files = []
    catalog = Catalog.open(index, create=True)
    try:
        salvaged_ids = catalog.article_ids() if found.catalog_damaged else []
    finally:
        catalog.close()
    report = rebuild(
        seeds,
        index,
        encoder,
        parameters=manifest.parameters,
        prompts=(manifest.query_prompt, manifest.passage_prompt),
        read_files=bool(files),
        cut_again=salvaged_ids or found.miscut,
        progress=progress,
    )
    if not files:
        mended.done.append(f"{seeds} has no articles now: nothing was read from there.")
    if report.embedded:
        mended.done.append(f"Passages embedded again: {report.embedded:,}.")
    taken = [entry for entry in report.entries if entry.articles and not entry.problems]
    if taken and (found.catalog_damaged or found.misread):
        mended.done.append(f"Files read again from {seeds}: {len(taken):,}.")
    return report.articles
