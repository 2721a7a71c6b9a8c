"""Opening the index's SQLite files, and telling a person what is wrong with one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embeddings.errors import IndexBusy, IndexDamaged, IndexProblem, IndexUnwritable

WAIT_SECONDS = 30

_FULL = "SQLITE_FULL"
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_BUGS = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.NotSupportedError)

MEND = "Find out what is left and mend it with: dateline doctor --mend"
_SPACE = "Check the free space and the folder's permissions, or name another folder with --index."


def connect(file: Path, *, synchronous: str) -> sqlite3.Connection:
    """Open a database with a write-ahead log, for reading alone where it cannot be written.

    Raises:
        sqlite3.DatabaseError: as SQLite does, at the latest when it is first read.
    """
    if writable(file):
        connection = _connection(file.as_posix(), uri=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
        except sqlite3.OperationalError as error:
            connection.close()
            # Reading needs a little room beside the file, which a full disk has not.
            if not error.sqlite_errorname.startswith((_FULL, *_UNWRITABLE)) or not _holds(file):
                raise
        else:
            return connection
    address = file.absolute().as_uri()
    connection = _connection(f"{address}?mode=ro", uri=True)
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if _holds(file.with_name(f"{file.name}-wal")):
            raise
        # Readers share a file beside the log, which cannot be made here. Without a log there
        # is nothing to share, for as long as nobody writes.
        connection = _connection(f"{address}?immutable=1", uri=True, factory=_Still)
    return connection


class Connection(sqlite3.Connection):
    """Tells what is wrong with a damaged file as SQLite's errors alone.

    SQLite quotes the damaged schema in its message, and Python fails to decode that.
    """

    def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401
        """As `sqlite3.Connection.execute`."""
        try:
            return super().execute(*arguments)
        except UnicodeDecodeError as error:
            raise sqlite3.DatabaseError("malformed database schema") from error


class _Still(Connection):
    """Takes the file to stand still."""


def lasting(connection: sqlite3.Connection) -> bool:
    """Whether a connection notices what others write, and may be kept for another question."""
    return not isinstance(connection, _Still)


def _holds(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def writable(file: Path) -> bool:
    """Whether a database can be written, or made, at this place."""
    return os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))


def _connection(
    database: str, *, uri: bool, factory: type[Connection] = Connection
) -> sqlite3.Connection:
    return sqlite3.connect(
        database,
        uri=uri,
        isolation_level=None,
        check_same_thread=False,
        timeout=WAIT_SECONDS,
        factory=factory,
    )


def explained(where: Path, error: sqlite3.DatabaseError) -> IndexProblem:
    """What an error of SQLite means for the index file or folder `where`."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name == _FULL:
        return IndexUnwritable(f"The disk is full: {where} could not be written.", _SPACE)
    if name.startswith("SQLITE_READONLY"):
        reason = "the disk is full, or it may only be read"
        return IndexUnwritable(f"{where} cannot be written: {reason}.", _SPACE)
    if name.startswith(_UNWRITABLE):
        return IndexUnwritable(f"{where} cannot be written: {error}.", _SPACE)
    if name.startswith(_BUSY):
        return IndexBusy(f"{where} is in use by another program.", "Try again in a moment.")
    return IndexDamaged(f"{where} cannot be read: {error}.", MEND)


def unwritable(where: Path, error: OSError) -> IndexUnwritable:
    """What an error of the operating system means for the index folder `where`."""
    reason = error.strerror or error
    return IndexUnwritable(f"The index folder {where} cannot be written: {reason}.", _SPACE)


@contextmanager
def sound(where: Path) -> Iterator[None]:
    """Tell what SQLite finds wrong within the block as an `IndexProblem`."""
    try:
        yield
    except _BUGS:
        raise
    except sqlite3.DatabaseError as error:
        raise explained(where, error) from error


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Tell what SQLite or the system finds wrong within the block as an `IndexProblem`."""
    try:
        with sound(index):
            yield
    except OSError as error:
        raise unwritable(index, error) from error


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Tell a value that is not what was written within the block as an `IndexDamaged`."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise IndexDamaged(f"{what} cannot be read: {error}.", MEND) from error
