"""Judging one answer: was the question answered, is it right, is every quote exact."""

from __future__ import annotations

from dataclasses import dataclass

from embeddings.errors import DatelineError
from qa.evaluation.metrics import first_words, says_number, stands_in
from qa.evaluation.questions import Question
from qa.records import Answer, Citation, Status
from qa.retriever import Retriever

QUOTED_WORDS = 60
"""Words of the quotes, taken together, in which an expected answer must stand."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer against what is known about its question.

    ``answered`` says that the articles were not said to be silent. ``quoted`` says that an
    expected answer stands in the first `QUOTED_WORDS` words of the quotes, of which there
    are ``words``. ``right`` judges the whole: the count, the quote, or the refusal, whichever
    the question wants. ``window`` says whether the days its time words mean were read right.
    ``quoted``, ``right`` and ``window`` are ``None`` where nothing was expected. ``exact`` of
    the ``citations`` reproduce their article to the character.
    """

    status: Status
    answered: bool
    confidence: float
    quotes: tuple[str, ...]
    summary: str
    resolved_question: str
    words: int
    quoted: bool | None
    right: bool | None
    window: bool | None
    citations: int
    exact: int
    seconds: float | None


def judge(
    retriever: Retriever, question: Question, answer: Answer, seconds: float | None
) -> Judged:
    """Judge an answer that took this many seconds, ``None`` where nobody looked."""
    answered = answer.status is not Status.NOT_IN_ARTICLES
    quotes = tuple(citation.quote for citation in answer.citations) if answered else ()
    text = " ".join(quotes)
    quoted = None
    if question.answerable is not False and question.answers:
        shown = first_words(text, QUOTED_WORDS)
        quoted = any(stands_in(expected, shown) for expected in question.answers)
    return Judged(
        status=answer.status,
        answered=answered,
        confidence=answer.confidence,
        quotes=quotes,
        summary=answer.summary,
        resolved_question=answer.resolved_question,
        words=len(text.split()),
        quoted=quoted,
        right=_right(question, answer, answered, quoted, text),
        window=_window(question, answer),
        citations=len(answer.citations),
        exact=sum(_exact(retriever, citation) for citation in answer.citations),
        seconds=seconds,
    )


def _right(
    question: Question, answer: Answer, answered: bool, quoted: bool | None, text: str
) -> bool | None:
    if question.count is not None:
        # Only Dateline's own words count articles; a number in a quote is about something else.
        own = (sentence.text for sentence in answer.sentences if not sentence.citations)
        told = " ".join((answer.summary, *own, *answer.notes))
        return (answered or question.count == 0) and says_number(question.count, told)
    if question.answerable is False:
        # A false premise is met as well by quoting what corrects it.
        return not answered or bool(question.correction and stands_in(question.correction, text))
    return quoted


def _window(question: Question, answer: Answer) -> bool | None:
    if question.since is None and question.until is None:
        return None
    if answer.window is None:
        return False
    return (answer.window.since, answer.window.until) == (question.since, question.until)


def _exact(retriever: Retriever, citation: Citation) -> bool:
    try:
        article = retriever.article(citation.article_id)
    except DatelineError:
        return False
    return article.text[citation.start : citation.end] == citation.quote
