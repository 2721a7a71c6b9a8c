"""Dense search against the product computed by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import embeddings.dense
from embeddings.dense import LOOKED_AT, DenseIndex, layout_for, read_layout, sample_size
from embeddings.encoder import Vectors, unit_rows
from embeddings.errors import EncodingFailed, IndexDamaged

DIMENSION = 8


def rows(count: int, seed: int = 0) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, DIMENSION)))


def filled(ids: list[int], vectors: Vectors) -> DenseIndex:
    index = DenseIndex.empty(DIMENSION)
    index.add(zip(ids, vectors, strict=True))
    return index


@settings(max_examples=50, deadline=None)
@given(
    count=st.integers(0, 40),
    gone=st.sets(st.integers(0, 39)),
    allowed=st.none() | st.sets(st.integers(0, 45)),
    k=st.integers(0, 60),
    seed=st.integers(0, 5),
)
def test_it_finds_what_the_product_by_hand_finds(
    count: int, gone: set[int], allowed: set[int] | None, k: int, seed: int
) -> None:
    vectors, (query,) = rows(count, seed), rows(1, seed + 100)
    # Ids with gaps, so that an index that renumbers would be found out.
    index = filled([10 * n + 7 for n in range(count)], vectors)
    index.remove([10 * n + 7 for n in gone])
    left = [n for n in range(count) if n not in gone and (allowed is None or n in allowed)]
    expected = sorted(((float(vectors[n] @ query), 10 * n + 7) for n in left), reverse=True)[:k]
    among = None if allowed is None else np.array([10 * n + 7 for n in allowed], dtype=np.int64)
    found = index.search(query, k, among)
    assert [i for i, _ in found] == [i for _, i in expected]
    np.testing.assert_allclose([s for _, s in found], [s for s, _ in expected], atol=1e-6)


def test_vectors_come_back_by_id() -> None:
    vectors = rows(5)
    index = filled([4, 9, 2, 77, 5], vectors)
    np.testing.assert_array_equal(index.vectors([77, 4]), vectors[[3, 0]])
    assert index.vectors([]).shape == (0, DIMENSION)


@pytest.mark.parametrize("mapped", [False, True])
def test_a_written_index_finds_the_same(tmp_path: Path, mapped: bool) -> None:
    vectors = rows(30)
    index = filled(list(range(30)), vectors)
    index.write(tmp_path / "dense.faiss")
    again = DenseIndex.read(tmp_path / "dense.faiss", mapped=mapped)
    assert len(again) == 30
    assert again.search(vectors[3], 5) == index.search(vectors[3], 5)
    np.testing.assert_array_equal(again.vectors([8, 3]), vectors[[8, 3]])


def test_more_vectors_than_a_batch_are_all_added() -> None:
    vectors = rows(5000)
    index = filled(list(range(5000)), vectors)
    assert len(index) == 5000
    assert index.search(vectors[4999], 1)[0][0] == 4999


@pytest.mark.parametrize("query", [np.zeros(3, np.float32), np.full(DIMENSION, np.nan, np.float32)])
def test_a_query_that_does_not_fit_is_explained(query: Vectors) -> None:
    with pytest.raises(EncodingFailed, match="question's vector"):
        filled([1], rows(1)).search(query, 1)


def test_a_damaged_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "dense.faiss").write_bytes(b"not an index")
    with pytest.raises(IndexDamaged, match="cannot be read"):
        DenseIndex.read(tmp_path / "dense.faiss")


# -- layouts for many passages, made for few by lowering where they begin --------------------


@pytest.fixture(params=["Flat", "SQ8", "IVF"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "Flat":
        monkeypatch.setattr(embeddings.dense, "EXACT_UP_TO", 100)
    if request.param == "IVF":
        monkeypatch.setattr(embeddings.dense, "SCANNED_UP_TO", 200)
    return str(request.param)


def built(vectors: Vectors, dimension: int = DIMENSION) -> DenseIndex:
    ids = np.arange(len(vectors), dtype=np.int64)
    return DenseIndex.build(
        dimension, len(vectors), (ids, vectors), zip(ids.tolist(), vectors, strict=True)
    )


def clustered(count: int, seed: int = 0) -> Vectors:
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((12, DIMENSION))
    return unit_rows(
        centres[chance.integers(12, size=count)] + 0.6 * chance.standard_normal((count, DIMENSION))
    )


def test_each_layout_finds_nearly_what_an_exact_search_finds(sizes: str) -> None:
    vectors = clustered(1500)
    index = built(vectors)
    assert index.layout.name.startswith(sizes)
    assert index.layout.recall >= 0.97
    shares = []
    for query in clustered(40, seed=0)[:40] + 0.05:
        query = unit_rows(query)
        exact = set(np.argsort(-(vectors @ query))[:10].tolist())
        shares.append(len(exact & {i for i, _ in index.search(query, 100)}) / 10)
    assert np.mean(shares) >= 0.97


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["Flat", "SQ8", "IVF"]),
    steps=st.lists(
        st.tuples(st.sets(st.integers(0, 900), max_size=30), st.integers(0, 30)), max_size=4
    ),
    merged=st.booleans(),
)
def test_changes_beside_the_main_part_are_found_at_once(
    kind: str, steps: list[tuple[set[int], int]], merged: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        if kind != "Flat":
            patch.setattr(embeddings.dense, "EXACT_UP_TO", 100)
        if kind == "IVF":
            patch.setattr(embeddings.dense, "SCANNED_UP_TO", 200)
        pool = clustered(1100, seed=3)
        file = Path(folder) / "0" / "dense.faiss"
        file.parent.mkdir()
        built(pool[:800]).write(file)
        held, following = set(range(800)), 800
        for number, (gone, count) in enumerate(steps, start=1):
            index = DenseIndex.read(file, mapped=not merged)
            leaving = sorted(gone & held)
            coming = range(following, following + count)
            index.change(leaving, ((i, pool[i]) for i in coming))
            if merged:
                index.merge()
            held = (held - set(leaving)) | set(coming)
            following += count
            file = Path(folder) / str(number) / "dense.faiss"
            file.parent.mkdir()
            index.write(file)
        index = DenseIndex.read(file)
        assert len(index) == len(held)
        query = pool[5]
        assert {i for i, _ in index.search(query, 2000)} == held
        few = np.array(sorted(held)[-7:], dtype=np.int64)
        assert {i for i, _ in index.search(query, 7, few)} == set(few.tolist())
        if kind == "Flat":
            nearest = few[np.argsort(-(pool[few] @ query))[:5]].tolist()
            assert [i for i, _ in index.search(query, 5, few)] == nearest
            wanted = sorted(held, key=lambda i: (i * 7919) % 1000)[:50]
            np.testing.assert_array_equal(index.vectors(wanted), pool[wanted])


def test_a_filter_that_lets_few_through_still_gets_them_all(sizes: str) -> None:
    vectors = clustered(1500)
    index = built(vectors)
    allowed = np.array([3, 500, 777, 1499], dtype=np.int64)
    for query in vectors[:20]:
        assert {i for i, _ in index.search(query, 10, allowed)} == set(allowed.tolist())


@pytest.mark.parametrize("mapped", [False, True])
def test_each_layout_finds_nearly_the_exact_nearest_of_what_is_left_and_let_through(
    sizes: str, mapped: bool, tmp_path: Path
) -> None:
    vectors, file = clustered(1600), tmp_path / "dense.faiss"
    index = built(vectors[:1500])
    index.write(file)
    index = DenseIndex.read(file, mapped=mapped)
    chance = np.random.default_rng(1)
    gone = chance.choice(1500, 100, replace=False).tolist()
    index.change(gone, ((i, vectors[i]) for i in range(1500, 1600)))
    if not mapped:
        index.merge()
    left = np.array(sorted(set(range(1600)) - set(gone)), dtype=np.int64)
    for share in (1.0, 0.5, 0.05):
        allowed = None if share == 1 else left[chance.random(len(left)) < share]
        among = left if allowed is None else allowed
        shares = []
        for query in unit_rows(clustered(40, seed=9)):
            exact = among[np.argsort(-(vectors[among] @ query))[:10]].tolist()
            found = [i for i, _ in index.search(query, LOOKED_AT, allowed)]
            assert set(found) <= set(among.tolist())
            assert len(found) == min(LOOKED_AT, len(among))
            if sizes == "Flat":
                assert found[:10] == exact
            shares.append(len(set(exact) & set(found)) / len(exact))
        assert np.mean(shares) >= 0.97, share


def test_the_main_part_is_shared_until_too_much_lies_beside_it(tmp_path: Path) -> None:
    vectors = rows(200)
    file, after = tmp_path / "a.faiss", tmp_path / "b.faiss"
    filled(list(range(200)), vectors).write(file)
    index = DenseIndex.read(file)
    assert index.takes_beside(20)
    assert not index.takes_beside(21)
    index.change([4], [(200, vectors[4])])
    index.write(after)
    assert after.samefile(file)
    assert DenseIndex.read(after).search(vectors[4], 1)[0][0] == 200
    assert DenseIndex.read(file).search(vectors[4], 1)[0][0] == 4


def test_the_layout_grows_with_the_collection() -> None:
    assert [layout_for(n) for n in (0, 50_000, 100_000, 250_000, 1_000_000)] == [
        "Flat", "Flat", "SQ8", "SQ8", "IVF2048,SQ8",
    ]  # fmt: skip
    assert sample_size("Flat") == 0
    assert sample_size("IVF2048,SQ8") >= 39 * 2048


def test_an_index_keeps_its_layout_while_it_suits(sizes: str, tmp_path: Path) -> None:
    index = built(clustered(800))
    assert index.keeps_layout(800)
    assert not index.keeps_layout(150 if sizes == "IVF" else 60_000_000)
    index.write(tmp_path / "dense.faiss")
    assert read_layout(tmp_path / "dense.faiss") == index.layout
    assert read_layout(tmp_path / "none.faiss").name == "Flat"
