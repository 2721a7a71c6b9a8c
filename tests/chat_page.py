"""What the chat page's tests do again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import DESKTOP, PHONE

from ui.chat import ChatServer

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

both_sizes = pytest.mark.parametrize(
    "page", [DESKTOP, PHONE], indirect=True, ids=["wide", "narrow"]
)
narrow = pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["narrow"])


def opened(page: Page, server: ChatServer) -> Page:
    page.goto(server.url)
    page.locator(".dl-status").wait_for()
    return page


def box(page: Page) -> Locator:
    return page.get_by_placeholder("Ask the articles a question")


def ask(page: Page, question: str) -> Locator:
    """Ask, wait until there is no more to come, and give the last bubble."""
    answers = page.locator("#dl-talk .dl-answer")
    before = answers.count()
    box(page).fill(question)
    box(page).press("Enter")
    answers.nth(before).wait_for()
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    return answers.last


def article(page: Page) -> Locator:
    return page.locator("#dl-pane .dl-article")


def focused(page: Page) -> str:
    said: str = page.evaluate("document.activeElement.textContent.trim()")
    return said


def in_sight(page: Page) -> bool:
    """Whether the first mark lies inside the pane and inside the window."""
    seen: bool = page.evaluate(
        """() => {
            const mark = document.getElementById("dl-mark").getBoundingClientRect();
            const pane = document.querySelector(".dl-scroll").getBoundingClientRect();
            return mark.top >= Math.max(pane.top, 0)
                && mark.bottom <= Math.min(pane.bottom, window.innerHeight)
                && mark.left >= pane.left && mark.right <= window.innerWidth;
        }"""
    )
    return seen


def fits(page: Page) -> bool:
    """Whether nothing hangs out of the window sideways."""
    fitting: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return fitting
