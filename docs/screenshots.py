"""Take the pictures of the documentation from the real page, over the tests' own newsroom.

    python docs/screenshots.py
    python docs/screenshots.py answer --out /tmp/pictures

Builds an index in a temporary folder, serves it on this machine alone, and drives a headless
Chromium. A new picture is a function below that brings the page into the state to be shown,
with a `shot` line above it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "tests" / "newsroom" / "seeds"
PICTURES = ROOT / "docs" / "screenshots"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
MOST_BYTES = 300_000
WAIT_MS = 90_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: what brings the page into its state, and how the window is."""

    prepare: Callable[[Page], None]
    width: int
    height: int
    dark: bool


SHOTS: dict[str, Shot] = {}


def shot(
    name: str, width: int = 1280, height: int = 800, dark: bool = False
) -> Callable[[Callable[[Page], None]], Callable[[Page], None]]:
    """Name the picture that a function prepares; width and height are of the window."""

    def keep(prepare: Callable[[Page], None]) -> Callable[[Page], None]:
        SHOTS[name] = Shot(prepare, width, height, dark)
        return prepare

    return keep


@shot("answer")
def answer(page: Page) -> None:
    """An answer and, beside it, the article its first citation opens."""
    open_first_citation(page, ask(page, "How many people died in the Tolland Bridge collapse?"))


@shot("collection")
def collection(page: Page) -> None:
    """The collection: its figures, articles over time, and the list of them."""
    open_collection(page)


@shot("browse")
def browse(page: Page) -> None:
    """Articles of some months, chosen on the timeline."""
    open_collection(page)
    bars = page.locator(".dl-bin")
    bars.nth(7).click()
    page.locator("#dl-limit .dl-limits").wait_for()
    bars.nth(9).click(modifiers=["Shift"])
    page.locator("#dl-time-head").evaluate("part => part.scrollIntoView()")


@shot("dark", dark=True)
def dark(page: Page) -> None:
    """The same as the first picture, for the evening."""
    open_first_citation(page, ask(page, "How many people died in the Tolland Bridge collapse?"))


@shot("not-in-the-articles")
def unanswered(page: Page) -> None:
    """What is said of a question that the articles do not answer."""
    ask(page, "Who won the chess championship of Iceland?")


@shot("phone", width=360, height=740)
def phone(page: Page) -> None:
    """An answer on a narrow screen."""
    ask(page, "How many people died in the Tolland Bridge collapse?")


@shot("phone-article", width=360, height=740)
def phone_article(page: Page) -> None:
    """The cited article on a narrow screen."""
    open_first_citation(page, ask(page, "How many people died in the Tolland Bridge collapse?"))


def open_collection(page: Page) -> None:
    """Open the collection, and wait until it is filled."""
    page.get_by_role("button", name="Collection", exact=True).click()
    page.locator(".dl-list li").first.wait_for()


def ask(page: Page, question: str) -> Locator:
    """Ask, wait until there is no more to come, and give the answer."""
    answers = page.locator("#dl-talk .dl-answer")
    before = answers.count()
    box = page.get_by_placeholder("Ask the articles a question")
    box.fill(question)
    box.press("Enter")
    answers.nth(before).wait_for()
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    return answers.last


def open_first_citation(page: Page, answer: Locator) -> None:
    """Press the answer's first chip, and wait for the highlighted passage."""
    answer.locator(".dl-chip").first.click()
    page.locator("#dl-pane mark").first.wait_for()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of `dateline chat` over the newsroom; it ends with the block."""
    command = [sys.executable, "-m", "ui", "chat", str(SEEDS), "--index", str(folder / "index")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield address(process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def address(process: subprocess.Popen[str]) -> str:
    """What the server says its address is, once it answers there."""
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    raise SystemExit("dateline chat ended without saying its address.")


def take(page: Page, shot: Shot, file: Path) -> None:
    """Write one picture, its colours reduced to 256: half a megabyte becomes a tenth."""
    shot.prepare(page)
    page.wait_for_timeout(500)  # until scrolling and transitions have come to rest
    page.screenshot(path=file, animations="disabled")
    with Image.open(file) as picture:
        smaller = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    smaller.save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file} ({size / 1000:,.0f} kB)")
    if size > MOST_BYTES:
        raise SystemExit(f"That is more than {MOST_BYTES / 1000:,.0f} kB: show less.")


def main() -> int:
    """Take the pictures named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SHOTS)}; all if not given")
    parser.add_argument("--out", type=Path, default=PICTURES, help="folder of the pictures")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - SHOTS.keys()
    if unknown:
        parser.error(f"there is no picture {', '.join(sorted(unknown))}")
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        raise SystemExit("No chromium found; install it with: sh tests/install-chromium.sh")
    from playwright.sync_api import sync_playwright

    chosen.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(Path(scratch)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in chosen.names or SHOTS:
            one = SHOTS[name]
            page = browser.new_page(
                viewport={"width": one.width, "height": one.height},
                color_scheme="dark" if one.dark else "light",
                reduced_motion="reduce",
            )
            page.set_default_timeout(WAIT_MS)
            page.goto(url)
            page.locator(".dl-status").wait_for()
            take(page, one, chosen.out / f"{name}.png")
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
