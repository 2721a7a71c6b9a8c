"""E-mail (.eml): the message, and the articles attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, Message, MIMEPart
from email.utils import parseaddr
from pathlib import Path, PurePosixPath

from embeddings.articles import limits, read_here, suffix_of
from embeddings.articles.building import build_article, without_heading
from embeddings.articles.cleaning import clean_text, has_words
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import decode, kind_of
from embeddings.articles.html import decode_page
from embeddings.articles.markup import text_of_fragment
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

_LONGEST_HEADER = 2000
_UNREAD = frozenset({".zip", ".gz", ".tar", ".tgz", ".tar.gz"})
"""Archives among the attachments: an e-mail is no way to pass what a folder should hold."""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the message, then the articles in its attachments.

    The plain text is taken, or the HTML where there is none or it has far more words.
    Title, date and byline come from Subject, Date and From. An attachment of a known format
    has the id ``relative/name``; other attachments are passed over.

    Raises:
        EmptyArticle: there is no text in the message or its attachments.
        ArticleError: the file is no e-mail, or too large.
    """
    yield from _read(relative, relative, data, limits.ARCHIVE_DEPTH)


def _read(id: str, path: str, data: bytes, depth: int) -> Iterator[Article | ArticleError]:
    limits.check_size(len(data), limits.DOCUMENT_BYTES, "The message")
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage) or not _is_mail(message):
        raise ArticleError(
            f"The file is not an e-mail but {kind_of(data)}.",
            "Give it the suffix of its real format, or remove it.",
        )
    text = _text(message)
    found = has_words(text)
    if found:
        name, address = parseaddr(_header(message, "From"))
        subject = _header(message, "Subject")
        yield build_article(
            without_heading(text, subject),
            id=id,
            path=path,
            title=subject,
            published=parse_published(_header(message, "Date")),
            byline=name or address,
            language=_header(message, "Content-Language"),
        )
    for name, content in _attachments(message):
        found = True
        try:
            if depth <= 0:
                raise ArticleError("It lies too deep in messages.", "Save it as a file.")
            own = f"{id}/{name}"
            if PurePosixPath(name).suffix.lower() == ".eml":
                yield from _read(own, path, content, depth - 1)
            else:
                for item in read_here(Path(name), own, content):
                    yield item if isinstance(item, ArticleError) else replace(item, path=path)
        except ArticleError as error:
            yield type(error)(f"{name}: {error.message}", error.hint)
    if not found:
        raise EmptyArticle("There is no text in the message.", "Remove it.")


def _is_mail(message: EmailMessage) -> bool:
    names = {name.lower() for name in message}
    return bool(names & {"from", "subject", "date", "message-id", "mime-version"})


def _header(message: EmailMessage, name: str) -> str:
    """A header's words, decoded, at most `_LONGEST_HEADER` characters of it."""
    raws = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    # The standard library's parser takes time with the square of the length.
    raw = next(raws, "")[:_LONGEST_HEADER]
    try:
        return str(policy.default.header_factory(name, raw))
    except Exception:  # a malformed header raises all sorts in there
        return raw


def _text(message: EmailMessage) -> str:
    plain, html = "", ""
    if part := message.get_body(("plain",)):
        plain = clean_text(_characters(part))
    if part := message.get_body(("html",)):
        html = text_of_fragment(_characters(part))
    # Some senders write "this message is in HTML" where the plain text should be.
    return html if len(html.split()) > 3 * len(plain.split()) else plain


def _characters(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    charset = part.get_content_charset() or ""
    try:
        return data.decode(charset) if charset else _guessed(part, data)
    except (LookupError, UnicodeDecodeError):
        return _guessed(part, data)


def _guessed(part: MIMEPart, data: bytes) -> str:
    if not data.strip():
        return ""
    return decode_page(data) if part.get_content_type() == "text/html" else decode(data)


def _attachments(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    """The name and bytes of each attachment that has a reader."""
    seen: set[str] = set()
    for part in message.iter_attachments():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            name, content = "message.eml", b""
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                content = inner[0].as_bytes()
        else:
            name = PurePosixPath((part.get_filename() or "").replace("\\", "/")).name
            suffix = suffix_of(name)
            if suffix is None or suffix in _UNREAD:
                continue
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
        while name in seen:
            name = f"{PurePosixPath(name).stem}-2{PurePosixPath(name).suffix}"
        seen.add(name)
        yield name, content
