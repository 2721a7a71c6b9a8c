"""`dateline embed`: embed a large collection ahead of its first rebuild."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.options import explained, index_option, json_option, model_options
from ui.output import console, print_json, progress_bar

if TYPE_CHECKING:
    from embeddings.embedding import EmbedReport

_LISTED = 20
EXIT_SOME_FAILED = 1


@click.command()
@click.argument("seeds", required=False, type=click.Path(path_type=Path))
@index_option
@click.option(
    "--shards",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the embeddings go; the folder shards in the index folder if not given.",
)
@click.option("--ray", "use_ray", is_flag=True, help="Embed with Ray, on this machine or more.")
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="The Ray cluster; Ray is started here, for this machine alone, if not given.",
)
@model_options
@json_option
@explained
def embed(
    seeds: Path | None,
    index: Path,
    shards: Path | None,
    use_ray: bool,
    address: str | None,
    model: str | None,
    query_prompt: str | None,
    passage_prompt: str | None,
    as_json: bool,
) -> None:
    """Embed what no rebuild has yet; may be stopped and run again. Then: dateline rebuild."""
    if address and not use_ray:
        raise click.UsageError("--address goes with --ray.")
    from embeddings.embedding import embed as embed_ahead
    from embeddings.encoder import open_encoder
    from embeddings.ray_embedding import RayEmbedder, check_installed
    from embeddings.shards import FOLDER_NAME
    from ui.rebuilding import as_before

    if use_ray:
        check_installed()
    seeds, choice = as_before(seeds, index, (model, query_prompt, passage_prompt))
    embedder = RayEmbedder(open_encoder, choice, address) if use_ray else None
    with progress_bar(quiet=as_json) as progress:
        report = embed_ahead(
            seeds or Path("seeds"),
            index,
            shards or index / FOLDER_NAME,
            open_encoder(choice),
            embedder=embedder,
            progress=progress,
        )
    if as_json:
        print_json(report)
    else:
        _show(report, own_folder=shards is None)
    sys.exit(EXIT_SOME_FAILED if report.failed else 0)


def _show(report: EmbedReport, *, own_folder: bool) -> None:
    from rich.text import Text

    out = console()
    for line in [*report.failed[:_LISTED], *report.left_out[:_LISTED]]:
        out.print(Text(line, style="yellow"))
    more = max(0, len(report.failed) - _LISTED) + max(0, len(report.left_out) - _LISTED)
    if more:
        out.print(Text(f"and {more:,} more", style="yellow"))
    out.print(
        f"[bold]{report.articles:,} articles[/] in {report.passages:,} passages: "
        f"{report.embedded:,} embedded into {report.shards_written:,} shards, "
        f"{report.in_shards:,} in shards before, {report.in_index:,} in the index "
        f"({report.seconds:.1f} s)."
    )
    option = "" if own_folder else f" --embeddings {report.shards}"
    out.print(Text(f"Take them in with: dateline rebuild{option}"))
