"""The chat page: ask on the left, read the cited article beside it.

The only file that knows gradio. Gradio is imported inside the functions, because it is heavy and
because it reads its settings from the environment when it is.
"""

# No `from __future__ import annotations` here: gradio reads the annotations of the functions it
# is given, and they name things that are imported inside other functions.

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from embeddings.errors import DatelineError, QuestionError
from embeddings.records import Article, Filter, IndexStatus, Span
from qa.records import Answer, Hit
from ui import render
from ui.api import answer_record, article_record, hit_record
from ui.examples import example_questions

if TYPE_CHECKING:
    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

QUESTION_CHARACTERS = 4_000
_MOST_HITS = 100
_EXAMPLES_FROM = 40
_ASSETS = Path(__file__).parent / "assets"
_FIRST_PORT = 7860
_FAILED = "Something went wrong while answering."
_FAILED_HINT = "The log of the program that serves this page says what. You can ask again."

# The browser itself is told to load nothing from elsewhere, whatever stands in an article.
# Gradio's page needs inline scripts and styles, and builds functions from text.
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


class Answerer(Protocol):
    """What the page needs of a retriever."""

    def ask(
        self,
        question: str,
        history: Sequence[Any] | None = None,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
    ) -> Answer:
        """Answer a question in the light of a conversation."""
        ...

    def retrieve(
        self,
        question: str,
        k: int = 8,
        *,
        since: date | None = None,
        until: date | None = None,
        where: Filter | None = None,
        as_of: date | None = None,
    ) -> list[Hit]:
        """The passages that bear most on a question."""
        ...

    def article(self, article_id: str) -> Article:
        """One article whole; raises `DatelineError` where there is none."""
        ...

    def articles(self, where: Filter | None = None, limit: int = 1000) -> list[Article]:
        """Articles, newest first."""
        ...

    def status(self) -> IndexStatus:
        """The state of the collection."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what stands in the bubble under it, as HTML."""

    question: str
    html: str
    answer: Answer | None = None
    pending: bool = False


