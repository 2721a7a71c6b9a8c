"""Which sentences are quoted, with what beside them, in what order."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings.records import Article, Passage
from embeddings.sentences import sentence_spans
from qa.evidence import Evidence, points_back
from qa.quotes import MOST_SENTENCES, MOST_WORDS, chosen, newest_relevant, quoted, with_speaker
from qa.records import Hit

PORT = (
    "Dockers at Ardmore walked out on Monday. They want a pay rise of 9.5 percent. "
    "The port company called the demand reckless. It offered 4 percent instead. "
    "Twelve ships were waiting on Tuesday."
)


def evidence(
    text: str, scores: list[float], name: str = "port.txt", day: int = 1
) -> list[Evidence]:
    """A sentence of evidence for each score, all of one passage."""
    article = Article(name, "Dockers walk out", text, name, published=date(2024, 3, day))
    spans = tuple(sentence_spans(text))
    hit = Hit(Passage(name, 0, 0, len(text), text, spans), article, 1.0)
    return [
        Evidence(hit, 0, (start, end), n, text[start:end], np.zeros(1), score)
        for n, ((start, end), score) in enumerate(zip(spans, scores, strict=True))
    ]


def texts(items: list[Evidence]) -> list[str]:
    return [quote.quote for quote in quoted(items)[1]]


def test_a_clear_best_sentence_stands_alone() -> None:
    assert texts(evidence(PORT, [0, 0, 0, 0, 9])) == ["Twelve ships were waiting on Tuesday."]


def test_a_sentence_that_points_back_brings_its_subject() -> None:
    assert texts(evidence(PORT, [0, 9, 0, 0, 0])) == [
        "Dockers at Ardmore walked out on Monday.",
        "They want a pay rise of 9.5 percent.",
    ]


def test_a_chain_of_pronouns_is_followed_to_the_name() -> None:
    items = evidence(PORT, [0, 0, 0, 9, 0])
    # "It offered" -> "The port company called": that names it well enough to be read.
    assert texts(items)[-1] == "It offered 4 percent instead."
    assert texts(items)[0] != texts(items)[-1]


def test_quotes_stand_in_reading_order_and_are_exact() -> None:
    items = evidence(PORT, [8.5, 0, 0, 0, 9])
    sentences, citations = quoted(items)
    assert [c.start for c in citations] == sorted(c.start for c in citations)
    assert [c.number for c in citations] == [1, 2]
    for sentence, citation in zip(sentences, citations, strict=True):
        assert sentence.text == citation.quote == PORT[citation.start : citation.end]


def test_the_article_of_the_best_sentence_comes_first() -> None:
    items = evidence(PORT, [8, 0, 0, 0, 0], "a.txt") + evidence(
        "Ardmore’s dockers are back at their cranes today.", [9], "b.txt"
    )
    assert [c.article_id for c in quoted(items)[1]] == ["b.txt", "a.txt"]


def test_a_copy_is_not_quoted_again() -> None:
    line = (
        "The dockers of Ardmore went back to work on Wednesday after 36 days of strike, "
        "their union said in the evening."
    )
    items = evidence(line, [9], "a.txt") + evidence(line, [8.9], "b.txt")
    assert len(texts(items)) == 1


def test_what_is_wanted_is_quoted_however_long_it_is() -> None:
    long = " ".join(f"word{n}" for n in range(50))
    wanted = [
        item
        for name in ("a.txt", "b.txt", "c.txt")
        for item in evidence(f"In {name[0].upper()} {long} happened.", [1.0], name)
    ]
    assert [c.article_id for c in quoted(wanted, wanted)[1]] == ["a.txt", "b.txt", "c.txt"]


def test_no_evidence_no_quotes() -> None:
    assert quoted([]) == ((), ())


def test_the_latest_comes_from_the_newest_relevant_article() -> None:
    old = evidence("Three people died in the flood.", [9], "old.txt", day=1)
    new = evidence("Five people died in the flood.", [8], "new.txt", day=9)
    off = evidence("The cup final was lost.", [1], "off.txt", day=20)
    assert newest_relevant(old + new + off, date(2024, 3, 25)) == new
    assert newest_relevant(old + new + off, date(2024, 3, 5)) == old


def test_points_back() -> None:
    for text in (
        "He said so.",
        "“It is over,” she said.",
        "But nobody came.",
        "The company paid.",
        "“Enough,” she said.",
    ):
        assert points_back(text), text
    for text in ("Heath fires burned.", "Italy won.", "The port is shut.", "Thatcher resigned."):
        assert not points_back(text), text


@given(
    st.lists(
        st.tuples(st.integers(1, 80), st.floats(-20, 20)),
        min_size=1,
        max_size=12,
    )
)
def test_never_too_many_words_beside_the_best(rows: list[tuple[int, float]]) -> None:
    text = " ".join(
        f"Subject{n} " + " ".join(f"w{n}x{m}" for m in range(words)) + "."
        for n, (words, _) in enumerate(rows)
    )
    items = evidence(text, [score for _, score in rows])
    taken = chosen(items)
    best = max(items, key=lambda item: item.score)
    assert taken[0].score == best.score
    assert len(taken) <= MOST_SENTENCES
    if len(taken) > 1:
        assert sum(len(item.text.split()) for item in taken) <= MOST_WORDS
    _, citations = quoted(items)
    assert len({(c.start, c.end) for c in citations}) == len(citations)
    assert all(text[c.start : c.end] == c.quote for c in citations)


STRIKE = (
    "The strike will end on Friday. The ships are waiting. "
    "“We have what we asked for,” Ilse Marchetti said. Rain fell. “So have we,” Paul Orr said."
)


def test_who_said_so_is_named_by_the_nearest_sentence_behind() -> None:
    items = evidence(STRIKE, [9, 0, 0, 0, 1])
    found = chosen(with_speaker(items[:1], items))
    assert found[0].text.endswith("Ilse Marchetti said.")
    assert found[1].text == "The strike will end on Friday."


def test_a_sentence_that_names_its_speaker_or_an_article_without_one_stays_as_it_is() -> None:
    items = evidence(STRIKE, [0, 0, 9, 0, 1])
    assert with_speaker(items[2:3], items) == items[2:3]
    assert with_speaker(items[:1], items[:2]) == items[:1]
    assert with_speaker([], items) == []
