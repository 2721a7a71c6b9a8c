"""What the page's endpoints give to programs: records as plain dictionaries.

None has a field ``path``: Gradio's own client takes a dictionary that has one for a file, and
tries to fetch it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from embeddings.records import Article
from qa.records import Answer, Citation, Hit


def answer_record(answer: Answer) -> dict[str, Any]:
    """An answer for programs."""
    window = answer.window
    return {
        "question": answer.question,
        "resolved_question": answer.resolved_question,
        "status": answer.status.value,
        "sentences": [
            {"text": sentence.text, "citations": list(sentence.citations)}
            for sentence in answer.sentences
        ],
        "citations": [citation_record(citation) for citation in answer.citations],
        "hits": [hit_record(hit) for hit in answer.hits],
        "window": window
        and {
            "since": _written(window.since),
            "until": _written(window.until),
            "phrase": window.phrase,
        },
        "notes": list(answer.notes),
    }


def citation_record(citation: Citation) -> dict[str, Any]:
    """A citation for programs."""
    return {
        "number": citation.number,
        "article_id": citation.article_id,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "title": citation.title,
        "published": _written(citation.published),
        "outlet": citation.outlet,
        "file": citation.path,
        "page": citation.page,
    }


def hit_record(hit: Hit) -> dict[str, Any]:
    """A passage for programs; its article is named, not repeated."""
    return {
        "text": hit.passage.text,
        "article_id": hit.article.id,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "title": hit.article.title,
        "published": _written(hit.article.published),
        "outlet": hit.article.outlet,
        "file": hit.article.path,
        "page": hit.article.page_of(hit.passage.start),
        "score": hit.score,
        "duplicates": [article.id for article in hit.duplicates],
    }


def article_record(article: Article) -> dict[str, Any]:
    """An article for programs."""
    return {
        "id": article.id,
        "title": article.title,
        "title_derived": article.title_derived,
        "text": article.text,
        "published": _written(article.published),
        "byline": article.byline,
        "place": article.place,
        "outlet": article.outlet,
        "url": article.url,
        "language": article.language,
        "file": article.path,
        "pages": list(article.pages),
    }


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None
