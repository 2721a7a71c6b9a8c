"""The article beside the chat: what a button of the page asks for, looked up and marked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from embeddings.records import Article, Span
from ui import render
from ui.asking import Answerer
from ui.talk import explained

_CROSS = '<span class="dl-icon dl-cross" aria-hidden="true"></span>'


def article_pane(answerer: Answerer, wish: object) -> str:
    """The article that a button of the page asks for, with the quote marked.

    The wish comes from the browser, so nothing in it is trusted: the article is looked up by
    its id in the collection and nowhere else, and the span is marked only where the words in it
    are still those that were quoted.
    """
    fields = wish if isinstance(wish, Mapping) else {}
    number = fields.get("request")
    try:
        article = answerer.article(str(fields.get("article", ""))[:4096])
        spans, note = _quoted_span(article, fields)
        inner = render.render_article(article, spans, note)
    except Exception as error:
        inner = f'<div class="dl-article" tabindex="-1">{explained(error)}</div>'
    return (
        f'<div class="dl-sheet" aria-label="Article" '
        f'data-request="{number if isinstance(number, int) else 0}">'
        '<div class="dl-bar"><span>Article</span><button type="button" class="dl-close" '
        f'aria-label="Close the article" title="Close (Esc)">{_CROSS}</button></div>'
        f'<div class="dl-scroll" tabindex="0" role="region" aria-label="Text of the article">'
        f"{inner}</div></div>"
    )


def _quoted_span(article: Article, fields: Mapping[str, object]) -> tuple[list[Span], str]:
    start, end = fields.get("start"), fields.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return [], ""
    quote = article.text[start:end]
    if not 0 <= start < end or render.fingerprint(quote) != fields.get("check"):
        return [], "This article has changed since it was quoted; the quote is not marked."
    words = fields.get("words")
    if isinstance(words, str) and words.strip():
        # Words that were selected in an answer: the quote may break its lines elsewhere.
        found = _find(words, quote)
        if found:
            return [(start + found[0], start + found[1])], ""
    return [(start, end)], ""


def _find(words: str, text: str) -> Span | None:
    """Where words stand in a text, whatever the blanks between them."""
    pattern = r"\s+".join(re.escape(word) for word in words[:2000].split())
    found = re.search(pattern, text)
    return found.span() if found else None
