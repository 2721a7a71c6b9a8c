from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st

from embeddings.encoder import open_encoder
from embeddings.rebuild import rebuild
from embeddings.records import Article, Filter, Passage
from qa.dates import Timing, read_timing
from qa.evaluation.metrics import ndcg
from qa.ranking import Ranking, RetrievalSettings
from qa.recency import HALF_LIFE_DAYS, newest_first, recency, strength, with_recency
from qa.records import Hit, Score
from qa.retriever import Retriever

CLOCK = date(2024, 5, 20)
NEWSROOM = Path(__file__).parent / "newsroom"
days = st.dates(date(1990, 1, 1), date(2030, 1, 1))


def ago(number: int) -> date:
    return CLOCK - timedelta(days=number)


def test_the_day_itself_is_worth_one_and_half_is_left_after_the_half_life() -> None:
    values = recency([CLOCK, ago(HALF_LIFE_DAYS), ago(2)], CLOCK)
    assert values[0] == 1.0
    assert values[1] == pytest.approx(0.5)
    assert 0.9 < values[2] < 1.0


def test_undated_later_and_long_past_articles_are_worth_nothing() -> None:
    assert recency([None, CLOCK + timedelta(days=1), ago(60), ago(4000)], CLOCK).tolist() == [0] * 4


@given(st.lists(st.one_of(st.none(), days), max_size=20), days)
def test_recency_is_bounded_and_falls_with_age(published: list[date | None], as_of: date) -> None:
    values = recency(published, as_of)
    assert values.shape == (len(published),)
    assert ((values >= 0) & (values <= 1)).all()
    known = [(day, v) for day, v in zip(published, values, strict=True) if day and day <= as_of]
    ordered = [value for _, value in sorted(known)]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize(
    ("question", "least", "most"),
    [
        ("What is the latest toll?", 1, 1),
        ("What happened this week?", 1, 1),
        ("Who became prime minister?", 0.5, 0.8),
        ("Who won in 2017?", 0, 0),
        ("What was in the 2019 budget?", 0, 0),
    ],
)
def test_strength_follows_the_time_words(question: str, least: float, most: float) -> None:
    assert least <= strength(read_timing(question, CLOCK), Filter()) <= most


def test_a_window_or_a_past_time_switches_it_off() -> None:
    assert strength(Timing(relative=True), Filter(since=CLOCK)) == 0
    assert strength(Timing(relative=True), Filter(until=CLOCK)) == 0
    assert strength(Timing(relative=True, past=True), Filter()) == 0
    assert strength(Timing(relative=True), Filter(outlet="Gazette")) == 1


def ranking_of(*scores: float) -> Ranking:
    return Ranking(np.arange(len(scores), dtype=np.int64), np.array(scores))


def test_recency_is_a_component_of_the_score() -> None:
    ranking = with_recency(ranking_of(0.5, 0.4), [ago(400), CLOCK], CLOCK, 0.3)
    assert ranking.order().tolist() == [1, 0]
    ((score,),) = ranking.scores([1])
    assert score == Score("recency", 1.0, 1, 0.3)


@pytest.mark.parametrize("published", [[None, None], [ago(300), ago(3)], [ago(300), ago(90)]])
def test_nothing_is_added_without_weight_or_dates_near_the_clock(
    published: list[date | None],
) -> None:
    ranking = ranking_of(0.5, 0.4)
    near = any(day and day > ago(30) for day in published)
    assert with_recency(ranking, published, CLOCK, 0.0 if near else 0.3) is ranking


def hit(name: str, published: date | None, score: float, recent: float = 0.0) -> Hit:
    article = Article(name, name, "text", f"{name}.txt", published)
    scores = (Score("recency", 1.0, 1, recent),) if recent else ()
    return Hit(Passage(name, 0, 0, 4, "text", ((0, 4),)), article, score + recent, scores)


