"""A small encoder for tests: its vectors depend on the text's words, and on nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from embeddings.encoder import Embedded, Vectors, unit_rows

_WORD = re.compile(r"\w{1,12}|[^\w\s]")


@lru_cache(maxsize=100_000)
def word_vector(word: str, dimension: int) -> Vectors:
    """A unit vector seeded by the word's digest."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return unit_rows(np.random.default_rng(seed).standard_normal(dimension))


class FakeEncoder:
    """A bag of words: texts that share words are near each other.

    ``encoded`` holds the passages it was given: texts behind a context line.
    """

    def __init__(self, name: str = "fake", dimension: int = 64, window: int = 64) -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(f"{name}{dimension}".encode()).hexdigest()
        self.dimension = dimension
        self.window = window
        self.special_tokens = 2
        self.precision = "float32"
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[found.span() for found in _WORD.finditer(text)][: self.window] for text in texts]

    def vocabulary(self) -> list[str]:
        return ["port", "strike", "budget", "rain", "minister", "union", "story"]

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        self.encoded += [text for text in texts if "\n" in text]
        return [self._encode(text) for text in texts]

    def encode_query(self, text: str) -> Embedded:
        return self._encode(text)

    def _encode(self, text: str) -> Embedded:
        words = _words(text.lower())[: self.window] or ["nothing"]
        tokens = np.stack([word_vector(word, self.dimension) for word in words])
        ids = np.array(
            [int.from_bytes(hashlib.sha256(w.encode()).digest()[:2], "big") for w in words],
            dtype=np.int32,
        )
        return Embedded(unit_rows(tokens.sum(axis=0)), tokens, ids)


def _words(text: str) -> list[str]:
    # Like a word-piece tokenizer, a long run of characters is many tokens.
    return _WORD.findall(text)
