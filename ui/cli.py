"""The command line: `dateline rebuild | ask | search | chat | status | new | doctor | evaluate`.

Exit codes: 0 done, 1 done but some files failed, 2 wrong usage or an error that was explained,
3 the articles do not say (`ask`), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embeddings.errors import DatelineError, IndexBusy, IndexUnwritable
from ui.ask import ask
from ui.doctor import doctor
from ui.embed import embed
from ui.evaluate import evaluate
from ui.new import new
from ui.options import (
    chosen_writer,
    engine_options,
    engine_uri_option,
    explained,
    filter_options,
    index_option,
    json_option,
    model_options,
    reranker_option,
    writer_options,
)
from ui.output import console, print_json, working
from ui.rebuilding import run_rebuild, show_report

if TYPE_CHECKING:
    pass

EXIT_SOME_FAILED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="dateline", prog_name="dateline")
def main() -> None:
    """Ask a folder of news articles; every answer is quoted from them, with its source."""


main.add_command(ask)
main.add_command(doctor)
main.add_command(embed)
main.add_command(evaluate)
main.add_command(new)


@main.command()
@click.argument("seeds", required=False, type=click.Path(path_type=Path))
@index_option
@model_options
@engine_options
@click.option(
    "--embeddings",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of embeddings that dateline embed made.",
)
@click.option("--fresh", is_flag=True, help="Read every file again, whatever has changed.")
@click.option("--allow-empty", is_flag=True, help="Accept a folder that no longer holds articles.")
@click.option("--watch", is_flag=True, help="Go on, and take in every change; Ctrl-C ends it.")
@json_option
@explained
def rebuild(
    seeds: Path | None,
    index: Path,
    model: str | None,
    query_prompt: str | None,
    passage_prompt: str | None,
    engine: str | None,
    engine_uri: str | None,
    embeddings: Path | None,
    fresh: bool,
    allow_empty: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Take in what has changed in the articles folder (seeds/ if none was ever named)."""
    if watch:
        if fresh or allow_empty or as_json:
            raise click.UsageError("--watch goes with neither --fresh, --allow-empty nor --json.")
        from ui.watching import follow_folder

        chosen = (model, query_prompt, passage_prompt)
        at = (engine, engine_uri)
        again = partial(
            run_rebuild, seeds, index, chosen, engine=at, embeddings=embeddings, quiet=True
        )
        follow_folder(seeds, index, again)
    report = run_rebuild(
        seeds,
        index,
        (model, query_prompt, passage_prompt),
        engine=(engine, engine_uri),
        embeddings=embeddings,
        fresh=fresh,
        allow_empty=allow_empty,
        quiet=as_json,
    )
    failed = [entry for entry in report.entries if entry.action == "failed"]
    if as_json:
        print_json(report)
    else:
        show_report(report)
    sys.exit(EXIT_SOME_FAILED if failed else 0)


@main.command()
@click.argument("question", nargs=-1, required=True)
@click.option("-k", default=5, show_default=True, help="How many passages.")
@filter_options
@reranker_option
@index_option
@engine_uri_option
@json_option
@explained
def search(
    question: tuple[str, ...],
    k: int,
    since: datetime | None,
    until: datetime | None,
    outlet: str,
    place: str,
    path: str,
    reranker: str | None,
    index: Path,
    engine_uri: str,
    as_json: bool,
) -> None:
    """Show the passages that bear most on a question."""
    from embeddings.records import Filter
    from qa.retriever import Retriever

    where = Filter(_as_day(since), _as_day(until), outlet, place, path)
    opened = Retriever.open(index, reranker=reranker, engine_uri=engine_uri)
    with opened as retriever, working("Searching", quiet=as_json):
        hits = retriever.retrieve(" ".join(question), k, where=where)
    if as_json:
        print_json(hits)
        return
    from ui.terminal import show_hits

    show_hits(console(), hits)


