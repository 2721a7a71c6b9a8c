"""One request to an OpenAI-compatible server, streamed and bounded in every way."""

from __future__ import annotations

import importlib.util
import queue
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from embeddings.errors import LanguageModelError, LanguageModelFailed
from qa.writer.prompt import Message
from qa.writer.settings import LanguageModelSettings

if TYPE_CHECKING:
    import openai
    from openai._legacy_response import LegacyAPIResponse
    from openai.types.chat import ChatCompletionChunk

CHARACTERS_A_TOKEN = 12
"""More than any tokenizer makes of running text: what bounds a server that ignores its limit."""

_BROKE_OFF = "The language model's answer broke off half-way."
_THOUGHTS = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_THOUGHTS_END = re.compile(r"</think(?:ing)?>\s*", re.IGNORECASE)
# What the client would tell of this machine with every request.
_UNSAID = (
    "X-Stainless-Lang",
    "X-Stainless-Package-Version",
    "X-Stainless-OS",
    "X-Stainless-Arch",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
    "X-Stainless-Async",
    "X-Stainless-Retry-Count",
    "X-Stainless-Read-Timeout",
    "OpenAI-Organization",
    "OpenAI-Project",
)


def require_client() -> None:
    """Check that the client is installed, without loading it.

    Raises:
        LanguageModelError: it is not.
    """
    missing = [name for name in ("openai", "text_to_num") if importlib.util.find_spec(name) is None]
    if missing:
        raise LanguageModelError(
            "A language model is set up, but what is needed to ask it and to check its answers "
            f"is not installed ({', '.join(missing)}).",
            "Run: pip install 'dateline[llm]'",
        )


class Reply:
    """The model's text as it arrives, in pieces; to be iterated once.

    Iteration ends within ``settings.time_limit`` whatever the server does. ``cut_short`` is
    true afterwards if the reply reached its longest length.

    Raises (while iterated):
        LanguageModelFailed: no whole reply came, with a plain reason.
    """

    def __init__(self, messages: Sequence[Message], settings: LanguageModelSettings) -> None:
        self.messages = list(messages)
        self.settings = settings
        self.cut_short = False
        self._pieces: queue.SimpleQueue[str | bool | LanguageModelError] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        self._begun = False
        self._client: openai.OpenAI | None = None

    def __iter__(self) -> Iterator[str]:
        return _without_thoughts(self._text())

    def _text(self) -> Iterator[str]:
        # The read timeout is between two packets only, and a server can keep a connection busy
        # without ever sending text: another thread reads, and this one watches the clock.
        deadline = time.monotonic() + self.settings.time_limit
        reader = threading.Thread(target=self._read, name="dateline-llm", daemon=True)
        reader.start()
        try:
            while True:
                try:
                    item = self._pieces.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    limit = f"{self.settings.time_limit:g} seconds"
                    raise LanguageModelFailed(
                        f"The language model did not finish within {limit}."
                    ) from None
                if isinstance(item, str):
                    yield item
                elif isinstance(item, bool):
                    self.cut_short = item
                    return
                else:
                    raise item
        finally:
            self._abandoned.set()
            if self._client is not None:
                with suppress(Exception):
                    self._client.close()
            reader.join(timeout=0.2)

    def _read(self) -> None:
        """Put pieces of text into the queue, then whether it was cut short, or the error."""
        try:
            self._pieces.put(self._receive())
        except Exception as error:
            # Anything at all may be wrong with what a server sends.
            self._pieces.put(_explained(error, self.settings, self._begun))

    def _receive(self) -> bool:
        settings = self.settings
        longest = settings.max_tokens * CHARACTERS_A_TOKEN
        with _client(settings) as self._client:
            response = self._request(self._client)
            length = 0
            finished = ""
            for text, reason in _events(response):
                if self._abandoned.is_set():
                    return True
                finished = reason or finished
                if text:
                    self._begun = True
                    self._pieces.put(text)
                    length += len(text)
                if length > longest:
                    return True
        if finished == "content_filter":
            raise LanguageModelFailed("The language model's server withheld its answer.")
        if not finished:
            raise LanguageModelFailed(_BROKE_OFF)
        return finished == "length"

    def _request(self, client: openai.OpenAI) -> LegacyAPIResponse[Any]:
        """Open the stream; parameters that a server refuses by name are left out."""
        import openai

        settings = self.settings
        unsaid: dict[str, str | openai.Omit] = dict.fromkeys(_UNSAID, openai.Omit())
        unsaid["User-Agent"] = "dateline"
        if not settings.key:
            unsaid["Authorization"] = openai.Omit()
        optional: dict[str, Any] = {
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
        }
        create: Any = client.chat.completions.with_raw_response.create
        while True:
            try:
                response: LegacyAPIResponse[Any] = create(
                    model=settings.model,
                    messages=self.messages,
                    stream=True,
                    extra_headers=unsaid,
                    **optional,
                )
                return response
            except openai.BadRequestError as error:
                refused = next((name for name in optional if name in str(error)), None)
                if refused is None:
                    raise
                del optional[refused]
                if refused == "max_tokens":
                    optional["max_completion_tokens"] = settings.max_tokens


