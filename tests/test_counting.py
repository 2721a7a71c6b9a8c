from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from embeddings.index import Snapshot
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from qa.counting import (
    LISTED,
    ArticleList,
    alike,
    find_articles,
    listing_answer,
    mention_pattern,
    outlet_named,
    summary_of,
)
from qa.counting_requests import Request, read_request
from qa.dates import read_timing, without_time_words
from qa.records import Status
from qa.retriever import Retriever

NEWSROOM = Path(__file__).parent / "newsroom"
ROWS = [
    json.loads(line)
    for line in (NEWSROOM / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
COUNTING = [row for row in ROWS if row["type"] == "counting"]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    encoder = FakeEncoder(window=256)
    folder = tmp_path_factory.mktemp("newsroom") / "index"
    rebuild(NEWSROOM / "seeds", folder, encoder)
    with Retriever.open(folder, encoder) as retriever, retriever.index.snapshot() as snapshot:
        yield snapshot


def asked(snapshot: Snapshot, question: str, as_of: date = date(2025, 3, 1)) -> ArticleList:
    window = read_timing(question, as_of).window
    request = read_request(without_time_words(question, window))
    assert request is not None
    listing = find_articles(snapshot, request, Filter(), window)
    assert listing is not None
    return listing


@pytest.mark.parametrize("row", COUNTING, ids=lambda row: row["id"])
def test_counts_over_the_newsroom_are_exact(newsroom: Snapshot, row: dict[str, object]) -> None:
    listing = asked(newsroom, str(row["question"]), date.fromisoformat(str(row["date"])))
    assert {listed.article.id for listed in listing.articles} == set(row["relevant_ids"])  # type: ignore[call-overload]
    assert summary_of(listing).startswith(f"{row['count']} article")


@pytest.mark.parametrize("row", [r for r in ROWS if r["type"] != "counting"], ids=lambda r: r["id"])
def test_questions_about_the_news_are_left_to_the_search(row: dict[str, object]) -> None:
    assert read_request(str(row["question"])) is None


def test_no_article_is_missed_by_going_through_the_index(newsroom: Snapshot) -> None:
    everything = list(newsroom.articles())
    for term in ("the", "Marchetti", "Tolland Bridge", "key rate", "sea-wall", "Orrland’s", "1–1"):
        pattern = mention_pattern(term)
        expected = {
            article.id
            for article in everything
            if pattern.search(alike(article.text))
            or (not article.title_derived and pattern.search(alike(article.title)))
        }
        listing = find_articles(newsroom, Request(term), Filter())
        assert listing is not None
        assert listing.criterion == "mention"
        assert {listed.article.id for listed in listing.articles} == expected
        assert expected


@pytest.mark.parametrize(
    ("question", "request_"),
    [
        ("How many articles mention Petrel-1?", Request("Petrel-1")),
        ("list the articles about the drought", Request("drought", about=True)),
        ("which articles name Brandt", Request("Brandt")),
        ("How many stories did the Courier publish?", Request("", "the Courier")),
        (
            "How many stories did the Northern Courier publish about the bridge?",
            Request("bridge", "the Northern Courier", about=True),
        ),
        ("which outlets wrote about the strike?", Request("strike", about=True, outlets=True)),
        ("How many outlets mention Brandt?", Request("Brandt", outlets=True)),
        ("Show me the stories that mention “sea wall”.", Request("sea wall")),
        ("How many news reports use the word “turbot”?", Request("turbot")),
        (
            "How many articles from the Harbour Gazette mention Brandt?",
            Request("Brandt", "the Harbour Gazette"),
        ),
        ("In which articles does Sella appear?", Request("Sella")),
        ("How many articles on the strike are there?", Request("strike", about=True)),
        ("How many articles are there in total?", Request("")),
        ("List all the articles", Request("")),
        ("How often was Marta Venn mentioned?", Request("Marta Venn")),
        ("Which articles in the archive mention Anna?", None),
    ],
)
def test_requests_are_recognised(question: str, request_: Request | None) -> None:
    found = read_request(question)
    if request_ is None:
        assert found is None or found.outlet  # no outlet is called so, and it is not taken
    else:
        assert found == request_


@pytest.mark.parametrize(
    "question",
    [
        "How many people died?",
        "How many ships are waiting outside Ardmore?",
        "How many stories does the tower have?",
        "How many stories is the hotel?",
        "How many articles does the treaty have?",
        "How many articles of clothing were found?",
        "How many articles did he write?",
        "How many newspapers are printed in Lindhaven?",
        "How many times was he arrested?",
        "How often did the pump fail?",
        "How many articles mention that the bridge was unsafe?",
        "Which articles mention him?",
        "Which articles say why the bridge fell?",
        "Which parties won seats?",
        "List the parties that won seats in the election.",
        "Which papers did she sign?",
        "What did the papers say about Brandt?",
        "What articles were stolen from the museum?",
        "Which report mentions the pin?",
        "Show me the money.",
        "What is the story of the strike?",
        "Number of people affected by the hack",
        "",
    ],
)
def test_what_only_looks_like_counting_is_not_taken(question: str) -> None:
    assert read_request(question) is None


def test_who_is_no_outlet_is_not_taken(newsroom: Snapshot) -> None:
    for question in (
        "How many articles did the president write?",
        "Which article of the constitution covers free speech?",
    ):
        request = read_request(question)
        assert request is None or find_articles(newsroom, request, Filter()) is None


def test_articles_come_newest_first_with_undated_ones_last(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "How many articles mention Sella?")
    published = [listed.article.published for listed in listing.articles]
    dated = [day for day in published if day]
    assert dated == sorted(dated, reverse=True)
    assert published[len(dated) :] == [None] * (len(published) - len(dated))
    assert None in published


def test_each_citation_quotes_a_sentence_with_the_words(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "Which articles mention the Tolland Bridge?")
    assert len(listing.articles) > 5
    for listed in listing.articles:
        citation = listed.citation
        assert listed.article.text[citation.start : citation.end] == citation.quote
        in_title = re.search("tolland bridge", listed.article.title, re.IGNORECASE)
        assert mention_pattern("Tolland Bridge").search(alike(citation.quote)) or in_title


def test_the_answer_holds_the_count_and_resolves_its_citations(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "How many articles mention Petrel-1?")
    answer = listing_answer("how many?", "How many articles mention Petrel-1?", listing)
    assert answer.status is Status.ANSWERED
    assert answer.summary == "7 articles mention “Petrel-1”."
    assert [citation.number for citation in answer.citations] == list(range(1, 8))
    for sentence, citation in zip(answer.sentences, answer.citations, strict=True):
        assert sentence.text == citation.quote
        assert sentence.citations == (citation.number,)


def test_a_long_list_says_how_much_of_it_is_shown(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "How many articles are there?")
    answer = listing_answer("q", "q", listing)
    assert answer.summary == f"The collection holds {len(listing.articles)} articles."
    assert len(answer.citations) == LISTED < len(listing.articles)
    assert answer.notes == (f"The {LISTED} newest of {len(listing.articles)} are listed.",)


@pytest.mark.parametrize(
    ("question", "summary"),
    [
        ("How many articles mention zebras?", "No article mentions “zebras”."),
        (
            "How many articles mention bananas in April 2023?",
            "3 articles mention “bananas” from 1 April 2023 to 30 April 2023.",
        ),
        (
            "Which stories did the Meridian run about Norrvik?",
            "3 articles mention “Norrvik” in The Meridian, 2 of them in the title or the opening.",
        ),
        (
            "Number of articles about Brandauer?",
            "6 articles mention “Brandauer”, but not in the title or the opening.",
        ),
        (
            "which outlets mention the Ferrywoman",
            "1 outlet mentions “Ferrywoman”: Morning Ledger (3). 1 article names no outlet.",
        ),
        (
            "How many stories did the Courier publish in 2024?",
            "4 articles appeared in Northern Courier from 1 January 2024 to 31 December 2024.",
        ),
        (
            "How many articles mention the Brandt dockers?",
            "No article mentions “Brandt dockers”.",
        ),
    ],
)
def test_summaries_say_what_was_counted(newsroom: Snapshot, question: str, summary: str) -> None:
    assert summary_of(asked(newsroom, question)) == summary


def test_words_that_never_stand_together_are_counted_as_such(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "How many articles mention the collapse of Tolland’s bridges?")
    assert listing.criterion == "words"
    assert listing.articles
    assert "if not together" in summary_of(listing)


def test_undated_articles_are_told_of_when_a_window_leaves_them_out(newsroom: Snapshot) -> None:
    listing = asked(newsroom, "How many articles mention Sella in 2024?")
    assert listing.undated == 2
    assert "no date" in listing_answer("q", "q", listing).notes[0]


def test_nothing_found_is_said_to_be_not_in_the_articles(newsroom: Snapshot) -> None:
    answer = listing_answer("q", "q", asked(newsroom, "How many articles mention zebras?"))
    assert answer.status is Status.NOT_IN_ARTICLES
    assert answer.citations == ()


def test_spelling_of_quotes_dashes_and_blanks_does_not_matter() -> None:
    pattern = mention_pattern("Fish Street’s sea-wall")
    for text in (
        "fish street's sea wall",
        "Fish Street‘s\nsea–wall",
        "FISH\u00a0STREET’S SEA-WALL",
    ):
        assert pattern.search(alike(text))
    assert not mention_pattern("Brand").search("Brandt")
    assert not mention_pattern("C++").search("C")


def test_outlets_are_known_by_part_of_their_name() -> None:
    outlets = ["Harbour Gazette", "Northern Courier", "The Courier", "Tessaly Times"]
    assert outlet_named("the Gazette", outlets) == "Harbour Gazette"
    assert outlet_named("The Courier", outlets) == "The Courier"
    assert outlet_named("the Herald", outlets) == ""
    assert outlet_named("the", outlets) == ""


@given(st.text(max_size=60))
def test_any_text_is_read_without_error(text: str) -> None:
    read_request(text)
    assert len(alike(text)) == len(text)
    mention_pattern(text).search(text)
