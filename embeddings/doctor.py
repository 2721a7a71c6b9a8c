"""Is the index whole? Every file, row and number of it, checked against the others.

Looks, and changes nothing; `embeddings.mending` acts on what is found here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from embeddings import articles as readers
from embeddings import catalog as catalog_file
from embeddings import leftovers
from embeddings import vectors as vectors_file
from embeddings.catalog import Catalog, Generation
from embeddings.checks import (
    FindEncoder,
    check_articles,
    check_catalog,
    check_embeddings,
    check_model,
    check_search_files,
    open_vectors,
)
from embeddings.database import unwritable
from embeddings.diagnosis import Diagnosis, State, some
from embeddings.errors import (
    DatelineError,
    IndexMismatch,
    IndexMissing,
    IndexProblem,
    SeedsProblem,
)
from embeddings.locking import writer_lock
from embeddings.records import Manifest
from embeddings.seeds import scan


def examine(index: Path, find_encoder: FindEncoder) -> Diagnosis:
    """Check everything in the index folder, and what it needs around it.

    Raises:
        IndexMissing: there is no index in the folder.
    """
    found = Diagnosis()
    if not catalog_file.exists(index) and not (index / vectors_file.FILE_NAME).exists():
        raise IndexMissing(f"There is no index in {index}.", "Build one with: dateline rebuild")
    _folder(index, found)
    try:
        catalog = Catalog.open(index)
    except IndexMismatch as error:
        found.add("catalog", State.GRAVE, error.message, error.hint)
        return found
    except DatelineError as error:
        found.catalog_damaged = True
        found.add("catalog", State.FAULT, error.message)
        open_vectors(index, found)
        return found
    try:
        catalog.connection.execute("BEGIN")
        generation = check_catalog(catalog, found)
        if generation is None:
            open_vectors(index, found)
        else:
            found.manifest = generation.manifest
            check_model(generation.manifest, find_encoder, found)
            check_articles(catalog, generation.manifest, found)
            dense = check_search_files(index, catalog, generation, found)
            check_embeddings(index, catalog, generation.manifest, dense, found)
            _seeds(catalog, generation.manifest, index, found)
            _left_over(index, generation, found)
    finally:
        catalog.close()
    return found


# -- the folder --------------------------------------------------------------------------------


def _folder(index: Path, found: Diagnosis) -> None:
    try:
        with writer_lock(index):
            (index / ".doctor").touch()
            (index / ".doctor").unlink()
        found.add("folder", State.WELL, f"{index} can be written, and no rebuild is running.")
    except IndexProblem as error:
        found.busy = not error.message.startswith("The index folder")
        state = State.NOTE if found.busy else State.GRAVE
        found.add("folder", state, error.message, error.hint)
    except OSError as error:
        told = unwritable(index, error)
        found.add("folder", State.GRAVE, told.message, told.hint)
    free = shutil.disk_usage(index).free
    used = sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
    if free < used:
        found.add(
            "space",
            State.NOTE,
            f"{free / 1e6:,.0f} MB are free, and the index takes {used / 1e6:,.0f} MB.",
            "A rebuild writes new search files beside the old ones: make room for as much again.",
        )
    else:
        found.add("space", State.WELL, f"{free / 1e9:,.1f} GB are free.")


def _left_over(index: Path, generation: Generation, found: Diagnosis) -> None:
    aside = sorted(file.name for file in index.glob(f"{leftovers.SET_ASIDE}*"))
    if aside:
        found.add(
            "set aside",
            State.NOTE,
            f"Kept from an earlier repair: {some(aside)}.",
            "Delete them once nothing is missed.",
        )
    if found.busy:
        return
    found.leftovers = leftovers.abandoned(index, generation)
    if found.leftovers:
        names = [folder.name for folder in found.leftovers]
        found.add("leftovers", State.FAULT, f"Left by rebuilds that were stopped: {some(names)}.")


# -- the articles folder --------------------------------------------------------------------------


def _seeds(catalog: Catalog, manifest: Manifest, index: Path, found: Diagnosis) -> None:
    folder = Path(manifest.seeds)
    try:
        files = scan(folder, exclude=index).files
    except SeedsProblem as error:
        found.add("seeds", State.NOTE, error.message, error.hint)
        return
    known = catalog.files()
    readable = [file for file in files if readers.supported(file.relative)]
    if not readable and known:
        found.add(
            "seeds",
            State.NOTE,
            f"{folder} holds no articles now; {len(known):,} files of it are indexed.",
            "If it is not mounted, mount it.",
        )
        return
    fresh = sum(file.relative not in known for file in readable)
    found.add(
        "seeds",
        State.WELL,
        f"{folder} is there: {len(readable):,} files of articles, {fresh:,} not taken in yet.",
    )
    failed = sum(file.failed for file in known.values())
    if failed:
        found.add(
            "files",
            State.NOTE,
            f"{failed:,} of the files could not be read, or not all of it.",
            "List them with: dateline status --failed",
        )
