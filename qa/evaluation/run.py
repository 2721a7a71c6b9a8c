"""Asking every question, in every configuration, and keeping what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from embeddings.encoder import Embedded, Encoder
from embeddings.errors import QuestionsProblem
from embeddings.records import Filter, IndexStatus
from qa.evaluation.answers import Judged, judge
from qa.evaluation.questions import Question
from qa.ranking import RetrievalSettings
from qa.records import Hit, Score
from qa.retriever import Retriever

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""

DEPTH = 10
"""Articles that are ranked for each question."""
TIMED = 100
"""Questions that are asked with a clock running."""
_EXCERPT = 300


def _configurations() -> dict[str, RetrievalSettings]:
    shipped = RetrievalSettings()
    hybrid = replace(
        shipped,
        late_interaction_weight=0,
        feedback_weight=0,
        recency_weight=0,
        reranker_weight=0,
    )
    late = replace(hybrid, late_interaction_weight=shipped.late_interaction_weight)
    return {
        "lexical": replace(hybrid, dense=False),
        "dense": replace(hybrid, lexical=False),
        "hybrid": hybrid,
        "late": late,
        "feedback": replace(late, feedback_weight=shipped.feedback_weight),
        "shipped": shipped,
    }


CONFIGURATIONS: Mapping[str, RetrievalSettings] = _configurations()
"""From one side of the search to all of it as it is shipped: each stage adds to those before.

``late`` is hybrid search with late interaction, ``feedback`` has feedback as well, and
``shipped`` recency, too, and the cross-encoder where one was chosen: it is what
`Retriever.retrieve` does by itself.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """An article that was retrieved: its best passage, and why it ranks where it does."""

    article_id: str
    title: str
    published: str
    excerpt: str
    score: float
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    ``rankings`` are the ids of the first `DEPTH` articles by configuration (by the last one
    alone where no relevant article is known), ``found`` what the last one retrieved.
    ``as_typed`` and ``rewritten`` rank for a follow-up as it was typed and as a person
    rewrote it; ``likeness`` are the cosines to the rewrite, as typed and as resolved.
    ``answer`` judges the answer, ``without`` the one given with the relevant articles left
    out of the search. ``None`` and empty where that was not asked or cannot be.
    """

    question: Question
    rankings: Mapping[str, tuple[str, ...]]
    found: tuple[Found, ...] = ()
    as_typed: tuple[str, ...] | None = None
    rewritten: tuple[str, ...] | None = None
    likeness: tuple[float, float] | None = None
    answer: Judged | None = None
    without: Judged | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was seen; `summarise` adds it up.

    ``embedding_seconds`` are wall times of embedding each of the first `TIMED` questions,
    and ``seconds`` those of `Retriever.retrieve` with its default k for the same questions,
    by configuration; the one embedding that the configurations share is counted in each.
    """

    status: IndexStatus
    configurations: Mapping[str, RetrievalSettings]
    outcomes: tuple[Outcome, ...]
    seconds: Mapping[str, tuple[float, ...]]
    embedding_seconds: tuple[float, ...]
    notes: tuple[str, ...] = ()


def evaluate(
    retriever: Retriever,
    questions: Sequence[Question],
    *,
    configurations: Mapping[str, RetrievalSettings] | None = None,
    answers: bool = True,
    progress: Progress | None = None,
) -> Evaluation:
    """Ask every question and keep what came of it.

    Args:
        retriever: the collection.
        questions: as `read_questions` gives them.
        configurations: ways to rank, by name; `CONFIGURATIONS` when ``None``. The last one
            is the one that is looked at closely.
        answers: ask for answers as well, and not only for passages.
        progress: told how each stage gets on.

    Raises:
        QuestionsProblem: none of the relevant articles is in the collection.
    """
    configurations = CONFIGURATIONS if configurations is None else configurations
    progress = progress or (lambda stage, done, total: None)
    status = retriever.status()
    notes = _missing_articles(retriever, questions)
    remembering = _Remembering(retriever.encoder())
    search = Retriever(retriever.index, remembering, retriever.reranker)
    outcomes: list[Outcome] = []
    seconds: dict[str, list[float]] = {name: [] for name in configurations}
    embedding: list[float] = []
    for n, question in enumerate(questions):
        progress("Searching", n, len(questions))
        if n < TIMED:
            embedding.append(remembering.forget_and_time(question.resolved))
            for name, took in _timed(search, question, configurations).items():
                seconds[name].append(embedding[-1] + took)
        outcomes.append(_searched(search, question, configurations))
    progress("Searching", len(questions), len(questions))
    if answers:
        for n, outcome in enumerate(outcomes):
            progress("Answering", n, len(outcomes))
            outcomes[n] = _answered(retriever, search, outcome)
        progress("Answering", len(outcomes), len(outcomes))
    return Evaluation(
        status,
        dict(configurations),
        tuple(outcomes),
        {name: tuple(row) for name, row in seconds.items()},
        tuple(embedding),
        notes,
    )


