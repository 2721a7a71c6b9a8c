"""From the bytes of a text file to characters: byte order marks, UTF-8, then detection."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from embeddings.errors import ArticleError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16 LE, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, a Word document or an e-book"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
)

_SAMPLE = 1 << 16
"""Bytes that detection looks at; more changes no verdict and costs seconds a megabyte."""


def decode(data: bytes) -> str:
    """The characters of a whole text file; a few damaged bytes become U+FFFD.

    Raises:
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    text = data.decode(encoding_of(data), errors="replace")
    junk = sum(map(text.count, _JUNK))
    if "\0" in text or (junk >= 16 and junk * 10 > len(text)):
        raise _binary("binary content")
    return text


def decoded_lines(data: bytes, longest: int = -1) -> Iterator[str]:
    """The lines of a text file, one at a time, each with at most one ``\\n`` at its end.

    A line of ``longest`` characters or more is cut there and the rest of it passed over, so
    that a file without line ends cannot fill the memory.

    Raises:
        ArticleError: the file is not text, or its encoding cannot be told.
    """
    encoding = encoding_of(data)
    # BytesIO shares the bytes, and the wrapper decodes in blocks: no second copy in memory.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline=None)
    while line := lines.readline(longest):
        yield line
        rest = line
        while len(rest) == longest and not rest.endswith("\n"):
            rest = lines.readline(longest)


def encoding_of(data: bytes) -> str:
    """The name of the Python codec that reads ``data``.

    A byte order mark decides; else UTF-8 if it is valid or all but a few bytes are; else
    the Western code page where the result looks like Western prose; else what
    charset-normalizer finds.

    Raises:
        ArticleError: the bytes are not text, or no encoding fits them.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    if kind := signed_kind(data):
        raise _binary(kind)
    head = data[:_SAMPLE]
    if b"\0" in head:
        encoding = _unmarked_utf16(head)
        if encoding:
            return encoding
        if head.count(0) * 10 > len(head):
            raise _binary("binary content")
    if _is_utf8(data):
        return "utf-8"
    if b"\0" in head:
        raise _binary("binary content")
    sample = _telling_sample(data)
    return _mostly_utf8(sample) or _western(sample) or _detected(sample)


def signed_kind(data: bytes) -> str:
    """What the first bytes say a file is, in words; ``""`` where they say nothing."""
    return next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), "")


def kind_of(data: bytes) -> str:
    """What a file is, in words, when it is not what its suffix says."""
    if not data:
        return "an empty file"
    if kind := signed_kind(data):
        return kind
    head = data[:4096].lstrip()
    if head[:1] == b"<":
        return "HTML or XML"
    return "binary data" if b"\0" in head else "text or damaged data"


_JUNK = [*(chr(code) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1a\x1b"), "\ufffd"]

# What Western European newsrooms type: letters, quotes, dashes and signs of cp1252. Left out
# is what only Icelandic and exponents use, as Turkish, Czech, Polish and Baltic files have
# letters in their place.
_WESTERN = set(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜàáâãäåæçèéêëìíîïñòóôõöøùúûüßÿŒœŠšŽžŸ"
    "“”‘’„‚…–—•·«»‹›¡¿€£¥¢§©®™°º½¼¾×\xa0\xad"
)
_WESTERN_LETTER = "À-ÖØ-öø-ÿŒœŠšŽžŸ"
# Three such letters in a row, a capital after a small letter, or a sign inside a word are
# what other code pages look like when read as cp1252.
_NOT_WESTERN = re.compile(
    f"[{_WESTERN_LETTER}]{{3}}|[a-zß-öø-ÿœšž][À-ÖØ-ÞŒŠŽ]"
    "|[^\\W\\d_][“”„‚…•«»‹›¡¿€£¥¢§©®™°½¼¾×ºª][^\\W\\d_]"
)


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), 1 << 20):
            decoder.decode(view[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _telling_sample(data: bytes) -> bytes:
    """The lines that say anything about the encoding: those with a byte above ASCII."""
    lines: list[bytes] = []
    size = 0
    for line in io.BytesIO(data):
        if not line.isascii():
            lines.append(line[:_SAMPLE])
            size += len(line)
            if size >= _SAMPLE:
                break
    return b"".join(lines)


def _mostly_utf8(sample: bytes) -> str:
    """UTF-8 with a few damaged bytes; other encodings hardly ever form its sequences."""
    text = sample.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    sound = sum(character > "\x7f" for character in text) - damaged
    return "utf-8" if sound >= 4 * damaged else ""


def _western(sample: bytes) -> str:
    """cp1252 where it gives Western prose.

    charset-normalizer takes an article with a handful of curly quotes or accents for one
    of a dozen other code pages, as each gives some letter for those bytes.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    marks = [character for character in text if character > "\x7f"]
    letters = sum(map(str.isalpha, text))
    accented = sum(map(str.isalpha, marks))
    if not _WESTERN.issuperset(marks) or _NOT_WESTERN.search(text):
        return ""
    return "cp1252" if accented <= max(2, 0.2 * letters) else ""


def _detected(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        raise ArticleError(
            "The characters of the file are in no encoding that could be recognised.",
            "Save the file as UTF-8 text.",
        )
    # The C1 controls of Latin-1 are never meant; cp1252 has quotes and dashes there.
    return "cp1252" if best.encoding == "latin_1" else best.encoding


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 without its mark: in Western text every other byte is zero."""
    even, odd = head[0::2], head[1::2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(head) >= 16 and zeros.count(0) > 0.5 * len(zeros) and not others.count(0):
            return encoding
    return ""


def _binary(kind: str) -> ArticleError:
    return ArticleError(
        f"The file is not text but {kind}.",
        "Give it the suffix of its real format, save it as UTF-8 text, or remove it.",
    )
