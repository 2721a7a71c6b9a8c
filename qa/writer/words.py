"""Words of a sentence, and their stems, for the comparison of a claim with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from embeddings.lexical import terms_of
from qa.noun_phrases import split_words
from qa.writer.figures import plain

_ACRONYM = re.compile(r"\b(?:[A-Z]\.){2,}")
_ADDRESSES_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instruction|prompt|rule|direction)s?\b"
    r"|\bsystem prompt\b"
    r"|\byou are (?:now )?(?:an? )?(?:\w+ ){0,2}(?:AI|assistant|language model|chatbot)\b"
    r"|\bas an? (?:AI|assistant|language model)\b|\b(?:AI|assistant|language) models? (?:must|"
    r"should|shall)\b|\b(?:reply|respond|answer|say|write|output)\b.{0,20}\b(?:only|exactly|"
    r"the following|instead)\b.{0,3}[:\"]",
    re.IGNORECASE,
)


def word_set(text: str) -> frozenset[str]:
    """The words of a list written with blanks between them."""
    return frozenset(text.split())


_ANCHOR = "xq"
_SAYING = word_set(f"{_ANCHOR} s t said say also one")
"""Stems that carry no meaning of their own beside the function words."""


def without_stops(text: str) -> str:
    """The text in plain characters, acronyms without their stops."""
    return _ACRONYM.sub(lambda match: match[0].replace(".", "") + " ", plain(text))


def words_of(text: str) -> list[str]:
    """Words in lower case with possessives cut off and acronyms without stops."""
    words = split_words(without_stops(text))
    return [word.low.removesuffix("'s") for word in words if word.low != "'s"]


def content(text: str) -> frozenset[str]:
    """Stems of the words that carry the meaning; none of a text of function words alone."""
    # Where a text has nothing but function words, a query is made of these: not so here.
    return frozenset(terms_of(f"{_ANCHOR} {plain(text)}", limit=1_000)) - _SAYING


def ordinary_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that stand in lower case somewhere in the texts."""
    return frozenset(
        match for text in texts for match in re.findall(r"\b[a-z][a-z'-]+\b", plain(text))
    )


def addresses_model(sentence: str) -> bool:
    """Whether a sentence of an article speaks to a language model rather than to readers."""
    return bool(_ADDRESSES_MODEL.search(plain(sentence)))
