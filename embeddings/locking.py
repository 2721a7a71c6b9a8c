"""The lock that one writer of an index holds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from embeddings.database import unwritable
from embeddings.errors import IndexBusy

_LOCK_NAME = "writer.lock"


@contextlib.contextmanager
def writer_lock(index: Path, timeout: float = 0) -> Iterator[None]:
    """Hold the index for writing, alone.

    Raises:
        IndexBusy: another process holds it, and did for `timeout` seconds.
        IndexUnwritable: there is no folder to lock, and none can be made.
    """
    from filelock import FileLock, Timeout

    try:
        index.mkdir(parents=True, exist_ok=True)
        # The system drops this lock with the process that holds it, however it ends.
        lock = FileLock(index / _LOCK_NAME, timeout=timeout)
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(
            f"Another rebuild of {index} is running.", "Wait for it to end, then try again."
        ) from error
    except OSError as error:
        raise unwritable(index, error) from error
    try:
        yield
    finally:
        lock.release()
