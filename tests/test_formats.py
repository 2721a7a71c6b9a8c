"""Real files of every format, as LibreOffice, pandoc, Chromium and editors write them."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from fakes import FakeEncoder
from files.make import BYLINE, LEAD, OUTLET, SECOND, SHORT, STORY, TITLE

from embeddings import articles as readers
from embeddings.articles import read_articles, register
from embeddings.catalog import FORMAT
from embeddings.errors import ArticleError, DatelineError
from embeddings.rebuild import rebuild
from embeddings.records import Action, Article, RebuildReport
from qa.records import Citation
from qa.retriever import Retriever

FILES = Path(__file__).parent / "files"


def read(name: str, data: bytes | None = None) -> list[Article | ArticleError]:
    file = FILES / name
    return list(read_articles(file, name, file.read_bytes() if data is None else data))


def one(name: str, data: bytes | None = None) -> Article:
    (article,) = read(name, data)
    assert isinstance(article, Article), article
    return article


def all_of(name: str) -> list[Article]:
    return [item for item in read(name) if isinstance(item, Article)]


def facts(article: Article) -> tuple[str, date | None, str, str, str]:
    return article.title, article.published, article.byline, article.place, article.outlet


DAY = date(2023, 5, 9)
JUNE, JULY = date(2023, 6, 2), date(2023, 7, 14)
WRITERS = "Ines Calder, Tom Brandt"


@pytest.mark.parametrize(
    ("name", "title", "published", "byline", "place", "outlet"),
    [
        ("ferry.md", TITLE, DAY, WRITERS, "VELDEN", "Harbour Wire"),
        ("ferry.docx", TITLE, DAY, WRITERS, "VELDEN", "Harbour Wire"),
        ("ferry.pdf", TITLE, DAY, BYLINE, "VELDEN", "Harbour Wire"),
        ("linked-data.html", TITLE, DAY, WRITERS, "Velden", OUTLET),
        ("colon.md", "Library: 300 umbrellas lent", JULY, "Ines Calder", "VELDEN", OUTLET),
        ("printed.pdf", SHORT["title"], JUNE, "Tom Brandt", "OSKE", "Harbour Wire"),
        ("one.json", SHORT["title"], JUNE, "Tom Brandt", "OSKE", OUTLET),
        ("newsletter.eml", SECOND["title"], JULY, "Asta Brøndum", "VELDEN", "Harbour Wire"),
    ],
)
def test_what_a_file_says_of_its_article(
    name: str, title: str, published: date, byline: str, place: str, outlet: str
) -> None:
    article = one(name)
    assert facts(article) == (title, published, byline, place, outlet)
    assert not article.title_derived
    assert (article.id, article.path) == (name, name)


@pytest.mark.parametrize("name", ["ferry.md", "ferry.docx", "linked-data.html"])
def test_the_whole_story_is_there_and_starts_with_its_lead(name: str) -> None:
    article = one(name)
    paragraphs = article.text.split("\n\n")
    assert paragraphs[: len(STORY)] == STORY
    assert article.language == "en-GB"


def test_a_web_page_is_read_without_what_stands_around_its_article() -> None:
    article = one("linked-data.html")
    assert article.text.split("\n\n") == STORY
    assert article.url == "https://harbour-post.example/2023/05/09/ferry"


def test_an_older_page_says_its_encoding() -> None:
    article = one("open-graph.html")
    assert facts(article)[:3] == (SECOND["title"], JULY, "Ines Calder")
    assert "“Eleven have come back,”" in article.text
    assert article.outlet == OUTLET


def test_a_fragment_is_read_whole() -> None:
    article = one("fragment.html")
    assert article.text == SHORT["text"]
    assert article.title_derived


def test_word_is_read_with_its_changes_accepted_and_its_notes() -> None:
    text = one("ferry.docx").text
    assert "to accept a new roster" in text
    assert "reject" not in text
    assert text.endswith("Route | Crews\n\nNorth | 14\n\nSouth | 9\n\nThe ballot closed at noon.")


def test_markdown_loses_its_marks_and_no_word() -> None:
    text = one("ferry.md").text
    assert text.endswith("The roster\n\nRoute | Crews\n\nNorth | 14\n\nSouth | 9")
    assert "*" not in text
    assert "nordlys.example" not in text


# -- PDF -----------------------------------------------------------------------------------


def test_a_printed_story_is_running_text_again() -> None:
    """Every paragraph whole: words broken at line ends, columns and pages are joined."""
    article = one("ferry.pdf")
    assert article.text.split("\n\n") == STORY * 3


def test_every_page_starts_where_its_first_word_stands() -> None:
    article = one("ferry.pdf")
    assert len(article.pages) == 4
    assert article.pages[0] == 0
    assert list(article.pages) == sorted(article.pages)
    assert article.page_of(0) == 1
    for number, start in enumerate(article.pages[1:], start=2):
        assert article.page_of(start - 1) == number - 1
        assert article.page_of(start) == number
        assert not article.text[start].isspace()
    quote = "Both sides said that the sheet would be framed."
    start = article.text.rindex(quote)
    citation = Citation.of(1, article, start, start + len(quote))
    assert (citation.quote, citation.page) == (quote, 4)


def test_an_article_without_pages_has_none_to_cite() -> None:
    assert Citation.of(1, one("ferry.md"), 0, 6).page is None


def test_a_blank_page_is_passed_over() -> None:
    article = Article("a", "t", "first third", "a", pages=(0, 6, 6))
    assert [article.page_of(offset) for offset in (0, 5, 6, 10)] == [1, 1, 3, 3]


@pytest.mark.parametrize(
    ("name", "reason"), [("locked.pdf", "password"), ("scan.pdf", "no text layer.*ocrmypdf")]
)
def test_a_pdf_without_readable_text_says_why(name: str, reason: str) -> None:
    with pytest.raises(ArticleError) as caught:
        read(name)
    assert re.search(reason, str(caught.value))


# -- many in one file ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["list.json", "table.csv", "table.tsv", "feed.rss"])
def test_records_become_articles(name: str) -> None:
    articles = all_of(name)
    assert [article.id for article in articles] == [f"{name}#1", f"{name}#2"]
    assert [article.text for article in articles] == [SHORT["text"], SECOND["text"]]
    assert [facts(article)[:3] for article in articles] == [
        (SHORT["title"], JUNE, "Tom Brandt"),
        (SECOND["title"], JULY, "Ines Calder"),
    ]
    assert {article.outlet for article in articles} == {OUTLET}


def test_a_magazine_gives_an_article_for_each_piece() -> None:
    first, second = all_of("magazine.epub")
    assert (first.id, second.id) == ("magazine.epub#1", "magazine.epub#2")
    assert facts(first) == (
        SHORT["title"], date(2023, 9, 1), "Tom Brandt", "OSKE", "Velden Quarterly",
    )  # fmt: skip
    assert (first.text, second.text) == (SHORT["text"], SECOND["text"])


def test_a_letter_brings_the_articles_attached_to_it() -> None:
    letter, page = all_of("letter.eml")
    assert facts(letter) == (SHORT["title"], JUNE, OUTLET, "OSKE", "Harbour Wire")
    assert (letter.id, page.id) == ("letter.eml", "letter.eml/front page.pdf")
    assert letter.path == page.path == "letter.eml"
    assert letter.text == page.text == SHORT["text"]
    assert page.pages == (0,)


def test_members_of_an_archive_are_articles_and_fail_alone() -> None:
    items = read("week.zip")
    found = [item for item in items if isinstance(item, Article)]
    assert [article.id for article in found] == [
        "week.zip/monday/ferry.txt",
        "week.zip/monday/weather.html",
        "week.zip/records/table.csv#1",
        "week.zip/records/table.csv#2",
        "week.zip/older.zip/deep.txt",
    ]
    assert {article.path for article in found} == {"week.zip"}
    assert found[0].text == LEAD
    (problem,) = (item for item in items if isinstance(item, ArticleError))
    assert str(problem).startswith("broken.pdf: ")


@pytest.mark.parametrize(
    ("name", "id"),
    [("ferry.txt.gz", "ferry.txt.gz/ferry.txt"), ("day.tar.gz", "day.tar.gz/day/ferry.txt")],
)
def test_packed_text(name: str, id: str) -> None:
    article = one(name)
    assert (article.id, article.path, article.text) == (id, name, LEAD)


# -- fields and shapes that people's files have --------------------------------------------


@pytest.mark.parametrize(
    ("block", "title"),
    [
        ("---\ntitle: A: b\n---\n", "A: b"),
        ('---\ntitle: "A: b"\n---\n', "A: b"),
        ("---\ntitle: no\ndate: 2024-02-30\n---\n", "no"),
        ("---\ntitle: [unclosed\n---\n", "[unclosed"),
        ("---\n\ttitle: tabbed\ntitle: flat\n---\n", "flat"),
        ('+++\ntitle = "From Hugo"\n+++\n', "From Hugo"),
        ("Title: From Pelican\nDate: 2024-01-02\n\n", "From Pelican"),
        ("# From the heading\n\n", "From the heading"),
    ],
)
def test_titles_of_markdown(block: str, title: str) -> None:
    article = one("a.md", f"{block}Rain fell in Velden.\n".encode())
    assert (article.title, article.text) == (title, "Rain fell in Velden.")


def test_aliases_in_front_matter_are_not_followed() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    article = one("a.md", f"---\n{bomb}\ntitle: [*i]\n---\nRain fell.\n".encode())
    assert article.text == "Rain fell."
    assert len(article.title) < 100


def test_a_search_engine_export() -> None:
    hits = [{"_id": "7", "_source": {"title": "T", "body": "Rain fell.", "tags": [{"a": 1}]}}]
    data = json.dumps({"took": 1, "hits": {"total": 1, "hits": hits}}).encode()
    article = one("a.json", data)
    assert (article.id, article.title, article.text) == ("7", "T", "Rain fell.")


def test_a_wordpress_export() -> None:
    post = {
        "date": "2024-01-02T03:04:05",
        "title": {"rendered": "T"},
        "content": {"rendered": "<p>Rain <b>fell</b>.</p>\n<p>Then sun.</p>"},
    }
    article = one("a.json", json.dumps([post]).encode())
    assert (article.title, article.text) == ("T", "Rain fell.\n\nThen sun.")


def test_tickers_are_no_markup() -> None:
    text = "Phillips Petroleum Co <P> and Burlington <BR> rose; <ABC.N> fell."
    assert one("a.json", json.dumps({"text": text}).encode()).text == text


def test_json_lines_under_the_wrong_suffix() -> None:
    data = b'{"text": "Rain fell."}\n{"text": "Sun shone."}\n'
    assert [item.id for item in read("a.json", data) if isinstance(item, Article)] == [
        "a.json#1",
        "a.json#2",
    ]


def test_a_table_by_excel_in_europe() -> None:
    data = 'sep=;\r\nHeadline;Body;Date\r\nT;"Rain; then\r\nsun.";2024-01-02\r\n'.encode("cp1252")
    article = one("a.csv", data)
    assert (article.title, article.text) == ("T", "Rain; then\nsun.")


def test_a_table_without_a_text_column_names_its_columns() -> None:
    with pytest.raises(ArticleError, match="there are: name, city"):
        read("a.csv", b"name,city\nx,y\n")


# -- in the index --------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def by_path(report: RebuildReport) -> dict[str, Action]:
    return {entry.path: entry.action for entry in report.entries}


def test_the_files_are_found_and_their_pages_kept(tmp_path: Path, index: Path) -> None:
    report = rebuild(FILES, index, FakeEncoder())
    failed = {path for path, action in by_path(report).items() if action is Action.FAILED}
    assert failed == {"locked.pdf", "scan.pdf"}
    with Retriever.open(index, FakeEncoder()) as retriever:
        article = retriever.article("ferry.pdf")
    assert article == one("ferry.pdf")
    assert rebuild(FILES, index, FakeEncoder()).counts[Action.UNCHANGED] == len(
        [file for file in FILES.iterdir() if readers.supported(file)]
    )


def test_a_renamed_archive_keeps_its_articles(tmp_path: Path, index: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.zip").write_bytes((FILES / "week.zip").read_bytes())
    rebuild(seeds, index, FakeEncoder())
    (seeds / "a.zip").rename(seeds / "b.zip")
    report = rebuild(seeds, index, FakeEncoder())
    assert by_path(report) == {"b.zip": Action.RENAMED}
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert retriever.article("b.zip/monday/ferry.txt") is not None
        with pytest.raises(DatelineError):
            retriever.article("a.zip/monday/ferry.txt")


def test_a_file_waits_for_its_library(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed with the command that helps, and read once the library is there."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.wait").write_text("Rain fell in Velden.")
    (seeds / "a.zip").write_bytes((FILES / "week.zip").read_bytes())
    monkeypatch.setattr(readers, "_formats", dict(readers._formats))
    register(".wait", ".html", module="library_that_is_not_there")
    report = rebuild(seeds, index, FakeEncoder())
    assert by_path(report) == {"a.wait": Action.FAILED, "a.zip": Action.ADDED}
    reasons = {entry.path: " ".join(entry.problems) for entry in report.entries}
    assert "pip install library_that_is_not_there" in reasons["a.wait"]
    assert "monday/weather.html: Reading .html files needs a package" in reasons["a.zip"]
    register(".wait", module="embeddings.articles.seed")
    register(".html", module="embeddings.articles.html")
    report = rebuild(seeds, index, FakeEncoder())
    assert by_path(report) == {"a.wait": Action.ADDED, "a.zip": Action.CHANGED}
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert retriever.article("a.zip/monday/weather.html") is not None


def test_an_index_of_the_format_before_is_brought_up_to_date(tmp_path: Path, index: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "a.txt").write_text("Rain fell in Velden.")
    rebuild(seeds, index, FakeEncoder())
    connection = sqlite3.connect(index / "catalog.sqlite")
    connection.execute("DROP INDEX articles_arrived")
    for column in ("arrived", "revised", "pages"):
        connection.execute(f"ALTER TABLE articles DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert retriever.retrieve("rain")[0].article.pages == ()
        assert retriever.news().since is None
    assert version(index) == 1  # an older Dateline may be reading it too
    report = rebuild(seeds, index, FakeEncoder())
    assert (report.counts[Action.UNCHANGED], report.embedded) == (1, 0)
    assert version(index) == FORMAT
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert retriever.retrieve("rain")[0].article.pages == ()
        assert [arrival.heading.id for arrival in retriever.news().arrivals] == ["a.txt"]


def version(index: Path) -> int:
    connection = sqlite3.connect(index / "catalog.sqlite")
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found
