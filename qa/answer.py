"""From hits to an answer made of quotes."""

from __future__ import annotations

from collections.abc import Sequence

from qa.records import Answer, Citation, Hit, Sentence, Status

SHOWN_PASSAGES = 3


def passages_answer(question: str, hits: Sequence[Hit]) -> Answer:
    """The best passages whole, shown as what they are: nearest to the question."""
    if not hits:
        return Answer(question, question, Status.NOT_IN_ARTICLES)
    citations = tuple(
        Citation.of(number, hit.article, hit.passage.start, hit.passage.end)
        for number, hit in enumerate(hits[:SHOWN_PASSAGES], start=1)
    )
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
    return Answer(question, question, Status.PASSAGES, sentences, citations, tuple(hits))
