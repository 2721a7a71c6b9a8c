"""How well the articles support an answer at all: the decision to answer or to refuse.

A logistic model over what retrieval found: how near the best passages are, how much of the
question they say, whether its names and numbers stand in them, which of its words is matched
worst, whether the best sentence holds the kind of thing asked for. Fitted on questions with
and without an answer (benchmarks/fit_answers.py), and recalibrated on a user's own by
`dateline evaluate --calibrate`. Source of the calibration: Platt, "Probabilistic Outputs for
Support Vector Machines", 1999.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from embeddings.lexical import term_spans
from embeddings.passages import context_line
from embeddings.records import Calibration
from qa.evidence import KINDS, SENTENCE_FEATURES, Evidence, PassageMatch, Profile, Values
from qa.expected import names_in, words_of
from qa.records import Hit, Status
from qa.weights import SUPPORT_INTERCEPTS, SUPPORT_WEIGHTS

SUPPORT_FEATURES = (
    "passage", "mean", "context", "told_and_matched", "best_passage", "weakest_in_three",
    "weakest_anywhere", "coverage_anywhere", "rare_passage", "adjacent", "dense", "lexical",
    "names_in_passage", "numbers_in_sentence", "length", "turned", "turned_alone",
    "predicate", "predicate_anywhere", "predicate_weakest", "holds", "counts", "counts_not",
    "names_in_article", "numbers_in_article", "focus", "focus_anywhere", "score", "likelihood",
    "follows_on", "named",
)  # fmt: skip

EVIDENCE = hashlib.sha256(SUPPORT_WEIGHTS.tobytes() + SUPPORT_INTERCEPTS.tobytes()).hexdigest()
"""What a calibration is tied to."""

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
# Words that turn a meaning round are those that embeddings match worst.
_TURNED = re.compile(
    r"\b(?:not|never|no longer|without|except|neither|nor|fail\w*|unable|least|lowest|smallest|"
    r"worst|only)\b|n['’]t\b",
    re.IGNORECASE,
)
_QUOTABLE = 3
_READ = 20_000
_SHORTEST_NAME = 4
_STEM = 6
"""Letters in which a name and its adjective agree: "Kestria", "Kestrian"."""
_NEIGHBOURS = 12
"""Characters between two words of the question that stand together in a sentence."""
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
    weight = asked.token_weights / max(float(asked.token_weights.sum()), 1e-9)
    rare = asked.token_weights**2
    rare = rare / max(float(rare.sum()), 1e-9)
    fits = [float(one.best @ weight) for one in matches]
    covered = max(asked.share(set(one.terms)) for one in matches)
    best_of_three = np.max([one.best for one in matches[:3]], axis=0)
    in_three = best_of_three[asked.telling]
    heavy = asked.predicate_weights >= 0.5 * asked.predicate_weights.max(initial=0.0)
    in_three_predicate = best_of_three[heavy]
    rarity = sum(asked.rarity.values())
    passage = words_of(f"{match.hit.article.title}\n{match.hit.passage.text}")
    numbers = _NUMBER.findall(asked.text)
    article = _words(best.hit)
    scores = np.array([item.score for item in evidence])
    held = best.features[_AT["holds_age"] :]
    checked = asked.kind in KINDS
    turned = bool(_TURNED.search(asked.text))
    return np.array(
        [
            best.features[_AT["passage"]],
            best.features[_AT["mean"]],
            best.features[_AT["context"]],
            covered * max(fits),
            max(fits),
            float(in_three.min(initial=1.0)),
            every[:, _AT["weakest"]].max(),
            every[:, _AT["coverage"]].max(),
            max(float(one.best @ rare) for one in matches),
            _adjacent(asked, best.text),
            _component(hits[0], "dense"),
            _component(hits[0], "lexical") / max(rarity, 1.0),
            _share(name in passage for name in asked.names),
            _share(number in best.text for number in numbers),
            min(len(asked.text.split()), 40) / 20,
            float(turned),
            float(turned and not _TURNED.search(best.text)),
            best.features[_AT["predicate"]],
            every[:, _AT["predicate"]].max(),
            float(in_three_predicate.min(initial=1.0)),
            float(held.any()) if checked else 0.5,
            best.features[_AT["counts"]],
            float(bool(asked.counted)) - best.features[_AT["counts"]],
            _share(_stands_in(name, article) for name in asked.names),
            _share(number in best.hit.article.text for number in numbers),
            best.features[_AT["focus"]] if asked.focus.any() else 0.5,
            float(best_of_three[asked.focus].mean()) if asked.focus.any() else 0.5,
            best.score,
            float(1 / np.exp(scores - best.score).sum()),
            best.features[_AT["follows_on"]],
            best.features[_AT["full_name"]],
        ]
    )


UNDATED_PARTLY = 0.1
"""From which confidence sentences of articles without dates are quoted, as shipped."""


def dated(hits: Sequence[Hit]) -> bool:
    """Whether what was found are dated reports, which are asked for otherwise than a reference.

    Readers of news ask briefly, in words of their own, about people and events of which several
    reports tell: the same figures mean something else there.
    """
    return any(hit.article.published for hit in hits)


def confidence(features: Values, of_reports: bool, calibration: Calibration) -> float:
    """How likely the quotes answer the question, from 0 to 1.

    `of_reports` says that they are from `dated` articles, which are weighed by themselves.
    """
    row = int(of_reports)
    logit = float(features @ SUPPORT_WEIGHTS[row] + SUPPORT_INTERCEPTS[row])
    return 1 / (1 + math.exp(-(calibration.slope * logit + calibration.intercept)))


def calibration_in_use(fitted: Calibration | None, of_reports: bool = True) -> Calibration:
    """A collection's own calibration, if it was fitted to this evidence; else the shipped one.

    Of articles without dates more is quoted as perhaps answering: their sentences are searched
    for a fact, and one withheld is missed more than one too many is minded.
    """
    if fitted and fitted.evidence == EVIDENCE:
        return fitted
    return Calibration() if of_reports else Calibration(partly=UNDATED_PARTLY)


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


def untold_names(asked: Profile, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Who and what is asked about that the reports which answer best do not speak of.

    Only names that the collection has elsewhere are missed, and abbreviations are not; "Kestria"
    stands for "Kestrian". Undated articles are left alone: a reference names things otherwise.
    """
    best = sorted(evidence, key=lambda item: -item.score)[:_QUOTABLE]
    if not best or not dated([item.hit for item in best]):
        return ()
    # The first word has its capital from its place.
    text = asked.text.lstrip().partition(" ")[2]
    unknown = {name.casefold() for name in unknown_names(asked)}
    names = [name for name in names_in(text) if len(name) > _SHORTEST_NAME and name not in unknown]
    spoken: set[str] = set()
    for item in best:
        spoken |= _words(item.hit)
    missing = (name for name in names if not _stands_in(name, spoken))
    found = (re.search(re.escape(name), text, re.IGNORECASE) for name in missing)
    return tuple(dict.fromkeys(match[0] for match in found if match))


