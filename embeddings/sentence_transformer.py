"""Any model that sentence-transformers can load, run by it on PyTorch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from embeddings.encoder import Embedded, embedded
from embeddings.errors import ModelNotFound
from embeddings.models import LocalModel, ModelChoice


class SentenceTransformerEncoder(LocalModel):
    """Any sentence-transformers model.

    The tokenizer and the fingerprint come from the model's files alone; the model itself,
    and torch with it, is loaded when the first text is encoded.
    """

    def __init__(self, choice: ModelChoice | None = None, batch_size: int = 32) -> None:
        super().__init__(choice)
        self.batch_size = batch_size
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence-transformers ships no usable types
        folder = str(self.folder)
        try:
            import transformers
            from sentence_transformers import SentenceTransformer

            transformers.utils.logging.disable_progress_bar()
            model = SentenceTransformer(folder, device="cpu", local_files_only=True)
        except Exception as error:
            # Each file format and each library in between raises errors of its own.
            raise ModelNotFound(
                f"The model {self.name!r} was found in {folder} but could not be loaded: {error}.",
                "Check that the folder was saved by sentence-transformers and is complete.",
            ) from error
        model.max_seq_length = self.window
        return model

    @property
    def precision(self) -> str:
        """The type of the model's weights; loads the model."""
        with self._lock:
            weights = next(iter(self._model.parameters()), None)
        return "" if weights is None else str(weights.dtype).removeprefix("torch.")

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        """Encode passages, in the order given.

        Raises:
            EncodingFailed: the model gave something that is not a finite vector.
        """
        return self._encode(texts, self.passage_prompt)

    def encode_query(self, text: str) -> Embedded:
        """Encode one question; what exceeds the window is left out."""
        return self._encode([self.within_reach(text)], self.query_prompt)[0]

    def _encode(self, texts: Sequence[str], prompt: str) -> list[Embedded]:
        if not texts:
            return []
        with self._lock:
            outputs = self._model.encode(
                list(texts),
                prompt=prompt or None,
                batch_size=self.batch_size,
                show_progress_bar=False,
                output_value=None,
                normalize_embeddings=False,
            )
        return [self._embedded(output) for output in outputs]

    def _embedded(self, output: dict[str, Any]) -> Embedded:
        ids = output["input_ids"].numpy().astype(np.int32)
        kept = (output["attention_mask"].numpy() > 0) & ~np.isin(ids, self.special_ids)
        return embedded(
            self.name,
            output["sentence_embedding"].float().numpy(),
            output["token_embeddings"].float().numpy()[kept],
            ids[kept],
        )
