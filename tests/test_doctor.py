"""Every kind of damage to an index: found, mended, and no article lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fakes import FakeEncoder
from newsroom_index import (
    STORIES,
    built,
    copied,
    every_story_is_found,
    find_encoder,
    flip,
    settle,
    texts,
)

from embeddings import encoder as encoder_module
from embeddings.diagnosis import Diagnosis, State
from embeddings.doctor import examine
from embeddings.errors import EncoderError, IndexBusy, IndexMissing, ModelNotFound
from embeddings.locking import writer_lock
from embeddings.mending import mend
from embeddings.models import ModelChoice
from embeddings.rebuild import rebuild
from ui import cli


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    seeds, index = built(tmp_path_factory.mktemp("whole"))
    settle(index)
    return seeds, index


@pytest.fixture
def seeds(original: tuple[Path, Path]) -> Path:
    return original[0]


@pytest.fixture
def index(original: tuple[Path, Path], tmp_path: Path) -> Path:
    return copied(original[1], tmp_path / "index")


def faults(found: Diagnosis) -> dict[str, str]:
    return {f.check: f.message for f in found.findings if f.state in (State.FAULT, State.GRAVE)}


def sql(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_whole_index_is_well(index: Path) -> None:
    found = examine(index, find_encoder)
    assert {finding.state for finding in found.findings} == {State.WELL}
    checks = [finding.check for finding in found.findings]
    assert checks == [
        "folder", "space", "catalog", "model", "articles", "search files", "embeddings", "seeds",
    ]  # fmt: skip


def test_no_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        examine(tmp_path, find_encoder)


def bend_projection(file: Path) -> None:
    """Change one number in how token vectors are packed, so that it still is a number."""
    connection = sqlite3.connect(file, isolation_level=None)
    (matrix,) = connection.execute("SELECT matrix FROM projections").fetchone()
    values = np.frombuffer(matrix, np.float32).copy()
    values[7] += 0.5
    connection.execute("UPDATE projections SET matrix = ?", (values.tobytes(),))
    connection.close()


def overwrite(file: Path, before: bytes, after: bytes) -> None:
    data = file.read_bytes()
    assert before in data
    file.write_bytes(data.replace(before, after))


CATALOG, VECTORS = "catalog.sqlite", "vectors.sqlite"
DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a text that changed": (
        "articles",
        lambda index: sql(
            index / CATALOG, "UPDATE articles SET text = 'X' || text WHERE number = 7"
        ),
    ),
    "a date that is none": (
        "articles",
        lambda index: sql(
            index / CATALOG, "UPDATE articles SET published = '2024-13-99' WHERE number = 7"
        ),
    ),
    "a span beyond the text": (
        "passages",
        lambda index: sql(index / CATALOG, "UPDATE passages SET stop = 99999 WHERE id = 5"),
    ),
    "sentences that are no JSON": (
        "passages",
        lambda index: sql(index / CATALOG, "UPDATE passages SET sentences = '[[' WHERE id = 5"),
    ),
    "a wrong key": (
        "passages",
        lambda index: sql(index / CATALOG, "UPDATE passages SET key = x'00' WHERE id = 5"),
    ),
    "passages gone": (
        "passages",
        lambda index: sql(index / CATALOG, "DELETE FROM passages WHERE article = 9"),
    ),
    "passages without their article": (
        "catalog",
        lambda index: sql(index / CATALOG, "DELETE FROM articles WHERE number = 9"),
    ),
    "no generation": (
        "catalog",
        lambda index: sql(index / CATALOG, "UPDATE state SET value = '{}'"),
    ),
    "embeddings gone": (
        "embeddings",
        lambda index: sql(index / VECTORS, "DELETE FROM vectors WHERE rowid % 3 = 0"),
    ),
    "an embedding that is not finite": (
        "embeddings",
        lambda index: sql(
            index / VECTORS,
            f"UPDATE vectors SET vector = x'{np.full(64, np.nan, np.float16).tobytes().hex()}' "
            "WHERE rowid = 4",
        ),
    ),
    "an embedding of another passage": (
        "embeddings",
        lambda index: sql(
            index / VECTORS,
            "UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE rowid = 90) "
            "WHERE rowid = 4",
        ),
    ),
    "token vectors cut short": (
        "embeddings",
        lambda index: sql(
            index / VECTORS, "UPDATE vectors SET tokens = substr(tokens, 2) WHERE rowid = 4"
        ),
    ),
    "a projection of tokens that changed": (
        "embeddings",
        lambda index: bend_projection(index / VECTORS),
    ),
    "no projection of tokens": (
        "embeddings",
        lambda index: sql(index / VECTORS, "DELETE FROM projections"),
    ),
    "no store of embeddings": ("embeddings", lambda index: (index / VECTORS).unlink()),
    "a store that is none": (
        "embeddings",
        lambda index: (index / VECTORS).write_bytes(b"nonsense" * 9999) and None,
    ),
    "a catalog that is none": (
        "catalog",
        lambda index: (index / CATALOG).write_bytes(b"nonsense" * 9999) and None,
    ),
    "a schema that is no text": (
        "catalog",
        lambda index: overwrite(
            index / CATALOG, b"CREATE TABLE articles", b"CREATE TABL\x80 art\xffcles"
        ),
    ),
    "search files gone": ("search files", lambda index: shutil.rmtree(index / "generations")),
    "a search file changed": (
        "search files",
        lambda index: flip(next(index.glob("generations/*/dense.faiss")), 300),
    ),
    "a folder left over": (
        "leftovers",
        lambda index: (index / "generations" / "000002-abcdef" / "lexical").mkdir(parents=True),
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_mended(name: str, index: Path, original: tuple[Path, Path]) -> None:
    check, harm = DAMAGE[name]
    harm(index)
    found = examine(index, find_encoder)
    assert check in faults(found), found.findings
    mended = mend(index, found, find_encoder, seeds=original[0])
    assert faults(mended.after) == {}
    assert texts(index) == texts(original[1])
    assert every_story_is_found(index)
    assert mended.done or not mended.lost


def test_salvage_keeps_articles_where_the_folder_is_gone(index: Path, tmp_path: Path) -> None:
    """A page of the catalog is torn out, and the articles folder is not mounted."""
    sql(
        index / CATALOG,
        "UPDATE state SET value = json_set(value, '$.manifest.seeds', '/not/mounted')",
    )
    connection = sqlite3.connect(index / CATALOG)
    (page,) = (
        connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 'articles' AND pagetype = 'leaf' "
            "ORDER BY pageno LIMIT 1 OFFSET 3"
        ).fetchone()
        if _has_dbstat(connection)
        else (12,)
    )
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with (index / CATALOG).open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(bytes(size))
    found = examine(index, find_encoder)
    assert found.catalog_damaged
    mended = mend(index, found, find_encoder)
    assert faults(mended.after) == {}
    kept = texts(index)
    assert STORIES - 20 < len(kept) < STORIES
    assert any("nothing was read from there" in line for line in mended.done)
    assert any("places the old catalog could not be read" in line for line in mended.lost)
    assert list(index.glob("set-aside-*catalog.sqlite"))
    # What the catalog still told costs no new embedding.
    assert not any("embedded again" in line for line in mended.done)


def _has_dbstat(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1 FROM dbstat LIMIT 1")
    except sqlite3.OperationalError:
        return False
    return True


@pytest.mark.parametrize("file", [CATALOG, VECTORS])
@pytest.mark.parametrize("part", range(8))
def test_a_torn_page_anywhere_is_mended(
    index: Path, original: tuple[Path, Path], file: str, part: int
) -> None:
    size = (index / file).stat().st_size
    start = max(100, size * part // 8)
    with (index / file).open("r+b") as stream:
        stream.seek(start)
        stream.write(bytes(range(256)) * 8)
    found = examine(index, find_encoder)
    mended = mend(index, found, find_encoder, seeds=original[0])
    assert faults(mended.after) == {}
    assert texts(index) == texts(original[1])
    assert every_story_is_found(index)
    assert mended.lost == [] or "read again" in mended.lost[0]


@pytest.mark.parametrize("file", [CATALOG, VECTORS])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_truncated_database_is_mended(
    index: Path, original: tuple[Path, Path], file: str, share: float
) -> None:
    size = int((index / file).stat().st_size * share)
    with (index / file).open("r+b") as stream:
        stream.truncate(size)
    found = examine(index, find_encoder)
    assert found.has(State.FAULT, State.GRAVE)
    mended = mend(index, found, find_encoder, seeds=original[0])
    assert faults(mended.after) == {}
    assert texts(index) == texts(original[1])
    assert every_story_is_found(index)


def test_embeddings_that_the_dense_index_confirms_are_kept(
    index: Path, original: tuple[Path, Path]
) -> None:
    size = (index / VECTORS).stat().st_size
    with (index / VECTORS).open("r+b") as stream:
        stream.seek(size // 2)
        stream.write(bytes(4096))
    mended = mend(index, examine(index, find_encoder), find_encoder)
    (told,) = [line for line in mended.done if "set aside" in line]
    kept = int(told.split("; ")[1].split()[0].replace(",", ""))
    with sqlite3.connect(original[1] / VECTORS) as whole:
        all_of_them = whole.execute("SELECT count(*) FROM vectors").fetchone()[0]
    whole.close()
    assert all_of_them * 0.8 < kept < all_of_them


def test_an_older_format_is_brought_up_to_date(index: Path, original: tuple[Path, Path]) -> None:
    sql(
        index / CATALOG,
        "DROP INDEX articles_arrived",
        "ALTER TABLE articles DROP COLUMN arrived",
        "ALTER TABLE articles DROP COLUMN revised",
        "ALTER TABLE articles DROP COLUMN pages",
        "PRAGMA user_version = 1",
    )
    found = examine(index, find_encoder)
    assert faults(found).keys() == {"format"}
    assert faults(mend(index, found, find_encoder).after) == {}
    assert texts(index) == texts(original[1])


def test_a_newer_format_is_left_alone(index: Path) -> None:
    sql(index / CATALOG, "PRAGMA user_version = 99")
    found = examine(index, find_encoder)
    assert "Update Dateline" in next(f.advice for f in found.findings if f.check == "catalog")
    assert found.has(State.GRAVE)
    assert not found.has(State.FAULT)


def test_another_model_under_the_same_name_is_embedded_with(index: Path) -> None:
    def other(name: str, query_prompt: str | None, passage_prompt: str | None) -> FakeEncoder:
        return FakeEncoder(name, dimension=32)

    found = examine(index, other)
    assert faults(found).keys() == {"model"}
    mended = mend(index, found, other)
    assert faults(mended.after) == {}
    assert any("embedded again" in line for line in mended.done)


def test_a_model_that_is_gone_needs_a_person(index: Path) -> None:
    def gone(name: str, query_prompt: str | None, passage_prompt: str | None) -> FakeEncoder:
        raise ModelNotFound(f"There is no model {name}.", "Install it.")

    found = examine(index, gone)
    assert found.has(State.GRAVE)
    (index / VECTORS).unlink()
    with pytest.raises(EncoderError):
        mend(index, examine(index, gone), gone)
    assert len(texts(index)) == STORIES


def test_a_rebuild_at_work_is_not_disturbed(index: Path) -> None:
    (index / "generations" / "000002-abcdef").mkdir()
    with writer_lock(index):
        found = examine(index, find_encoder)
        assert found.busy
        assert found.leftovers == []
        with pytest.raises(IndexBusy):
            mend(index, found, find_encoder)


def test_the_doctor_harms_nothing_that_is_well(index: Path) -> None:
    before = texts(index)
    mended = mend(index, examine(index, find_encoder), find_encoder)
    assert (mended.done, mended.lost) == ([], [])
    assert texts(index) == before
    assert (
        rebuild(
            Path(mended.after.manifest.seeds),  # type: ignore[union-attr]
            index,
            FakeEncoder("all-MiniLM-L6-v2"),
        ).embedded
        == 0
    )


def test_the_command(index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(choice: ModelChoice) -> FakeEncoder:
        return FakeEncoder(choice.name)

    monkeypatch.setattr(encoder_module, "open_encoder", fake)
    monkeypatch.setenv("COLUMNS", "200")

    def doctor(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.main, ["doctor", "--index", str(index), *options])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.output

    code, said = doctor()
    assert (code, "The index is whole." in said) == (0, True)
    (index / VECTORS).unlink()
    code, said = doctor()
    assert code == 1
    assert "dateline doctor --mend" in said
    code, said = doctor("--json")
    assert code == 1
    states = {one["check"]: one["state"] for one in json.loads(said)["findings"]}
    assert states["embeddings"] == "fault"
    code, said = doctor("--mend")
    assert code == 0
    assert "No article was lost." in said
    assert "The index is whole again." in said
    (index / CATALOG).write_bytes(b"nonsense" * 1000)
    code, said = doctor("--mend", "--json", "--seeds", str(seeds))
    assert code == 0
    record = json.loads(said)
    assert {one["state"] for one in record["after"]} == {"well", "note"}
    sql(index / CATALOG, "PRAGMA user_version = 99")
    code, said = doctor("--mend")
    assert (code, "Update Dateline" in said) == (2, True)
