"""How text, days and numbers are written, and how text becomes harmless HTML."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable
from datetime import date, datetime

from qa.records import Window

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

# Characters that have no place in a page or (surrogates) in UTF-8, and the two that turn the
# order of all letters about, by which a text can show as another: one "\ufffd" for each.
_UNPRINTABLE = re.compile(
    "[\u202d\u202e\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
)
_BLANKS = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def printable(text: str) -> str:
    """Text with U+FFFD for each character that has no place in a page."""
    return _UNPRINTABLE.sub("\ufffd", text)


def escape(text: str) -> str:
    """Text as HTML on one line; character for character the same when it is shown.

    Line breaks and tabs become references, so that nothing between here and the browser
    re-indents them; control characters and lone surrogates become U+FFFD.
    """
    safe = html.escape(printable(text))
    return re.sub(r"[\n\r\t]", lambda blank: _BLANKS[blank[0]], safe)


def written_day(day: date | None) -> str:
    """A day as a reader writes it, whatever the locale: 14 February 2017."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if day else "undated"


def written_window(window: Window) -> str:
    """The days a question is limited to: from 1 to 28 February 2017."""
    since, until = window.since, window.until
    if since and until:
        if since == until:
            return f"on {written_day(since)}"
        if (since.year, since.month) == (until.year, until.month):
            return f"from {since.day} to {written_day(until)}"
        if since.year == until.year:
            return f"from {since.day} {MONTHS[since.month - 1]} to {written_day(until)}"
        return f"from {written_day(since)} to {written_day(until)}"
    if since:
        return f"from {written_day(since)} on"
    return f"up to {written_day(until)}" if until else "on any day"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: 1 article, 2,000 articles."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def written_file(article_id: str, path: str) -> str:
    """Where an article lies: its file, and the place in it where the file holds many.

    An id of its own, as records of JSON Lines may have, leads nowhere; the file does.
    """
    within = article_id.startswith((f"{path}/", f"{path}#"))
    return article_id if within else path


def written_pages(pages: Iterable[int | None]) -> str:
    """Pages as a reader writes them, p. 4 or pp. 2, 5; nothing where there are none."""
    numbers = sorted({page for page in pages if page is not None})
    listed = ", ".join(f"{number:,}" for number in numbers)
    return f"{'p.' if len(numbers) == 1 else 'pp.'} {listed}" if numbers else ""


def fingerprint(quote: str) -> str:
    """A short digest by which a quote is known to stand where it stood."""
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def cut(text: str, length: int) -> str:
    """Text of at most so many characters, cut between words where there are any."""
    text = text.strip()
    if len(text) <= length:
        return text
    head = text[:length]
    at = head.rfind(" ")
    return head[: at if at > length // 2 else length].rstrip() + "…"


def plain_words(text: str) -> str:
    """A question stripped to what tells it from another: blanks, case and end marks gone."""
    return " ".join(text.split()).casefold().rstrip("?!. ")


def written_range(first: date | None, newest: date | None) -> str:
    """From the first day to the newest: 10 February 2017 to 15 March 2018."""
    if first is None or newest is None or first == newest:
        return written_day(newest or first)
    return f"{written_day(first)} to {written_day(newest)}"


def time_tag(published: date | None) -> str:
    """A day as HTML that machines can read too."""
    if published is None:
        return "undated"
    return f'<time datetime="{published.isoformat()}">{written_day(published)}</time>'


def written_moment(moment: datetime, now: datetime | None = None) -> str:
    """When something was done, near enough for a reader: today 14:05."""
    now = now or datetime.now().astimezone()
    local = moment.astimezone(now.tzinfo)
    days = (now.date() - local.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"on {written_day(local.date())},")
    return f"{day} {local:%H:%M}"
