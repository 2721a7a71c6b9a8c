"""Fixtures: a page in a real Chromium that may go nowhere but to this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, 1280 x 900 unless a test gives another size (indirectly).

    When the test is over, the page must have asked nothing of any other machine, its content
    policy must have had nothing to refuse, and no script may have failed.
    """
    context = browser.new_context(
        viewport=getattr(request, "param", DESKTOP), reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    outside: list[str] = []
    faults: list[str] = []

    def see(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            outside.append(url)

    def hear(message: Any) -> None:  # noqa: ANN401
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("request", lambda sent: see(sent.url))
    page.on("websocket", lambda socket: see(socket.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert outside == []
    assert faults == []
