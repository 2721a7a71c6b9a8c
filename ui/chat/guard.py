"""What every request to the page passes first: routes that stay shut, and headers."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The browser itself is told to load nothing from elsewhere, whatever stands in an article.
# Gradio's page needs inline scripts and styles, and builds functions from text.
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = (
    (b"content-security-policy", _CONTENT_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
# Gradio can serve files and fetch addresses by these; the page needs neither.
_SHUT = ("file", "proxy", "stream", "custom_component", "component_server", "deep_link", "vibe")
_UPLOAD = "upload"


def is_loopback(host: str) -> bool:
    """Whether a name or address is of this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware around the whole page.

    It shuts the routes by which gradio hands out files and fetches addresses, takes uploads only
    where the page does, and puts the content policy on every response. On this machine alone
    (`local`) it also answers to loopback names only and takes nothing that another site's page
    sends, so that no site a reader visits can reach the collection through the browser.
    """

    def __init__(self, app: ASGIApp, *, local: bool, uploads: bool) -> None:
        self.app = app
        self.local = local
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse, one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            from starlette.responses import PlainTextResponse

            status, reason = refusal
            await PlainTextResponse(reason, status)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        path = scope["path"].lstrip("/").removeprefix("gradio_api/").lstrip("/")
        if path.startswith(_SHUT):
            return 404, "There is nothing here."
        if path.startswith(_UPLOAD) and not self.uploads:
            return 403, "Files cannot be added to this collection from the page."
        if not self.local:
            return None
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not is_loopback(_name(host)):
            return 421, (
                "This page answers to this machine alone (127.0.0.1 or localhost). "
                "Start it with --host and --auth to reach it by another name."
            )
        origin = headers.get(b"origin", "")
        reads = scope["method"] in ("GET", "HEAD", "OPTIONS")
        if origin and not reads and urlsplit(origin).netloc != host:
            return 403, "Another site's page cannot send anything here."
        return None


def _name(host: str) -> str:
    """The host of a Host header, without its port."""
    return urlsplit(f"//{host}").hostname or ""
