"""From records to what people read: HTML for the chat page, Markdown to take away.

Pure functions. Whatever comes from an article, a question or a file name is data: it is escaped
here, so that it shows as the text it is and runs, loads and formats nothing.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from embeddings.records import Article, IndexStatus, Span
from qa.records import Answer, Citation, Hit, Sentence, Status, Window

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_NEAREST_SHOWN = 3
_SNIPPET_CHARACTERS = 320
_FAILED_SHOWN = 100
_DERIVED = "No headline stands in the file; this one was taken from its first sentence."

# Characters that have no place in a page or (surrogates) in UTF-8, and the two that turn the
# order of all letters about, by which a text can show as another: one "\ufffd" for each.
_UNPRINTABLE = re.compile(
    "[\u202d\u202e\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
)
_BLANKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def escape(text: str) -> str:
    """Text as HTML on one line; character for character the same when it is shown.

    Line breaks and tabs become references, so that nothing between here and the browser
    re-indents them; control characters and lone surrogates become U+FFFD.
    """
    safe = html.escape(_UNPRINTABLE.sub("\ufffd", text))
    return re.sub(r"[\n\r\t]", lambda blank: _BLANKS[blank[0]], safe)


def written_day(day: date | None) -> str:
    """A day as a reader writes it, whatever the locale: 14 February 2017."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else "undated"


def written_window(window: Window) -> str:
    """The days a question is limited to: from 1 to 28 February 2017."""
    since, until = window.since, window.until
    if since and until:
        if since == until:
            return f"on {written_day(since)}"
        if (since.year, since.month) == (until.year, until.month):
            return f"from {since.day} to {written_day(until)}"
        if since.year == until.year:
            return f"from {since.day} {MONTHS[since.month - 1]} to {written_day(until)}"
        return f"from {written_day(since)} to {written_day(until)}"
    if since:
        return f"from {written_day(since)} on"
    return f"up to {written_day(until)}" if until else "on any day"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 article, 2,000 articles."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def fingerprint(quote: str) -> str:
    """A short digest by which a quote is known to stand where it stood."""
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()[:16]


# --- the answer -------------------------------------------------------------------------------


def render_question(question: str) -> str:
    """The question as HTML for its own bubble."""
    return f'<p class="dl-question" dir="auto">{escape(question)}</p>'


def render_notice(message: str, hint: str = "") -> str:
    """A plain word in place of an answer: what happened, and what to do next."""
    more = f' <span class="dl-hint">{escape(hint)}</span>' if hint else ""
    return (
        f'<div class="dl-answer"><p class="dl-notice" dir="auto">{escape(message)}{more}</p></div>'
    )


def render_waiting(word: str = "Reading the articles") -> str:
    """What stands in the bubble until the answer comes."""
    return f'<div class="dl-answer"><p class="dl-waiting" role="status">{escape(word)}…</p></div>'


def render_answer(answer: Answer, sentences: int | None = None) -> str:
    """An answer as one line of HTML: its text with numbered chips, then its sources.

    Args:
        answer: what was found.
        sentences: show only the first so many, without the sources: an answer on its way in.
    """
    articles = {hit.article.id: hit.article for hit in answer.hits}
    if sentences is not None:
        body = _text(answer, articles, answer.sentences[:sentences])
        return f'<div class="dl-answer">{_reading(answer)}{body}</div>'
    rest = _uncited(answer)
    nearest: list[Hit] = []
    if not answer.sentences:
        nearest, rest = rest[:_NEAREST_SHOWN], rest[_NEAREST_SHOWN:]
    parts = (
        _reading(answer),
        _text(answer, articles, answer.sentences),
        "".join(_nearest(hit) for hit in nearest),
        _sources(answer, articles),
        _folded(rest),
        _notes(answer.notes),
        _copy(answer),
    )
    return f'<div class="dl-answer">{"".join(parts)}</div>'


