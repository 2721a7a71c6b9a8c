"""Bringing an index up to date for a command: with what it was built with, and a progress bar."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ui.output import console, progress_bar

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from embeddings.models import ModelChoice
    from embeddings.records import Manifest, RebuildReport


def run_rebuild(
    seeds: Path | None,
    index: Path,
    model: tuple[str | None, str | None, str | None],
    *,
    engine: tuple[str | None, str | None] = (None, None),
    embeddings: Path | None = None,
    fresh: bool = False,
    allow_empty: bool = False,
    quiet: bool = False,
    find_encoder: Callable[[ModelChoice], Encoder] | None = None,
) -> RebuildReport:
    """Rebuild with a progress bar; what is not given is as it was the last time."""
    from embeddings.encoder import open_encoder
    from embeddings.errors import DatelineError, IndexProblem
    from embeddings.generations import ENGINE_URI
    from embeddings.rebuild import rebuild as bring_up_to_date

    try:
        before = _manifest_before(index)
    except IndexProblem:
        if not fresh:
            raise
        before = None
    seeds, choice = _as_before(before, seeds, model)
    if before is not None and engine[0] is None and engine[1]:
        engine = (before.engine, engine[1])
    if before is None and engine[0] is None:
        engine = (os.environ.get("DATELINE_ENGINE"), engine[1] or os.environ.get(ENGINE_URI))
        if engine[0] is None and engine[1]:
            raise DatelineError(
                "An engine's address is given, but no engine.", "Add --engine milvus."
            )
    chosen = None if engine[0] is None else (engine[0], engine[1] or "")
    encoder = (find_encoder or open_encoder)(choice)
    with progress_bar(quiet=quiet) as progress:
        return bring_up_to_date(
            seeds or Path("seeds"),
            index,
            encoder,
            prompts=(choice.query_prompt, choice.passage_prompt),
            fresh=fresh,
            allow_empty=allow_empty,
            engine=chosen,
            embeddings=embeddings,
            progress=progress,
        )


def as_before(
    seeds: Path | None, index: Path, model: tuple[str | None, str | None, str | None]
) -> tuple[Path | None, ModelChoice]:
    """Articles folder and model: as given, or else what the index was built with, if it was.

    Raises:
        IndexProblem: there is an index, and it cannot be read.
    """
    return _as_before(_manifest_before(index), seeds, model)


def _manifest_before(index: Path) -> Manifest | None:
    from embeddings import catalog as catalog_file
    from embeddings.catalog import Catalog

    if not catalog_file.exists(index):
        return None
    catalog = Catalog.open(index)
    try:
        generation = catalog.generation()
    finally:
        catalog.close()
    return generation.manifest if generation is not None else None


def _as_before(
    before: Manifest | None, seeds: Path | None, model: tuple[str | None, str | None, str | None]
) -> tuple[Path | None, ModelChoice]:
    from embeddings.models import DEFAULT_MODEL, ModelChoice

    name, query_prompt, passage_prompt = model
    if before is not None:
        seeds = seeds or Path(before.seeds)
        if name is None:
            name = before.encoder
            query_prompt = query_prompt or before.query_prompt
            passage_prompt = passage_prompt or before.passage_prompt
    return seeds, ModelChoice(name or DEFAULT_MODEL, query_prompt, passage_prompt)


def show_report(report: RebuildReport) -> None:
    """Print what a rebuild did."""
    from ui.terminal import show_rebuild

    show_rebuild(console(), report)
