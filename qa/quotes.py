"""Which sentences to quote: few, short, not twice the same, and able to stand alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from embeddings.records import Span
from embeddings.sentences import sentence_spans
from qa.duplicates import near_copies, shingles
from qa.evidence import SENTENCE_FEATURES, Evidence, points_back
from qa.expected import folded, holds_full_name
from qa.records import Citation, Hit, Sentence

READ_HITS = 8
"""Passages whose sentences are looked at."""
MOST_SENTENCES = 3
MOST_WORDS = 60
LEAST_SHARE = 0.01
"""Of the likelihood that a sentence answers, what one must have to be quoted beside the best."""
NEARLY = 3.0
"""How much lower the log-odds of an article's best sentence may be for it to be relevant too."""
_MOST_BACK = 2
_LOOK_BACK = 800
"""Characters before a passage in which the sentences that lead up to it are looked for."""
_LEAD_SPREAD = 8.0
"""By how much a better match of the passage makes a lead likelier to be wanted."""
_HEADING_WORDS = 5
_LESS_THAN_A_LEAD = 2.5
"""How much less the sentence behind a lead is worth: the lead of another article goes first."""
# Words that tie a sentence to the one before, and leave it understandable without.
_CONNECTED = re.compile(
    r"[“\"'‘(]*(?:but|and|however|so|neither|another|others|instead|also)\b"
    r"(?!,?\s+(?:he|she|it|they)\b)",
    re.IGNORECASE,
)
# Words of somebody whom another sentence names. A quotation may run over several sentences.
_ALL_QUOTATION = re.compile(r"“[^”]*”?|[^“”]*”|[\"][^\"]*[\"]")
_SPEAKS = re.compile(
    r"\b(?:said|says|told|tells|stated|states|noted|added|announced|declared|according to)\b", re.I
)
_BEFORE = 1.0
"""How far a speaker is above what was said, which whoever asks "Who said that?" has read."""
_PASSAGE, _LEADS, _COVERAGE = map(SENTENCE_FEATURES.index, ("passage", "leads", "coverage"))


def chosen(evidence: Sequence[Evidence], wanted: Sequence[Evidence] = ()) -> list[Evidence]:
    """The one to three sentences that answer best, best first, in at most 60 words together.

    `wanted` come first, and the best sentence, whatever their length. Another is taken while
    there is room, when it is likely enough to hold the answer, and repeats none that was taken.
    """
    if not evidence:
        return []
    ranked = sorted(evidence, key=lambda item: (-item.score, item.rank, item.span))
    likelihood = _likelihood(ranked)
    taken: list[Evidence] = list(wanted)
    words = sum(len(item.text.split()) for item in taken)
    for item, likely in zip(ranked, likelihood, strict=True):
        if len(taken) >= max(MOST_SENTENCES, len(wanted)):
            break
        length = len(item.text.split())
        if taken and (likely < LEAST_SHARE or words + length > MOST_WORDS or _repeats(item, taken)):
            continue
        taken.append(item)
        words += length
    return taken


def saying(evidence: Sequence[Evidence], quotations: Sequence[str]) -> list[Evidence]:
    """The sentences in which what a question quotes stands word for word."""
    return [item for item in evidence if any(words in folded(item.text) for words in quotations)]


def with_speaker(said: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Evidence]:
    """What was said, after the nearest sentence that names a speaker where it names none itself.

    A report gives a statement in its own words first, and names who made it further on.
    """
    if not said or any(_SPEAKS.search(item.text) for item in said):
        return list(said)
    best = max(said, key=lambda item: item.score)
    others = [
        item
        for item in evidence
        if item.hit.article.id == best.hit.article.id
        and _SPEAKS.search(item.text)
        and holds_full_name(item.text, frozenset())
    ]
    if not others:
        return list(said)
    start, end = best.span
    nearest = min(others, key=lambda item: (item.span[0] < start, abs(item.span[0] - end)))
    return [*said, replace(nearest, score=best.score + _BEFORE)]


