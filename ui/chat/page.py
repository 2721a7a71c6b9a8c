"""The page itself: what stands where, and what happens when something is pressed."""

# No `from __future__ import annotations` here: gradio reads the annotations of the functions it
# is given, and they name things that are imported inside other functions.

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.records import Answer
from ui import render
from ui.asking import QUESTION_CHARACTERS, Answerer, Asked
from ui.chat.endpoints import open_endpoints
from ui.chat.shelf import Days, Shelf, build_shelf, limit_chip, windowed
from ui.examples import example_questions
from ui.keeping import kept, restored
from ui.pane import article_pane
from ui.ratings import Ratings
from ui.talk import (
    Talk,
    answered,
    changed,
    exchanges,
    explained,
    messages,
    settled,
    too_long,
)
from ui.upkeep import Upkeep

if TYPE_CHECKING:
    import gradio as gr

    from qa.writer import Writer

log = logging.getLogger(__name__)

ASKED_AT_ONCE = 4
"""Questions that are answered at the same time; others wait their turn."""
WAITING = 64
"""Questions that may wait; who asks then is told to try again."""
_EXAMPLES_FROM = 40
_ASSETS = Path(__file__).parents[1] / "assets"

# What a function that draws the conversation gives: question box, messages, conversation.
Drawn = tuple[Any, list[Any], Talk]


