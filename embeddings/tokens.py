"""Token vectors in few bytes, and the late-interaction score they are kept for.

An encoder's token vectors are projected to a few dimensions and stored as int8. The projection
is fitted to the encoder's outputs for text made of its own vocabulary, so it is the same for
every collection, however small, and is made once per encoder. Source of the score: Khattab and
Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction
over BERT", SIGIR 2020; here over an encoder that was trained for single vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Embedded, Encoder, Vectors, unit_rows
from embeddings.records import Span

DIMENSIONS = 64
_TEXTS, _WORDS, _FUNCTION_SHARE = 300, 50, 0.4
_FUNCTION_WORDS = [
    "the", "of", "and", "to", "in", "a", "is", "was", "for", "on", "that", "by", "with", "as",
    "at", "from", "it", "be", "an", "are", "this", "which", "or", "were", "but", "not", "have",
    "has", "had", "its",
]  # fmt: skip


def fit_projection(encoder: Encoder) -> Vectors:
    """The projection that loses least of the encoder's token vectors.

    The leading eigenvectors of the second-moment matrix of token vectors, over texts of words
    drawn from the vocabulary, function words among them, by a fixed seed.

    Returns:
        float32 of shape (d, DIMENSIONS) for token vectors of d dimensions, or fewer columns
        where d is smaller.
    """
    random = np.random.default_rng(0)
    vocabulary = encoder.vocabulary() or _FUNCTION_WORDS
    texts = [
        " ".join(
            np.where(
                random.random(_WORDS) < _FUNCTION_SHARE,
                random.choice(_FUNCTION_WORDS, _WORDS),
                random.choice(vocabulary, _WORDS),
            )
        )
        for _ in range(_TEXTS)
    ]
    tokens = np.concatenate([item.tokens for item in encoder.encode_passages(texts)])
    _, axes = np.linalg.eigh(tokens.T @ tokens / len(tokens))
    return np.ascontiguousarray(axes[:, ::-1][:, :DIMENSIONS], dtype=np.float32)


def project(tokens: Vectors, projection: Vectors) -> Vectors:
    """Token vectors in the projection's space, unit rows again."""
    return unit_rows(tokens @ projection)


def pack(embedded: Embedded, projection: Vectors) -> bytes:
    """A passage's token vectors as int8, one row of the projection's width a token."""
    rows = project(embedded.tokens, projection)
    peak = np.abs(rows).max(axis=1, keepdims=True, initial=0)
    return np.round(rows * 127 / np.where(peak > 0, peak, 1)).astype(np.int8).tobytes()


def unpack(packed: bytes, width: int) -> Vectors:
    """A passage's token vectors as `pack` made them, float32 of shape (t, width), unit rows."""
    return unit_rows(np.frombuffer(_whole(packed, width), dtype=np.int8).reshape(-1, width))


def _whole(packed: bytes, width: int) -> bytes:
    """What was packed; nothing where a damaged file gives something else."""
    return b"" if len(packed) % width else packed


def align(spans: Sequence[Span], rows: int) -> list[Span]:
    """The spans of a text's tokens, one for each row of an embedding that ends with that text.

    Rows before it (a context line, a prompt) get the empty span ``(0, 0)``; spans that have no
    row, because the encoder's window ended before them, are left out.
    """
    before = max(0, rows - len(spans))
    return [(0, 0)] * before + list(spans[: rows - before])


def max_sim(query: Vectors, packed: Sequence[bytes]) -> list[float]:
    """For each passage, the mean over the query's tokens of the best cosine with any of its own.

    Args:
        query: projected token vectors, float32 of shape (q, width), unit rows.
        packed: passages as `pack` made them; one without tokens scores 0.
    """
    width = query.shape[1]
    packed = [_whole(one, width) for one in packed]
    lengths = [len(one) // width for one in packed]
    if not len(query) or not sum(lengths):
        return [0.0] * len(packed)
    rows = np.frombuffer(b"".join(packed), dtype=np.int8).reshape(-1, width).astype(np.float32)
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    # One row a token of the query: several times longer runs than one row a token of passages.
    cosines = query @ rows.T
    cosines /= np.where(norms > 0, norms, 1)
    starts = np.cumsum([0, *lengths[:-1]])
    filled = [number for number, length in enumerate(lengths) if length]
    best = np.maximum.reduceat(cosines, starts[filled], axis=1).mean(axis=0)
    scores = [0.0] * len(packed)
    for number, score in zip(filled, best, strict=True):
        scores[number] = float(score)
    return scores
