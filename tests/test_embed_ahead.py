"""Embedding ahead of a rebuild: shards that are made once, held to account, and taken in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fakes import FakeEncoder

from embeddings.embedding import embed
from embeddings.errors import ClusterError, IndexBusy, ShardUnusable
from embeddings.locking import writer_lock
from embeddings.models import ModelChoice
from embeddings.ray_embedding import RayEmbedder
from embeddings.rebuild import rebuild
from embeddings.shards import read_shard, shard_files
from embeddings.vectors import VectorStore
from qa.retriever import Retriever
from ui import cli

ROOT = Path(__file__).parents[1]
STORIES = 30


def write_stories(seeds: Path, first: int = 0, last: int = STORIES) -> Path:
    seeds.mkdir(exist_ok=True)
    for number in range(first, last):
        (seeds / f"{number}.txt").write_text(
            f"date 2024-01-01 Our Staff\n\nVelin\n\nStory {number} tells of word{number}.\n"
        )
    return seeds


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return write_stories(tmp_path / "seeds")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in shard_files(folder)}


def stored(index: Path) -> dict[bytes, tuple[bytes, bytes]]:
    store = VectorStore(index)
    keys = [key for (key,) in store.connection.execute("SELECT key FROM vectors")]
    rows = store.rows(keys)
    store.close()
    return rows


def test_a_rebuild_from_shards_is_the_one_without_them(seeds: Path, tmp_path: Path) -> None:
    report = embed(seeds, tmp_path / "a", tmp_path / "shards", FakeEncoder(), shard_passages=7)
    assert (report.articles, report.embedded, report.shards_written) == (STORIES, STORIES, 5)
    encoder = FakeEncoder()
    built = rebuild(seeds, tmp_path / "a", encoder, embeddings=tmp_path / "shards")
    assert (built.embedded, built.reused, encoder.encoded) == (0, STORIES, [])
    assert any("taken in from shards: 30" in note for note in built.notes)
    rebuild(seeds, tmp_path / "b", FakeEncoder())
    assert stored(tmp_path / "a") == stored(tmp_path / "b")
    with (
        Retriever.open(tmp_path / "a", FakeEncoder()) as ahead,
        Retriever.open(tmp_path / "b", FakeEncoder()) as direct,
    ):
        assert ahead.status().manifest == direct.status().manifest
        for question in ("word7", "Story tells of word12", "Velin"):
            hits = [
                [(hit.article.id, hit.passage.text, hit.scores) for hit in one.retrieve(question)]
                for one in (ahead, direct)
            ]
            assert hits[0] == hits[1]
            assert hits[0]


def test_shards_in_the_index_folder_are_found(seeds: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    embed(seeds, index, index / "shards", FakeEncoder())
    assert rebuild(seeds, index, FakeEncoder()).embedded == 0


def test_a_second_run_writes_nothing(seeds: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    embed(seeds, tmp_path / "index", shards, FakeEncoder(), shard_passages=7)
    before, times = contents(shards), {f: f.stat().st_mtime_ns for f in shard_files(shards)}
    encoder = FakeEncoder()
    report = embed(seeds, tmp_path / "index", shards, encoder, shard_passages=7)
    assert (report.embedded, report.shards_written, report.in_shards) == (0, 0, STORIES)
    assert encoder.encoded == []
    assert times == {f: f.stat().st_mtime_ns for f in shard_files(shards)}
    # Elsewhere the same passages make the same files, byte for byte.
    embed(seeds, tmp_path / "index", tmp_path / "other", FakeEncoder(), shard_passages=7)
    assert contents(tmp_path / "other") == before


def test_only_what_is_new_is_embedded(seeds: Path, tmp_path: Path) -> None:
    index, shards = tmp_path / "index", tmp_path / "shards"
    rebuild(seeds, index, FakeEncoder())
    write_stories(seeds, STORIES, STORIES + 3)
    encoder = FakeEncoder()
    report = embed(seeds, index, shards, encoder)
    assert (report.in_index, report.embedded, len(encoder.encoded)) == (STORIES, 3, 3)


def damage(file: Path, where: float) -> None:
    data = bytearray(file.read_bytes())
    data[int(where * (len(data) - 1))] ^= 0x55
    file.write_bytes(data)


@pytest.mark.parametrize("where", [0.0, 0.01, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_a_changed_byte_is_told_and_costs_one_shard(
    seeds: Path, tmp_path: Path, where: float
) -> None:
    shards, index = tmp_path / "shards", tmp_path / "index"
    embed(seeds, index, shards, FakeEncoder(), shard_passages=7)
    sound, bad = contents(shards), shard_files(shards)[0]
    lost = len(read_shard(bad).keys)
    damage(bad, where)
    with pytest.raises(ShardUnusable):
        read_shard(bad)
    built = rebuild(seeds, tmp_path / "a", FakeEncoder(), embeddings=shards)
    assert built.embedded == lost
    assert any(bad.name in note for note in built.notes)
    report = embed(seeds, index, shards, FakeEncoder(), shard_passages=7)
    assert (report.embedded, len(report.left_out)) == (lost, 1)
    assert contents(shards) == sound
    assert embed(seeds, index, shards, FakeEncoder()).left_out == ()


def test_a_shard_that_was_cut_off_or_renamed_is_left_out(seeds: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    embed(seeds, tmp_path / "index", shards, FakeEncoder(), shard_passages=7)
    short, renamed, *_ = shard_files(shards)
    short.write_bytes(short.read_bytes()[:500])
    renamed.rename(shards / "elsewhere.safetensors")
    (shards / "empty.safetensors").touch()
    built = rebuild(seeds, tmp_path / "index", FakeEncoder(), embeddings=shards)
    assert sum("was left out" in note for note in built.notes) == 3
    assert built.passages == STORIES


def test_another_models_shards_are_told_and_kept(seeds: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    embed(seeds, tmp_path / "index", shards, FakeEncoder("other"))
    before = contents(shards)
    built = rebuild(seeds, tmp_path / "index", FakeEncoder(), embeddings=shards)
    assert built.embedded == STORIES
    assert any("another model" in note for note in built.notes)
    report = embed(seeds, tmp_path / "new", shards, FakeEncoder())
    assert report.embedded == STORIES
    assert "another model" in report.left_out[0]
    assert before.items() <= contents(shards).items()


def test_a_shard_of_another_projection_is_left_out(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turned(encoder: FakeEncoder) -> np.ndarray:
        return np.eye(64, dtype=np.float32)[::-1].copy()

    index, shards = tmp_path / "index", tmp_path / "shards"
    write_stories(tmp_path / "first", 0, 1)
    rebuild(tmp_path / "first", index, FakeEncoder())
    with monkeypatch.context() as patched:
        patched.setattr("embeddings.embedding.fit_projection", turned)
        embed(seeds, tmp_path / "nowhere", shards, FakeEncoder())
    built = rebuild(seeds, index, FakeEncoder(), embeddings=shards)
    assert any("another projection" in note for note in built.notes)
    assert built.embedded == STORIES - 1


def test_one_run_at_a_time_writes_into_a_folder(seeds: Path, tmp_path: Path) -> None:
    with writer_lock(tmp_path / "shards"), pytest.raises(IndexBusy):
        embed(seeds, tmp_path / "index", tmp_path / "shards", FakeEncoder())


WORKER = """
import sys, time
from pathlib import Path
from fakes import FakeEncoder
from embeddings.embedding import embed

