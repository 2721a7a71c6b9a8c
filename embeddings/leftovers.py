"""Files in an index folder that no generation names: set aside by a repair, or abandoned."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from embeddings import generations
from embeddings.catalog import Generation

SET_ASIDE = "set-aside-"


def set_aside(index: Path, name: str) -> Path:
    """Give a database and its log other names, and so keep what may be the only copy.

    Returns:
        The database under its new name.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    for suffix in ("", "-wal", "-shm"):
        file = index / f"{name}{suffix}"
        if file.exists():
            file.rename(index / f"{SET_ASIDE}{stamp}-{file.name}")
    return index / f"{SET_ASIDE}{stamp}-{name}"


def abandoned(index: Path, generation: Generation) -> list[Path]:
    """Folders of search files that are neither this generation's nor the one's before.

    The one before stays, for readers that still use it; only a finished one has a number
    below that of the generation.
    """
    folders = (index / generations.FOLDER_NAME).glob("*")
    others = [folder for folder in folders if folder.name != generation.derived]
    finished = [
        folder
        for folder in others
        if (folder / generations.DIGESTS).exists() and _number(folder) <= generation.number
    ]
    before = max(finished, key=lambda folder: (_number(folder), folder.name), default=None)
    return sorted(folder for folder in others if folder != before)


def last_number(index: Path) -> int:
    """The highest generation that any folder of search files names, 0 if there is none."""
    return max(map(_number, (index / generations.FOLDER_NAME).glob("*")), default=0)


def _number(folder: Path) -> int:
    number = folder.name.partition("-")[0]
    return int(number) if number.isdecimal() else 0
