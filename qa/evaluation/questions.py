"""Reading the questions to evaluate with: JSON Lines, one question a line."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from embeddings.errors import QuestionsProblem
from qa.conversation import Turn, resolve

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what is known about its answer.

    ``relevant_ids`` are the articles that bear on it; ``answers`` are strings any one of which
    should be quoted. ``answerable`` is ``None`` where nobody said. ``asked`` is the day the
    question is asked, its clock. ``rewrite`` is the stand-alone form a person gave a
    follow-up. ``since`` and ``until`` are the days its time words mean, ``count`` the number
    of articles a counting question should find, ``correction`` what an answer to a question
    with a false premise may quote instead of declining.
    """

    id: str
    question: str
    relevant_ids: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    type: str = ""
    asked: date | None = None
    history: tuple[Turn, ...] = ()
    rewrite: str = ""
    since: date | None = None
    until: date | None = None
    count: int | None = None
    correction: str = ""

    @property
    def judged(self) -> bool:
        """Whether its ranking can be judged: it has relevant articles that answer it."""
        return bool(self.relevant_ids) and self.answerable is not False

    @property
    def resolved(self) -> str:
        """The question made to stand alone from its history."""
        return resolve(self.question, self.history)


def read_questions(file: Path) -> list[Question]:
    """The questions of a JSON Lines file, in order; blank lines are passed over.

    Raises:
        QuestionsProblem: the file cannot be read, holds no question, repeats an id, or a
            line of it is not a question; the message names the line.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise QuestionsProblem(
            f"The questions in {file} cannot be read: {reason}.",
            "Name a JSON Lines file: one question a line, as docs/EVALUATION.md describes.",
        ) from error
    questions: list[Question] = []
    first_line: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _question(_object(line), number)
            if question.id in first_line:
                raise ValueError(
                    f"the id {question.id!r} was used on line {first_line[question.id]} already"
                )
        except ValueError as error:
            raise QuestionsProblem(
                f"Line {number} of {file} is not a question: {error}.",
                "docs/EVALUATION.md describes what a line may hold.",
            ) from error
        first_line[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionsProblem(
            f"There is no question in {file}.", "Put one JSON object a line into it."
        )
    return questions


def sampled(questions: Sequence[Question], count: int, seed: int = 0) -> list[Question]:
    """At most `count` questions of each kind, drawn at random, in their order.

    The kinds are answerable, unanswerable, and not said; the same seed draws the same ones.
    """
    chosen: set[str] = set()
    for kind in (True, False, None):
        ids = [question.id for question in questions if question.answerable is kind]
        chosen.update(random.Random(seed).sample(ids, min(count, len(ids))))
    return [question for question in questions if question.id in chosen]


def _object(line: str) -> _Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error.msg}, column {error.colno})") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(row, dict):
        raise ValueError("it is not a JSON object with a field `question`")
    return row


def _question(row: _Row, number: int) -> Question:
    text = _text(row, "question")
    if not text:
        raise ValueError("it has no `question`")
    answers = _texts(row, "answers")
    answerable = row.get("answerable")
    if answerable is not None and not isinstance(answerable, bool):
        raise ValueError(f"`answerable` is {answerable!r}; it may be true, false or null")
    if answerable is None and answers:
        answerable = True
    count = row.get("count")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
        raise ValueError(f"`count` is {count!r}; it is a number of articles")
    since, until = _day(row, "since"), _day(row, "until")
    if since and until and since > until:
        raise ValueError(f"`since` {since} is after `until` {until}")
    return Question(
        id=_identifier(row.get("id"), number),
        question=text,
        relevant_ids=_texts(row, "relevant_ids"),
        answers=answers,
        answerable=answerable,
        type=_text(row, "type") or _text(row, "kind"),
        asked=_day(row, "date"),
        history=_history(row),
        rewrite=_text(row, "rewrite"),
        since=since,
        until=until,
        count=count,
        correction=_text(row, "correction"),
    )


def _identifier(value: object, number: int) -> str:
    if value is None:
        return f"line {number}"
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"`id` is {value!r}; it may be a string or a number")
    return str(value)


def _text(row: _Row, name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is {value!r}; it may be a string")
    return value.strip()


def _texts(row: _Row, name: str) -> tuple[str, ...]:
    values = row.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(
        isinstance(value, str | int | float) and not isinstance(value, bool) for value in values
    ):
        raise ValueError(f"`{name}` is {values!r}; it may be a list of strings")
    return tuple(dict.fromkeys(str(value) for value in values if str(value).strip()))


def _day(row: _Row, name: str) -> date | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError) as error:
        raise ValueError(f"`{name}` is {value!r}; it may be a day as YYYY-MM-DD") from error


def _history(row: _Row) -> tuple[Turn, ...]:
    """The turns before, from role and text pairs or from bare questions."""
    entries = row.get("history")
    if entries is None:
        entries = row.get("user_turns_so_far")
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ValueError("the history is not a list")
    turns: list[Turn] = []
    question: str | None = None
    quotes: list[str] = []

    def close() -> None:
        if question is not None:
            resolved = resolve(question, turns)
            turns.append(Turn(question, resolved if resolved != question else "", tuple(quotes)))

    for entry in entries:
        role, text = _said(entry)
        if role == "user":
            close()
            question, quotes = text, []
        elif role == "assistant":
            quotes.append(text)
    close()
    return tuple(turns)


def _said(entry: object) -> tuple[str, str]:
    if isinstance(entry, str):
        return "user", entry
    if isinstance(entry, dict):
        text = entry.get("text", entry.get("content"))
        role = entry.get("role", "user")
        if isinstance(text, str) and role in ("user", "assistant", "system"):
            return role, text
    raise ValueError(
        f"{entry!r} in the history is neither a question nor an object with `role` "
        "(user or assistant) and `text`"
    )
