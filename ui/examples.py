"""Example questions drawn from the collection itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from embeddings.records import Article

_READ_CHARACTERS = 6_000
_LONGEST = 60

_WORD = r"(?:[A-Z][\w’'&-]*\w|[A-Z]{2,})"
# Runs of capitalised words that do not stand at the head of a sentence, a line or a quote,
# where every word has a capital.
_NAME = re.compile(
    r"(?<=[\w,’'%)] )"
    rf"{_WORD}(?: (?:(?:of|and|for|the) ){{0,2}}{_WORD})*"
)
_UNTOLD = (
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Jan Feb Mar Apr Jun Jul Aug Sep "
    "Sept Oct Nov Dec Mr Mrs Ms Dr The A An In On At He She It They We But And Or If I This That "
    "These Those His Her Their There When While As For With Reuters AP AFP GMT EST EDT"
)
_TITLES = "President Minister Prime General Senator King Queen Secretary Chairman Sir Foreign"


def subject(article: Article) -> str:
    """The name an article speaks of most, as it stands in it; empty when none is found.

    Names are told by their capitals, so scripts without capitals, and texts all in capitals,
    give none.
    """
    text = " ".join(article.text[:_READ_CHARACTERS].split())
    counts: Counter[str] = Counter()
    for found in _NAME.finditer(text):
        name = _trimmed(found[0])
        if 4 <= len(name) <= _LONGEST and not (name.isupper() and " " in name):
            counts[name] += 1
    if not counts:
        return ""

    def weight(name: str) -> tuple[float, int]:
        # A name of several words says more than one word repeated.
        return counts[name] * (2.5 if " " in name else 1.0), len(name)

    best = max(counts, key=weight)
    return f"the {best}" if _takes_the(best, text) else best


def _trimmed(name: str) -> str:
    untold, titles = frozenset(_UNTOLD.split()), frozenset(_TITLES.split())
    words = re.sub(r"[’']s?$", "", name).split()
    while words and words[0] in untold | {"of", "and", "for", "the"}:
        words.pop(0)
    while words and words[-1] in untold | titles | {"of", "and", "for", "the"}:
        words.pop()
    return " ".join(words)


def _takes_the(name: str, text: str) -> bool:
    """Whether the article mostly puts "the" before a name, and means the name itself by it."""
    every = re.findall(rf"(\w*)\s{re.escape(name)}\b(?!’s|'s)", text)
    return bool(every) and 2 * sum(word.lower() == "the" for word in every) >= len(every)


def example_questions(articles: Iterable[Article], limit: int = 3) -> list[str]:
    """Questions to begin with, one an article, each on another subject.

    Args:
        articles: the newest first.
        limit: how many questions at most.
    """
    questions: list[str] = []
    told: list[str] = []
    for article in articles:
        if len(questions) >= limit:
            break
        name = subject(article)
        title = " ".join(article.title.split())
        if name and not _near(name, told):
            told.append(name)
            questions.append(f"What do the articles say about {name}?")
        elif not name and 0 < len(title) <= 2 * _LONGEST and not _near(title, told):
            told.append(title)
            questions.append(f"What is reported in “{title}”?")
    return questions


def _near(name: str, told: Sequence[str]) -> bool:
    """Whether a subject shares a word with one already asked about."""
    words = set(name.lower().split()) - {"the", "of", "and", "for"}
    return any(words & set(other.lower().split()) for other in told)
