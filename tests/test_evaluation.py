"""Evaluations end to end, over a small collection with the fake encoder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from embeddings.errors import QuestionsProblem
from embeddings.rebuild import rebuild
from embeddings.records import Filter
from qa.evaluation import CONFIGURATIONS, Question, evaluate, summarise
from qa.evaluation.answers import judge
from qa.evaluation.run import ranked_articles
from qa.ranking import RetrievalSettings
from qa.records import Answer, Citation, Sentence, Status, Window
from qa.retriever import Retriever
from tests.fakes import FakeEncoder

RAIN = (
    "Heavy rain flooded the valley of Tolland, and 300 people left their homes. The river rose by "
    "two metres in a night, and soldiers filled sandbags beside the old mill."
)
ARTICLES = {
    "strike.txt": "Dockers at Ardmore port began a strike on Monday over pay, the union said.",
    "budget.txt": "The finance minister presented a budget of 40 million crowns on Tuesday.",
    "rain.txt": RAIN,
    "copy.txt": RAIN,
    "tram.txt": "A tram driven by Lena Marsh fell into the river when the bridge gave way.",
}
QUESTIONS = [
    Question("strike", "Where did the dockers strike?", ("strike.txt",), ("Ardmore",), True),
    Question("budget", "How big a budget was presented?", ("budget.txt",), ("40 million",), True),
    Question("rain", "What did the rain do in Tolland?", ("copy.txt", "rain.txt"), (), None),
    Question("whale", "Where was the whale stranded?", (), (), False, "unanswerable"),
]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    folder = tmp_path_factory.mktemp("evaluation")
    seeds = folder / "seeds"
    seeds.mkdir()
    for name, text in ARTICLES.items():
        (seeds / name).write_text(f"date 2023-03-14 Mara Lind\n\n{text}\n", encoding="utf-8")
    rebuild(seeds, folder / "index", FakeEncoder())
    with Retriever.open(folder / "index", FakeEncoder()) as retriever:
        yield retriever


def quoting(retriever: Retriever, article_id: str, quote: str, **fields: object) -> Answer:
    article = retriever.article(article_id)
    start = article.text.index(quote)
    citation = Citation.of(1, article, start, start + len(quote))
    answer = Answer(
        "q", "q", Status.ANSWERED, (Sentence(quote, (1,)),), (citation,), confidence=0.9
    )
    return replace(answer, **fields)  # type: ignore[arg-type]


def test_a_collection_is_evaluated_in_every_configuration(retriever: Retriever) -> None:
    seen: list[tuple[str, int, int]] = []
    evaluation = evaluate(
        retriever, QUESTIONS, progress=lambda stage, done, total: seen.append((stage, done, total))
    )
    summary = summarise(evaluation)
    assert [row.name for row in summary.configurations] == list(CONFIGURATIONS)
    assert (summary.questions, summary.judged, summary.articles) == (4, 3, 5)
    for row in summary.configurations:
        assert row.metrics["hits@1"].value == 1.0
        assert row.metrics["recall@10"].value == 1.0
        assert row.latency is not None
        assert row.latency.n == 4
        assert summary.embedding is not None
        assert row.latency.p95 > summary.embedding.p50
    assert summary.answers is not None
    assert summary.answers.exact_citations is not None
    assert summary.answers.exact_citations.value == 1.0
    assert summary.answers.decisions is not None
    assert summary.answers.decisions.n == 3
    assert ("Searching", 4, 4) in seen
    assert ("Answering", 4, 4) in seen


def test_the_metrics_follow_the_rankings(retriever: Retriever) -> None:
    wrong = replace(QUESTIONS[0], relevant_ids=("budget.txt",))
    evaluation = evaluate(retriever, [wrong], answers=False)
    (outcome,) = evaluation.outcomes
    place = outcome.rankings["shipped"].index("budget.txt") + 1
    assert place > 1
    row = summarise(evaluation).configurations[-1]
    assert row.metrics["MRR@10"].value == pytest.approx(1 / place)
    assert row.metrics["hits@1"].value == 0.0
    assert summarise(evaluation).answers is None


def test_a_folded_copy_ranks_right_after_what_it_was_folded_into(retriever: Retriever) -> None:
    ids, hits = ranked_articles(retriever, QUESTIONS[2].question, QUESTIONS[2])
    assert hits[0].duplicates
    assert set(ids[:2]) == {"rain.txt", "copy.txt"}
    assert len(ids) == len(set(ids)) == len(ARTICLES)


def test_articles_left_out_are_found_by_neither_side(retriever: Retriever) -> None:
    for settings in (
        RetrievalSettings(dense=False),
        RetrievalSettings(lexical=False),
        RetrievalSettings(),
    ):
        question = "rain in the valley of Tolland"
        hits = retriever.retrieve(
            question, where=Filter(exclude=("rain.txt", "copy.txt", "no such")), settings=settings
        )
        ids = {hit.article.id for hit in hits} | {d.id for hit in hits for d in hit.duplicates}
        assert not ids & {"rain.txt", "copy.txt"}
        both = retriever.retrieve(question, settings=settings)
        assert both[0].article.id in {"rain.txt", "copy.txt"}
    left = retriever.articles(Filter(exclude=("rain.txt",)))
    assert {article.id for article in left} == set(ARTICLES) - {"rain.txt"}


def test_without_its_own_articles_a_question_is_judged_unanswerable(retriever: Retriever) -> None:
    (outcome,) = evaluate(retriever, QUESTIONS[:1]).outcomes
    assert outcome.answer is not None
    assert outcome.without is not None
    assert "Ardmore" in " ".join(outcome.answer.quotes)
    assert "Ardmore" not in " ".join(outcome.without.quotes)
    assert outcome.without.right is (not outcome.without.answered)


def test_a_follow_up_is_compared_with_the_rewrite(retriever: Retriever, tmp_path: Path) -> None:
    from qa.evaluation import read_questions

    row = {
        "question": "And the tram?",
        "history": ["Where did the dockers strike?"],
        "rewrite": "Who drove the tram that fell into the river?",
        "relevant_ids": ["tram.txt"],
        "answers": ["Lena Marsh"],
    }
    (tmp_path / "q.jsonl").write_text(json.dumps(row), encoding="utf-8")
    summary = summarise(evaluate(retriever, read_questions(tmp_path / "q.jsonl")))
    assert summary.follow_ups is not None
    assert summary.follow_ups.rewritten is not None
    assert summary.follow_ups.rewritten.value == 1.0
    assert summary.follow_ups.as_typed is not None
    assert summary.follow_ups.likeness_as_typed is not None
    assert summary.follow_ups.likeness_as_typed.value < 1.0


def test_relevant_articles_that_are_not_there(retriever: Retriever) -> None:
    half = replace(QUESTIONS[0], relevant_ids=("strike.txt", "gone.txt"))
    evaluation = evaluate(retriever, [half], answers=False)
    assert "1 of 2" in evaluation.notes[0]
    assert "gone.txt" in evaluation.notes[0]
    row = summarise(evaluation).configurations[-1]
    assert row.metrics["recall@10"].value == 0.5
    with pytest.raises(QuestionsProblem, match=r"None of the articles .*gone\.txt"):
        evaluate(retriever, [replace(half, relevant_ids=("gone.txt",))])


def test_a_quote_is_right_when_it_holds_an_expected_answer(retriever: Retriever) -> None:
    question = Question("q", "Where?", ("strike.txt",), ("the Ardmore port", "x"), True)
    answer = quoting(retriever, "strike.txt", "Dockers at Ardmore port began a strike")
    judged = judge(retriever, question, answer, 0.1)
    assert (judged.quoted, judged.right, judged.words) == (True, True, 7)
    assert (judged.citations, judged.exact) == (1, 1)
    declined = replace(answer, status=Status.NOT_IN_ARTICLES)
    judged = judge(retriever, question, declined, 0.1)
    assert (judged.answered, judged.quoted, judged.right) == (False, False, False)
    elsewhere = judge(retriever, replace(question, answers=("Tolland",)), answer, 0.1)
    assert (elsewhere.quoted, elsewhere.right) == (False, False)


def test_an_answer_too_far_down_the_quotes_does_not_count(retriever: Retriever) -> None:
    quote = retriever.article("strike.txt").text.strip()
    answer = quoting(retriever, "strike.txt", quote)
    many = replace(answer, citations=answer.citations * 6)
    question = Question("q", "Who?", ("strike.txt",), ("the union said. Dockers",), True)
    assert judge(retriever, question, many, 0.1).quoted
    last = replace(answer.citations[0], quote="Lena Marsh")
    tail = replace(many, citations=(*many.citations, last))
    question = replace(question, answers=("Lena Marsh",))
    assert judge(retriever, question, tail, 0.1).quoted is False
    assert judge(retriever, question, tail, 0.1).exact == 6


def test_an_unanswerable_question_is_right_when_declined_or_corrected(
    retriever: Retriever,
) -> None:
    question = Question("q", "Who drowned?", ("tram.txt",), (), False)
    answer = quoting(retriever, "tram.txt", "A tram driven by Lena Marsh fell into the river")
    assert judge(retriever, question, answer, 0.1).right is False
    declined = replace(answer, status=Status.NOT_IN_ARTICLES)
    assert judge(retriever, question, declined, 0.1).right is True
    corrected = replace(question, correction="driven by Lena Marsh")
    assert judge(retriever, corrected, answer, 0.1).right is True


def test_a_count_is_right_when_it_is_said(retriever: Retriever) -> None:
    question = Question("q", "How many articles mention rain?", ("rain.txt",), (), True, count=2)
    answer = quoting(retriever, "rain.txt", "300 people left", summary="Two articles mention it.")
    assert judge(retriever, question, answer, 0.1).right is True
    assert judge(retriever, replace(question, count=300), answer, 0.1).right is False
    none = replace(answer, status=Status.NOT_IN_ARTICLES, summary="No article mentions it.")
    assert judge(retriever, replace(question, count=0), none, 0.1).right is True


def test_time_words_are_right_when_the_window_is_the_one_meant(retriever: Retriever) -> None:
    days = (date(2023, 3, 1), date(2023, 3, 31))
    question = Question("q", "In March?", since=days[0], until=days[1])
    answer = quoting(retriever, "rain.txt", "Heavy rain")
    assert judge(retriever, question, answer, 0.1).window is False
    answer = replace(answer, window=Window(*days, "in March"))
    assert judge(retriever, question, answer, 0.1).window is True
    assert judge(retriever, Question("q", "Where?"), answer, 0.1).window is None


def test_configurations_add_a_stage_at_a_time_up_to_what_is_shipped() -> None:
    assert CONFIGURATIONS["shipped"] == RetrievalSettings()
    assert not CONFIGURATIONS["lexical"].dense
    assert not CONFIGURATIONS["dense"].lexical
    assert CONFIGURATIONS["hybrid"].late_interaction_weight == 0
    assert CONFIGURATIONS["late"].late_interaction_weight > 0
    assert CONFIGURATIONS["late"].feedback_weight == 0
    assert CONFIGURATIONS["feedback"].recency_weight == 0
