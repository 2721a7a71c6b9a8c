"""PDF: the text of its pages as running text, with the page each word stands on."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from embeddings.articles import limits
from embeddings.articles.building import build_article
from embeddings.articles.bylines import is_signed_line
from embeddings.articles.cleaning import has_words, one_line
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import kind_of
from embeddings.articles.heads import read_head
from embeddings.articles.pdf_layout import HYPHEN, Line, clean_line, running_text, without_margins
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_FILE_NAME = re.compile(r"\.(?:docx?|odt|rtf|indd|qxp|qxd|pdf|ps|tex|dvi|pages|txt|html?)$", re.I)
_NO_TITLE = re.compile(
    r"(?:untitled|document|binder|title|layout|print|scan|microsoft word)\W*\d*", re.I
)
_HEAD_LINES = 15
"""Lines at the top of the first page in which a date line and a byline are looked for."""


def read(path: Path, relative: str, data: bytes) -> Iterator[Article | ArticleError]:
    """Yield the one article of a PDF, then what is wrong with pages that were left out.

    Running heads, feet and page numbers are dropped, words broken at line ends are made
    whole. The title is the document's own or the largest line of its first page; the date is
    one that stands at the top of the first page, else the day the file was made, unless it
    is a scan.

    Raises:
        EmptyArticle: no page has text: a scan, for example.
        ArticleError: the file is damaged, locked by a password, or no PDF.
    """
    limits.check_size(len(data), limits.DOCUMENT_BYTES)
    import pypdfium2

    if b"%PDF-" not in data[:1024]:
        raise ArticleError(
            f"The file is not PDF but {kind_of(data)}.",
            "Give it the suffix of its real format, or remove it.",
        )
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        raise _unopened(error) from None
    try:
        if count > limits.PAGES:
            raise ArticleError(
                f"The PDF has {count:,} pages; at most {limits.PAGES:,} are read.",
                "Split it into its articles.",
            )
        yield from _read(document, count, relative)
    finally:
        document.close()


def _read(document: PdfDocument, count: int, relative: str) -> Iterator[Article | ArticleError]:
    lines: list[Line] = []
    pictures: list[int] = []
    broken: list[int] = []
    scanned = False
    for number in range(count):
        try:
            page = document[number]
        except Exception:  # PDFium's own, or one of ctypes; the other pages may be sound
            broken.append(number + 1)
            continue
        found = _lines(page, number)
        if number == 0 or not found:
            picture = _is_picture(page)
            scanned = scanned or (number == 0 and picture)
            if picture and not found:
                pictures.append(number + 1)
        lines += found
        page.close()
    if not any(has_words(line.text) for line in lines):
        raise EmptyArticle(
            "The PDF has no text layer; it is a scan or made of pictures."
            if pictures
            else "There is no text in the PDF.",
            "Run text recognition over it (ocrmypdf does), then rebuild."
            if pictures
            else "Save it again from the program that wrote it, or remove it.",
        )
    kept = without_margins(lines, count)
    kept = kept if any(has_words(line.text) for line in kept) else lines
    text, pages = running_text(kept, count)
    about = {name: one_line(value) for name, value in document.get_metadata_dict().items()}
    head = [line.text for line in kept[:_HEAD_LINES] if line.page == kept[0].page]
    title = _title(about.get("Title", ""), [line for line in kept if line.page == kept[0].page])
    start = read_head(text, title).start
    yield build_article(
        text[start:],
        id=relative,
        path=relative,
        title=title,
        published=_published(head, "" if scanned else about.get("CreationDate", "")),
        byline=_byline(about.get("Author", ""), head),
        language=_language(document),
        pages=tuple(max(0, page - start) for page in pages),
    )
    if pictures:
        yield ArticleError(
            f"{_pages(pictures)} no text layer and could not be searched.",
            "Run text recognition over the file (ocrmypdf does), then rebuild.",
        )
    if broken:
        yield ArticleError(
            f"{_pages(broken)} damage and could not be read.",
            "Save the file again from the program that wrote it.",
        )


def _pages(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (", …" if len(numbers) > 10 else "")
    return f"Page {shown} has" if len(numbers) == 1 else f"Pages {shown} have"


def _unopened(error: Exception) -> ArticleError:
    if "password" in str(error).lower():
        return ArticleError(
            "The PDF is locked by a password.", "Save it without one, then rebuild."
        )
    return ArticleError(
        "The PDF is damaged or cut short.", "Fetch it again, or save it again from its source."
    )


# -- what stands on a page -----------------------------------------------------------------


def _lines(page: PdfPage, number: int) -> list[Line]:
    """The lines of a page in the order of its text, as PDFium gives it."""
    import pypdfium2.raw as pdfium

    text_page = page.get_textpage()
    raw = text_page.raw
    codes = [pdfium.FPDFText_GetUnicode(raw, index) for index in range(text_page.count_chars())]
    lines: list[Line] = []
    start = 0
    for index, code in enumerate([*codes, 10]):
        # PDFium says where a line ends, save behind the hyphen of a broken word.
        hyphen = code in (2, 0xFFFE)
        if not hyphen and code not in (10, 13):
            continue
        text = clean_line("".join(map(_character, codes[start : index + hyphen])))
        if text.strip(HYPHEN):
            lines.append(_line(text_page, text, number, start, index - 1))
        start = index + 1
    text_page.close()
    return lines


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _line(printed: PdfTextPage, text: str, page: int, first: int, last: int) -> Line:
    import pypdfium2.raw as pdfium

    raw = printed.raw
    left, right, base, unused = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(raw, last, unused, right, unused, unused)
    # The origin is on the line letters stand on; their boxes end below or above it.
    pdfium.FPDFText_GetCharOrigin(raw, first, left, base)
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(raw, first, matrix)
    size = pdfium.FPDFText_GetFontSize(raw, first) * (abs(matrix.d) or abs(matrix.b) or 1)
    return Line(text, page, left.value, max(left.value, right.value), base.value, size)


def _is_picture(page: PdfPage) -> bool:
    """Whether a picture covers most of the page, as in a scan."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        try:
            left, bottom, right, top = image.get_bounds()
        except Exception:
            continue
        if (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


# -- what the document says of itself ------------------------------------------------------


def _title(written: str, lines: Sequence[Line]) -> str:
    """The document's own title if it is one, else the largest line of the first page."""
    written = re.sub(r"^Microsoft Word - ", "", written, flags=re.I).strip()
    own = "" if _FILE_NAME.search(written) or _NO_TITLE.fullmatch(written) else written
    shown = _largest(lines)
    page = " ".join(line.text for line in lines).casefold()
    if own and (own.casefold() in page or not shown):
        return own
    return shown or own


def _largest(lines: Sequence[Line]) -> str:
    usual = median(line.size for line in lines)
    worded = [line for line in lines if has_words(line.text)]
    largest = max((line.size for line in worded), default=0)
    if largest < 1.2 * usual:
        return ""
    start = next(i for i, line in enumerate(worded) if line.size == largest)
    title = worded[start].text
    for line in worded[start + 1 : start + 5]:
        if abs(line.size - largest) > 0.5:
            break
        title = (
            title[: -len(HYPHEN)] + line.text if title.endswith(HYPHEN) else f"{title} {line.text}"
        )
    title = one_line(title.replace(HYPHEN, ""))
    return title if len(title) <= 250 else ""


def _published(head: Sequence[str], made: str) -> date | None:
    """The day in a short line at the top of the page, else the day the file was made."""
    for line in head:
        if len(line) <= 80 and (day := parse_published(line)):
            return day
    match = re.match(r"(?:D:)?(\d{8})", made)
    return parse_published(match[1]) if match else None


def _byline(author: str, head: Sequence[str]) -> str:
    """A line that is signed, else the document's author if that is a name and no login."""
    signed = next((line for line in head if is_signed_line(line)), "")
    return signed or (author if " " in author else "")


def _language(document: PdfDocument) -> str:
    import pypdfium2.raw as pdfium

    if not hasattr(pdfium, "FPDFCatalog_GetLanguage"):
        return ""
    buffer = ctypes.create_string_buffer(128)
    try:
        size = pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, 128)
    except (ctypes.ArgumentError, TypeError):
        return ""
    return buffer.raw[: min(size, 128)].decode("utf-16-le", "ignore").strip("\0")
