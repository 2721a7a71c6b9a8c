"""Chips, source cards and passages: whatever leads from an answer into the articles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date

from embeddings.records import Article, Span
from qa.records import Answer, Citation, Hit, Status
from ui.render.spans import merged, runs
from ui.render.words import (
    counted,
    cut,
    escape,
    fingerprint,
    time_tag,
    written_day,
    written_file,
    written_pages,
)

_SNIPPET_CHARACTERS = 320
_DERIVED = "No headline stands in the file; this one was taken from its first sentence."
_COMPONENTS = {
    "dense": "Meaning",
    "lexical": "Words",
    "late interaction": "Meaning, word by word",
    "feedback": "Likeness to the best passages",
    "recency": "Recency",
}


def introduction(answer: Answer) -> str:
    """What is claimed of the sentences that follow; nothing for a plain answer."""
    found = bool(answer.sentences or answer.hits)
    match answer.status:
        case Status.NOT_IN_ARTICLES if answer.written_by:
            return ""  # the model says so in its own words
        case Status.NOT_IN_ARTICLES if answer.summary and not found:
            return ""  # "No article mentions …" has said it
        case Status.NOT_IN_ARTICLES:
            return "The articles don’t say." + (" The nearest passages:" if found else "")
        case Status.PASSAGES:
            return "The passages nearest to your question:" if found else "Nothing was found."
        case Status.PARTLY:
            return (
                "The articles come near to this, and may not answer it:"
                if found
                else "Nothing was found."
            )
        case _:
            return "" if found else "Nothing was found."


def nearest_only(answer: Answer) -> bool:
    """Whether nothing but passages that come near can be shown."""
    if answer.written_by and answer.status is Status.NOT_IN_ARTICLES:
        return True
    return not answer.sentences


def opening_request(article_id: str, start: int, end: int, quote: str) -> str:
    """What a button asks the page to open, for its `value`."""
    wish = {"article": article_id, "start": start, "end": end, "check": fingerprint(quote)}
    return escape(json.dumps(wish))


def chip(citation: Citation, article: Article | None) -> str:
    """A numbered button that opens the article, and what shows when it is pointed at."""
    wish = opening_request(citation.article_id, citation.start, citation.end, citation.quote)
    page = written_pages([citation.page])
    when = " · ".join(filter(None, (written_day(citation.published), page)))
    where = origin_of(citation.outlet, article)
    return (
        '<span class="dl-cite">'
        f'<button type="button" class="dl-chip dl-open" value="{wish}">'
        f'<span class="dl-unseen">Source {citation.number}: {escape(cut(citation.title, 160))}, '
        f'{when}</span><span aria-hidden="true">{citation.number}</span></button>'
        '<span class="dl-tip" role="tooltip">'
        f'<span class="dl-tip-title" dir="auto">{escape(cut(citation.title, 160))}</span>'
        f'<span class="dl-tip-meta"><bdi>{escape(where)}</bdi>{" · " if where else ""}{when}</span>'
        f'<span class="dl-tip-quote" dir="auto">{escape(cut(citation.quote, 280))}</span>'
        "</span></span>"
    )


def origin_of(outlet: str, article: Article | None) -> str:
    """Who published it, or who wrote it."""
    return outlet or (article.byline if article else "")


def derived_mark(article: Article | None) -> str:
    """A small mark beside a title that no headline gave."""
    if article is None or not article.title_derived:
        return ""
    return f' <span class="dl-derived" title="{_DERIVED}">title from the lead</span>'


def source_cards(answer: Answer, articles: dict[str, Article]) -> str:
    """One card for each cited article, with the numbers of its quotes and why it was found."""
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    if not by_article:
        return ""
    cards = []
    for article_id, citations in by_article.items():
        first, article = citations[0], articles.get(article_id)
        chips = "".join(chip(citation, article) for citation in citations)
        title = title_button(first.article_id, first.start, first.end, first.quote, first.title)
        origin = origin_of(first.outlet, article)
        pages = written_pages(citation.page for citation in citations)
        file = written_file(article_id, first.path)
        meta = _meta(origin, first.published, file, pages, article)
        why = _why([hit for hit in answer.hits if any(rests_on(c, hit) for c in citations)])
        cards.append(
            f'<li class="dl-source"><div class="dl-numbers">{chips}</div>'
            f'<div class="dl-about">{title}{meta}{why}</div></li>'
        )
    return (
        f'<div class="dl-sources"><h3>{"Source" if len(cards) == 1 else "Sources"}</h3>'
        f"<ol>{''.join(cards)}</ol></div>"
    )


def title_button(article_id: str, start: int, end: int, quote: str, title: str) -> str:
    """An article's title as a button that opens it at a quote."""
    wish = opening_request(article_id, start, end, quote)
    return (
        f'<button type="button" class="dl-title dl-open" value="{wish}" dir="auto">'
        f"{escape(cut(title or article_id, 240))}</button>"
    )


