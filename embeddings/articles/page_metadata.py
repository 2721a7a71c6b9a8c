"""What a web page says of its article: JSON-LD first, then its meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from embeddings.articles.cleaning import one_line
from embeddings.articles.dates import parse_published

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TYPES = re.compile(r"(?:Article|Posting|Report|Review|Recipe|WebPage)$")
_TITLE = ("og:title", "twitter:title", "dc.title", "citation_title", "sailthru.title")
_AUTHOR = (
    "author", "parsely-author", "sailthru.author", "dc.creator", "citation_author",
    "article:author", "byl", "twitter:creator",
)  # fmt: skip
_DATE = (
    "article:published_time", "datepublished", "date", "pubdate", "publish-date", "publishdate",
    "parsely-pub-date", "sailthru.date", "dc.date", "dc.date.issued", "dcterms.created",
    "dcterms.date", "citation_publication_date", "citation_date", "og:published_time",
    "article.published", "published", "datecreated", "cxenseparse:recs:publishtime",
)  # fmt: skip
_OUTLET = ("og:site_name", "application-name", "dc.publisher", "citation_journal_title", "cre")
_URL = ("og:url", "twitter:url", "parsely-link")
_LANGUAGE = ("og:locale", "content-language", "language", "dc.language", "dcterms.language")
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")
_ADDRESS = re.compile(r"https?://|^@|^www\.", re.IGNORECASE)
_LD_DEPTH = 6


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What was found; what was not is ``""`` or ``None``.

    ``dated`` says that the page names a date, be it one that cannot be understood.
    """

    title: str = ""
    published: date | None = None
    dated: bool = False
    byline: str = ""
    place: str = ""
    outlet: str = ""
    url: str = ""
    language: str = ""
    body: str = ""


def page_metadata(tree: HtmlElement, source: str) -> PageMetadata:
    """The metadata of a page, given its tree and its text."""
    linked = _linked_data(tree)
    metas = _metas(tree)
    outlet = _name(linked.get("publisher")) or _first(metas, _OUTLET)
    written = _dates(linked, metas, tree)
    saved = _SAVED_FROM.search(source[:4096])
    return PageMetadata(
        title=_without_outlet(
            _name(linked.get("headline")) or _first(metas, _TITLE) or _title(tree), outlet
        ),
        published=next(filter(None, map(parse_published, written)), None),
        dated=bool(written),
        byline=_byline(linked, metas),
        place=_name(linked.get("dateline")) or _name(linked.get("locationCreated")),
        outlet=outlet,
        url=_canonical(tree)
        or _first(metas, _URL)
        or _name(linked.get("url"))
        or (saved[1] if saved else ""),
        language=one_line(
            tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
        )
        or _name(linked.get("inLanguage"))
        or _first(metas, _LANGUAGE),
        body=str(linked.get("articleBody") or ""),
    )


# -- JSON-LD -------------------------------------------------------------------------------


def _linked_data(tree: HtmlElement) -> dict[str, Any]:
    """The object that describes the article, or the page where none does."""
    found: list[dict[str, Any]] = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            # Newlines inside strings are common in the wild, and plain to read.
            found += _objects(json.loads(script.text or "", strict=False))
        except (ValueError, RecursionError):
            continue
    ranked = [one for one in found if one.get("headline") or one.get("articleBody")] + found
    return ranked[0] if ranked else {}


def _objects(value: object, depth: int = _LD_DEPTH) -> Iterator[dict[str, Any]]:
    if isinstance(value, list) and depth:
        for one in value:
            yield from _objects(one, depth - 1)
    elif isinstance(value, dict):
        types = value.get("@type")
        if any(_TYPES.search(str(one)) for one in (types if isinstance(types, list) else [types])):
            yield value
        if depth:
            for key in ("@graph", "mainEntity", "mainEntityOfPage"):
                yield from _objects(value.get(key), depth - 1)


def _name(value: object) -> str:
    """A string, the name of an object, or the names of a list, on one line."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_name, value[:20])))
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value") or ""
    return one_line(value) if isinstance(value, str) else ""


# -- elements ------------------------------------------------------------------------------


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        content = one_line(meta.get("content") or "")
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            key = (meta.get(attribute) or "").strip().lower()
            if key and content:
                metas.setdefault(key, []).append(content)
    return metas


def _first(metas: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((metas[name][0] for name in names if name in metas), "")


def _title(tree: HtmlElement) -> str:
    headings = [one_line(heading.text_content()) for heading in tree.iter("h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    return one_line(tree.findtext(".//title") or "")


def _without_outlet(title: str, outlet: str) -> str:
    """``Title | Outlet`` names the outlet twice."""
    if not outlet:
        return title
    return re.sub(rf"\s+[|·–—-]\s+{re.escape(outlet)}$", "", title, flags=re.IGNORECASE) or title


def _canonical(tree: HtmlElement) -> str:
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and _ADDRESS.match(
            link.get("href") or ""
        ):
            return one_line(link.get("href"))
    return ""


def _byline(linked: dict[str, Any], metas: dict[str, list[str]]) -> str:
    if name := _name(linked.get("author")):
        return name
    for key in _AUTHOR:
        names = [name for name in metas.get(key, ()) if not _ADDRESS.search(name)]
        if names:
            return ", ".join(dict.fromkeys(names))
    return ""


def _dates(linked: dict[str, Any], metas: dict[str, list[str]], tree: HtmlElement) -> list[object]:
    """What may say when the article was published, the surest first."""
    times = list(tree.iter("time"))
    marked = [
        time.get("datetime") or time.text_content()
        for time in times
        if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None
    ]
    first = [time.get("datetime") for time in tree.iterfind(".//article//time")][:1]
    first += [time.get("datetime") for time in times][:1]
    written = [linked.get("datePublished"), linked.get("dateCreated"), *marked]
    written += [value for key in _DATE for value in metas.get(key, ())]
    return list(filter(None, [*written, *first]))