def build_page(
    answerer: Answerer,
    upkeep: Upkeep | None = None,
    ratings: Ratings | None = None,
    writer: "Writer | None" = None,
) -> "gr.Blocks":
    """The page as a `gradio.Blocks`, not yet served.

    Beside what the page itself calls, it opens endpoints for programs.

    Args:
        answerer: what answers.
        upkeep: rebuilds the collection; without it readers cannot change anything.
        ratings: keeps what readers say of answers.
        writer: the language model that words answers, if there is one; programs get quotes.
    """
    import gradio as gr

    def draw(talk: Talk, busy: bool, **box_changes: object) -> Drawn:
        controls = gr.Textbox(submit_btn=not busy and _ASK, stop_btn=busy and _STOP, **box_changes)
        return controls, messages(talk), talk

    def answer_in(talk: Talk, at: int, asked: Asked, **box_changes: object) -> Iterator[Drawn]:
        """Ask a question at its place in the conversation, what follows staying as it is."""
        before, after = talk[:at], talk[at + 1 :]
        for exchange in exchanges(answerer, asked, before, writer):
            yield draw((*before, exchange, *after), exchange.pending, **box_changes)
            box_changes = {}

    def converse(question: str, talk: Talk, days: Days, editing: int | None) -> Iterator[Drawn]:
        question, at = question.strip(), len(talk)
        if not question:
            yield draw(talk, False)
            return
        if _busy(talk):
            yield draw(talk, True)  # Enter was pressed twice
            return
        if len(question) > QUESTION_CHARACTERS:
            # What was typed stays in the box, to be shortened.
            yield draw((*talk, too_long(question)), False)
            return
        if editing is not None and 0 <= editing < len(talk):
            # What was asked after it leant on it, and goes with it.
            talk, at = talk[:editing], editing
        yield from answer_in(talk, at, Asked(question, *days), value="")

    def suggested(event: gr.EventData, talk: Talk, days: Days) -> Iterator[Drawn]:
        yield from converse(str(_data(event).get("question", "")), talk, days, None)

    def example(event: gr.SelectData, talk: Talk, days: Days) -> Iterator[Drawn]:
        yield from converse(str(event.value["text"]), talk, days, None)

    def again(event: gr.EventData, talk: Talk) -> Iterator[Drawn]:
        at = _place(event, talk)
        if at is None:
            yield draw(talk, _busy(talk))
            return
        asked = changed(talk[at].asked, str(_data(event).get("change", "")))
        yield from answer_in(talk, at, asked)

    def edited(event: gr.EventData, talk: Talk) -> tuple[Any, int | None, str]:
        at = _place(event, talk)
        if at is None:
            return gr.skip(), None, ""
        return gr.Textbox(value=talk[at].asked.question), at, _EDITING

    def rated(event: gr.EventData, talk: Talk) -> tuple[list[Any], Talk]:
        at, rating = _place(event, talk), str(_data(event).get("rating", ""))
        answer = talk[at].answer if at is not None else None
        if at is None or answer is None or rating not in (render.LIKE, render.DISLIKE):
            return messages(talk), talk
        rating = "" if talk[at].rating == rating else rating
        if not _keep_rating(ratings, answer, rating):
            gr.Warning("This could not be kept: the index folder cannot be written.")
            return messages(talk), talk
        talk = (*talk[:at], answered(talk[at].asked, answer, rating), *talk[at + 1 :])
        return messages(talk), talk

    def stopped(talk: Talk) -> Drawn:
        return draw(settled(talk), False)

    def cleared() -> tuple[Any, list[Any], Talk, None, str]:
        return *draw((), False, value=""), None, ""

    def opened(event: gr.EventData) -> str:
        return article_pane(answerer, event._data)

    def limited(event: gr.EventData, days: Days) -> tuple[Days, str]:
        days = windowed(days, _data(event))
        return days, limit_chip(days)

    def refreshed(talk: Talk) -> tuple[str, list[Any], None, str]:
        return status_line(answerer), kept(talk), None, ""

    def loaded(records: object) -> tuple[str, Any, Talk]:
        talk = restored(answerer, records)
        shown = gr.Chatbot(value=messages(talk), examples=example_messages(answerer))
        return status_line(answerer), shown, talk

    with gr.Blocks(title="Dateline", fill_height=True, analytics_enabled=False) as page:
        talk = gr.State(())
        days = gr.State((None, None))
        editing = gr.State(None)
        # Conversations of two collections that are served at one address are kept apart.
        # What is kept is no secret, and must be read again after a restart.
        memory = gr.BrowserState([], storage_key=_storage_key(answerer), secret="dateline")
        with gr.Row(elem_id="dl-top"):
            gr.HTML(_MASTHEAD, elem_id="dl-masthead", apply_default_css=False)
            status = gr.HTML("", elem_id="dl-collection", apply_default_css=False)
            gr.HTML(_MENU, elem_id="dl-menu", apply_default_css=False)
        with gr.Row(elem_id="dl-page"):
            with gr.Column(elem_id="dl-chat"):
                chatbot = _chatbot()
                limit = gr.HTML("", elem_id="dl-limit", apply_default_css=False)
                note = gr.HTML("", elem_id="dl-editing", apply_default_css=False)
                box = gr.Textbox(
                    label="Question",
                    show_label=False,
                    container=False,
                    placeholder="Ask the articles a question",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    submit_btn=_ASK,
                    elem_id="dl-question",
                )
            shelf: Shelf = build_shelf(answerer, upkeep)
            # The pane is where the page's script lives, and the events of buttons in messages
            # and lists come from; each kind of button has an event of its own.
            pane = gr.HTML(
                "",
                elem_id="dl-pane",
                apply_default_css=False,
                js_on_load=(_ASSETS / "page.js").read_text(encoding="utf-8"),
            )

        drawn = [box, chatbot, talk]
        # `private`: what the page calls is no interface for programs; the endpoints are.
        own: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        # "multiple": a question that was stopped may go on for a while, and the next must not wait.
        asking: dict[str, Any] = {
            "outputs": drawn,
            "concurrency_id": "ask",
            "trigger_mode": "multiple",
            **own,
        }
        asked = [
            box.submit(
                converse, [box, talk, days, editing], concurrency_limit=ASKED_AT_ONCE, **asking
            ),
            chatbot.example_select(example, [talk, days], **asking),
            pane.submit(suggested, [talk, days], **asking),
            pane.retry(again, talk, **asking),
        ]
        after: dict[str, Any] = {"outputs": [status, memory, editing, note], "queue": False, **own}
        for event in asked:
            event.then(refreshed, talk, **after)
        box.stop(stopped, talk, drawn, cancels=asked, queue=False, **own)
        pane.clear(cleared, None, [*drawn, editing, note], cancels=asked, queue=False, **own).then(
            refreshed, talk, **after
        )
        pane.edit(edited, talk, [box, editing, note], queue=False, **own)
        pane.undo(lambda: (None, ""), None, [editing, note], queue=False, **own)
        pane.like(rated, talk, [chatbot, talk], queue=False, **own).then(refreshed, talk, **after)
        pane.click(opened, None, pane, concurrency_limit=8, trigger_mode="multiple", **own)
        chosen = pane.select(limited, days, [days, limit], queue=False, **own)
        shelf.wire(page, pane, days, status, chosen, own)
        page.load(loaded, memory, [status, chatbot, talk], queue=False, **own)
        open_endpoints(answerer)
    page.queue(max_size=WAITING, default_concurrency_limit=ASKED_AT_ONCE, api_open=False)
    return page


