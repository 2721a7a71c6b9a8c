"""Files that generations share because nobody changes them once they are written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def share(source: Path, target: Path) -> None:
    """Give a file that is never changed a second name, or copy it where that cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
