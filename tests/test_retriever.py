"""The retriever at its edges: nothing to search, odd questions, filters, many hits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.errors import DatelineError, IndexMissing, QuestionError
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from qa import retriever as retriever_module
from qa import search as search_module
from qa.ranking import RetrievalSettings
from qa.retriever import MAX_QUESTION_CHARACTERS, Retriever, narrowed, retrieve

STORIES = 60
FIRST = date(2024, 1, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty articles, one a day; every sixth by the Gazette, below a folder of its own."""
    base = tmp_path_factory.mktemp("news")
    rows = []
    for n in range(STORIES):
        day = FIRST + timedelta(days=n)
        outlet = "Harbour Gazette" if n % 6 == 0 else "Courier"
        text = (
            f"On day {n} the dockers of town{n} went on strike over pay{n}. "
            f"Mayor Name{n} of town{n} called the strike{n} a matter{n} for the port{n}. "
            f"Nobody{n} expected{n} it{n} to end{n} before{n} the week{n} was out{n}."
        )
        rows.append({"id": f"r{n}", "text": text, "date": str(day), "outlet": outlet})
    (base / "seeds" / "gazette").mkdir(parents=True)
    for name, lines in (
        ("gazette/rows.jsonl", rows[::6]),
        ("courier.jsonl", [row for n, row in enumerate(rows) if n % 6]),
    ):
        (base / "seeds" / name).write_text("\n".join(map(json.dumps, lines)))
    rebuild(base / "seeds", base / "index", FakeEncoder(window=200))
    return base / "index"


