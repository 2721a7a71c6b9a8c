"""Word documents (.docx): the text with its insertions, notes and tables."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from embeddings.articles import limits
from embeddings.articles.building import build_article
from embeddings.articles.cleaning import one_line
from embeddings.articles.dates import parse_published
from embeddings.articles.heads import read_head
from embeddings.articles.markup import parse, text_of
from embeddings.articles.xml import first_text, parse_xml
from embeddings.articles.zipped import check_document, member_bytes, open_zip
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_STYLES = """
p[style-name='Title'] => p.headline:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Author'] => p.byline:fresh
p[style-name='Date'] => p.date:fresh
r[style-name='Strong'] => span
"""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
    """Yield the one article of a Word document, as it reads with all changes accepted.

    Title, author and date come from paragraphs of those styles or from the lines above the
    story, then from the document's properties: the date is at last the day it was made.

    Raises:
        EmptyArticle: there is no text in the document.
        ArticleError: the file is damaged, locked by a password, or no Word document.
    """
    import mammoth

    limits.check_size(len(data), limits.DOCUMENT_BYTES)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ArticleError(
            "The document is locked by a password, or in Word's old format.",
            "Save it as .docx without a password, then rebuild.",
        )
    with open_zip(data, "a Word document") as container:
        check_document(container)
        about = _properties(container)
    try:
        page = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            # Pictures are no words; as data addresses they would fill the memory.
            convert_image=mammoth.images.img_element(lambda image: {}),
        ).value
    except (KeyError, OSError) as error:  # a part that every document has
        raise ArticleError(
            "The file is not a whole Word document.", "Save it again from Word, or remove it."
        ) from error
    tree = parse(page)
    if tree is None:
        raise EmptyArticle("There is no text in the document.", "Add its text, or remove it.")
    headline = _take(tree, "headline")
    byline, day = ", ".join(_take(tree, "byline")), " ".join(_take(tree, "date"))
    _drop_note_marks(tree)
    title = " ".join(headline) or about.get("title", "") or _heading(tree)
    text = text_of(tree)
    head = read_head(text, title)
    yield build_article(
        text[head.start :],
        id=relative,
        path=relative,
        title=title,
        published=parse_published(day) or head.published or parse_published(about.get("created")),
        byline=byline or head.byline or about.get("creator", "").replace(";", ","),
        language=about.get("language", ""),
    )


def _properties(container: ZipFile) -> dict[str, str]:
    """What the document says of itself, by the local names of its core properties."""
    names = {member.filename: member for member in container.infolist()}
    if "docProps/core.xml" not in names:
        return {}
    try:
        data = member_bytes(container, names["docProps/core.xml"], limits.MARKUP_BYTES)
        root = parse_xml(data)
    except ArticleError:  # the text may be sound
        return {}
    return {name: first_text(root, name) for name in ("title", "creator", "created", "language")}


def _take(tree: HtmlElement, kind: str) -> list[str]:
    """The paragraphs of a kind at the top of the document, which they are removed from."""
    taken = []
    for paragraph in tree.xpath("//p[@class=$kind]", kind=kind)[:5]:
        taken.append(one_line(paragraph.text_content()))
        paragraph.drop_tree()
    return list(filter(None, taken))


def _heading(tree: HtmlElement) -> str:
    heading: Any = tree.find(".//h1")
    return "" if heading is None else one_line(heading.text_content())


def _drop_note_marks(tree: HtmlElement) -> None:
    """Drop the numbers in the text that point to notes, and the arrows that point back."""
    for link in tree.xpath(
        "//a[starts-with(@href, '#footnote') or starts-with(@href, '#endnote')]"
    ):
        link.drop_tree()
