"""The collection beside the chat, in a real browser."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from chat_page import article, ask, both_sizes, fits, focused, opened
from fakes_ui import ARTICLES, BRIDGE, CHINESE, HARBOUR, REPAIRS, FakeRetriever, report

from embeddings.errors import IndexBusy
from embeddings.rebuild import Progress
from embeddings.records import RebuildReport
from ui.chat import Options, start

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def shelf(chat: Page) -> Page:
    """The page with the collection open."""
    return shelved(chat)


def shelved(page: Page) -> Page:
    page.get_by_role("button", name="Collection", exact=True).click()
    page.locator(".dl-list li").first.wait_for()
    return page


def titles(page: Page) -> list[str]:
    return page.locator(".dl-list .dl-title").all_text_contents()


def test_the_status_line_follows_the_collection(chat: Page, retriever: FakeRetriever) -> None:
    status = chat.locator(".dl-status")
    assert (status.text_content() or "").startswith("5 articles · 10 February 2017 to 15 ")
    retriever.held["new"] = replace(BRIDGE, id="new")
    ask(chat, "repairs")
    chat.get_by_text("6 articles").wait_for()


def test_an_empty_collection(page: Page) -> None:
    with start(FakeRetriever([])) as server:
        opened(page, server)
        assert (page.locator(".dl-status").text_content() or "").startswith("No articles yet")
        answer = ask(page, "Anything?")
        assert answer.locator(".dl-lead").text_content() == "The articles don’t say."
        assert page.get_by_role("button").filter(has_text="What do the articles").count() == 0
        page.get_by_role("button", name="Collection", exact=True).click()
        page.get_by_text("There are no articles yet. Put files in seeds and rebuild.").wait_for()


@both_sizes
def test_browse_the_articles_and_read_one(shelf: Page) -> None:
    facts = shelf.locator("#dl-facts").text_content() or ""
    for figure in ("Articles5", "Passages10", "First10 February 2017", "Newest15 February 2017"):
        assert figure in facts
    assert titles(shelf)[:3] == [CHINESE.title, HARBOUR.title, BRIDGE.title]
    assert fits(shelf)

    shelf.get_by_label("Find articles").fill("bridge")
    shelf.get_by_text("1 to 1 of 1 article").wait_for()
    assert titles(shelf) == [BRIDGE.title]
    shelf.get_by_role("button", name=BRIDGE.title).click()
    article(shelf).wait_for()
    assert article(shelf).locator(".dl-body").text_content() == BRIDGE.text
    assert not shelf.locator(".dl-list").is_visible()
    shelf.keyboard.press("Escape")
    shelf.locator(".dl-list").wait_for()
    assert focused(shelf) == BRIDGE.title

    shelf.get_by_label("Find articles").fill("nothing of the kind")
    shelf.get_by_text("No article matches.").wait_for()
    shelf.keyboard.press("Escape")
    shelf.locator(".dl-list").wait_for(state="hidden")
    assert focused(shelf) == "Collection"


def test_articles_of_one_outlet(shelf: Page) -> None:
    shelf.get_by_label("Outlet").click()
    shelf.get_by_role("option", name="The Coast Gazette").click()
    shelf.get_by_text("1 to 1 of 1 article").wait_for()
    assert titles(shelf) == [HARBOUR.title]


def test_pages_are_turned(chat: Page, retriever: FakeRetriever) -> None:
    for number in range(45):
        retriever.held[f"n{number}"] = replace(BRIDGE, id=f"n{number}", title=f"Tram {number}")
    shelved(chat)
    older, newer = (chat.get_by_role("button", name=name) for name in ("Older", "Newer"))
    assert not newer.is_visible()
    older.click()
    chat.get_by_text("21 to 40 of 50 articles").wait_for()
    older.click()
    chat.get_by_text("41 to 50 of 50 articles").wait_for()
    older.wait_for(state="hidden")
    newer.click()
    chat.get_by_text("21 to 40 of 50 articles").wait_for()


@both_sizes
def test_the_timeline_limits_questions_and_lists(shelf: Page, retriever: FakeRetriever) -> None:
    assert shelf.locator(".dl-bin").count() == 6
    shelf.get_by_role("button", name="14 February 2017: 1 article").click()
    shelf.get_by_text("1 to 1 of 1 article").wait_for()
    assert titles(shelf) == [HARBOUR.title]
    shelf.get_by_role("button", name="15 February 2017: 1 article").click(modifiers=["Shift"])
    shelf.get_by_text("1 to 2 of 2 articles").wait_for()
    assert shelf.locator(".dl-bin[aria-pressed=true]").count() == 2
    shelf.keyboard.press("Escape")

    answer = ask(shelf, "repairs")
    asked = retriever.calls[-1]
    assert (str(asked.since), str(asked.until)) == ("2017-02-14", "2017-02-15")
    told = "Only articles from 14 to 15 February 2017"
    assert told in (answer.locator(".dl-limits").text_content() or "")
    answer.get_by_role("button", name="Ask without this limit").click()
    answer.locator(".dl-limits").wait_for(state="detached")
    assert retriever.calls[-1].since is None

    shelf.get_by_role("button", name="Ask all articles again").click()
    shelf.locator("#dl-limit .dl-limits").wait_for(state="detached")
    ask(shelf, "moon")
    assert retriever.calls[-1].since is None


def test_the_timeline_goes_by_keyboard(shelf: Page) -> None:
    shelf.locator(".dl-bin").first.focus()
    shelf.keyboard.press("End")
    shelf.keyboard.press("ArrowLeft")
    shelf.keyboard.press("Enter")
    shelf.get_by_text("1 to 1 of 1 article").wait_for()
    assert titles(shelf) == [HARBOUR.title]


class Rebuilding:
    """A rebuild that waits to be told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, progress: Progress | None) -> RebuildReport:
        assert progress
        progress("Embedding", 1, 4)
        self.go_on.wait(20)
        progress("Embedding", 4, 4)
        return report(6, added=1, failed=2)


