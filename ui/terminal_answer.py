"""An answer as the terminal shows it: its sentences with their numbers, then the sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from embeddings.records import Article, Span
from qa.records import Answer, Citation, Hit, Sentence
from ui.render.article import paragraphs
from ui.render.markdown import NEAREST_SHOWN
from ui.render.sources import introduction, nearest_only, origin_of, uncited
from ui.render.spans import runs
from ui.render.words import (
    plain_words,
    printable,
    written_day,
    written_file,
    written_pages,
    written_window,
)
from ui.terminal import source_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

_AROUND = 2
"""Paragraphs shown before and after the one that was cited."""


@dataclass(frozen=True, slots=True)
class Place:
    """A numbered span of an article that an answer leads to."""

    number: int
    article_id: str
    span: Span
    text: str


def places(answer: Answer) -> tuple[Place, ...]:
    """What the numbers of an answer stand for: its quotes, or the nearest passages."""
    cited = [
        Place(one.number, one.article_id, (one.start, one.end), one.quote)
        for one in answer.citations
    ]
    near = [hit.passage for hit in _nearest(answer)]
    first = len(cited) + 1
    return (
        *cited,
        *(
            Place(number, one.article_id, (one.start, one.end), one.text)
            for number, one in enumerate(near, start=first)
        ),
    )


def show_answer(console: Console, answer: Answer) -> None:
    """Print how the question was read, the answer, its sources, and notes."""
    heads = [Text(line, style="dim") for line in _readings(answer)]
    if answer.summary:
        heads.append(Text(one_line(answer.summary), style="bold"))
    if opening := introduction(answer):
        heads.append(Text(opening, style="yellow"))
    if heads:
        console.print(*heads, "", sep="\n")
    for piece in sentences_of(answer):
        console.print(piece, "", sep="\n")
    _show_sources(console, answer)
    for note in answer.notes:
        console.print(Text(one_line(note), style="yellow"), "", sep="\n")
    _show_nearest(console, answer)
    if answer.written_by:
        console.print(
            Text(
                f"Worded by {one_line(answer.written_by)}; each sentence was checked against "
                "the articles.",
                style="dim",
            )
        )
    if answer.follow_ups:
        console.print(Text("Ask next: " + "  ".join(map(one_line, answer.follow_ups)), style="dim"))


def sentences_of(answer: Answer) -> Iterable[Text]:
    """The sentences with the numbers of their sources; those of one article run on."""
    known = {citation.number: citation for citation in answer.citations}

    def source(sentence: Sentence) -> str:
        return next((known[n].article_id for n in sentence.citations if n in known), "")

    for _, group in groupby(answer.sentences, key=source):
        line = Text()
        for sentence in group:
            line.append(f"{' ' if line else ''}{one_line(sentence.text)}")
            for number in sentence.citations:
                line.append(f" [{number}]", style="cyan")
            if sentence.doubts:
                doubts = one_line("; ".join(sentence.doubts))
                line.append(f" (not confirmed: {doubts})", style="bold yellow")
        yield line


def show_in_article(console: Console, article: Article, span: Span) -> None:
    """Print the part of an article around a span, the span itself set off."""
    console.print(Text(one_line(article.title), style="bold"))
    console.print(Text(printable(f"{source_line(article)} · {article.path}"), style="dim"))
    found = list(paragraphs(article.text))
    first = next((n for n, (_, end) in enumerate(found) if end > span[0]), 0)
    last = max((n for n, (start, _) in enumerate(found) if start < span[1]), default=first)
    shown = range(max(0, first - _AROUND), min(len(found), last + _AROUND + 1))
    if shown.start:
        console.print(Text("\n…", style="dim"))
    for number in shown:
        start, end = found[number]
        text = Text()
        for at, to, marked in runs(start, end, [span]):
            text.append(printable(article.text[at:to]), style="bold" if marked else "")
        console.print(Padding(text, (1, 0, 0, 2), expand=False))
    if shown.stop < len(found):
        console.print(Text("\n…", style="dim"))


class Draft:
    """What a language model has written so far, to be drawn as it grows."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Its sentences, one paragraph below the other."""
        yield from sentences_of(self._answer)


def one_line(text: str) -> str:
    """Text on one line, without what a terminal would obey."""
    return " ".join(printable(text).split())


def _readings(answer: Answer) -> list[str]:
    lines = []
    if plain_words(answer.resolved_question) not in ("", plain_words(answer.question)):
        lines.append(f"Read as: {one_line(answer.resolved_question)}")
    window = answer.window
    if window and (window.since or window.until):
        phrase = f" (“{one_line(window.phrase)}”)" if window.phrase else ""
        lines.append(f"Articles published {written_window(window)}{phrase}")
    return lines


def _show_sources(console: Console, answer: Answer) -> None:
    articles = {hit.article.id: hit.article for hit in answer.hits}
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    for article_id, citations in by_article.items():
        first = citations[0]
        numbers = " ".join(f"[{citation.number}]" for citation in citations)
        _source(console, numbers, first.title)
        origin = origin_of(first.outlet, articles.get(article_id))
        file = written_file(article_id, first.path)
        pages = written_pages(citation.page for citation in citations)
        console.print(_under(origin, written_day(first.published), file, pages))
        if answer.written_by:
            for citation in citations:
                quote = f"[{citation.number}] “{one_line(citation.quote)}”"
                console.print(Padding(Text(quote), (0, 0, 0, 4), expand=False))
    if by_article:
        console.print()


def _show_nearest(console: Console, answer: Answer) -> None:
    for number, hit in enumerate(_nearest(answer), start=len(answer.citations) + 1):
        article, passage = hit.article, hit.passage
        _source(console, f"[{number}]", article.title)
        file = written_file(article.id, article.path)
        pages = written_pages([article.page_of(passage.start)])
        console.print(_under(source_line(article), file, pages))
        text = Text()
        local = [(start - passage.start, end - passage.start) for start, end in hit.terms]
        for start, end, marked in runs(0, len(passage.text), sorted(local)):
            words = printable(passage.text[start:end])
            text.append(words, style="bold cyan" if marked else "")
        console.print(Padding(text, (0, 0, 1, 4), expand=False))


def _nearest(answer: Answer) -> list[Hit]:
    return uncited(answer)[:NEAREST_SHOWN] if nearest_only(answer) else []


def _source(console: Console, numbers: str, title: str) -> None:
    console.print(Text(f"{numbers} ", style="cyan") + Text(one_line(title), style="bold"))


def _under(*parts: str) -> Padding:
    line = " · ".join(one_line(part) for part in parts if part)
    return Padding(Text(line, style="dim"), (0, 0, 0, 4), expand=False)
