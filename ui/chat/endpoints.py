"""What the page opens to programs, by HTTP and as MCP tools: the same five functions."""

# No `from __future__ import annotations` here: gradio reads the annotations of the functions it
# is given.

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from embeddings.errors import DatelineError, QuestionError
from embeddings.records import Filter
from ui.api import answer_record, article_record, hit_record, listing_record, status_record
from ui.asking import Answerer, checked

log = logging.getLogger(__name__)

MOST_HITS = 100
MOST_LISTED = 200
_FAILED = "Something went wrong while answering; the log of the program that serves this says what."


def open_endpoints(answerer: Answerer) -> None:
    """Open ask, search, article, articles and status on the page that is being built."""
    import gradio as gr

    def ask(question: str, since: str = "", until: str = "") -> dict[str, Any]:
        """Answer a question with quotes from the news articles, each cited.

        Args:
            question: What you would like to know, in up to 4,000 characters.
            since: First day of publication, as 2017-02-14; empty for no limit.
            until: Last day of publication, as 2017-02-14; empty for no limit.

        Returns:
            The answer: its status, sentences with the numbers of their citations, and the
            citations with article id, start, end and the quote that stands there.
        """
        with _told():
            first, last = _day(since, "since"), _day(until, "until")
            return answer_record(answerer.ask(checked(question), since=first, until=last))

    def search(question: str, k: int = 8, since: str = "", until: str = "") -> list[dict[str, Any]]:
        """Find the passages of the news articles that bear most on a question, best first.

        Args:
            question: What you are looking for, in up to 4,000 characters.
            k: How many passages, from 1 to 100.
            since: First day of publication, as 2017-02-14; empty for no limit.
            until: Last day of publication, as 2017-02-14; empty for no limit.

        Returns:
            Passages with their text, article id, start, end, title, date, path and score.
        """
        with _told():
            if not 1 <= k <= MOST_HITS:
                raise QuestionError(f"k is {k}.", f"Ask for 1 to {MOST_HITS} passages.")
            first, last = _day(since, "since"), _day(until, "until")
            hits = answerer.retrieve(checked(question), k, since=first, until=last)
            return [hit_record(hit) for hit in hits]

    def article(article_id: str) -> dict[str, Any]:
        """Read one news article whole.

        Args:
            article_id: The id of an article, as answers, passages and lists name it.

        Returns:
            The article's text and what is known of it.
        """
        with _told():
            return article_record(answerer.article(article_id))

    def articles(
        words: str = "",
        outlet: str = "",
        since: str = "",
        until: str = "",
        offset: int = 0,
        limit: int = 20,
    ) -> dict[str, Any]:
        """List news articles without their text, newest first.

        Args:
            words: Words that must stand in the title, outlet, author, place or file name.
            outlet: Only articles of this outlet; empty for all.
            since: First day of publication, as 2017-02-14; empty for no limit.
            until: Last day of publication, as 2017-02-14; empty for no limit.
            offset: How many to pass over.
            limit: How many to list, from 1 to 200.

        Returns:
            How many articles match in all, and one page of them.
        """
        with _told():
            if not 1 <= limit <= MOST_LISTED:
                raise QuestionError(f"limit is {limit}.", f"List 1 to {MOST_LISTED} articles.")
            if offset < 0:
                raise QuestionError(f"offset is {offset}.", "Begin at 0.")
            where = Filter(_day(since, "since"), _day(until, "until"), outlet)
            return listing_record(answerer.browse(checked(words), where, offset, limit))

    def status() -> dict[str, Any]:
        """Tell what the collection holds: articles, passages, dates, files with problems.

        Returns:
            The counts, the first and newest day, when it was last rebuilt, and failed files.
        """
        with _told():
            return status_record(answerer.status())

    gr.api(ask, api_name="ask", concurrency_id="ask")
    gr.api(search, api_name="search", concurrency_id="ask")
    gr.api(article, api_name="article", concurrency_limit=8)
    gr.api(articles, api_name="articles", concurrency_limit=8)
    gr.api(status, api_name="status", concurrency_limit=8)


def _day(text: str, name: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise QuestionError(f"{name} is {text[:40]!r}.", "Write a day as 2017-02-14.") from None


@contextmanager
def _told() -> Iterator[None]:
    """Tells a calling program what went wrong in words, and keeps faults in the log."""
    import gradio as gr

    try:
        yield
    except DatelineError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Exception as error:
        log.error("a call could not be answered", exc_info=error)
        raise gr.Error(_FAILED, print_exception=False) from None
