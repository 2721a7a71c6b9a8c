"""A server on loopback that speaks the chat protocol, well or badly, as a test asks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DONE = "[DONE]"


def chunk(text: str | None = None, finish: str | None = None) -> str:
    """One event's data."""
    delta = {} if text is None else {"content": text}
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "fake",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
    )


def told(text: str, finish: str = "stop", size: int = 7) -> list[str]:
    """A whole good stream of a text, cut into pieces that mind no word."""
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    return [*(chunk(piece) for piece in pieces), chunk(finish=finish), DONE]


@dataclass
class Script:
    """How to answer one request.

    ``events`` are data lines, a float among them a pause in seconds, a ``None`` a comment line
    that keeps the connection alive. ``body`` is sent instead where it is given; ``promised``
    is a Content-Length that the server does not keep.
    """

    events: Sequence[str | float | None] = ()
    status: int = 200
    body: str | None = None
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None


@dataclass
class FakeServer:
    """A running server: its address, the scripts to come, and the requests it has had."""

    url: str
    scripts: list[Script] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def serving(*scripts: Script) -> Iterator[FakeServer]:
    """Serve the scripts in turn, the last for ever."""
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            state.paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            state.paths.append(self.path)
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            state.requests.append(json.loads(self.rfile.read(length)))
            script = state.scripts.pop(0) if len(state.scripts) > 1 else state.scripts[0]
            with suppress(BrokenPipeError, ConnectionResetError):
                self._play(script)

        def _play(self, script: Script) -> None:
            self.send_response(script.status)
            self.send_header("Content-Type", script.content_type)
            for name, value in script.headers.items():
                self.send_header(name, value)
            if script.promised is not None:
                self.send_header("Content-Length", str(script.promised))
            self.end_headers()
            if script.body is not None:
                self.wfile.write(script.body.encode())
            for event in script.events:
                if isinstance(event, float):
                    end = time.monotonic() + event
                    while time.monotonic() < end and not stopping.is_set():
                        time.sleep(0.02)
                elif event is None:
                    self.wfile.write(b": still here\n\n")
                else:
                    self.wfile.write(f"data: {event}\n\n".encode())
                self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = FakeServer(f"http://127.0.0.1:{server.server_address[1]}/v1", list(scripts))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
