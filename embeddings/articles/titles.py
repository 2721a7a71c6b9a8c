"""A readable title for an article that came without a headline."""

from __future__ import annotations

import re
import unicodedata

from embeddings.articles.cleaning import has_words, one_line
from embeddings.articles.datelines import inline_dateline
from embeddings.articles.vocabulary import ABBREVIATIONS, DANGLING

LIMIT = 100
"""Characters of a derived title, the ellipsis included."""

_LEAD = 4000
"""Characters in which the lead sentence is looked for."""

# A blank line, or an indented first line as the wires send it.
_PARAGRAPH = re.compile(r"\n\s*\n|\n[ \t]{2,}")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|\s[-–—]+(?=\s)|—|[，、；：]")


def derive_title(text: str) -> str:
    """The lead sentence, whole if it is short, else cut at a clause or word with an ellipsis.

    One line of at most `LIMIT` characters; a dateline before the sentence is left out.
    Not empty for a text that has words.
    """
    dateline = inline_dateline(text)
    start = dateline.end if dateline else 0
    for paragraph in _PARAGRAPH.split(text[start : start + _LEAD]):
        if has_words(paragraph):
            return _shorten(_first_sentence(one_line(paragraph)))
    return _shorten(one_line(text))


def _first_sentence(paragraph: str) -> str:
    for end in _SENTENCE_END.finditer(paragraph):
        if end.end() > LIMIT:  # it will be cut anyway
            break
        sentence = paragraph[: end.end()]
        if has_words(sentence) and not _goes_on(paragraph, end):
            return sentence
    return paragraph


def _goes_on(paragraph: str, end: re.Match[str]) -> bool:
    """Whether the mark ends an abbreviation or a quote within the sentence, not the sentence."""
    following = paragraph[end.end() :].lstrip(" \"'“‘«(")[:1]
    detached = paragraph[end.start() - 1].isspace()  # as in text cut into tokens
    if following.islower() and not detached:
        return True
    if end[0] != ".":
        return False
    word = paragraph[: end.start()].rsplit(" ", 1)[-1].lstrip("\"'“‘«([")
    initial = len(word) == 1 and word.isalpha()
    return initial or "." in word or word.lower() in ABBREVIATIONS


def _shorten(line: str) -> str:
    if len(line) <= LIMIT:
        return line
    head = line[: LIMIT - 1]
    clauses = [clause.start() for clause in _CLAUSE_END.finditer(head)]
    if clauses and clauses[-1] >= LIMIT // 2:
        cut = clauses[-1]
    elif line[len(head)] == " ":
        cut = len(head)
    else:
        cut = head.rfind(" ")
    if cut < LIMIT // 3:  # no spaces to speak of: a script without them, or an address
        cut = len(head)
        while cut > 1 and _joins(line[cut - 1], line[cut]):
            cut -= 1
    words = line[:cut].split(" ")
    while len(words) > 3 and words[-1].lower() in DANGLING:
        words.pop()
    kept = " ".join(words).rstrip(" ,;:-–—“‘«(\"'，、；：") or head
    return kept.rstrip() + "…"


def _joins(before: str, after: str) -> bool:
    """Whether the two characters are drawn as one (accents, joined emoji)."""
    return before == "\u200d" or after == "\u200d" or unicodedata.category(after).startswith("M")
