"""What is asked of a collection, and what the page needs of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from embeddings.browse import Listing
from embeddings.errors import QuestionError
from embeddings.records import Article, Filter, IndexStatus, RebuildReport
from qa.conversation import Turn
from qa.records import Answer, Hit

if TYPE_CHECKING:
    from embeddings.rebuild import Progress
    from qa.writer import Writer

QUESTION_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is put: its words, and how they are to be read.

    ``since`` and ``until`` are the reader's own limits; ``read_dates`` lets time words in the
    question narrow it further; ``in_context`` lets it lean on the conversation before it.
    """

    question: str
    since: date | None = None
    until: date | None = None
    read_dates: bool = True
    in_context: bool = True


class Answerer(Protocol):
    """What the page needs of a retriever."""

    def ask(
        self,
        question: str,
        history: Sequence[Turn] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
        read_dates: bool = True,
    ) -> Answer:
        """Answer a question in the light of a conversation."""
        ...

    def answers(
        self,
        question: str,
        history: Sequence[Turn] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
        read_dates: bool = True,
        writer: Writer | None = None,
    ) -> Iterator[Answer]:
        """Drafts worded by a language model, and last the answer."""
        ...

    def retrieve(
        self,
        question: str,
        k: int = 8,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        """The passages that bear most on a question."""
        ...

    def article(self, article_id: str) -> Article:
        """One article whole; raises `DatelineError` where there is none."""
        ...

    def articles(self, where: Filter | None = None, limit: int = 1000) -> list[Article]:
        """Articles, newest first."""
        ...

    def status(self) -> IndexStatus:
        """The state of the collection."""
        ...

    def browse(
        self, words: str = "", where: Filter | None = None, offset: int = 0, limit: int = 20
    ) -> Listing:
        """Articles without their text, newest first, a page at a time."""
        ...

    def outlets(self) -> list[tuple[str, int]]:
        """Every outlet with its number of articles."""
        ...

    def days(self) -> list[tuple[date, int]]:
        """Every day of publication with its number of articles, in order."""
        ...

    def rebuild(self, progress: Progress | None = None) -> RebuildReport:
        """Take in what has changed in the articles folder."""
        ...


def put(
    answerer: Answerer, asked: Asked, history: Sequence[Turn], writer: Writer | None = None
) -> Iterator[Answer]:
    """Ask a question as it was put; drafts of a language model's, and last the answer."""
    return answerer.answers(
        asked.question,
        history if asked.in_context else None,
        since=asked.since,
        until=asked.until,
        read_dates=asked.read_dates,
        writer=writer,
    )


def checked(question: str) -> str:
    """The question, when it is of a length that is read.

    Raises:
        QuestionError: it is too long.
    """
    if len(question) > QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question is {len(question):,} characters long; up to {QUESTION_CHARACTERS:,} "
            "are read.",
            "Shorten it and ask again.",
        )
    return question
