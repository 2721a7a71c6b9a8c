"""The catalog and the embeddings give back what was stored, whatever came between."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from embeddings.catalog import Catalog, FileState, Generation, exists, key_of
from embeddings.encoder import unit_rows
from embeddings.errors import IndexDamaged, IndexMismatch, IndexMissing
from embeddings.records import (
    Action,
    Article,
    Filter,
    LedgerEntry,
    Manifest,
    Passage,
    PassageParameters,
)
from embeddings.vectors import VectorStore, embedding_key

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.sampled_from(["a.txt", "b.txt", "a/b.txt", "a/c.txt", "ab/d.txt", "é 📰.txt"])
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    path = draw(NAMES)
    length = draw(st.integers(1, 3))
    text = draw(TEXT) + "x" * length
    return Article(
        id=path, title=draw(TEXT), text=text, path=path, published=draw(DAYS), byline=draw(TEXT),
        place=draw(st.sampled_from(["", "Paris", "PARIS", "Lyon"])), outlet=draw(TEXT),
        url=draw(TEXT), language=draw(TEXT), title_derived=draw(st.booleans()),
        pages=tuple(sorted(draw(st.sets(st.integers(0, len(text)), max_size=3)))),
    )  # fmt: skip


def passages_of(article: Article) -> list[Passage]:
    """The article cut into two, not by any rule of sentences."""
    cut = len(article.text) // 2
    bounds = [(0, cut), (cut, len(article.text))] if cut else [(0, len(article.text))]
    return [
        Passage(article.id, n, start, end, article.text[start:end], ((start, end),))
        for n, (start, end) in enumerate(bounds)
    ]


def keys_of(article: Article) -> list[bytes]:
    return [embedding_key("f", passage.text) for passage in passages_of(article)]


class CatalogMachine(RuleBasedStateMachine):
    """A catalog beside a dictionary: after any steps they hold the same."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.catalog = Catalog.open(self.folder, create=True)
        self.model: dict[str, Article] = {}
        self.before: dict[str, Article] = {}
        self.given: set[int] = set()
        self.catalog.connection.execute("BEGIN IMMEDIATE")

    def teardown(self) -> None:
        if hasattr(self, "catalog"):
            self.catalog.close()
            shutil.rmtree(self.folder)

    @rule(article=articles())
    def put(self, article: Article) -> None:
        self.catalog.remove_article(article.id)
        self.catalog.add_article(article, passages_of(article), keys_of(article))
        self.model[article.id] = article

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        gone = self.catalog.remove_article(name)
        held = self.model.pop(name, None)
        assert len(gone) == (len(passages_of(held)) if held else 0)

    @rule(name=NAMES, new=NAMES)
    def move(self, name: str, new: str) -> None:
        if name not in self.model or new in self.model:
            return
        old_ids = self.catalog.move_article(name, new, new)
        held = self.model.pop(name)
        self.model[new] = Article(
            **{field: getattr(held, field) for field in Article.__slots__}
            | {"id": new, "path": new}
        )
        assert len(old_ids) == len(passages_of(held))
        assert not set(old_ids) & {i for i, _ in self.catalog.passage_keys()}

    @rule()
    def commit(self) -> None:
        self.catalog.connection.execute("COMMIT")
        self.before = dict(self.model)
        self.catalog.connection.execute("BEGIN IMMEDIATE")

    @rule()
    def kill(self) -> None:
        """The process ends without a word: what was not committed is gone."""
        self.catalog.close()
        self.catalog = Catalog.open(self.folder)
        self.model = dict(self.before)
        self.given = set()
        self.catalog.connection.execute("BEGIN IMMEDIATE")

    @invariant()
    def they_hold_the_same(self) -> None:
        if not hasattr(self, "catalog"):
            return
        assert {a.id: a for a in self.catalog.articles()} == self.model
        ids = [i for i, _ in self.catalog.passage_keys()]
        found = self.catalog.passages(ids)
        told = sorted((p.article_id, p.ordinal) for p, _ in found.values())
        expected = [p for a in self.model.values() for p in passages_of(a)]
        assert told == sorted((p.article_id, p.ordinal) for p in expected)
        for passage, article in found.values():
            assert article.text[passage.start : passage.end] == passage.text
        assert self.catalog.counts()[1:] == (len(self.model), len(expected))
        assert self.catalog.last_passage_id() >= max(ids, default=0)

    @invariant()
    def filters_agree_with_a_walk(self) -> None:
        if not hasattr(self, "catalog"):
            return
        for where in (
            Filter(since=date(2000, 1, 1)), Filter(until=date(2000, 1, 1)),
            Filter(place="paris"), Filter(path="a"), Filter(path="a/b.txt"),
            Filter(exclude=("a.txt",)),
        ):  # fmt: skip
            ids = {a.id for a in self.model.values() if lets_through(where, a)}
            assert {a.id for a in self.catalog.articles(where)} == ids
            passages = self.catalog.passages(self.catalog.matching(where)).values()
            assert {article.id for _, article in passages} == ids


def lets_through(where: Filter, article: Article) -> bool:
    day = article.published
    return (
        (where.since is None or (day is not None and day >= where.since))
        and (where.until is None or (day is not None and day <= where.until))
        and (not where.place or key_of(article.place) == key_of(where.place))
        and (
            not where.path
            or article.path == where.path
            or article.path.startswith(f"{where.path}/")
        )
        and article.id not in where.exclude
    )


TestCatalog = CatalogMachine.TestCase
TestCatalog.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path, create=True)


