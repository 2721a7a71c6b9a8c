"""What `dateline evaluate` does: open or build the collection, ask, print, write the page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.errors import QuestionsProblem

if TYPE_CHECKING:
    from qa.evaluation import Evaluation, Question, Summary
    from qa.ranking import RetrievalSettings
    from qa.retriever import Retriever


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


def record(evaluation: Evaluation, summary: Summary) -> dict[str, Any]:
    """An evaluation for programs: the summary, and every question with what came of it."""
    return {
        **asdict(summary),
        "settings": {name: asdict(one) for name, one in evaluation.configurations.items()},
        "outcomes": [asdict(outcome) for outcome in evaluation.outcomes],
    }
