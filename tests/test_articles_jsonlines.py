"""JSON Lines: common field names, bad rows, hostile bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles import jsonlines, read_articles
from embeddings.errors import ArticleError, EmptyArticle
from embeddings.records import Article

REUTERS = Path(__file__).parents[2] / "shared" / "data" / "reuters21578" / "corpus.jsonl"


def read(data: bytes | str) -> list[Article | ArticleError]:
    data = data if isinstance(data, bytes) else data.encode()
    return list(read_articles(Path("x/a.jsonl"), "x/a.jsonl", data))


def one(**row: object) -> Article:
    (article,) = read(json.dumps(row))
    assert isinstance(article, Article), article
    return article


def problem(line: str | bytes) -> ArticleError:
    (error,) = read(line)
    assert isinstance(error, ArticleError), error
    return error


def test_a_full_row() -> None:
    article = one(
        id="reut1",
        title=" A  title ",
        date="2017-02-14",
        source="Reuters",
        text="One.\r\nTwo “three”.\n",
        byline="By Jane Roe",
        place="Rome",
        url="https://example.org/1",
        language="en",
    )
    assert article == Article(
        id="reut1",
        title="A title",
        text="One.\nTwo “three”.",
        path="x/a.jsonl",
        published=date(2017, 2, 14),
        byline="Jane Roe",
        place="Rome",
        outlet="Reuters",
        url="https://example.org/1",
        language="en",
    )


@pytest.mark.parametrize(
    "name",
    ["text", "body", "content", "article", "maintext", "full_text", "description", "Full-Text",
     "FULL TEXT", "articleBody"],
)  # fmt: skip
def test_names_of_the_text(name: str) -> None:
    assert one(**{name: "Words."}).text == "Words."


@pytest.mark.parametrize("name", ["title", "headline", "name", "HEADLINE"])
def test_names_of_the_title(name: str) -> None:
    article = one(**{name: "Head", "text": "Words."})
    assert (article.title, article.title_derived) == ("Head", False)


@pytest.mark.parametrize(
    "name",
    ["date", "published", "published_at", "date_published", "pubDate", "publish_date", "datetime",
     "created_at", "publishedAt", "Publish Date"],
)  # fmt: skip
def test_names_of_the_date(name: str) -> None:
    assert one(**{name: "2017-02-14T23:30:00-05:00", "text": "Words."}).published == date(
        2017, 2, 14
    )


@pytest.mark.parametrize("stamp", [1487030400, 1487030400000, "1487030400", 1487030400.5])
def test_timestamps(stamp: object) -> None:
    assert one(timestamp=stamp, text="Words.").published == date(2017, 2, 14)


@pytest.mark.parametrize(
    "name", ["source", "outlet", "publisher", "publication", "site", "domain", "newspaper"]
)
@pytest.mark.parametrize("value", ["The Paper", {"id": None, "name": "The Paper"}])
def test_names_of_the_outlet(name: str, value: object) -> None:
    assert one(**{name: value, "text": "Words."}).outlet == "The Paper"


@pytest.mark.parametrize(
    ("row", "byline"),
    [
        ({"author": "Jane Roe"}, "Jane Roe"),
        ({"authors": ["Jane Roe", "John Doe"]}, "Jane Roe, John Doe"),
        ({"authors": [{"name": "Jane Roe"}, {"name": "John Doe"}]}, "Jane Roe, John Doe"),
        ({"creator": {"name": "Jane Roe"}}, "Jane Roe"),
        ({"byline": {"original": "By Jane Roe"}}, "Jane Roe"),
        ({"byline": "", "author": None, "authors": [], "creator": "Jane Roe"}, "Jane Roe"),
    ],
)
def test_names_of_the_writer(row: dict[str, object], byline: str) -> None:
    assert one(**row, text="Words.").byline == byline


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"id": "a"}, "a"),
        ({"_id": {"$oid": "5f"}}, "5f"),
        ({"uuid": "u"}, "u"),
        ({"doc_id": 7}, "7"),
        ({"guid": "g"}, "g"),
        ({"id": 0}, "0"),
        ({"id": ""}, "x/a.jsonl#1"),
        ({"id": None}, "x/a.jsonl#1"),
        ({"id": True}, "x/a.jsonl#1"),
        ({}, "x/a.jsonl#1"),
    ],
)
def test_ids(row: dict[str, object], expected: str) -> None:
    assert one(**row, text="Words.").id == expected


def test_numbers_count_records_not_blank_lines() -> None:
    rows = read('\n{"text": "One."}\n\n   \nbad\n{"text": "Two."}\n')
    assert [row.id if isinstance(row, Article) else row.message for row in rows] == [
        "x/a.jsonl#1",
        "Line 5 is not valid JSON: Expecting value at column 1.",
        "x/a.jsonl#3",
    ]


@pytest.mark.parametrize("title", ["", "  ", "\u200b", None, [], {}])
def test_a_blank_title_is_derived(title: object) -> None:
    article = one(title=title, text="The harbour reopened. Ships came.")
    assert (article.title, article.title_derived) == ("The harbour reopened.", True)


def test_a_text_of_paragraphs_and_a_place_in_the_text() -> None:
    article = one(text=["ROME (Reuters) - One.", "Two."])
    assert article.text == "ROME (Reuters) - One.\n\nTwo."
    assert (article.place, article.outlet, article.title) == ("ROME", "Reuters", "One.")


def test_the_description_is_the_last_resort() -> None:
    assert one(description="Short.", text="  ", content="Long.").text == "Long."
    assert one(description="Short.", text=None, content={"rendered": ""}).text == "Short."


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/relative", 5])
def test_only_web_addresses_become_links(url: object) -> None:
    assert one(text="Words.", url=url).url == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    content = end.join(['{"text": "“Café”, it’s said."}', "", '{"text": "Two."}', ""])
    texts = [row.text for row in read(content.encode(encoding)) if isinstance(row, Article)]
    assert texts == ["“Café”, it’s said.", "Two."]


def test_unicode_line_separators_do_not_end_a_record() -> None:
    assert one(text="a\u2028b\u0085c").text == "a\u2028b c"
    (article,) = read('{"text": "a\u2028b"}')
    assert isinstance(article, Article)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "JSON"),
        ('{"text": "a"} {}', "Extra data at column 15"),
        ("[1, 2]", "JSON list"),
        ("null", "object"),
        ('"text"', "object"),
        ("{}", "no text"),
        ('{"text": "***"}', "no text"),
        ('{"text": 5.5, "text": {}}', "no text"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", "cannot be read"),
        ("[" * 100_000, "deep"),
        ('{"a":' * 100_000, "deep"),
        ('{"text": ' + "[" * 100_000 + "]" * 100_000 + "}", "deep"),
        ('{"text": "a\0b"}', "JSON"),
    ],
)
def test_a_bad_row_is_named_and_the_next_is_read(line: str, reason: str) -> None:
    first, bad, last = read(f'{{"text": "One."}}\n{line}\n{{"text": "Two."}}')
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert isinstance(bad, ArticleError)
    assert bad.message.startswith("Line 2 ")
    assert reason in bad.message
    assert bad.hint


def test_a_row_without_text_is_an_empty_article() -> None:
    assert isinstance(problem('{"title": "Head"}'), EmptyArticle)


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_a_file_without_records_is_an_empty_article(data: bytes) -> None:
    with pytest.raises(EmptyArticle):
        read(data)


@pytest.mark.parametrize("data", [b"\0" * 50, b"\x1f\x8b\x08abc", b"PK\x03\x04"])
def test_a_binary_file_is_one_error(data: bytes) -> None:
    with pytest.raises(ArticleError, match="not text"):
        read(data)


def test_lone_surrogates_become_storable() -> None:
    row = '{"id": "\\ud800", "title": "a\\udc00b", "text": "x \\ud800 y \\ud83d\\ude00"}'
    (article,) = read(row)
    assert isinstance(article, Article)
    assert (article.id, article.title, article.text) == ("\ufffd", "a\ufffdb", "x \ufffd y 😀")


def test_articles_come_one_at_a_time() -> None:
    reading: Iterator[object] = read_articles(
        Path("a.jsonl"), "a.jsonl", b'{"text": "One."}\n' * 1000
    )
    assert isinstance(next(reading), Article)


@pytest.mark.shared
@pytest.mark.skipif(not REUTERS.exists(), reason="the evaluation data is not beside the checkout")
def test_a_newswire_archive_reads_in_seconds() -> None:
    data = REUTERS.read_bytes()
    start = time.perf_counter()
    rows = list(read_articles(REUTERS, REUTERS.name, data))
    seconds = time.perf_counter() - start
    assert len(rows) == 21_577
    assert all(isinstance(row, Article | EmptyArticle) for row in rows)
    assert sum(isinstance(row, Article) for row in rows) > 21_300
    assert seconds < 10  # under one on a quiet machine


def check(row: Article | ArticleError) -> None:
    if isinstance(row, ArticleError):
        assert row.message.startswith("Line ")
        assert row.hint
        return
    assert row.text
    assert row.text == row.text.strip()
    assert row.title
    assert row.id
    lines = (row.id, row.title, row.byline, row.place, row.outlet, row.url, row.language)
    for field in (row.text, *lines):
        field.encode("utf-8")
    for line in lines:
        assert len(line.splitlines()) <= 1


def read_hostile(data: bytes) -> None:
    try:
        rows = list(jsonlines.read(Path("a.jsonl"), "a.jsonl", data))
    except ArticleError as error:
        rows = [ArticleError(f"Line - {error.message}", error.hint)]
    for row in rows:
        check(row)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["name", "text", "$oid", "$date", "x"]), inner, max_size=3),
    ),
    max_leaves=6,
)
any_characters = st.text(st.characters(exclude_categories=()))
keys = st.one_of(
    st.sampled_from(["id", "Title", "text", "body", "date", "authors", "source", "url", "PLACE"]),
    st.text(max_size=5),
)


@given(st.lists(st.dictionaries(keys, st.one_of(values, any_characters)), max_size=4))
def test_any_record_gives_a_sound_article_or_an_article_error(rows: list[object]) -> None:
    read_hostile("\n".join(map(json.dumps, rows)).encode())


@given(
    st.one_of(st.binary(max_size=300), any_characters.map(lambda t: t.encode("utf-8", "replace")))
)
def test_any_bytes_give_sound_articles_or_article_errors(data: bytes) -> None:
    read_hostile(data)
