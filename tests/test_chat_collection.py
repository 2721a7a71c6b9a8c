"""The collection beside the chat, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from chat_page import ask, opened
from fakes_ui import BRIDGE, FakeRetriever

from ui.chat import start

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_the_status_line_follows_the_collection(chat: Page, retriever: FakeRetriever) -> None:
    status = chat.locator(".dl-status")
    assert (status.text_content() or "").startswith("5 articles · 10 February 2017 to 15 ")
    retriever.held["new"] = replace(BRIDGE, id="new")
    try:
        ask(chat, "repairs")
        chat.get_by_text("6 articles").wait_for()
    finally:
        del retriever.held["new"]
    chat.reload()
    chat.get_by_text("5 articles").wait_for()


def test_an_empty_collection(page: Page) -> None:
    with start(FakeRetriever([])) as server:
        opened(page, server)
        assert (page.locator(".dl-status").text_content() or "").startswith("No articles yet")
        answer = ask(page, "Anything?")
        assert answer.locator(".dl-lead").text_content() == "The articles don’t say."
        assert page.get_by_role("button").filter(has_text="What do the articles").count() == 0
