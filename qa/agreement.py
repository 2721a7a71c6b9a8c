"""Whether articles that answer a question about a figure give the same one.

Only figures that count what the question asks for are compared: "12 people" with "15 people",
never with "9 cars". What differs is said with the outlet and the day of each, since the same
toll told on two days is no contradiction, and a reader must see which is newer. Articles
without a date are therefore left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from embeddings.lexical import terms_of
from embeddings.records import Article
from qa.evidence import SENTENCE_FEATURES, Evidence, Profile
from qa.expected import Kind, holds
from qa.writer.figures import Number, numbers_said

COMPARED = (Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.DURATION)
NEARLY = 2.5
"""How much lower than the best the log-odds of a sentence may be to be set beside it."""
LEAST_COVERAGE = 0.4
"""Of the question's weight, what a sentence and its surroundings must say to be compared."""
_MOST = 3
_CONTEXT = SENTENCE_FEATURES.index("context")
_AUXILIARIES = (
    "is are was were be been has have had do does did will would can could may might shall should "
    "in on at of from to by for with died killed injured"
)
_AGES = re.compile(r"\b(?:older|younger) than\b|\bbetween the ages\b", re.IGNORECASE)
_DEATHS = "die died dead killed death deaths toll lives victims fatalities"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sentences of different articles that give a figure for the same thing.

    ``summary`` says in a line whether they agree; ``evidence`` holds a sentence for each
    figure, the newest article first.
    """

    summary: str
    evidence: tuple[Evidence, ...]


def compare(asked: Profile, evidence: Sequence[Evidence]) -> Comparison | None:
    """Set the figures of different articles beside each other, where a figure is asked for."""
    if asked.kind not in COMPARED or not evidence:
        return None
    counted = _counted(asked)
    top = max(item.score for item in evidence)
    told: dict[str, tuple[Evidence, Number]] = {}
    for item in sorted(evidence, key=lambda item: -item.score):
        article = item.hit.article
        if item.score < top - NEARLY or article.id in told or article.published is None:
            continue
        if item.features[_CONTEXT] < LEAST_COVERAGE:
            continue
        number = _figure(asked, item.text, counted)
        if number is not None:
            told[article.id] = (item, number)
    groups: dict[float, list[tuple[Evidence, Number]]] = {}
    for item, number in told.values():
        groups.setdefault(number.value, []).append((item, number))
    if len(groups) > 1:
        return _differing(groups)
    outlets = {item.hit.article.outlet or item.hit.article.byline for item, _ in told.values()}
    if len(outlets - {""}) > 1:
        (best, number), *_ = told.values()
        named = " and ".join(sorted(outlets - {""})[:3])
        return Comparison(f"The figure {number.shown} stands in {named}.", (best,))
    return None


def _differing(groups: dict[float, list[tuple[Evidence, Number]]]) -> Comparison:
    newest = [max(group, key=lambda pair: _when(pair[0])) for group in groups.values()]
    newest.sort(key=lambda pair: _when(pair[0]), reverse=True)
    shown = newest[:_MOST]
    figures = "; ".join(f"{number.shown} ({_source(item.hit.article)})" for item, number in shown)
    return Comparison(
        f"The articles give different figures: {figures}.", tuple(i for i, _ in shown)
    )


def _figure(asked: Profile, sentence: str, counted: frozenset[str]) -> Number | None:
    """The one number of a sentence that counts what is asked for; none where several might."""
    if not holds(asked.kind, sentence, asked.words):
        return None
    if _AGES.search(sentence):
        return None
    fitting = [number for number in numbers_said(sentence) if _fits(asked, number, counted)]
    return fitting[0] if len({number.value for number in fitting}) == 1 else None


def _fits(asked: Profile, number: Number, counted: frozenset[str]) -> bool:
    if f"{number.value:g}" in asked.words:
        return False
    if asked.kind is Kind.PERCENT:
        return number.unit == "%"
    if asked.kind is Kind.NUMBER:
        return number.unit in ("", *counted) and bool(number.around & counted)
    return bool(number.unit) and number.unit != "%"


def _counted(asked: Profile) -> frozenset[str]:
    """Stems of what is counted: the noun behind "how many", and their like for deaths."""
    words = re.findall(r"\w+", asked.text.casefold())
    start = next((n for n, word in enumerate(words) if word in ("many", "toll", "number")), 0)
    noun: list[str] = []
    for word in words[start + 1 :]:
        if word in _AUXILIARIES.split():
            break
        noun.append(word)
    deaths = frozenset(terms_of(_DEATHS))
    stems = frozenset(terms_of(noun[-1])) if noun else frozenset()
    return stems | deaths if deaths & set(terms_of(asked.text)) else stems


def _when(item: Evidence) -> int:
    published = item.hit.article.published
    return published.toordinal() if published else 0


def _source(article: Article) -> str:
    day = article.published
    parts = (article.outlet or article.byline, f"{day.day} {day:%B} {day.year}" if day else "")
    return ", ".join(part for part in parts if part) or article.title
