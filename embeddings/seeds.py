"""Finding the article files below a folder."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from embeddings.errors import SeedsProblem

_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".swp", "~")


class _NotAFile(Exception):
    """A pipe, a socket or a device."""


@dataclass(frozen=True, slots=True)
class SeedFile:
    """A file below the articles folder; ``relative`` is its POSIX path there."""

    path: Path
    relative: str
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: files in order of path, and places that could not be looked at.

    ``unreadable`` maps the relative path of a folder or file to the reason; ``unfinished``
    are the relative paths of what a download or an editor has not finished, by its name.
    """

    files: tuple[SeedFile, ...]
    unreadable: dict[str, str]
    unfinished: tuple[str, ...] = ()


def scan(root: Path, *, exclude: Path) -> Scan:
    """Find every file below `root` (or `root` itself, when it is a file).

    Hidden files, files still being written by a download or an editor, and the `exclude`
    folder are passed over; links are followed, each real folder once. Pipes, sockets and
    devices are never opened, since reading one may never end.

    Raises:
        SeedsProblem: there is no such folder.
    """
    if root.is_file():
        file = _stat(root, root.name)
        return Scan((file,), {})
    if not root.is_dir():
        raise SeedsProblem(
            f"There is no articles folder {root}.",
            "Make it and put articles in it, or name another: dateline rebuild FOLDER",
        )
    files: list[SeedFile] = []
    unreadable: dict[str, str] = {}
    unfinished: list[str] = []

    def note(error: OSError) -> None:
        where = Path(error.filename).relative_to(root).as_posix()
        unreadable[where] = f"cannot be opened: {error.strerror}"

    visited = {exclude.resolve()}
    for folder, subfolders, names in os.walk(root, onerror=note, followlinks=True):
        real = Path(folder).resolve()
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith("."):
                continue
            path = Path(folder) / name
            relative = path.relative_to(root).as_posix()
            try:
                relative.encode()
                if name.startswith("~$") or name.endswith(_UNFINISHED):
                    unfinished.append(relative)
                    continue
                files.append(_stat(path, relative))
            except UnicodeEncodeError:
                shown = relative.encode(errors="backslashreplace").decode()
                unreadable[shown] = "its name is not valid text; rename it"
            except OSError as error:
                unreadable[relative] = f"cannot be opened: {error.strerror}"
            except _NotAFile as error:
                unreadable[relative] = str(error)
    return Scan(tuple(sorted(files, key=lambda file: file.relative)), unreadable, tuple(unfinished))


def _stat(path: Path, relative: str) -> SeedFile:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise _NotAFile("it is a pipe, a socket or a device, not a file")
    return SeedFile(path, relative, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns))
