"""A whole article as HTML, marked exactly where it was quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embeddings.records import Article, Span
from ui.render.sources import derived_mark
from ui.render.spans import merged, runs
from ui.render.words import escape, time_tag, written_file


def render_article(article: Article, spans: Sequence[Span] = (), note: str = "") -> str:
    """A whole article as HTML, marked exactly over the spans.

    The text of the element `dl-body` is `article.text`, character for character (control
    characters apart). The first mark has the id ``dl-mark``. Where a page begins, an
    empty element bears its number, which the style sheet shows.

    Args:
        article: what to show.
        spans: offsets into ``article.text``; they may overlap and cross paragraphs, and what
            lies outside the text is left out.
        note: a plain word above the text.
    """
    heading = f'<h2 class="dl-headline" dir="auto">{escape(article.title or article.id)}</h2>'
    people = [part for part in (article.byline, article.outlet, article.place) if part]
    line = [f"<bdi>{escape(part)}</bdi>" for part in people]
    line.append(time_tag(article.published))
    address = ""
    if article.url:
        # Shown, and not made a link: no press of a key here leaves the machine.
        address = f'<p class="dl-url"><bdi>{escape(article.url)}</bdi></p>'
    file = escape(written_file(article.id, article.path))
    derived = derived_mark(article)
    language = f' lang="{escape(article.language)}"' if article.language else ""
    said = f'<p class="dl-notice" role="status">{escape(note)}</p>' if note else ""
    return (
        f'<article class="dl-article" tabindex="-1"{language}><header>{heading}'
        f'<p class="dl-byline">{" · ".join(line)}{derived}</p>'
        f'<p class="dl-file"><bdi class="dl-path">{file}</bdi></p>{address}'
        f'</header>{said}<div class="dl-body">{_body(article, spans)}</div></article>'
    )


def _body(article: Article, spans: Sequence[Span]) -> str:
    text = article.text
    marks = merged(spans, len(text))
    pieces, at, numbered = [], 0, False
    for start, end in paragraphs(text):
        pieces.append(escape(text[at:start]))
        words = []
        for first, last, on in runs(start, end, marks):
            piece = _paged(article, first, last, after=at if first == start else first)
            if on:
                anchor = "" if numbered else ' id="dl-mark" tabindex="-1"'
                piece, numbered = f"<mark{anchor}>{piece}</mark>", True
            words.append(piece)
        kind = ' class="dl-wrapped"' if _hard_wrapped(text[start:end]) else ""
        pieces.append(f'<p dir="auto"{kind}>{"".join(words)}</p>')
        at = end
    pieces.append(escape(text[at:]))
    return "".join(pieces)


def _paged(article: Article, start: int, end: int, after: int) -> str:
    """Part of the text, with the number of each page that begins in it or in the blanks before."""
    pieces, at = [], start
    begins = {
        max(offset, start): n
        for n, offset in enumerate(article.pages, start=1)
        if after <= offset < end
    }
    for offset, number in begins.items():
        pieces.append(escape(article.text[at:offset]))
        pieces.append(f'<span class="dl-leaf" data-page="{number}"></span>')
        at = offset
    pieces.append(escape(article.text[at:end]))
    return "".join(pieces)


def paragraphs(text: str) -> Iterator[Span]:
    """Spans of the paragraphs: what blank lines divide, without the blanks around it."""
    for found in re.finditer(r"\S(?:.*?\S)??(?=\s*\Z|[^\S\n]*\n[^\S\n]*\n)", text, re.DOTALL):
        yield found.span()


def _hard_wrapped(paragraph: str) -> bool:
    """Whether its line breaks come from a page width, and mean nothing."""
    lines = paragraph.split("\n")
    return len(lines) > 1 and all(50 <= len(line.strip()) <= 100 for line in lines[:-1])
