"""`dateline new`: the articles that came or changed since a moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.options import explained, index_option, json_option
from ui.output import console, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from embeddings.news import News

_MOMENT = click.DateTime(
    ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
)
_GONE = 12


@click.command()
@click.option(
    "--since",
    type=_MOMENT,
    help="A day, or a moment (2024-05-01T09:30); the last rebuild that brought any if not given.",
)
@click.option("-n", "limit", default=20, show_default=True, help="How many to list.")
@index_option
@json_option
@explained
def new(since: datetime | None, limit: int, index: Path, as_json: bool) -> None:
    """List the articles that came to the collection, or changed, since a moment."""
    from embeddings.index import Index

    opened = Index.open(index)
    try:
        with opened.snapshot() as snapshot:
            news = snapshot.news(since, max(0, limit))
    finally:
        opened.close()
    if as_json:
        print_json(news)
    else:
        _show(console(), news)


def _show(console: Console, news: News) -> None:
    from rich.text import Text

    from ui.terminal import counted, written_day

    if news.since is None:
        console.print("When the articles came is known from the next rebuild on.")
        return
    since = news.since.astimezone()
    if not news.total and not news.removed:
        console.print(f"Nothing new since {since:%d %B %Y, %H:%M}.")
        return
    console.print(
        f"[bold]{counted(news.total, 'article')}[/] new or changed since {since:%d %B %Y, %H:%M}."
    )
    came = None
    for arrival in news.arrivals:
        if arrival.at != came:
            came = arrival.at
            console.print(Text(f"{came.astimezone():%d %B %Y, %H:%M}", style="dim"))
        heading = arrival.heading
        mark = Text("  changed ", "yellow") if arrival.revised else Text("  new     ", "green")
        console.print(mark + Text(heading.title, style="bold"))
        parts = (heading.outlet or heading.byline, written_day(heading.published), heading.id)
        console.print(Text(" " * 10 + " · ".join(part for part in parts if part), style="dim"))
    if news.total > len(news.arrivals):
        console.print(f"and {news.total - len(news.arrivals):,} more; list them with -n")
    for path in news.removed[:_GONE]:
        console.print(Text("  removed ", "magenta") + Text(path))
    if len(news.removed) > _GONE:
        console.print(f"and {len(news.removed) - _GONE:,} more files removed")
