"""What the page's endpoints give to programs: records as plain dictionaries.

None has a field ``path``: Gradio's own client takes a dictionary that has one for a file, and
tries to fetch it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from embeddings.browse import Listing
from embeddings.records import Article, IndexStatus
from qa.records import Answer, Citation, Hit


def answer_record(answer: Answer) -> dict[str, Any]:
    """An answer for programs."""
    window = answer.window
    return {
        "question": answer.question,
        "resolved_question": answer.resolved_question,
        "status": answer.status.value,
        "sentences": [
            {
                "text": sentence.text,
                "citations": list(sentence.citations),
                "doubts": list(sentence.doubts),
            }
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
        "confidence": answer.confidence,
        "summary": answer.summary,
        "follow_ups": list(answer.follow_ups),
        "written_by": answer.written_by,
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
        "scores": [
            {
                "component": score.component,
                "value": score.value,
                "rank": score.rank,
                "share": score.share,
            }
            for score in hit.scores
        ],
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


def listing_record(listing: Listing) -> dict[str, Any]:
    """A page of articles for programs."""
    return {
        "total": listing.total,
        "offset": listing.offset,
        "articles": [
            {
                "id": heading.id,
                "title": heading.title,
                "published": _written(heading.published),
                "outlet": heading.outlet,
                "byline": heading.byline,
                "file": heading.path,
            }
            for heading in listing.headings
        ],
    }


def status_record(status: IndexStatus) -> dict[str, Any]:
    """The state of the collection for programs; it names no folder of the machine."""
    return {
        "generation": status.generation,
        "rebuilt_at": status.rebuilt_at.isoformat(),
        "files": status.files,
        "articles": status.articles,
        "passages": status.passages,
        "first_published": _written(status.first_published),
        "newest_published": _written(status.newest_published),
        "failed": [{"file": path, "reason": reason} for path, reason in status.failed],
        "encoder": status.manifest.encoder,
    }


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None
