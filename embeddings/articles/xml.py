"""Parsing XML that may be hostile: no entities, no network, bounded size and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embeddings.articles import limits
from embeddings.errors import ArticleError

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_xml(data: bytes, what: str = "The XML") -> _Element:
    """The root of an XML file, mended where it is damaged.

    Entities that the file declares stay unresolved, so that a few lines cannot grow into
    gigabytes, nor a file elsewhere be read; libxml2 itself limits the depth to 256.

    Raises:
        ArticleError: it is too large, or no element can be made out in it.
    """
    from lxml import etree

    limits.check_size(len(data), limits.MARKUP_BYTES, what)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(data, parser) if data.strip() else None
    if root is None:
        raise ArticleError(f"{what} is empty or damaged.", "Fetch it or save it again.")
    return root


def local_name(element: _Element) -> str:
    """The name of an element without its namespace; ``""`` for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts(root: _Element, name: str) -> list[str]:
    """The text of every element of this local name below the root, in order."""
    found = (element for element in root.iter() if local_name(element) == name)
    return [" ".join("".join(element.itertext()).split()) for element in found]


def first_text(root: _Element, *names: str) -> str:
    """The first text among elements of these local names, by preference; else ``""``."""
    return next((text for name in names for text in texts(root, name) if text), "")
