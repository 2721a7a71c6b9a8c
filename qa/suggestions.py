"""Names that articles speak of, and the questions that could be asked about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from embeddings.records import Article
from qa.expected import words_of
from qa.records import Citation, Hit

LONGEST_NAME = 60
_READ_CHARACTERS = 6_000
_SUGGESTED = 2

_WORD = r"(?:[A-Z][\w’'&-]*\w|[A-Z]{2,})"
# Runs of capitalised words that do not stand at the head of a sentence, a line or a quote,
# where every word has a capital.
_NAME = re.compile(
    r"(?<=[\w,’'%)] )"
    rf"{_WORD}(?: (?:(?:of|and|for) )?{_WORD})*"
)
_UNTOLD = (
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr Jun Jul Aug Sep "
    "Sept Oct Nov Dec Mr Mrs Ms Dr The A An In On At He She It They We And But Or If I This That "
    "These Those His Her Their There When While As For With Reuters AP AFP GMT EST EDT"
)
_TITLES = "President Minister Prime General Senator King Queen Secretary Chairman Sir Foreign"
_JOINERS = {"of", "and", "for", "the"}


def names_told(article: Article) -> list[str]:
    """The names an article speaks of, those it speaks of most first.

    Names are told by their capitals, so scripts without capitals, and texts all in capitals,
    give none. A name that the article mostly puts "the" before has it here as well.
    """
    text = " ".join(article.text[:_READ_CHARACTERS].split())
    counts: Counter[str] = Counter()
    for found in _NAME.finditer(text):
        name = _trimmed(found[0])
        if 4 <= len(name) <= LONGEST_NAME and not (name.isupper() and " " in name):
            counts[name] += 1

    def weight(name: str) -> tuple[float, int]:
        # A name of several words says more than one word repeated.
        return counts[name] * (2.5 if " " in name else 1.0), len(name)

    ordered = sorted(counts, key=weight, reverse=True)
    return [f"the {name}" if _takes_the(name, text) else name for name in ordered]


def follow_ups(
    question: str, citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[str, ...]:
    """Up to two questions about names of the cited articles that were not asked about."""
    cited = {citation.article_id for citation in citations}
    known = words_of(question) - _JOINERS
    questions: list[str] = []
    for article in {hit.article.id: hit.article for hit in hits}.values():
        if article.id not in cited:
            continue
        for name in names_told(article):
            words = words_of(name) - _JOINERS
            if words & words_of(article.outlet):
                continue
            if " " in name.removeprefix("the ") and not words & known:
                known |= words
                questions.append(f"What do the articles say about {name}?")
                break
    return tuple(questions[:_SUGGESTED])


def _trimmed(name: str) -> str:
    untold, titles = frozenset(_UNTOLD.split()), frozenset(_TITLES.split())
    words = re.sub(r"[’']s?$", "", name).split()
    while words and words[0] in untold | _JOINERS:
        words.pop(0)
    while words and words[-1] in untold | titles | _JOINERS:
        words.pop()
    return " ".join(words)


def _takes_the(name: str, text: str) -> bool:
    """Whether the article mostly puts "the" before a name, and means the name itself by it."""
    every = re.findall(rf"(\w*)\s{re.escape(name)}\b(?!’s|'s)", text)
    return bool(every) and 2 * sum(word.lower() == "the" for word in every) >= len(every)
