"""`dateline doctor`: whether the index is whole, and what was done about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.options import EXIT_ERROR, explained, index_option, json_option
from ui.output import console, print_json, progress_bar, working

if TYPE_CHECKING:
    from rich.console import Console

    from embeddings.diagnosis import Diagnosis
    from embeddings.encoder import Encoder
    from embeddings.mending import Mended

EXIT_FAULTS = 1


@click.command()
@index_option
@click.option("--mend", "mending", is_flag=True, help="Mend what can be mended, without asking.")
@click.option(
    "--seeds",
    type=click.Path(path_type=Path),
    help="The articles folder, for an index too damaged to tell; seeds if not given.",
)
@json_option
@explained
def doctor(index: Path, mending: bool, seeds: Path | None, as_json: bool) -> None:
    """Check that the index is whole, and mend it.

    Exit codes: 0 all is well (or was made so), 1 something is wrong that --mend can mend,
    2 something is wrong that it cannot, or the index could not be looked at.
    """
    from embeddings.diagnosis import State
    from embeddings.doctor import examine

    with working("Checking every article, passage and embedding", quiet=as_json):
        found = examine(index, _find_encoder)
    if not as_json:
        _show(console(), found)
    mended = None
    if found.has(State.FAULT) and (mending or _agreed(quiet=as_json)):
        from embeddings.mending import mend

        with progress_bar(quiet=as_json) as progress:
            mended = mend(index, found, _find_encoder, seeds=seeds, progress=progress)
        if not as_json:
            _show_mended(console(), mended)
    if as_json:
        print_json(_record(found, mended))
    after = mended.after if mended else found
    if after.has(State.GRAVE):
        sys.exit(EXIT_ERROR)
    sys.exit(EXIT_FAULTS if after.has(State.FAULT) else 0)


def _find_encoder(name: str, query_prompt: str | None, passage_prompt: str | None) -> Encoder:
    from embeddings.encoder import open_encoder
    from embeddings.models import ModelChoice

    return open_encoder(ModelChoice(name, query_prompt, passage_prompt))


def _agreed(*, quiet: bool) -> bool:
    """Whether a person at a terminal wants it mended now; nobody else is asked."""
    if quiet or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm("Mend it now?", default=True)


def _show(console: Console, found: Diagnosis) -> None:
    from rich.table import Table
    from rich.text import Text

    from embeddings.diagnosis import State

    marks = {
        State.WELL: Text("well", style="green"),
        State.NOTE: Text("note", style="yellow"),
        State.FAULT: Text("fault", style="bold red"),
        State.GRAVE: Text("grave", style="bold red"),
    }
    table = Table.grid(padding=(0, 2))
    for finding in found.findings:
        said = f"{finding.message} {finding.advice}".rstrip()
        table.add_row(marks[finding.state], Text(finding.check, style="dim"), Text(said))
    console.print(table)
    if found.has(State.FAULT):
        console.print("[bold]The faults can be mended with: dateline doctor --mend[/]")
    elif found.has(State.GRAVE):
        console.print("[bold]What is grave needs you: see the advice beside it.[/]")
    else:
        console.print("[bold]The index is whole.[/]")


def _show_mended(console: Console, mended: Mended) -> None:
    from rich.text import Text

    from embeddings.diagnosis import State

    for line in mended.done:
        console.print(Text("mended  ", style="green") + Text(line))
    for line in mended.lost:
        console.print(Text("lost  ", style="bold red") + Text(line))
    if not mended.lost:
        console.print("No article was lost.")
    if mended.after.has(State.FAULT, State.GRAVE):
        console.print("[bold]After this:[/]")
        _show(console, mended.after)
    else:
        console.print("[bold]The index is whole again.[/]")


def _record(found: Diagnosis, mended: Mended | None) -> dict[str, object]:
    from dataclasses import asdict

    record: dict[str, object] = {"findings": [asdict(finding) for finding in found.findings]}
    if mended is not None:
        record |= {
            "done": mended.done,
            "lost": mended.lost,
            "after": [asdict(finding) for finding in mended.after.findings],
        }
    return record
