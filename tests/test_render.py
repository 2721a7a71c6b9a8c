"""What people read: exact marks, everything escaped, plain words."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from fakes_ui import (
    ARABIC,
    BRIDGE,
    CHINESE,
    HARBOUR,
    HOSTILE,
    REPAIRS,
    RUST,
    cite,
    hit,
    passages_answer,
    repairs_answer,
    status_of,
)
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from embeddings.records import Article
from qa.records import Answer, Sentence, Status, Window
from ui.examples import example_questions, subject
from ui.render import (
    answer_markdown,
    counted,
    cut,
    escape,
    fingerprint,
    markdown_text,
    merged,
    paragraphs,
    render_answer,
    render_article,
    render_facts,
    render_notice,
    render_question,
    render_status,
    written_day,
    written_window,
)

TAGS = {
    "article", "bdi", "blockquote", "button", "dd", "details", "div", "dl", "dt", "h2", "h3",
    "header", "li", "mark", "meter", "ol", "p", "span", "strong", "summary", "table", "tbody", "td",
    "th", "thead", "time", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-pressed", "class", "datetime", "dir", "id", "lang", "max",
    "min", "role", "scope", "tabindex", "title", "type", "value",
}  # fmt: skip


class Page(HTMLParser):
    """The text of a page, whole and by class and tag, and every tag and attribute in it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, str]] = []
        self.text = ""
        self.pieces: list[tuple[str, tuple[tuple[str, str], ...]]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.pieces.append((data, tuple(self.open)))

    def within(self, name: str) -> str:
        """The text inside elements of a tag or class."""
        return "".join(
            data
            for data, around in self.pieces
            if any(name == tag or name in classes.split() for tag, classes in around)
        )

    def values(self, name: str) -> list[str]:
        return [value for attribute, value in self.attributes if attribute == name]


def plain(text: str) -> str:
    """A text as `escape` shows it: what cannot be shown replaced, one for one."""
    return Page(f"<p>{escape(text)}</p>").text


def harmless(source: str) -> Page:
    page = Page(source)
    assert set(page.tags) <= TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert "\n" not in source
    return page


def test_escaping_keeps_every_character_or_replaces_it_by_one() -> None:
    odd = "a\tb\nc\r\nd\x00\x1b\ud800\u202e<&>\"'\u2028é里\U0001f600"
    shown = plain(odd)
    assert shown == "a\tb\nc\r\nd" + "\ufffd" * 4 + "<&>\"'\u2028é里\U0001f600"
    escape(odd).encode("utf-8")


@given(st.text())
def test_escaped_text_is_one_line_of_the_same_length(text: str) -> None:
    safe = escape(text)
    assert not set("\n\r\t<>\"'") & set(safe)
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    ("day", "words"), [(date(2017, 2, 14), "14 February 2017"), (None, "undated")]
)
def test_days_are_written_out(day: date | None, words: str) -> None:
    assert written_day(day) == words


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (date(2017, 2, 1), date(2017, 2, 28), "from 1 to 28 February 2017"),
        (date(2017, 2, 1), date(2017, 3, 2), "from 1 February to 2 March 2017"),
        (date(2016, 12, 30), date(2017, 1, 2), "from 30 December 2016 to 2 January 2017"),
        (date(2017, 2, 1), date(2017, 2, 1), "on 1 February 2017"),
        (date(2017, 2, 1), None, "from 1 February 2017 on"),
        (None, date(2017, 2, 1), "up to 1 February 2017"),
        (None, None, "on any day"),
    ],
)
def test_windows_are_written_out(since: date | None, until: date | None, words: str) -> None:
    assert written_window(Window(since, until)) == words


def test_plurals() -> None:
    assert [counted(n, "article") for n in (0, 1, 2000)] == [
        "0 articles",
        "1 article",
        "2,000 articles",
    ]


def test_an_answer_shows_sentences_chips_and_sources() -> None:
    page = harmless(render_answer(repairs_answer("What will it cost?")))
    assert REPAIRS in page.within("dl-prose")
    assert RUST in page.within("dl-prose")
    titles = page.within("dl-title")
    assert titles.count(HARBOUR.title) == 1, "two quotes of one article share a card"
    assert "from the lead" in page.within("dl-source")
    assert page.within("dl-source").count("from the lead") == 1
    sources = page.within("dl-meta")
    assert "The Coast Gazette · 14 February 2017 · 2017/harbour.txt" in sources
    assert "Our Correspondent · 10 February 2017 · 2017/bridge.txt" in sources
    assert "2 more passages were found" in page.within("summary")
    assert "四十艘船在外面等候。" in page.within("dl-unused")
    assert REPAIRS not in page.within("dl-unused")
    assert "bridge" in page.within("strong")
    assert page.within("dl-lead") == "", "a plain answer needs no introduction"


