"""E-books (.epub): each chapter, or each piece of a magazine, as an article."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile, ZipInfo

from embeddings.articles import limits
from embeddings.articles.building import build_article, without_heading
from embeddings.articles.cleaning import has_words, one_line
from embeddings.articles.dates import parse_published
from embeddings.articles.heads import Head, read_head
from embeddings.articles.html import decode_page
from embeddings.articles.markup import parse, text_of
from embeddings.articles.xml import first_text, local_name, parse_xml, texts
from embeddings.articles.zipped import check_document, member_bytes, open_zip
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_FRONT = re.compile(r"nav|toc|cover|title-?page|copyright|colophon|imprint", re.I)
"""Names and types of parts that hold no article; a part of more words is read all the same."""

_FRONT_WORDS = 150


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield an article for each part of the book that has a text, in reading order.

    Its title is the part's heading, its outlet the title of the book or magazine; a book of
    one part is an article of the book's own title. Author, date and language are the
    book's. The ids are ``relative#n`` for the nth part.

    Raises:
        EmptyArticle: no part has text.
        ArticleError: the file is damaged, locked, or no e-book.
    """
    limits.check_size(len(data), limits.DOCUMENT_BYTES)
    with open_zip(data, "an e-book") as container:
        check_document(container)
        yield from _read(container, relative)


def _read(container: ZipFile, relative: str) -> Iterator[Article | ArticleError]:
    members = {member.filename: member for member in container.infolist()}
    package_name, package = _package(container, members)
    locked = _locked(container, members)
    title, author = first_text(package, "title"), ", ".join(texts(package, "creator"))
    published = parse_published(first_text(package, "date"))
    language = first_text(package, "language")
    parts: list[tuple[str, str, Head]] = []
    for name in _spine(package, posixpath.dirname(package_name)):
        if name in locked:
            yield ArticleError(
                f"{name}: It is locked by the shop that sold it (DRM).",
                "Use a copy without such a lock.",
            )
            continue
        try:
            if name not in members:
                raise ArticleError("It is not in the file.", "Fetch the book again.")
            tree = parse(decode_page(member_bytes(container, members[name], limits.MARKUP_BYTES)))
        except ArticleError as error:
            yield type(error)(f"{name}: {error.message}", error.hint)
            continue
        if (
            tree is not None
            and has_words(text := text_of(tree))
            and not _is_front(name, tree, text)
        ):
            heading = _heading(tree)
            parts.append((heading, text, read_head(text, heading)))
    if not parts and not locked:
        raise EmptyArticle("There is no text in the e-book.", "Fetch it again, or remove it.")
    for number, (heading, text, head) in enumerate(parts, start=1):
        alone = len(parts) == 1
        name = title if alone else heading or f"{title}, part {number}"
        yield build_article(
            without_heading(text[head.start :], name),
            id=relative if alone else f"{relative}#{number}",
            path=relative,
            title=name,
            published=head.published or published,
            byline=head.byline or author,
            outlet=first_text(package, "publisher") if alone else title,
            language=language,
        )


def _package(container: ZipFile, members: dict[str, ZipInfo]) -> tuple[str, _Element]:
    """The name and the root of the file that says what the book is made of.

    Raises:
        ArticleError: there is none.
    """
    names: list[str] = []
    if "META-INF/container.xml" in members:
        data = member_bytes(container, members["META-INF/container.xml"], limits.MARKUP_BYTES)
        root = parse_xml(data, "The list of the book's contents")
        names = [e.get("full-path", "") for e in root.iter() if local_name(e) == "rootfile"]
    names += [name for name in members if name.lower().endswith(".opf")]
    name = next((name for name in names if name in members), None)
    if name is None:
        raise ArticleError(
            "The file is a ZIP archive but no e-book.",
            "Give it the suffix .zip if it holds articles, or remove it.",
        )
    data = member_bytes(container, members[name], limits.MARKUP_BYTES)
    return name, parse_xml(data, "The list of the book's parts")


def _spine(package: _Element, folder: str) -> list[str]:
    """The names of the parts in reading order, each once."""
    pages: dict[str, str] = {}
    order: list[str] = []
    for element in package.iter():
        name = local_name(element)
        if name == "item" and element.get("media-type") in _PAGES:
            if "nav" not in (element.get("properties") or "").split():
                pages[element.get("id", "")] = unquote(element.get("href", ""))
        elif name == "itemref":
            order.append(element.get("idref", ""))
    hrefs = [pages[part] for part in order if part in pages] or list(pages.values())
    return list(dict.fromkeys(posixpath.normpath(posixpath.join(folder, one)) for one in hrefs))


def _locked(container: ZipFile, members: dict[str, ZipInfo]) -> set[str]:
    """The parts that are encrypted; fonts often are, in books that can be read."""
    member = members.get("META-INF/encryption.xml")
    if member is None:
        return set()
    root = parse_xml(member_bytes(container, member, limits.MARKUP_BYTES))
    found = (e.get("URI", "") for e in root.iter() if local_name(e) == "CipherReference")
    return {unquote(name) for name in found}


def _is_front(name: str, tree: HtmlElement, text: str) -> bool:
    kind = " ".join(
        filter(
            None,
            (
                e.get("{http://www.idpf.org/2007/ops}type") or e.get("epub:type")
                for e in tree.iter("body", "section")
            ),
        )
    )
    stem = posixpath.splitext(posixpath.basename(name))[0]
    return len(text.split()) < _FRONT_WORDS and bool(_FRONT.search(f"{stem} {kind}"))


def _heading(tree: HtmlElement) -> str:
    for tag in ("h1", "h2", "h3"):
        for heading in tree.iter(tag):
            if line := one_line(heading.text_content()):
                return line
    return one_line(tree.findtext(".//title") or "")
