"""Looking through a collection without a question, and rebuilding it through the retriever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.rebuild import rebuild
from embeddings.records import Action, Filter
from qa import Retriever

ARTICLES = (
    ("Port STRIKE ends", "2023-03-01", "The Courier"),
    ("Été à Lisbonne", "2023-03-01", "Le Soir"),
    ("Strike begins", "2023-02-01", "the courier"),
    ("No date", "", ""),
)


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    (tmp_path / "seeds").mkdir()
    lines = [
        json.dumps({"title": title, "date": day, "source": outlet, "text": f"{title}, they say."})
        for title, day, outlet in ARTICLES
    ]
    (tmp_path / "seeds" / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
    rebuild(tmp_path / "seeds", tmp_path / "index", FakeEncoder())
    with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
        yield retriever


def titles(retriever: Retriever, *arguments: object, **more: object) -> list[str]:
    listing = retriever.browse(*arguments, **more)  # type: ignore[arg-type]
    return [heading.title for heading in listing.headings]


def test_pages_newest_first_undated_last(retriever: Retriever) -> None:
    assert titles(retriever) == ["Port STRIKE ends", "Été à Lisbonne", "Strike begins", "No date"]
    page = retriever.browse(offset=1, limit=2)
    assert (page.total, page.offset) == (4, 1)
    assert [heading.title for heading in page.headings] == ["Été à Lisbonne", "Strike begins"]
    assert retriever.browse(offset=9).headings == ()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("strike", ["Port STRIKE ends", "Strike begins"]),
        ("strike port", ["Port STRIKE ends"]),
        ("ÉTÉ", ["Été à Lisbonne"]),
        ("courier", ["Port STRIKE ends", "Strike begins"]),
        ("%", []),
        ("'; DROP TABLE articles; --", []),
    ],
)
def test_every_word_must_stand_somewhere(
    retriever: Retriever, words: str, found: list[str]
) -> None:
    assert titles(retriever, words) == found


def test_filters_narrow_the_list(retriever: Retriever) -> None:
    assert titles(retriever, where=Filter(outlet="THE COURIER")) == [
        "Port STRIKE ends",
        "Strike begins",
    ]
    assert titles(retriever, where=Filter(since=date(2023, 2, 2))) == [
        "Port STRIKE ends",
        "Été à Lisbonne",
    ]


def test_outlets_and_days_are_counted(retriever: Retriever) -> None:
    assert [(name.casefold(), count) for name, count in retriever.outlets()] == [
        ("the courier", 2),
        ("le soir", 1),
    ]
    assert retriever.days() == [(date(2023, 2, 1), 1), (date(2023, 3, 1), 2)]


def test_the_retriever_takes_in_what_is_new(retriever: Retriever, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "ferry.txt").write_text("The ferry ran aground.", encoding="utf-8")
    stages = []
    told = retriever.rebuild(lambda stage, done, total: stages.append(stage))
    assert (told.counts[Action.ADDED], told.counts[Action.UNCHANGED]) == (1, 1)
    assert stages
    assert retriever.browse().total == 5
    assert retriever.rebuild().counts[Action.ADDED] == 0