def leads(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> list[Evidence]:
    """The first sentence of each article, for a question that asks what there is to tell.

    A report tells first what happened (the inverted pyramid of news writing). Where the
    beginning is about something else, as in news in brief, the sentence that answers best
    stands for it. Articles count by how well their passages match. The sentence that follows is
    told too, where there is room.
    """
    found: list[Evidence] = []
    for article_id in dict.fromkeys(hit.article.id for hit in hits):
        own = [item for item in evidence if item.hit.article.id == article_id]
        if not own:
            continue
        best = max(own, key=lambda item: item.score)
        lead = next((item for item in own if item.features[_LEADS]), None)
        if lead is None or (best.features[_COVERAGE] and not lead.features[_COVERAGE]):
            lead = best
        score = float(best.features[_PASSAGE]) * _LEAD_SPREAD
        found.append(replace(lead, score=score))
        following = next((item for item in own if item.span[0] > lead.span[1]), None)
        if following is not None:
            # "Wolves. Three packs now live ...": a heading of a word or two says nothing.
            heading = len(lead.text.split()) <= _HEADING_WORDS
            less = 0.0 if heading else _LESS_THAN_A_LEAD
            found.append(replace(following, score=score - less))
    return found


def newest_relevant(evidence: Sequence[Evidence], as_of: date) -> list[Evidence]:
    """The evidence of the newest article that speaks to the question nearly as well as the best.

    Articles without a date, from after the clock, and older ones are left out; where none
    remains, all stay.
    """
    best: dict[str, Evidence] = {}
    for item in sorted(evidence, key=lambda item: item.score):
        if item.hit.article.published and item.hit.article.published <= as_of:
            best[item.hit.article.id] = item
    if not best:
        return list(evidence)
    top = max(item.score for item in best.values())
    near = [item for item in best.values() if item.score >= top - NEARLY]
    newest = max(item.hit.article.published or date.min for item in near)
    kept = {item.hit.article.id for item in near if item.hit.article.published == newest}
    return [item for item in evidence if item.hit.article.id in kept]


def quoted(
    evidence: Sequence[Evidence], wanted: Sequence[Evidence] = ()
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Quotes of the chosen sentences, each with the one that names its subject where needed.

    `wanted` are quoted in any case, and others beside them only while there is room. Articles
    stand in the order of their best sentence, sentences in the order in which they are read;
    each sentence is one citation.
    """
    picked = chosen(evidence, wanted)
    groups: list[tuple[Evidence, list[Span]]] = []
    taken: set[tuple[str, Span]] = set()
    words = 0
    for number, item in enumerate(picked):
        article = item.hit.article
        new = [span for span in (item.span, *subject_of(item)) if (article.id, span) not in taken]
        cost = [len(article.text[start:end].split()) for start, end in new]
        if number >= max(1, len(wanted)) and words + sum(cost) > MOST_WORDS:
            # Beside a better one, a sentence that cannot stand alone is not worth the room.
            continue
        while not groups and len(new) > 2 and sum(cost) > MOST_WORDS:
            new.pop(), cost.pop()
        groups.append((item, new))
        taken |= {(article.id, span) for span in new}
        words += sum(cost)
    spans: dict[str, list[Span]] = {}
    hits: dict[str, Hit] = {}
    for item, new in groups:
        hits.setdefault(item.hit.article.id, item.hit)
        spans.setdefault(item.hit.article.id, []).extend(new)
    citations: list[Citation] = []
    for article_id, own in spans.items():
        for start, end in sorted(own):
            citations.append(Citation.of(len(citations) + 1, hits[article_id].article, start, end))
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in citations)
    return sentences, tuple(citations)


def subject_of(item: Evidence) -> list[Span]:
    """The sentences before one that points back, up to the one that names what it points to."""
    text = item.hit.article.text
    before = _sentences_before(item)
    needed: list[Span] = []
    current = item.text
    while leans(current) and before and len(needed) < _MOST_BACK:
        span = before.pop()
        needed.append(span)
        current = text[span[0] : span[1]]
    # What is still in the air two sentences before is left there: only the nearest helps.
    return needed if not leans(current) else needed[:1]


def _sentences_before(item: Evidence) -> list[Span]:
    """The sentences of the passage before one; at its beginning, what precedes it."""
    before = [span for span in item.hit.passage.sentences if span[1] <= item.span[0]]
    if before:
        return before
    start = max(0, item.span[0] - _LOOK_BACK)
    spans = sentence_spans(item.hit.article.text[start : item.span[0]])
    # The first may have lost its beginning.
    return [(start + first, start + last) for first, last in spans[1 if start else 0 :]]


def leans(sentence: str) -> bool:
    """Whether a reader needs the sentence before to know who or what this one speaks of."""
    if _ALL_QUOTATION.fullmatch(sentence.strip()):
        return True
    return points_back(sentence) and not _CONNECTED.match(sentence)


def _likelihood(ranked: Sequence[Evidence]) -> list[float]:
    scores = np.array([item.score for item in ranked])
    weights = np.exp(scores - scores.max())
    return [float(weight) for weight in weights / weights.sum()]


def _repeats(item: Evidence, taken: Sequence[Evidence]) -> bool:
    own = shingles(item.text)
    return any(item.text == other.text or near_copies(own, shingles(other.text)) for other in taken)
