"""Answers of sentences, from a question to citations, and the newsroom's questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings.encoder import open_encoder
from embeddings.rebuild import rebuild
from qa.conversation import Turn
from qa.evaluation.answers import judge
from qa.evaluation.questions import read_questions
from qa.records import Answer, Status
from qa.retriever import Retriever

NEWSROOM = Path(__file__).parent / "newsroom"
CLOCK = date(2025, 3, 1)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    """The newsroom, searched with the packaged model."""
    index = tmp_path_factory.mktemp("newsroom") / "index"
    rebuild(NEWSROOM / "seeds", index, open_encoder())
    with Retriever.open(index) as retriever:
        yield retriever


def ask(retriever: Retriever, question: str, *before: Answer, as_of: date = CLOCK) -> Answer:
    return retriever.ask(question, [Turn.of(answer) for answer in before], as_of=as_of)


def quotes(answer: Answer) -> str:
    return " ".join(citation.quote for citation in answer.citations)


def sound(retriever: Retriever, answer: Answer) -> None:
    """Every citation is exact, every sentence has one, and refusals quote nothing."""
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    for citation in answer.citations:
        article = retriever.article(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote
    for sentence in answer.sentences:
        assert sentence.citations
        assert set(sentence.citations) <= set(numbers)
    assert 0 <= answer.confidence <= 1
    if answer.status is Status.NOT_IN_ARTICLES:
        assert answer.sentences == answer.citations == ()


@pytest.mark.model
class TestNewsroom:
    def test_a_plain_question(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "When did the Tolland Bridge collapse?")
        assert answer.status is Status.ANSWERED
        assert "Tolland Bridge" in quotes(answer)
        assert answer.follow_ups
        sound(newsroom, answer)

    def test_nothing_of_the_kind(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "Which quarterback threw most touchdowns in the Super Bowl?")
        assert answer.status is Status.NOT_IN_ARTICLES
        assert answer.hits, "the nearest passages are shown"
        sound(newsroom, answer)

    def test_a_name_the_articles_never_have_is_said(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "What did Volodymyr Zelensky say about the port strike?")
        if answer.status is not Status.ANSWERED:
            assert any("Zelensky" in note for note in answer.notes)

    def test_a_window_is_read_and_applied(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "What happened at the port in March 2023?")
        assert answer.window
        assert (answer.window.since, answer.window.until) == (date(2023, 3, 1), date(2023, 3, 31))
        assert {hit.article.published and hit.article.published.month for hit in answer.hits} == {3}
        free = newsroom.ask("What happened at the port in March 2023?", read_dates=False)
        assert free.window is None

    def test_a_window_without_the_answer_is_left_and_said_so(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "How many steps has the lighthouse of Skarn Point in January 2025?")
        assert answer.window
        if answer.citations:
            assert answer.status is Status.PARTLY
            assert any("No article published" in note for note in answer.notes)

    @pytest.mark.parametrize(
        "question", ["What happened in 1993?", "What happened to the port strike yesterday?"]
    )
    def test_a_time_before_or_after_all_articles_is_said(
        self, newsroom: Retriever, question: str
    ) -> None:
        answer = ask(newsroom, question, as_of=date(2031, 5, 5))
        assert answer.status is not Status.ANSWERED
        assert any(
            note.startswith("No article was published in that time") for note in answer.notes
        )

    def test_figures_of_different_articles_stand_side_by_side(self, newsroom: Retriever) -> None:
        answer = ask(
            newsroom, "How many people died in the Tolland Bridge collapse?", as_of=date(2023, 6, 5)
        )
        assert "different figures" in answer.summary
        cited = {citation.article_id for citation in answer.citations}
        assert len(cited) >= answer.summary.count(";") + 1, "a quote for each figure"
        sound(newsroom, answer)

    def test_a_false_premise_is_said_in_words(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "Why did Petra Lindqvist resign after the merger failed?")
        assert answer.status is Status.PARTLY
        assert "do not say that Petra Lindqvist did resign" in answer.summary
        assert "no intention of leaving" in quotes(answer)
        sound(newsroom, answer)

    def test_the_same_event_elsewhere_is_no_answer(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "What was the magnitude of the earthquake in Ardmore?")
        assert answer.status is Status.NOT_IN_ARTICLES
        assert any("“Ardmore”" in note for note in answer.notes)
        there = ask(newsroom, "What was the magnitude of the earthquake in Pell?")
        assert there.status is Status.ANSWERED
        assert "4.6" in quotes(there)

    def test_a_quotation_brings_who_said_it(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "Who said “A late sofa is not a lost sofa”?")
        assert "Marta Venn" in quotes(answer)
        sound(newsroom, answer)

    def test_an_empty_window_names_the_nearest(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "What did the National Bank decide in March 2024?")
        assert answer.status is Status.NOT_IN_ARTICLES
        assert any("2024-03-01 to 2024-03-31" in note for note in answer.notes)
        assert answer.hits

    def test_news_of_a_subject_is_a_report_of_it(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "News about the wolves since 1 January 2025?")
        assert "Three packs with 17 animals" in quotes(answer)

    def test_counting_is_exact(self, newsroom: Retriever) -> None:
        answer = ask(newsroom, "How many articles mention Petrel-1?")
        assert answer.summary.startswith("7 articles mention")
        assert len(answer.citations) == 7
        sound(newsroom, answer)

    def test_a_follow_up_is_read_from_the_conversation(self, newsroom: Retriever) -> None:
        first = ask(newsroom, "Who led the inquiry into the Tolland Bridge collapse?")
        second = ask(newsroom, "What did she find?", first)
        assert second.resolved_question != "What did she find?"
        assert "bridge" in " ".join(hit.article.id for hit in second.hits[:3])
        alone = newsroom.ask("What did she find?", as_of=CLOCK)
        assert alone.resolved_question == "What did she find?"

    def test_a_new_subject_drops_the_old(self, newsroom: Retriever) -> None:
        first = ask(newsroom, "Who led the inquiry into the Tolland Bridge collapse?")
        second = ask(newsroom, "When was the satellite Petrel-1 launched?", first)
        assert second.resolved_question == "When was the satellite Petrel-1 launched?"
        assert "Petrel" in second.hits[0].article.text

    def test_the_newsroom_s_questions(self, newsroom: Retriever) -> None:
        """A regression floor, a little below what docs/experiments/answers.md reports."""
        right: dict[str, list[bool]] = {}
        for question in read_questions(NEWSROOM / "questions.jsonl"):
            answer = newsroom.ask(question.question, question.history, as_of=question.asked)
            sound(newsroom, answer)
            judged = judge(newsroom, question, answer, None)
            if judged.right is not None:
                right.setdefault(question.type, []).append(judged.right)
        shares = {kind: sum(values) / len(values) for kind, values in right.items()}
        every = [value for values in right.values() for value in values]
        assert sum(every) / len(every) >= FLOOR, shares
        assert shares["counting"] == 1


FLOOR = 0.75

LINES = [
    ("a.txt", "2024-01-05", "The harbour of Velin closed on Friday. It will open again in May."),
    ("b.txt", "2024-02-05", "A comet passed over Ardmore. Thousands watched it from the hills."),
]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Retriever]:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    with (seeds / "all.jsonl").open("w", encoding="utf-8") as file:
        for name, day, text in LINES:
            file.write(json.dumps({"id": name, "date": day, "title": name, "text": text}) + "\n")
    encoder = FakeEncoder()
    rebuild(seeds, tmp_path / "index", encoder)
    with Retriever.open(tmp_path / "index", encoder) as retriever:
        yield retriever


@pytest.mark.parametrize(
    "question",
    [
        "harbour",
        "Where?",
        "💥" * 300,
        "((((",
        "How many " * 200,
        "x" * 5000,
        "何が起きた？",
        "\x00?",
    ],
)
def test_any_question_gets_a_sound_answer(small: Retriever, question: str) -> None:
    sound(small, small.ask(question, [Turn("Who closed the harbour?")], as_of=CLOCK))


def test_an_empty_collection_has_no_answer(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    encoder = FakeEncoder()
    rebuild(tmp_path / "seeds", tmp_path / "index", encoder)
    with Retriever.open(tmp_path / "index", encoder) as retriever:
        answer = retriever.ask("What happened?")
    assert (answer.status, answer.hits) == (Status.NOT_IN_ARTICLES, ())
