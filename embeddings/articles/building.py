"""The article made of a text and what its file says about it."""

from __future__ import annotations

import re
from datetime import date

from embeddings.articles import limits
from embeddings.articles.bylines import without_by
from embeddings.articles.cleaning import has_words, one_line
from embeddings.articles.datelines import inline_dateline
from embeddings.articles.titles import derive_title
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_LONGEST_LINE = 500
"""Characters of a title or name; a longer one is text in the wrong field."""


def build_article(
    text: str,
    *,
    id: str,
    path: str,
    title: str = "",
    published: date | None = None,
    byline: str = "",
    place: str = "",
    outlet: str = "",
    url: str = "",
    language: str = "",
    pages: tuple[int, ...] = (),
) -> Article:
    """The article with this text, which has been through `clean_text`.

    Fields may be given as they stand in the file: they are put on one line, and what cannot
    be a web address or a language tag is left out. A missing title is derived from the lead
    sentence; missing place and outlet are taken from a dateline that opens the text.

    Raises:
        EmptyArticle: the text has no words.
        ArticleError: the text is longer than any article.
    """
    if not has_words(text):
        raise EmptyArticle("There is no text in the file.", "Add its text, or remove it.")
    if len(text) > limits.ARTICLE_CHARACTERS:
        raise ArticleError(
            f"The text has {len(text):,} characters, where an article has at most "
            f"{limits.ARTICLE_CHARACTERS:,}.",
            "Split it into its articles.",
        )
    title, place, outlet, url = map(_line, (title, place, outlet, url))
    language = one_line(language)
    inline = None if place else inline_dateline(text)
    return Article(
        id=id,
        title=title or derive_title(text),
        text=text,
        path=path,
        published=published,
        byline=without_by(_line(byline)),
        place=place or (one_line(inline.place) if inline else ""),
        outlet=outlet or (one_line(inline.agency) if inline else ""),
        url=url if url.lower().startswith(("http://", "https://")) else "",
        language=language.replace("_", "-") if _LANGUAGE.fullmatch(language) else "",
        title_derived=not title,
        pages=pages,
    )


def without_heading(text: str, title: str) -> str:
    """The text without its first line where that line only repeats the title."""
    first, _, rest = text.partition("\n")
    repeated = " ".join(first.split()).casefold() == " ".join(title.split()).casefold()
    return rest.lstrip() if title and repeated and has_words(rest) else text


def _line(value: str) -> str:
    line = one_line(value[: 4 * _LONGEST_LINE])
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE].rstrip() + "…"
