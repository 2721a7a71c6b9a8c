from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from embeddings.errors import QuestionsProblem
from qa.evaluation import Question, read_questions, sampled

NEWSROOM = Path(__file__).parent / "newsroom"


def written(folder: Path, *lines: object) -> Path:
    file = folder / "questions.jsonl"
    file.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines),
        encoding="utf-8",
    )
    return file


def test_every_field_is_read(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "question": " And in March? ",
        "relevant_ids": ["a.txt", "b.txt", "a.txt"],
        "answers": ["9.5 percent", 17],
        "answerable": True,
        "type": "followup",
        "date": "2024-03-05T10:00:00Z",
        "history": [
            {"role": "user", "text": "How many strikes were there in May?"},
            {"role": "assistant", "text": "There were two strikes."},
        ],
        "rewrite": "How many strikes were there in March?",
        "since": "2024-03-01",
        "until": "2024-03-31",
        "count": 3,
        "correction": "no",
    }
    (question,) = read_questions(written(tmp_path, "\ufeff" + json.dumps(row), "", "  "))
    assert question.id == "7"
    assert question.question == "And in March?"
    assert question.relevant_ids == ("a.txt", "b.txt")
    assert question.answers == ("9.5 percent", "17")
    assert question.asked == date(2024, 3, 5)
    assert question.history[0].question == "How many strikes were there in May?"
    assert question.history[0].quotes == ("There were two strikes.",)
    assert (question.since, question.until) == (date(2024, 3, 1), date(2024, 3, 31))
    assert (question.count, question.correction) == (3, "no")
    assert question.resolved == "How many strikes were there in March?"
    assert question.judged


def test_a_question_alone_is_enough(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {"question": "Why?"}))
    assert question == Question("line 1", "Why?")
    assert not question.judged


def test_expected_answers_say_that_it_is_answerable(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, {"question": "Why?", "answers": ["rain"]}))
    assert question.answerable is True


def test_bare_turns_are_resolved_against_each_other(tmp_path: Path) -> None:
    row = {"question": "Why?", "user_turns_so_far": ["Did Mara Lind resign?", "Did she return?"]}
    (question,) = read_questions(written(tmp_path, row))
    assert [turn.question for turn in question.history] == row["user_turns_so_far"]
    assert "Mara Lind" in question.history[1].resolved


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{broken", "it is not JSON"),
        ('["a"]', "not a JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ({"id": "x"}, "no `question`"),
        ({"question": "  "}, "no `question`"),
        ({"question": 3}, "`question` is 3"),
        ({"question": "Why?", "answerable": "yes"}, "`answerable` is 'yes'"),
        ({"question": "Why?", "relevant_ids": "a.txt"}, "`relevant_ids` is 'a.txt'"),
        ({"question": "Why?", "answers": [None]}, "`answers` is"),
        ({"question": "Why?", "date": "March"}, "`date` is 'March'"),
        ({"question": "Why?", "date": 2024}, "`date` is 2024"),
        ({"question": "Why?", "since": "2024-02-01", "until": "2024-01-01"}, "is after"),
        ({"question": "Why?", "count": -1}, "`count` is -1"),
        ({"question": "Why?", "count": True}, "`count` is True"),
        ({"question": "Why?", "history": "before"}, "not a list"),
        ({"question": "Why?", "history": [{"role": "judge", "text": "x"}]}, "in the history"),
        ({"question": "Why?", "id": ["a"]}, "`id` is"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: object, told: str) -> None:
    file = written(tmp_path, {"question": "What?"}, "", line)
    with pytest.raises(QuestionsProblem) as caught:
        read_questions(file)
    assert f"Line 3 of {file}" in caught.value.message
    assert told in caught.value.message
    assert caught.value.hint


def test_an_id_used_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    file = written(tmp_path, {"id": "a", "question": "What?"}, {"id": "a", "question": "Why?"})
    with pytest.raises(QuestionsProblem, match=r"Line 2 .* 'a' was used on line 1"):
        read_questions(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(QuestionsProblem, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(QuestionsProblem, match="no question"):
        read_questions(written(tmp_path, "", " "))
    (tmp_path / "latin.jsonl").write_bytes('{"question": "Où?"}'.encode("latin-1"))
    with pytest.raises(QuestionsProblem, match="not UTF-8"):
        read_questions(tmp_path / "latin.jsonl")


def test_a_sample_takes_as_many_of_each_kind_and_the_same_ones_again() -> None:
    questions = [Question(str(n), "Why?", answerable=(True, False, None)[n % 3]) for n in range(90)]
    once = sampled(questions, 10, seed=1)
    assert once == sampled(questions, 10, seed=1)
    assert once != sampled(questions, 10, seed=2)
    assert [sum(q.answerable is kind for q in once) for kind in (True, False, None)] == [10] * 3
    assert sampled(questions, 1000) == questions


def test_the_newsroom_has_questions_that_can_be_read() -> None:
    assert len(read_questions(NEWSROOM / "questions.jsonl")) >= 120
    assert len(read_questions(NEWSROOM / "clock.jsonl")) >= 100
