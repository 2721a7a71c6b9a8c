"""A question and its answer as HTML for the chat page's bubbles."""

from __future__ import annotations

from collections.abc import Sequence

from embeddings.records import Article
from qa.records import Answer, Citation, Hit, Sentence, Status, Window
from ui.asking import Asked
from ui.render.markdown import NEAREST_SHOWN, answer_markdown
from ui.render.sources import (
    chip,
    folded_passages,
    introduction,
    nearest_only,
    nearest_passage,
    source_cards,
    uncited,
)
from ui.render.words import escape, plain_words, written_window

LIKE, DISLIKE = "like", "dislike"
_CROSS = '<span class="dl-icon dl-cross" aria-hidden="true"></span>'


def render_question(question: str) -> str:
    """The question as HTML for its own bubble, with a button to edit it."""
    return (
        f'<p class="dl-question" dir="auto">{escape(question)}</p>'
        '<button type="button" class="dl-edit" title="Edit this question and ask again">'
        "Edit</button>"
    )


def render_notice(message: str, hint: str = "", *, again: bool = False) -> str:
    """A plain word in place of an answer: what happened, and what to do next.

    Args:
        message: what happened.
        hint: what to do about it.
        again: offer a button that asks the question once more.
    """
    more = f' <span class="dl-hint">{escape(hint)}</span>' if hint else ""
    actions = f'<div class="dl-actions">{_RETRY}</div>' if again else ""
    return (
        f'<div class="dl-answer"><p class="dl-notice" dir="auto">{escape(message)}{more}</p>'
        f"{actions}</div>"
    )


def render_waiting(word: str = "Reading the articles") -> str:
    """What stands in the bubble until the answer comes."""
    return f'<div class="dl-answer"><p class="dl-waiting" role="status">{escape(word)}…</p></div>'


def render_answer(
    answer: Answer,
    sentences: int | None = None,
    *,
    asked: Asked | None = None,
    rating: str = "",
) -> str:
    """An answer as one line of HTML: its text with numbered chips, then its sources.

    Args:
        answer: what was found.
        sentences: show only the first so many, without the sources: an answer on its way in.
        asked: how the question was put, where it was put in a special way.
        rating: what the reader said of the answer, `LIKE`, `DISLIKE` or nothing.
    """
    asked = asked or Asked(answer.question)
    articles = {hit.article.id: hit.article for hit in answer.hits}
    opening = _reading(answer, asked) + _summary(answer)
    if sentences is not None:
        body = _text(answer, articles, answer.sentences[:sentences])
        return f'<div class="dl-answer">{opening}{body}</div>'
    rest = uncited(answer)
    nearest: list[Hit] = []
    if nearest_only(answer):
        nearest, rest = rest[:NEAREST_SHOWN], rest[NEAREST_SHOWN:]
    parts = (
        opening,
        _text(answer, articles, answer.sentences),
        _written_by(answer),
        "".join(nearest_passage(hit) for hit in nearest),
        _notes(answer.notes),
        source_cards(answer, articles),
        folded_passages(rest),
        _actions(answer, rating),
        _follow_ups(answer.follow_ups),
    )
    return f'<div class="dl-answer">{"".join(parts)}</div>'


def _reading(answer: Answer, asked: Asked) -> str:
    """How the question was understood, each reading with a button that takes it back."""
    chips = []
    if plain_words(answer.resolved_question) not in ("", plain_words(answer.question)):
        resolved = f"Read as: <bdi>{escape(answer.resolved_question)}</bdi>"
        chips.append(_reading_chip("reading-as", resolved, "context", "Ask it as it was typed"))
    elif not asked.in_context:
        chips.append(
            _reading_chip(
                "reading-as",
                "Asked as typed",
                "context",
                "Read it in the light of the conversation",
            )
        )
    if answer.window and (answer.window.since or answer.window.until):
        phrase = f" (“<bdi>{escape(answer.window.phrase)}</bdi>”)" if answer.window.phrase else ""
        window = f"Articles published {written_window(answer.window)}{phrase}"
        chips.append(_reading_chip("window", window, "dates", "Ask without these dates"))
    elif not asked.read_dates:
        chips.append(
            _reading_chip("window", "Articles of any date", "dates", "Read the dates in it again")
        )
    if asked.since or asked.until:
        limits = f"Only articles {written_window(Window(asked.since, asked.until))}"
        chips.append(_reading_chip("limits", limits, "limits", "Ask without this limit"))
    return f'<div class="dl-readings">{"".join(chips)}</div>' if chips else ""


