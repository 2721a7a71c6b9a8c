"""The names of figures, and figures as a reader sees them, on the terminal and on the page."""

from __future__ import annotations

from qa.evaluation.metrics import Estimate
from qa.evaluation.summary import AnswerSummary, FollowUpSummary

LABELS = {
    "lexical": "lexical",
    "dense": "dense",
    "hybrid": "hybrid",
    "late": "+ late interaction",
    "feedback": "+ feedback",
    "shipped": "as shipped",
}

Row = tuple[str, Estimate | None, str]
"""A label, its figure, and what kind of number that is: share, score or number."""


def share(value: Estimate | None, kind: str = "share") -> str:
    """A figure: 93.4%, 0.934 or 21.3."""
    if value is None:
        return "–"
    return _written(value.value, kind)


def spread(value: Estimate, kind: str = "score") -> str:
    """The interval of a figure: 0.921 to 0.946."""
    return f"{_written(value.low, kind)} to {_written(value.high, kind)}"


def written_ms(milliseconds: float) -> str:
    """Milliseconds with the digits that matter."""
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.1f}"


def _written(number: float, kind: str) -> str:
    if kind == "share":
        return f"{100 * number:.1f}%"
    return f"{number:.3f}" if kind == "score" else f"{number:.1f}"


def answer_rows(answers: AnswerSummary) -> list[Row]:
    """The figures of answers, in reading order."""
    return [
        ("right, all told", answers.right, "share"),
        ("a quote holds an expected answer", answers.quote_hits, "share"),
        ("  of those answered", answers.quote_hits_answered, "share"),
        ("words quoted", answers.words, "number"),
        ("citations exact to the character", answers.exact_citations, "share"),
        ("answered or declined rightly", answers.decisions, "share"),
        ("unanswerable, yet answered", answers.false_answers, "share"),
        ("answerable, yet declined", answers.wrong_refusals, "share"),
        ("AUROC, answerable against unanswerable", answers.abstention, "score"),
        ("AUROC, with against without own articles", answers.abstention_without, "score"),
        ("without own articles, yet answered", answers.false_answers_without, "share"),
        ("time words read as expected", answers.windows, "share"),
    ]


def follow_up_rows(follow_ups: FollowUpSummary) -> list[Row]:
    """The figures of follow-ups, in reading order."""
    return [
        ("nDCG@10 as typed", follow_ups.as_typed, "score"),
        ("nDCG@10 as resolved", follow_ups.resolved, "score"),
        ("nDCG@10 as rewritten by a person", follow_ups.rewritten, "score"),
        ("cosine to the rewrite, as typed", follow_ups.likeness_as_typed, "score"),
        ("cosine to the rewrite, as resolved", follow_ups.likeness_resolved, "score"),
    ]
