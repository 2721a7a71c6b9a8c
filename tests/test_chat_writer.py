"""A language model's answer on the chat page: drafts, marks of doubt, and quotes when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from chat_page import ask, box, opened
from fake_language_model import FakeServer, Script, serving, told
from fakes import FakeEncoder
from fakes_ui import REPAIRS, FakeRetriever
from test_keeping import through_json

from embeddings.rebuild import rebuild
from qa.records import Status
from qa.retriever import Retriever
from qa.writer import LanguageModelSettings, Writer
from ui.asking import Asked
from ui.keeping import restored
from ui.render import answer_markdown
from ui.talk import Exchange, exchanges

if TYPE_CHECKING:
    from playwright.sync_api import Page

ASKED = Asked("How long did the strike at the port last?")
TRUE = "The strike at the port lasted 36 days."
FALSE = "It was ended by troops from Orrland."


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Retriever]:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "port.txt").write_text(
        f"date 2024-03-01 Jane Roe\n\nArdmore\n\nDockers walked out over pay. {TRUE}\n"
    )
    rebuild(tmp_path / "seeds", tmp_path / "index", FakeEncoder())
    with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
        yield retriever


def writer(server: FakeServer) -> Writer:
    return Writer(LanguageModelSettings(server.url, "fake", retries=0))


def bubbles(collection: Retriever, script: Script) -> list[Exchange]:
    with serving(script) as server:
        return list(exchanges(collection, ASKED, (), writer(server)))


def test_drafts_grow_in_the_bubble_and_doubts_are_marked(collection: Retriever) -> None:
    states = bubbles(collection, Script(told(f"{TRUE} [1] {FALSE} [1]")))
    assert [state.pending for state in states] == [True, True, True, True, False]
    waiting, first, second, _, done = states
    assert "Reading the articles" in waiting.html
    assert TRUE in first.html
    assert FALSE not in first.html
    assert FALSE in second.html
    assert done.html.count('class="dl-doubt"') == 1
    assert "Not confirmed: " in done.html
    assert "Worded by <bdi>fake</bdi>" in done.html
    assert done.answer is not None
    assert done.answer.written_by == "fake"
    assert done.answer.citations[0].quote == TRUE
    markdown = answer_markdown(done.answer)
    assert "*(not confirmed: " in markdown
    assert "*Worded by fake; " in markdown


def test_a_worded_answer_comes_back_as_it_was(collection: Retriever) -> None:
    done = bubbles(collection, Script(told(f"{TRUE} [1] {FALSE} [1]")))[-1]
    (back,) = restored(collection, through_json((done,)))
    assert back.html == done.html
    assert back.answer is not None
    assert done.answer is not None
    assert back.answer.sentences == done.answer.sentences


def test_a_model_that_fails_half_way_leaves_the_answer_without_it(collection: Retriever) -> None:
    done = bubbles(collection, Script(told(f"{TRUE} [1] {FALSE} [1]")[:-2]))[-1]
    quoted = collection.ask(ASKED.question)
    assert done.answer is not None
    assert (done.answer.sentences, done.answer.status) == (quoted.sentences, quoted.status)
    assert "is quoted from the articles instead." in done.html
    assert "Worded by" not in done.html


def test_a_model_that_finds_nothing_is_followed_by_the_nearest_passages(
    collection: Retriever,
) -> None:
    done = bubbles(collection, Script(told("The articles do not say.")))[-1]
    assert done.answer is not None
    assert done.answer.status is Status.NOT_IN_ARTICLES
    assert done.html.count("do not say") == 2  # in the answer, and in the copy to take away
    assert "The articles don’t say" not in done.html
    assert '<blockquote class="dl-passage"' in done.html


def test_the_model_is_told_the_question_as_it_was_resolved(collection: Retriever) -> None:
    with serving(Script(told(f"{TRUE} [1]"))) as server:
        first = list(exchanges(collection, ASKED, (), writer(server)))[-1]
        list(exchanges(collection, Asked("and in Velin?"), (first,), writer(server)))
        prompt = server.requests[-1]["messages"][-1]["content"]
    assert "strike" in prompt.rsplit("</passage>", 1)[1]
    assert "Velin" in prompt


@pytest.mark.browser
@pytest.mark.timeout(120)
def test_the_page_shows_who_worded_it_and_what_is_in_doubt(page: Page) -> None:
    from ui.chat import Options, start

    text = f"{REPAIRS} [1] {FALSE} [1]"
    with (
        serving(Script(told(text))) as model,
        start(FakeRetriever(), options=Options(writer=writer(model))) as server,
    ):
        answer = ask(opened(page, server), "What will the repairs cost?")
        doubt = answer.locator(".dl-doubt")
        assert doubt.is_visible()
        assert (doubt.text_content() or "").startswith("Not confirmed: ")
        assert "Worded by fake" in (answer.locator(".dl-written").text_content() or "")
        page.get_by_role("button", name="Source 1").first.click()
        assert REPAIRS in (page.locator("#dl-pane mark").first.text_content() or "")


@pytest.mark.browser
@pytest.mark.timeout(120)
def test_the_page_shows_drafts_then_the_answer_and_quotes_where_the_model_fails(
    page: Page, collection: Retriever
) -> None:
    from ui.chat import Options, start

    whole = told(f"{TRUE} [1] {FALSE} [1]")
    half = len(whole) // 2
    held = Script([*whole[:half], 3.0, *whole[half:]])
    broken = Script(whole[:half])
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    with (
        serving(held, broken, Script(status=500, body="{}")) as model,
        start(collection, options=Options(writer=writer(model))) as server,
    ):
        opened(page, server)
        box(page).fill(ASKED.question)
        box(page).press("Enter")
        # The model has not told the second sentence yet, and the page shows the first.
        first = page.locator("#dl-talk").get_by_text(TRUE)
        first.first.wait_for()
        assert len(model.requests) == 1
        assert page.get_by_text(FALSE).count() == 0
        page.locator(".dl-written").wait_for()
        answer = page.locator("#dl-talk .dl-answer").last
        assert FALSE in (answer.text_content() or "")
        assert answer.locator(".dl-doubt").count() == 1
        answer.get_by_role("button", name="Source 1").first.click()
        page.locator("#dl-pane mark").first.wait_for()
        assert TRUE in (page.locator("#dl-pane mark").first.text_content() or "")
        for fails in ("half a stream", "an error"):
            answer = ask(page, ASKED.question)
            text = answer.text_content() or ""
            assert TRUE in text, fails
            assert "is quoted from the articles instead." in text, fails
            assert "Worded by" not in text, fails
            assert answer.locator(".dl-doubt").count() == 0
        assert len(model.requests) == 3
        # The server talks to the model; the page talks to nobody but the server.
        assert {urlsplit(url).netloc for url in asked_for if url.startswith(("http", "ws"))} == {
            urlsplit(server.url).netloc
        }
