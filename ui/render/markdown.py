"""An answer as Markdown to take away."""

from __future__ import annotations

import re
from datetime import date

from qa.records import Answer
from ui.render.article import paragraphs
from ui.render.sources import introduction, nearest_only, origin_of, uncited
from ui.render.words import (
    plain_words,
    printable,
    written_day,
    written_file,
    written_pages,
    written_window,
)

NEAREST_SHOWN = 3

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&!@])")
_LINK = re.compile(r"(?<=\w):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LINE_START = re.compile(r"^(\d{0,9})([-+=:.)])")


def markdown_text(text: str) -> str:
    """Text on one line, escaped so that Markdown shows it as it is."""
    text = " ".join(printable(text).split())
    text = _MARKDOWN.sub(r"\\\1", text)
    # A bare address would be made a link by many a reader.
    text = _LINK.sub(lambda found: "\\" + found[0], text)
    # At the head of a line these would begin a list or underline a heading.
    return _LINE_START.sub(r"\1\\\2", text)


def answer_markdown(answer: Answer) -> str:
    """An answer to take away: question, text with numbers, then each quote with its source."""
    parts = [f"## {markdown_text(answer.question)}"]
    if plain_words(answer.resolved_question) not in ("", plain_words(answer.question)):
        parts.append(f"Read as: {markdown_text(answer.resolved_question)}")
    if answer.window and (answer.window.since or answer.window.until):
        parts.append(f"Articles published {written_window(answer.window)}.")
    if answer.summary:
        parts.append(f"*{markdown_text(answer.summary)}*")
    opening = introduction(answer)
    if opening:
        parts.append(markdown_text(opening))
    known = {citation.number for citation in answer.citations}
    for sentence in answer.sentences:
        numbers = "".join(f"\\[{number}\\]" for number in sentence.citations if number in known)
        doubts = ""
        if sentence.doubts:
            doubts = f" *(not confirmed: {markdown_text('; '.join(sentence.doubts))})*"
        parts.append(f"{markdown_text(sentence.text)} {numbers}".rstrip() + doubts)
    if answer.written_by:
        parts.append(
            f"*Worded by {markdown_text(answer.written_by)}; each sentence was checked against "
            "the articles.*"
        )
    if nearest_only(answer):
        for hit in uncited(answer)[:NEAREST_SHOWN]:
            article = hit.article
            source = _markdown_source(
                article.title,
                origin_of(article.outlet, article),
                article.published,
                written_file(article.id, article.path),
                written_pages([article.page_of(hit.passage.start)]),
            )
            parts.append(f"{_quoted(hit.passage.text)}\n>\n> {source}")
    if answer.citations:
        articles = {hit.article.id: hit.article for hit in answer.hits}
        parts.append("### Sources")
        for citation in answer.citations:
            source = _markdown_source(
                citation.title,
                origin_of(citation.outlet, articles.get(citation.article_id)),
                citation.published,
                written_file(citation.article_id, citation.path),
                written_pages([citation.page]),
            )
            parts.append(f"\\[{citation.number}\\] {source}\n\n{_quoted(citation.quote)}")
    parts.extend(f"*{markdown_text(note)}*" for note in answer.notes if note.strip())
    return "\n\n".join(parts) + "\n"


def _quoted(quote: str) -> str:
    pieces = [markdown_text(quote[start:end]) for start, end in paragraphs(quote)]
    return "\n>\n".join(f"> {piece}" for piece in pieces)


def _markdown_source(title: str, origin: str, published: date | None, file: str, page: str) -> str:
    tail = [markdown_text(part) for part in (origin, written_day(published), file, page) if part]
    return f"**{markdown_text(title) or 'Untitled'}** ({', '.join(tail)})"
