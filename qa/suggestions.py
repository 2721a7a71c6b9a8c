"""Questions that could be asked next: about those whom the quoted articles name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from qa.expected import names_in, words_of
from qa.records import Citation, Hit

_READ_CHARACTERS = 4_000
_SUGGESTED = 2
# Runs of capitalised words that do not stand at the head of a sentence or a quote.
_NAME = re.compile(r"(?<=[\w,’'%)] )[A-Z][\w’'-]*\w(?: [A-Z][\w’'-]*\w)+")


def follow_ups(
    question: str, citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[str, ...]:
    """Up to two questions about names of the cited articles that were not asked about."""
    cited = {citation.article_id for citation in citations}
    asked = words_of(question)
    counts: Counter[str] = Counter()
    for article in {hit.article.id: hit.article for hit in hits}.values():
        if article.id not in cited:
            continue
        text = " ".join(article.text[:_READ_CHARACTERS].split())
        for found in _NAME.finditer(text):
            name = re.sub(r"[’']s?$", "", found[0])
            words = list(names_in(name))
            if len(words) > 1 and not any(word in asked for word in words):
                counts[name] += 1
    best = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(f"What do the articles say about {name}?" for name in best[:_SUGGESTED])
