"""Lexical search against BM25 computed by hand, filters, and text that breaks query parsers."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.errors import IndexDamaged
from embeddings.lexical import MAX_TERMS, LexicalIndex, _analyzer, term_spans, terms_of
from embeddings.records import Article, Filter

TEXTS = [
    "The port of Ardmore was shut by a strike.",
    "A strike at the port, a strike at the mill, a strike at the mine.",
    "The minister of finance offered to resign over the budget.",
    "Rain fell on the harbour for nine days.",
    "The budget was passed; the strike went on. " * 3,
]


def article(number: int, **fields: object) -> Article:
    known = {"title": "", "text": TEXTS[number % len(TEXTS)], "path": f"{number}.txt", **fields}
    return Article(id=str(number), **known)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    index = LexicalIndex.create(tmp_path / "lexical")
    index.update([], ((n + 1, text, article(n)) for n, text in enumerate(TEXTS)))
    return index


def bm25(terms: list[str], texts: list[str], k1: float = 1.2, b: float = 0.75) -> list[float]:
    """Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; the idf of Lucene."""
    bags = [Counter(term for term, _ in term_spans(text, every_term(texts))) for text in texts]
    lengths = [sum(bag.values()) for bag in bags]
    mean = sum(lengths) / len(lengths)
    scores = [0.0] * len(texts)
    for term in terms:
        holding = sum(term in bag for bag in bags)
        idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
        for n, bag in enumerate(bags):
            weight = bag[term] + k1 * (1 - b + b * lengths[n] / mean)
            scores[n] += idf * bag[term] * (k1 + 1) / weight if bag[term] else 0.0
    return scores


def every_term(texts: list[str]) -> set[str]:
    return {token for text in texts for word in text.split() for token in terms_of(word)}


@pytest.mark.parametrize("question", ["strike", "rain strike", "budget of the minister", "rain"])
def test_scores_are_those_of_bm25(index: LexicalIndex, question: str) -> None:
    terms = terms_of(question)
    expected = {n + 1: score for n, score in enumerate(bm25(terms, TEXTS)) if score}
    found = dict(index.search(terms, 10))
    assert found.keys() == expected.keys()
    for passage_id, score in found.items():
        assert score == pytest.approx(expected[passage_id], rel=0.02)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_neighbours_in_the_question_count_where_they_stand_together(index: LexicalIndex) -> None:
    single = dict(zip(range(1, 6), bm25(terms_of("port strike"), TEXTS), strict=True))
    found = dict(index.search(terms_of("port strike"), 10))
    # "at the port, a strike" has one word between them; "the port ... by a strike" more.
    assert found[2] > 1.1 * single[2]
    assert found[1] == pytest.approx(single[1], rel=0.02)
    assert found[5] == pytest.approx(single[5], rel=0.02)
    turned = dict(index.search(terms_of("strike port"), 10))
    assert turned[2] == pytest.approx(single[2], rel=0.02)


def test_given_passages_score_as_they_do_in_the_search(index: LexicalIndex) -> None:
    terms = terms_of("port strike budget")
    found = dict(index.search(terms, 10))
    for passage_id, score in index.scores(terms, [1, 2, 4]).items():
        assert score == pytest.approx(found[passage_id])
    assert 4 not in index.scores(terms, [4])
    assert index.scores([], [1]) == index.scores(terms, []) == {}


@settings(max_examples=200, deadline=None)
@given(question=st.text(max_size=200))
def test_no_text_breaks_the_search(question: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "shared-lexical"
    if folder.exists():
        index = LexicalIndex.open(folder)
    else:
        index = LexicalIndex.create(folder)
        index.update([], ((n + 1, text, article(n)) for n, text in enumerate(TEXTS)))
    assert len(index.search(terms_of(question), 3)) <= 3


@pytest.mark.parametrize(
    "question",
    [
        'title:"port" AND (strike OR',
        "port^99 +strike -budget *",
        "[* TO *]",
        "body:/.*/",
        "\\\\ \" ' ` ; DROP TABLE passages; --",
        "\x00port\x00strike",
        "𝖕𝖔𝖗𝖙 👩‍👩‍👧‍👦 \u202eport",
        "port " * 50_000,
        "x" * 1_000_000,
    ],
)
def test_hostile_questions_find_their_words_or_nothing(index: LexicalIndex, question: str) -> None:
    terms = terms_of(question)
    assert len(terms) <= MAX_TERMS
    found = [passage_id for passage_id, _ in index.search(terms, 10)]
    assert not set(found) - {1, 2, 3, 5}


def test_function_words_count_only_where_there_are_no_others() -> None:
    assert terms_of("What did the ministers say about strikes?") == ["minist", "say", "strike"]
    assert terms_of("To be or not to be") == ["to", "be", "or", "not"]
    assert terms_of("?!…") == []


@pytest.mark.parametrize(("typed", "written"), [("Élysée", "elysee"), ("PORTS", "port")])
def test_accents_case_and_endings_do_not_matter(typed: str, written: str) -> None:
    assert terms_of(typed)[0][:4] == terms_of(written)[0][:4]


def test_scripts_without_spaces_match_by_character(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path / "lexical")
    index.update(
        [], [(1, "北京市長が辞任した。", article(1)), (2, "東京で雨が降った。", article(2))]
    )
    assert index.search(terms_of("北京"), 5)[0][0] == 1


def test_spans_are_exact() -> None:
    text = "The Strikes of Łódź struck; a strike, naïve 👩‍👩‍👧‍👦 strike."
    found = [text[start:end] for _, (start, end) in term_spans(text, terms_of("strike"))]
    assert found == ["Strikes", "strike", "strike"]
    assert term_spans(text, []) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(since=date(2024, 1, 2)), {2, 3}),
        (Filter(until=date(2024, 1, 2)), {1, 2}),
        (Filter(since=date(2024, 1, 2), until=date(2024, 1, 2)), {2}),
        (Filter(outlet="harbour  GAZETTE"), {1, 4}),
        (Filter(outlet="Harbour"), set()),
        (Filter(place="são paulo"), {2}),
        (Filter(path="a"), {1, 2}),
        (Filter(path="a/b/"), {2}),
        (Filter(path="a/x.txt"), {1}),
        (Filter(path="a/x"), set()),
        (Filter(path="ab"), {3}),
        (Filter(outlet="Harbour Gazette", path="a"), {1}),
    ],
)
def test_filters(tmp_path: Path, where: Filter, expected: set[int]) -> None:
    index = LexicalIndex.create(tmp_path / "lexical")
    articles = [
        article(0, path="a/x.txt", published=date(2024, 1, 1), outlet="Harbour Gazette"),
        article(0, path="a/b/y.txt", published=date(2024, 1, 2), place="São Paulo"),
        article(0, path="ab/z.txt", published=date(2024, 1, 3)),
        article(0, path="w.txt", outlet="Harbour Gazette"),
    ]
    index.update([], ((n + 1, TEXTS[0], one) for n, one in enumerate(articles)))
    found = index.search(["strike"], 10, where)
    assert {passage_id for passage_id, _ in found} == expected
    # A filter takes passages out, and leaves the scores of the others as they were.
    unfiltered = dict(index.search(["strike"], 10))
    assert all(score == pytest.approx(unfiltered[i]) for i, score in found)


def test_a_title_counts_unless_it_was_taken_from_the_text(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path / "lexical")
    own = article(3, title="Strike on the docks")
    derived = article(3, title="Strike on the docks", title_derived=True)
    index.update([], [(1, TEXTS[3], own), (2, TEXTS[3], derived)])
    assert [i for i, _ in index.search(["strike"], 5)] == [1]


def test_a_copy_changes_and_its_base_does_not(index: LexicalIndex, tmp_path: Path) -> None:
    copy = LexicalIndex.create(tmp_path / "copy", index)
    copy.update([2], [(9, "A strike of bakers.", article(9))])
    assert {i for i, _ in copy.search(["strike"], 10)} == {1, 5, 9}
    again = LexicalIndex.open(index.folder)
    assert {i for i, _ in again.search(["strike"], 10)} == {1, 2, 5}
    assert len(again) == len(copy) == 5


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = LexicalIndex.create(tmp_path / "lexical")
    assert index.search(["strike"], 5) == []
    assert index.document_frequency("strike") == 0


def test_a_folder_that_is_no_index_is_explained(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="cannot be read"):
        LexicalIndex.open(tmp_path)


def test_an_index_laid_out_otherwise_is_explained(tmp_path: Path) -> None:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", index_option="freq")
    tantivy.Index(builder.build(), path=str(tmp_path))
    with pytest.raises(IndexDamaged, match="another version"):
        LexicalIndex.open(tmp_path)


@given(st.text("abAB yis_12½ªº€’éßŒı\u2071\u20acİ'-", max_size=60), st.data())
def test_term_spans_are_those_of_the_index(text: str, data: st.DataObject) -> None:
    tokens = _analyzer().pre_tokenize(text).tokens
    terms = data.draw(st.sets(st.sampled_from([t.text for t in tokens]))) if tokens else {"a"}
    expected = [(t.text, (t.char_offset_from, t.char_offset_to)) for t in tokens if t.text in terms]
    assert term_spans(text, terms) == expected
