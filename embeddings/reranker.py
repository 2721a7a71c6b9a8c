"""Question and passage read together: the reranker protocol and its cross-encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from embeddings.errors import EncodingFailed, ModelNotFound
from embeddings.models import locate_model, read_json


class Reranker(Protocol):
    """Judges how well each passage bears on a question, reading the two together."""

    @property
    def name(self) -> str:
        """What a person calls the model."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, higher is better."""


class CrossEncoderReranker:
    """Any cross-encoder with a single score, such as those of the ``cross-encoder`` hub pages.

    The model is loaded when the first question is asked. One pass through it a passage makes
    a question take many times longer than without.
    """

    def __init__(self, name: str, batch_size: int = 16) -> None:
        """Name a folder that sentence-transformers or transformers saved, or a hub's name."""
        self.name = name
        self.batch_size = batch_size
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence-transformers ships no usable types
        folder = locate_model(self.name)
        kinds = read_json(folder / "config.json").get("architectures") or []
        if not any(kind.endswith("ForSequenceClassification") for kind in kinds):
            # Such a model would be loaded all the same, with a scoring layer of random numbers.
            raise ModelNotFound(
                f"The model {self.name!r} is not a cross-encoder: its configuration names "
                f"{' and '.join(kinds) or 'no architecture'}.",
                "Name a cross-encoder, such as cross-encoder/ms-marco-MiniLM-L6-v2.",
            )
        try:
            from sentence_transformers import CrossEncoder

            model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        except Exception as error:
            # Each file format and each library in between raises errors of its own.
            raise ModelNotFound(
                f"The reranker {self.name!r} was found in {folder} but could not be loaded: "
                f"{error}.",
                "Check that the folder holds a complete cross-encoder with its tokenizer.",
            ) from error
        if model.config.num_labels != 1:
            raise ModelNotFound(
                f"The reranker {self.name!r} gives {model.config.num_labels} numbers a passage.",
                "Name a cross-encoder that gives one score.",
            )
        return model

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, higher is better; what exceeds the window is left out.

        Raises:
            ModelNotFound: there is no such model, or it is no cross-encoder with one score.
            EncodingFailed: it gave something that is not a finite number.
        """
        if not passages:
            return []
        with self._lock:
            values = self._model.predict(
                [(question, passage) for passage in passages],
                batch_size=self.batch_size,
                show_progress_bar=False,
            )
        if not np.isfinite(values).all():
            raise EncodingFailed(
                f"The reranker {self.name!r} gave numbers that are not finite.",
                "Its files may be damaged: install or download it again.",
            )
        return [float(value) for value in values]