class SlowEncoder(FakeEncoder):
    def encode_passages(self, texts):
        time.sleep(0.05)
        return super().encode_passages(texts)

seeds, folder = map(Path, sys.argv[1:])
embed(seeds, folder / "index", folder / "shards", SlowEncoder(), shard_passages=5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX signal")
def test_what_a_killed_run_finished_is_kept(tmp_path: Path) -> None:
    seeds = write_stories(tmp_path / "seeds", 0, 300)
    shards = tmp_path / "shards"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(seeds), str(tmp_path)], env=environment
    ) as worker:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(shard_files(shards)) < 4:
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    kept = sum(len(read_shard(file).keys) for file in shard_files(shards))
    # A run that came to its end would prove nothing.
    assert 20 <= kept < 300
    (shards / "x.safetensors.1.unfinished").write_bytes(b"half")
    encoder = FakeEncoder()
    report = embed(seeds, tmp_path / "index", shards, encoder, shard_passages=5)
    assert (report.in_shards, report.embedded) == (kept, 300 - kept)
    assert len(encoder.encoded) == 300 - kept
    assert not list(shards.glob("*.unfinished"))
    assert rebuild(seeds, tmp_path / "index", FakeEncoder(), embeddings=shards).embedded == 0


@pytest.mark.parametrize("address", ["nowhere", "ray://127.0.0.1:1", "127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_told(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("embeddings.ray_embedding.check_installed", lambda: None)
    embedder = RayEmbedder(fake, ModelChoice(), address)
    with pytest.raises(ClusterError, match=address):
        embed(seeds, tmp_path / "index", tmp_path / "s", FakeEncoder(), embedder=embedder)


def test_missing_ray_is_told(seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(cli.main, ["embed", str(seeds), "--ray"])
    assert result.exit_code == 2
    assert "pip install 'dateline[ray]'" in result.output


def test_the_command_embeds_and_rebuild_takes_in(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embeddings.encoder.open_encoder", fake)
    (seeds / "bad.pdf").write_bytes(b"%PDF-1.4 no more")
    index, shards = str(tmp_path / "index"), str(tmp_path / "shards")
    run = CliRunner().invoke
    first = run(cli.main, ["embed", str(seeds), "--index", index, "--shards", shards])
    assert first.exit_code == 1, first.output
    assert "bad.pdf" in first.output
    assert "30 embedded into 1 shards" in " ".join(first.output.split())
    arguments = ["rebuild", str(seeds), "--index", index, "--embeddings", shards, "--json"]
    taken = run(cli.main, arguments)
    assert '"embedded": 0' in taken.output
    (seeds / "bad.pdf").unlink()
    again = run(cli.main, ["embed", "--index", index, "--shards", shards, "--json"])
    assert again.exit_code == 0, again.output
    assert '"embedded": 0' in again.output


def fake(choice: ModelChoice) -> FakeEncoder:
    return FakeEncoder()


@pytest.mark.engines
def test_ray_makes_the_shards_of_one_process(seeds: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray.data", reason="Ray is not installed: pip install 'dateline[ray]'")
    code = (
        "import sys; from pathlib import Path; from test_embed_ahead import fake\n"
        "from embeddings.embedding import embed; from embeddings.models import ModelChoice\n"
        "from embeddings.ray_embedding import RayEmbedder\n"
        "seeds, folder = map(Path, sys.argv[1:])\n"
        "embedder = RayEmbedder(fake, ModelChoice())\n"
        "print(embed(seeds, folder / 'index', folder / 'ray', fake(ModelChoice()),"
        " embedder=embedder, shard_passages=7))\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    result = subprocess.run(
        [sys.executable, "-c", code, str(seeds), str(tmp_path)],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    embed(seeds, tmp_path / "index", tmp_path / "one", FakeEncoder(), shard_passages=7)
    assert contents(tmp_path / "ray") == contents(tmp_path / "one")
    shutil.rmtree(tmp_path / "ray")