Talk = tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class ChatServer:
    """A running page."""

    url: str
    _page: Any

    def close(self) -> None:
        """Stop serving; nothing happens when it has stopped already."""
        self._page.close(verbose=False)

    def __enter__(self) -> "ChatServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    retriever: Answerer,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the chat page until Ctrl-C.

    Args:
        retriever: what answers.
        host: the address to listen on; this machine alone by default.
        port: the port to listen on; the first free one from 7860 when ``None``.
        open_browser: open the page in the browser as well.
        on_ready: called once with the page's address.

    Raises:
        DatelineError: the port is taken, or the address is not this machine's.
    """
    with start(retriever, host, port, open_browser=open_browser) as server:
        if on_ready:
            on_ready(server.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def start(
    retriever: Answerer,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    open_browser: bool = False,
) -> ChatServer:
    """Serve the chat page beside the running program; `close` the handle to stop.

    Raises:
        DatelineError: the port is taken, or the address is not this machine's.
    """
    page = build_chat(retriever)
    from starlette.middleware import Middleware

    try:
        _, url, _ = page.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            run_history=False,
            enable_monitoring=False,
            footer_links=["api"],
            favicon_path=_ASSETS / "icon.svg",
            # Not as `css`: gradio would put its own container before every selector.
            head=f"<style>{(_ASSETS / 'page.css').read_text(encoding='utf-8')}</style>",
            theme=_theme(),
            # Nothing on the page takes a file, and the upload route cannot be taken away.
            max_file_size="1kb",
            state_session_capacity=1_000,
            app_kwargs={"middleware": [Middleware(_ContentPolicy)]},
        )
    except OSError as error:
        page.close(verbose=False)
        at = f"port {port}" if port else f"any port from {_FIRST_PORT} on"
        raise DatelineError(
            f"The chat page could not be served on {at} of {host}.",
            "The port may be taken, or the address not this machine's: give another --port, "
            "or none to take the first free one.",
        ) from error
    return ChatServer(url.rstrip("/"), page)


class _ContentPolicy:
    """Puts the content policy on every response (ASGI middleware)."""

    def __init__(self, app: "ASGIApp") -> None:
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def send_with_policy(message: "Message") -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"content-security-policy", _CONTENT_POLICY.encode()),
                    (b"referrer-policy", b"no-referrer"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self.app(scope, receive, send_with_policy if scope["type"] == "http" else send)


def build_chat(retriever: Answerer) -> "gr.Blocks":
    """The page as a `gradio.Blocks`, not yet served.

    Beside what the page itself calls, it opens three endpoints for programs: ``ask``,
    ``search`` and ``article``.
    """
    _keep_gradio_quiet()
    import gradio as gr

    def draw(talk: Talk, busy: bool, **box_changes: object) -> tuple[Any, list[Any], Talk]:
        controls = gr.Textbox(submit_btn=not busy and _ASK, stop_btn=busy and _STOP, **box_changes)
        return controls, messages(talk), talk

    def converse(question: str, talk: Talk) -> Iterator[tuple[Any, list[Any], Talk]]:
        if not question.strip():
            yield draw(talk, False)
            return
        if talk and talk[-1].pending and talk[-1].question == question.strip():
            yield draw(talk, True)  # Enter was pressed twice
            return
        if len(question) > QUESTION_CHARACTERS:
            # What was typed stays in the box, to be shortened.
            shown = Exchange(render.cut(question, 200), too_long(question))
            yield draw((*talk, shown), False)
            return
        first = True
        for exchange in exchanges(retriever, question.strip(), talk):
            changes = {"value": ""} if first else {}
            yield draw((*talk, exchange), exchange.pending, **changes)
            first = False

    def again(talk: Talk) -> Iterator[tuple[Any, list[Any], Talk]]:
        if talk:
            yield from converse(talk[-1].question, talk[:-1])

    def example(event: gr.SelectData, talk: Talk) -> Iterator[tuple[Any, list[Any], Talk]]:
        yield from converse(str(event.value["text"]), talk)

    def stopped(talk: Talk) -> tuple[Any, list[Any], Talk]:
        return draw(settled(talk), False)

    def cleared() -> tuple[Any, list[Any], Talk]:
        return draw((), False, value="")

    def opened(event: gr.EventData) -> str:
        return article_pane(retriever, event._data)

    def refreshed() -> str:
        return status_line(retriever)

    def loaded() -> tuple[str, Any]:
        return status_line(retriever), gr.Chatbot(examples=example_messages(retriever))

    with gr.Blocks(title="Dateline", fill_height=True, analytics_enabled=False) as page:
        talk = gr.State(())
        with gr.Row(elem_id="dl-top"):
            gr.HTML(_MASTHEAD, elem_id="dl-masthead", apply_default_css=False)
            status = gr.HTML("", elem_id="dl-collection", apply_default_css=False)
            clear = gr.Button("New conversation", size="sm", elem_id="dl-clear", min_width=0)
            gr.HTML(_SAVE, elem_id="dl-save", apply_default_css=False)
        with gr.Row(elem_id="dl-page"):
            with gr.Column(elem_id="dl-chat"):
                chatbot = gr.Chatbot(
                    label="Conversation",
                    show_label=False,
                    container=False,
                    height="100%",
                    layout="bubble",
                    # The page's script brings a new question to the top instead.
                    autoscroll=False,
                    # Messages are HTML made by `ui.render`. Gradio's own copy buttons would
                    # copy that markup, so each answer brings its own; "share" sends outside.
                    render_markdown=False,
                    sanitize_html=True,
                    allow_tags=False,
                    latex_delimiters=[],
                    buttons=[],
                    feedback_options=None,
                    placeholder=_WELCOME,
                    elem_id="dl-talk",
                )
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
            pane = gr.HTML(
                "",
                elem_id="dl-pane",
                apply_default_css=False,
                js_on_load=(_ASSETS / "page.js").read_text(encoding="utf-8"),
            )

        drawn = [box, chatbot, talk]
        # `private`: what the page calls is no interface for programs; the three below are.
        own: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        # "multiple": a question that was stopped may go on for a while, and the next must not wait.
        asking: dict[str, Any] = {
            "outputs": drawn,
            "concurrency_id": "ask",
            "trigger_mode": "multiple",
            **own,
        }
        answers = [
            box.submit(converse, [box, talk], concurrency_limit=4, **asking),
            chatbot.example_select(example, talk, **asking),
            chatbot.retry(again, talk, **asking),
        ]
        for answered in answers:
            answered.then(refreshed, None, status, queue=False, **own)
        box.stop(stopped, talk, drawn, cancels=answers, queue=False, **own)
        for emptied in (clear.click, chatbot.clear):
            emptied(cleared, None, drawn, cancels=answers, queue=False, **own)
        pane.click(opened, None, pane, concurrency_limit=8, **own)
        page.load(loaded, None, [status, chatbot], queue=False, **own)
        _open_endpoints(retriever)
    page.queue(max_size=64, default_concurrency_limit=4, api_open=False)
    return page


def _open_endpoints(retriever: Answerer) -> None:
    import gradio as gr

    def ask(question: str, since: str = "", until: str = "") -> dict[str, Any]:
        """Answer a question with quotes from the articles, each cited.

        Args:
            question: What you would like to know, in up to 4,000 characters.
            since: First day of publication, as 2017-02-14; empty for no limit.
            until: Last day of publication, as 2017-02-14; empty for no limit.

        Returns:
            The answer: its status, sentences with the numbers of their citations, and the
            citations with article id, start, end and the quote that stands there.
        """
        with _told():
            first, last = _day(since, "since"), _day(until, "until")
            return answer_record(retriever.ask(checked(question), since=first, until=last))

    def search(question: str, k: int = 8, since: str = "", until: str = "") -> list[dict[str, Any]]:
        """Find the passages that bear most on a question, best first.

        Args:
            question: What you are looking for, in up to 4,000 characters.
            k: How many passages, from 1 to 100.
            since: First day of publication, as 2017-02-14; empty for no limit.
            until: Last day of publication, as 2017-02-14; empty for no limit.

        Returns:
            Passages with their text, article id, start, end, title, date, path and score.
        """
        with _told():
            if not 1 <= k <= _MOST_HITS:
                raise QuestionError(f"k is {k}.", f"Ask for 1 to {_MOST_HITS} passages.")
            first, last = _day(since, "since"), _day(until, "until")
            hits = retriever.retrieve(checked(question), k, since=first, until=last)
            return [hit_record(hit) for hit in hits]

    def article(article_id: str) -> dict[str, Any]:
        """Read one article whole.

        Args:
            article_id: The id of an article, as answers and passages name it.

        Returns:
            The article's text and what is known of it.
        """
        with _told():
            return article_record(retriever.article(article_id))

    gr.api(ask, api_name="ask", concurrency_id="ask")
    gr.api(search, api_name="search", concurrency_id="ask")
    gr.api(article, api_name="article", concurrency_limit=8)


def messages(talk: Talk) -> list[dict[str, str]]:
    """A conversation as `gradio.Chatbot` takes it."""
    return [
        {"role": role, "content": content}
        for exchange in talk
        for role, content in (
            ("user", render.render_question(exchange.question)),
            ("assistant", exchange.html),
        )
    ]


def exchanges(retriever: Answerer, question: str, talk: Talk) -> Iterator[Exchange]:
    """The states of one bubble: waiting, the answer sentence by sentence, the whole of it.

    Nothing is raised: what goes wrong is told in the bubble, and logged where it is a fault.
    """
    yield Exchange(question, render.render_waiting(), pending=True)
    try:
        answer = retriever.ask(question, history(talk))
        for shown in range(1, len(answer.sentences)):
            yield Exchange(question, render.render_answer(answer, shown), pending=True)
        done = Exchange(question, render.render_answer(answer), answer)
    except Exception as error:
        done = Exchange(question, explained(error))
    yield done


def history(talk: Talk) -> Sequence[Any] | None:
    """The conversation so far as the retriever takes it."""
    return None


def settled(talk: Talk) -> Talk:
    """The conversation with a question that was stopped marked as such."""
    return tuple(
        replace(exchange, html=render.render_notice("Stopped."), pending=False)
        if exchange.pending
        else exchange
        for exchange in talk
    )


def explained(error: Exception) -> str:
    """An error as a plain word in the bubble, and in the log where nobody foresaw it."""
    if isinstance(error, DatelineError):
        return render.render_notice(error.message, error.hint)
    log.error("a question could not be answered", exc_info=error)
    return render.render_notice(_FAILED, _FAILED_HINT)


def too_long(question: str) -> str:
    """What is said of a question longer than is read."""
    return render.render_notice(
        f"The question is {len(question):,} characters long; up to {QUESTION_CHARACTERS:,} are "
        "read.",
        "Shorten it and ask again.",
    )


def checked(question: str) -> str:
    """The question, when it is of a length that is read.

    Raises:
        QuestionError: it is too long.
    """
    if len(question) > QUESTION_CHARACTERS:
        raise QuestionError(
            f"The question is {len(question):,} characters long.",
            f"Up to {QUESTION_CHARACTERS:,} are read: shorten it.",
        )
    return question


def article_pane(retriever: Answerer, wish: object) -> str:
    """The article that a button of the page asks for, with the quote marked.

    The wish comes from the browser, so nothing in it is trusted: the article is looked up by
    its id in the collection and nowhere else, and the span is marked only where the words in it
    are still those that were quoted.
    """
    fields = wish if isinstance(wish, Mapping) else {}
    number = fields.get("request")
    try:
        article = retriever.article(str(fields.get("article", ""))[:4096])
        spans, note = _quoted_span(article, fields)
        inner = render.render_article(article, spans, note)
    except Exception as error:
        inner = f'<div class="dl-article" tabindex="-1">{explained(error)}</div>'
    return (
        f'<div class="dl-sheet" aria-label="Article" '
        f'data-request="{number if isinstance(number, int) else 0}">'
        '<div class="dl-bar"><span>Article</span><button type="button" class="dl-close" '
        'aria-label="Close the article" title="Close (Esc)">'
        '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3l10 10M13 3L3 13"/></svg>'
        f'</button></div><div class="dl-scroll">{inner}</div></div>'
    )


def _quoted_span(article: Article, fields: Mapping[str, object]) -> tuple[list[Span], str]:
    start, end = fields.get("start"), fields.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return [], ""
    if 0 <= start < end and render.fingerprint(article.text[start:end]) == fields.get("check"):
        return [(start, end)], ""
    return [], "This article has changed since it was quoted; the quote is not marked."


def status_line(retriever: Answerer) -> str:
    """The collection's state as HTML, or a plain word about why it is not known."""
    try:
        return render.render_status(retriever.status())
    except Exception as error:
        return explained(error)