@settings(max_examples=40, deadline=None)
@given(
    file=st.builds(
        FileState,
        path=TEXT,
        size=st.integers(0, 2**62),
        changed_ns=st.integers(0, 2**62),
        seen_ns=st.integers(0, 2**62),
        sha256=TEXT,
        articles=st.integers(0, 2**40),
        failed=st.booleans(),
        problems=st.lists(TEXT, max_size=3).map(tuple),
    )
)
def test_files_come_back_as_they_were(file: FileState) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.open(Path(folder), create=True)
        catalog.put_file(file)
        assert catalog.files() == {file.path: file}
        catalog.forget_file(file.path)
        assert catalog.files() == {}
        catalog.close()


def test_the_generation_comes_back_as_it_was(catalog: Catalog) -> None:
    assert catalog.generation() is None
    manifest = Manifest(2, "m", None, "passage: ", "f", 384, PassageParameters(100, 2), "/seeds")
    generation = Generation(7, "000007-abc", datetime(2024, 1, 2, 3, tzinfo=UTC), manifest)
    catalog.set_generation(generation)
    assert catalog.generation() == generation


def test_the_ledger_is_told_in_order_and_since_a_moment(catalog: Catalog) -> None:
    first, second = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
    added = LedgerEntry("a.txt", Action.ADDED, 1)
    renamed = LedgerEntry("b.txt", Action.RENAMED, 1, before="a.txt")
    failed = LedgerEntry("c.txt", Action.FAILED, 0, ("no text", "“quoted”"))
    catalog.write_ledger(1, first, [added])
    catalog.write_ledger(2, second, [renamed, failed])
    assert list(catalog.ledger()) == [(first, added), (second, renamed), (second, failed)]
    assert [entry for _, entry in catalog.ledger(second)] == [renamed, failed]


def test_what_is_not_there_is_none_or_left_out(catalog: Catalog) -> None:
    assert catalog.article("x") is None
    assert catalog.path_of("x") is None
    assert catalog.remove_article("x") == {}
    assert catalog.passages([1]) == catalog.keys_of([1]) == catalog.passage_articles([1]) == {}
    assert catalog.published_range() == (None, None)


def test_no_catalog_and_a_broken_one_are_explained(tmp_path: Path) -> None:
    assert not exists(tmp_path)
    with pytest.raises(IndexMissing, match="dateline rebuild"):
        Catalog.open(tmp_path)
    (tmp_path / "catalog.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(IndexDamaged, match="dateline doctor --mend"):
        Catalog.open(tmp_path)


def test_an_empty_database_is_no_catalog(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "catalog.sqlite").close()
    with pytest.raises(IndexMismatch):
        Catalog.open(tmp_path)


# -- embeddings ----------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "keep"]), st.sets(st.integers(0, 12))), max_size=8
    )
)
def test_embeddings_come_back_as_they_were(steps: list[tuple[str, set[int]]]) -> None:
    keys = [embedding_key("f", str(n)) for n in range(13)]
    rows = unit_rows(np.random.default_rng(0).standard_normal((13, 16)))
    packed = [bytes([n]) * 5 for n in range(13)]
    held: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        store = VectorStore(Path(folder))
        for step, numbers in steps:
            if step == "add":
                store.add((keys[n], rows[n], packed[n]) for n in numbers)
                held |= numbers
            else:
                assert store.keep_only(keys[n] for n in numbers) == len(held - numbers)
                held &= numbers
            store.close()
            store = VectorStore(Path(folder))
            assert store.count() == len(held)
            assert store.missing(keys) == {keys[n] for n in range(13) if n not in held}
            found = dict(store.vectors([*keys, *keys]))
            assert found.keys() == {keys[n] for n in held}
            for n in held:
                np.testing.assert_allclose(found[keys[n]], rows[n], atol=1e-3)
            assert store.tokens(keys) == {keys[n]: packed[n] for n in held}
        store.close()


def test_an_interrupted_addition_leaves_nothing(tmp_path: Path) -> None:
    def rows() -> object:
        yield b"k" * 16, np.ones(4, np.float32), b""
        raise KeyboardInterrupt

    store = VectorStore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        store.add(rows())  # type: ignore[arg-type]
    assert store.count() == 0
    store.add([(b"k" * 16, np.ones(4, np.float32), b"")])
    assert store.count() == 1
    store.close()


def test_more_keys_than_one_statement_takes(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    keys = [embedding_key("f", str(n)) for n in range(1203)]
    store.add((key, np.full(4, n, np.float32), b"") for n, key in enumerate(keys))
    assert store.missing([*keys, b"?" * 16]) == {b"?" * 16}
    found = dict(store.vectors(keys))
    assert [found[key][0] for key in keys] == list(range(1203))
    store.close()


def orthonormal() -> np.ndarray:
    columns, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((16, 4)))
    return np.ascontiguousarray(columns, dtype=np.float32)


@pytest.mark.parametrize("change", [np.nan, 1e30, 0.05, -0.3])
def test_a_projection_that_is_not_what_was_written_is_told(tmp_path: Path, change: float) -> None:
    store = VectorStore(tmp_path)
    matrix = orthonormal()
    matrix[3, 2] += change
    store.set_projection("f", matrix)
    with pytest.raises(IndexDamaged, match="right angles"):
        store.projection("f")
    store.close()


def test_a_projection_comes_back_by_its_encoder(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    matrix = orthonormal()
    assert store.projection("f") is None
    store.set_projection("f", matrix)
    np.testing.assert_array_equal(store.projection("f"), matrix)
    assert store.projection("g") is None
    store.close()


def test_keys_tell_texts_and_encoders_apart() -> None:
    keys = {embedding_key(f, t) for f in ("f", "g") for t in ("a", "b")}
    assert len(keys) == 4
    assert all(len(key) == 16 for key in keys)


def test_a_file_that_is_no_store_is_explained(tmp_path: Path) -> None:
    (tmp_path / "vectors.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(IndexDamaged, match="dateline doctor --mend"):
        VectorStore(tmp_path)