def test_the_newest_of_the_relevant_comes_first() -> None:
    hits = [
        hit("old", ago(50), 0.9),
        hit("undated", None, 0.85),
        hit("new", ago(1), 0.8),
        hit("middle", ago(20), 0.7),
        hit("off topic", ago(0), 0.1, recent=0.3),
        hit("later", ago(-5), 0.9),
    ]
    assert [h.article.id for h in newest_first(hits, CLOCK)] == [
        "new",
        "middle",
        "old",
        "undated",
        "off topic",
        "later",
    ]
    assert newest_first([], CLOCK) == []


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for name, day, more in (
        ("old.txt", "2023-02-01", "The union meets."),
        ("new.txt", "2024-05-18", "The minister meets."),
    ):
        (seeds / name).write_text(
            f" date {day} Jane Roe\n\nArdmore\n\nThe port strike goes on. {more}\n"
        )
    (seeds / "undated.txt").write_text("The port strike goes on. The story of rain meets.\n")
    encoder = FakeEncoder()
    rebuild(seeds, tmp_path / "index", encoder)
    with Retriever.open(tmp_path / "index", encoder) as opened:
        yield opened


def names(hits: list[Hit]) -> list[str]:
    return [hit.article.id for hit in hits]


def parts(hits: list[Hit]) -> set[str]:
    return {score.component for hit in hits for score in hit.scores}


def test_the_clock_decides_between_like_articles(retriever: Retriever) -> None:
    question = "Does the port strike go on?"
    settings = RetrievalSettings(recency_weight=3)
    for clock, first in ((CLOCK, "new.txt"), (date(2023, 2, 2), "old.txt")):
        hits = retriever.retrieve(question, as_of=clock, settings=settings)
        assert names(hits)[0] == first
        assert "recency" in parts(hits)


def test_far_from_the_dates_nothing_changes(retriever: Retriever) -> None:
    question = "Does the port strike go on?"
    off = RetrievalSettings(recency_weight=0)
    plain = retriever.retrieve(question, as_of=CLOCK, settings=off)
    assert "recency" not in parts(plain)
    # With no clock given it is today, years after the newest of these articles.
    assert retriever.retrieve(question) == plain
    assert retriever.retrieve(question, as_of=date(2020, 1, 1)) == plain


def test_a_window_or_a_named_past_time_leaves_the_ranking_alone(retriever: Retriever) -> None:
    asked = "Did the port strike go on in 2023?"
    assert "recency" not in parts(retriever.retrieve(asked, as_of=CLOCK))
    limited = retriever.retrieve("Does the port strike go on?", as_of=CLOCK, since=ago(900))
    assert names(limited)
    assert "recency" not in parts(limited)


@pytest.mark.model
def test_questions_with_a_clock_find_what_was_news_then(tmp_path: Path) -> None:
    """The regression set: nDCG@10 by kind of question, with recency and without."""
    rebuild(NEWSROOM / "seeds", tmp_path / "index", open_encoder())
    lines = (NEWSROOM / "clock.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    gains: dict[tuple[str, bool], list[float]] = defaultdict(list)
    with Retriever.open(tmp_path / "index") as retriever:
        for row in rows:
            for on in (True, False):
                settings = RetrievalSettings() if on else RetrievalSettings(recency_weight=0)
                hits = retriever.retrieve(
                    row["question"], 10, as_of=date.fromisoformat(row["date"]), settings=settings
                )
                found = [a.id for hit in hits for a in (hit.article, *hit.duplicates)]
                score = ndcg(list(dict.fromkeys(found)), set(row["relevant_ids"]))
                gains[row["kind"], on].append(score)
    mean = {key: float(np.mean(values)) for key, values in gains.items()}
    assert mean["recent", True] >= 0.92
    assert mean["recent", True] >= mean["recent", False] + 0.15
    assert mean["timeless", True] >= 0.84
    assert gains["past", True] == gains["past", False]