def test_a_chip_says_what_it_opens() -> None:
    source = render_answer(repairs_answer("?"))
    page = Page(source)
    chips = page.within("dl-chip")
    assert f"Source 2: {HARBOUR.title}, 14 February 2017" in chips
    wishes = [json.loads(v) for v in page.values("value") if v.startswith("{")]
    second = next(w for w in wishes if HARBOUR.text[w["start"] : w["end"]] == REPAIRS)
    assert second == {
        "article": HARBOUR.id,
        "start": HARBOUR.text.index(REPAIRS),
        "end": HARBOUR.text.index(REPAIRS) + len(REPAIRS),
        "check": fingerprint(REPAIRS),
    }
    tip = page.within("dl-tip")
    for word in (HARBOUR.title, "The Coast Gazette · 14 February 2017", REPAIRS):
        assert word in tip


def test_an_answer_comes_in_sentence_by_sentence() -> None:
    answer = repairs_answer("?")
    first, second = (harmless(render_answer(answer, n)) for n in (1, 2))
    assert "Two cranes" in first.within("dl-prose")
    assert REPAIRS not in first.within("dl-prose")
    assert REPAIRS in second.within("dl-prose")
    assert "dl-sources" not in render_answer(answer, 2)


def test_passages_are_introduced_as_such() -> None:
    page = harmless(render_answer(passages_answer("?", [HARBOUR, BRIDGE])))
    assert page.within("dl-lead") == "The passages nearest to your question:"
    assert HARBOUR.text.split("\n\n")[1] in page.within("dl-passage")


def test_when_the_articles_do_not_say_the_nearest_are_shown_as_nearest() -> None:
    hits = (hit(BRIDGE, RUST), hit(HARBOUR, REPAIRS), hit(HARBOUR, "Nobody was hurt."),
            hit(CHINESE, "四十艘船"))  # fmt: skip
    page = harmless(render_answer(Answer("?", "?", Status.NOT_IN_ARTICLES, hits=hits)))
    assert page.within("dl-lead") == "The articles don’t say. The nearest passages:"
    assert RUST in page.within("dl-passage")
    assert "四十艘船" not in page.within("dl-passage")
    assert "1 more passage was found" in page.within("summary")
    assert page.within("dl-source") == ""


@pytest.mark.parametrize("status", Status)
def test_an_empty_answer_says_something(status: Status) -> None:
    page = harmless(render_answer(Answer("?", "?", status)))
    expected = {Status.NOT_IN_ARTICLES: "The articles don’t say."}.get(status, "Nothing was found.")
    assert page.within("dl-lead") == expected


def test_how_the_question_was_read_is_told_only_when_it_differs() -> None:
    told = replace(
        repairs_answer("And in 2017?"),
        resolved_question="What did repairs <b>cost</b> in 2017?",
        window=Window(date(2017, 1, 1), date(2017, 12, 31), "in 2017"),
        notes=("Dates are of <i>publication</i>.",),
    )
    page = harmless(render_answer(told))
    assert page.within("dl-reading-as") == "Read as: What did repairs <b>cost</b> in 2017?"
    assert page.within("dl-window") == (
        "Articles published from 1 January to 31 December 2017 (“in 2017”)"
    )
    assert page.within("dl-notes") == "Dates are of <i>publication</i>."
    same = replace(repairs_answer("What  did it cost?"), resolved_question="what did it cost")
    assert "dl-reading-as" not in render_answer(same)


def test_a_number_without_its_citation_is_left_out() -> None:
    answer = Answer("?", "?", Status.ANSWERED, (Sentence("Words.", (7,)),))
    assert "dl-chip" not in render_answer(answer)


def test_wire_copies_are_named() -> None:
    copied = replace(hit(BRIDGE, RUST), duplicates=(HARBOUR, HOSTILE))
    page = harmless(render_answer(Answer("?", "?", Status.NOT_IN_ARTICLES, hits=(copied,))))
    assert "Nearly the same in The Coast Gazette, <u>Outlet</u>" in page.text


