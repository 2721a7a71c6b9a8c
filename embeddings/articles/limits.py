"""How much of a file is read, and for how long; what passes a limit is refused with a reason.

They are far above what newsrooms write, and keep one bad file from taking the machine.
"""

from __future__ import annotations

from embeddings.errors import ArticleError

FILE_BYTES = 2 << 30
"""Any file, as it lies on the disk."""

DOCUMENT_BYTES = 256 << 20
"""A file that is parsed whole: everything but text a line or row at a time, and archives."""

MARKUP_BYTES = 32 << 20
"""A text, a page, a feed or a part of a Word document or e-book; parsers build trees of many
times that."""

ARTICLE_CHARACTERS = 5_000_000
"""The text of one article; the whole of Shakespeare is about as long."""

RECORD_CHARACTERS = 16 << 20
"""One line of JSON Lines, one field of CSV."""

PAGES = 5_000
"""Pages of one PDF."""

FRONT_MATTER_CHARACTERS = 64 << 10
"""The block of fields before a Markdown text."""

ARCHIVE_BYTES = 4 << 30
"""All that one archive unpacks to, archives inside it included."""

ARCHIVE_MEMBERS = 100_000
"""Files in one archive, archives inside it included."""

ARCHIVE_DEPTH = 3
"""Archives inside archives; attachments inside attachments."""

RATIO = 200
"""How many times its packed size a member may unpack to, beyond the first `RATIO_FREE`."""

RATIO_FREE = 16 << 20
"""Bytes that may be packed however well: a small page of one repeated line is no bomb."""

SECONDS = 60.0
"""Time for one file in the reading process, and `SECONDS_PER_MEGABYTE` beyond that."""

SECONDS_PER_MEGABYTE = 2.0

MEMORY_BYTES = 4 << 30
"""Address space of the reading process, where the system can limit it."""


def check_size(size: int, most: int, what: str = "The file") -> None:
    """Refuse more than ``most`` bytes.

    Raises:
        ArticleError: it is larger.
    """
    if size > most:
        raise ArticleError(
            f"{what} is too large: {megabytes(size)}, where at most {megabytes(most)} are read.",
            "Split it into its articles.",
        )


def check_ratio(packed: int, size: int, what: str) -> None:
    """Refuse what is packed as no article is: a few bytes that would fill the memory.

    Raises:
        ArticleError: it unpacks to too many times its size.
    """
    if size > RATIO_FREE and size > RATIO * max(packed, 1):
        raise ArticleError(
            f"{what} unpacks to {megabytes(size)} from {packed:,} bytes, as archives "
            "made to fill a machine's memory do.",
            "Remove it, or unpack it by hand if you trust it.",
        )


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / (1 << 20):,.1f} MB"
