"""Asking, asking again, and taking answers away, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_page import article, ask, both_sizes, box, fits, focused
from fakes_ui import BRIDGE, HARBOUR, REPAIRS, RUST, FakeRetriever

from qa.evaluation.questions import read_questions
from ui.asking import QUESTION_CHARACTERS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

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
    while len(retriever.asked) == asked:  # what is waited for below is there before, too
        chat.wait_for_timeout(50)
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


def reading(page: Page, kind: str) -> Locator:
    return page.locator(f"#dl-talk .dl-{kind}")


@both_sizes
def test_how_a_question_is_read_is_shown_and_taken_back(
    chat: Page, retriever: FakeRetriever
) -> None:
    ask(chat, "repairs")
    ask(chat, "in this context?")
    turn = retriever.calls[-1].history[0]
    assert (turn.question, turn.quotes[1]) == ("repairs", REPAIRS)
    assert "Read as: What will the repairs of the port cost?" in (
        reading(chat, "reading-as").text_content() or ""
    )
    assert "from 1 to 28 February 2017 (“in February”)" in (
        reading(chat, "window").text_content() or ""
    )
    assert chat.locator(".dl-summary").text_content() == "2 articles mention the port."
    assert fits(chat)

    chat.get_by_role("button", name="Ask without these dates").click()
    chat.get_by_text("Articles of any date").wait_for()
    assert retriever.calls[-1].read_dates is False
    assert retriever.calls[-1].history
    chat.get_by_role("button", name="Ask it as it was typed").click()
    chat.get_by_text("Asked as typed").wait_for()
    assert retriever.calls[-1].history == ()
    assert retriever.calls[-1].read_dates is False
    chat.get_by_role("button", name="Read the dates in it again").click()
    chat.get_by_text("from 1 to 28 February 2017").wait_for()
    assert chat.locator(".dl-question").all_text_contents() == ["repairs", "in this context?"]


def test_a_suggested_question_asks(chat: Page, retriever: FakeRetriever) -> None:
    ask(chat, "context")
    chat.get_by_role("button", name="Who found the rust?").click()
    chat.wait_for_function("document.querySelectorAll('.dl-copy').length === 2")
    assert retriever.calls[-1].question == "Who found the rust?"
    assert [turn.question for turn in retriever.calls[-1].history] == ["context"]
    assert not chat.get_by_role("button", name="When will the repairs be done?").is_visible()


def test_a_question_is_edited_and_what_followed_goes(chat: Page, retriever: FakeRetriever) -> None:
    for question in ("moon", "repairs", "scripts"):
        ask(chat, question)
    edit = chat.get_by_role("button", name="Edit")
    edit.nth(1).click()
    chat.get_by_text("Editing an earlier question").wait_for()
    assert box(chat).input_value() == "repairs"
    assert focused(chat) == ""
    chat.get_by_role("button", name="Keep it as it was").click()
    chat.get_by_text("Editing an earlier question").wait_for(state="detached")
    ask(chat, "moon")
    assert chat.locator(".dl-question").count() == 4

    edit.nth(1).click()
    chat.get_by_text("Editing an earlier question").wait_for()
    box(chat).fill("repairs in full")
    box(chat).press("Enter")
    chat.wait_for_function("document.querySelectorAll('.dl-question').length === 2")
    chat.get_by_role("button", name="Ask", exact=True).wait_for()
    assert chat.locator(".dl-question").all_text_contents() == ["moon", "repairs in full"]
    assert [turn.question for turn in retriever.calls[-1].history] == ["moon"]


def test_the_conversation_outlives_a_reload(chat: Page, retriever: FakeRetriever) -> None:
    ask(chat, "repairs")
    ask(chat, "in this context?")
    before = chat.locator("#dl-talk .dl-answer").all_text_contents()
    chat.wait_for_function("Object.keys(localStorage).some((key) => key.startsWith('dateline'))")
    chat.wait_for_timeout(500)
    chat.reload()
    chat.locator(".dl-question").nth(1).wait_for()
    assert chat.locator("#dl-talk .dl-answer").all_text_contents() == before
    chat.locator(".dl-prose .dl-chip").nth(1).click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").text_content() == REPAIRS
    ask(chat, "moon")
    assert len(retriever.calls[-1].history) == 2

    chat.get_by_role("button", name="New conversation").click()
    chat.get_by_text("Every answer is quoted").wait_for()
    chat.wait_for_timeout(500)
    chat.reload()
    chat.locator(".dl-status").wait_for()
    chat.get_by_role("button").filter(has_text="What do the articles say").first.wait_for()
    assert chat.locator(".dl-question").count() == 0


def test_what_is_said_of_an_answer_is_kept_as_a_question(chat: Page, ratings: Path) -> None:
    ask(chat, "repairs")
    ask(chat, "moon")
    like = chat.get_by_role("button", name="This answers it")
    dislike = chat.get_by_role("button", name="This does not answer it")
    like.first.click()
    chat.locator(".dl-rate[aria-pressed=true]").wait_for()
    dislike.last.click()
    chat.wait_for_function("document.querySelectorAll('.dl-rate[aria-pressed=true]').length === 2")
    liked, disliked = read_questions(ratings)
    assert (liked.question, liked.relevant_ids) == ("repairs", (HARBOUR.id, BRIDGE.id))
    assert (disliked.question, disliked.relevant_ids) == ("moon", ())

    like.first.click()
    chat.wait_for_function("document.querySelectorAll('.dl-rate[aria-pressed=true]').length === 1")
    assert [question.question for question in read_questions(ratings)] == ["moon"]
