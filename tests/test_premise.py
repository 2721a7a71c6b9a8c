"""Questions that take for granted what the articles deny."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.premise import premise

PREMISES = [
    ("Why did Petra Lindqvist resign?", "Petra Lindqvist did resign"),
    ("Why did Mayor Agathe Lorne step down?", "Mayor Agathe Lorne did step down"),
    ("When was Ardmore Rovers relegated under Osei?", "Ardmore Rovers was relegated under Osei"),
    ("In which year did Marchetti lose the vote?", "Marchetti did lose the vote"),
    ("Why was Petrel-1 lost for good?", "Petrel-1 was lost for good"),
    ("why did the mayor resign", "the mayor did resign"),
    ("When did the union of seafarers accept it?", "the union of seafarers did accept it"),
    ("Why did the dockers’ strike of 2023 end?", ""),
    ("Why did he go?", ""),
    ("Who won?", ""),
    ("", ""),
]


@pytest.mark.parametrize(("question", "taken"), PREMISES)
def test_what_is_taken_for_granted(question: str, taken: str) -> None:
    assert premise(question) == taken


@given(st.text())
def test_any_question_is_read(question: str) -> None:
    assert isinstance(premise(question), str)
