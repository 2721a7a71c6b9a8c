"""Cross-encoders and prompted encoders, with tiny models of random weights made here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import FakeEncoder

from embeddings.encoder import open_encoder
from embeddings.errors import EncodingFailed, ModelNotFound
from embeddings.models import ModelChoice
from embeddings.rebuild import rebuild
from embeddings.reranker import CrossEncoderReranker
from qa.ranking import RetrievalSettings
from qa.retriever import Retriever

WORDS = "query passage : the port strike ended in rain budget vote passed minister nine days a"
STORIES = {
    "port.txt": "The port strike ended in nine days.",
    "rain.txt": "Rain ended the strike at the port, said a minister.",
    "vote.txt": "The budget vote passed.",
}


def tiny(folder: Path, *, labels: int | None) -> Path:
    """A small BERT that knows `WORDS`; a cross-encoder where `labels` are given."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split(), "."]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=labels or 2,
    )
    kind = BertModel if labels is None else BertForSequenceClassification
    kind(config).save_pretrained(folder)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    for name, text in STORIES.items():
        (tmp_path / "seeds" / name).write_text(text)
    rebuild(tmp_path / "seeds", tmp_path / "index", FakeEncoder())
    return tmp_path / "index"


class Wishes:
    """A reranker that likes one word, and keeps what it was given to read."""

    name = "wishes"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[tuple[str, str]] = []

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        self.read += [(question, passage) for passage in passages]
        return [float(self.word in passage) for passage in passages]


def test_a_reranker_has_its_say_and_is_named(index: Path) -> None:
    wishes = Wishes("budget")
    with Retriever.open(index, FakeEncoder()) as plain:
        assert plain.retrieve("port strike", 3)[-1].article.id == "vote.txt"
    with Retriever.open(index, FakeEncoder(), wishes) as retriever:
        hits = retriever.retrieve("port strike", 3)
        assert hits[0].article.id == "vote.txt"
        told = {score.component: score for score in hits[0].scores}
        assert told["reranker"].rank == 1
        assert sum(score.share for score in told.values()) == pytest.approx(hits[0].score)
        assert {question for question, _ in wishes.read} == {"port strike"}
        assert len(wishes.read) == 3
        hits = retriever.retrieve("port strike", 3, settings=RetrievalSettings(reranker_weight=0))
        assert hits[-1].article.id == "vote.txt"
        assert len(wishes.read) == 3


def test_only_the_best_are_read(index: Path) -> None:
    wishes = Wishes("budget")
    with Retriever.open(index, FakeEncoder(), wishes) as retriever:
        hits = retriever.retrieve("port strike", 1, settings=RetrievalSettings(reranked=2))
    assert len(wishes.read) == 2
    assert hits[0].article.id != "vote.txt"


def test_a_local_cross_encoder_scores_pairs(tmp_path: Path, index: Path) -> None:
    folder = str(tiny(tmp_path / "cross", labels=1))
    reranker = CrossEncoderReranker(folder)
    texts = list(STORIES.values())
    scores = reranker.scores("port strike", texts)
    assert len(set(scores)) == 3
    assert reranker.scores("port strike", texts[::-1]) == pytest.approx(scores[::-1], abs=1e-5)
    assert reranker.scores("port strike", []) == []
    with Retriever.open(index, FakeEncoder(), folder) as retriever:
        settings = RetrievalSettings(reranker_weight=1, recency_weight=0)
        hits = retriever.retrieve("port strike", 3, settings=settings)
    best = next(score for score in hits[0].scores if score.component == "reranker")
    assert best.rank == 1


def test_a_model_that_is_no_cross_encoder_is_explained(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(tiny(tmp_path / "plain", labels=None)))
    with pytest.raises(ModelNotFound, match="not a cross-encoder"):
        reranker.scores("port strike", ["a"])


def test_a_classifier_of_several_labels_is_explained(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(tiny(tmp_path / "classes", labels=3)))
    with pytest.raises(ModelNotFound, match="3 numbers"):
        reranker.scores("port strike", ["a"])


def test_a_damaged_cross_encoder_is_explained(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "cross", labels=1)
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelNotFound, match="could not be loaded"):
        CrossEncoderReranker(str(folder)).scores("port strike", ["a"])


def test_scores_that_are_not_finite_are_explained(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(tiny(tmp_path / "cross", labels=1)))
    reranker._model[0].auto_model.classifier.bias.data.fill_(float("nan"))
    with pytest.raises(EncodingFailed, match="not finite"):
        reranker.scores("port strike", ["a"])


def test_a_missing_reranker_is_told_without_a_traceback(tmp_path: Path, index: Path) -> None:
    from ui.cli import main

    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(
        main, ["search", "port", "--index", str(index), "--reranker", str(tmp_path / "empty")]
    )
    assert result.exit_code == 2


def test_an_encoder_with_prompts_reads_queries_and_passages_apart(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "e5", labels=None)
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "query: ", "document": "passage: "}})
    )
    own = open_encoder(ModelChoice(str(folder)))
    assert (own.query_prompt, own.passage_prompt) == ("query: ", "passage: ")
    none = open_encoder(ModelChoice(str(folder), "", ""))
    text = "the port strike ended"
    # The prompt is part of what is read, so the same words are two different vectors,
    query = own.encode_query(text).vector
    assert query @ own.encode_passages([text])[0].vector < 0.9999
    assert query @ none.encode_query("query: " + text).vector == pytest.approx(1, abs=1e-5)
    # and vectors made with other prompts are never mixed with these.
    assert own.fingerprint != none.fingerprint
    assert own.special_tokens > none.special_tokens


def test_a_collection_built_with_prompts_is_asked_with_them(tmp_path: Path) -> None:
    folder = str(tiny(tmp_path / "bge", labels=None))
    choice = ModelChoice(folder, "query : ", "passage : ")
    (tmp_path / "seeds").mkdir()
    for name, text in STORIES.items():
        (tmp_path / "seeds" / name).write_text(text)
    prompts = (choice.query_prompt, choice.passage_prompt)
    encoder = open_encoder(choice)
    rebuild(tmp_path / "seeds", tmp_path / "index", encoder, prompts=prompts)
    with Retriever.open(tmp_path / "index") as retriever:
        assert retriever.retrieve("port strike", 3)
        found = retriever.encoder()
        assert found.fingerprint == encoder.fingerprint
        expected = encoder.encode_query("port strike").vector
        assert found.encode_query("port strike").vector @ expected == pytest.approx(1, abs=1e-5)
