"""Reading ZIP containers that may be damaged, locked, or made to fill the memory."""

from __future__ import annotations

import io
import zipfile
import zlib

from embeddings.articles import limits
from embeddings.articles.decoding import kind_of
from embeddings.errors import ArticleError

_LOCKED = 0x1


def open_zip(data: bytes, what: str = "ZIP") -> zipfile.ZipFile:
    """The container in the bytes of a file; nothing is unpacked yet.

    Raises:
        ArticleError: it is none, is damaged, or has too many members.
    """
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
    # A damaged directory fails in more ways than BadZipFile.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, IndexError) as error:
        if data.startswith(b"PK"):
            raise ArticleError(
                f"The {what} file is damaged or cut short.", "Fetch it or save it again."
            ) from error
        raise ArticleError(
            f"The file is not {what} but {kind_of(data)}.",
            "Give it the suffix of its real format, or remove it.",
        ) from error
    if len(container.infolist()) > limits.ARCHIVE_MEMBERS:
        raise ArticleError(
            f"The {what} file has {len(container.infolist()):,} members; at most "
            f"{limits.ARCHIVE_MEMBERS:,} are read.",
            "Split it, or unpack it into the folder.",
        )
    return container


def check_document(container: zipfile.ZipFile) -> None:
    """Refuse a document whose parts unpack to more than a document has.

    Raises:
        ArticleError: they do, or a part is packed as no document's is.
    """
    total = 0
    for member in container.infolist():
        limits.check_ratio(member.compress_size, member.file_size, f"Its part {member.filename}")
        total += member.file_size
    limits.check_size(total, limits.DOCUMENT_BYTES, "The document, unpacked,")


def member_bytes(container: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of one member, at most ``most`` of them.

    Raises:
        ArticleError: it is larger, locked, damaged, or packed by an unknown method.
    """
    if member.flag_bits & _LOCKED:
        raise ArticleError("It is locked by a password.", "Save it without one, then rebuild.")
    limits.check_size(member.file_size, most, "It")
    limits.check_ratio(member.compress_size, member.file_size, "It")
    try:
        # No more than the size in its entry is ever unpacked, whatever the data hold.
        with container.open(member) as stream:
            return stream.read()
    except NotImplementedError as error:
        raise ArticleError(
            "It is packed by a method that is not known here.", "Pack it again as plain ZIP."
        ) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
        raise ArticleError("It is damaged or cut short.", "Fetch the archive again.") from error
