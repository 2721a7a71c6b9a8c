"""What a question asks for, and whether a sentence has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.expected import (
    Kind,
    counted,
    counts,
    expected_kind,
    holds,
    holds_full_name,
    names_in,
    tells_age,
    without_now,
    words_of,
)

ASKED = [
    ("How old is the mayor?", Kind.AGE),
    ("How long did the strike last?", Kind.DURATION),
    ("For how many weeks was the port shut?", Kind.DURATION),
    ("How much money did the bank lose?", Kind.MONEY),
    ("How much did the bridge cost?", Kind.MONEY),
    ("What will the new bridge cost?", Kind.MONEY),
    ("What percentage voted for the Greens?", Kind.PERCENT),
    ("What is the inflation rate now?", Kind.PERCENT),
    ("How many people died?", Kind.NUMBER),
    ("What is the death toll?", Kind.NUMBER),
    ("how far is it to the border", Kind.NUMBER),
    ("When did the talks begin?", Kind.DATE),
    ("In what year was the tower built?", Kind.DATE),
    ("Who leads the inquiry?", Kind.NAME),
    ("Which company wrote the reports?", Kind.NAME),
    ("Where were the ballots found?", Kind.PLACE),
    ("Which city does the river run through?", Kind.PLACE),
    ("Why was the carnival called off?", Kind.REASON),
    ("What caused the collapse?", Kind.REASON),
    ("What did China call for at the Security Council?", Kind.WORDS),
    ("How did the minister react?", Kind.WORDS),
    ("How do the pumps work?", Kind.MANNER),
    ("What happened at the port?", Kind.NEWS),
    ("Any news about the wolves?", Kind.NEWS),
    ("What’s the latest on the bridge?", Kind.NEWS),
    ("latest number of infections", Kind.NUMBER),
    ("Is the painting damaged?", Kind.OTHER),
    ("What did she say when she resigned?", Kind.WORDS),
    ("Where did the people who fell ill work?", Kind.PLACE),
    ("After the vote, when did it begin?", Kind.DATE),
    ("Did it rain when he came?", Kind.OTHER),
    ("Which auditors signed the accounts?", Kind.NAME),
    ("", Kind.OTHER),
]
HELD = [
    (Kind.AGE, "How old is Luz?", "Luz, 24, has scored seven goals.", True),
    (Kind.AGE, "How old is Luz?", "Luz has scored often.", False),
    (Kind.DURATION, "How long was the strike?", "It lasted 36 days.", True),
    (Kind.DURATION, "How long was it?", "Eighteen months after the strike they met.", False),
    (Kind.MONEY, "What will it cost?", "It will cost 212 million crowns.", True),
    (Kind.MONEY, "What will it cost?", "It will open in May.", False),
    (Kind.PERCENT, "What is the rate?", "The bank raised it to 4.25 percent.", True),
    (Kind.NUMBER, "How many died?", "Twelve people were killed.", True),
    (Kind.NUMBER, "How many of the 12 died?", "The 12 were found.", False),
    (Kind.DATE, "When did it open?", "It opened on Tuesday.", True),
    (Kind.DATE, "What happened in 2019, and when?", "In 2019 it rained.", False),
    (Kind.NAME, "Who chairs the inquiry?", "Dame Ruth Okafor chairs it.", True),
    (Kind.NAME, "Who is Ruth Okafor?", "Ruth Okafor’s work is done.", False),
    (Kind.PLACE, "Where is Velin?", "Velin lies near Ardmore.", True),
    (Kind.REASON, "Why did it close?", "It closed because of the rain.", True),
    (Kind.OTHER, "What happened?", "It rained.", False),
]


@pytest.mark.parametrize(("question", "kind"), ASKED)
def test_what_is_asked_for(question: str, kind: Kind) -> None:
    assert expected_kind(question) is kind


@pytest.mark.parametrize(("kind", "question", "sentence", "found"), HELD)
def test_what_a_sentence_holds(kind: Kind, question: str, sentence: str, found: bool) -> None:
    assert holds(kind, sentence, words_of(question)) is found


def test_names_are_bare_and_no_function_words() -> None:
    assert list(names_in("The mayor’s aide met Maria’s sister on Monday in Port Sella.")) == [
        "maria", "port", "sella",
    ]  # fmt: skip


@given(st.text(), st.text())
def test_any_text_is_looked_at(question: str, sentence: str) -> None:
    kind = expected_kind(question)
    assert holds(kind, sentence, words_of(question)) in (True, False)


def test_what_is_counted_stands_behind_its_number() -> None:
    assert counted("How many recommendations does the report make?") == "recommendations"
    assert counted("How many people were hurt?") == "people"
    assert counted("Who won?") == ""
    asked = words_of("How many letters did he write?")
    assert counts("letter", "He wrote 17 angry letters.", asked)
    assert not counts("letter", "The letters cost 17 crowns.", asked)
    assert not counts("letter", "He wrote letters.", asked)


def test_a_full_name_is_new() -> None:
    asked = words_of("Who leads the inquiry of Tolland?")
    assert holds_full_name("Dame Ruth Okafor chairs it.", asked)
    assert not holds_full_name("It met in Tolland on Monday.", asked)


def test_an_age_stands_behind_its_name() -> None:
    assert tells_age("Diego Luz, 24, has scored.", "How old is Luz?")
    assert not tells_age("Diego Luz, 24, has scored.", "How old is Osei?")
    assert not tells_age("Diego Luz, 24, has scored.", "How old is Luz’s son?")
    assert not tells_age("Luz scored 24 goals.", "How old is Luz?")


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What is the key rate at the moment?", "What is the key rate ?"),
        ("latest number of infections", "number of infections"),
        ("What is the sentence, as things stand?", "What is the sentence ?"),
        ("latest?", "latest?"),
        ("Who knows?", "Who knows?"),
    ],
)
def test_words_for_the_newest_state_are_left_out(question: str, left: str) -> None:
    assert without_now(question) == left
