"""Fixtures: a page in a real Chromium that may go nowhere but to this machine."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

# Its plugin would import it at the end of a run, when gradio's servers are being collected.
import hypothesis  # noqa: F401
import pytest

if TYPE_CHECKING:
    from fakes_ui import FakeRetriever
    from playwright.sync_api import Browser, BrowserContext, Page

    from ui.chat import ChatServer

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_configure() -> None:
    """Let the programs that tests start be ended by Ctrl-C, also when these run in the background.

    A shell without job control has what it puts in the background ignore the signal, and that
    is inherited.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a fresh profile; where there is none, tests are skipped."""
    path = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if path is None:
        reason = "no chromium on this machine; install it with: sh tests/install-chromium.sh"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[Callable[[dict[str, int]], BrowserContext]]:
    """Browser contexts by window size; tests share them, and with them the cache of scripts."""
    made: dict[tuple[int, int], BrowserContext] = {}

    def context(size: dict[str, int]) -> BrowserContext:
        key = (size["width"], size["height"])
        if key not in made:
            made[key] = browser.new_context(viewport=size, reduced_motion="reduce")
            made[key].set_default_timeout(15_000)
        return made[key]

    yield context
    for each in made.values():
        each.close()


@pytest.fixture
def page(
    contexts: Callable[[dict[str, int]], BrowserContext], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page, 1280 x 900 unless a test gives another size (indirectly).

    When the test is over, the page must have asked nothing of any other machine, its content
    policy must have had nothing to refuse, and no script may have failed.
    """
    page = contexts(getattr(request, "param", DESKTOP)).new_page()
    outside: list[str] = []
    faults: list[str] = []

    def see(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            outside.append(url)

    def hear(message: Any) -> None:  # noqa: ANN401
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    page.on("request", lambda sent: see(sent.url))
    page.on("websocket", lambda socket: see(socket.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    if page.url.startswith("http"):
        # A conversation may be kept a moment after its last answer: no longer.
        page.evaluate("Storage.prototype.setItem = () => {}; localStorage.clear()")
    page.context.clear_cookies()
    page.close()
    assert outside == []
    assert faults == []


@pytest.fixture(scope="session")
def shared_retriever() -> FakeRetriever:
    from fakes_ui import FakeRetriever

    return FakeRetriever()


@pytest.fixture(scope="session")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `served` keeps what readers say of answers."""
    return tmp_path_factory.mktemp("ratings") / "ratings.jsonl"


@pytest.fixture(scope="session")
def served(
    browser: Browser, shared_retriever: FakeRetriever, ratings: Path
) -> Iterator[ChatServer]:
    """One page for the tests that need no other, over a retriever that answers by heart."""
    from ui.chat import Options, start

    with start(shared_retriever, options=Options(ratings=ratings)) as server:
        yield server


@pytest.fixture
def retriever(shared_retriever: FakeRetriever) -> FakeRetriever:
    """The retriever behind `served`, as new."""
    shared_retriever.reset()
    return shared_retriever


@pytest.fixture
def chat(page: Page, served: ChatServer, retriever: FakeRetriever) -> Iterator[Page]:
    """The page, opened and ready to be asked."""
    from chat_page import opened

    yield opened(page, served)
    retriever.release.set()
