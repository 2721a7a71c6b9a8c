"""Rebuilding: each change does only its own work, and nothing indexed is ever lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEncoder

from embeddings import articles as readers
from embeddings import rebuild as rebuild_module
from embeddings.catalog import Catalog
from embeddings.encoder import Embedded, open_encoder
from embeddings.errors import (
    EncodingFailed,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    SeedsProblem,
)
from embeddings.index import Index
from embeddings.rebuild import rebuild
from embeddings.records import Action, Filter, IndexStatus, PassageParameters, RebuildReport
from qa.retriever import Retriever

PORT = (
    " date 2024-03-01 Jane Roe, Harbour Gazette\n\nArdmore\n\n"
    "Dockers at the port of Ardmore walked out on Friday over pay. "
    "The union asked for nine percent.\n"
)
VOTE = (
    " date 2024-04-02 Our Correspondent\n\nVelin\n\n"
    "The parliament of Velin rejected the budget by two votes. "
    "Finance minister Ada Brandt offered to resign.\n"
)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "port.txt").write_text(PORT)
    (folder / "vote.txt").write_text(VOTE)
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def actions(report: RebuildReport) -> dict[str, str]:
    return {entry.path: entry.action.value for entry in report.entries}


def status_of(index: Path) -> IndexStatus:
    opened = Index.open(index)
    try:
        return opened.status()
    finally:
        opened.close()


def titles(index: Path, question: str, encoder: FakeEncoder | None = None) -> list[str]:
    with Retriever.open(index, encoder or FakeEncoder()) as retriever:
        return [hit.article.id for hit in retriever.retrieve(question)]


def test_the_first_rebuild_takes_everything_in(seeds: Path, index: Path) -> None:
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert actions(report) == {"port.txt": "added", "vote.txt": "added"}
    assert (report.articles, report.passages, report.embedded) == (2, 2, 2)
    assert report.generation == 1
    assert titles(index, "Who walked out at the port?")[0] == "port.txt"


def test_a_rebuild_of_the_same_files_does_nothing(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert report.entries == ()
    assert report.counts[Action.UNCHANGED] == 2
    assert report.generation == 1
    assert encoder.encoded == []


def test_an_added_article_costs_only_itself(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    (seeds / "rain.txt").write_text(" date 2024-05-05\n\nIt rained in Ardmore for nine days.\n")
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert actions(report) == {"rain.txt": "added"}
    assert len(encoder.encoded) == 1
    assert "rained" in encoder.encoded[0]
    assert report.generation == 2
    assert titles(index, "rained")[0] == "rain.txt"


def test_an_edited_article_replaces_the_old_one(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    (seeds / "port.txt").write_text(PORT.replace("nine percent", "eleven percent"))
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert actions(report) == {"port.txt": "changed"}
    assert len(encoder.encoded) == 1
    with Retriever.open(index, encoder) as retriever:
        texts = [hit.passage.text for hit in retriever.retrieve("percent asked")]
    assert any("eleven" in text for text in texts)
    assert not any("nine" in text for text in texts)


def test_an_edit_of_the_same_size_and_time_is_seen(seeds: Path, index: Path) -> None:
    file = seeds / "port.txt"
    rebuild(seeds, index, FakeEncoder())
    stat = file.stat()
    file.write_text(PORT.replace("nine", "five"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_size == stat.st_size
    assert actions(rebuild(seeds, index, FakeEncoder())) == {"port.txt": "changed"}


def test_a_renamed_article_is_not_embedded_again(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    (seeds / "archive").mkdir()
    (seeds / "port.txt").rename(seeds / "archive" / "strike.txt")
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert actions(report) == {"archive/strike.txt": "renamed"}
    assert report.entries[0].before == "port.txt"
    assert encoder.encoded == []
    assert titles(index, "Who walked out at the port?")[0] == "archive/strike.txt"
    with Retriever.open(index, encoder) as retriever:
        hits = retriever.retrieve("port", where=Filter(path="archive"))
        assert [hit.article.path for hit in hits] == ["archive/strike.txt"]


def test_a_removed_article_is_gone_from_both_indexes(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    (seeds / "port.txt").unlink()
    report = rebuild(seeds, index, FakeEncoder())
    assert actions(report) == {"port.txt": "removed"}
    assert titles(index, "dockers port strike union") == ["vote.txt"]


def test_the_same_text_twice_stays_two_articles(seeds: Path, index: Path) -> None:
    (seeds / "copy.txt").write_text(PORT)
    report = rebuild(seeds, index, FakeEncoder())
    assert report.articles == 3
    assert report.embedded == 2


def test_rows_of_one_file_change_one_by_one(seeds: Path, index: Path) -> None:
    rows = [{"id": f"r{n}", "title": f"Title {n}", "text": f"Body number {n}."} for n in range(5)]

    def write() -> None:
        (seeds / "wire.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    write()
    rebuild(seeds, index, FakeEncoder())
    rows[2]["text"] = "Body number two was corrected."
    rows.append({"id": "r9", "title": "Title 9", "text": "Body number nine."})
    del rows[0]
    write()
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert actions(report) == {"wire.jsonl": "changed"}
    assert len(encoder.encoded) == 2
    with Retriever.open(index, encoder) as retriever:
        ids = {article.id for article in retriever.articles(Filter(path="wire.jsonl"))}
    assert ids == {"r1", "r2", "r3", "r4", "r9"}


def test_an_id_used_twice_keeps_both_articles(seeds: Path, index: Path) -> None:
    (seeds / "a.jsonl").write_text('{"id": "x", "text": "First."}\n{"id": "x", "text": "Second."}')
    (seeds / "b.jsonl").write_text('{"id": "x", "text": "Third."}')
    report = rebuild(seeds, index, FakeEncoder())
    assert report.articles == 5
    assert len(report.notes) == 2
    again = rebuild(seeds, index, FakeEncoder())
    assert again.entries == ()


def test_a_bad_file_is_listed_and_stops_nothing(seeds: Path, index: Path) -> None:
    (seeds / "empty.txt").write_text("")
    (seeds / "rows.jsonl").write_text('{"id": "ok", "text": "Fine."}\nnot json\n')
    (seeds / "picture.bmp").write_bytes(b"BM")
    report = rebuild(seeds, index, FakeEncoder())
    assert actions(report) == {
        "empty.txt": "failed",
        "picture.bmp": "skipped",
        "port.txt": "added",
        "rows.jsonl": "added",
        "vote.txt": "added",
    }
    reasons = {entry.path: entry.problems for entry in report.entries}
    assert reasons["empty.txt"]
    assert "2" in reasons["rows.jsonl"][0]
    opened = Index.open(index)
    assert {path for path, _ in opened.status().failed} == {"empty.txt", "rows.jsonl"}
    opened.close()


def test_a_file_that_turns_bad_keeps_what_it_gave(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    (seeds / "port.txt").write_text("")
    report = rebuild(seeds, index, FakeEncoder())
    assert actions(report) == {"port.txt": "failed"}
    assert "stays indexed" in report.entries[0].problems[-1]
    assert titles(index, "dockers walked out")[0] == "port.txt"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root opens every folder")
def test_articles_behind_a_closed_door_are_kept(seeds: Path, index: Path) -> None:
    (seeds / "closed").mkdir()
    (seeds / "port.txt").rename(seeds / "closed" / "port.txt")
    rebuild(seeds, index, FakeEncoder())
    (seeds / "closed").chmod(0)
    try:
        report = rebuild(seeds, index, FakeEncoder())
    finally:
        (seeds / "closed").chmod(0o755)
    assert actions(report) == {"closed": "failed"}
    assert report.articles == 2


def test_an_emptied_folder_is_not_believed(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    for file in seeds.iterdir():
        file.unlink()
    with pytest.raises(SeedsProblem, match="2 are indexed"):
        rebuild(seeds, index, FakeEncoder())
    assert len(titles(index, "port")) == 2
    report = rebuild(seeds, index, FakeEncoder(), allow_empty=True)
    assert report.articles == 0
    assert titles(index, "port") == []


def test_no_folder_and_no_index_are_explained(tmp_path: Path, index: Path) -> None:
    with pytest.raises(SeedsProblem, match="no articles folder"):
        rebuild(tmp_path / "nowhere", index, FakeEncoder())
    with pytest.raises(IndexMissing):
        Retriever.open(tmp_path / "elsewhere")
    with pytest.raises(IndexMissing):
        Retriever.open(index)


def test_an_empty_collection_answers_with_nothing(tmp_path: Path, index: Path) -> None:
    (tmp_path / "none").mkdir()
    assert rebuild(tmp_path / "none", index, FakeEncoder()).articles == 0
    assert titles(index, "anything") == []


def test_links_are_followed_once(seeds: Path, index: Path) -> None:
    (seeds / "loop").symlink_to(seeds)
    assert rebuild(seeds, index, FakeEncoder()).articles == 2


def test_another_model_embeds_everything_anew(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    other = FakeEncoder("other", dimension=32)
    report = rebuild(seeds, index, other)
    assert report.embedded == 2
    assert "embedded anew" in report.notes[0]
    assert titles(index, "port", other)
    with pytest.raises(IndexMismatch):
        titles(index, "port", FakeEncoder())


def test_other_parameters_cut_everything_anew(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    report = rebuild(seeds, index, FakeEncoder(), parameters=PassageParameters(tokens=40))
    assert report.passages > 2
    assert "cut" in report.notes[0]


def test_what_a_stopped_rebuild_embedded_is_kept(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "_EMBED_BATCH", 1)

    class Stopping(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
            if self.encoded:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        rebuild(seeds, index, Stopping())
    with pytest.raises(IndexMissing):
        Retriever.open(index)
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert (report.articles, report.embedded, report.reused) == (2, 1, 1)


def test_an_encoder_that_gives_too_few_vectors_is_refused(seeds: Path, index: Path) -> None:
    class Short(FakeEncoder):
        def encode_passages(self, texts: Sequence[str]) -> list[Embedded]:
            return super().encode_passages(texts)[1:]

    with pytest.raises(EncodingFailed):
        rebuild(seeds, index, Short())


def test_readers_follow_without_a_restart(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    with Retriever.open(index, FakeEncoder()) as retriever:
        for generation in range(2, 12):
            (seeds / f"n{generation}.txt").write_text(f"Comet number {generation} was seen.\n")
            rebuild(seeds, index, FakeEncoder())
            found = {hit.article.id for hit in retriever.retrieve("comet seen", k=50)}
            assert f"n{generation}.txt" in found
            assert retriever.status().generation == generation
    assert len(list((index / "generations").iterdir())) == 2


def test_a_reader_survives_a_deleted_and_rebuilt_index(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    with Retriever.open(index, FakeEncoder()) as retriever:
        assert len(retriever.retrieve("port")) == 2
        shutil.rmtree(index)
        with pytest.raises(IndexMissing):
            retriever.retrieve("port")
        (seeds / "vote.txt").unlink()
        rebuild(seeds, index, FakeEncoder())
        assert [hit.article.id for hit in retriever.retrieve("port")] == ["port.txt"]


def test_incremental_and_fresh_indexes_agree(seeds: Path, tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    rebuild(seeds, grown, FakeEncoder())
    for n in range(20):
        (seeds / f"n{n}.txt").write_text(f"Story {n} about the port and budget of town {n}.\n")
    rebuild(seeds, grown, FakeEncoder())
    for n in range(0, 20, 3):
        (seeds / f"n{n}.txt").unlink()
    (seeds / "n1.txt").write_text("Another story altogether.\n")
    rebuild(seeds, grown, FakeEncoder())
    rebuild(seeds, whole, FakeEncoder())
    for index in (grown, whole):
        opened = Index.open(index)
        with opened.snapshot() as snapshot:
            assert len(snapshot) == 15
        opened.close()
    question = "story about the port"
    assert set(titles(grown, question)) == set(titles(whole, question))


@pytest.mark.parametrize("damage", ["delete", "truncate", "flip"])
@pytest.mark.parametrize("part", ["dense.faiss", "lexical/meta.json", "digests.json"])
def test_damaged_derived_files_are_made_again(
    seeds: Path, index: Path, part: str, damage: str
) -> None:
    rebuild(seeds, index, FakeEncoder())
    (file,) = (index / "generations").glob(f"*/{part}")
    data = bytearray(file.read_bytes())
    if damage == "delete":
        file.unlink()
    elif damage == "truncate":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)
    assert titles(index, "port")[0] == "port.txt"
    encoder = FakeEncoder()
    (seeds / "new.txt").write_text("A new port opened.\n")
    rebuild(seeds, index, encoder)
    assert len(encoder.encoded) == 1


def test_lost_embeddings_are_made_again(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    for file in index.glob("vectors.sqlite*"):
        file.unlink()
    encoder = FakeEncoder()
    assert rebuild(seeds, index, encoder).embedded == 2


def test_a_catalog_that_is_no_database_is_explained(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    for suffix in ("-wal", "-shm"):
        (index / f"catalog.sqlite{suffix}").unlink(missing_ok=True)
    (index / "catalog.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexDamaged, match="dateline doctor --mend"):
        rebuild(seeds, index, FakeEncoder())
    with pytest.raises(IndexDamaged):
        Retriever.open(index)
    report = rebuild(seeds, index, FakeEncoder(), fresh=True)
    assert report.articles == 2
    assert list(index.glob("set-aside-*"))


def test_an_index_of_another_format_is_explained(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    connection = sqlite3.connect(index / "catalog.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexMismatch, match="format 99"):
        Retriever.open(index)
    assert rebuild(seeds, index, FakeEncoder(), fresh=True).articles == 2


HOLDER = """
import sys, time
from pathlib import Path
from embeddings.locking import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_rebuilds_at_once_are_refused(seeds: Path, index: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(index)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(IndexBusy):
            rebuild(seeds, index, FakeEncoder())
        holder.kill()  # a lock dies with its process
    assert rebuild(seeds, index, FakeEncoder()).articles == 2


def test_what_cannot_be_opened_is_listed_until_it_can(seeds: Path, index: Path) -> None:
    (seeds / "late.txt").symlink_to(seeds / "nowhere")
    assert actions(rebuild(seeds, index, FakeEncoder()))["late.txt"] == "failed"
    assert actions(rebuild(seeds, index, FakeEncoder())) == {"late.txt": "failed"}
    assert [path for path, _ in status_of(index).failed] == ["late.txt"]
    (seeds / "late.txt").unlink()
    assert actions(rebuild(seeds, index, FakeEncoder())) == {}
    assert status_of(index).failed == ()


def test_the_ledger_tells_each_failure_once(seeds: Path, index: Path) -> None:
    (seeds / "late.txt").symlink_to(seeds / "nowhere")
    (seeds / "picture.bmp").write_bytes(b"BM")
    for _ in range(3):
        rebuild(seeds, index, FakeEncoder())
    catalog = Catalog.open(index)
    told = [(entry.path, entry.action) for _, entry in catalog.ledger()]
    catalog.close()
    assert told.count(("late.txt", Action.FAILED)) == 1
    assert {path for path, _ in told} == {"port.txt", "vote.txt", "late.txt"}


def test_an_unchanged_file_with_problems_is_not_forgotten(seeds: Path, index: Path) -> None:
    (seeds / "empty.txt").write_text("")
    rebuild(seeds, index, FakeEncoder())
    report = rebuild(seeds, index, FakeEncoder())
    assert report.entries == ()
    assert "problems: 1" in report.notes[0]


def test_a_missing_library_is_tried_again(
    seeds: Path, index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(readers, "_formats", dict(readers._formats))
    readers.register(".memo", module="memo_reader")
    monkeypatch.syspath_prepend(str(tmp_path))
    reader = tmp_path / "memo_reader.py"
    reader.write_text("import no_such_library_here")
    (seeds / "a.memo").write_text("The memo tells of a port.")
    report = rebuild(seeds, index, FakeEncoder())
    (failed,) = [entry for entry in report.entries if entry.path == "a.memo"]
    assert failed.action is Action.FAILED
    assert "pip install no_such_library_here" in failed.problems[0]
    reader.write_text("from embeddings.articles.seed import read as read")
    assert actions(rebuild(seeds, index, FakeEncoder())) == {"a.memo": "added"}


@pytest.mark.parametrize("part", ["dense.faiss", "digests.json"])
def test_a_rebuild_that_finds_nothing_changed_mends(seeds: Path, index: Path, part: str) -> None:
    rebuild(seeds, index, FakeEncoder())
    (file,) = (index / "generations").glob(f"*/{part}")
    file.unlink()
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder)
    assert (report.generation, report.embedded, report.entries) == (1, 0, ())
    assert "made again" in report.notes[0]
    (mended,) = (index / "generations").glob(f"*/{part}")
    assert mended != file
    assert titles(index, "port")[0] == "port.txt"


UNCHANGED = """
import sys
from ui.cli import main
try:
    main(["rebuild", "--json"])
except SystemExit as exit:
    assert exit.code == 0, exit.code
print("\\n".join(sys.modules), file=sys.stderr)
"""


def test_a_rebuild_that_finds_nothing_changed_loads_no_model(seeds: Path, tmp_path: Path) -> None:
    """Built with the packaged model's tokenizer and fingerprint, and stood-in vectors."""
    encoder = open_encoder()
    fake = FakeEncoder(encoder.name)
    fake.fingerprint = encoder.fingerprint
    rebuild(seeds, tmp_path / "index", fake)
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", UNCHANGED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["unchanged"] == 2
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    heavy = {"torch", "transformers", "sentence_transformers", "gradio", "scipy", "pandas"}
    assert not loaded & (heavy | {"faiss", "tantivy", "tokenizers", "huggingface_hub"})


def test_a_fresh_rebuild_reuses_embeddings(seeds: Path, index: Path) -> None:
    rebuild(seeds, index, FakeEncoder())
    encoder = FakeEncoder()
    report = rebuild(seeds, index, encoder, fresh=True)
    assert (report.articles, report.embedded, report.reused) == (2, 0, 2)
    assert report.counts[Action.ADDED] == 2


def test_the_precision_is_noted_and_a_change_of_it_embeds_nothing_again(
    seeds: Path, index: Path
) -> None:
    rebuild(seeds, index, FakeEncoder())
    other = FakeEncoder()
    other.precision = "bfloat16"
    assert rebuild(seeds, index, other).embedded == 0
    with Retriever.open(index, other) as retriever:
        assert retriever.status().manifest.precision == "float32"
    (seeds / "new.txt").write_text("date 2024-01-05\n\nA new story.\n", encoding="utf-8")
    assert rebuild(seeds, index, other).embedded == 1
    with Retriever.open(index, other) as retriever:
        assert retriever.status().manifest.precision == "bfloat16, float32"
