"""RSS and Atom feeds: an article an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embeddings.articles import limits
from embeddings.articles.building import build_article
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import kind_of
from embeddings.articles.markup import text_of_fragment
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the article of each entry, whole where the feed has it whole, else its summary.

    The outlet is the feed's title; ids are ``relative#n`` for the nth entry.

    Raises:
        EmptyArticle: there is no entry in the feed.
        ArticleError: the file is no feed, or too large for one.
    """
    import feedparser

    limits.check_size(len(data), limits.MARKUP_BYTES, "The feed")
    # Nothing is fetched: bytes are parsed as they are. Markup is dropped below, so there is
    # none to be made safe.
    parsed = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.get("version"):
        raise ArticleError(
            f"The file is not a feed but {kind_of(data)}.",
            "Of XML files, RSS and Atom feeds can be read; convert it to one of the formats "
            "in the README.",
        )
    if not parsed.entries:
        raise EmptyArticle("There is no entry in the feed.", "Fetch it again, or remove it.")
    feed = parsed.feed
    for number, entry in enumerate(parsed.entries, start=1):
        try:
            yield _article(entry, feed, f"{relative}#{number}", relative)
        except ArticleError as error:
            yield type(error)(f"Entry {number}: {error.message}", error.hint)


def _article(entry: Mapping[str, Any], feed: Mapping[str, Any], id: str, path: str) -> Article:
    contents = [content.get("value") or "" for content in entry.get("content", [])]
    text = max(map(text_of_fragment, [*contents, entry.get("summary") or ""]), key=len)
    dates = (entry.get(name) for name in ("published", "created", "updated"))
    names = [author.get("name") or "" for author in entry.get("authors", [])]
    source = entry.get("source") or {}
    return build_article(
        text,
        id=id,
        path=path,
        title=text_of_fragment(entry.get("title") or ""),
        published=next(filter(None, map(parse_published, dates)), None),
        byline=", ".join(filter(None, names)) or entry.get("author") or "",
        outlet=source.get("title") or text_of_fragment(feed.get("title") or ""),
        url=entry.get("link") or "",
        language=entry.get("language") or feed.get("language") or "",
    )
