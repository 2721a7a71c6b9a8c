"""Options that several commands share, and how their errors are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from embeddings.errors import DatelineError, LanguageModelError

if TYPE_CHECKING:
    from qa.writer import Writer

P = ParamSpec("P")
R = TypeVar("R")

EXIT_ERROR, EXIT_STOPPED = 2, 130

index_option = click.option(
    "--index",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("index"),
    show_default=True,
    help="The index folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
reranker_option = click.option(
    "--reranker",
    help="A cross-encoder that reads the best passages with the question: a folder, or a hub's "
    "name. Slower; none if not given.",
)
DAY = click.DateTime(["%Y-%m-%d"])


def model_options(command: Callable[P, R]) -> Callable[P, R]:
    """Options that choose the embedding model."""
    for option in (
        click.option("--passage-prompt", help="Text put before passages (the model's own if not)."),
        click.option("--query-prompt", help="Text put before questions (the model's own if not)."),
        click.option(
            "--model",
            help="A sentence-transformers model: a folder, or a hub's name. "
            "The index's own, or else the packaged all-MiniLM-L6-v2, if not given.",
        ),
    ):
        command = option(command)
    return command


engine_uri_option = click.option(
    "--engine-uri",
    envvar="DATELINE_ENGINE_URI",
    default="",
    metavar="ADDRESS",
    help="Where the search engine is now, if not where it was at the last rebuild.",
)


def engine_options(command: Callable[P, R]) -> Callable[P, R]:
    """Options that choose where the search indexes are kept."""
    for option in (
        click.option(
            "--engine-uri",
            metavar="ADDRESS",
            help="Where that engine is: http://HOST:PORT, or a file whose name ends in .db. A "
            "token, or user:password, is taken from DATELINE_ENGINE_TOKEN.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["embedded", "milvus"]),
            help="What searches: files in the index folder, or Milvus. As before if not given; "
            "the one in DATELINE_ENGINE, or embedded, at first.",
        ),
    ):
        command = option(command)
    return command


def filter_options(command: Callable[P, R]) -> Callable[P, R]:
    """Options that narrow what is searched."""
    for option in (
        click.option("--path", default="", help="Only articles below this folder of the seeds."),
        click.option("--place", default="", help="Only articles from this place."),
        click.option("--outlet", default="", help="Only articles of this outlet."),
        click.option("--until", type=DAY, help="Only articles published up to this day."),
        click.option("--since", type=DAY, help="Only articles published from this day on."),
    ):
        command = option(command)
    return command


def writer_options(command: Callable[P, R]) -> Callable[P, R]:
    """Options that choose the language model, if any, that words the answers."""
    for option in (
        click.option(
            "--quotes", is_flag=True, help="Quotes alone, even where a language model is set up."
        ),
        click.option("--llm-model", metavar="NAME", help="Its name there (DATELINE_LLM_MODEL)."),
        click.option(
            "--llm-url",
            metavar="URL",
            help="Server of a language model that words answers (DATELINE_LLM_URL); a key goes "
            "into DATELINE_LLM_KEY.",
        ),
    ):
        command = option(command)
    return command


def chosen_writer(url: str | None, model: str | None, *, quotes_only: bool) -> Writer | None:
    """The language model by option or environment, ``None`` where none is set up.

    Raises:
        LanguageModelError: what is set cannot be used, or its client is not installed.
    """
    from qa.writer.settings import MODEL, URL, LanguageModelSettings

    if quotes_only:
        return None
    given = {URL: url, MODEL: model}
    settings = LanguageModelSettings.from_environment(
        {**os.environ, **{name: value for name, value in given.items() if value is not None}}
    )
    if settings is None:
        if model:
            raise LanguageModelError(
                f"It is not known where the language model {model!r} runs.",
                f"Give its server's address with --llm-url, or set {URL}.",
            )
        return None
    from qa.writer import Writer

    return Writer(settings)


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Show errors as a sentence and an advice, never as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except DatelineError as error:
            click.secho(error.message, fg="red", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
            sys.exit(EXIT_ERROR)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            sys.exit(EXIT_STOPPED)
        except BrokenPipeError:
            # The reader of a pipe (head, less) has what it wanted.
            sys.stderr.close()
            sys.exit(0)

    return run
