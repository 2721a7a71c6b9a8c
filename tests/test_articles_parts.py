"""What the readers share: publication days, derived titles, cleaning."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles.cleaning import clean_text, has_words, one_line
from embeddings.articles.dates import parse_published
from embeddings.articles.decoding import decode, decoded_lines
from embeddings.articles.titles import LIMIT, derive_title
from embeddings.errors import ArticleError

DAY = date(2017, 2, 14)


@pytest.mark.parametrize(
    "value",
    [
        "2017-02-14", "2017/02/14", "2017.2.14", "20170214", 20170214, " 2017-02-14 10:30 ",
        "2017-02-14T10:30:00Z", "2017-02-14T23:59:59.999-11:00", "20170214T103000Z",
        "20170214103000", "2017年2月14日", "Tue, 14 Feb 2017 10:30:00 +0000",
        "14 Feb 17 10:30 GMT", "14 February 2017", "14th of February, 2017", "Feb. 14, 2017",
        "February 14th 2017", "Tuesday, February 14, 2017 at 10:30 p.m. ET", "14-Feb-2017",
        "14 FEB 2017", "14/02/2017", "02/14/2017", "14.02.2017", "2/14/2017 10:30 PM",
        1487030400, 1487030400.9, 1487030400_000, 1487030400_000_000, "1487030400",
        "1487030400000", DAY, datetime(2017, 2, 14, 23), {"$date": "2017-02-14T00:00:00Z"},
    ],
)  # fmt: skip
def test_days_that_are_certain(value: object) -> None:
    assert parse_published(value) == DAY


@pytest.mark.parametrize(
    "value",
    [
        "05/03/2024", "5-3-2024", "05.03.2024", "14/02/17", "2017", "2017-02", "February 2017", "",
        "2017-02-31", "31 February 2017", "14/14/2017", "0000-00-00", "0001-01-01T00:00:00",
        "9999-12-31",
        "yesterday", "14 Foo 2017", "20171301", 5, 0, 2017, -1, True, None, [], {}, b"2017-02-14",
        float("nan"), float("inf"), -float("inf"), 10**30, -(10**30), 10**400, "9" * 5000, "9" * 20,
        "2017-02-145", "May 5th", object(),
    ],
)  # fmt: skip
def test_days_that_are_not(value: object) -> None:
    assert parse_published(value) is None


def test_the_same_number_twice_is_no_guess() -> None:
    assert parse_published("05/05/2024") == date(2024, 5, 5)


@given(st.dates(date(1400, 1, 1), date(2199, 12, 31)))
def test_iso_days_are_read_back(day: date) -> None:
    assert parse_published(day.isoformat()) == day
    assert parse_published(day.strftime("%d %B ") + f"{day.year:04}") == day


def test_twelve_digits_are_milliseconds() -> None:
    assert parse_published(446_505_060_000) == date(1984, 2, 24)


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_mail_dates_are_the_writers_day(moment: datetime, zone: timezone) -> None:
    assert parse_published(format_datetime(moment.replace(tzinfo=zone))) == moment.date()


@given(
    st.datetimes(datetime(1974, 1, 1), datetime(2199, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))
)
def test_unix_time_is_read_in_utc_whatever_its_unit(moment: datetime) -> None:
    seconds = int(moment.timestamp())
    for unit in (1, 1000, 1000**2, 1000**3):
        assert parse_published(seconds * unit) == moment.date()


@given(st.one_of(st.text(), st.integers(), st.floats(), st.text("0123456789-/. Tab,", max_size=20)))
def test_no_value_breaks_the_dates(value: object) -> None:
    assert isinstance(parse_published(value), date | None)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The harbour reopened. Ships came.", "The harbour reopened."),
        ("“It’s over,” she said. Then she left.", "“It’s over,” she said."),
        ("“It is over.” She left.", "“It is over.”"),
        ("Was it? It was.", "Was it?"),
        ("Mr. Roe met Gov. J. P. Doe of the U.S. Senate. They spoke.",
         "Mr. Roe met Gov. J. P. Doe of the U.S. Senate."),
        ("“Go!” he said. They went.", "“Go!” he said."),
        ("Shares rose 3.5 percent on Feb. 14 to a record. Then they fell.",
         "Shares rose 3.5 percent on Feb. 14 to a record."),
        ("* * *\n\nThe harbour\nreopened.\n\nShips came.", "The harbour reopened."),
        ("中国呼吁合作。会议结束。", "中国呼吁合作。"),
        ("No end mark\n\nNext paragraph.", "No end mark"),
        ("LONDON (Reuters) - The pound fell. It rose.", "The pound fell."),
        ("the drug was tested . it worked .", "the drug was tested ."),
        ("...", "..."),
    ],
)  # fmt: skip
def test_a_short_lead_sentence_is_the_title(text: str, title: str) -> None:
    assert derive_title(text) == title


def test_a_long_lead_sentence_is_cut_at_a_clause_or_a_word() -> None:
    clause = "The ministry of the coast and its islands said on Tuesday, " + "after long talks " * 9
    assert derive_title(clause) == "The ministry of the coast and its islands said on Tuesday…"
    word = "The ministry said that its harbours would reopen " + "and the ships return " * 9
    title = derive_title(word)
    assert title.endswith("…")
    assert word.startswith(title[:-1] + " ")
    assert not title[:-1].endswith((" and", " the"))


def test_scripts_without_spaces_are_cut_between_characters() -> None:
    assert derive_title("港" * 300) == "港" * (LIMIT - 1) + "…"
    accented = derive_title("e\u0301" * 300)
    assert accented.removesuffix("…").endswith("e\u0301")


@given(st.text())
def test_a_title_is_one_short_line(text: str) -> None:
    text = clean_text(text)
    title = derive_title(text)
    assert len(title) <= LIMIT
    assert len(title.splitlines()) <= 1
    assert title == title.strip()
    assert title or not has_words(text)


@given(st.text(st.characters(exclude_categories=())))
def test_cleaning_keeps_what_can_be_kept(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
    assert [c for c in cleaned if c.isalnum()] == [c for c in text if c.isalnum()]
    assert len(one_line(text).splitlines()) <= 1


def test_cleaning_is_one_for_one() -> None:
    assert clean_text("a\r\nb\rc\0d\te\x85f\x7fg\ud800h\u2028i") == (
        "a\nb\nc d\te f g\ufffdh\u2028i"
    )


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_marked_text_is_decoded_exactly(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@given(st.binary(max_size=400))
def test_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        decoded = decode(data)
    except ArticleError:
        return
    assert "\0" not in decoded
    assert "".join(decoded_lines(data)) == decoded.replace("\r\n", "\n").replace("\r", "\n")
