"""The page by keyboard, in every script, and with hostile text in it, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_page import article, ask, both_sizes, fits, focused, in_sight, narrow, opened
from fakes_ui import ARABIC, HARBOUR, HOSTILE, REPAIRS, FakeRetriever
from test_render import plain

from ui.chat import ChatServer, start

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


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


def test_the_page_names_itself_and_its_language(chat: Page) -> None:
    assert chat.title() == "Dateline"
    assert chat.locator("html").get_attribute("lang") == "en"
    assert chat.get_by_role("heading", name="Dateline").is_visible()


def test_the_page_of_the_endpoints_stays_on_this_machine_too(chat: Page) -> None:
    chat.get_by_role("button", name="Use via API").click()
    chat.get_by_text("/article").first.wait_for()
    for name in ("/ask", "/search"):
        assert chat.get_by_text(name).count() > 0


SEVERE = ("serious", "critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@both_sizes
def test_axe_finds_nothing_serious(page: Page, served: ChatServer, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    opened(page, served)
    page.get_by_role("button").filter(has_text="What do the articles say").first.wait_for()
    found = [("empty", audit(page))]
    ask(page, "repairs")
    answer = ask(page, "in this context?")
    answer.get_by_text("Why this passage").first.click()
    answer.locator(".dl-unused summary").click()
    found.append(("answer", audit(page)))
    answer.locator(".dl-prose .dl-chip").first.click()
    article(page).wait_for()
    found.append(("article", audit(page)))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Collection", exact=True).click()
    page.locator(".dl-list li").first.wait_for()
    found.append(("collection", audit(page)))
    assert [f"{view}: {line}" for view, lines in found for line in lines] == []


def audit(page: Page) -> list[str]:
    """What axe-core finds serious or critical, with the elements it finds it in."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in SEVERE
        for node in violation["nodes"]
    ]


@narrow
def test_hostile_lists_and_files_are_text(page: Page, tmp_path: Path) -> None:
    retriever = FakeRetriever([HOSTILE])
    retriever.seeds = tmp_path
    retriever.failed = (("<img src=x onerror='window.hacked=1'>", "<b>bad</b>"),)
    with start(retriever) as server:
        opened(page, server)
        page.get_by_role("button", name="Collection", exact=True).click()
        page.locator(".dl-list .dl-title").wait_for()
        assert page.locator(".dl-list .dl-title").text_content() == HOSTILE.title
        assert HOSTILE.outlet in (page.locator(".dl-list .dl-meta").text_content() or "")
        page.get_by_text("1 file has a problem").click()
        assert page.get_by_text("<b>bad</b>").is_visible()
        sent = {"name": "<img src=x onerror=window.hacked=1>.txt", "mimeType": "", "buffer": b"a"}
        page.locator("#dl-add input[type=file]").set_input_files(sent)  # type: ignore[arg-type]
        page.get_by_text("is in the articles folder.").wait_for()
        assert page.evaluate("window.hacked") is None
        assert page.locator("#dl-shelf img, #dl-shelf script").count() == 0
        assert fits(page)
        (added,) = tmp_path.iterdir()
        assert "<" not in added.name


def test_what_is_kept_in_the_browser_is_not_believed(chat: Page) -> None:
    chat.evaluate(
        """() => {
            for (const key of Object.keys(localStorage))
                localStorage.setItem(key, "not what was kept");
        }"""
    )
    chat.reload()
    chat.locator(".dl-status").wait_for()
    assert REPAIRS in (ask(chat, "repairs").text_content() or "")
