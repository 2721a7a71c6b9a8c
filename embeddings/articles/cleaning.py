"""What every reader does to the characters of an article, and no more."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 but tab and line feed, DEL, and C1: none is ever part of a quote.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """The text with ``\\n`` line ends, safe to store as UTF-8, without outer whitespace.

    Control characters other than ``\\n`` and ``\\t`` become spaces and lone surrogates
    U+FFFD, one for one. Everything else (curly quotes, non-breaking spaces, ligatures)
    stays as it stands in the file, so that quotes are verbatim.
    """
    text = _LINE_END.sub("\n", text)
    text = _CONTROL.sub(" ", text)
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    return text.strip()


def one_line(text: str) -> str:
    """The text cleaned, on one line, with single spaces; empty if nothing in it shows."""
    line = " ".join(clean_text(text).split())
    return line if any(character.isprintable() for character in line if character != " ") else ""


def has_words(text: str) -> bool:
    """Whether there is anything to read: a letter or digit of any script."""
    return any(map(str.isalnum, text))
