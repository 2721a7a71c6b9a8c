"""The report of an evaluation: one page that escapes what it shows and asks nothing outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.errors import DatelineError
from embeddings.rebuild import rebuild
from qa.evaluation import Evaluation, Question, evaluate, summarise
from qa.evaluation.metrics import Estimate
from qa.retriever import Retriever
from tests.conftest import DESKTOP, PHONE
from tests.fakes import FakeEncoder
from ui import evaluation_plots as plots
from ui.evaluation_page import page as rendered
from ui.evaluation_page import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = '</title><script>alert("x")</script><img src="https://example.org/x" onerror=alert(1)>'


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "seeds").mkdir()
    for n in range(12):
        text = f"Story {n} of the harbour. {HOSTILE} The port strike went on for {n} days."
        (folder / "seeds" / f"{n}.txt").write_text(text, encoding="utf-8")
    rebuild(folder / "seeds", folder / "index", FakeEncoder())
    questions = [
        Question("one", f"Story 3? {HOSTILE}", ("7.txt",), (HOSTILE, "nothing"), True, "a"),
        Question("two", f"Who drowned? {HOSTILE}", (), (), False, HOSTILE),
        Question("three", "Story 4 of the harbour", ("4.txt",), ("4 days",), True, "b"),
    ]
    with Retriever.open(folder / "index", FakeEncoder()) as retriever:
        yield evaluate(retriever, questions)


def test_the_page_escapes_what_articles_and_questions_say(evaluation: Evaluation) -> None:
    html = rendered(evaluation, summarise(evaluation), HOSTILE)
    assert "&lt;script&gt;" in html
    assert not re.search(r"<(script|img|iframe|link|object)\b", html)
    assert html.count("<title>") == 1 + html.count("<svg")
    assert len(re.findall(r"\shref=|\ssrc=", html)) == html.count(" src=&#34;https://example.org")


@pytest.mark.browser
@pytest.mark.parametrize("page", [DESKTOP, PHONE], indirect=True, ids=["desk", "phone"])
def test_the_page_is_read_at_any_width(page: Page, evaluation: Evaluation, tmp_path: Path) -> None:
    file = tmp_path / "reports" / "report.html"
    write_page(file, evaluation, summarise(evaluation), "newsroom")
    # The content is set, not gone to: the fixture lets no page come from anywhere but here.
    page.set_content(file.read_text(encoding="utf-8"))
    assert page.get_by_role("heading", level=1).inner_text() == "newsroom"
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    assert page.evaluate("document.querySelectorAll('script, img').length") == 0
    assert page.get_by_role("heading", name="The worst rankings").is_visible()
    card = page.locator("details").first
    assert not card.locator(".found").is_visible()
    card.locator("summary").click()
    assert card.locator(".found > li").count() == 10
    assert card.get_by_text("Relevant: 7.txt").is_visible()
    dots = page.locator(".charts svg.whisker circle")
    places = [dots.nth(n).bounding_box() for n in range(dots.count())]
    assert places
    assert all(place and place["width"] > 5 for place in places)


def test_a_page_that_cannot_be_written_is_explained(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DatelineError, match="cannot be written"):
        write_page(tmp_path / "file" / "report.html", evaluation, summarise(evaluation), "x")


def test_a_page_about_nothing_much(evaluation: Evaluation) -> None:
    bare = Evaluation(evaluation.status, {}, (), {}, ())
    assert "0 questions" in rendered(bare, summarise(bare), "nothing")


finite = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=40), finite, st.floats(0, 1e6))
def test_every_plot_stays_inside_its_width(values: list[float], low: float, more: float) -> None:
    over = (low, low + more)
    ordered = sorted(values)
    estimate = Estimate(ordered[len(values) // 2], ordered[0], ordered[-1], len(values))
    drawn = [
        plots.whisker(estimate, over, "<b>"),
        plots.strip(values, over, "<b>"),
        plots.bar(values[0], "<b>"),
        plots.stack({"late interaction": 0.4, "dense": 0.6}, 1.0, "<b>"),
        plots.mirrored(values, values[:3], (low, low + more + 1), "<b>"),
    ]
    for svg in drawn:
        assert "<b>" not in svg
        for share in re.findall(r'="(-?[\d.]+)%"', svg):
            assert 0 <= float(share) <= 100


def test_a_whisker_stands_where_its_value_is() -> None:
    svg = plots.whisker(Estimate(0.75, 0.5, 1.0, 9), (0.5, 1.0), "nDCG")
    assert 'cx="50.00%"' in svg
    assert 'x1="0.00%" x2="100.00%"' in svg


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_round_range_holds_all_its_values(values: list[float]) -> None:
    low, high = plots.round_range(values)
    assert 0 <= low <= min(values) + 1e-6
    assert max(values) - 1e-6 <= high <= 1
    assert high > low