def _meta(
    origin: str, published: date | None, file: str, pages: str, article: Article | None
) -> str:
    parts = [f"<bdi>{escape(origin)}</bdi>"] if origin else []
    parts.append(time_tag(published))
    parts.append(f'<bdi class="dl-path">{escape(file)}</bdi>')
    if pages:
        parts.append(f"<span>{pages}</span>")
    return f'<div class="dl-meta">{" · ".join(parts)}{derived_mark(article)}</div>'


def rests_on(citation: Citation, hit: Hit) -> bool:
    """Whether a quote was taken from this passage."""
    return (
        citation.article_id == hit.article.id
        and citation.start < hit.passage.end
        and hit.passage.start < citation.end
    )


def uncited(answer: Answer) -> list[Hit]:
    """Hits of which no word is quoted, in their order."""
    return [
        hit
        for hit in answer.hits
        if not any(rests_on(citation, hit) for citation in answer.citations)
    ]


def nearest_passage(hit: Hit) -> str:
    """A passage whole, with a way to its article, claimed to be no more than near."""
    passage = hit.passage
    words = _marked(passage.text, passage.start, hit.terms, len(passage.text))
    return (
        f'<blockquote class="dl-passage" dir="auto">{words}</blockquote>'
        f'<div class="dl-under">{_about_hit(hit)}</div>'
    )


def folded_passages(hits: Sequence[Hit]) -> str:
    """The passages no word of which is quoted, in a fold."""
    if not hits:
        return ""
    items = "".join(
        f'<li><div class="dl-snippet" dir="auto">{_snippet(hit)}</div>{_about_hit(hit)}</li>'
        for hit in hits
    )
    label = f"{counted(len(hits), 'more passage was', 'more passages were')} found"
    return f'<details class="dl-unused"><summary>{label}</summary><ul>{items}</ul></details>'


def _about_hit(hit: Hit) -> str:
    article, passage = hit.article, hit.passage
    title = title_button(article.id, passage.start, passage.end, passage.text, article.title)
    origin = origin_of(article.outlet, article)
    also = ""
    if hit.duplicates:
        names = ", ".join(
            f"<bdi>{escape(origin_of(other.outlet, other) or other.path)}</bdi>"
            for other in hit.duplicates[:5]
        )
        more = f" and {len(hit.duplicates) - 5:,} more" if len(hit.duplicates) > 5 else ""
        also = f'<div class="dl-meta">Nearly the same in {names}{more}</div>'
    pages = written_pages([article.page_of(passage.start)])
    file = written_file(article.id, article.path)
    meta = _meta(origin, article.published, file, pages, article)
    return title + meta + also + _why([hit])


def _why(hits: Sequence[Hit]) -> str:
    """What each component of the search made of the passages, in a fold."""
    tables = "".join(_score_table(hit) for hit in hits if hit.scores)
    if not tables:
        return ""
    label = "Why this passage" if len(hits) == 1 else "Why these passages"
    return f'<details class="dl-why"><summary>{label}</summary>{tables}</details>'


def _score_table(hit: Hit) -> str:
    whole = sum(max(0.0, score.share) for score in hit.scores) or 1.0
    rows = []
    for score in hit.scores:
        name = _COMPONENTS.get(score.component, score.component)
        rank = f"{score.rank:,}" if score.rank else "–"
        share = max(0.0, score.share) / whole
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th><td>{rank}</td><td>{score.value:.2f}</td>'
            f'<td><meter min="0" max="1" value="{share:.2f}" title="Share of the score"></meter>'
            f"<span>{share:.0%}</span></td></tr>"
        )
    words = _term_words(hit)
    found = f"<p>Words of the question in it: {words}</p>" if words else "<p>None of its words.</p>"
    return (
        f'<table class="dl-scores"><thead><tr><th scope="col">Near by</th>'
        '<th scope="col">Rank</th><th scope="col">Score</th><th scope="col">Share</th></tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table>{found}"
    )


def _term_words(hit: Hit) -> str:
    words: dict[str, str] = {}
    for start, end in hit.terms:
        word = hit.passage.text[start - hit.passage.start : end - hit.passage.start]
        words.setdefault(word.casefold(), word)
    return ", ".join(f"<strong>{escape(word)}</strong>" for word in list(words.values())[:12])


def _snippet(hit: Hit) -> str:
    text = hit.passage.text
    length = len(cut(text, _SNIPPET_CHARACTERS).rstrip("…"))
    return _marked(text, hit.passage.start, hit.terms, length) + ("…" if length < len(text) else "")


def _marked(text: str, offset: int, terms: Iterable[Span], length: int) -> str:
    """The first characters of a passage, with the question's words in it set off."""
    local = ((start - offset, end - offset) for start, end in terms)
    return "".join(
        f"<strong>{escape(text[start:end])}</strong>" if on else escape(text[start:end])
        for start, end, on in runs(0, length, merged(local, length))
    )
