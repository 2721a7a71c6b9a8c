"""What `dateline evaluate` prints for people: tables of figures with their intervals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.markup import escape
from rich.table import Table

from qa.evaluation.summary import Latency, Summary
from ui.evaluation_words import LABELS, answer_rows, follow_up_rows, share, spread, written_ms
from ui.terminal import counted

if TYPE_CHECKING:
    from rich.console import Console

    from qa.evaluation.calibration import Decisions, Fit
    from qa.evaluation.metrics import Estimate

_HEADINGS = {
    "nDCG@10": "nDCG",
    "MRR@10": "MRR",
    "hits@1": "hit@1",
    "hits@4": "@4",
    "hits@10": "@10",
    "recall@10": "rec.",
}


def show_evaluation(console: Console, summary: Summary) -> None:
    """Print a summary: configurations, answers, follow-ups, types."""
    console.print(
        f"[bold]{counted(summary.questions, 'question')}[/] over "
        f"{counted(summary.articles, 'article')} ({counted(summary.passages, 'passage')}, "
        f"{escape(summary.encoder)}); {summary.judged:,} with relevant articles"
    )
    for note in summary.notes:
        console.print(escape(note), style="yellow")
    if summary.judged:
        console.print(_configurations(summary, wide=console.width >= 100))
    else:
        console.print("No question names relevant articles, so rankings are not judged.")
    if summary.answers:
        console.print(_figures("Answers", answer_rows(summary.answers)))
        console.print(
            f"An answer takes {written_ms(summary.answers.latency.p50)} ms "
            f"(95th percentile {written_ms(summary.answers.latency.p95)} ms)."
        )
    if summary.follow_ups:
        console.print(_figures("Follow-ups", follow_up_rows(summary.follow_ups)))
    if len(summary.types) > 1:
        console.print(_types(summary))
    console.print("Intervals are 95% bootstrap confidence intervals.", style="dim")


def show_fit(console: Console, fit: Fit, index: Path) -> None:
    """Print what a calibration would have decided, and whether it was kept."""
    table = _table("Calibration")
    table.add_column("On questions it was not fitted to")
    table.add_column("as before", justify="right")
    table.add_column("calibrated", justify="right")
    rows: tuple[tuple[str, Callable[[Decisions], float]], ...] = (
        ("unanswerable, yet answered", lambda decided: decided.false_answers),
        ("answerable, yet declined", lambda decided: decided.wrong_refusals),
    )
    for label, of in rows:
        table.add_row(label, f"{of(fit.before):.3f}", f"{of(fit.after):.3f}")
    console.print(table)
    console.print(
        f"Fitted to {fit.answerable:,} questions that the articles answer and "
        f"{fit.unanswerable:,} that they do not, some with their own articles left out."
    )
    if fit.better:
        kept = fit.calibration
        console.print(
            f"It is kept in {escape(str(index))}: answers from a confidence of {kept.partly:.2f}, "
            f"outright from {kept.answered:.2f}.\n"
            "To go back: dateline evaluate --forget-calibration"
        )
    else:
        console.print(
            "It decides no better than what is in use, so nothing was changed.", style="yellow"
        )


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def _configurations(summary: Summary, *, wide: bool) -> Table:
    table = _table("Rankings of articles")
    table.add_column("", no_wrap=True)
    metrics = list(summary.configurations[0].metrics) if summary.configurations else []
    headings = [_HEADINGS.get(name, name) for name in metrics]
    if wide:
        headings.insert(1, "interval")
    for name in (*headings, "step", "p50", "p95"):
        table.add_column(name, justify="right", no_wrap=True)
    best = {
        name: max(row.metrics[name].value for row in summary.configurations) for name in metrics
    }
    for row in summary.configurations:
        cells = []
        for name in metrics:
            value = row.metrics[name]
            text = f"{value.value:.3f}"
            cells.append(f"[bold green]{text}[/]" if value.value == best[name] else text)
        if wide:
            cells.insert(1, f"[dim]{spread(row.metrics[metrics[0]])}[/]")
        gain = f"{row.gain.value:+.3f}" if row.gain else ""
        if row.gain and row.gain.low <= 0 <= row.gain.high:
            gain = f"[dim]{gain}[/]"
        table.add_row(LABELS.get(row.name, row.name), *cells, gain, *_times(row.latency))
    if summary.embedding:
        blanks = [""] * (len(headings) + 1)
        table.add_row("[dim]embedding alone[/]", *blanks, *_times(summary.embedding))
    table.caption = (
        "nDCG, MRR and recall at 10 articles; step: nDCG against the line above, dim where chance "
        "would do; p50, p95: milliseconds a search"
    )
    table.caption_justify = "left"
    return table


def _times(latency: Latency | None) -> tuple[str, str]:
    return (written_ms(latency.p50), written_ms(latency.p95)) if latency else ("", "")


def _figures(title: str, rows: list[tuple[str, Estimate | None, str]]) -> Table:
    table = _table(title)
    table.add_column("")
    table.add_column("", justify="right")
    table.add_column("interval", style="dim")
    table.add_column("of", justify="right", style="dim")
    for label, value, kind in rows:
        if value:
            interval = spread(value, kind)
            table.add_row(label, share(value, kind), interval, f"{value.n:,}")
    return table


def _types(summary: Summary) -> Table:
    table = _table("By type of question")
    table.add_column("")
    for name in ("questions", "nDCG@10", "right", "answered"):
        table.add_column(name, justify="right")
    for row in summary.types:
        table.add_row(
            escape(row.type),
            f"{row.n:,}",
            share(row.ndcg, "score"),
            share(row.right),
            share(row.answered),
        )
    return table
