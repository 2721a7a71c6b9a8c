"""Where the command line's output goes: people's, programs', and how long work gets on."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from embeddings.rebuild import Progress

LINE_SECONDS = 15
"""Between two lines of progress where there is no terminal to draw a bar on."""


def console() -> Console:
    """Where people's output goes."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


@contextmanager
def working(what: str, *, quiet: bool = False) -> Iterator[None]:
    """A spinner for work of unknown length, on the error stream, if that is a terminal."""
    from rich.console import Console

    stream = Console(stderr=True)
    if quiet or not stream.is_terminal:
        yield
        return
    with stream.status(f"{what}…"):
        yield


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """A progress bar for each stage, on the error stream; lines where that is no terminal."""
    if quiet:
        yield lambda stage, done, total: None
        return
    if not sys.stderr.isatty():
        yield _progress_lines(time.monotonic)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    stages: dict[str, Any] = {}

    def progress(stage: str, done: int, total: int) -> None:
        if stage not in stages:
            stages[stage] = bar.add_task(stage, total=total)
        bar.update(stages[stage], completed=done, total=total)

    with bar:
        yield progress


def _progress_lines(clock: Callable[[], float]) -> Progress:
    """Progress for a log: a line now and then, and none at all for what is soon done."""
    told = clock()

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal told
        if clock() - told >= LINE_SECONDS:
            told = clock()
            click.echo(f"{stage}: {done:,} of {total:,}", err=True)

    return progress


def print_json_line(value: object) -> None:
    """Print plain values as JSON on one line, at once."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_json(value: object) -> None:
    """Print a record, or a list of records, as JSON."""
    from dataclasses import asdict, is_dataclass

    def plain(item: object) -> object:
        if is_dataclass(item) and not isinstance(item, type):
            return asdict(item)
        return [plain(part) for part in item] if isinstance(item, list | tuple) else item

    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2, default=_json_value))


def _json_value(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
