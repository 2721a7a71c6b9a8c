"""BERT models by OpenVINO and the tokenizer alone: no PyTorch, ready in under a second."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embeddings import bert
from embeddings.encoder import Embedded, Encoder, embedded
from embeddings.models import LocalModel, ModelChoice, read_json, read_modules
from embeddings.sentence_transformer import SentenceTransformerEncoder

BATCH_TOKENS = 2048
"""Tokens of one batch, padding included."""

_STEP = 8
# How models saved by older versions name the pooling.
_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "root",
    "pooling_mode_weightedmean_tokens": "weighted",
    "pooling_mode_lasttoken": "last",
}

log = logging.getLogger(__name__)


class LightEncoder(LocalModel):
    """A BERT model with mean or first-token pooling.

    It gives the vectors that sentence-transformers gives, but for the rounding of the
    processor's fastest arithmetic (a cosine of 0.9999 in bfloat16). Where OpenVINO fails on
    this machine, sentence-transformers takes over, with a note in the log.
    """

    def __init__(self, choice: ModelChoice | None = None) -> None:
        super().__init__(choice)
        self._lock = threading.Lock()
        self._loaded: bert.Bert | Encoder | None = None

    def obstacle(self) -> str:
        """Why this model cannot be run here; empty where it can.

        Raises:
            ModelNotFound, ModelDamaged: as `LocalModel.folder`.
        """
        if not (self.folder / "tokenizer.json").is_file():
            return "it has no tokenizer.json"
        if read_json(self.folder / "sentence_bert_config.json").get("do_lower_case"):
            return "its text is put in lower case first"
        if not self._pooling:
            return "it is not one of a single mean or first-token pooling"
        return bert.obstacle(self.folder)

    @cached_property
    def _pooling(self) -> str:
        """``mean``, ``cls``, or nothing where the model does something else."""
        modules = read_modules(self.folder)
        kinds = [kind for kind, _ in modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return ""
        config = read_json(modules[1][1] / "config.json")
        mode = config.get("pooling_mode")
        if mode is None:
            (mode, *others) = [name for key, name in _MODES.items() if config.get(key)] or [""]
            mode = "" if others else mode
        return mode if mode in ("mean", "cls") and config.get("include_prompt", True) else ""

    @property
    def precision(self) -> str:
        """The arithmetic the processor is best at; loads the model."""
        runner = self._runner()
        return runner.precision

    def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
        """Encode passages, in the order given.

        Raises:
            EncodingFailed: the model gave something that is not a finite vector.
        """
        runner = self._runner()
        if not isinstance(runner, bert.Bert):
            return runner.encode_passages(texts)
        rows = self._token_rows(texts, self.passage_prompt)
        batches = list(batched([len(row) for row in rows]))
        found: list[Embedded | None] = [None] * len(rows)

        def run(batch: list[int]) -> None:
            for number, one in zip(batch, self._run(runner, [rows[i] for i in batch]), strict=True):
                found[number] = one

        if len(batches) == 1:
            run(batches[0])
        elif batches:
            with ThreadPoolExecutor(runner.streams) as pool:
                list(pool.map(run, batches))
        return [one for one in found if one is not None]

    def encode_query(self, text: str) -> Embedded:
        """Encode one question; what exceeds the window is left out."""
        runner = self._runner()
        if not isinstance(runner, bert.Bert):
            return runner.encode_query(text)
        return self._run(runner, self._token_rows([self.within_reach(text)], self.query_prompt))[0]

    def _runner(self) -> bert.Bert | Encoder:
        """What runs the model: loaded once, however many threads ask for it."""
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = bert.Bert(self.folder)
                except Exception as error:
                    # The runtime raises what it likes, and weights may be other than they seem.
                    log.warning(
                        "OpenVINO cannot run %s here (%s); sentence-transformers does, several "
                        "times slower.",
                        self.name,
                        str(error).strip().partition("\n")[0] or type(error).__name__,
                    )
                    self._loaded = SentenceTransformerEncoder(self.choice)
            return self._loaded

    def _token_rows(self, texts: Sequence[str], prompt: str) -> list[NDArray[np.int32]]:
        """Tokens of each text with the special ones around them, cut to the window."""
        encodings = self.tokenizer.encode_batch_fast([prompt + text for text in texts])
        rows = [np.array(encoding.ids, dtype=np.int32) for encoding in encodings]
        keep = self.window - 1
        return [row if len(row) <= self.window else np.append(row[:keep], row[-1:]) for row in rows]

    def _run(self, network: bert.Bert, rows: Sequence[NDArray[np.int32]]) -> list[Embedded]:
        longest = max(len(row) for row in rows)
        # Few different lengths: the runtime prepares itself for each, and remembers the last.
        shape = (len(rows), min(-(-longest // _STEP) * _STEP, self.window))
        ids, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
        for number, row in enumerate(rows):
            ids[number, : len(row)], mask[number, : len(row)] = row, 1
        found = []
        for row, hidden in zip(rows, network.hidden(ids, mask), strict=True):
            tokens = hidden[: len(row)]
            vector = tokens[0] if self._pooling == "cls" else tokens.mean(axis=0)
            kept = ~np.isin(row, self.special_ids)
            found.append(embedded(self.name, vector, tokens[kept], row[kept]))
        return found


def batched(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts of these lengths in batches of about `BATCH_TOKENS`, longest first.

    Texts of a batch are of nearly the same length, so that little is spent on padding.
    """
    batch: list[int] = []
    longest = 0
    for position in sorted(range(len(lengths)), key=lambda one: -lengths[one]):
        if batch and longest * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        if not batch:
            longest = lengths[position]
        batch.append(position)
    if batch:
        yield batch