def _client(settings: LanguageModelSettings) -> openai.OpenAI:
    require_client()
    import openai

    timeout = openai.Timeout(settings.stall_timeout, connect=settings.connect_timeout)
    return openai.OpenAI(
        base_url=settings.url,
        api_key=settings.key or "none",
        timeout=timeout,
        max_retries=settings.retries,
        # A redirect would carry the passages to a server that nobody named.
        http_client=openai.DefaultHttpxClient(follow_redirects=False, timeout=timeout),
    )


def _events(response: LegacyAPIResponse[Any]) -> Iterator[tuple[str, str]]:
    """Text and finish reason ("" while there is none) of each event, or of the one answer."""
    if "json" in response.headers.get("content-type", ""):
        # Some servers do not stream, though asked to.
        response.http_response.read()
        body = response.http_response.json()
        choice = body["choices"][0]
        yield str(choice["message"]["content"] or ""), str(choice.get("finish_reason") or "stop")
        return
    chunk: ChatCompletionChunk
    for chunk in response.parse():
        # The last event of some servers has no choices, only counts.
        for choice in chunk.choices[:1]:
            text = choice.delta.content or ""
            if not isinstance(text, str):
                # The client passes on whatever stands in the JSON.
                raise TypeError("the text is no string")
            yield text, choice.finish_reason or ""


def _without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without a ``<think>`` block at the beginning, as reasoning models send."""
    held = ""
    deciding, thinking = True, False
    for piece in pieces:
        if not deciding and not thinking:
            yield piece
            continue
        held += piece
        if deciding and (len(held.lstrip()) >= len("<thinking>") or ">" in held):
            deciding, thinking = False, bool(_THOUGHTS.match(held))
        elif deciding and held.strip() and not held.lstrip().startswith("<"):
            deciding = False
        end = _THOUGHTS_END.search(held) if thinking else None
        if end:
            thinking = False
            held = held[end.end() :]
        if not deciding and not thinking and held:
            yield held
            held = ""
    if held and not thinking:
        yield held


def _explained(
    error: Exception, settings: LanguageModelSettings, begun: bool
) -> LanguageModelError:
    """A library's error in plain words; nothing the server wrote is repeated."""
    if isinstance(error, LanguageModelError):
        return error
    import openai

    server = settings.server
    if isinstance(error, openai.APITimeoutError):
        words = f"The language model's server ({server}) did not answer in time."
    elif isinstance(error, openai.APIConnectionError):
        words = f"The language model's server ({server}) could not be reached."
        if begun:
            words = _BROKE_OFF
    elif isinstance(error, openai.APIStatusError):
        words = f"The language model's server ({server}) {_status_words(error, settings)}."
    elif isinstance(error, openai.APIError):
        words = f"The language model's server ({server}) reported an error half-way."
    else:
        words = f"The language model's server ({server}) sent something that is no answer."
    return LanguageModelFailed(words)


def _status_words(error: openai.APIStatusError, settings: LanguageModelSettings) -> str:
    status = error.status_code
    if status in (401, 403):
        return f"did not accept the key (error {status})"
    if status == 404:
        return f"knows no model {settings.model!r} at that address (error 404)"
    if status == 429:
        return "is too busy, or its quota is used up (error 429)"
    if status in (400, 413, 422):
        return f"refused the request, which may be too long for the model (error {status})"
    if status < 400:
        return f"points to another address (status {status})"
    return f"failed (error {status})"