def test_hostile_text_stays_text_everywhere() -> None:
    answer = replace(
        passages_answer("<img src=x onerror=alert(1)>", [HOSTILE]),
        resolved_question='"><script>x</script>',
        notes=("<b>note</b>",),
    )
    page = harmless(render_answer(answer))
    assert plain(answer.sentences[0].text) in page.within("dl-passage")
    assert HOSTILE.title in page.within("dl-title")
    article = harmless(render_article(HOSTILE, [(0, len(HOSTILE.text))], "<i>note</i>"))
    assert article.within("dl-body") == plain(HOSTILE.text)
    assert HOSTILE.title in article.within("dl-headline")
    assert harmless(render_question(HOSTILE.text)).within("dl-question") == plain(HOSTILE.text)
    assert harmless(render_notice("<b>", "<i>")).text == "<b> <i>"


# --- the article ---


def test_the_article_is_whole_and_marked_exactly() -> None:
    citation = cite(1, HARBOUR, REPAIRS)
    source = render_article(HARBOUR, [(citation.start, citation.end)])
    page = harmless(source)
    assert page.within("mark") == REPAIRS
    assert page.within("dl-body") == HARBOUR.text
    assert page.values("id") == ["dl-mark"]
    for word in ("Rui Lopes", "The Coast Gazette", "Lisbon", "14 February 2017"):
        assert word in page.within("dl-byline")
    assert page.within("dl-path") == "2017/harbour.txt"
    assert 'lang="en"' in source


def test_marks_cross_paragraphs_and_merge() -> None:
    text = "One two.\n\nThree four.\n\nFive."
    article = replace(BRIDGE, text=text)
    spans = [(4, 15), (12, 21), (24, 99), (-5, 3), (7, 7), (9, 4)]
    page = harmless(render_article(article, spans))
    assert page.within("dl-body") == text
    # The blank line between two paragraphs is inside no paragraph, so no mark can show on it.
    assert page.within("mark") == "One" + "two." + "Three four." + "ive."
    assert page.values("id") == ["dl-mark"]


@given(
    st.text(alphabet="ab<&>\n\r\t .里\u202e'\"", max_size=60),
    st.lists(st.tuples(st.integers(-3, 64), st.integers(-3, 64)), max_size=5),
)
def test_any_spans_mark_their_own_characters(text: str, spans: list[tuple[int, int]]) -> None:
    page = Page(render_article(replace(BRIDGE, text=text), spans))
    shown = plain(text)
    assert page.within("dl-body") == shown
    wanted = {i for start, end in spans for i in range(max(start, 0), min(end, len(text)))}
    inside = {i for start, end in paragraphs(text) for i in range(start, end)}
    assert page.within("mark") == "".join(shown[i] for i in sorted(wanted & inside))


@given(st.text(alphabet="a \n\t\u2003", max_size=40))
def test_paragraphs_hold_every_word_and_no_blank_line(text: str) -> None:
    spans = list(paragraphs(text))
    outside = list(text)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip()
        assert not re.search(r"\n[^\S\n]*\n", text[start:end])
        outside[start:end] = " " * (end - start)
    assert not "".join(outside).strip()
    assert all(left[1] < right[0] for left, right in itertools.pairwise(spans))


@given(st.lists(st.tuples(st.integers(-5, 30), st.integers(-5, 30))), st.integers(0, 25))
def test_merged_spans_cover_the_same_and_are_apart(
    spans: list[tuple[int, int]], length: int
) -> None:
    result = merged(spans, length)
    covered = {i for start, end in spans for i in range(max(start, 0), min(end, length))}
    assert {i for start, end in result for i in range(start, end)} == covered
    assert all(left[1] < right[0] for left, right in itertools.pairwise(result))


def test_a_page_width_is_not_kept_but_verse_is() -> None:
    wrapped = "\n".join(["This line is as long as lines on a page of old wire copy are."] * 3)
    assert 'class="dl-wrapped"' in render_article(replace(BRIDGE, text=wrapped))
    assert 'class="dl-wrapped"' not in render_article(replace(BRIDGE, text="Roses\nare red"))


@pytest.mark.parametrize("article", [ARABIC, CHINESE])
def test_other_scripts_find_their_own_direction(article: Article) -> None:
    source = render_article(article, [(0, 4)])
    assert harmless(source).within("mark") == article.text[:4]
    assert source.count('dir="auto"') == 3, "the headline and both paragraphs"


# --- the collection ---

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW.replace(hour=9, minute=12), "last rebuilt today 09:12"),
        (NOW - timedelta(days=1), "last rebuilt yesterday 12:00"),
        (NOW - timedelta(days=40), "last rebuilt on 15 October 2026, 12:00"),
        (datetime(2026, 11, 24, 1, 30, tzinfo=timezone(timedelta(hours=5))),
         "last rebuilt yesterday 20:30"),
    ],
)  # fmt: skip
def test_the_status_line_says_when(moment: datetime, words: str) -> None:
    page = harmless(render_status(status_of([HARBOUR], rebuilt_at=moment), NOW))
    assert page.text == f"1 article · 14 February 2017 · {words}"


