"""Text to vectors: what an encoder is, and which one a model is run by."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EncodingFailed
from embeddings.models import ModelChoice
from embeddings.records import Span

Vectors = NDArray[np.float32]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the encoder made of one text.

    ``vector`` is float32 of shape (dimension,) and unit length. ``tokens`` is float32 of
    shape (t, dimension), unit rows, one for each of the text's tokens without the special
    ones, and ``token_ids`` is int32 of shape (t,).
    """

    vector: Vectors
    tokens: Vectors
    token_ids: NDArray[np.int32]


class Encoder(Protocol):
    """Turns texts into unit vectors; queries and passages may be encoded differently."""

    @property
    def name(self) -> str:
        """What a person calls the model, and how it is found again."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of weights, files and prompts: equal ones make vectors that compare."""

    @property
    def precision(self) -> str:
        """The arithmetic of the model's layers, such as ``bfloat16``; loads the model.

        Vectors of one model in different precisions lie so close that they may be mixed.
        """

    @property
    def window(self) -> int:
        """Most tokens a text may have, special tokens included."""

    @property
    def special_tokens(self) -> int:
        """Tokens the encoder adds to every passage: special ones and its prompt's."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without those the encoder adds."""

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Where each token of each text stands in it: a span for each of `Embedded.tokens`."""

    def vocabulary(self) -> list[str]:
        """Whole words the encoder knows, in a fixed order."""

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        """Encode passages, in the order given."""

    def encode_query(self, text: str) -> Embedded:
        """Encode one question; what exceeds the window is left out."""


def open_encoder(choice: ModelChoice | None = None) -> Encoder:
    """The fastest encoder at hand for a model; nothing heavy is loaded yet.

    A BERT model is run by `embeddings.light`, without PyTorch; any other, and any where
    OpenVINO is missing, by sentence-transformers. Their vectors are the same.

    Raises:
        ModelNotFound: neither packaged, nor a folder, nor to be had by name.
        ModelDamaged: the packaged weights are not the published ones.
    """
    from embeddings import bert
    from embeddings.light import LightEncoder
    from embeddings.sentence_transformer import SentenceTransformerEncoder

    light = LightEncoder(choice)
    if reason := light.obstacle():
        log.info("sentence-transformers runs %s: %s", light.name, reason)
        return SentenceTransformerEncoder(choice)
    if not bert.installed():
        log.warning("OpenVINO is not installed: the model starts and runs several times slower.")
        return SentenceTransformerEncoder(choice)
    return light


def embedded(
    name: str, vector: NDArray[Any], tokens: NDArray[Any], token_ids: NDArray[np.int32]
) -> Embedded:
    """A model's output for one text, scaled to unit length.

    Raises:
        EncodingFailed: it holds numbers that are not finite.
    """
    found = Embedded(unit_rows(vector), unit_rows(tokens), token_ids)
    if not np.isfinite(found.vector).all() or not np.isfinite(found.tokens).all():
        raise EncodingFailed(
            f"The model {name!r} gave numbers that are not finite.",
            "Its files may be damaged: install or download it again.",
        )
    return found


def unit_rows(rows: NDArray[Any]) -> Vectors:
    """Scale the last axis to unit length, as float32; a zero row stays zero."""
    rows = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), dtype=np.float32)
