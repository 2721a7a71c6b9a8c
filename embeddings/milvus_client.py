"""Talking to Milvus: addresses, one client for each, and what its errors mean."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embeddings.errors import EngineUnreachable, EngineUnusable, IndexDamaged

TOKEN = "DATELINE_ENGINE_TOKEN"
"""Where a server's token, or its user:password, is taken from."""
QUESTION_SECONDS = 10.0
"""How long an answer of the engine may take while somebody waits."""
ADVICE = "Run dateline rebuild: it is made again from the catalog."

_clients: dict[str, Any] = {}
_clients_lock = threading.Lock()


def checked_uri(uri: str) -> str:
    """The address of a Milvus in the form it is recorded in.

    Raises:
        EngineUnusable: it is none, or has a password in it.
    """
    if "://" not in uri:
        if not uri.endswith(".db"):
            raise EngineUnusable(
                f"{uri or 'Nothing'!r} is not an address of a Milvus.",
                "Give http://HOST:PORT with --engine-uri, or a file whose name ends in .db.",
            )
        return str(Path(uri).absolute())
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https", "tcp", "unix") or not (parts.hostname or parts.path):
        raise EngineUnusable(
            f"{uri!r} is not an address of a Milvus.", "Give http://HOST:PORT with --engine-uri."
        )
    if parts.username or parts.password:
        raise EngineUnusable(
            "The address of the Milvus holds a password, which would be written into the index.",
            f"Leave it out of the address, and set {TOKEN} to user:password.",
        )
    return uri


def client_of(uri: str) -> Any:  # noqa: ANN401 - of pymilvus, which is not always there
    """The client for a Milvus, one for all threads: a file can be opened once alone."""
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise EngineUnusable(
            "Searching in Milvus needs a package that is not installed.",
            "Install it with: pip install 'dateline[milvus]'",
        ) from error
    with _clients_lock:
        if uri not in _clients:
            # It writes every error with a traceback to the terminal, as well as raising it.
            for name in ("pymilvus", "milvus_lite"):
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
            if "://" not in uri:
                Path(uri).parent.mkdir(parents=True, exist_ok=True)
            _clients[uri] = MilvusClient(
                uri=uri, token=os.environ.get(TOKEN, ""), timeout=QUESTION_SECONDS
            )
        return _clients[uri]


def close_clients() -> None:
    """Close every connection, and with them the files."""
    with _clients_lock:
        for uri, client in _clients.items():
            client.close()
            if "://" not in uri:
                with suppress(ImportError):
                    from milvus_lite.server_manager import server_manager_instance

                    server_manager_instance.release_server(uri)
        _clients.clear()


_NOT_THERE = re.compile(r"collection.*(not exist|not found)|can.?t find collection", re.IGNORECASE)


@contextmanager
def asking(uri: str) -> Iterator[None]:
    """Tell what goes wrong in talking to Milvus as an error with a word of advice."""
    try:
        yield
    except (EngineUnusable, IndexDamaged):
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("pymilvus", "grpc")):
            raise
        told = str(getattr(error, "message", "") or error).strip().rstrip(".")
        if _NOT_THERE.search(told):
            raise IndexDamaged(f"Milvus at {uri} does not hold the index: {told}.", ADVICE) from (
                error
            )
        if "Open local milvus failed" in told:
            raise EngineUnreachable(
                f"{uri} cannot be opened: one program at a time can.",
                "Close the other, rebuild from its page, or have a Milvus server for them all.",
            ) from error
        raise EngineUnreachable(
            f"Milvus at {uri} gave no answer: {told}.",
            "Start it, or say where it is now with --engine-uri; nothing of the articles is lost.",
        ) from error


def rows_where(uri: str, collection: str, passing: str) -> int:
    """How many rows of a collection an expression is true of, also of those put in just now."""
    with asking(uri):
        (row,) = client_of(uri).query(
            collection,
            filter=passing,
            output_fields=["count(*)"],
            consistency_level="Strong",
            timeout=max(QUESTION_SECONDS, 30.0),
        )
        return int(row["count(*)"])
