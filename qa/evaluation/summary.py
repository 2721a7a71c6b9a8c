"""Adding up what was seen: means with intervals, by configuration and by type of question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from qa.evaluation.answers import Judged
from qa.evaluation.metrics import RANKING_METRICS, Estimate, auroc, mean, ndcg, ranking_metrics
from qa.evaluation.run import Evaluation, Outcome


@dataclass(frozen=True, slots=True)
class Latency:
    """Wall time in milliseconds: the median and the 95th percentile of ``n`` calls."""

    p50: float
    p95: float
    n: int


@dataclass(frozen=True, slots=True)
class ConfigurationSummary:
    """One way to rank: its metrics by name, and what a question costs.

    ``gain`` is the mean difference in nDCG@10 to the configuration before, question by
    question; an interval that leaves out 0 is more than chance.
    """

    name: str
    metrics: dict[str, Estimate]
    gain: Estimate | None
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class AnswerSummary:
    """How good the answers are; ``None`` where no question could tell.

    ``quote_hits``: of the answerable questions with expected answers, those answered with a
    quote that holds one; ``quote_hits_answered`` the same among those that were answered.
    ``words``: words quoted in an answer. ``exact_citations``: of all citations.
    ``decisions``: of the questions whose answerability is known, those answered or declined
    rightly; ``false_answers`` of the unanswerable, ``wrong_refusals`` of the answerable.
    ``abstention``: area under the ROC of the confidence, answerable against unanswerable;
    ``abstention_without``: answerable against themselves with their own articles left out of
    the search, and ``false_answers_without`` those answered all the same. ``windows``: of
    the questions with days, those whose time words were read right. ``latency`` is that of
    `Retriever.ask`.
    """

    right: Estimate | None
    quote_hits: Estimate | None
    quote_hits_answered: Estimate | None
    words: Estimate | None
    exact_citations: Estimate | None
    decisions: Estimate | None
    false_answers: Estimate | None
    wrong_refusals: Estimate | None
    abstention: Estimate | None
    abstention_without: Estimate | None
    false_answers_without: Estimate | None
    windows: Estimate | None
    latency: Latency


@dataclass(frozen=True, slots=True)
class FollowUpSummary:
    """Follow-ups as typed, as resolved, and as a person rewrote them.

    nDCG@10 over the follow-ups with relevant articles, and the cosine to the rewrite over
    those that have one.
    """

    n: int
    as_typed: Estimate | None
    resolved: Estimate | None
    rewritten: Estimate | None
    likeness_as_typed: Estimate | None
    likeness_resolved: Estimate | None


@dataclass(frozen=True, slots=True)
class TypeSummary:
    """One type of question: its nDCG@10 in the last configuration, and its answers."""

    type: str
    n: int
    ndcg: Estimate | None
    right: Estimate | None
    answered: Estimate | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evaluation comes to."""

    at: datetime
    articles: int
    passages: int
    encoder: str
    questions: int
    judged: int
    configurations: tuple[ConfigurationSummary, ...]
    embedding: Latency | None
    types: tuple[TypeSummary, ...]
    answers: AnswerSummary | None
    follow_ups: FollowUpSummary | None
    notes: tuple[str, ...]


def summarise(evaluation: Evaluation) -> Summary:
    """Add up an evaluation."""
    outcomes = evaluation.outcomes
    judged = [outcome for outcome in outcomes if outcome.question.judged]
    last = list(evaluation.configurations)[-1] if evaluation.configurations else ""
    return Summary(
        at=datetime.now(UTC),
        articles=evaluation.status.articles,
        passages=evaluation.status.passages,
        encoder=evaluation.status.manifest.encoder,
        questions=len(outcomes),
        judged=len(judged),
        configurations=_configurations(evaluation, judged),
        embedding=latency(evaluation.embedding_seconds),
        types=_types(outcomes, last),
        answers=_answers(outcomes),
        follow_ups=_follow_ups(outcomes, last),
        notes=evaluation.notes,
    )


def latency(seconds: Sequence[float]) -> Latency | None:
    """Percentiles of wall times given in seconds, ``None`` of none."""
    if not seconds:
        return None
    p50, p95 = np.percentile(seconds, [50, 95]) * 1e3
    return Latency(float(p50), float(p95), len(seconds))


def gain(outcome: Outcome, configuration: str) -> float:
    """The nDCG@10 of one question in a configuration."""
    return ndcg(outcome.rankings[configuration], outcome.question.relevant_ids)


