"""Keeping, in the index itself, when to answer from it and how sure of that to be."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from embeddings import catalog as catalog_file
from embeddings.catalog import Catalog
from embeddings.database import writing
from embeddings.errors import IndexMissing
from embeddings.locking import writer_lock
from embeddings.records import Calibration

_WAIT_SECONDS = 60


def set_calibration(index: Path, calibration: Calibration | None) -> None:
    """Store a calibration in the manifest, or with ``None`` remove the one that is there.

    One transaction: readers that are open see it at their next question, and rebuilds with
    the same model keep it.

    Raises:
        IndexMissing: nothing has been built in the folder yet.
        IndexBusy: another process has been rebuilding for a minute.
        IndexUnwritable: the disk is full, or the index folder may not be written.
        IndexDamaged, IndexMismatch: the catalog cannot be read.
    """
    missing = IndexMissing(f"There is no index in {index}.", "Build one with: dateline rebuild")
    if not catalog_file.exists(index):
        raise missing
    with writer_lock(index, timeout=_WAIT_SECONDS), contextlib.ExitStack() as stack:
        catalog = Catalog.open(index)
        stack.callback(catalog.close)
        stack.enter_context(writing(index))
        catalog.connection.execute("BEGIN IMMEDIATE")
        generation = catalog.generation()
        if generation is None:
            raise missing
        manifest = replace(generation.manifest, calibration=calibration)
        catalog.set_generation(replace(generation, manifest=manifest))
        catalog.connection.execute("COMMIT")
