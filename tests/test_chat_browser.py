"""The chat page as people meet it, in a real browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from conftest import DESKTOP, PHONE
from fakes_ui import ARABIC, ARTICLES, BRIDGE, HARBOUR, HOSTILE, REPAIRS, RUST, FakeRetriever
from test_render import plain

from ui.chat import QUESTION_CHARACTERS, ChatServer, start

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
both_sizes = pytest.mark.parametrize(
    "page", [DESKTOP, PHONE], indirect=True, ids=["wide", "narrow"]
)
narrow = pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["narrow"])


@pytest.fixture(scope="module")
def retriever() -> FakeRetriever:
    return FakeRetriever()


@pytest.fixture(scope="module")
def served(browser: object, retriever: FakeRetriever) -> Iterator[ChatServer]:
    with start(retriever) as server:
        yield server


@pytest.fixture
def chat(page: Page, served: ChatServer, retriever: FakeRetriever) -> Iterator[Page]:
    """The page, opened and ready to be asked."""
    yield opened(page, served)
    retriever.release.set()


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


def test_everything_goes_by_keyboard_alone(chat: Page) -> None:
    chat.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    chat.keyboard.type("What will the repairs cost?")
    chat.keyboard.press("Enter")
    chat.locator(".dl-copy").wait_for()
    for _ in range(40):
        chat.keyboard.press("Shift+Tab")
        if focused(chat).startswith("Source 2"):
            break
    assert focused(chat).startswith("Source 2: Port of Lisbon reopens")
    ring = chat.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    tip = chat.locator(".dl-cite:focus-within .dl-tip")
    assert tip.is_visible()
    for word in (HARBOUR.title, "The Coast Gazette", "14 February 2017", REPAIRS):
        assert word in (tip.text_content() or "")

    chat.keyboard.press("Enter")
    article(chat).wait_for()
    chat.wait_for_function("document.activeElement.classList.contains('dl-article')")
    assert chat.locator("#dl-pane mark").text_content() == REPAIRS
    chat.keyboard.press("Escape")
    article(chat).wait_for(state="hidden")
    assert focused(chat).startswith("Source 2")


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


@both_sizes
def test_hostile_text_is_shown_and_runs_nothing(chat: Page) -> None:
    question = (
        "hostile <img src=x onerror='window.hacked=1'><script>window.hacked=1</script> "
        "![p](https://outside.example/q.png) [l](https://outside.example) $$x$$ **b** \x07 "
        + "q"
        * 3000
    )
    answer = ask(chat, question)
    assert chat.locator(".dl-question").last.text_content() == plain(question)
    passage = plain(HOSTILE.text.split("\n\n")[1])
    assert passage in (answer.locator(".dl-passage").text_content() or "")
    answer.locator(".dl-chip").first.click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").text_content() == passage
    assert article(chat).locator(".dl-headline").text_content() == HOSTILE.title
    foreign = "#dl-talk .dl-answer, #dl-talk .dl-question, #dl-pane"
    assert chat.locator(foreign).locator("img, script, iframe, style, a, .katex, code").count() == 0
    assert chat.evaluate("window.hacked") is None
    assert in_sight(chat) or chat.locator("#dl-mark").is_visible()
    assert fits(chat)


def test_other_scripts_run_in_their_own_direction(chat: Page) -> None:
    answer = ask(chat, "scripts")
    direction = "element => getComputedStyle(element).direction"
    passages = answer.locator(".dl-passage")
    assert [passages.nth(n).evaluate(direction) for n in (0, 1)] == ["rtl", "ltr"]
    answer.locator(".dl-chip").first.click()
    article(chat).wait_for()
    assert chat.locator(".dl-headline").evaluate(direction) == "rtl"
    assert chat.locator("#dl-pane mark").text_content() == ARABIC.text.split("\n\n")[1]


def test_what_the_articles_do_not_say_is_said_so(chat: Page) -> None:
    answer = ask(chat, "What colour is the moon?")
    assert "The articles don’t say." in (answer.locator(".dl-lead").text_content() or "")
    assert answer.locator(".dl-passage").count() == 2
    answer.get_by_role("button", name=BRIDGE.title).click()
    article(chat).wait_for()
    assert chat.locator("#dl-pane mark").text_content() == RUST


def test_an_explained_error_is_shown_with_its_hint(chat: Page) -> None:
    answer = ask(chat, "refuse")
    assert answer.text_content() == (
        "The index was rebuilt <i>elsewhere</i>. Start the page again."
    )


def test_an_unforeseen_error_is_one_plain_sentence_and_logged(
    chat: Page, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="ui.chat"):
        answer = ask(chat, "break")
    said = answer.text_content() or ""
    assert said.startswith("Something went wrong while answering.")
    for inside in ("secret", "Traceback", "RuntimeError"):
        assert inside not in (chat.text_content("body") or "").replace("break", "")
    assert "secret detail" in caplog.text
    assert REPAIRS in (ask(chat, "repairs").text_content() or ""), "the page goes on"


def test_a_question_too_long_is_refused_and_kept(chat: Page, retriever: FakeRetriever) -> None:
    asked = len(retriever.asked)
    long = "repairs " * 600
    answer = ask(chat, long)
    assert f"4,800 characters long; up to {QUESTION_CHARACTERS:,}" in (answer.text_content() or "")
    assert box(chat).input_value() == long
    assert len(retriever.asked) == asked


def test_an_empty_question_asks_nothing(chat: Page, retriever: FakeRetriever) -> None:
    asked = len(retriever.asked)
    box(chat).fill("   ")
    box(chat).press("Enter")
    chat.wait_for_timeout(500)
    ask(chat, "repairs")
    assert retriever.asked[asked:] == ["repairs"]


def test_shift_enter_makes_a_line_and_enter_sends(chat: Page, retriever: FakeRetriever) -> None:
    box(chat).press_sequentially("repairs")
    box(chat).press("Shift+Enter")
    box(chat).press_sequentially("in full")
    box(chat).press("Enter")
    chat.locator(".dl-copy").wait_for()
    assert retriever.asked[-1] == "repairs\nin full"


def test_a_question_can_be_stopped(chat: Page, retriever: FakeRetriever) -> None:
    retriever.release.clear()
    box(chat).fill("slow")
    box(chat).press("Enter")
    chat.locator(".dl-waiting").wait_for()
    chat.get_by_role("button", name="Stop", exact=True).click()
    chat.get_by_text("Stopped.").wait_for()
    retriever.release.set()
    assert REPAIRS in (ask(chat, "repairs").text_content() or "")
    assert chat.locator(".dl-answer").first.text_content() == "Stopped."


def test_ask_again(chat: Page, retriever: FakeRetriever) -> None:
    ask(chat, "moon")
    ask(chat, "repairs")
    asked = len(retriever.asked)
    chat.get_by_role("button", name="Retry").click()
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


def test_the_page_names_itself_and_its_language(chat: Page) -> None:
    assert chat.title() == "Dateline"
    assert chat.locator("html").get_attribute("lang") == "en"
    assert chat.get_by_role("heading", name="Dateline").is_visible()


def test_the_page_of_the_endpoints_stays_on_this_machine_too(chat: Page) -> None:
    chat.get_by_role("button", name="Use via API").click()
    chat.get_by_text("/article").first.wait_for()
    for name in ("/ask", "/search"):
        assert chat.get_by_text(name).count() > 0


def test_an_empty_collection(page: Page) -> None:
    with start(FakeRetriever([])) as server:
        opened(page, server)
        assert (page.locator(".dl-status").text_content() or "").startswith("No articles yet")
        answer = ask(page, "Anything?")
        assert answer.locator(".dl-lead").text_content() == "The articles don’t say."
        assert page.get_by_role("button").filter(has_text="What do the articles").count() == 0