def _configurations(
    evaluation: Evaluation, judged: Sequence[Outcome]
) -> tuple[ConfigurationSummary, ...]:
    rows: list[ConfigurationSummary] = []
    before: list[float] | None = None
    for name in evaluation.configurations:
        values = [ranking_metrics(o.rankings[name], o.question.relevant_ids) for o in judged]
        metrics = {
            metric: estimate
            for metric in RANKING_METRICS
            if (estimate := mean([value[metric] for value in values]))
        }
        own = [value["nDCG@10"] for value in values]
        steps = None if before is None else [a - b for a, b in zip(own, before, strict=True)]
        rows.append(
            ConfigurationSummary(
                name, metrics, mean(steps or []), latency(evaluation.seconds.get(name, ()))
            )
        )
        before = own
    return tuple(rows)


def _types(outcomes: Sequence[Outcome], last: str) -> tuple[TypeSummary, ...]:
    types = dict.fromkeys(outcome.question.type for outcome in outcomes)
    rows = []
    for kind in types:
        own = [outcome for outcome in outcomes if outcome.question.type == kind]
        rows.append(
            TypeSummary(
                kind or "(no type)",
                len(own),
                mean([gain(o, last) for o in own if o.question.judged and last]),
                _share(own, lambda judged: judged.right),
                _share(own, lambda judged: judged.answered),
            )
        )
    return tuple(rows)


def _share(
    outcomes: Sequence[Outcome], of: Callable[[Judged], float | bool | None]
) -> Estimate | None:
    """The mean of something over the answers that have it."""
    values = [of(outcome.answer) for outcome in outcomes if outcome.answer]
    return mean([float(value) for value in values if value is not None])


def _answers(outcomes: Sequence[Outcome]) -> AnswerSummary | None:
    asked = [outcome for outcome in outcomes if outcome.answer]
    times = latency([o.answer.seconds for o in asked if o.answer and o.answer.seconds is not None])
    if times is None:
        return None
    yes = [outcome for outcome in asked if outcome.question.answerable is True]
    no = [outcome for outcome in asked if outcome.question.answerable is False]
    without = [outcome.without for outcome in asked if outcome.without]
    exact: list[float] = []
    for outcome in asked:
        for judged in (outcome.answer, outcome.without):
            if judged:
                exact += [1.0] * judged.exact + [0.0] * (judged.citations - judged.exact)
    return AnswerSummary(
        right=_share(asked, lambda judged: judged.right),
        quote_hits=_share(asked, lambda judged: judged.quoted),
        quote_hits_answered=_share(
            asked, lambda judged: judged.quoted if judged.answered else None
        ),
        words=_share(asked, lambda judged: judged.words if judged.answered else None),
        exact_citations=mean(exact),
        decisions=mean(
            [
                float(outcome.answer.answered == outcome.question.answerable)
                for outcome in (*yes, *no)
                if outcome.answer
            ]
        ),
        false_answers=_share(no, lambda judged: judged.answered),
        wrong_refusals=_share(yes, lambda judged: not judged.answered),
        abstention=auroc(_confidences(yes), _confidences(no)),
        abstention_without=auroc(
            _confidences([outcome for outcome in yes if outcome.without]),
            [judged.confidence for judged in without],
        ),
        false_answers_without=mean([float(judged.answered) for judged in without]),
        windows=_share(asked, lambda judged: judged.window),
        latency=times,
    )


def _confidences(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.answer.confidence for outcome in outcomes if outcome.answer]


def _follow_ups(outcomes: Sequence[Outcome], last: str) -> FollowUpSummary | None:
    own = [outcome for outcome in outcomes if outcome.question.history]
    if not own:
        return None
    ranked = [outcome for outcome in own if outcome.as_typed is not None and last]
    alike = [outcome.likeness for outcome in own if outcome.likeness]
    return FollowUpSummary(
        n=len(own),
        as_typed=mean([ndcg(o.as_typed or (), o.question.relevant_ids) for o in ranked]),
        resolved=mean([gain(o, last) for o in ranked]),
        rewritten=mean(
            [ndcg(o.rewritten, o.question.relevant_ids) for o in ranked if o.rewritten is not None]
        ),
        likeness_as_typed=mean([before for before, _ in alike]),
        likeness_resolved=mean([after for _, after in alike]),
    )