@main.command()
@index_option
@engine_uri_option
@click.option("--failed", is_flag=True, help="List files that could not be read, with reasons.")
@json_option
@explained
def status(index: Path, engine_uri: str, failed: bool, as_json: bool) -> None:
    """Show what the index holds and what it was built with."""
    from embeddings.index import Index

    opened = Index.open(index, engine_uri)
    state = opened.status()
    opened.close()
    if as_json:
        print_json(state)
        return
    from ui.terminal import show_status

    show_status(console(), state, failed_only=failed)


@main.command()
@click.argument("seeds", required=False, type=click.Path(path_type=Path))
@index_option
@model_options
@reranker_option
@engine_uri_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; the first free from 7860 on.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open a browser.")
@click.option(
    "--changes/--read-only",
    default=None,
    help="Let readers rebuild and add files; only on this machine if not given.",
)
@click.option(
    "--auth",
    metavar="USER:PASSWORD",
    envvar="DATELINE_AUTH",
    help="Ask for this name and password (or set DATELINE_AUTH, which ps does not show).",
)
@click.option("--mcp", is_flag=True, help="Open the same functions as MCP tools as well.")
@writer_options
@explained
def chat(
    seeds: Path | None,
    index: Path,
    model: str | None,
    query_prompt: str | None,
    passage_prompt: str | None,
    reranker: str | None,
    engine_uri: str,
    host: str,
    port: int | None,
    open_browser: bool,
    changes: bool | None,
    auth: str | None,
    mcp: bool,
    llm_url: str | None,
    llm_model: str | None,
    quotes: bool,
) -> None:
    """Ask in the browser. Articles are taken in first where that was never done."""
    from embeddings import catalog
    from qa.retriever import Retriever
    from ui.chat import Options, is_loopback, serve

    writer = chosen_writer(llm_url, llm_model, quotes_only=quotes)
    options = Options(changes, _name_and_password(auth), mcp, index / "ratings.jsonl", writer)
    if seeds or model or not catalog.exists(index):
        _take_in(seeds, index, (model, query_prompt, passage_prompt))
    if not is_loopback(host) and options.auth is None:
        click.secho(
            f"This page will be open to everyone who can reach {host}: anyone there can read "
            "every article.",
            fg="red",
            bold=True,
            err=True,
        )
        click.echo("Ask for a password with --auth USER:PASSWORD.", err=True)
    # The model loads while the page is built; what goes wrong with it is told before the page is.
    with (
        Retriever.open(index, reranker=reranker, engine_uri=engine_uri) as retriever,
        ThreadPoolExecutor(1) as loading,
        ExitStack() as spinner,
    ):
        warmed = loading.submit(retriever.warm_up)
        spinner.enter_context(working("Loading the model"))

        def ready(url: str) -> None:
            warmed.result()
            spinner.close()
            click.secho(f"Dateline is at {url}", bold=True)
            if writer is not None:
                model, server = writer.settings.model, writer.settings.server
                click.echo(f"Answers are worded by {model} at {server}, and checked.")
            if mcp:
                click.echo(f"Its MCP tools are at {url}/gradio_api/mcp/")
            click.echo("Press Ctrl-C to stop.")

        serve(retriever, host, port, open_browser, ready, options)


def _take_in(
    seeds: Path | None, index: Path, model: tuple[str | None, str | None, str | None]
) -> None:
    """Rebuild; where that cannot be now, what is indexed already is asked all the same."""
    from embeddings import catalog

    try:
        show_report(run_rebuild(seeds, index, model))
    except (IndexBusy, IndexUnwritable) as error:
        if not catalog.exists(index):
            raise
        click.secho(error.message, fg="red", bold=True, err=True)
        click.echo("The articles are asked as they were last taken in.", err=True)


def _name_and_password(auth: str | None) -> tuple[str, str] | None:
    if auth is None:
        return None
    name, _, password = auth.partition(":")
    if not name or not password:
        raise DatelineError("--auth needs a name and a password.", "Write them as USER:PASSWORD.")
    return name, password


def _as_day(value: datetime | None) -> date | None:
    return value.date() if value else None
