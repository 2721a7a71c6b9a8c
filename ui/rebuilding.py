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
    from embeddings.records import RebuildReport


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
    from embeddings import catalog as catalog_file
    from embeddings.catalog import Catalog
    from embeddings.encoder import open_encoder
    from embeddings.errors import DatelineError, IndexProblem
    from embeddings.generations import ENGINE_URI
    from embeddings.models import DEFAULT_MODEL, ModelChoice
    from embeddings.rebuild import rebuild as bring_up_to_date

    name, query_prompt, passage_prompt = model
    before = None
    if catalog_file.exists(index):
        try:
            catalog = Catalog.open(index)
            before = catalog.generation()
            catalog.close()
        except IndexProblem:
            if not fresh:
                raise
        if before is not None:
            seeds = seeds or Path(before.manifest.seeds)
            if name is None:
                name = before.manifest.encoder
                query_prompt = query_prompt or before.manifest.query_prompt
                passage_prompt = passage_prompt or before.manifest.passage_prompt
            if engine[0] is None and engine[1]:
                engine = (before.manifest.engine, engine[1])
    if before is None and engine[0] is None:
        engine = (os.environ.get("DATELINE_ENGINE"), engine[1] or os.environ.get(ENGINE_URI))
        if engine[0] is None and engine[1]:
            raise DatelineError(
                "An engine's address is given, but no engine.", "Add --engine milvus."
            )
    chosen = None if engine[0] is None else (engine[0], engine[1] or "")
    choice = ModelChoice(name or DEFAULT_MODEL, query_prompt, passage_prompt)
    encoder = (find_encoder or open_encoder)(choice)
    with progress_bar(quiet=quiet) as progress:
        return bring_up_to_date(
            seeds or Path("seeds"),
            index,
            encoder,
            prompts=(query_prompt, passage_prompt),
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
    from embeddings import catalog as catalog_file
    from embeddings.catalog import Catalog
    from embeddings.models import DEFAULT_MODEL, ModelChoice

    name, query_prompt, passage_prompt = model
    if catalog_file.exists(index):
        catalog = Catalog.open(index)
        before = catalog.generation()
        catalog.close()
        if before is not None:
            seeds = seeds or Path(before.manifest.seeds)
            if name is None:
                name = before.manifest.encoder
                query_prompt = query_prompt or before.manifest.query_prompt
                passage_prompt = passage_prompt or before.manifest.passage_prompt
    return seeds, ModelChoice(name or DEFAULT_MODEL, query_prompt, passage_prompt)


def show_report(report: RebuildReport) -> None:
    """Print what a rebuild did."""
    from ui.terminal import show_rebuild

    show_rebuild(console(), report)