@pytest.fixture
def retriever(folder: Path) -> Iterator[Retriever]:
    with Retriever.open(folder, FakeEncoder(window=200)) as opened:
        yield opened


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\u3000", "\x00\x01"])
def test_an_empty_question_is_explained(retriever: Retriever, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        retriever.retrieve(question)


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_is_explained(retriever: Retriever, k: int) -> None:
    with pytest.raises(QuestionError, match="one passage or more"):
        retriever.retrieve("strike", k)


def test_k_beyond_the_collection_gives_all_of_it_once(retriever: Retriever) -> None:
    hits = retriever.retrieve("strike", 10_000)
    assert sorted(hit.article.id for hit in hits) == sorted(f"r{n}" for n in range(STORIES))


@pytest.mark.parametrize("k", [1, 2, 7, 59, 60])
def test_k_hits_come_back_whenever_k_exist(retriever: Retriever, k: int) -> None:
    hits = retriever.retrieve("the strike of the dockers", k)
    assert len(hits) == k
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        (Filter(outlet="harbour gazette"), set(range(0, 60, 6))),
        (Filter(path="gazette"), set(range(0, 60, 6))),
        (Filter(path="courier.jsonl"), {n for n in range(60) if n % 6}),
        (Filter(since=FIRST + timedelta(days=55)), set(range(55, 60))),
        (Filter(until=FIRST), {0}),
        (Filter(since=FIRST + timedelta(days=6), until=FIRST + timedelta(days=7)), {6, 7}),
        (Filter(path="gazette", since=FIRST + timedelta(days=50)), {54}),
        (Filter(exclude=tuple(f"r{n}" for n in range(58))), {58, 59}),
        (Filter(place="Nowhere"), set()),
        (Filter(outlet="\ud800", path="\udfff"), set()),
        (Filter(since=date(2030, 1, 1)), set()),
    ],
)
def test_filters_work_inside_the_search(retriever: Retriever, where: Filter, ids: set[int]) -> None:
    # The question is about a story that most of the filters leave out.
    question = "Why did town1 dockers strike over pay1?"
    found = retriever.retrieve(question, STORIES, where=where)
    assert {hit.article.id for hit in found} == {f"r{n}" for n in ids}
    some = max(1, len(ids) // 2)
    assert len(retriever.retrieve(question, some, where=where)) == min(some, len(ids))


def test_a_window_narrows_the_filter(retriever: Retriever) -> None:
    where = Filter(since=FIRST + timedelta(days=10), until=FIRST + timedelta(days=20))
    hits = retriever.retrieve(
        "strike", 50, where=where, since=FIRST, until=FIRST + timedelta(days=12)
    )
    assert {hit.article.id for hit in hits} == {"r10", "r11", "r12"}


@pytest.mark.parametrize(
    ("since", "until"), [(date(2024, 2, 1), date(2024, 1, 1)), (date(2025, 1, 1), None)]
)
def test_a_reversed_window_is_explained(since: date, until: date | None) -> None:
    with pytest.raises(QuestionError, match="ends before it begins"):
        narrowed(Filter(until=date(2024, 6, 1)), since, until)


def test_spans_are_exact_and_say_what_matched(retriever: Retriever) -> None:
    (hit,) = retriever.retrieve("Who is the mayor of town17?", 1)
    assert hit.article.id == "r17"
    text = hit.article.text
    assert text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert [text[start:end] for start, end in hit.terms] == ["town17", "Mayor", "town17"]
    for start, end in (*hit.passage.sentences, *hit.terms):
        assert hit.passage.start <= start < end <= hit.passage.end


def test_component_scores_explain_the_hit(retriever: Retriever) -> None:
    hits = retriever.retrieve("Why did town5 dockers strike?", 5, as_of=date(2030, 1, 1))
    for hit in hits:
        assert {"dense", "lexical", "late interaction", "feedback"} >= {
            score.component for score in hit.scores
        }
        assert sum(score.share for score in hit.scores) == pytest.approx(hit.score)
    assert {score.rank for score in hits[0].scores if score.component == "lexical"} == {1}


@pytest.mark.parametrize(
    "settings", [RetrievalSettings(lexical=False), RetrievalSettings(dense=False)]
)
def test_one_side_alone_searches_too(retriever: Retriever, settings: RetrievalSettings) -> None:
    hits = retriever.retrieve("Who is Name17, mayor of town17?", 3, settings=settings)
    assert hits[0].article.id == "r17"


@pytest.mark.parametrize(
    "question",
    [
        "strike " * 150_000,
        "x" * 1_000_000,
        "罷工" * 500_000,
        "?!" * 500_000,
        "\x00\ufeff\u202e",
        "\ud800?",
    ],
    ids=["words", "one word", "no spaces", "no words", "no letters", "half a character"],
)
def test_hostile_questions_get_an_answer(retriever: Retriever, question: str) -> None:
    assert len(retriever.retrieve(question, 3)) == 3


def test_what_stands_beyond_the_limit_of_a_question_does_not_count(retriever: Retriever) -> None:
    filler = "dockers " * (MAX_QUESTION_CHARACTERS // 8)
    assert retriever.retrieve(filler, 3) == retriever.retrieve(f"{filler} town17 Name17", 3)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    rebuild(tmp_path / "none", tmp_path / "index", FakeEncoder())
    with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
        assert retriever.retrieve("anything", 5) == []
        assert retriever.articles() == []
        assert retriever.status().articles == 0


def test_articles_are_had_by_id_and_newest_first(retriever: Retriever) -> None:
    assert retriever.article("r3").id == "r3"
    assert [article.id for article in retriever.articles(limit=3)] == ["r59", "r58", "r57"]
    gazette = retriever.articles(Filter(path="gazette"))
    assert [article.id for article in gazette][:2] == ["r54", "r48"]
    with pytest.raises(DatelineError, match="no article 'r99'"):
        retriever.article("r99")


def test_thousands_of_hits_do_not_take_minutes(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    rows = [
        {"id": f"r{n}", "text": " ".join(f"strike w{n}x{m}" for m in range(20))} for n in range(600)
    ]
    (tmp_path / "seeds" / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    rebuild(tmp_path / "seeds", tmp_path / "index", FakeEncoder())
    compared = 0

    def count(one: object, other: object) -> bool:
        nonlocal compared
        compared += 1
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "near_copies", count)
        with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
            assert len(retriever.retrieve("strike", 600)) == 600
    assert compared < 600 * 100  # and not every pair, which is three times as many


def test_the_function_keeps_the_index_open_between_calls(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retriever_module, "_open", {})
    opened = []

    def open_once(path: Path) -> Retriever:
        opened.append(path)
        return Retriever(retriever_module.Index.open(path), FakeEncoder(window=200))

    monkeypatch.setattr(Retriever, "open", open_once)
    for _ in range(3):
        assert retrieve("Who is the mayor of town17?", 1, index=folder)[0].article.id == "r17"
    assert opened == [folder]
    retriever_module._open[folder].close()


def test_no_index_is_explained(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="dateline rebuild"):
        retrieve("anything", index=tmp_path)
