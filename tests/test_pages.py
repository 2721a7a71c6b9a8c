"""A citation says on which page and in which member of an archive its words stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEncoder
from fakes_ui import BRIDGE
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from test_render import Page, harmless, plain

from embeddings.articles import read_articles
from embeddings.rebuild import rebuild
from embeddings.records import Article
from qa.records import Answer, Citation, Sentence, Status
from qa.retriever import Retriever
from ui.render import answer_markdown, paragraphs, render_answer, render_article
from ui.render.words import written_file, written_pages
from ui.terminal import show_hits

FILES = Path(__file__).parent / "files"
LAST = "Both sides said that the sheet would be framed."
RIIS = "The harbour’s director, Lotte Riis, said"


def read(name: str) -> list[Article]:
    items = read_articles(FILES / name, f"wire/{name}", (FILES / name).read_bytes())
    return [item for item in items if isinstance(item, Article)]


@pytest.fixture(scope="module")
def printed() -> Article:
    (article,) = read("ferry.pdf")
    return article


def answer_of(article: Article, *quotes: str) -> Answer:
    citations = []
    for number, quote in enumerate(quotes, start=1):
        start = article.text.rindex(quote)
        citations.append(Citation.of(number, article, start, start + len(quote)))
    sentences = tuple(Sentence(c.quote, (c.number,)) for c in citations)
    return Answer("q", "q", Status.ANSWERED, sentences=sentences, citations=tuple(citations))


def test_pages_as_a_reader_writes_them() -> None:
    assert written_pages([]) == written_pages([None, None]) == ""
    assert written_pages([4]) == written_pages([4, 4, None]) == "p. 4"
    assert written_pages([12, 2, 12, 1400]) == "pp. 2, 12, 1,400"


@pytest.mark.parametrize(
    ("article_id", "path", "shown"),
    [
        ("port.txt", "port.txt", "port.txt"),
        ("week.zip/monday/port.txt", "week.zip", "week.zip/monday/port.txt"),
        ("wire.csv#12", "wire.csv", "wire.csv#12"),
        ("AP-2024-0017", "wire.jsonl", "wire.jsonl"),
        ("wire2", "wire", "wire"),
    ],
)
def test_a_file_and_the_place_in_it(article_id: str, path: str, shown: str) -> None:
    assert written_file(article_id, path) == shown


def test_chips_and_cards_say_the_page(printed: Article) -> None:
    page = harmless(render_answer(answer_of(printed, RIIS, LAST)))
    first, last = (printed.page_of(printed.text.rindex(quote)) for quote in (RIIS, LAST))
    assert first != last == 4
    assert page.within("dl-unseen").count("9 May 2023 · p. 4") == 2  # in the text, in the card
    assert "9 May 2023 · p. 4" in page.within("dl-tip-meta")
    assert f"wire/ferry.pdf · pp. {first}, 4" in page.within("dl-about")


def test_without_pages_none_is_said() -> None:
    (article,) = read("ferry.md")
    page = harmless(render_answer(answer_of(article, LAST)))
    assert "p. " not in page.within("dl-unseen") + page.within("dl-meta")


def test_what_is_taken_away_says_the_page(printed: Article) -> None:
    assert re.search(
        r"9 May 2023, wire/ferry\\?\.pdf, p\. 4\)", answer_markdown(answer_of(printed, LAST))
    )


def test_a_member_of_an_archive_is_named() -> None:
    article = next(one for one in read("week.zip") if one.id.endswith("deep.txt"))
    quote = article.text[:40]
    shown = "wire/week.zip/older.zip/deep.txt"
    assert shown in harmless(render_answer(answer_of(article, quote))).within("dl-path")
    assert shown in answer_markdown(answer_of(article, quote))
    assert harmless(render_article(article)).within("dl-path") == shown


def test_the_article_shows_where_its_pages_begin(printed: Article) -> None:
    source = render_article(printed)
    assert Page(source).values("data-page") == ["1", "2", "3", "4"]
    assert Page(source).within("dl-body") == printed.text
    for number, start in enumerate(printed.pages, start=1):
        words = re.escape(plain(printed.text[start : start + 12]))
        assert re.search(f'data-page="{number}"></span>{words}', source)


@given(
    st.text(alphabet="ab<&>\n\r\t .里", min_size=1, max_size=60),
    st.lists(st.integers(0, 59), max_size=6).map(sorted),
    st.lists(st.tuples(st.integers(-3, 64), st.integers(-3, 64)), max_size=4),
)
def test_pages_change_no_character_and_no_mark(
    text: str, pages: list[int], spans: list[tuple[int, int]]
) -> None:
    pages = [min(offset, len(text) - 1) for offset in pages]
    article = replace(BRIDGE, text=text)
    with_pages = Page(render_article(replace(article, pages=tuple(pages)), spans))
    without = Page(render_article(article, spans))
    for name in ("dl-body", "mark"):
        assert with_pages.within(name) == without.within(name)
    last = max((end for _, end in paragraphs(text)), default=0)
    shown = {at for at in pages if at < last}
    assert len(with_pages.values("data-page")) <= len(shown)
    assert bool(with_pages.values("data-page")) == bool(shown)


def test_the_terminal_says_the_page_and_the_member(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for name in ("ferry.pdf", "week.zip"):
        (seeds / name).write_bytes((FILES / name).read_bytes())
    rebuild(seeds, tmp_path / "index", FakeEncoder())
    console = Console(record=True, width=200, file=(tmp_path / "out").open("w"))
    with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
        show_hits(console, retriever.retrieve("sheet framed lighthouse house umbrellas", k=30))
    console.file.close()
    said = console.export_text()
    assert re.search(r"ferry\.pdf · p\. \d", said)
    assert "week.zip/older.zip/deep.txt" in said
