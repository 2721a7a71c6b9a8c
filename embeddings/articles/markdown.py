"""Markdown: fields in front matter, then a text whose marks are dropped and words kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.articles import limits
from embeddings.articles.building import without_heading
from embeddings.articles.cleaning import clean_text, one_line
from embeddings.articles.decoding import decode
from embeddings.articles.fields import TEXT, Fields, described, fields_of
from embeddings.articles.markup import text_of_fragment
from embeddings.records import Article

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"(?P<mark>---|\+\+\+)[ \t]*\n(?P<block>.*?)\n?(?P=mark)[ \t]*(?:\n|\Z)", re.S
)
_FIELD = re.compile(r"(?P<name>[A-Za-z][\w -]{0,40}?)[ \t]*:(?=[ \t]|$)[ \t]*(?P<value>.*)")
# Fields without marks around them, as MultiMarkdown and Pelican have them.
_BARE_FIELDS = re.compile(
    rf"(?:{_FIELD.pattern.replace('?P<name>', '?:').replace('?P<value>', '?:')}\n)+"
)
_DEEPEST = 20
"""Brackets in brackets in front matter that is still believed to be YAML."""

_NOTHING = {"", "~", "null", "none"}


def read(path: Path, relative: str, data: bytes) -> Iterator[Article]:
    """Yield the one article of a Markdown file.

    Fields are read from YAML between ``---`` lines (line by line where it is not valid
    YAML, as an unquoted ``title: A: b`` is not), from TOML between ``+++`` lines, or from
    bare ``Title: ...`` lines at the top. Without a title among them the first heading is it.

    Raises:
        EmptyArticle: there is no text below the fields.
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    limits.check_size(len(data), limits.MARKUP_BYTES)
    fields, body = _split(clean_text(decode(data)))
    for name in TEXT:  # a summary is not the text
        fields.pop(name, None)
    heading, text = _plain(body)
    article = described(text or heading, fields, id=relative, path=relative, title=heading)
    if heading and article.title != heading:  # a heading beside the title is part of the text
        text = f"{heading}\n\n{text}" if text else heading
        article = described(
            without_heading(text, article.title), fields, id=relative, path=relative
        )
    yield article


def _split(text: str) -> tuple[Fields, str]:
    """The fields at the top, and the text below them."""
    text = text.removeprefix("\ufeff")
    if match := _FRONT_MATTER.match(text[: limits.FRONT_MATTER_CHARACTERS]):
        block = match["block"]
        fields = _toml(block) if match["mark"] == "+++" else _yaml(block)
        return fields_of(fields or _lines(block)), text[match.end() :]
    if match := _BARE_FIELDS.match(text[: limits.FRONT_MATTER_CHARACTERS]):
        fields = _lines(match[0])
        if {"title", "date"} & {str(name).lower() for name in fields}:
            return fields_of(fields), text[match.end() :]
    return {}, text


def _yaml(block: str) -> Fields | None:
    """The fields, every value a string, a list or an object of strings; ``None`` if invalid."""
    import yaml

    if _depth(block) > _DEEPEST:  # the time to parse grows with its square
        return None
    # The base loader makes nothing but these, so "no" stays a word and a date as written.
    loader = yaml.BaseLoader(block)
    try:
        # References let a few lines grow without bound when they are written out.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(block, yaml.BaseLoader)):
            return None
        value = loader.get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    finally:
        loader.dispose()
    return {str(k): v for k, v in value.items() if _filled(v)} if isinstance(value, dict) else None


def _depth(block: str) -> int:
    """How deep brackets open in one another, wherever they stand."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", block):
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        deepest = max(deepest, depth)
    return deepest


def _toml(block: str) -> Fields | None:
    import tomllib

    try:
        return dict(tomllib.loads(block))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _lines(block: str) -> Fields:
    """``name: value`` line by line, up to the first colon."""
    found = filter(None, map(_FIELD.fullmatch, block.split("\n")))
    values = {match["name"]: match["value"].strip().strip("\"'") for match in found}
    return {name: value for name, value in values.items() if _filled(value)}


def _filled(value: object) -> bool:
    return not (isinstance(value, str) and value.strip().lower() in _NOTHING)


# -- the text ------------------------------------------------------------------------------


def _plain(source: str) -> tuple[str, str]:
    """The first heading of level one, and the words of the text without it."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    heading = ""
    blocks: list[str] = []
    cells: list[str] | None = None
    for number, token in enumerate(tokens):
        kind = token.type
        if kind == "inline":
            words = _inline(token.children or [])
            opened = tokens[number - 1]
            if cells is not None:
                cells.append(one_line(words))
            elif opened.type == "heading_open" and opened.tag == "h1" and not (heading or blocks):
                heading = one_line(words)
            else:
                blocks.append(words)
        elif kind in ("fence", "code_block"):
            blocks.append(token.content)
        elif kind == "html_block":
            blocks.append(text_of_fragment(token.content))
        elif kind == "tr_open":
            cells = []
        elif kind == "tr_close" and cells is not None:
            blocks.append(" | ".join(cells))
            cells = None
    text = clean_text("\n\n".join(filter(None, map(str.strip, blocks))))
    return heading, text


def _inline(tokens: list[Token]) -> str:
    pieces: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special") or token.type == "image":
            pieces.append(token.content)
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak" or (
            token.type == "html_inline" and token.content.lower().startswith("<br")
        ):
            pieces.append("\n")
    return "".join(pieces)
