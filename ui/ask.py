"""`dateline ask`: one question, a conversation, or questions from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.options import (
    DAY,
    EXIT_ERROR,
    chosen_writer,
    engine_uri_option,
    explained,
    filter_options,
    index_option,
    json_option,
    reranker_option,
    writer_options,
)
from ui.output import console, print_json, print_json_line

if TYPE_CHECKING:
    from qa.conversation import Turn
    from qa.records import Answer

EXIT_NOT_SAID = 3


@click.command()
@click.argument("question", nargs=-1)
@filter_options
@click.option("--as-of", type=DAY, help="The day it is asked; “last week” counts from it. Today.")
@click.option("--no-dates", is_flag=True, help="Do not read time words as days of publication.")
@writer_options
@reranker_option
@index_option
@engine_uri_option
@json_option
@explained
def ask(
    question: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    outlet: str,
    place: str,
    path: str,
    as_of: datetime | None,
    no_dates: bool,
    llm_url: str | None,
    llm_model: str | None,
    quotes: bool,
    reranker: str | None,
    index: Path,
    engine_uri: str,
    as_json: bool,
) -> None:
    """Answer a question with quotes from the articles.

    Without a question: a conversation, or, where standard input is a pipe, the questions in
    it, one a line (with --json: an answer a line).

    Exit codes: 0 answered, also in part; 3 the articles do not say (of several questions: one
    of them at least); 2 wrong usage or an error that was explained; 130 stopped by Ctrl-C.
    """
    from embeddings.records import Filter
    from qa.records import Status
    from qa.retriever import Retriever
    from ui.api import answer_record
    from ui.asking import checked
    from ui.terminal_answer import show_answer

    where = Filter(since and since.date(), until and until.date(), outlet, place, path)
    clock = as_of.date() if as_of else None
    writer = chosen_writer(llm_url, llm_model, quotes_only=quotes)

    with Retriever.open(index, reranker=reranker, engine_uri=engine_uri) as retriever:

        def answered(text: str, history: tuple[Turn, ...]) -> Answer:
            with _drafts(quiet=as_json) as show:
                for answer in retriever.answers(
                    text, history, where=where, as_of=clock, read_dates=not no_dates, writer=writer
                ):
                    show(answer)
            return answer

        if question:
            answer = answered(checked(" ".join(question)), ())
            if as_json:
                print_json(answer_record(answer))
            else:
                show_answer(console(), answer)
            sys.exit(EXIT_NOT_SAID if answer.status is Status.NOT_IN_ARTICLES else 0)

        from ui.terminal_talk import Conversation, converse, is_terminal, piped_lines, take_all

        conversation = Conversation(
            answered,
            retriever.article,
            console(),
            (lambda answer: print_json_line(answer_record(answer))) if as_json else None,
        )
        if is_terminal():
            converse(conversation)
            return
        take_all(conversation, piped_lines())
    if conversation.failed:
        sys.exit(EXIT_ERROR)
    sys.exit(EXIT_NOT_SAID if conversation.silent else 0)


@contextmanager
def _drafts(*, quiet: bool) -> Iterator[Callable[[Answer], None]]:
    """A spinner that gives way to what a language model writes, on the error stream.

    Nothing of it stays when the answer is whole; nothing is drawn where there is no terminal.
    """
    from rich.console import Console

    stream = Console(stderr=True)
    if quiet or not stream.is_terminal:
        yield lambda answer: None
        return
    from rich.live import Live
    from rich.spinner import Spinner

    from ui.terminal_answer import Draft

    with Live(Spinner("dots", "Reading the articles…"), console=stream, transient=True) as live:
        yield lambda answer: live.update(Draft(answer)) if answer.written_by else None
