"""An answer as the terminal shows it: its sentences with their numbers, then the sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

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
_INDENT = 4
_NEAR_LENGTH = 280
"""Characters of a passage that is shown as near; ``/open`` shows it whole."""
_LISTED = 3
"""Answers of more sentences than this, each of another article, are lists."""


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
    """Print how the question was read, the answer, sources, notes, and an empty line."""
    heads = [Text(line, style="dim") for line in _readings(answer)]
    if answer.summary:
        heads.append(Text(one_line(answer.summary), style="bold"))
    notes = [Text(one_line(note), style="yellow") for note in answer.notes]
    opening = Text(introduction(answer), style="yellow")
    # Why nothing answers belongs before what comes nearest all the same.
    heads += [*notes, opening] if nearest_only(answer) else [opening]
    if heads := [line for line in heads if line]:
        console.print(*heads, "", sep="\n")
    if is_list(answer):
        _show_list(console, answer)
    else:
        for piece in sentences_of(answer):
            console.print(Lines(piece, 0), "", sep="\n")
        if answer.written_by:
            said = f"Worded by {one_line(answer.written_by)}; each sentence was checked against "
            console.print(Text(f"{said}the articles.", style="dim"), "", sep="\n")
        _show_sources(console, answer)
    if notes and not nearest_only(answer):
        console.print(*notes, "", sep="\n")
    _show_nearest(console, answer)
    if answer.follow_ups:
        asked = "\n          ".join(map(one_line, answer.follow_ups))
        console.print(Text(f"Ask next: {asked}", style="dim"), "", sep="\n")


def is_list(answer: Answer) -> bool:
    """Whether it lists articles, with a sentence of each, rather than tells something."""
    articles = {citation.article_id for citation in answer.citations}
    return not answer.written_by and _LISTED < len(answer.sentences) == len(
        answer.citations
    ) == len(articles)


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
        console.print("", Lines(text, 2), sep="\n")
    if shown.stop < len(found):
        console.print(Text("\n…", style="dim"))
    console.print()


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


def _show_list(console: Console, answer: Answer) -> None:
    for citation in answer.citations:
        _show_source(console, answer, [citation])
        console.print(_indented(Text(one_line(citation.quote))), "", sep="\n")


def _show_sources(console: Console, answer: Answer) -> None:
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    for citations in by_article.values():
        _show_source(console, answer, citations)
        if answer.written_by:
            for citation in citations:
                quote = f"[{citation.number}] “{one_line(citation.quote)}”"
                console.print(_indented(Text(quote)))
    if by_article:
        console.print()


def _show_source(console: Console, answer: Answer, citations: Sequence[Citation]) -> None:
    """One article, with the numbers of the quotes from it."""
    first = citations[0]
    article = next((hit.article for hit in answer.hits if hit.article.id == first.article_id), None)
    _show_title(console, " ".join(f"[{citation.number}]" for citation in citations), first.title)
    origin = origin_of(first.outlet, article)
    file = written_file(first.article_id, first.path)
    pages = written_pages(citation.page for citation in citations)
    _show_about(console, origin, written_day(first.published), file, pages)


def _show_nearest(console: Console, answer: Answer) -> None:
    by_article: dict[str, list[tuple[str, Hit]]] = {}
    for number, hit in enumerate(_nearest(answer), start=len(answer.citations) + 1):
        by_article.setdefault(hit.article.id, []).append((f"[{number}]", hit))
    for numbered in by_article.values():
        article = numbered[0][1].article
        _show_title(console, " ".join(number for number, _ in numbered), article.title)
        file = written_file(article.id, article.path)
        pages = written_pages(article.page_of(hit.passage.start) for _, hit in numbered)
        _show_about(console, source_line(article), file, pages)
        for label, hit in numbered:
            mark = Text(f"{label} ", style="cyan") if len(numbered) > 1 else Text()
            console.print(_indented(mark + _excerpt(hit)))
        console.print()


def _excerpt(hit: Hit) -> Text:
    """The sentence of a passage with most of the question's words, and what follows it."""
    passage = hit.passage
    sentences = passage.sentences or ((passage.start, passage.end),)
    words = [
        len({word for word in hit.terms if start <= word[0] < end}) for start, end in sentences
    ]
    first = last = words.index(max(words))
    while (
        last + 1 < len(sentences) and sentences[last + 1][1] - sentences[first][0] <= _NEAR_LENGTH
    ):
        last += 1
    (start, _), (_, end) = sentences[first], sentences[last]
    text = Text("… " if first else "")
    for at, to, marked in runs(start, end, sorted(hit.terms)):
        words_here = printable(passage.text[at - passage.start : to - passage.start])
        text.append(re.sub(r"\s+", " ", words_here), style="bold cyan" if marked else "")
    return text.append(" …" if last + 1 < len(sentences) else "")


def _nearest(answer: Answer) -> list[Hit]:
    return uncited(answer)[:NEAREST_SHOWN] if nearest_only(answer) else []


def _show_title(console: Console, numbers: str, title: str) -> None:
    # A title that was taken from a first sentence can be long, and the quote often repeats it.
    line = Text(f"{numbers} ", style="cyan") + Text(one_line(title), style="bold")
    console.print(line, no_wrap=True, overflow="ellipsis")


def _show_about(console: Console, *parts: str) -> None:
    line = " · ".join(one_line(part) for part in parts if part)
    console.print(_indented(Text(line, style="dim")))


def _indented(text: Text) -> Lines:
    return Lines(text, _INDENT)


class Lines:
    """Text set in from the left, without the blanks at the right that padding would add."""

    def __init__(self, text: Text, indent: int) -> None:
        self._text = text
        self._indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Each line behind its indent."""
        width = max(1, options.max_width - self._indent)
        for line in self._text.wrap(console, width):
            line.rstrip()
            yield Text(" " * self._indent) + line