def _reading(answer: Answer) -> str:
    """How the question was understood, where that is not as it was typed."""
    lines = []
    if _plain(answer.resolved_question) not in ("", _plain(answer.question)):
        resolved = f"<bdi>{escape(answer.resolved_question)}</bdi>"
        lines.append(f'<p class="dl-reading-as">Read as: {resolved}</p>')
    if answer.window and (answer.window.since or answer.window.until):
        phrase = f" (“<bdi>{escape(answer.window.phrase)}</bdi>”)" if answer.window.phrase else ""
        lines.append(
            f'<p class="dl-window">Articles published {written_window(answer.window)}{phrase}</p>'
        )
    return "".join(lines)


def introduction(answer: Answer) -> str:
    """What is claimed of the sentences that follow; nothing for a plain answer."""
    found = bool(answer.sentences or answer.hits)
    match answer.status:
        case Status.NOT_IN_ARTICLES:
            return "The articles don’t say." + (" The nearest passages:" if found else "")
        case Status.PASSAGES:
            return "The passages nearest to your question:" if found else "Nothing was found."
        case Status.PARTLY:
            return "The articles answer this in part:" if found else "Nothing was found."
        case _:
            return "" if found else "Nothing was found."


def _text(answer: Answer, articles: dict[str, Article], sentences: Sequence[Sentence]) -> str:
    cited = {citation.number: citation for citation in answer.citations}
    opening = introduction(answer)
    lead = f'<p class="dl-lead">{escape(opening)}</p>' if opening else ""
    whole = answer.status in (Status.PASSAGES, Status.NOT_IN_ARTICLES)
    groups: list[tuple[str | None, list[str]]] = []
    for sentence in sentences:
        of = [cited[number] for number in sentence.citations if number in cited]
        chips = "".join(_chip(citation, articles.get(citation.article_id)) for citation in of)
        # No `dir` here: the block takes its direction from its first words, and would skip these.
        piece = f"<span>{escape(sentence.text)}</span>{_held(chips)}"
        source = of[0].article_id if of else None
        # Sentences of one article run on; another article begins a paragraph.
        if groups and groups[-1][0] == source and not whole:
            groups[-1][1].append(piece)
        else:
            groups.append((source, [piece]))
    tag = "blockquote" if whole else "p"
    name = "dl-passage" if whole else "dl-prose"
    return lead + "".join(
        f'<{tag} class="{name}" dir="auto">{" ".join(pieces)}</{tag}>' for _, pieces in groups
    )


def _held(chips: str) -> str:
    """Chips on the line of the word they follow."""
    return f'<span class="dl-chips">&#8288;{chips}</span>' if chips else ""


def _request(article_id: str, start: int, end: int, quote: str) -> str:
    """What a button asks the page to open, in its `value`."""
    wish = {"article": article_id, "start": start, "end": end, "check": fingerprint(quote)}
    return escape(json.dumps(wish))


def _chip(citation: Citation, article: Article | None) -> str:
    """A numbered button that opens the article, and what shows when it is pointed at."""
    wish = _request(citation.article_id, citation.start, citation.end, citation.quote)
    day = written_day(citation.published)
    where = _origin(citation.outlet, article)
    return (
        '<span class="dl-cite">'
        f'<button type="button" class="dl-chip dl-open" value="{wish}">'
        f'<span class="dl-unseen">Source {citation.number}: {escape(cut(citation.title, 160))}, '
        f'{day}</span><span aria-hidden="true">{citation.number}</span></button>'
        '<span class="dl-tip" role="tooltip">'
        f'<span class="dl-tip-title" dir="auto">{escape(cut(citation.title, 160))}</span>'
        f'<span class="dl-tip-meta"><bdi>{escape(where)}</bdi>{" · " if where else ""}{day}</span>'
        f'<span class="dl-tip-quote" dir="auto">{escape(cut(citation.quote, 280))}</span>'
        "</span></span>"
    )


def _origin(outlet: str, article: Article | None) -> str:
    """Who published it, or who wrote it."""
    return outlet or (article.byline if article else "")


