"""What the command line prints for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from embeddings.records import Action, Article, IndexStatus, RebuildReport
from qa.records import Hit

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

_COLOURS = {
    Action.ADDED: "green",
    Action.CHANGED: "yellow",
    Action.RENAMED: "cyan",
    Action.UNCHANGED: "dim",
    Action.REMOVED: "magenta",
    Action.SKIPPED: "dim",
    Action.FAILED: "red",
}
_LISTED = 12


def written_day(day: date | None) -> str:
    """A day as a reader writes it: 14 February 2017."""
    return f"{day.day} {day:%B} {day.year}" if day else "undated"


def source_line(article: Article) -> str:
    """Where an article comes from: outlet or byline, place, day."""
    parts = (article.outlet or article.byline, article.place, written_day(article.published))
    return " · ".join(part for part in parts if part)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 article, 2,000 articles."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def show_rebuild(console: Console, report: RebuildReport) -> None:
    """Print what a rebuild did: counts, then the files a person may want to see."""
    told = [
        f"[{_COLOURS[action]}]{report.counts[action]:,} {action.value}[/]"
        for action in Action
        if report.counts[action]
    ]
    console.print(" · ".join(told) or "no files")
    for note in report.notes[:_LISTED]:
        console.print(escape(note), style="yellow")
    shown = [e for e in report.entries if e.problems or e.action is Action.RENAMED]
    for entry in shown[:_LISTED]:
        mark = Text(f"{entry.action.value:>9}  ", style=_COLOURS[entry.action])
        name = f"{entry.before} → {entry.path}" if entry.before else entry.path
        console.print(mark + Text(name, style="bold"))
        for problem in entry.problems[:3]:
            console.print(Text(f"{'':11}{problem}", style="dim"))
        if len(entry.problems) > 3:
            console.print(Text(f"{'':11}and {len(entry.problems) - 3:,} more", style="dim"))
    if len(shown) > _LISTED:
        console.print(
            f"           and {len(shown) - _LISTED:,} more; see: dateline status --failed"
        )
    work = counted(report.embedded, "passage") + " embedded"
    if report.reused:
        work += f", {report.reused:,} already known"
    console.print(
        f"[bold]{counted(report.articles, 'article')}[/], {counted(report.passages, 'passage')} "
        f"in the index ({work}; {report.seconds:.1f} s, generation {report.generation})."
    )


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Print passages as numbered cards with their matched words marked."""
    if not hits:
        console.print("Nothing in the articles matches.")
        return
    for number, hit in enumerate(hits, start=1):
        text = Text(hit.passage.text)
        for start, end in hit.terms:
            text.stylize("bold", start - hit.passage.start, end - hit.passage.start)
        why = " · ".join(f"{score.component} {score.value:.2f}" for score in hit.scores)
        console.print(
            Panel(
                text,
                title=f"[bold]\\[{number}] {escape(hit.article.title)}[/]",
                title_align="left",
                subtitle=escape(f"{source_line(hit.article)} · {hit.article.path} · {why}"),
                subtitle_align="left",
            )
        )


def show_status(console: Console, status: IndexStatus, *, failed_only: bool = False) -> None:
    """Print the state of the collection."""
    if not failed_only:
        manifest = status.manifest
        table = Table.grid(padding=(0, 2))
        dated = "no dates"
        if status.first_published:
            dated = (
                f"{written_day(status.first_published)} to {written_day(status.newest_published)}"
            )
        for name, value in (
            ("Articles", f"{status.articles:,} in {counted(status.files, 'file')}"),
            ("Passages", f"{status.passages:,}"),
            ("Published", dated),
            ("Rebuilt", f"{status.rebuilt_at.astimezone():%d %B %Y, %H:%M}"),
            ("Generation", str(status.generation)),
            ("Model", f"{manifest.encoder} ({manifest.dimension} dimensions)"),
            ("Passage cut", f"{manifest.parameters.tokens} tokens, "
             f"{counted(manifest.parameters.overlap, 'sentence')} of overlap"),
            ("Seeds", manifest.seeds),
            ("On disk", f"{status.bytes_on_disk / 1e6:,.1f} MB"),
            ("Failed", counted(len(status.failed), "problem") if status.failed else "none"),
        ):  # fmt: skip
            table.add_row(Text(name, style="dim"), Text(value))
        console.print(table)
    for path, reason in status.failed:
        console.print(Text(path, style="bold red") + Text(f"  {reason}", style="dim"))
    if failed_only and not status.failed:
        console.print("Every file was read.")
