"""The light encoder gives sentence-transformers' vectors, without it and without PyTorch."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_encoder import tiny_model

from embeddings import bert, light
from embeddings.encoder import Encoder, open_encoder
from embeddings.light import LightEncoder, batched
from embeddings.models import ModelChoice
from embeddings.sentence_transformer import SentenceTransformerEncoder

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not bert.installed(), reason="OpenVINO is not installed")


def paragraphs(count: int) -> list[str]:
    """Real paragraphs of many lengths, from the articles that come with Dateline."""
    found = []
    for file in sorted((ROOT / "seeds").glob("*.txt")):
        found += [part for part in file.read_text(encoding="utf-8").split("\n") if part.strip()]
    return found[:count]


ODD = ["", "Rain.", "a [MASK] and a [SEP]", "𓀀 ☃ é ﬁ", "why " * 3000]


def compare(one: Encoder, other: Encoder, texts: list[str]) -> tuple[float, float]:
    """Least cosine of two encoders' vectors and of their token vectors; same tokens needed."""
    vectors, tokens = [], []
    for mine, theirs in zip(one.encode_passages(texts), other.encode_passages(texts), strict=True):
        assert mine.token_ids.tolist() == theirs.token_ids.tolist()
        assert mine.vector.dtype == mine.tokens.dtype == np.float32
        assert np.isclose(np.linalg.norm(mine.vector), 1, atol=1e-5)
        vectors.append(float(mine.vector @ theirs.vector))
        tokens += (mine.tokens * theirs.tokens).sum(axis=1).tolist()
    return min(vectors), min(tokens)


@pytest.mark.model
def test_its_vectors_are_those_of_sentence_transformers_on_real_text() -> None:
    ours, theirs = LightEncoder(), SentenceTransformerEncoder()
    assert ours.fingerprint == theirs.fingerprint
    texts = paragraphs(40) + ODD
    vectors, tokens = compare(ours, theirs, texts)
    assert vectors > 0.9995
    assert tokens > 0.995
    short = [text for text in texts if len(text) < 2000]
    for one, spans in zip(ours.encode_passages(short), ours.token_spans(short), strict=True):
        assert len(one.tokens) == len(spans)
    for question in ("What did China call for at the Security Council?", *ODD):
        one, other = ours.encode_query(question), theirs.encode_query(question)
        assert one.token_ids.tolist() == other.token_ids.tolist()
        assert one.vector @ other.vector > 0.9995


@pytest.mark.model
def test_threads_may_share_it_and_order_is_kept() -> None:
    encoder = LightEncoder()
    texts = paragraphs(24)
    together = [item.vector for item in encoder.encode_passages(texts)]
    with ThreadPoolExecutor(8) as pool:
        alone = list(pool.map(lambda text: encoder.encode_passages([text])[0].vector, texts))
    assert min(float(a @ b) for a, b in zip(together, alone, strict=True)) > 0.9995
    assert encoder.encode_passages([]) == []


@pytest.mark.model
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_other_bert_models_and_their_prompts(tmp_path: Path, pooling: str) -> None:
    folder = tiny_model(tmp_path, prompts={"query": "query: ", "document": "passage: "})
    file = folder / "1_Pooling" / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "pooling_mode": pooling}))
    ours = open_encoder(ModelChoice(str(folder)))
    theirs = SentenceTransformerEncoder(ModelChoice(str(folder)))
    assert isinstance(ours, LightEncoder)
    vectors, tokens = compare(ours, theirs, ["the port strike", "a strike at the port " * 9, ""])
    assert vectors > 0.999
    assert tokens > 0.99
    assert ours.encode_query("port").vector @ theirs.encode_query("port").vector > 0.999
    assert ours.precision
    assert theirs.precision == "float32"


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        ("config.json", {"model_type": "mpnet"}, "model_type"),
        ("config.json", {"hidden_act": "relu"}, "hidden_act"),
        ("config.json", {"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ("sentence_bert_config.json", {"do_lower_case": True}, "lower case"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling"),
        ("1_Pooling/config.json", {"include_prompt": False}, "pooling"),
        ("modules.json", None, "pooling"),
        ("model.safetensors", None, "model.safetensors"),
        ("tokenizer.json", None, "tokenizer.json"),
    ],
)
def test_what_is_not_such_a_model_is_left_to_sentence_transformers(
    tmp_path: Path, file: str, change: dict[str, object] | None, told: str
) -> None:
    packaged = SentenceTransformerEncoder().folder
    shutil.copytree(packaged, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    folder = tmp_path / "model"
    (folder / "model.safetensors").touch()
    assert LightEncoder(ModelChoice(str(folder))).obstacle() == ""
    if change is None:
        (folder / file).unlink()
    else:
        content = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**content, **change}))
    choice = ModelChoice(str(folder))
    assert told in LightEncoder(choice).obstacle()
    assert isinstance(open_encoder(choice), SentenceTransformerEncoder)


def test_without_openvino_sentence_transformers_takes_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bert, "installed", lambda: False)
    with caplog.at_level(logging.WARNING):
        assert isinstance(open_encoder(), SentenceTransformerEncoder)
    assert "OpenVINO is not installed" in caplog.text


@pytest.mark.model
def test_where_openvino_fails_sentence_transformers_takes_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    def fail(folder: Path) -> None:
        raise RuntimeError("illegal instruction\nat some place")

    monkeypatch.setattr(light.bert, "Bert", type("Broken", (bert.Bert,), {"__init__": fail}))
    encoder = LightEncoder(ModelChoice(str(tiny_model(tmp_path))))
    with caplog.at_level(logging.WARNING):
        assert encoder.encode_query("port").vector.shape == (16,)
    assert encoder.encode_passages(["the port"])[0].vector.shape == (16,)
    assert encoder.precision == "float32"
    assert len(caplog.records) == 1


@settings(deadline=None)
@given(st.lists(st.integers(1, 300), max_size=200))
def test_batches_hold_every_text_once_and_keep_to_the_budget(lengths: list[int]) -> None:
    batches = list(batched(lengths))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[position] for position in batch)
        assert len(batch) == 1 or padded <= light.BATCH_TOKENS


@pytest.mark.model
def test_searching_loads_no_torch_and_reports_to_nobody(tmp_path: Path) -> None:
    script = (
        "import atexit, socket, sys\n"
        "def refuse(*_): raise AssertionError('the network was asked for')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "def tell():\n"
        "    print(*[name for name, module in sys.modules.items() if module], file=sys.stderr)\n"
        "atexit.register(tell)\n"
        "from ui.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    index = str(tmp_path / "index")

    def run(*arguments: str) -> tuple[str, set[str]]:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments, "--index", index],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout, set(done.stderr.split())

    for arguments in (
        ("rebuild", str(ROOT / "seeds")),
        ("search", "What did China call for at the Security Council?"),
        ("ask", "What did China call for at the Security Council?"),
    ):
        printed, loaded = run(*arguments)
        assert printed
        assert "openvino" in loaded
        heavy = {"torch", "transformers", "sentence_transformers", "gradio"}
        assert not loaded & {*heavy, "openvino_telemetry"}
