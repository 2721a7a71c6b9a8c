"""What the page refuses: files of the machine, other sites, uploads it does not take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes_ui import FakeRetriever

from embeddings.errors import DatelineError
from ui.chat import ChatServer, Options, is_loopback, start

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def reading() -> Iterator[ChatServer]:
    """A page that changes nothing, behind a password."""
    with start(FakeRetriever(), options=Options(changes=False, auth=("ann", "s3cret"))) as server:
        yield server


@pytest.fixture(scope="module")
def changing() -> Iterator[ChatServer]:
    with start(FakeRetriever()) as server:
        yield server


def post(url: str, **more: object) -> httpx.Response:
    return httpx.post(url, timeout=20, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("route", ["/gradio_api/file=", "/gradio_api/file/", "/file=", "//file="])
@pytest.mark.parametrize("how", ["{}", "{}?x=1", "/{}", "%2F{}", "../../{}", "file://{}"])
def test_no_file_of_the_machine_is_given(changing: ChatServer, route: str, how: str) -> None:
    secret = Path(__file__).resolve()
    answer = httpx.get(changing.url + route + how.format(secret), timeout=20)
    assert answer.status_code in (404, 400)
    assert "no file of the machine" not in answer.text


def test_what_was_uploaded_cannot_be_fetched(changing: ChatServer) -> None:
    sent = post(f"{changing.url}/gradio_api/upload", files={"files": ("a.txt", b"whispered")})
    (path,) = sent.json()
    answer = httpx.get(f"{changing.url}/gradio_api/file={path}", timeout=20)
    assert answer.status_code == 404
    Path(path).unlink()


def test_no_other_address_is_fetched_for_anyone(changing: ChatServer) -> None:
    for route in ("proxy=", "file="):
        url = f"{changing.url}/gradio_api/{route}{changing.url}/config"
        assert httpx.get(url, timeout=20).status_code == 404


def test_uploads_are_refused_where_nothing_changes(reading: ChatServer) -> None:
    sent = post(f"{reading.url}/gradio_api/upload", files={"files": ("a.txt", b"text")})
    assert sent.status_code == 403


def test_uploads_have_a_limit(changing: ChatServer) -> None:
    large = b"x" * 26_000_000
    sent = post(f"{changing.url}/gradio_api/upload", files={"files": ("a.txt", large)})
    assert sent.status_code == 413


@pytest.mark.parametrize("name", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example"])
def test_other_names_are_not_answered_to(changing: ChatServer, name: str) -> None:
    answer = httpx.get(changing.url, headers={"Host": name}, timeout=20)
    assert answer.status_code == 421
    assert "this machine alone" in answer.text
    port = changing.url.rsplit(":", 1)[1]
    welcome = httpx.get(changing.url, headers={"Host": f"localhost:{port}"}, timeout=20)
    assert welcome.status_code == 200


@pytest.mark.parametrize("route", ["upload", "call/ask", "queue/join"])
def test_another_sites_page_can_send_nothing(changing: ChatServer, route: str) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        sent = post(f"{changing.url}/gradio_api/{route}", headers={"Origin": origin}, content="{}")
        assert sent.status_code == 403


def test_a_password_guards_everything_that_answers(reading: ChatServer) -> None:
    asked = post(f"{reading.url}/gradio_api/call/ask", json={"data": ["repairs", "", ""]})
    assert asked.status_code == 401
    assert httpx.get(f"{reading.url}/config", timeout=20).status_code == 401
    with httpx.Client(timeout=20) as client:
        wrong = client.post(f"{reading.url}/login", data={"username": "ann", "password": "no"})
        assert wrong.status_code == 400
        client.post(f"{reading.url}/login", data={"username": "ann", "password": "s3cret"})
        assert client.get(f"{reading.url}/config").status_code == 200


def test_every_response_carries_the_policy(changing: ChatServer) -> None:
    for path in ("/", "/config", "/gradio_api/file=/etc/passwd"):
        headers = httpx.get(changing.url + path, timeout=20).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("LocalHost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.4", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_which_addresses_are_of_this_machine_alone(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_a_port_that_is_taken_is_explained(changing: ChatServer) -> None:
    port = int(changing.url.rsplit(":", 1)[1])
    with pytest.raises(DatelineError, match=f"port {port} of 127") as failed:
        start(FakeRetriever(), port=port)
    assert "--port" in failed.value.hint
