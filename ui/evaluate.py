"""`dateline evaluate`: open or build the collection, ask, print, write the page, calibrate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embeddings.errors import QuestionsProblem
from ui.options import explained, json_option, reranker_option
from ui.output import console, print_json
from ui.rebuilding import run_rebuild, show_report

if TYPE_CHECKING:
    from qa.evaluation import Evaluation, Question, Summary
    from qa.evaluation.calibration import Fit
    from qa.ranking import RetrievalSettings
    from qa.retriever import Retriever

DEFAULT_INDEX = Path("index")


@click.command()
@click.option(
    "--questions",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON Lines, one question a line; docs/EVALUATION.md describes it.",
)
@click.option(
    "--seeds",
    type=click.Path(path_type=Path, exists=True),
    help="Articles to take in first: a folder or a file. Without --index their index is kept "
    "in the user's cache folder.",
)
@click.option(
    "--index",
    type=click.Path(path_type=Path, file_okay=False),
    help="The index folder; index if neither this nor --seeds is given.",
)
@reranker_option
@click.option("--configurations", help="Names to compare, with commas between; all if not given.")
@click.option("--limit", type=click.IntRange(1), help="Ask only the first N questions.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    help="Ask at most N at random of each kind: answerable, unanswerable, not said.",
)
@click.option("--seed", default=0, show_default=True, help="What the sample is drawn with.")
@click.option("--answers/--no-answers", default=True, help="Judge answers too, or rankings only.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Write a page here as well."
)
@click.option(
    "--calibrate", is_flag=True, help="Fit when to answer to these questions; the index keeps it."
)
@click.option(
    "--forget-calibration", is_flag=True, help="Go back to the thresholds Dateline ships with."
)
@json_option
@explained
def evaluate(
    questions: Path | None,
    seeds: Path | None,
    index: Path | None,
    reranker: str | None,
    configurations: str | None,
    limit: int | None,
    sample: int | None,
    seed: int,
    answers: bool,
    report: Path | None,
    calibrate: bool,
    forget_calibration: bool,
    as_json: bool,
) -> None:
    """Measure how well questions with known answers are answered.

    Exit codes: 0 measured, 2 the questions, the articles or the index cannot be used.
    """
    from qa.evaluation import summarise
    from qa.retriever import Retriever

    if forget_calibration:
        _check_forgetting(questions, calibrate=calibrate)
        _forget(index or DEFAULT_INDEX, as_json=as_json)
        return
    if questions is None:
        raise click.UsageError("Missing option '--questions'.")
    if calibrate:
        _check_calibrating(seeds, index, answers=answers)
    chosen = chosen_configurations(configurations)
    asked = chosen_questions(questions, limit, sample, seed)
    if calibrate:
        from qa.evaluation.calibration import check_questions

        check_questions(asked)
    if seeds is not None:
        index = index or cached_index(seeds)
        built = run_rebuild(seeds, index, (None, None, None), quiet=as_json)
        if not as_json and (built.embedded or any(entry.problems for entry in built.entries)):
            show_report(built)
    index = index or DEFAULT_INDEX
    with Retriever.open(index, reranker=reranker) as retriever:
        seen = run(retriever, asked, chosen, answers=answers, quiet=as_json)
    summary = summarise(seen)
    if report is not None:
        from ui.evaluation_page import write_page

        write_page(report, seen, summary, f"{questions.resolve().parent.name}/{questions.name}")
    if not as_json:
        from ui.evaluation_tables import show_evaluation

        show_evaluation(console(), summary)
        if report is not None:
            click.echo(f"The report is in {report}")
    fit = _calibrated(seen, index) if calibrate else None
    if as_json:
        print_json(record(seen, summary, fit))
    elif fit is not None:
        from ui.evaluation_tables import show_fit

        show_fit(console(), fit, index)


def _check_forgetting(questions: Path | None, *, calibrate: bool) -> None:
    if questions is not None or calibrate:
        raise click.UsageError("--forget-calibration asks no questions and goes by itself.")


def _check_calibrating(seeds: Path | None, index: Path | None, *, answers: bool) -> None:
    if not answers:
        raise click.UsageError("--calibrate needs the answers; leave out --no-answers.")
    if seeds is not None and index is None:
        raise click.UsageError(
            "With --seeds, say by --index which index is to be calibrated; without, it would be "
            "one that only evaluations read."
        )


def _calibrated(seen: Evaluation, index: Path) -> Fit:
    """A fit, kept in the index if it decides better than what is in use."""
    from embeddings.calibration import set_calibration
    from qa.evaluation.calibration import calibrate

    fit = calibrate(seen)
    if fit.better:
        set_calibration(index, fit.calibration)
    return fit


def _forget(index: Path, *, as_json: bool) -> None:
    from embeddings.calibration import set_calibration

    set_calibration(index, None)
    if as_json:
        print_json({"calibration": None})
    else:
        click.echo(f"{index} answers by the thresholds Dateline ships with.")


def cached_index(seeds: Path) -> Path:
    """Where the index of an articles folder is kept when only evaluations need it.

    It is in the user's cache folder, so that a second evaluation embeds nothing again.
    """
    from platformdirs import user_cache_path

    place = seeds.resolve()
    digest = hashlib.sha256(str(place).encode()).hexdigest()[:10]
    return user_cache_path("dateline", appauthor=False) / "evaluation" / f"{place.stem}-{digest}"


def chosen_configurations(names: str | None) -> dict[str, RetrievalSettings] | None:
    """Configurations by a comma-separated list of names, ``None`` for all of them.

    Raises:
        QuestionsProblem: there is none of that name.
    """
    from qa.evaluation import CONFIGURATIONS

    if names is None:
        return None
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in CONFIGURATIONS]
    if unknown or not chosen:
        raise QuestionsProblem(
            f"There is no configuration {', '.join(unknown) or repr(names)}.",
            f"Choose among: {', '.join(CONFIGURATIONS)}.",
        )
    return {name: CONFIGURATIONS[name] for name in chosen}


def chosen_questions(
    file: Path, limit: int | None, sample: int | None, seed: int
) -> list[Question]:
    """The questions of a file: all, the first few, or a sample of each kind."""
    from qa.evaluation import read_questions, sampled

    questions = read_questions(file)[:limit]
    return questions if sample is None else sampled(questions, sample, seed)


def run(
    retriever: Retriever,
    questions: Sequence[Question],
    configurations: dict[str, RetrievalSettings] | None,
    *,
    answers: bool,
    quiet: bool,
) -> Evaluation:
    """Evaluate with a progress bar."""
    from qa.evaluation import evaluate
    from ui.output import progress_bar, working

    with working("Loading the model", quiet=quiet):
        retriever.warm_up()
    with progress_bar(quiet=quiet) as progress:
        return evaluate(
            retriever,
            questions,
            configurations=configurations,
            answers=answers,
            progress=progress,
        )


def record(evaluation: Evaluation, summary: Summary, fit: Fit | None) -> dict[str, Any]:
    """An evaluation for programs: the summary, and every question with what came of it."""
    return {
        **asdict(summary),
        "fit": fit and {**asdict(fit), "kept": fit.better},
        "settings": {name: asdict(one) for name, one in evaluation.configurations.items()},
        "outcomes": [asdict(outcome) for outcome in evaluation.outcomes],
    }
