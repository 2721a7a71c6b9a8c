"""The frozen records that flow from a question to a cited answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from embeddings.lexical import term_spans
from embeddings.records import Article, Passage, Span


@dataclass(frozen=True, slots=True)
class Score:
    """What one component (dense, lexical, ...) made of a passage.

    ``value`` is the component's own score, ``rank`` counts from 1 among its candidates
    (``None`` where it did not rank the passage), ``share`` is what it added to the hit's
    final score.
    """

    component: str
    value: float
    rank: int | None
    share: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage, its article, and why it was retrieved.

    ``score`` is the fused score, higher is better; ``query`` holds the question's words as the
    lexical index has them; ``duplicates`` are the other articles that carry nearly the same
    passage, folded into this hit.
    """

    passage: Passage
    article: Article
    score: float
    scores: tuple[Score, ...] = ()
    query: tuple[str, ...] = ()
    duplicates: tuple[Article, ...] = ()

    @property
    def terms(self) -> tuple[Span, ...]:
        """The spans of matched words in the article's offsets, inside the passage.

        They are looked for when asked for: few hits are ever shown, and looking takes longer
        than all the arithmetic of ranking.
        """
        start = self.passage.start
        found = term_spans(self.passage.text, self.query)
        return tuple((start + first, start + last) for _, (first, last) in found)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered, machine-checked quote: ``article.text[start:end] == quote``.

    ``page`` is the page on which the quote starts, counted from 1, where the file has pages.
    """

    number: int
    article_id: str
    title: str
    published: date | None
    outlet: str
    path: str
    start: int
    end: int
    quote: str
    page: int | None = None

    @classmethod
    def of(cls, number: int, article: Article, start: int, end: int) -> Citation:
        """Quote ``article.text[start:end]`` exactly.

        Raises:
            ValueError: the span is empty or reaches outside the text, which is a bug.
        """
        if not 0 <= start < end <= len(article.text):
            raise ValueError(f"span [{start}, {end}) is not inside {article.id!r}")
        return cls(
            number=number,
            article_id=article.id,
            title=article.title,
            published=article.published,
            outlet=article.outlet,
            path=article.path,
            start=start,
            end=end,
            quote=article.text[start:end],
            page=article.page_of(start),
        )


class Status(StrEnum):
    """How well the articles answer."""

    ANSWERED = "answered"
    PARTLY = "partly"
    NOT_IN_ARTICLES = "not in the articles"
    PASSAGES = "passages"
    """Passages were found and are shown whole; no claim is made that they answer."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days of publication a question is limited to, both inclusive, ``None`` is open.

    ``phrase`` is the wording in the question it was read from.
    """

    since: date | None
    until: date | None
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One piece of the answer and the numbers of the citations it rests on.

    ``doubts`` are plain words on what the passages do not support in a sentence that a
    language model wrote; a quote has none.
    """

    text: str
    citations: tuple[int, ...]
    doubts: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether nothing in the sentence is in doubt."""
        return not self.doubts


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown for a question; every citation number in it resolves in ``citations``.

    ``confidence`` is how likely the articles answer at all, from 0 to 1. ``summary`` is a
    line in Dateline's own words above the quotes (a count, how outlets differ); ``notes`` are
    plain words below them. ``window`` is what the question's time words were read as, and
    ``follow_ups`` are questions that could be asked next. ``written_by`` names the language
    model that worded the sentences; where it is empty, they are quotes.
    """

    question: str
    resolved_question: str
    status: Status
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    window: Window | None = None
    notes: tuple[str, ...] = ()
    confidence: float = 0.0
    summary: str = ""
    follow_ups: tuple[str, ...] = ()
    written_by: str = ""