def test_the_status_line_counts_and_dates() -> None:
    def line(*articles: Article) -> str:
        return harmless(render_status(status_of(articles, rebuilt_at=NOW), NOW)).text

    assert line(HARBOUR, BRIDGE).startswith("2 articles · 10 February 2017 to 14 February 2017 ·")
    assert line(ARABIC).startswith("1 article · undated ·")
    assert line() == "No articles yet · last rebuilt today 12:00"


def test_failed_files_are_listed_with_reasons() -> None:
    failed = (("a<b>.pdf", "It is <locked>."), ("a<b>.pdf", "Twice."), ("c.txt", "Empty."))
    page = harmless(render_facts(status_of([HARBOUR], failed, NOW), NOW))
    assert page.within("summary") == "2 files have problems"
    assert "a<b>.pdf It is <locked>." in page.within("dl-failed")
    many = tuple((f"{n}.txt", "Empty.") for n in range(150))
    listed = harmless(render_facts(status_of([], many, NOW), NOW))
    assert listed.tags.count("li") == 101
    assert "and 50 more" in listed.text


# --- Markdown ---


def markdown_page(source: str) -> Page:
    """As a reader with the usual extensions shows it; raw HTML is let through to be caught."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return Page(reader.render(source))


@given(st.text(alphabet="a1 .)*_`#<>[]()!&-+=|~\\:/\n$@", max_size=40))
def test_escaped_markdown_shows_the_text(text: str) -> None:
    page = markdown_page(markdown_text(text))
    assert set(page.tags) <= {"p"}
    assert page.text.strip() == " ".join(text.split())


def test_an_answer_leaves_as_markdown_with_quotes_dates_and_sources() -> None:
    source = answer_markdown(repairs_answer("What will the repairs cost?"))
    page = markdown_page(source)
    assert page.within("h2") == "What will the repairs cost?"
    assert f"{REPAIRS} [2]" in page.text
    assert REPAIRS in page.within("blockquote")
    assert f"{HARBOUR.title} (The Coast Gazette, 14 February 2017, 2017/harbour.txt)" in page.text
    assert page.within("blockquote").count(RUST) == 1


@pytest.mark.parametrize("quoted", [True, False])
def test_hostile_text_stays_text_in_markdown(quoted: bool) -> None:
    answer = passages_answer("# <script>alert(1)</script>", [HOSTILE])
    if not quoted:
        answer = Answer(answer.question, "", Status.NOT_IN_ARTICLES, hits=answer.hits)
    page = markdown_page(answer_markdown(answer))
    assert set(page.tags) <= {"h2", "h3", "p", "blockquote", "strong", "em"}
    assert page.attributes == []
    assert HOSTILE.title in page.within("strong")
    words = " ".join(plain(answer.hits[0].passage.text).split())
    assert words in " ".join(page.within("blockquote").split())


def test_cutting_is_between_words_where_there_are_any() -> None:
    assert cut("one two three", 9) == "one two…"
    assert cut("w" * 20, 5) == "wwwww…"
    assert cut(" short ", 9) == "short"


# --- example questions ---


def test_examples_ask_about_what_the_articles_name() -> None:
    assert subject(HARBOUR) in {"Cascais", "the Port Authority", "Ana Couto"}
    questions = example_questions([HARBOUR, BRIDGE, CHINESE, ARABIC], limit=3)
    assert len(questions) == 3
    assert questions[-1] == "What is reported in “里斯本港口重新开放”?"
    assert questions[0].startswith("What do the articles say about ")


def test_examples_differ_and_may_be_none() -> None:
    assert len(example_questions([HARBOUR, HARBOUR])) == 1
    assert example_questions([]) == []
    assert example_questions([replace(ARABIC, title="")]) == []


def test_a_subject_takes_the_article_it_has_in_the_text() -> None:
    text = "It said the Belt and Road Initiative grew. He saw the Belt and Road Initiative."
    assert subject(replace(BRIDGE, text=text)) == "the Belt and Road Initiative"
    assert subject(replace(BRIDGE, text="He met Angela Merkel. Later, Angela Merkel left.")) == (
        "Angela Merkel"
    )
    assert subject(replace(BRIDGE, text="On Monday, in May, they met President Monday.")) == ""