def _chatbot() -> "gr.Chatbot":
    import gradio as gr

    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        layout="bubble",
        # The page's script brings a new question to the top instead.
        autoscroll=False,
        # Messages are HTML made by `ui.render`. Gradio's own copy and edit buttons would give
        # that markup, so each message brings its own; "share" sends outside.
        render_markdown=False,
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
        buttons=[],
        feedback_options=None,
        placeholder=_WELCOME,
        elem_id="dl-talk",
    )


def _data(event: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """What a button of the page sent with its event; anything may stand in it."""
    return event._data if isinstance(event._data, Mapping) else {}


def _place(event: Any, talk: Talk) -> int | None:  # noqa: ANN401
    """Which exchange a button belongs to, if there is one and no other is being answered."""
    at = _data(event).get("at")
    if isinstance(at, int) and 0 <= at < len(talk) and not _busy(talk):
        return at
    return None


def _busy(talk: Talk) -> bool:
    return any(exchange.pending for exchange in talk)


def _keep_rating(ratings: Ratings | None, answer: Answer, rating: str) -> bool:
    if ratings is None:
        return False
    try:
        ratings.put(answer, rating)
    except OSError as error:
        log.warning("a rating could not be kept: %s", error)
        return False
    return True


def _storage_key(answerer: Answerer) -> str:
    try:
        seeds = answerer.status().manifest.seeds
    except Exception:
        log.exception("the collection's state is not known")
        seeds = ""
    return f"dateline-{hashlib.sha256(seeds.encode()).hexdigest()[:12]}"


def status_line(answerer: Answerer) -> str:
    """The collection's state as HTML, or a plain word about why it is not known."""
    try:
        return render.render_status(answerer.status())
    except Exception as error:
        return explained(error)


def example_messages(answerer: Answerer) -> list[dict[str, str]]:
    """Questions to begin with; none where the collection cannot be read."""
    try:
        newest = answerer.articles(limit=_EXAMPLES_FROM)
    except Exception:
        log.exception("no example questions")
        return []
    return [{"text": question} for question in example_questions(newest)]


_ASK, _STOP = "Ask", "Stop"
_MASTHEAD = '<h1 class="dl-name">Dateline</h1>'
_MENU = (
    '<button type="button" class="dl-shelve" aria-expanded="false" aria-controls="dl-shelf" '
    'title="What the collection holds: browse it, see it over time, add to it">Collection</button>'
    '<button type="button" class="dl-save" title="Save the answers as Markdown, with quotes, '
    'dates and sources">Save</button>'
    '<button type="button" class="dl-clear" aria-label="New conversation" '
    'title="Begin a new conversation">New</button>'
)
_EDITING = (
    '<p class="dl-note">Editing an earlier question; what was asked after it goes when you ask. '
    '<button type="button" class="dl-undo">Keep it as it was</button></p>'
)
_WELCOME = (
    '<div class="dl-welcome"><p class="dl-welcome-title">Ask the articles</p>'
    "<p>Every answer is quoted from them. Press a number to read the quote where it stands.</p>"
    "</div>"
)
