"""A conversation as the reader's browser keeps it, and as it comes back from there.

What is kept names articles and spans and holds quotes; passages and titles are looked up again.
It comes back as data that anyone may have written: whatever does not fit is left out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from embeddings.errors import DatelineError
from embeddings.records import Article, Passage
from qa.records import Answer, Citation, Hit, Score, Sentence, Status, Window
from ui.asking import QUESTION_CHARACTERS, Answerer, Asked
from ui.render import DISLIKE, LIKE, fingerprint
from ui.talk import Exchange, Talk, answered

log = logging.getLogger(__name__)

MOST_KEPT = 40
"""Exchanges of a conversation that are kept, the newest."""

Record = dict[str, Any]


def kept(talk: Talk) -> list[Record]:
    """The newest answered exchanges as plain values that fit into JSON."""
    done = [exchange for exchange in talk if exchange.answer is not None]
    return [_record(exchange) for exchange in done[-MOST_KEPT:]]


def restored(answerer: Answerer, records: object) -> Talk:
    """The conversation that was kept; exchanges that cannot be understood are left out."""
    if not isinstance(records, Sequence) or isinstance(records, str):
        return ()
    found: dict[str, Article | None] = {}

    def look(article_id: str) -> Article | None:
        if article_id not in found:
            try:
                found[article_id] = answerer.article(article_id)
            except DatelineError:
                found[article_id] = None
        return found[article_id]

    talk = []
    for record in records[-MOST_KEPT:]:
        try:
            talk.append(_exchange(record, look))
        except (KeyError, TypeError, ValueError, AttributeError):
            log.info("an exchange that was kept in a browser could not be read")
        except DatelineError:
            return ()
    return tuple(talk)


def _record(exchange: Exchange) -> Record:
    answer = exchange.answer
    assert answer is not None
    return {
        "asked": _plain(asdict(exchange.asked)),
        "rating": exchange.rating,
        "resolved": answer.resolved_question,
        "status": answer.status.value,
        "sentences": [
            [sentence.text, list(sentence.citations), list(sentence.doubts)]
            for sentence in answer.sentences
        ],
        "citations": [_plain(asdict(citation)) for citation in answer.citations],
        "hits": [_hit_record(hit) for hit in answer.hits],
        "window": answer.window and _plain(asdict(answer.window)),
        "notes": list(answer.notes),
        "confidence": answer.confidence,
        "summary": answer.summary,
        "follow_ups": list(answer.follow_ups),
        "written_by": answer.written_by,
    }


def _hit_record(hit: Hit) -> Record:
    passage = hit.passage
    return {
        "article": hit.article.id,
        "span": [passage.start, passage.end],
        "check": fingerprint(passage.text),
        "score": hit.score,
        "scores": [[s.component, s.value, s.rank, s.share] for s in hit.scores],
        "query": list(hit.query),
        "duplicates": [article.id for article in hit.duplicates],
    }


def _plain(fields: Mapping[str, Any]) -> Record:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
    }


def _exchange(record: Mapping[str, Any], look: Any) -> Exchange:  # noqa: ANN401
    asked = Asked(
        question=_text(record["asked"]["question"])[:QUESTION_CHARACTERS],
        since=_day(record["asked"]["since"]),
        until=_day(record["asked"]["until"]),
        read_dates=bool(record["asked"]["read_dates"]),
        in_context=bool(record["asked"]["in_context"]),
    )
    window = record["window"]
    hits = [_hit(each, look) for each in record["hits"]]
    answer = Answer(
        question=asked.question,
        resolved_question=_text(record["resolved"]),
        status=Status(record["status"]),
        sentences=tuple(
            Sentence(
                _text(text),
                tuple(int(number) for number in numbers),
                tuple(_text(doubt) for doubt in doubts),
            )
            for text, numbers, doubts in record["sentences"]
        ),
        citations=tuple(_citation(each) for each in record["citations"]),
        hits=tuple(hit for hit in hits if hit is not None),
        window=window
        and Window(_day(window["since"]), _day(window["until"]), _text(window["phrase"])),
        notes=tuple(_text(note) for note in record["notes"]),
        confidence=float(record["confidence"]),
        summary=_text(record["summary"]),
        follow_ups=tuple(_text(question) for question in record["follow_ups"]),
        written_by=_text(record["written_by"]),
    )
    rating = record["rating"]
    return answered(asked, answer, rating if rating in (LIKE, DISLIKE) else "")


def _citation(record: Mapping[str, Any]) -> Citation:
    return Citation(
        number=int(record["number"]),
        article_id=_text(record["article_id"]),
        title=_text(record["title"]),
        published=_day(record["published"]),
        outlet=_text(record["outlet"]),
        path=_text(record["path"]),
        start=int(record["start"]),
        end=int(record["end"]),
        quote=_text(record["quote"]),
    )


def _hit(record: Mapping[str, Any], look: Any) -> Hit | None:  # noqa: ANN401
    """The hit again, unless its article is gone or the passage in it has changed."""
    article = look(_text(record["article"]))
    start, end = (int(at) for at in record["span"])
    if article is None or not 0 <= start < end <= len(article.text):
        return None
    text = article.text[start:end]
    if fingerprint(text) != record["check"]:
        return None
    others = (look(_text(each)) for each in record["duplicates"])
    return Hit(
        Passage(article.id, 0, start, end, text, ((start, end),)),
        article,
        float(record["score"]),
        tuple(
            Score(_text(component), float(value), rank and int(rank), float(share))
            for component, value, rank, share in record["scores"]
        ),
        tuple(_text(term) for term in record["query"]),
        tuple(other for other in others if other is not None),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not text: {type(value).__name__}")
    return value


def _day(value: object) -> date | None:
    return date.fromisoformat(_text(value)) if value else None