def example_messages(retriever: Answerer) -> list[dict[str, str]]:
    """Questions to begin with; none where the collection cannot be read."""
    try:
        newest = retriever.articles(limit=_EXAMPLES_FROM)
    except Exception:
        log.exception("no example questions")
        return []
    return [{"text": question} for question in example_questions(newest)]


def _day(text: str, name: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise QuestionError(f"{name} is {text[:40]!r}.", "Write a day as 2017-02-14.") from None


@contextmanager
def _told() -> Iterator[None]:
    """Tells a calling program what went wrong in words, and keeps faults in the log."""
    import gradio as gr

    try:
        yield
    except DatelineError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Exception as error:
        log.error("a call could not be answered", exc_info=error)
        raise gr.Error(_FAILED, print_exception=False) from None


def _keep_gradio_quiet() -> None:
    """Tell gradio, which must not be imported yet, to send nothing anywhere."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def _theme() -> "gr.themes.Base":
    """Paper and ink; fonts of the system alone, so that none is fetched."""
    from gradio import themes

    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
    return themes.Base(
        primary_hue=themes.colors.red,
        neutral_hue=themes.colors.stone,
        font=sans,
        font_mono=mono,
        radius_size=themes.sizes.radius_md,
    ).set(
        body_background_fill="#faf7f1",
        body_background_fill_dark="#171513",
        body_text_color="#23201c",
        body_text_color_dark="#e9e4db",
        background_fill_primary="#fffdf9",
        background_fill_primary_dark="#1f1c19",
        background_fill_secondary="#f4efe6",
        background_fill_secondary_dark="#262220",
        border_color_primary="#e2dacb",
        border_color_primary_dark="#3a342e",
        input_background_fill="#fffdf9",
        input_background_fill_dark="#1f1c19",
        button_primary_background_fill="#7a1f2b",
        button_primary_background_fill_dark="#a8434f",
        button_primary_text_color="#ffffff",
        color_accent="#7a1f2b",
    )


_ASK, _STOP = "Ask", "Stop"
_MASTHEAD = '<h1 class="dl-name">Dateline</h1>'
_SAVE = (
    '<button type="button" class="dl-save" title="Save the answers as Markdown, with quotes, '
    'dates and sources">Save</button>'
)
_WELCOME = (
    '<div class="dl-welcome"><p class="dl-welcome-title">Ask the articles</p>'
    "<p>Every answer is quoted from them. Press a number to read the quote where it stands.</p>"
    "</div>"
)
