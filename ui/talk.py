"""A conversation: questions, what stands under them, and what each leaves for the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embeddings.errors import DatelineError
from qa.conversation import Turn
from qa.records import Answer
from ui import render
from ui.asking import QUESTION_CHARACTERS, Answerer, Asked, put

if TYPE_CHECKING:
    from qa.writer import Writer

log = logging.getLogger(__name__)

FAILED = "Something went wrong while answering."
FAILED_HINT = "The log of the program that serves this page says what. You can ask again."


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what stands in the bubble under it, as HTML."""

    asked: Asked
    html: str
    answer: Answer | None = None
    pending: bool = False
    rating: str = ""


Talk = tuple[Exchange, ...]


def exchanges(
    answerer: Answerer, asked: Asked, before: Talk, writer: Writer | None = None
) -> Iterator[Exchange]:
    """The states of one bubble: waiting, the answer sentence by sentence, the whole of it.

    Nothing is raised: what goes wrong is told in the bubble, and logged where it is a fault.

    Args:
        answerer: what answers.
        asked: the question.
        before: the conversation it is asked in.
        writer: the language model that words the answer, if there is one.
    """
    yield Exchange(asked, render.render_waiting(), pending=True)
    try:
        for answer in put(answerer, asked, history(before), writer):
            # A draft shows all it has; the quotes are there at once, and are told one by one.
            first = len(answer.sentences) if answer.written_by else 1
            for shown in range(first, len(answer.sentences) + bool(answer.written_by)):
                html = render.render_answer(answer, shown, asked=asked)
                yield Exchange(asked, html, pending=True)
        done = answered(asked, answer)
    except Exception as error:
        done = Exchange(asked, explained(error, again=True))
    yield done


def answered(asked: Asked, answer: Answer, rating: str = "") -> Exchange:
    """A question with its whole answer."""
    html = render.render_answer(answer, asked=asked, rating=rating)
    return Exchange(asked, html, answer, rating=rating)


def history(talk: Talk) -> tuple[Turn, ...]:
    """The conversation so far as the retriever takes it, oldest first."""
    return tuple(Turn.of(exchange.answer) for exchange in talk if exchange.answer)


def settled(talk: Talk) -> Talk:
    """The conversation with a question that was stopped marked as such."""
    stopped = render.render_notice("Stopped.", again=True)
    return tuple(
        replace(exchange, html=stopped, pending=False) if exchange.pending else exchange
        for exchange in talk
    )


def changed(asked: Asked, change: str) -> Asked:
    """The question with one of its readings taken back, or put back."""
    match change:
        case "context":
            return replace(asked, in_context=not asked.in_context)
        case "dates":
            return replace(asked, read_dates=not asked.read_dates)
        case "limits":
            return replace(asked, since=None, until=None)
    return asked


def messages(talk: Talk) -> list[dict[str, str]]:
    """A conversation as `gradio.Chatbot` takes it."""
    return [
        {"role": role, "content": content}
        for exchange in talk
        for role, content in (
            ("user", render.render_question(exchange.asked.question)),
            ("assistant", exchange.html),
        )
    ]


def explained(error: Exception, *, again: bool = False) -> str:
    """An error as a plain word in the bubble, and in the log where nobody foresaw it."""
    if isinstance(error, DatelineError):
        return render.render_notice(error.message, error.hint, again=again)
    log.error("a question could not be answered", exc_info=error)
    return render.render_notice(FAILED, FAILED_HINT, again=again)


def too_long(question: str) -> Exchange:
    """What stands in place of an answer to a question longer than is read."""
    notice = render.render_notice(
        f"The question is {len(question):,} characters long; up to {QUESTION_CHARACTERS:,} are "
        "read.",
        "Shorten it and ask again.",
    )
    return Exchange(Asked(render.cut(question, 200)), notice)
