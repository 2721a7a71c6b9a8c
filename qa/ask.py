"""From a question to an answer made of quotes, or to an honest "the articles don't say"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from embeddings.lexical import terms_of
from embeddings.records import Filter
from qa.agreement import compare
from qa.conversation import Turn, resolve
from qa.counting import find_articles, listing_answer
from qa.counting_requests import read_request
from qa.dates import Timing, applicable, read_timing, without_time_words
from qa.evidence import Evidence, PassageMatch, Profile, profile, read_hits
from qa.expected import Kind, expected_kind, names_in, quotations, tells_age, without_now
from qa.premise import denial, premise
from qa.quotes import READ_HITS, leads, newest_relevant, quoted, saying, with_speaker
from qa.recency import newest_first
from qa.records import Answer, Hit, Status, Window
from qa.suggestions import follow_ups
from qa.support import (
    calibration_in_use,
    confidence,
    dated,
    status_of,
    support_features,
    unknown_names,
    untold_names,
)

if TYPE_CHECKING:
    from qa.retriever import Retriever


_NEWS_WORDS = (
    "happen happened happening news new latest recent update reports reported going on say any "
    "still"
)
_NEAREST = "the nearest are from other days."
_LENIENCE = 0.1
"""How much less sure the reading within the conversation may be: it is the likelier one."""
_TOLD = 0.6
"""How sure it is that a report with every word of a subject is news of it."""
SHORT_WORDS = 9
"""Words of a question that may lean on the conversation without a word that says so."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One search and what was made of it."""

    hits: tuple[Hit, ...]
    asked: Profile | None = None
    matches: tuple[PassageMatch, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sure: float = 0.0
    status: Status = Status.NOT_IN_ARTICLES
    untold: tuple[str, ...] = ()


def answer_question(
    retriever: Retriever,
    question: str,
    history: Sequence[Turn] = (),
    *,
    where: Filter,
    as_of: date,
    read_dates: bool = True,
    resolved: str = "",
) -> Answer:
    """Answer with the sentences that answer best, each cited.

    A follow-up is resolved against `history` first, unless it comes `resolved`. Where `where`
    has no window of its own and `read_dates` is set, the question's time words become one; if
    nothing published in that window answers, what answers outside it is given as such. The
    arguments are those of `Retriever.ask`, checked.
    """
    resolved = resolved or resolve(question, history)
    given = bool(where.since or where.until)
    timing = read_timing(resolved, as_of) if read_dates and not given else Timing()
    listed = _listing(retriever, question, resolved, where, timing.window)
    if listed is not None:
        return listed
    first, newest = retriever.published_range()
    window = applicable(timing.window, first, newest)
    narrow = where if window is None else replace(where, since=window.since, until=window.until)
    asks = without_time_words(_own_words(question, resolved), window)
    read = _read(retriever, resolved, narrow, as_of, timing, asks)
    if read.status is not Status.ANSWERED and asks != resolved and _joined(question, resolved):
        whole = _read(retriever, resolved, narrow, as_of, timing)
        read = max(read, whole, key=lambda one: one.sure)
    if history and resolved == question:
        resolved, read = _in_context(retriever, question, history, narrow, as_of, timing, read)
    notes: list[str] = []
    if window is not None and read.status is Status.NOT_IN_ARTICLES:
        wider = _read(retriever, resolved, where, as_of, timing)
        if wider.status is Status.ANSWERED:
            notes.append(
                f"No article published in that time answers ({_days(window)}); "
                "these quotes are from other days."
            )
            read = replace(wider, status=Status.PARTLY)
        elif not read.hits and wider.status is Status.PARTLY and window.since == as_of:
            # "Who leads the union today?" asks for how things stand, and not for a day's news.
            notes.append(f"{_none_published(window)}.")
            read = wider
        elif not read.hits or wider.status is Status.PARTLY:
            notes.append(
                f"No article published in that time answers ({_days(window)}); {_NEAREST}"
                if read.hits
                else f"{_none_published(window)}; {_NEAREST}"
            )
            read = replace(wider, status=Status.NOT_IN_ARTICLES)
    if window is None and timing.window is not None and first and not _tells(read, timing.window):
        notes.append(f"{_none_published(timing.window)}; {_NEAREST}")
        if read.status is Status.ANSWERED:
            read = replace(read, status=Status.PARTLY)
    return _answer(question, resolved, read, window, notes)


def _tells(read: _Reading, window: Window) -> bool:
    """Whether what would be quoted first names the year the question does.

    An article tells of other years than its own: then nobody need hear when it was published.
    """
    years = re.findall(r"\b\d{4}\b", window.phrase)
    best = max(read.evidence, key=lambda item: item.score, default=None)
    return bool(years) and best is not None and all(year in best.text for year in years)


def _listing(
    retriever: Retriever, question: str, resolved: str, where: Filter, window: Window | None
) -> Answer | None:
    """The exact answer to a question about the collection itself, ``None`` for any other."""
    request = read_request(without_time_words(resolved, window))
    if request is None:
        return None
    with retriever.index.snapshot() as snapshot:
        listing = find_articles(snapshot, request, where, window)
    return None if listing is None else listing_answer(question, resolved, listing)


def _own_words(question: str, resolved: str) -> str:
    """What the evidence is held against: a follow-up joined to its topic still asks for itself."""
    return question if _joined(question, resolved) else resolved


def _joined(question: str, resolved: str) -> bool:
    own = question.rstrip("?!. ").casefold()
    joined = resolved.rstrip("?!. ").casefold()
    return joined != own and joined.endswith(f", and {own}")


def _in_context(
    retriever: Retriever,
    question: str,
    history: Sequence[Turn],
    where: Filter,
    as_of: date,
    timing: Timing,
    read: _Reading,
) -> tuple[str, _Reading]:
    """A short question that names nothing, searched with the one before it.

    "Who won the seat?" has no word that points back, and still means the seat of the
    conversation. The passages are looked for with both questions, and held against this one;
    that counts only where it leads back to an article that was just quoted, and the question
    by itself led elsewhere.
    """
    if len(question.split()) > SHORT_WORDS or any(names_in(question)):
        return question, read
    before = history[-1].resolved or history[-1].question
    other = _read(retriever, f"{before} {question}", where, as_of, timing, question)
    told = {hit.article.title for hit in other.hits[:1]} & set(history[-1].titles)
    if not told or other.sure < read.sure - _LENIENCE:
        return question, read
    if {hit.article.id for hit in read.hits[:1]} == {hit.article.id for hit in other.hits[:1]}:
        return question, read
    return f"{question.rstrip('?!. ')} ({before.rstrip('?!. ')})?", other


def _answer(
    question: str, resolved: str, read: _Reading, window: Window | None, notes: list[str]
) -> Answer:
    answer = Answer(
        question=question,
        resolved_question=resolved,
        status=read.status,
        hits=read.hits,
        window=window,
        confidence=read.sure,
    )
    if read.asked is not None and read.status is not Status.ANSWERED:
        notes += [f"“{name}” does not occur in the articles." for name in unknown_names(read.asked)]
    if read.status is Status.NOT_IN_ARTICLES:
        notes += [f"The nearest articles do not speak of “{name}”." for name in read.untold]
        return replace(answer, notes=tuple(notes))
    comparison = compare(read.asked, read.evidence) if read.asked else None
    evidence, wanted = read.evidence, comparison.evidence if comparison else ()
    summary = comparison.summary if comparison else ""
    denied = denial(read.asked, read.evidence) if read.asked and not comparison else None
    if denied is not None:
        evidence = tuple(item for item in evidence if item.hit.article.id == denied.hit.article.id)
        wanted = (denied,)
        taken = premise(resolved)
        summary = (
            f"The articles do not say that {taken}; the nearest says otherwise."
            if taken
            else "The articles do not bear out what the question takes for granted."
        )
        answer = replace(answer, status=Status.PARTLY)
    sentences, citations = quoted(evidence, wanted)
    return replace(
        answer,
        summary=summary,
        sentences=sentences,
        citations=citations,
        notes=tuple(notes),
        follow_ups=follow_ups(resolved, citations, read.hits),
    )


def _read(
    retriever: Retriever,
    question: str,
    where: Filter,
    as_of: date,
    timing: Timing,
    asks: str = "",
) -> _Reading:
    """Search for `question`, and hold what is found against `asks` (the same by default)."""
    hits = retriever.retrieve(question, k=READ_HITS, where=where, as_of=as_of)
    if not hits:
        return _Reading(())
    if timing.latest:
        hits = newest_first(hits, as_of)
    with retriever.index.snapshot() as snapshot:
        manifest = snapshot.generation.manifest
        encoder = retriever.encoder_for(manifest)
        text = asks or question
        if timing.latest and expected_kind(text) is not Kind.NEWS:
            text = without_now(text)
        asked = profile(text, snapshot, encoder)
        matches, evidence = read_hits(asked, hits, snapshot, encoder)
    if not evidence:
        return _Reading(tuple(hits))
    of_reports = dated(hits)
    calibration = calibration_in_use(manifest.calibration, of_reports)
    sure = confidence(support_features(asked, hits, matches, evidence), of_reports, calibration)
    status = status_of(sure, calibration)
    untold: tuple[str, ...] = ()
    # "What did Brandt get in July?" asks no more than what there is to tell of him.
    open_question = asked.kind is Kind.OTHER and bool(asked.names) and not asked.focus.any()
    if asked.kind is Kind.NEWS or (open_question and of_reports):
        evidence = leads(evidence, hits) or evidence
        topic = set(asked.rarity) - set(terms_of(_NEWS_WORDS))
        first = max(evidence, key=lambda item: item.score)
        if topic <= matches[first.rank].terms:
            evidence = [item for item in evidence if not topic or topic & matches[item.rank].terms]
            # Who asks for news of a subject is answered by a report that has all its words; and
            # "What happened last week?" asks for nothing that could be missing.
            sure = max(sure, _TOLD if topic else 1.0)
            status = status_of(sure, calibration)
    elif sure < _TOLD and (untold := untold_names(asked, evidence)):
        # Reports of the same kind of event elsewhere, or about somebody else.
        status = Status.NOT_IN_ARTICLES
    said = saying(evidence, quotations(question))
    if asked.kind is Kind.NAME:
        said = with_speaker(said, evidence)
    if not said and asked.kind is Kind.AGE:
        said = [item for item in evidence if tells_age(item.text, asked.text)]
    if said:
        evidence, sure, status = said, 1.0, Status.ANSWERED
    if timing.latest:
        evidence = newest_relevant(evidence, as_of)
    return _Reading(
        tuple(hits),
        asked,
        tuple(matches),
        tuple(evidence),
        sure,
        status,
        untold,
    )


def _none_published(window: Window) -> str:
    return f"No article was published in that time ({_days(window)})"


def _days(window: Window) -> str:
    if window.since and window.until:
        if window.since == window.until:
            return window.since.isoformat()
        return f"{window.since.isoformat()} to {window.until.isoformat()}"
    if window.since:
        return f"from {window.since.isoformat()} on"
    return f"up to {window.until.isoformat()}" if window.until else "any day"
