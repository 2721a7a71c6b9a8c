"""`dateline rebuild --watch`: changes are taken in once they have come to rest, whatever fails."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from embeddings.errors import DatelineError, IndexBusy, IndexUnwritable, SeedsProblem
from embeddings.records import Action, LedgerEntry, RebuildReport
from ui.watching import REST_SECONDS, follow, lines

ROOT = Path(__file__).parents[1]


class Scene:
    """A folder that changes by a script, on a clock that only sleeping moves."""

    def __init__(self, looks: Sequence[object], fails: Sequence[DatelineError | None] = ()) -> None:
        self.looks = list(looks)
        self.fails = list(fails)
        self.now = 0.0
        self.rebuilt: list[tuple[float, object]] = []
        self.told: list[str] = []
        self.seen: object = None

    def look(self) -> object:
        if not self.looks:
            raise KeyboardInterrupt
        self.seen = self.looks.pop(0)
        if isinstance(self.seen, SeedsProblem):
            raise self.seen
        return self.seen

    def rebuild(self) -> None:
        error = self.fails.pop(0) if self.fails else None
        self.rebuilt.append((self.now, self.seen))
        if error is not None:
            raise error

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def play(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            follow(
                self.look,
                self.rebuild,
                lambda error: self.told.append(error.message),
                sleep=self.sleep,
                clock=lambda: self.now,
            )


def test_a_rebuild_comes_first_and_then_for_each_change_at_rest() -> None:
    scene = Scene("aaaabccccccdd")
    scene.play()
    assert [seen for _, seen in scene.rebuilt] == ["a", "c", "d"]
    assert scene.told == []


def test_a_folder_without_rest_is_taken_in_now_and_then() -> None:
    scene = Scene(range(100))
    scene.play()
    times = [at for at, _ in scene.rebuilt]
    assert len(times) == 4
    assert all(later - earlier >= REST_SECONDS for earlier, later in itertools.pairwise(times))


def test_another_rebuild_is_waited_for_and_told_of_once() -> None:
    busy = IndexBusy("Another rebuild is running.")
    scene = Scene("a" * 12, [busy, busy, None])
    scene.play()
    assert scene.told == ["Another rebuild is running."]
    assert [at for at, _ in scene.rebuilt] == [0, 6, 12]


def test_trouble_is_told_once_and_tried_again_ever_more_seldom() -> None:
    full = IndexUnwritable("The disk is full.")
    scene = Scene("a" * 60 + "b" * 5, [full] * 5)
    scene.play()
    assert scene.told == ["The disk is full."]
    times = [at for at, _ in scene.rebuilt]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[:4] == sorted(gaps[:4])
    assert gaps[3] > 5 * gaps[0]
    assert scene.rebuilt[-1][1] == "b"


def test_a_folder_that_goes_and_comes_back_is_followed_on() -> None:
    gone = SeedsProblem("There is no articles folder.")
    scene = Scene(["a", "a", gone, gone, gone, "a", "b", "b"])
    scene.play()
    assert scene.told == ["There is no articles folder."]
    assert [seen for _, seen in scene.rebuilt] == ["a", "b"]


def report(*entries: LedgerEntry) -> RebuildReport:
    counts = {action: sum(entry.action is action for entry in entries) for action in Action}
    return RebuildReport(1, entries, counts, 7, 9, 0, 0, 1.25)


def test_a_rebuild_is_a_line_and_a_failure_is_told_once() -> None:
    told: set[tuple[str, tuple[str, ...]]] = set()
    added = LedgerEntry("a.txt", Action.ADDED, 1)
    failed = LedgerEntry("b.pdf", Action.FAILED, 0, ("it is locked by a password",))
    assert list(lines(report(added, failed), told)) == [
        "1 added · 1 failed · 7 articles (1.2 s)",
        "  b.pdf: it is locked by a password",
    ]
    assert list(lines(report(failed), told)) == []
    assert list(lines(report(), told)) == []
    assert len(list(lines(report(failed), told))) == 2


FOLLOWER = """
import sys
from fakes import FakeEncoder
from embeddings import encoder
encoder.open_encoder = lambda choice: FakeEncoder(choice.name)
from ui import watching
watching.LOOK_SECONDS = 0.05
from ui.cli import main
main(["rebuild", "seeds", "--watch"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT is sent as POSIX systems do")
def test_the_command_follows_and_ends_cleanly(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "port.txt").write_text("Dockers walked out at the port of Ardmore.\n")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONUNBUFFERED": "1"}
    output = tmp_path / "output"
    with (
        output.open("w") as stream,
        subprocess.Popen(
            [sys.executable, "-c", FOLLOWER],
            cwd=tmp_path, env=environment, stdout=stream, stderr=subprocess.STDOUT,
        ) as follower,
    ):  # fmt: skip
        try:
            until(lambda: "1 added · 1 article" in output.read_text())
            (seeds / "vote.txt").write_text("The budget was rejected in Velin.\n")
            until(lambda: "1 added · 2 articles" in output.read_text())
            (seeds / "port.txt").rename(seeds / "strike.txt")
            (seeds / "empty.txt").write_text("")
            until(lambda: "1 renamed" in output.read_text() and "empty.txt:" in output.read_text())
            follower.send_signal(signal.SIGINT)
            assert follower.wait(30) == 130
        finally:
            follower.kill()
    said = output.read_text()
    assert said.startswith("Following seeds. Press Ctrl-C to stop.")
    assert said.endswith("Stopped.\n")
    assert "Traceback" not in said


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
