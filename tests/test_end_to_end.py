"""The whole way, as a reader goes it: articles, `dateline chat`, a question, the cited passage."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_a5594429bb00a2e7.txt"
QUESTION = "What did China call for at the Security Council?"
CALLED_FOR = "China has called for international cooperation to protect infrastructure"
FERRY = """date 2017-03-02 Mara Lind

Port Ellery

The ferry Saint Brannoc ran aground off Port Ellery on Thursday with 212 passengers aboard, the \
coastguard said.

All of them were taken off by fishing boats. Captain Odile Ferran blamed a failed rudder.
"""

pytestmark = [pytest.mark.model, pytest.mark.timeout(240)]


def dateline(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ui", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    shutil.copy(SEED, tmp_path / "seeds")
    return tmp_path


@pytest.fixture
def served(newsroom: Path) -> Iterator[str]:
    """The address of `dateline chat`, which finds no index and has to build one."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "chat"],
        cwd=newsroom,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield address(process, within=120)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
    assert process.returncode == 0


def address(process: subprocess.Popen[str], within: float) -> str:
    assert process.stdout is not None
    said, end = "", time.monotonic() + within
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < end:
            if selector.select(timeout=1):
                line = process.stdout.readline()
                said += line
                found = re.search(r"http://127\.0\.0\.1:\d+", line)
                if found:
                    return found[0]
            if process.poll() is not None:
                break
    pytest.fail(f"no address was printed:\n{said}")


def ask(page: Page, question: str) -> Locator:
    answers = page.locator("#dl-talk .dl-answer")
    before = answers.count()
    box = page.get_by_placeholder("Ask the articles a question")
    box.fill(question)
    box.press("Enter")
    answers.nth(before).locator(".dl-sources").wait_for()
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    return answers.last


def open_first(page: Page, answer: Locator) -> str:
    """Press the answer's first chip and give the words that are marked in the article."""
    answer.locator(".dl-chip").first.click()
    page.locator("#dl-pane mark").first.wait_for()
    return "".join(page.locator("#dl-pane mark").all_text_contents())


def letters(text: str) -> str:
    """Without blanks: a quote over several paragraphs is one mark in each."""
    return "".join(text.split())


@pytest.mark.browser
def test_ask_open_add_an_article_and_ask_again(page: Page, served: str, newsroom: Path) -> None:
    page.goto(served)
    page.locator(".dl-status").wait_for()

    answer = ask(page, QUESTION)
    assert CALLED_FOR in (answer.text_content() or "")
    marked = open_first(page, answer)
    assert CALLED_FOR in marked
    assert letters(marked) in letters(SEED.read_text(encoding="utf-8"))
    assert "permanent representative" in (page.locator("#dl-pane").text_content() or "")
    page.keyboard.press("Escape")

    (newsroom / "seeds" / "ferry.txt").write_text(FERRY, encoding="utf-8")
    rebuilt = dateline("rebuild", "--json", cwd=newsroom)
    assert rebuilt.returncode == 0, rebuilt.stderr
    report = json.loads(rebuilt.stdout)
    assert (report["counts"]["added"], report["counts"]["unchanged"]) == (1, 1)
    assert report["embedded"] == 1

    answer = ask(page, "How many passengers were aboard the ferry Saint Brannoc?")
    assert "212 passengers" in (answer.text_content() or "")
    marked = open_first(page, answer)
    assert "212 passengers aboard" in marked
    assert letters(marked) in letters(FERRY)


def test_the_command_line_goes_the_same_way(newsroom: Path) -> None:
    built = dateline("rebuild", cwd=newsroom)
    assert built.returncode == 0, built.stderr
    assert "1 added" in built.stdout
    assert "Traceback" not in built.stderr

    found = dateline("search", "-k", "2", "--json", QUESTION, cwd=newsroom)
    hits = json.loads(found.stdout)
    text = hits[0]["article"]["text"]
    passage = hits[0]["passage"]
    assert text[passage["start"] : passage["end"]] == passage["text"]
    assert CALLED_FOR in passage["text"]

    assert "1 in 1 file" in dateline("status", cwd=newsroom).stdout
