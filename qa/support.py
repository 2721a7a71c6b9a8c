"""How well the articles support an answer at all: the decision to answer or to refuse.

A logistic model over what retrieval found: how near the best passages are, how much of the
question they say, whether its names and numbers stand in them, which of its words is matched
worst, whether the best sentence holds the kind of thing asked for. Fitted on questions with
and without an answer (benchmarks/fit_answers.py), and recalibrated on a user's own by
`dateline evaluate --calibrate`. Source of the calibration: Platt, "Probabilistic Outputs for
Support Vector Machines", 1999.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np

from embeddings.lexical import term_spans
from embeddings.records import Calibration
from qa.evidence import SENTENCE_FEATURES, Evidence, PassageMatch, Profile, Values
from qa.expected import Kind, holds, names_in, words_of
from qa.records import Hit, Status
from qa.weights import SUPPORT_INTERCEPT, SUPPORT_WEIGHTS

SUPPORT_FEATURES = (
    "dense", "late", "gap", "coverage", "context", "passage", "weakest", "mean",
    "weakest_anywhere", "coverage_anywhere", "passage_weakest", "passage_coverage", "missing",
    "names_in_passage", "names_in_sentence", "numbers_in_passage", "unknown", "terms", "holds",
    "negated", "best_passage",
)  # fmt: skip

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_NEGATION = re.compile(
    r"\b(?:not|never|no longer|without|except|neither|nor|fail(?:s|ed)?)\b|n['’]t\b", re.IGNORECASE
)
_AT = {name: number for number, name in enumerate(SENTENCE_FEATURES)}


def support_features(
    asked: Profile,
    hits: Sequence[Hit],
    matches: Sequence[PassageMatch],
    evidence: Sequence[Evidence],
) -> Values:
    """What retrieval says about the question, float64 of shape (len(SUPPORT_FEATURES),)."""
    best = max(evidence, key=lambda item: item.score)
    match = matches[best.rank]
    every = np.array([item.features for item in evidence])
    telling = np.sort(match.best[asked.telling]) if len(match.best) else np.zeros(1)
    passage = f"{match.hit.article.title}\n{match.hit.article.place}\n{match.hit.passage.text}"
    names, numbers = asked.names, _NUMBER.findall(asked.text)
    passage_words, sentence_words = words_of(passage), words_of(best.text)
    missing = [weight for term, weight in asked.rarity.items() if term not in match.terms]
    heaviest = max(asked.rarity.values(), default=0.0)
    weight = asked.token_weights / max(float(asked.token_weights.sum()), 1e-9)
    return np.array(
        [
            _component(hits[0], "dense"),
            _component(hits[0], "late interaction"),
            _component(hits[0], "dense") - _component(hits[min(1, len(hits) - 1)], "dense"),
            best.features[_AT["coverage"]],
            best.features[_AT["context"]],
            best.features[_AT["passage"]],
            best.features[_AT["weakest"]],
            best.features[_AT["mean"]],
            every[:, _AT["weakest"]].max(),
            every[:, _AT["coverage"]].max(),
            float(telling[:2].mean()) if len(telling) else 0.0,
            asked.share(set(match.terms)),
            max(missing, default=0.0) / heaviest if heaviest else 0.0,
            _share(name in passage_words for name in names),
            _share(name in sentence_words for name in names),
            _share(number in passage for number in numbers),
            asked.share(set(asked.unseen)),
            min(len(asked.rarity), 12) / 12,
            0.5
            if asked.kind in (Kind.OTHER, Kind.WORDS, Kind.MANNER)
            else float(holds(asked.kind, best.text, asked.words)),
            float(bool(_NEGATION.search(asked.text)) and not _NEGATION.search(best.text)),
            max(float(one.best @ weight) for one in matches),
        ]
    )


def confidence(features: Values, calibration: Calibration) -> float:
    """How likely the articles answer the question, from 0 to 1."""
    logit = float(features @ SUPPORT_WEIGHTS) + SUPPORT_INTERCEPT
    return 1 / (1 + math.exp(-(calibration.slope * logit + calibration.intercept)))


def status_of(sure: float, calibration: Calibration) -> Status:
    """What is claimed at that confidence."""
    if sure >= calibration.answered:
        return Status.ANSWERED
    return Status.PARTLY if sure >= calibration.partly else Status.NOT_IN_ARTICLES


def unknown_names(asked: Profile) -> tuple[str, ...]:
    """Names of the question, as they stand in it, that occur nowhere in the collection."""
    spans = term_spans(asked.text, asked.unseen)
    words = dict.fromkeys(asked.text[start:end] for _, (start, end) in spans)
    return tuple(word for word in words if next(names_in(word), None) in asked.names)


def _component(hit: Hit, name: str) -> float:
    return next((score.value for score in hit.scores if score.component == name), 0.0)


def _share(found: Iterable[bool]) -> float:
    """The share that is true; 1 where there is nothing to find."""
    values = list(found)
    return sum(values) / len(values) if values else 1.0