def _sources(answer: Answer, articles: dict[str, Article]) -> str:
    """One card for each cited article, with the numbers of its quotes."""
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    if not by_article:
        return ""
    cards = []
    for article_id, citations in by_article.items():
        first, article = citations[0], articles.get(article_id)
        chips = "".join(_chip(citation, article) for citation in citations)
        title = _title_button(first.article_id, first.start, first.end, first.quote, first.title)
        derived = _derived(article)
        meta = _meta(_origin(first.outlet, article), first.published, first.path)
        cards.append(
            f'<li class="dl-source"><div class="dl-numbers">{chips}</div>'
            f'<div class="dl-about">{title}{derived}{meta}</div></li>'
        )
    return (
        f'<div class="dl-sources"><h3>{"Source" if len(cards) == 1 else "Sources"}</h3>'
        f"<ol>{''.join(cards)}</ol></div>"
    )


def _title_button(article_id: str, start: int, end: int, quote: str, title: str) -> str:
    wish = _request(article_id, start, end, quote)
    return (
        f'<button type="button" class="dl-title dl-open" value="{wish}" dir="auto">'
        f"{escape(cut(title or article_id, 240))}</button>"
    )


def _derived(article: Article | None) -> str:
    if article is None or not article.title_derived:
        return ""
    return f' <span class="dl-derived" title="{_DERIVED}">from the lead</span>'


def _meta(origin: str, published: date | None, path: str) -> str:
    parts = [f"<bdi>{escape(origin)}</bdi>"] if origin else []
    parts.append(_time(published))
    parts.append(f'<bdi class="dl-path">{escape(path)}</bdi>')
    return f'<div class="dl-meta">{" · ".join(parts)}</div>'


def _time(published: date | None) -> str:
    if published is None:
        return "undated"
    return f'<time datetime="{published.isoformat()}">{written_day(published)}</time>'


def _uncited(answer: Answer) -> list[Hit]:
    """Hits of which no word is quoted, in their order."""
    return [
        hit
        for hit in answer.hits
        if not any(
            citation.article_id == hit.article.id
            and citation.start < hit.passage.end
            and hit.passage.start < citation.end
            for citation in answer.citations
        )
    ]


def _nearest(hit: Hit) -> str:
    """A passage whole, with a way to its article, claimed to be no more than near."""
    passage = hit.passage
    words = _marked(passage.text, passage.start, hit.terms, len(passage.text))
    return (
        f'<blockquote class="dl-passage" dir="auto">{words}</blockquote>'
        f'<div class="dl-under">{_about_hit(hit)}</div>'
    )


def _about_hit(hit: Hit) -> str:
    article, passage = hit.article, hit.passage
    title = _title_button(article.id, passage.start, passage.end, passage.text, article.title)
    origin = _origin(article.outlet, article)
    also = ""
    if hit.duplicates:
        names = ", ".join(
            f"<bdi>{escape(_origin(other.outlet, other) or other.path)}</bdi>"
            for other in hit.duplicates[:5]
        )
        more = f" and {len(hit.duplicates) - 5:,} more" if len(hit.duplicates) > 5 else ""
        also = f'<div class="dl-meta">Nearly the same in {names}{more}</div>'
    return title + _derived(article) + _meta(origin, article.published, article.path) + also


def _folded(hits: Sequence[Hit]) -> str:
    if not hits:
        return ""
    items = "".join(
        f'<li>{_about_hit(hit)}<div class="dl-snippet" dir="auto">{_snippet(hit)}</div></li>'
        for hit in hits
    )
    label = f"{counted(len(hits), 'more passage was', 'more passages were')} found"
    return f'<details class="dl-unused"><summary>{label}</summary><ul>{items}</ul></details>'


def _snippet(hit: Hit) -> str:
    text = hit.passage.text
    length = len(cut(text, _SNIPPET_CHARACTERS).rstrip("…"))
    return _marked(text, hit.passage.start, hit.terms, length) + ("…" if length < len(text) else "")


def _marked(text: str, offset: int, terms: Iterable[Span], length: int) -> str:
    """The first characters of a passage, with the question's words in it set off."""
    local = ((start - offset, end - offset) for start, end in terms)
    return "".join(
        f"<strong>{escape(text[start:end])}</strong>" if on else escape(text[start:end])
        for start, end, on in _runs(0, length, merged(local, length))
    )


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f'<li dir="auto">{escape(note)}</li>' for note in notes)
    return f'<ul class="dl-notes">{items}</ul>' if items else ""


