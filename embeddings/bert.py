"""BERT as an OpenVINO graph, built from the weights as they were published.

The only file importing openvino. Source of the network: Devlin et al., "BERT: Pre-training of
Deep Bidirectional Transformers for Language Understanding", NAACL 2019.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.models import read_json

MOST_STREAMS = 8
"""Batches that run at once, where there are as many cores."""

_PRECISIONS = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
_HIDES = -10_000.0


def installed() -> bool:
    """Whether OpenVINO is at hand."""
    return importlib.util.find_spec("openvino") is not None


def obstacle(folder: Path) -> str:
    """Why the model in a folder is not one that is built here; empty where it is."""
    config = read_json(folder / "config.json")
    for key, wanted, usual in (
        ("model_type", "bert", ""),
        ("hidden_act", "gelu", "gelu"),
        ("position_embedding_type", "absolute", "absolute"),
        ("is_decoder", False, False),
    ):
        if config.get(key, usual) != wanted:
            return f"its {key} is {config.get(key)!r}"
    if not (folder / "model.safetensors").is_file():
        return "its weights are not in model.safetensors"
    return ""


class Bert:
    """The network on the processor, in the precision that suits it; threads may share it.

    Each of its `streams` runs on cores of its own: a question need not wait for another, nor
    do two that come at once fight for the same cores.
    """

    def __init__(self, folder: Path) -> None:
        """Build and compile the network of a folder.

        Raises:
            Exception: of many kinds, as the weights or the processor may be at odds with it.
        """
        openvino = _openvino()
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": min(MOST_STREAMS, _cores()),
            # Other programs may be pinned to the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = openvino.Core().compile_model(_graph(folder), "CPU", settings)
        self._idle: list[Any] = []
        self.streams = int(self._compiled.get_property("NUM_STREAMS"))
        kind = self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = _PRECISIONS.get(kind, kind)

    def hidden(self, ids: NDArray[np.int32], mask: NDArray[np.int32]) -> NDArray[np.float32]:
        """The last layer's output.

        Args:
            ids: tokens, int32 of shape (texts, length).
            mask: of the same shape, 1 for a token and 0 for padding.

        Returns:
            float32 of shape (texts, length, dimension).
        """
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        try:
            found: NDArray[np.float32] = request.infer({"ids": ids, "mask": mask})[0]
        finally:
            self._idle.append(request)
        return found


def _cores() -> int:
    import os

    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _openvino() -> Any:  # noqa: ANN401 - its types are not worth what they cost to import
    # When it is imported, OpenVINO reports that to its makers over the network. Without the
    # package that does so it takes a stand-in of its own that does nothing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def _graph(folder: Path) -> Any:  # noqa: ANN401
    openvino = _openvino()
    from openvino import opset13 as ops
    from safetensors.numpy import load_file

    config = read_json(folder / "config.json")
    heads, width = int(config["num_attention_heads"]), int(config["hidden_size"])
    epsilon = float(config.get("layer_norm_eps", 1e-12))
    # A model saved with a head of its own has its body's weights under a prefix.
    weights = {
        name.removeprefix("bert."): np.asarray(value, dtype=np.float32)
        for name, value in load_file(folder / "model.safetensors").items()
    }

    def number(*values: int) -> Any:  # noqa: ANN401
        return ops.constant(np.array(values, dtype=np.int64))

    def weight(name: str) -> Any:  # noqa: ANN401
        return ops.constant(weights[name])

    def dense(rows: Any, name: str) -> Any:  # noqa: ANN401
        product = ops.matmul(rows, weight(f"{name}.weight"), False, True)
        return ops.add(product, weight(f"{name}.bias"))

    def norm(rows: Any, name: str) -> Any:  # noqa: ANN401
        even = ops.mvn(rows, number(-1), True, epsilon, "inside_sqrt")
        return ops.add(ops.multiply(even, weight(f"{name}.weight")), weight(f"{name}.bias"))

    def split(rows: Any) -> Any:  # noqa: ANN401
        parts = ops.reshape(rows, number(0, 0, heads, width // heads), True)
        return ops.transpose(parts, number(0, 2, 1, 3))

    def join(parts: Any) -> Any:  # noqa: ANN401
        return ops.reshape(ops.transpose(parts, number(0, 2, 1, 3)), number(0, 0, width), True)

    ids = ops.parameter([-1, -1], np.int32, name="ids")
    mask = ops.parameter([-1, -1], np.int32, name="mask")
    padding = ops.subtract(ops.constant(np.float32(1)), ops.convert(mask, "f32"))
    hide = ops.unsqueeze(ops.multiply(padding, ops.constant(np.float32(_HIDES))), number(1, 2))
    # One text alone: every token is of the first type.
    places = (
        weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    length = ops.gather(ops.shape_of(ids, "i64"), number(1), number(0))
    place = ops.slice(ops.constant(places), number(0), length, number(1), number(0))
    word = ops.gather(weight("embeddings.word_embeddings.weight"), ids, number(0))
    rows = norm(ops.add(word, ops.unsqueeze(place, number(0))), "embeddings.LayerNorm")
    for layer in range(int(config["num_hidden_layers"])):
        at = f"encoder.layer.{layer}"
        query, key, value = (
            split(dense(rows, f"{at}.attention.self.{name}")) for name in ("query", "key", "value")
        )
        seen = join(ops.scaled_dot_product_attention(query, key, value, hide))
        seen = dense(seen, f"{at}.attention.output.dense")
        rows = norm(ops.add(seen, rows), f"{at}.attention.output.LayerNorm")
        thought = ops.gelu(dense(rows, f"{at}.intermediate.dense"), "erf")
        thought = dense(thought, f"{at}.output.dense")
        rows = norm(ops.add(thought, rows), f"{at}.output.LayerNorm")
    return openvino.Model([ops.result(rows)], [ids, mask], "bert")