@both_sizes
def test_a_rebuild_is_watched_while_questions_are_answered(
    shelf: Page, retriever: FakeRetriever
) -> None:
    rebuilding = retriever.rebuilding = Rebuilding()
    shelf.get_by_role("button", name="Update the collection").click()
    shelf.get_by_text("Embedding… 25%").wait_for()
    shelf.keyboard.press("Escape")
    assert REPAIRS in (ask(shelf, "repairs").text_content() or "")
    shelf.reload()
    shelf.locator(".dl-status").wait_for()
    shelved(shelf)
    shelf.get_by_text("Embedding… 25%").wait_for()

    retriever.held["new"] = replace(BRIDGE, id="new")
    rebuilding.go_on.set()
    shelf.get_by_text(
        "1 file added, 2 files could not be read. 6 articles in the collection now."
    ).wait_for()
    shelf.get_by_text("1 to 6 of 6 articles").wait_for()
    shelf.get_by_role("button", name="Update the collection").wait_for()


def test_a_rebuild_is_stopped(shelf: Page, retriever: FakeRetriever) -> None:
    rebuilding = retriever.rebuilding = Rebuilding()
    shelf.get_by_role("button", name="Update the collection").click()
    shelf.get_by_text("Embedding… 25%").wait_for()
    shelf.locator("#dl-halt").click()
    shelf.wait_for_timeout(300)
    rebuilding.go_on.set()
    shelf.get_by_text("The rebuild was stopped; the collection is as it was.").wait_for()


def test_a_rebuild_that_cannot_be_is_explained(
    shelf: Page, retriever: FakeRetriever, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(progress: Progress | None) -> RebuildReport:
        raise IndexBusy("Another rebuild of <b>it</b> is running.", "Wait for it to end.")

    def broken(progress: Progress | None) -> RebuildReport:
        raise RuntimeError("secret detail")

    retriever.rebuilding = busy
    shelf.get_by_role("button", name="Update the collection").click()
    shelf.get_by_text("Another rebuild of <b>it</b> is running. Wait for it to end.").wait_for()
    retriever.rebuilding = broken
    shelf.get_by_role("button", name="Update the collection").click()
    shelf.get_by_text("The rebuild failed.").wait_for()
    assert "secret" not in (shelf.text_content("body") or "")
    assert "secret detail" in caplog.text


@pytest.fixture
def seeds(retriever: FakeRetriever, tmp_path: Path) -> Path:
    retriever.seeds = tmp_path / "seeds"
    retriever.seeds.mkdir()
    return retriever.seeds


@both_sizes
def test_files_are_added_to_the_collection(
    shelf: Page, retriever: FakeRetriever, seeds: Path, tmp_path: Path
) -> None:
    given = tmp_path / "ferry.txt"
    given.write_text("The ferry ran aground.", encoding="utf-8")
    (tmp_path / "tool.exe").write_bytes(b"MZ")
    (seeds / "ferry.txt").write_text("Another ferry, of long ago.", encoding="utf-8")
    shelf.locator("#dl-add input[type=file]").set_input_files([given, tmp_path / "tool.exe"])
    shelf.get_by_text("ferry-2.txt is in the articles folder.").wait_for()
    shelf.get_by_text("tool.exe is of a kind that cannot be read.").wait_for()
    shelf.get_by_text("Nothing had changed.").wait_for()
    found = {file.name: file.read_text(encoding="utf-8") for file in seeds.iterdir()}
    assert found == {
        "ferry.txt": "Another ferry, of long ago.",
        "ferry-2.txt": "The ferry ran aground.",
    }


def test_a_file_dropped_anywhere_on_the_page_is_added(chat: Page, seeds: Path) -> None:
    chat.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["The ferry ran aground."], "ferry.txt"));
            const chat = document.getElementById("dl-chat");
            const sent = { dataTransfer, bubbles: true, cancelable: true };
            chat.dispatchEvent(new DragEvent("dragover", sent));
            chat.dispatchEvent(new DragEvent("drop", sent));
        }"""
    )
    chat.get_by_text("ferry.txt is in the articles folder.").wait_for()
    assert (seeds / "ferry.txt").read_text(encoding="utf-8") == "The ferry ran aground."


def test_a_page_that_only_reads_offers_no_changes(page: Page) -> None:
    with start(FakeRetriever(ARTICLES), options=Options(changes=False)) as server:
        shelved(opened(page, server))
        for name in ("Update the collection", "Stop"):
            assert page.get_by_role("button", name=name, exact=True).count() == 0
        assert page.locator("input[type=file]").count() == 0
        ask(page, "repairs")
        assert not page.get_by_role("button", name="This answers it").is_visible()
