"""What programs get from the page's endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from gradio_client import utils

from embeddings.records import Article, Passage
from qa.records import Answer, Citation, Hit, Score, Sentence, Status
from ui.api import answer_record, article_record, citation_record, hit_record

ARTICLE = Article(
    "a/port.txt", "Dockers walk out", "Dockers walked out. The port is shut.", "a/port.txt",
    published=date(2024, 3, 1), outlet="Harbour Gazette",
)  # fmt: skip
HIT = Hit(
    Passage(ARTICLE.id, 0, 0, 19, "Dockers walked out.", ((0, 19),)),
    ARTICLE,
    0.9,
    (Score("dense", 0.5, 1, 0.9),),
)
ANSWER = Answer(
    "Who walked out?",
    "Who walked out?",
    Status.ANSWERED,
    (Sentence("Dockers walked out.", (1,)),),
    (Citation.of(1, ARTICLE, 0, 19),),
    (HIT,),
    confidence=0.8,
)
RECORDS: dict[str, Callable[[], object]] = {
    "article": lambda: article_record(ARTICLE),
    "hit": lambda: hit_record(HIT),
    "citation": lambda: citation_record(Citation.of(1, ARTICLE, 0, 19)),
    "answer": lambda: answer_record(ANSWER),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_plain_json(name: str) -> None:
    record = RECORDS[name]()
    assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize("name", RECORDS)
def test_gradios_client_takes_no_record_for_a_file(name: str) -> None:
    taken: list[object] = []
    utils.traverse(RECORDS[name](), taken.append, utils.is_file_obj)
    assert taken == []


def test_a_citation_names_its_article_and_span() -> None:
    record = citation_record(Citation.of(1, ARTICLE, 0, 19))
    assert record["quote"] == ARTICLE.text[record["start"] : record["end"]]
    assert (record["article_id"], record["file"], record["published"]) == (
        "a/port.txt", "a/port.txt", "2024-03-01",
    )  # fmt: skip