def _copy(answer: Answer) -> str:
    markdown = escape(answer_markdown(answer))
    return (
        '<div class="dl-actions"><button type="button" class="dl-copy" '
        f'value="{markdown}" title="Copy as Markdown, with quotes, dates and sources">'
        "Copy with sources</button></div>"
    )


def cut(text: str, length: int) -> str:
    """Text of at most so many characters, cut between words where there are any."""
    text = text.strip()
    if len(text) <= length:
        return text
    head = text[:length]
    at = head.rfind(" ")
    return head[: at if at > length // 2 else length].rstrip() + "…"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip("?!. ")


# --- the article ------------------------------------------------------------------------------


def render_article(article: Article, spans: Sequence[Span] = (), note: str = "") -> str:
    """A whole article as HTML, marked exactly over the spans.

    The text of the element `dl-body` is `article.text`, character for character (control
    characters apart). The first mark has the id ``dl-mark``.

    Args:
        article: what to show.
        spans: offsets into ``article.text``; they may overlap and cross paragraphs, and what
            lies outside the text is left out.
        note: a plain word above the text.
    """
    heading = f'<h2 class="dl-headline" dir="auto">{escape(article.title or article.id)}</h2>'
    people = [part for part in (article.byline, article.outlet, article.place) if part]
    line = [f"<bdi>{escape(part)}</bdi>" for part in people]
    line.append(_time(article.published))
    address = ""
    if article.url:
        # Shown, and not made a link: no press of a key here leaves the machine.
        address = f'<p class="dl-url"><bdi>{escape(article.url)}</bdi></p>'
    derived = _derived(article)
    language = f' lang="{escape(article.language)}"' if article.language else ""
    said = f'<p class="dl-notice" role="status">{escape(note)}</p>' if note else ""
    return (
        f'<article class="dl-article" tabindex="-1"{language}><header>{heading}'
        f'<p class="dl-byline">{" · ".join(line)}{derived}</p>'
        f'<p class="dl-file"><bdi class="dl-path">{escape(article.path)}</bdi></p>{address}'
        f'</header>{said}<div class="dl-body">{_body(article.text, spans)}</div></article>'
    )


def _body(text: str, spans: Sequence[Span]) -> str:
    marks = merged(spans, len(text))
    pieces, at, numbered = [], 0, False
    for start, end in paragraphs(text):
        pieces.append(escape(text[at:start]))
        words = []
        for first, last, on in _runs(start, end, marks):
            piece = escape(text[first:last])
            if on:
                anchor = "" if numbered else ' id="dl-mark" tabindex="-1"'
                piece, numbered = f"<mark{anchor}>{piece}</mark>", True
            words.append(piece)
        kind = ' class="dl-wrapped"' if _hard_wrapped(text[start:end]) else ""
        pieces.append(f'<p dir="auto"{kind}>{"".join(words)}</p>')
        at = end
    pieces.append(escape(text[at:]))
    return "".join(pieces)


def paragraphs(text: str) -> Iterator[Span]:
    """Spans of the paragraphs: what blank lines divide, without the blanks around it."""
    for found in re.finditer(r"\S(?:.*?\S)??(?=\s*\Z|[^\S\n]*\n[^\S\n]*\n)", text, re.DOTALL):
        yield found.span()


def _hard_wrapped(paragraph: str) -> bool:
    """Whether its line breaks come from a page width, and mean nothing."""
    lines = paragraph.split("\n")
    return len(lines) > 1 and all(50 <= len(line.strip()) <= 100 for line in lines[:-1])


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Spans in order, inside ``[0, length)``, with those that touch or overlap made one."""
    result: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _runs(start: int, end: int, marks: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """``[start, end)`` cut where marks begin and end; whether each run is marked."""
    at = start
    for first, last in marks:
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if at < first:
            yield at, first, False
        yield first, last, True
        at = last
    if at < end:
        yield at, end, False


# --- the collection ---------------------------------------------------------------------------


def render_status(status: IndexStatus, now: datetime | None = None) -> str:
    """The collection in one line of HTML, and the files that could not be read in a fold.

    Args:
        status: the state of the index.
        now: the reader's time, the machine's when ``None``.
    """
    parts = [counted(status.articles, "article") if status.articles else "No articles yet"]
    if status.articles:
        parts.append(_written_range(status.first_published, status.newest_published))
    parts.append(f"last rebuilt {_written_moment(status.rebuilt_at, now)}")
    line = f'<p class="dl-status">{" · ".join(parts)}</p>'
    if not status.failed:
        return line
    files = len({path for path, _ in status.failed})
    items = "".join(
        f'<li><bdi class="dl-path">{escape(path)}</bdi> <bdi>{escape(reason)}</bdi></li>'
        for path, reason in status.failed[:_FAILED_SHOWN]
    )
    if len(status.failed) > _FAILED_SHOWN:
        items += f"<li>and {len(status.failed) - _FAILED_SHOWN:,} more</li>"
    label = counted(files, "file has a problem", "files have problems")
    return f'{line}<details class="dl-failed"><summary>{label}</summary><ul>{items}</ul></details>'


def _written_range(first: date | None, newest: date | None) -> str:
    if first is None or newest is None or first == newest:
        return written_day(newest or first)
    return f"{written_day(first)} to {written_day(newest)}"


def _written_moment(moment: datetime, now: datetime | None) -> str:
    now = now or datetime.now().astimezone()
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"on {written_day(local.date())},")
    return f"{day} {local:%H:%M}"


# --- Markdown ---------------------------------------------------------------------------------

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&!@])")
_LINK = re.compile(r"(?<=\w):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LINE_START = re.compile(r"^(\d{0,9})([-+=:.)])")


def markdown_text(text: str) -> str:
    """Text on one line, escaped so that Markdown shows it as it is."""
    text = " ".join(_UNPRINTABLE.sub("\ufffd", text).split())
    text = _MARKDOWN.sub(r"\\\1", text)
    # A bare address would be made a link by many a reader.
    text = _LINK.sub(lambda found: "\\" + found[0], text)
    # At the head of a line these would begin a list or underline a heading.
    return _LINE_START.sub(r"\1\\\2", text)


def answer_markdown(answer: Answer) -> str:
    """An answer to take away: question, text with numbers, then each quote with its source."""
    parts = [f"## {markdown_text(answer.question)}"]
    if _plain(answer.resolved_question) not in ("", _plain(answer.question)):
        parts.append(f"Read as: {markdown_text(answer.resolved_question)}")
    if answer.window and (answer.window.since or answer.window.until):
        parts.append(f"Articles published {written_window(answer.window)}.")
    opening = introduction(answer)
    if opening:
        parts.append(markdown_text(opening))
    known = {citation.number for citation in answer.citations}
    for sentence in answer.sentences:
        numbers = "".join(f"\\[{number}\\]" for number in sentence.citations if number in known)
        parts.append(f"{markdown_text(sentence.text)} {numbers}".rstrip())
    if not answer.sentences:
        for hit in _uncited(answer)[:_NEAREST_SHOWN]:
            article = hit.article
            source = _markdown_source(
                article.title, _origin(article.outlet, article), article.published, article.path
            )
            parts.append(f"{_quoted(hit.passage.text)}\n>\n> {source}")
    if answer.citations:
        articles = {hit.article.id: hit.article for hit in answer.hits}
        parts.append("### Sources")
        for citation in answer.citations:
            source = _markdown_source(
                citation.title,
                _origin(citation.outlet, articles.get(citation.article_id)),
                citation.published,
                citation.path,
            )
            parts.append(f"\\[{citation.number}\\] {source}\n\n{_quoted(citation.quote)}")
    parts.extend(f"*{markdown_text(note)}*" for note in answer.notes if note.strip())
    return "\n\n".join(parts) + "\n"


def _quoted(quote: str) -> str:
    pieces = [markdown_text(quote[start:end]) for start, end in paragraphs(quote)]
    return "\n>\n".join(f"> {piece}" for piece in pieces)


def _markdown_source(title: str, origin: str, published: date | None, path: str) -> str:
    tail = [markdown_text(part) for part in (origin, written_day(published), path) if part]
    return f"**{markdown_text(title) or 'Untitled'}** ({', '.join(tail)})"
