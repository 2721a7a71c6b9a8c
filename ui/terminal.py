"""What the command line prints for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from embeddings.records import (
    Action,
    Article,
    Calibration,
    DenseLayout,
    IndexStatus,
    RebuildReport,
)
from qa.records import Hit
from ui.render.words import written_file, written_pages

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
_LISTED, _PROBLEMS = 12, 3


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
    skipped = Counter(
        problem
        for entry in report.entries
        if entry.action is Action.SKIPPED
        for problem in entry.problems
    )
    for reason, count in skipped.most_common(_LISTED):
        console.print(_indented(f"{count:,} skipped: {reason}", style="dim"))
    shown = [
        entry
        for entry in report.entries
        if entry.action is not Action.SKIPPED and (entry.problems or entry.before)
    ]
    for entry in shown[:_LISTED]:
        name = f"{entry.before} → {entry.path}" if entry.before else entry.path
        mark = Text(f"  {entry.action.value} ", style=_COLOURS[entry.action])
        console.print(mark + Text(name, style="bold"))
        for problem in entry.problems[:_PROBLEMS]:
            console.print(_indented(problem))
        if len(entry.problems) > _PROBLEMS:
            console.print(_indented(f"and {len(entry.problems) - _PROBLEMS:,} more"))
    if len(shown) > _LISTED:
        more = len(shown) - _LISTED
        console.print(f"  and {more:,} more; those with problems: dateline status --failed")
    for note in report.notes[:_LISTED]:
        console.print(Text(note, style="yellow"))
    if len(report.notes) > _LISTED:
        console.print(Text(f"and {len(report.notes) - _LISTED:,} more notes", style="yellow"))
    work = f"{report.embedded:,} embedded"
    if report.reused:
        work += f", {report.reused:,} already known"
    console.print(
        f"[bold]{counted(report.articles, 'article')}[/] in "
        f"{counted(report.passages, 'passage')} ({work}; {report.seconds:.1f} s)."
    )


def show_hits(console: Console, hits: Sequence[Hit]) -> None:
    """Print passages one below the other, their matched words marked, and why each was found."""
    if not hits:
        console.print("Nothing in the articles matches.")
        return
    for number, hit in enumerate(hits, start=1):
        mark = f"[{number}] "
        heading = Text(hit.article.title, style="bold")
        text = Text(hit.passage.text)
        for start, end in hit.terms:
            text.stylize("bold cyan", start - hit.passage.start, end - hit.passage.start)
        indent = len(mark)
        console.print(Text(mark, style="cyan") + heading)
        about = [source_line(hit.article), written_file(hit.article.id, hit.article.path)]
        page = written_pages([hit.article.page_of(hit.passage.start)])
        console.print(_indented(" · ".join(filter(None, (*about, page))), indent=indent))
        console.print(Padding(text, (1, 0, 1, indent), expand=False))
        if hit.duplicates:
            copies = ", ".join(written_file(article.id, article.path) for article in hit.duplicates)
            console.print(_indented(f"nearly the same in: {copies}", indent=indent))
        console.print(_indented(why(hit), indent=indent))
        console.print()


def why(hit: Hit) -> str:
    """The score of a hit and what each component made of the passage, on a line."""
    parts = [f"score {hit.score:.2f}"]
    for score in hit.scores:
        rank = f" (no. {score.rank})" if score.rank else ""
        parts.append(f"{score.component} {score.value:.2f}{rank}")
    return " · ".join(parts)


def _indented(text: str, style: str = "dim", indent: int = 6) -> Padding:
    return Padding(Text(text, style=style), (0, 0, 0, indent), expand=False)


def _thresholds(fitted: Calibration | None) -> str:
    from qa.support import UNDATED_PARTLY, calibration_in_use

    used = calibration_in_use(fitted)
    whose = "as shipped"
    if used is fitted:
        whose = "calibrated for this collection"
    elif fitted is not None:
        whose = (
            "as shipped; the calibration was fitted by another version of Dateline, fit one "
            "anew with: dateline evaluate --calibrate"
        )
    undated = "" if used is fitted else f" ({UNDATED_PARTLY:.2f} where articles have no date)"
    return f"answers from {used.partly:.2f}{undated}, outright from {used.answered:.2f} ({whose})"


def _layout(layout: DenseLayout) -> str:
    """How vectors are kept, and what that was measured to cost."""
    if layout.name in ("Flat", "Milvus FLAT"):
        return "exact"
    if layout.name.startswith("Milvus"):
        return layout.name.removeprefix("Milvus ")
    lists = f", {layout.probes} lists opened" if layout.probes else ""
    return f"{layout.name}{lists}; recall@10 {layout.recall:.3f} against exact search"


def show_status(console: Console, status: IndexStatus, *, failed_only: bool = False) -> None:
    """Print the state of the collection."""
    if not failed_only:
        manifest = status.manifest
        table = Table.grid(padding=(0, 2))
        about = ", ".join(filter(None, (f"{manifest.dimension} dimensions", manifest.precision)))
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
            ("Model", f"{manifest.encoder} ({about})"),
            ("Passage cut", f"{manifest.parameters.tokens} tokens, "
             f"{counted(manifest.parameters.overlap, 'sentence')} of overlap"),
            ("Engine", " at ".join(filter(None, (manifest.engine, manifest.engine_uri)))),
            ("Dense index", _layout(status.dense)),
            ("Thresholds", _thresholds(manifest.calibration)),
            ("Seeds", manifest.seeds),
            ("On disk", f"{status.bytes_on_disk / 1e6:,.1f} MB"),
            ("Failed", counted(len(status.failed), "problem") if status.failed else "none"),
        ):  # fmt: skip
            table.add_row(Text(name, style="dim"), Text(value))
        console.print(table)
    by_path: dict[str, list[str]] = {}
    for path, reason in status.failed:
        by_path.setdefault(path, []).append(reason)
    files, each = (len(by_path), len(status.failed)) if failed_only else (_LISTED, _PROBLEMS)
    for path, reasons in list(by_path.items())[:files]:
        console.print(Text(path, style="bold red"))
        for reason in reasons[:each]:
            console.print(_indented(reason, indent=2))
        if len(reasons) > each:
            console.print(_indented(f"and {len(reasons) - each:,} more", indent=2))
    if len(by_path) > files or any(len(reasons) > each for reasons in by_path.values()):
        console.print("All of them: dateline status --failed")
    if failed_only and not status.failed:
        console.print("Every file was read.")
