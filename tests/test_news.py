"""What is new since a moment: told article by article, and never twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import FakeEncoder

from embeddings.news import News
from embeddings.rebuild import rebuild
from embeddings.records import PassageParameters
from qa.retriever import Retriever
from ui import cli


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "port.txt").write_text(
        " date 2024-03-01\n\nArdmore\n\nDockers walked out on Friday.\n"
    )
    (folder / "vote.txt").write_text(" date 2024-04-02\n\nVelin\n\nThe budget was rejected.\n")
    rows = [{"id": f"wire{n}", "text": f"Wire number {n} tells of rain."} for n in range(5)]
    (folder / "wire.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture
def news(tmp_path: Path, seeds: Path) -> Callable[..., News]:
    """Rebuild, and tell what is new; the options of the rebuild may be given."""

    def tell(since: date | datetime | None = None, limit: int = 100, **options: object) -> News:
        rebuild(seeds, tmp_path / "index", FakeEncoder(), **options)  # type: ignore[arg-type]
        with Retriever.open(tmp_path / "index", FakeEncoder()) as retriever:
            return retriever.news(since, limit)

    return tell


def told(news: News) -> dict[str, bool]:
    return {arrival.heading.id: arrival.revised for arrival in news.arrivals}


WIRES = [f"wire{n}" for n in range(5)]


def test_everything_is_new_at_first(news: Callable[..., News]) -> None:
    first = news()
    assert told(first) == dict.fromkeys(["port.txt", "vote.txt", *WIRES], False)
    assert first.total == 7
    assert told(news(date.today())) == told(first)
    assert told(news(date.today() + timedelta(days=1))) == {}


def test_only_what_changed_is_new(news: Callable[..., News], seeds: Path) -> None:
    news()
    moment = datetime.now(UTC)
    (seeds / "vote.txt").write_text(" date 2024-04-02\n\nVelin\n\nThe budget passed after all.\n")
    (seeds / "rain.txt").write_text("It rained in Ardmore.\n")
    with (seeds / "wire.jsonl").open("a") as stream:
        stream.write('\n{"id": "wire9", "text": "The last wire tells of sun."}')
    expected = {"vote.txt": True, "rain.txt": False, "wire9": False}
    assert told(news(moment)) == told(news()) == expected
    assert told(news(moment.astimezone().replace(tzinfo=None))) == expected
    assert len(told(news(moment, limit=2))) == 2
    assert news(moment, limit=2).total == 3


def test_nothing_is_new_twice(news: Callable[..., News], seeds: Path) -> None:
    """A rename, another cut and a fresh rebuild bring no news."""
    news()
    moment = datetime.now(UTC)
    (seeds / "port.txt").rename(seeds / "strike.txt")
    assert told(news(moment)) == {}
    assert told(news(moment, parameters=PassageParameters(tokens=40))) == {}
    assert told(news(moment, fresh=True, parameters=PassageParameters(tokens=40))) == {}
    assert "strike.txt" in told(news())


def test_what_went_is_told_until_it_is_back(news: Callable[..., News], seeds: Path) -> None:
    news()
    moment = datetime.now(UTC)
    text = (seeds / "port.txt").read_text()
    (seeds / "port.txt").unlink()
    assert news(moment).removed == ("port.txt",)
    (seeds / "port.txt").write_text(text)
    assert news(moment).removed == ()
    assert told(news(moment)) == {"port.txt": False}


def test_the_command(
    news: Callable[..., News], seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")

    def new(*options: str) -> str:
        command = ["new", "--index", str(tmp_path / "index"), *options]
        result = CliRunner().invoke(cli.main, command)
        assert result.exit_code == 0, result.output
        return result.output

    news()
    assert "7 articles new or changed since" in new()
    (seeds / "vote.txt").unlink()
    (seeds / "rain.txt").write_text("It rained in Ardmore.\n")
    news()
    said = new()
    assert "1 article new or changed" in said
    assert "It rained in Ardmore" in said
    assert "removed vote.txt" in said
    assert "and 5 more" in new("--since", "2020-01-01", "-n", "2")
    assert "Nothing new since" in new("--since", "2999-01-01T09:30")
    record = json.loads(new("--json"))
    assert [one["heading"]["id"] for one in record["arrivals"]] == ["rain.txt"]
