"""Whether the names of a sentence stand in an article, together and in the same part."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from itertools import pairwise

from embeddings.records import Article
from embeddings.sentences import sentence_spans
from qa import conversation_words as en
from qa.noun_phrases import is_named, split_words
from qa.writer.figures import plain
from qa.writer.words import without_stops, word_set, words_of

NAME_REACH = 5
"""Words within which the parts of one name stand near each other in an article."""
ROLE_REACH = 10
"""Words within which an article has a name and the office of its bearer."""
ROLE_WORDS = 5

_SUBJECT_WORDS = 5
_DEMONYM = re.compile(r"(?:ese|ian|ia|an|ish|n|i|s|a)$")
_DATE_WORDS = word_set(
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday"
)


def names_in(text: str, ordinary: Set[str]) -> list[tuple[str, ...]]:
    """Names in a sentence, each as its words in lower case.

    `ordinary` are words known to be written in lower case: one that opens the sentence in
    capitals is then no name.
    """
    text = without_stops(text)
    words = split_words(text)
    found: list[list[str]] = []
    last = -2
    for index, word in enumerate(words):
        if not word.text[0].isupper() or word.low in _DATE_WORDS or word.low == "i":
            continue
        named = is_named(text, words, index) or (
            word.low not in ordinary
            and word.low not in en.FUNCTION | en.PLURALS | en.GROUPS
            and not word.low.endswith(("s", "ing", "ed", "ly"))
        )
        if not named or (word.low in en.FUNCTION and last != index - 1):
            continue
        between = text[words[index - 1].end : word.start] if index else ""
        if last == index - 1 and between.strip() == "":
            found[-1].append(word.low)
        else:
            found.append([word.low])
        last = index
    return [tuple(name) for name in found]


def missing_name(name: tuple[str, ...], article: Article) -> str:
    """The part of a name that the article does not have, or "" when it has the name.

    Its words must all stand there, and neighbours in the name near each other, so that the
    first name of one person and the surname of another make no third.
    """
    places = _word_places(article)
    absent = [part for part in name if not _stands(part, places)]
    if absent:
        return "" if len(name) > 1 and _spelt_out(name, places) else " ".join(absent)
    for one, other in pairwise(name):
        near = any(
            0 < abs(i - j) <= NAME_REACH
            for i in _positions(one, places)
            for j in _positions(other, places)
        )
        if not near:
            return " ".join(name)
    return ""


def other_subject(claim: str, evidence: str, ordinary: Set[str]) -> str:
    """The name an evidence sentence opens with where the claim opens with another, or "".

    "Marchetti said that she would go" is no evidence for "Daal said that he would go".
    """
    mine, theirs = (_opening_name(text, ordinary) for text in (claim, evidence))
    here, there = (set(map(_root, words_of(text))) for text in (claim, evidence))
    if not mine or not theirs or there & set(map(_root, mine)) or here & set(map(_root, theirs)):
        return ""
    return " ".join(theirs)


def wrong_role(claim: str, article: Article, ordinary: Set[str]) -> str:
    """A name and the office the claim gives its bearer, if the article has them nowhere near.

    Read are "Ansel is the director" and "Ansel, the director, ...".
    """
    places = _word_places(article)
    for name in names_in(claim, ordinary):
        match = re.search(
            rf"\b{re.escape(name[-1])}(?:, | (?:is|was|became) )((?:[\w'-]+ ?){{1,{ROLE_WORDS}}})",
            plain(claim).lower(),
        )
        role = next((word for word in words_of(match[1]) if word in en.ROLES), "") if match else ""
        near = any(
            abs(i - j) <= ROLE_REACH
            for i in _positions(name[-1], places)
            for j in _positions(role, places)
        )
        if role and not near:
            return f"{name[-1]} … {role}"
    return ""


def _opening_name(text: str, ordinary: Set[str]) -> tuple[str, ...]:
    start = " ".join(text.split()[:_SUBJECT_WORDS])
    names = names_in(start, ordinary)
    return tuple(part for part in names[0] if part not in en.TITLES) if names else ()


@lru_cache(maxsize=256)
def _word_places(article: Article) -> dict[str, list[int]]:
    """Where each word stands in the article and what is known about it."""
    parts = [article.text[start:end] for start, end in sentence_spans(article.text)]
    parts += [article.title, article.byline, article.place, article.outlet]
    places: dict[str, list[int]] = {}
    position = 0
    for part in parts:
        for word in words_of(part):
            for form in {word, _root(word), *word.split("-")}:
                places.setdefault(form, []).append(position)
            position += 1
        # What stands in two sentences is not near each other.
        position += max(NAME_REACH, ROLE_REACH)
    return places


def _root(word: str) -> str:
    """A word without the ending that makes a people of a country: "kestr" of "Kestrian"."""
    cut = _DEMONYM.sub("", word)
    return f"~{cut}" if len(cut) >= 4 else f"~{word}"


def _stands(part: str, places: dict[str, list[int]]) -> bool:
    return bool(_positions(part, places))


def _positions(part: str, places: dict[str, list[int]]) -> list[int]:
    return places.get(part) or places.get(_root(part)) or []


def _spelt_out(name: tuple[str, ...], places: dict[str, list[int]]) -> bool:
    initials = "".join(part[0] for part in name if part not in en.FUNCTION)
    return len(initials) > 1 and initials in places
