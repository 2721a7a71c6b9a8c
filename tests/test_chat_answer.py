"""Answers and the articles they lead to, in a real browser."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from chat_page import article, ask, both_sizes, box, fits, focused, in_sight, narrow
from conftest import DESKTOP, PHONE
from fakes_ui import ARTICLES, BRIDGE, HARBOUR, REPAIRS, RUST, FakeRetriever

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@both_sizes
def test_ask_see_the_passage_press_the_chip_read_it_in_its_article(chat: Page) -> None:
    answer = ask(chat, "What will the repairs cost?")
    assert REPAIRS in (answer.locator(".dl-prose").first.text_content() or "")
    assert answer.locator(".dl-source").count() == 2
    assert not answer.locator(".dl-snippet").first.is_visible()
    answer.locator(".dl-unused summary").click()
    assert answer.locator(".dl-snippet").first.is_visible()

    answer.locator(".dl-prose").get_by_role("button", name="Source 2: Port of Lisbon").click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").all_text_contents() == [REPAIRS]
    assert article(chat).locator(".dl-body").text_content() == HARBOUR.text
    chat.wait_for_function("document.querySelector('.dl-scroll').scrollTop > 0")
    assert in_sight(chat)
    assert fits(chat)

    chat.get_by_role("button", name="Close the article").click()
    assert not article(chat).is_visible()
    assert focused(chat).startswith("Source 2")


def test_the_article_stands_beside_the_chat_on_a_wide_screen(chat: Page) -> None:
    ask(chat, "repairs").get_by_role("button", name="Source 3").first.click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").all_text_contents() == [RUST]
    pane, talk = (chat.locator(name).bounding_box() for name in (".dl-sheet", "#dl-talk"))
    assert pane
    assert talk
    assert talk["x"] + talk["width"] <= pane["x"]
    box(chat).fill("still at hand")


@narrow
def test_the_article_is_a_sheet_over_the_chat_on_a_narrow_screen(chat: Page) -> None:
    ask(chat, "repairs").get_by_role("button", name="Source 3").first.click()
    sheet = chat.get_by_role("dialog", name="Article")
    sheet.wait_for()
    area = sheet.bounding_box()
    assert area
    assert area["width"] >= PHONE["width"] - 2
    assert chat.evaluate("document.getElementById('dl-chat').inert") is True
    chat.set_viewport_size({"width": 1280, "height": 900})
    # The page hears of its new width a moment later.
    chat.wait_for_function("!document.getElementById('dl-chat').inert")
    chat.set_viewport_size({"width": 360, "height": 740})
    chat.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert chat.evaluate("document.getElementById('dl-chat').inert") is False


def test_a_tooltip_shows_where_a_chip_is_pointed_at_and_goes_with_escape(chat: Page) -> None:
    answer = ask(chat, "repairs")
    answer.locator(".dl-prose .dl-chip").nth(2).hover()
    tip = answer.locator(".dl-prose .dl-tip").nth(2)
    tip.wait_for()
    assert RUST in (tip.text_content() or "")
    area = tip.bounding_box()
    assert area
    assert area["x"] >= 0
    assert area["x"] + area["width"] <= DESKTOP["width"]
    chat.keyboard.press("Escape")
    tip.wait_for(state="hidden")


def test_what_the_articles_do_not_say_is_said_so(chat: Page) -> None:
    answer = ask(chat, "What colour is the moon?")
    assert "The articles don’t say." in (answer.locator(".dl-lead").text_content() or "")
    assert answer.locator(".dl-passage").count() == 2
    answer.get_by_role("button", name=BRIDGE.title).click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").text_content() == RUST


def test_an_explained_error_is_shown_with_its_hint(chat: Page) -> None:
    answer = ask(chat, "refuse")
    assert answer.locator(".dl-notice").text_content() == (
        "The index was rebuilt <i>elsewhere</i>. Start the page again."
    )


def test_an_unforeseen_error_is_one_plain_sentence_and_logged(
    chat: Page, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ui.talk"):
        answer = ask(chat, "break")
    said = answer.text_content() or ""
    assert said.startswith("Something went wrong while answering.")
    for inside in ("secret", "Traceback", "RuntimeError"):
        assert inside not in (chat.text_content("body") or "").replace("break", "")
    assert "secret detail" in caplog.text
    assert REPAIRS in (ask(chat, "repairs").text_content() or ""), "the page goes on"


def test_an_article_that_is_gone_or_changed_is_said_to_be(
    chat: Page, retriever: FakeRetriever
) -> None:
    answer = ask(chat, "repairs")
    try:
        del retriever.held[BRIDGE.id]
        retriever.held[HARBOUR.id] = replace(HARBOUR, text="Now it says this. " + HARBOUR.text)
        answer.locator(".dl-chip").nth(2).click()
        chat.get_by_text("There is no article").wait_for()
        answer.locator(".dl-chip").nth(1).click()
        chat.get_by_text("has changed since it was quoted").wait_for()
        assert chat.locator("#dl-pane mark").count() == 0
    finally:
        retriever.held.update({each.id: each for each in ARTICLES})


@both_sizes
def test_why_a_passage_was_found_is_told(chat: Page) -> None:
    answer = ask(chat, "repairs")
    why = answer.locator(".dl-source .dl-why").first
    assert not why.locator("table").is_visible()
    why.get_by_text("Why this passage").click()
    rows = why.locator("tbody tr").all_text_contents()
    assert rows == ["Meaning10.7167%", "Words212.3033%"]
    assert "Words of the question in it: cranes, Repairs" in (why.text_content() or "")
    assert fits(chat)


def test_words_selected_in_an_answer_are_found_in_their_article(chat: Page) -> None:
    answer = ask(chat, "repairs")
    answer.locator(".dl-piece > span:first-child").nth(1).evaluate(
        """(piece) => {
            const range = document.createRange();
            range.setStart(piece.firstChild, 13);
            range.setEnd(piece.firstChild, 29);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
        }"""
    )
    chat.get_by_role("button", name="Find in the article").click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").text_content() == REPAIRS[13:29]
