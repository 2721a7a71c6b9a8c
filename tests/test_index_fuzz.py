"""Index files with bytes changed anywhere, and questions of any kind: no crash, no hang."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from fakes import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from newsroom_index import built, every_story_is_found, find_encoder, settle, texts

from embeddings.diagnosis import State
from embeddings.doctor import examine
from embeddings.errors import DatelineError
from embeddings.mending import mend
from embeddings.records import Filter
from qa.conversation import Turn
from qa.retriever import Retriever

EXAMPLES = int(os.environ.get("DATELINE_FUZZ", "40"))
STORIES = 21


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    seeds, index = built(tmp_path_factory.mktemp("whole"), STORIES)
    settle(index)
    return seeds, index


@pytest.fixture(scope="module")
def retriever(whole: tuple[Path, Path]) -> Iterator[Retriever]:
    with Retriever.open(whole[1], FakeEncoder("all-MiniLM-L6-v2")) as opened:
        yield opened


def question_it(retriever: Retriever) -> None:
    for hit in retriever.retrieve("What did minister3 say of matter3x3?", k=30):
        span = slice(hit.passage.start, hit.passage.end)
        assert hit.article.text[span] == hit.passage.text
    answer = retriever.ask("What did minister3 speak of in January 2024?")
    for citation in answer.citations:
        article = retriever.article(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote
    retriever.status()
    retriever.browse()
    retriever.days()
    retriever.news()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_bytes_of_any_file_may_be_wrong(whole: tuple[Path, Path], data: st.DataObject) -> None:
    """Read: answered rightly or told in a sentence. Then mended: every article is there again."""
    seeds, index = whole
    names = sorted(
        file.relative_to(index).as_posix() for file in index.rglob("*") if file.is_file()
    )
    with tempfile.TemporaryDirectory() as folder:
        harmed = shutil.copytree(index, Path(folder) / "index")
        for _ in range(data.draw(st.integers(1, 3), label="files")):
            file = harmed / data.draw(st.sampled_from(names), label="file")
            size = file.stat().st_size
            offset = data.draw(st.integers(0, size), label="offset")
            content = data.draw(st.binary(max_size=64), label="bytes")
            with file.open("r+b") as stream:
                stream.seek(offset)
                stream.write(content)
                if data.draw(st.booleans(), label="cut"):
                    stream.truncate()
        try:
            with Retriever.open(harmed, FakeEncoder("all-MiniLM-L6-v2")) as retriever:
                question_it(retriever)
        except DatelineError as told:
            said = str(told)
            assert said
        found = examine(harmed, find_encoder)
        if found.has(State.GRAVE) and not found.has(State.FAULT):
            return  # a newer format by its number, say: left alone, and said so
        mended = mend(harmed, found, find_encoder, seeds=seeds)
        assert not mended.after.has(State.FAULT), mended.after.findings
        assert texts(harmed) == texts(index)
        assert every_story_is_found(harmed, STORIES)


WORDS = [
    "who", "what", "when", "minister3", "Ardmore", "last week", "in January 2024", "since 1999",
    "between March and May", "“", '"', "(", "AND", "NOT", "*", "~", ":", "^", "--", "\\", "/", "%",
    "\x00", "\ud7ff", "\u202e", "İ", "ﬁ", "𝕏", "👩‍👩‍👧", "中文", "what about him",
    "how many articles", "list the articles about", "the latest", "30 February 2024",
    "0000-00-00", "year 99999",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)
)
DAYS = st.one_of(st.none(), st.dates())


@settings(max_examples=EXAMPLES, deadline=timedelta(seconds=20))
@given(
    question=TEXTS,
    times=st.sampled_from([1, 1, 1, 2000]),
    before=TEXTS,
    since=DAYS,
    until=DAYS,
    as_of=st.dates(),
    where=st.one_of(st.just(Filter()), st.builds(Filter, place=TEXTS, outlet=TEXTS, path=TEXTS)),
)
def test_any_question_is_answered_or_refused(
    retriever: Retriever, question: str, times: int, before: str, since: date | None,
    until: date | None, as_of: date, where: Filter,
) -> None:  # fmt: skip
    history = []
    with suppress(DatelineError):
        history = [Turn.of(retriever.ask(before, as_of=as_of))]
    try:
        answer = retriever.ask(
            question * times, history, since=since, until=until, where=where, as_of=as_of
        )
    except DatelineError:
        return
    for citation in answer.citations:
        article = retriever.article(citation.article_id)
        assert article.text[citation.start : citation.end] == citation.quote
    for hit in answer.hits:
        span = slice(hit.passage.start, hit.passage.end)
        assert hit.article.text[span] == hit.passage.text