def _stands_in(name: str, words: set[str]) -> bool:
    return name in words or (
        len(name) >= _STEM and any(word.startswith(name[:_STEM]) for word in words)
    )


def _words(hit: Hit) -> set[str]:
    """The words of an article and of what is known about it, in lower case."""
    text = f"{context_line(hit.article)} {hit.article.outlet}\n{hit.article.text}"[:_READ]
    words = set(re.findall(r"\w+", text.lower()))
    return words | set(re.findall(r"\w+-\w+", text.lower()))


def _adjacent(asked: Profile, sentence: str) -> float:
    """The share of the question's neighbouring terms that are neighbours in the sentence."""
    order = [term for term, _ in term_spans(asked.text, asked.rarity)]
    pairs = set(pairwise(order))
    told = term_spans(sentence, asked.rarity)
    found = {
        (one, other)
        for (one, (_, end)), (other, (start, _)) in pairwise(told)
        if start - end <= _NEIGHBOURS
    }
    return len(found & pairs) / max(1, len(pairs))


def _component(hit: Hit, name: str) -> float:
    return next((score.value for score in hit.scores if score.component == name), 0.0)


def _share(found: Iterable[bool]) -> float:
    """The share that is true; 1 where there is nothing to find."""
    values = list(found)
    return sum(values) / len(values) if values else 1.0
