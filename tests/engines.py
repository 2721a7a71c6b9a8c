"""Engines for the tests: in files, in a Milvus file, in a real Milvus server."""

from __future__ import annotations

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ENGINES = ("embedded", "milvus-lite", "milvus")
WHY_NOT = "is not installed; it is with: make test-engines"


@contextmanager
def engine_at(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """An engine's name and its address, ready to be used; skips where it cannot be had."""
    if name == "embedded":
        yield "embedded", ""
        return
    _needs("pymilvus")
    with closed_clients():
        if name == "milvus-lite":
            _needs("milvus_lite")
            yield "milvus", str(folder / "engine.db")
        else:
            with milvus_server() as server:
                yield "milvus", address(server)


@contextmanager
def closed_clients() -> Iterator[None]:
    """Close in the end what was opened meanwhile."""
    from embeddings.milvus_client import close_clients

    try:
        yield
    finally:
        close_clients()


@contextmanager
def milvus_server(data: Path | None = None) -> Iterator[Any]:
    """A running `MilvusServer` of its own, in a fresh folder if none is given."""
    _needs("milvus")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from milvus import MilvusServer
    with tempfile.TemporaryDirectory(prefix="milvus-", ignore_cleanup_errors=True) as fresh:
        server = MilvusServer()
        server.set_base_dir(str(data or fresh))
        try:
            server.start()
        except Exception as error:
            server.stop()
            pytest.skip(f"the Milvus server does not start here: {error}")
        try:
            yield server
        finally:
            # It is given a second to end by its own `stop`, and killed then.
            server.server_proc.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.server_proc.wait(30)
            server.stop()


def address(server: Any) -> str:  # noqa: ANN401
    """Where a running server listens."""
    return f"http://127.0.0.1:{server.listen_port}"


def _needs(package: str) -> None:
    if os.environ.get("DATELINE_TEST_ENGINES"):
        __import__(package)
    else:
        pytest.importorskip(package, reason=f"{package} {WHY_NOT}")
