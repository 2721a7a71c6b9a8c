"""Serving the chat page."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings.errors import DatelineError
from ui.asking import Answerer
from ui.chat.guard import Guard, is_loopback
from ui.ratings import Ratings
from ui.upkeep import FILE_BYTES, Upkeep

if TYPE_CHECKING:
    from qa.writer import Writer

_ASSETS = Path(__file__).parents[1] / "assets"
_FIRST_PORT = 7860
_SESSIONS = 200


@dataclass(frozen=True, slots=True)
class Options:
    """What a served page offers.

    ``changes`` lets readers rebuild and add files (``None``: on loopback alone); ``auth`` is a
    user name and password; ``mcp`` opens the same functions as MCP tools; ``ratings`` is the
    file that keeps what readers said of answers (``None``: they are not asked); ``writer``
    is the language model that words answers (``None``: they are quotes).
    """

    changes: bool | None = None
    auth: tuple[str, str] | None = None
    mcp: bool = False
    ratings: Path | None = None
    writer: Writer | None = None


@dataclass(frozen=True, slots=True)
class ChatServer:
    """A running page."""

    url: str
    _page: Any
    _upkeep: Upkeep | None

    def close(self) -> None:
        """Stop serving; nothing happens when it has stopped already."""
        if self._upkeep is not None:
            self._upkeep.close()
        self._page.close(verbose=False)

    def __enter__(self) -> ChatServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(
    answerer: Answerer,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    on_ready: Callable[[str], None] | None = None,
    options: Options | None = None,
) -> None:
    """Serve the chat page until Ctrl-C.

    Args:
        answerer: what answers.
        host: the address to listen on; this machine alone by default.
        port: the port to listen on; the first free one from 7860 when ``None``.
        open_browser: open the page in the browser as well.
        on_ready: called once with the page's address.
        options: what the page offers.

    Raises:
        DatelineError: the port is taken, the address is not this machine's, or MCP is asked
            for and not installed.
    """
    with start(answerer, host, port, open_browser=open_browser, options=options) as server:
        if on_ready:
            on_ready(server.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def start(
    answerer: Answerer,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    open_browser: bool = False,
    options: Options | None = None,
) -> ChatServer:
    """Serve the chat page beside the running program; `close` the handle to stop.

    Raises:
        DatelineError: as `serve` does.
    """
    options = options or Options()
    local = is_loopback(host)
    if options.changes is None:
        options = replace(options, changes=local)
    if options.mcp:
        _check_mcp()
    keep_gradio_quiet()
    from starlette.middleware import Middleware

    from ui.chat.page import build_page
    from ui.chat.theme import theme

    upkeep = Upkeep(answerer.rebuild) if options.changes else None
    ratings = Ratings(options.ratings) if options.ratings else None
    page = build_page(answerer, upkeep, ratings, options.writer)
    try:
        _, url, _ = page.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            mcp_server=options.mcp,
            pwa=False,
            run_history=False,
            enable_monitoring=False,
            footer_links=["api"],
            favicon_path=_ASSETS / "icon.svg",
            auth=options.auth,
            auth_message="Dateline",
            head=_head(rated=ratings is not None),
            theme=theme(),
            max_file_size=FILE_BYTES if upkeep else "1kb",
            state_session_capacity=_SESSIONS,
            app_kwargs={"middleware": [Middleware(Guard, local=local, uploads=upkeep is not None)]},
        )
    except OSError as error:
        page.close(verbose=False)
        at = f"port {port}" if port else f"any port from {_FIRST_PORT} on"
        raise DatelineError(
            f"The chat page could not be served on {at} of {host}.",
            "The port may be taken, or the address not this machine's: give another --port, "
            "or none to take the first free one.",
        ) from error
    return ChatServer(url.rstrip("/"), page, upkeep)


def _head(*, rated: bool) -> str:
    # Not as `css`: gradio would put its own container before every selector.
    sheets = ["page.css", "shelf.css"]
    style = "\n".join((_ASSETS / sheet).read_text(encoding="utf-8") for sheet in sheets)
    hidden = "" if rated else "#dl-talk .dl-rate { display: none; }"
    return f"<style>{style}{hidden}</style>"


def _check_mcp() -> None:
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise DatelineError(
            "The page cannot be opened to MCP: its library is not installed.",
            "Install it with: pip install 'dateline[mcp]'",
        )


def keep_gradio_quiet() -> None:
    """Tell gradio, which must not be imported yet, to send nothing anywhere."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
