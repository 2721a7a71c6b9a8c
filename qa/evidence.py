"""How well each sentence of the retrieved passages answers the question.

Every sentence is described by a few numbers: how much of the question it and its surroundings
say, how its token vectors match the question's, whether it holds the kind of thing that is
asked for. A linear model weighs them (`qa.weights`, made by benchmarks/fit_answers.py). The
token vectors are those that late interaction reranks with, so no sentence is embedded at
question time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder, Vectors
from embeddings.index import Snapshot
from embeddings.lexical import term_spans, terms_of
from embeddings.passages import context_line
from embeddings.records import Span
from embeddings.tokens import align, project, unpack
from qa.expected import (
    Kind,
    counted,
    counts,
    expected_kind,
    holds,
    holds_full_name,
    names_in,
    words_of,
)
from qa.records import Hit
from qa.weights import SENTENCE_WEIGHTS

Values = NDArray[np.float64]

_RARE = 0.4
"""A question token is telling when it weighs at least this share of the rarest."""
_FUNCTION_WEIGHT = 0.1
"""What a function word's token weighs beside the inverse document frequency of the others."""
_TOLD = (Kind.OTHER, Kind.WORDS, Kind.MANNER, Kind.NEWS)
"""Kinds that ask what happened, which a report tells first."""
_GENERAL = (
    "many much long old big large high tall far often people person man woman name named called "
    "year day month time kind type sort thing happen happened say said tell told number new first "
    "make made take took get got go went give gave come came get does did know latest current"
)
"""Words that ask without saying what for."""
_YEAR = re.compile(r"\b(1\d{3}|20\d{2})\b")
_POINTS_BACK = re.compile(
    r"[“\"'‘(]*(?:he|she|it|they|we|his|her|hers|its|their|this|that|these|those|such|both|"
    r"the (?:company|firm|minister|president|bank|union|group|agency|court|party|club|"
    r"government|two|move|report|decision|deal|latter|former)|but|and|however|so|neither|"
    r"another|others|instead|also)\b",
    re.IGNORECASE,
)
_SAID_BY_PRONOUN = re.compile(r"[,.!?…][”\"’']\s+(?:he|she|they)\s+\w+", re.IGNORECASE)
KINDS = (
    Kind.AGE, Kind.DURATION, Kind.MONEY, Kind.PERCENT, Kind.NUMBER, Kind.DATE, Kind.NAME,
    Kind.PLACE, Kind.REASON,
)  # fmt: skip