def _reading_chip(kind: str, words: str, change: str, label: str) -> str:
    return (
        f'<span class="dl-reading dl-{kind}"><span>{words}</span>'
        f'<button type="button" class="dl-change" value="{change}" title="{label}">{_CROSS}'
        "</button></span>"
    )


def _summary(answer: Answer) -> str:
    """Our own words, set apart from the quotes."""
    if not answer.summary:
        return ""
    return f'<p class="dl-summary" dir="auto">{escape(answer.summary)}</p>'


def _text(answer: Answer, articles: dict[str, Article], sentences: Sequence[Sentence]) -> str:
    cited = {citation.number: citation for citation in answer.citations}
    opening = introduction(answer)
    lead = f'<p class="dl-lead">{escape(opening)}</p>' if opening else ""
    quotes = not answer.written_by
    whole = quotes and answer.status in (Status.PASSAGES, Status.NOT_IN_ARTICLES)
    groups: list[tuple[str | None, list[str]]] = []
    for sentence in sentences:
        of = [cited[number] for number in sentence.citations if number in cited]
        source = of[0].article_id if of else None
        piece = _piece(sentence, of, articles)
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


def _piece(sentence: Sentence, of: Sequence[Citation], articles: dict[str, Article]) -> str:
    chips = "".join(chip(citation, articles.get(citation.article_id)) for citation in of)
    # Chips stay on the line of the word they follow.
    held = f'<span class="dl-chips">&#8288;{chips}</span>' if chips else ""
    # No `dir` here: the block takes its direction from its first words, and would skip these.
    doubts = ""
    if sentence.doubts:
        reasons = escape("; ".join(sentence.doubts))
        doubts = f' <span class="dl-doubt" dir="auto">Not confirmed: {reasons}</span>'
    return f'<span class="dl-piece"><span>{escape(sentence.text)}</span>{held}{doubts}</span>'


def _written_by(answer: Answer) -> str:
    """Who worded the sentences, where they are no quotes."""
    if not answer.written_by:
        return ""
    return (
        f'<p class="dl-written">Worded by <bdi>{escape(answer.written_by)}</bdi>; each sentence '
        "was checked against the articles.</p>"
    )


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f'<li dir="auto">{escape(note)}</li>' for note in notes)
    return f'<ul class="dl-notes">{items}</ul>' if items else ""


_RETRY = (
    '<button type="button" class="dl-retry" title="Ask the same question again">Ask again</button>'
)


def _actions(answer: Answer, rating: str) -> str:
    markdown = escape(answer_markdown(answer))
    thumbs = "".join(
        f'<button type="button" class="dl-rate{" dl-on" if rating == value else ""}" '
        f'value="{value}" title="{label}">'
        '<span class="dl-icon dl-thumb" aria-hidden="true"></span></button>'
        for value, label in ((LIKE, "This answers it"), (DISLIKE, "This does not answer it"))
    )
    return (
        '<div class="dl-actions"><button type="button" class="dl-copy" '
        f'value="{markdown}" title="Copy as Markdown, with quotes, dates and sources">'
        f"Copy with sources</button>{_RETRY}{thumbs}</div>"
    )


def _follow_ups(questions: Sequence[str]) -> str:
    """Questions that could be asked next, each a button."""
    if not questions:
        return ""
    buttons = "".join(
        f'<li><button type="button" class="dl-ask" value="{escape(question)}" dir="auto">'
        f"{escape(question)}</button></li>"
        for question in questions
    )
    return f'<div class="dl-next"><h3>Ask next</h3><ul>{buttons}</ul></div>'
