"""Asking, asking again, and taking answers away, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_page import ask, box
from fakes_ui import REPAIRS, RUST, FakeRetriever

from ui.asking import QUESTION_CHARACTERS

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_shift_enter_makes_a_line_and_enter_sends(chat: Page, retriever: FakeRetriever) -> None:
    box(chat).press_sequentially("repairs")
    box(chat).press("Shift+Enter")
    box(chat).press_sequentially("in full")
    box(chat).press("Enter")
    chat.locator(".dl-copy").wait_for()
    assert retriever.asked[-1] == "repairs\nin full"


def test_an_empty_question_asks_nothing(chat: Page, retriever: FakeRetriever) -> None:
    asked = len(retriever.asked)
    box(chat).fill("   ")
    box(chat).press("Enter")
    chat.wait_for_timeout(500)
    ask(chat, "repairs")
    assert retriever.asked[asked:] == ["repairs"]


def test_a_question_too_long_is_refused_and_kept(chat: Page, retriever: FakeRetriever) -> None:
    asked = len(retriever.asked)
    long = "repairs " * 599 + "repairs?"
    answer = ask(chat, long)
    assert f"4,800 characters long; up to {QUESTION_CHARACTERS:,}" in (answer.text_content() or "")
    assert box(chat).input_value() == long
    assert len(retriever.asked) == asked


def test_a_question_can_be_stopped(chat: Page, retriever: FakeRetriever) -> None:
    retriever.release.clear()
    box(chat).fill("slow")
    box(chat).press("Enter")
    chat.locator(".dl-waiting").wait_for()
    chat.get_by_role("button", name="Stop", exact=True).click()
    chat.get_by_text("Stopped.").wait_for()
    retriever.release.set()
    assert REPAIRS in (ask(chat, "repairs").text_content() or "")
    assert chat.locator(".dl-answer .dl-notice").first.text_content() == "Stopped."


def test_ask_again(chat: Page, retriever: FakeRetriever) -> None:
    ask(chat, "moon")
    ask(chat, "repairs")
    asked = len(retriever.asked)
    chat.get_by_role("button", name="Ask again").last.click()
    chat.wait_for_function("document.querySelectorAll('.dl-copy').length === 2")
    chat.get_by_role("button", name="Ask", exact=True).wait_for()
    assert retriever.asked[asked:] == ["repairs"]
    assert chat.locator(".dl-question").all_text_contents() == ["moon", "repairs"]


def test_a_new_conversation_begins_empty(chat: Page) -> None:
    ask(chat, "repairs")
    chat.get_by_role("button", name="New conversation").click()
    chat.get_by_text("Every answer is quoted").wait_for()
    ask(chat, "moon")
    assert chat.locator(".dl-question").all_text_contents() == ["moon"]


def test_an_example_asks(chat: Page, retriever: FakeRetriever) -> None:
    example = chat.get_by_role("button").filter(has_text="What do the articles say about").first
    question = (example.text_content() or "").strip()
    example.click()
    chat.locator(".dl-answer").wait_for()
    assert chat.locator(".dl-question").text_content() == question
    assert retriever.asked[-1] == question


def test_an_answer_is_copied_with_its_sources(chat: Page) -> None:
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = ask(chat, "What will the repairs cost?")
    answer.locator(".dl-copy").click()
    answer.get_by_text("Copied", exact=True).wait_for()
    copied = chat.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("## What will the repairs cost?")
    assert f"> {RUST}" in copied
    assert "14 February 2017" in copied


def test_the_conversation_is_saved_as_markdown(chat: Page) -> None:
    ask(chat, "moon")
    ask(chat, "repairs")
    with chat.expect_download() as saving:
        chat.get_by_role("button", name="Save").click()
    text = saving.value.path().read_text(encoding="utf-8")
    assert saving.value.suggested_filename == "dateline.md"
    assert text.index("## moon") < text.index("## repairs") < text.rindex(f"> {REPAIRS}")