SENTENCE_FEATURES = (
    "coverage", "context", "passage", "weakest", "mean", "length", "points_back", "follows",
    "year", "predicate", "leads", "published", "before", "follows_on", "full_name", "counts",
    "focus", *(f"holds_{kind.value}" for kind in KINDS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a question before its passages are read.

    ``rarity`` maps its terms, as they are indexed, to their inverse document frequency;
    ``unseen`` are those that stand in no passage. ``counted`` is the stem of what is counted.
    ``tokens`` is float32 of shape (q, width), its projected token vectors; ``token_weights``
    is float64 of shape (q,), how telling each is; ``predicate_weights`` the same without the
    tokens of names, which stand all over an article that says nothing of what is asked;
    ``focus``, bool of shape (q,), marks the first word that says what is asked.
    """

    text: str
    kind: Kind
    words: frozenset[str]
    names: tuple[str, ...]
    years: tuple[int, ...]
    rarity: dict[str, float]
    unseen: frozenset[str]
    tokens: Vectors
    token_weights: Values
    predicate_weights: Values
    focus: NDArray[np.bool_]
    counted: str

    @property
    def telling(self) -> NDArray[np.bool_]:
        """Which of the tokens carry the question, bool of shape (q,)."""
        return np.asarray(self.token_weights >= _RARE * self.token_weights.max(initial=0.0))

    def share(self, terms: set[str]) -> float:
        """How much of the question's weight the terms make up, from 0 to 1."""
        total = sum(self.rarity.values())
        return sum(self.rarity[term] for term in terms) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence and what speaks for it.

    ``span`` is in the article's offsets; ``position`` counts the sentences of the passage;
    ``features`` is float64 of shape (len(SENTENCE_FEATURES),); ``score`` is higher for
    sentences that answer better, and comparable only within one question; ``focus_at`` is where
    in the article the word begins that matches the question's focus best, -1 where none does.
    """

    hit: Hit
    rank: int
    span: Span
    position: int
    text: str
    features: Values
    score: float
    focus_at: int = -1

    @property
    def points_back(self) -> bool:
        """Whether it cannot be understood without what stands before it."""
        return points_back(self.text)


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """One passage's match with the question.

    ``best`` is float64 of shape (q,): each question token's best cosine with any of the
    passage's; ``terms`` are the question's terms that stand in it or in its context line.
    """

    hit: Hit
    best: Values
    terms: frozenset[str]


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with, or is said by, a word that stands for something before it."""
    return bool(_POINTS_BACK.match(sentence) or _SAID_BY_PRONOUN.search(sentence))


def profile(question: str, snapshot: Snapshot, encoder: Encoder) -> Profile:
    """Look at a question in the light of the collection."""
    terms = terms_of(question)
    count = len(snapshot)
    frequencies = {term: snapshot.document_frequency(term) for term in terms}
    rarity = {
        term: math.log(1 + max(0.0, count - often + 0.5) / (often + 0.5))
        for term, often in frequencies.items()
    }
    encoded = encoder.encode_query(question)
    spans = align(encoder.token_spans([question])[0], len(encoded.tokens))
    weights = np.full(len(spans), _FUNCTION_WEIGHT)
    for term, (start, end) in term_spans(question, terms):
        for number, (first, last) in enumerate(spans):
            if first < end and start < last:
                weights[number] = max(weights[number], rarity[term])
    predicate = weights * [not _in_a_name(question, span) for span in spans]
    projection = snapshot.projection
    tokens = encoded.tokens if projection is None else project(encoded.tokens, projection)
    noun = terms_of(counted(question))
    return Profile(
        text=question,
        kind=expected_kind(question),
        words=words_of(question),
        names=tuple(dict.fromkeys(names_in(question))),
        years=_years(question),
        rarity=rarity,
        unseen=frozenset(term for term, often in frequencies.items() if not often),
        tokens=tokens,
        token_weights=weights,
        predicate_weights=predicate if (predicate > _FUNCTION_WEIGHT).any() else weights,
        focus=_focus(question, terms, spans),
        counted=noun[0] if noun else "",
    )


def read_hits(
    asked: Profile, hits: Sequence[Hit], snapshot: Snapshot, encoder: Encoder
) -> tuple[list[PassageMatch], list[Evidence]]:
    """Match every hit's passage, and every sentence in it, with the question.

    A sentence that stands in two passages, as overlaps do, is taken from the better one.
    """
    packed = snapshot.packed_tokens([hit.passage for hit in hits], [hit.article for hit in hits])
    spans = encoder.token_spans([hit.passage.text for hit in hits])
    matches: list[PassageMatch] = []
    evidence: list[Evidence] = []
    seen: set[tuple[str, Span]] = set()
    for rank, hit in enumerate(hits):
        rows = unpack(packed[rank], asked.tokens.shape[1])
        cosines = rows @ asked.tokens.T
        own = align(spans[rank], len(rows))
        match = _match(asked, hit, cosines)
        matches.append(match)
        for item in _sentences(asked, hit, rank, match, rows, cosines, own):
            if (hit.article.id, item.span) not in seen:
                seen.add((hit.article.id, item.span))
                evidence.append(item)
    return matches, evidence


def _match(asked: Profile, hit: Hit, cosines: Vectors) -> PassageMatch:
    best = cosines.max(axis=0) if len(cosines) else np.zeros(len(asked.token_weights))
    text = f"{context_line(hit.article)}\n{hit.passage.text}"
    terms = frozenset(term for term, _ in term_spans(text, asked.rarity))
    return PassageMatch(hit, best.astype(np.float64), terms)


def _sentences(
    asked: Profile,
    hit: Hit,
    rank: int,
    match: PassageMatch,
    rows: Vectors,
    cosines: Vectors,
    spans: Sequence[Span],
) -> list[Evidence]:
    passage = hit.passage
    article_terms = {term for term, _ in term_spans(context_line(hit.article), asked.rarity)}
    found = [
        (term, start + passage.start, end + passage.start)
        for term, (start, end) in term_spans(passage.text, asked.rarity)
    ]
    terms = [
        {term for term, first, last in found if start <= first and last <= end}
        for start, end in passage.sentences
    ]
    bounds = np.array(spans, dtype=np.int64).reshape(-1, 2) + passage.start
    direction = asked.tokens.mean(axis=0) if len(asked.tokens) else np.zeros(asked.tokens.shape[1])
    weight = asked.token_weights / max(asked.token_weights.sum(), 1e-9)
    predicate_weight = asked.predicate_weights / max(asked.predicate_weights.sum(), 1e-9)
    passage_match = float(match.best @ weight)
    published = hit.article.published
    own_year = _same_year(asked.years, (published.year,) if published else ())
    means: list[float] = []
    evidence = []
    for position, (start, end) in enumerate(passage.sentences):
        text = passage.text[start - passage.start : end - passage.start]
        inside = (bounds[:, 0] >= start) & (bounds[:, 1] <= end) & (bounds[:, 1] > bounds[:, 0])
        weakest = mean = matched = predicate = focus = 0.0
        focus_at = -1
        if inside.any() and len(weight):
            best = cosines[inside].max(axis=0)
            matched = float(best @ weight)
            predicate = float(best @ predicate_weight)
            weakest = float(best[asked.telling].min(initial=1.0))
            mean = _cosine(rows[inside].mean(axis=0), direction)
            if asked.focus.any():
                focus = float(best[asked.focus].mean())
                nearest = cosines[inside][:, asked.focus].mean(axis=1).argmax()
                focus_at = int(bounds[inside][nearest, 0])
        around = set().union(article_terms, *terms[max(0, position - 1) : position + 2])
        back = points_back(text)
        held = [asked.kind is kind and holds(kind, text, asked.words) for kind in KINDS]
        before = means[-1] if means else 0.0
        named = asked.kind is Kind.NAME and holds_full_name(text, asked.words)
        features = np.array(
            [
                asked.share(terms[position]),
                asked.share(around),
                passage_match,
                weakest,
                mean,
                math.log(1 + len(text.split())),
                float(back),
                max(means[-2:], default=0.0) * back,
                _same_year(asked.years, _years(text)),
                predicate,
                float(start == passage.start and passage.ordinal == 0 and asked.kind in _TOLD),
                own_year,
                before,
                before * any(held),
                float(named),
                float(bool(asked.counted) and counts(asked.counted, text, asked.words)),
                focus,
                *map(float, held),
            ]
        )
        means.append(matched)
        score = float(features @ SENTENCE_WEIGHTS)
        evidence.append(
            Evidence(hit, rank, (start, end), position, text, features, score, focus_at)
        )
    return evidence


def _years(text: str) -> tuple[int, ...]:
    return tuple(int(year) for year in _YEAR.findall(text[:2_000]))


def _same_year(asked: Sequence[int], told: Sequence[int]) -> float:
    """How well the years of a sentence fit those asked about, from 0 to 1."""
    if not asked or not told:
        return 0.0
    if set(asked) & set(told):
        return 1.0
    if len(told) > 1 and min(told) <= min(asked) and max(asked) <= max(told):
        return 0.8
    return 0.5 * any(min(asked) < year < max(asked) for year in told)


def _focus(question: str, terms: Sequence[str], spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Which tokens are the first word that says what is asked of the names in the question.

    "What is the [salary] of the harbour master?", "Who [designed] the bridge?": what an article
    about the right people most often has nothing of.
    """
    found = np.zeros(len(spans), dtype=bool)
    for _, (start, end) in term_spans(question, terms):
        word = question[start:end].casefold()
        if word in _GENERAL.split() or _in_a_name(question, (start, end)):
            continue
        for number, (first, last) in enumerate(spans):
            found[number] = first < end and start < last
        break
    return found


def _in_a_name(question: str, span: Span) -> bool:
    """Whether a token stands in a word that names something."""
    start, end = span
    while start > 0 and not question[start - 1].isspace():
        start -= 1
    while end < len(question) and not question[end].isspace():
        end += 1
    return next(names_in(question[start:end]), None) is not None


def _cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norm if norm else 0.0
