"""A conversation kept in the browser and brought back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fakes_ui import BRIDGE, HARBOUR, FakeRetriever, context_answer, repairs_answer
from hypothesis import given
from hypothesis import strategies as st

from ui.asking import Asked
from ui.keeping import MOST_KEPT, kept, restored
from ui.render import LIKE
from ui.talk import Exchange, Talk, answered

TALK: Talk = (
    answered(Asked("repairs", since=date(2017, 1, 1)), repairs_answer("repairs"), LIKE),
    answered(Asked("context", in_context=False), context_answer("context", (), True)),
)


def through_json(talk: Talk) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(kept(talk)))


def test_a_conversation_comes_back_as_it_was() -> None:
    back = restored(FakeRetriever(), through_json(TALK))
    assert [exchange.asked for exchange in back] == [exchange.asked for exchange in TALK]
    assert [exchange.rating for exchange in back] == [LIKE, ""]
    assert [exchange.html for exchange in back] == [exchange.html for exchange in TALK]


def test_what_was_not_answered_is_not_kept() -> None:
    assert kept((Exchange(Asked("slow"), "", pending=True),)) == []
    assert len(kept(TALK * 100)) == MOST_KEPT


def test_passages_that_changed_are_left_out_and_quotes_stay() -> None:
    retriever = FakeRetriever()
    retriever.held[HARBOUR.id] = replace(HARBOUR, text="Now it says this. " + HARBOUR.text)
    del retriever.held[BRIDGE.id]
    back = restored(retriever, through_json(TALK))
    answer = back[0].answer
    assert answer
    assert answer.citations == repairs_answer("repairs").citations
    assert {hit.article.id for hit in answer.hits}.isdisjoint({HARBOUR.id, BRIDGE.id})


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


@given(values)
def test_anything_else_that_comes_is_left_out(records: object) -> None:
    assert restored(FakeRetriever(), records) == ()


@given(st.sampled_from(sorted(through_json(TALK)[1])), values)
def test_a_record_that_was_tampered_with_breaks_nothing(field: str, value: object) -> None:
    records = through_json(TALK)
    records[1][field] = value
    assert len(restored(FakeRetriever(), records)) in (1, 2)


@pytest.mark.parametrize("number", [0, 1])
def test_half_a_record_is_left_out(number: int) -> None:
    records = through_json(TALK)
    del records[number]["citations"]
    assert len(restored(FakeRetriever(), records)) == 1
