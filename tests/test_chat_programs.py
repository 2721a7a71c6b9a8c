"""What programs can do with the page: its endpoints and MCP tools, called as they would be."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import util
from typing import Any

import pytest
from fakes_ui import ARTICLES, BRIDGE, HARBOUR, REPAIRS, FakeRetriever
from gradio_client import Client
from gradio_client.exceptions import AppError

from embeddings.errors import DatelineError
from ui.chat import ChatServer, Options, start

pytestmark = [
    pytest.mark.timeout(120),
    # Of the MCP library and gradio's use of it, which Dateline has no hand in.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
NAMES = {"/ask", "/search", "/article", "/articles", "/status"}


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    pytest.importorskip("mcp")
    with start(FakeRetriever(), options=Options(mcp=True)) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: ChatServer) -> Client:
    return Client(server.url, verbose=False)


def test_five_functions_are_open_and_documented(client: Client) -> None:
    endpoints: dict[str, Any] = client.view_api(return_format="dict")["named_endpoints"]  # type: ignore[index, call-overload]
    assert set(endpoints) == NAMES
    for endpoint in endpoints.values():
        assert endpoint["description"]


def test_ask_search_and_read(client: Client) -> None:
    answer = client.predict("repairs", api_name="/ask")
    assert [citation["quote"] for citation in answer["citations"]][1] == REPAIRS
    first = answer["citations"][1]
    article = client.predict(first["article_id"], api_name="/article")
    assert article["text"][first["start"] : first["end"]] == REPAIRS
    hits = client.predict("repairs", k=2, api_name="/search")
    assert [hit["article_id"] for hit in hits] == [HARBOUR.id, BRIDGE.id]
    assert hits[0]["scores"][0]["component"] == "dense"


def test_list_and_status(client: Client) -> None:
    found = client.predict(words="bridge", api_name="/articles")
    assert (found["total"], found["articles"][0]["id"]) == (1, BRIDGE.id)
    limited = client.predict(since="2017-02-11", until="2017-02-14", api_name="/articles")
    assert [article["id"] for article in limited["articles"]] == [HARBOUR.id]
    status = client.predict(api_name="/status")
    assert (status["articles"], status["newest_published"]) == (len(ARTICLES), "2017-02-15")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ({"question": "x" * 4001, "api_name": "/ask"}, "4,001 characters"),
        ({"question": "x", "since": "yesterday", "api_name": "/ask"}, "Write a day as"),
        ({"question": "x", "k": 0, "api_name": "/search"}, "Ask for 1 to 100"),
        ({"limit": 1000, "api_name": "/articles"}, "List 1 to 200"),
        ({"offset": -1, "api_name": "/articles"}, "Begin at 0"),
        ({"article_id": "../../etc/passwd", "api_name": "/article"}, "There is no article"),
        ({"question": "break", "api_name": "/ask"}, "Something went wrong"),
    ],
)
def test_what_goes_wrong_is_told_in_words(client: Client, call: dict[str, Any], told: str) -> None:
    with pytest.raises(AppError, match=told) as failed:
        client.predict(**call)
    assert "secret" not in str(failed.value)


def test_the_same_functions_are_mcp_tools(server: ChatServer) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def use() -> tuple[dict[str, Any], Any]:
        address = f"{server.url}/gradio_api/mcp/"
        async with (
            streamablehttp_client(address) as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            ask = next(name for name in tools if name.endswith("ask"))
            result = await session.call_tool(ask, {"question": "repairs"})
            return tools, result

    # In a thread of its own: where browser tests ran before, this one holds a running loop.
    with ThreadPoolExecutor(1) as thread:
        tools, result = thread.submit(lambda: asyncio.run(use())).result()
    assert {name.rpartition("_")[2] or name for name in tools} == {name[1:] for name in NAMES}
    for tool in tools.values():
        assert tool.description
    assert not result.isError
    assert REPAIRS in result.content[0].text


def test_mcp_without_its_library_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(DatelineError, match="not installed") as failed:
        start(FakeRetriever(), options=Options(mcp=True))
    assert "dateline[mcp]" in failed.value.hint
