"""The words of HTML as paragraphs of plain text, all of them, in reading order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from embeddings.articles import limits
from embeddings.articles.cleaning import clean_text
from embeddings.articles.vocabulary import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_BLOCKS = words(
    "address article aside blockquote body center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol "
    "p pre section summary table tbody tfoot thead tr ul"
)
_UNSEEN = words(
    "audio button canvas head iframe map math noscript object script select style svg template "
    "textarea title video"
)
_LONGEST_CELL = 100
_RUNS = re.compile(r" {2,}")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_PARAGRAPHS = re.compile(r" *\n *(?:\n *)+")
_LINES = re.compile(r" *\n *")


def parse(text: str) -> HtmlElement | None:
    """The tree of a page or fragment, ``None`` when there is no element in it.

    Raises:
        ArticleError: it is larger than a parser should be given.
    """
    from lxml import etree, html

    # Nothing is fetched and no entity is resolved when HTML is parsed; depth is limited to
    # 256 by libxml2 itself, which closes what lies deeper.
    data = text.encode("utf-8", errors="replace")
    limits.check_size(len(data), limits.MARKUP_BYTES, "The page")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None


def text_of_fragment(text: str) -> str:
    """The words of a piece of HTML, a blank line between its blocks."""
    tree = parse(text)
    return "" if tree is None else text_of(tree)


def text_of(tree: HtmlElement) -> str:
    """The words of an element, a blank line between its blocks; clean as by `clean_text`.

    Scripts, styles, forms and what is hidden are left out; the cells of a table row are
    parted by a bar, and the address of a link or picture is no word.
    """
    pieces: list[str] = []
    # By hand, not by recursion: pages nest deeper than Python calls.
    stack = [(tree, False, "\n\n")]
    while stack:
        element, leaving, between = stack.pop()
        tag = element.tag if isinstance(element.tag, str) else ""
        if leaving:
            if tag in _BLOCKS:
                pieces.append(between)
            _add(pieces, element.tail)
            continue
        if not tag or tag in _UNSEEN or _hidden(element):
            _add(pieces, element.tail if element is not tree else None)
            continue
        if tag in _BLOCKS:
            pieces.append(between)
        elif tag == "br":
            pieces.append("\n" if between != " " else " ")
        elif tag in ("td", "th"):
            pieces.append(
                " | " if between == " " and element.getprevious() is not None else between
            )
        _add(pieces, element.text)
        if element is not tree:
            stack.append((element, True, between))
        inner = " " if tag == "tr" and _is_data(element) else between
        stack.extend((child, False, inner) for child in reversed(element))
    text = _RUNS.sub(" ", "".join(pieces))
    return clean_text(_LINES.sub("\n", _PARAGRAPHS.sub("\n\n", text)))


def _is_data(row: HtmlElement) -> bool:
    """Whether a table row holds short cells to be read as one line, and is no page layout."""
    return row.find(".//table") is None and all(
        len(cell.text_content()) <= _LONGEST_CELL for cell in row
    )


def _add(pieces: list[str], text: str | None) -> None:
    if text:
        text = _SPACES.sub(" ", text)
        pieces.append(text.lstrip() if pieces and pieces[-1].endswith((" ", "\n")) else text)


def _hidden(element: HtmlElement) -> bool:
    style = element.get("style") or ""
    return element.get("hidden") is not None or bool(
        re.search(r"display\s*:\s*none|visibility\s*:\s*hidden", style, re.IGNORECASE)
    )
