"""HTML: the article of a web page, without its menus and notices."""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embeddings.articles import limits
from embeddings.articles.building import build_article, without_heading
from embeddings.articles.cleaning import clean_text, has_words
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import decode
from embeddings.articles.markup import parse, text_of
from embeddings.articles.page_metadata import page_metadata
from embeddings.errors import EmptyArticle
from embeddings.records import Article

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]+)|<\?xml[^>]*?encoding=[\"']([\w:.-]+)",
    re.I,
)
_MARKS = re.compile(r"^(?:[-|] )|(?: \|)$")
"""What trafilatura puts around the items of lists and the rows of tables."""

_SHORT = 250
"""Characters below which an extracted text is checked against the whole page."""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
    """Yield the one article of a web page.

    The main text is found by trafilatura; a page in which it finds none, such as a bare
    fragment, is read whole. Title, date, author, outlet, place, address and language come
    from the page's JSON-LD, OpenGraph and meta elements.

    Raises:
        EmptyArticle: there is no text on the page.
        ArticleError: the file is not text, or too large for a page.
    """
    limits.check_size(len(data), limits.MARKUP_BYTES, "The page")
    source = decode_page(data)
    tree = parse(source)
    if tree is None:
        raise EmptyArticle("There is no text on the page.", "Save it again, or remove it.")
    page = page_metadata(tree, source)
    text, author, sitename, day = _main_text(source)
    body = clean_text(page.body)
    if len(body) > 1.5 * len(text) and not re.search(r"</?\w+[^>]*>", body):
        text = body
    if len(text) < _SHORT:
        whole = text_of(tree)
        text = whole if len(whole) > 2 * len(text) and len(whole) < 8 * _SHORT else text or whole
    if not has_words(text):
        raise EmptyArticle(
            "There is no text on the page; it may be filled in by a script.",
            "Save it from the browser once it is shown, or remove it.",
        )
    yield build_article(
        without_heading(text, page.title),
        id=relative,
        path=relative,
        title=page.title,
        # A date that the page names and nobody understands is no reason to guess another.
        published=page.published if page.dated else parse_published(day),
        byline=page.byline or author,
        place=page.place,
        outlet=page.outlet or sitename,
        url=page.url,
        language=page.language,
    )


def decode_page(data: bytes) -> str:
    """The characters of a page: by its mark, as UTF-8, as it declares, or as detected.

    Raises:
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    declared = _DECLARED.search(data[:4096])
    if declared and not data.startswith(
        (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    ):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            name = (declared[1] or declared[2]).decode("ascii", "ignore").lower()
            # Browsers read these as cp1252, and so do those who write them.
            name = "cp1252" if name in ("iso-8859-1", "latin1", "us-ascii", "ascii") else name
            with contextlib.suppress(LookupError):  # no such encoding, or none of text
                text = data.decode(name, errors="replace")
                if "\0" not in text:
                    return text
    return decode(data)


def _main_text(source: str) -> tuple[str, str, str, str]:
    """The main text of a page, and the author, outlet and day that trafilatura reads in it."""
    from trafilatura import bare_extraction

    def extract(fast: bool) -> Any:  # noqa: ANN401
        return bare_extraction(
            source,
            fast=fast,
            include_comments=False,
            include_tables=True,
            with_metadata=True,
            # Only dates in elements made for them: any other year in the text is a guess.
            date_extraction_params={"extensive_search": False, "original_date": True},
        )

    found = extract(fast=True)
    if found is None or len(found.text or "") < _SHORT:
        # Its other algorithms find more on odd pages, and too much on pages full of teasers.
        found = extract(fast=False)
    if found is None:
        return "", "", "", ""
    lines = (_MARKS.sub("", line.strip()) for line in (found.text or "").split("\n"))
    text = clean_text("\n\n".join(filter(has_words, lines)))
    # A site's name is sometimes only its address, which the address itself says already.
    outlet = found.sitename or ""
    return text, found.author or "", "" if "." in outlet else outlet, found.date or ""
