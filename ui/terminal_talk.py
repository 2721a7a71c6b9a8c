"""A conversation in the terminal, or questions from a pipe, one a line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from embeddings.errors import DatelineError
from qa.conversation import Turn
from qa.records import Answer, Status
from ui.asking import checked
from ui.terminal_answer import Place, one_line, places, show_answer, show_in_article

if TYPE_CHECKING:
    from rich.console import Console

    from embeddings.records import Article

Ask = Callable[[str, tuple[Turn, ...]], Answer]
"""A question and the conversation before it, to an answer."""

_COMMANDS = """\
/open N   read the quote numbered N where it stands in its article
/new      begin a new conversation
/quit     leave (or Ctrl-D)"""


@dataclass
class Conversation:
    """Questions and what came of them.

    ``write`` prints an answer for programs where it is given; people's answers are printed on
    the console. ``silent`` and ``failed`` count the questions that the articles did not
    answer, and those that could not be asked.
    """

    ask: Ask
    article: Callable[[str], Article]
    console: Console
    write: Callable[[Answer], None] | None = None
    turns: list[Turn] = field(default_factory=list)
    open_to: tuple[Place, ...] = ()
    silent: int = 0
    failed: int = 0

    def take(self, line: str) -> bool:
        """Answer a line, or do what it commands; whether to go on."""
        line = line.strip()
        if not line:
            return True
        if line in ("/quit", "/exit"):
            return False
        try:
            if line.startswith("/"):
                self._command(*line[1:].split())
            else:
                self._question(line)
        except DatelineError as error:
            self.failed += 1
            click.secho(error.message, fg="red", err=True)
            if error.hint:
                click.echo(error.hint, err=True)
        return True

    def _question(self, question: str) -> None:
        answer = self.ask(checked(question), tuple(self.turns))
        self.turns.append(Turn.of(answer))
        self.open_to = places(answer)
        self.silent += answer.status is Status.NOT_IN_ARTICLES
        if self.write is None:
            show_answer(self.console, answer)
        else:
            self.write(answer)

    def _command(self, name: str = "", *arguments: str) -> None:
        match name, arguments:
            case "new", ():
                self.turns.clear()
                self.open_to = ()
                self._say("A new conversation.")
            case "open", (number,):
                self._open(number.strip("[]"))
            case "help", _:
                self._say(_COMMANDS)
            case _:
                raise DatelineError(f"There is no command /{name} like that.", _COMMANDS)

    def _open(self, number: str) -> None:
        place = next((one for one in self.open_to if str(one.number) == number), None)
        if place is None:
            known = ", ".join(str(one.number) for one in self.open_to)
            raise DatelineError(
                f"The last answer has no source numbered {number}.",
                f"It has: {known}." if known else "Ask a question first.",
            )
        article = self.article(place.article_id)
        start, end = place.span
        if article.text[start:end] != place.text:
            raise DatelineError(
                "The article has changed since it was quoted.", "Ask the question again."
            )
        show_in_article(self.console, article, place.span)

    def _say(self, words: str) -> None:
        if self.write is None:
            self.console.print(words, "", style="dim", markup=False, sep="\n")


def converse(conversation: Conversation) -> None:
    """Take questions at a prompt until the reader leaves.

    Ctrl-C while an answer is on its way gives that answer up; at the prompt it leaves.
    """
    conversation.console.print("Ask the articles. /help lists the commands.\n", style="dim")
    going = True
    while going:
        try:
            line = _prompt()
        except EOFError:
            conversation.console.print()
            return
        try:
            going = conversation.take(line)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)


def take_all(conversation: Conversation, lines: Iterator[str]) -> None:
    """Take every line in turn, as from a pipe, with each question shown above its answer."""
    for line in lines:
        if conversation.write is None and line.strip() and not line.startswith("/"):
            conversation.console.print(f"? {one_line(line)}", style="bold", markup=False)
        if not conversation.take(line):
            return


def is_terminal() -> bool:
    """Whether a person types the questions."""
    return bool(sys.stdin and sys.stdin.isatty())


def piped_lines() -> Iterator[str]:
    """Lines of standard input; bytes that are no UTF-8 do not stop it."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace")


def _prompt() -> str:
    with suppress(ImportError):
        import readline  # noqa: F401 - gives `input` editing and a history
    return input("? ")
