"""Dense search against the product computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.dense import DenseIndex
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