def ranked_articles(
    retriever: Retriever,
    text: str,
    question: Question,
    settings: RetrievalSettings | None = None,
) -> tuple[tuple[str, ...], list[Hit]]:
    """The first `DEPTH` articles by their best passage, and the hits they come from.

    An article folded into a hit as a near-copy comes right after the article it was folded
    into, as a reader sees them listed.
    """
    k = 3 * DEPTH
    while True:
        hits = retriever.retrieve(text, k, as_of=question.asked, settings=settings)
        ids = dict.fromkeys(one.id for hit in hits for one in (hit.article, *hit.duplicates))
        if len(ids) >= DEPTH or len(hits) < k:
            return tuple(ids)[:DEPTH], hits
        k *= 3


def _searched(
    retriever: Retriever, question: Question, configurations: Mapping[str, RetrievalSettings]
) -> Outcome:
    text = question.resolved
    rankings: dict[str, tuple[str, ...]] = {}
    hits: list[Hit] = []
    settings: RetrievalSettings | None = None
    for n, (name, settings) in enumerate(configurations.items(), start=1):
        # What cannot be judged is looked at once, to show what was found.
        if question.judged or n == len(configurations):
            rankings[name], hits = ranked_articles(retriever, text, question, settings)
    outcome = Outcome(question, rankings, _found(hits))
    if not question.history:
        return outcome
    if question.judged:
        typed, _ = ranked_articles(retriever, question.question, question, settings)
        outcome = replace(outcome, as_typed=typed)
    if question.rewrite and question.judged:
        rewritten, _ = ranked_articles(retriever, question.rewrite, question, settings)
        outcome = replace(outcome, rewritten=rewritten)
    if question.rewrite:
        encoder = retriever.encoder()
        texts = (question.question, text, question.rewrite)
        before, after, wanted = (encoder.encode_query(one).vector for one in texts)
        outcome = replace(outcome, likeness=(float(before @ wanted), float(after @ wanted)))
    return outcome


def _found(hits: Sequence[Hit]) -> tuple[Found, ...]:
    best: dict[str, Found] = {}
    for hit in hits:
        for article in (hit.article, *hit.duplicates):
            if len(best) < DEPTH and article.id not in best:
                best[article.id] = Found(
                    article.id,
                    article.title,
                    article.published.isoformat() if article.published else "",
                    hit.passage.text[:_EXCERPT],
                    hit.score,
                    hit.scores,
                )
    return tuple(best.values())


def _answered(retriever: Retriever, search: Retriever, outcome: Outcome) -> Outcome:
    question = outcome.question
    asked = time.perf_counter()
    answer = retriever.ask(question.question, question.history, as_of=question.asked)
    seconds = time.perf_counter() - asked
    outcome = replace(outcome, answer=judge(retriever, question, answer, seconds))
    if question.judged and question.answerable:
        answer = search.ask(
            question.question,
            question.history,
            as_of=question.asked,
            where=Filter(exclude=question.relevant_ids),
        )
        # Nothing that is left answers it, whatever it asks for.
        bare = replace(question, answerable=False, answers=(), count=None, correction="")
        outcome = replace(outcome, without=judge(retriever, bare, answer, None))
    return outcome


def _timed(
    retriever: Retriever, question: Question, configurations: Mapping[str, RetrievalSettings]
) -> dict[str, float]:
    """Wall time of one search in each configuration, one after the other.

    A busy minute on the machine so strikes every configuration alike.
    """
    seconds: dict[str, float] = {}
    for name, settings in configurations.items():
        started = time.perf_counter()
        retriever.retrieve(question.resolved, as_of=question.asked, settings=settings)
        seconds[name] = time.perf_counter() - started
    return seconds


def _missing_articles(retriever: Retriever, questions: Sequence[Question]) -> tuple[str, ...]:
    wanted = sorted({one for question in questions for one in question.relevant_ids})
    with retriever.index.snapshot() as snapshot:
        missing = [one for one in wanted if snapshot.article(one) is None]
    if not missing:
        return ()
    examples = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
    if len(missing) == len(wanted):
        raise QuestionsProblem(
            f"None of the articles the questions name is in the collection ({examples}).",
            "`relevant_ids` are article ids: the path below the articles folder, or the "
            "record's own `id` in a JSON Lines file.",
        )
    return (
        f"{len(missing)} of {len(wanted)} articles that the questions name are not in the "
        f"collection and count as not found: {examples}",
    )


class _Remembering:
    """An encoder that does not embed the question it embedded last once more.

    The configurations so share one embedding of each question, the dearest part of a search.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._last: tuple[str, Embedded] | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the encoder has
        return getattr(self._encoder, name)

    def encode_query(self, text: str) -> Embedded:
        if self._last is None or self._last[0] != text:
            self._last = (text, self._encoder.encode_query(text))
        return self._last[1]

    def forget_and_time(self, text: str) -> float:
        """Seconds it takes to embed a question, which is then remembered."""
        self._last = None
        started = time.perf_counter()
        self.encode_query(text)
        return time.perf_counter() - started
