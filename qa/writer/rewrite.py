"""A follow-up worded by the language model to stand alone, and the rules behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from embeddings.errors import LanguageModelError
from qa.conversation import TURNS_READ, Turn, needs_context, resolve
from qa.writer import names
from qa.writer.client import Reply
from qa.writer.figures import dates_said, numbers_said
from qa.writer.prompt import rewrite_messages
from qa.writer.settings import LanguageModelSettings
from qa.writer.words import ordinary_words, words_of

LONGEST = 300
ANSWER_CHARACTERS = 300


def reworded(question: str, history: Sequence[Turn], settings: LanguageModelSettings) -> str:
    """The stand-alone form of `question`; the rules' where the model is off, fails or invents.

    A question that needs nothing from the conversation is never sent.
    """
    ruled = resolve(question, history)
    if not settings.rewrite or not history or (ruled == question and not needs_context(question)):
        return ruled
    recent = history[-TURNS_READ:]
    conversation = [
        (turn.resolved or turn.question, " ".join(turn.quotes)[:ANSWER_CHARACTERS])
        for turn in recent
    ]
    try:
        text = "".join(Reply(rewrite_messages(question, conversation), settings))
    except LanguageModelError:
        return ruled
    lines = [line.strip(" \t\"'“”*") for line in text.strip().splitlines() if line.strip()]
    rewritten = re.sub(r"^(?:question|reworded)\s*:\s*", "", lines[0], flags=re.I) if lines else ""
    said = [question, *(part for turn in recent for part in _parts(turn))]
    return rewritten if len(lines) == 1 and _usable(rewritten, said) else ruled


def _parts(turn: Turn) -> tuple[str, ...]:
    return (turn.question, turn.resolved, *turn.quotes, *turn.titles)


def _usable(question: str, said: Sequence[str]) -> bool:
    """Whether it is one short question made of the conversation's own names and numbers."""
    if not 3 <= len(question) <= LONGEST or not question.endswith("?"):
        return False
    words = {word for part in said for word in words_of(part)}
    figures = {figure for part in said for figure in _figures(part)}
    named = names.names_in(question, ordinary_words(said))
    return figures >= _figures(question) and all(part in words for name in named for part in name)


def _figures(text: str) -> set[float | str]:
    dates = {day.shown.lower() for day in dates_said(text)}
    return {number.value for number in numbers_said(text)} | dates
