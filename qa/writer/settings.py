"""Which language model to ask, and how long to wait for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from embeddings.errors import LanguageModelError

URL, MODEL, KEY = "DATELINE_LLM_URL", "DATELINE_LLM_MODEL", "DATELINE_LLM_KEY"
REWRITE = "DATELINE_LLM_REWRITE"
MAX_TOKENS, TIME_LIMIT = "DATELINE_LLM_MAX_TOKENS", "DATELINE_LLM_TIME_LIMIT"

DEFAULT_MAX_TOKENS = 600
DEFAULT_TIME_LIMIT = 120.0

_YES = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """An OpenAI-compatible server, and the bounds put on each request to it.

    ``url`` is the base address with its version (``http://localhost:11434/v1``); ``key`` may
    be empty. ``passages`` and ``passage_characters`` bound what is sent, ``max_tokens`` what
    comes back. Times are in seconds: ``connect_timeout`` to reach the server,
    ``stall_timeout`` between two pieces of the reply (the first waits for the whole prompt to
    be read), ``time_limit`` for everything. ``retries`` is how often a request that failed
    before its reply began is made again. ``rewrite`` lets the model word follow-ups to stand
    alone.

    Raises:
        LanguageModelError: the address is none, or the model has no name.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    passages: int = 6
    passage_characters: int = 9_000
    max_tokens: int = DEFAULT_MAX_TOKENS
    temperature: float = 0.0
    connect_timeout: float = 5.0
    stall_timeout: float = 60.0
    time_limit: float = DEFAULT_TIME_LIMIT
    retries: int = 1
    rewrite: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise LanguageModelError(
                "The language model's address is not a web address.",
                f"Set {URL} to one like http://localhost:11434/v1",
            )
        if not self.model.strip():
            raise LanguageModelError(
                f"The language model at {self.server} has no name.",
                f"Set {MODEL} to the name that the server knows it by.",
            )
        for name in ("passages", "passage_characters", "max_tokens", "time_limit"):
            if getattr(self, name) <= 0:
                raise LanguageModelError(f"{name} must be above zero.")

    @property
    def server(self) -> str:
        """Host and port, without what may be secret in the address."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None
    ) -> LanguageModelSettings | None:
        """Read ``DATELINE_LLM_URL``, ``_MODEL``, ``_KEY`` and the optional rest.

        ``None`` where no address is set: then answers are quotes.

        Raises:
            LanguageModelError: what is set cannot be used.
        """
        values = os.environ if environment is None else environment
        url = values.get(URL, "").strip()
        if not url:
            return None
        return cls(
            url=url,
            model=values.get(MODEL, "").strip(),
            key=values.get(KEY, "").strip(),
            max_tokens=int(_number(values, MAX_TOKENS, DEFAULT_MAX_TOKENS)),
            time_limit=_number(values, TIME_LIMIT, DEFAULT_TIME_LIMIT),
            rewrite=values.get(REWRITE, "").strip().lower() in _YES,
        )


def _number(values: Mapping[str, str], name: str, default: float) -> float:
    text = values.get(name, "").strip()
    try:
        return float(text) if text else default
    except ValueError:
        raise LanguageModelError(f"{name} is {text!r}.", "Set it to a number.") from None
