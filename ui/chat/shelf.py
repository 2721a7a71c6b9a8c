"""The collection beside the chat: its state, its timeline, every article."""

# No `from __future__ import annotations` here: gradio reads the annotations of the functions it
# is given, and they name things that are imported inside other functions.

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from embeddings.errors import DatelineError
from embeddings.records import Filter
from qa.records import Window
from ui import render
from ui.asking import Answerer
from ui.chat.workbench import Workbench, build_workbench
from ui.talk import explained
from ui.timeline import timeline
from ui.upkeep import Upkeep

if TYPE_CHECKING:
    import gradio as gr

T = TypeVar("T")

PAGE_SIZE = 20
_WORDS_CHARACTERS = 200
_ALL = "All outlets"

Days = tuple[date | None, date | None]
"""The first and last day questions are limited to."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The panel's parts, and what happens in them."""

    answerer: Answerer
    facts: "gr.HTML"
    workbench: Workbench | None
    bars: "gr.HTML"
    words: "gr.Textbox"
    outlet: "gr.Dropdown"
    listing: "gr.HTML"

    def wire(
        self,
        page: "gr.Blocks",
        pane: "gr.HTML",
        days: "gr.State",
        status: "gr.HTML",
        chosen: Any,  # noqa: ANN401
        own: dict[str, Any],
    ) -> None:
        """Connect the parts.

        Args:
            page: the whole page.
            pane: sends ``expand`` when the panel opens and ``input`` when a page is turned.
            days: the days questions are limited to.
            status: the line at the top of the page.
            chosen: the event after which `days` are new.
            own: how the page's own events are declared.
        """
        import gradio as gr

        def filled(days: Days, words: str, outlet: str) -> tuple[str, str, str, Any, str]:
            names = [_ALL, *(name for name, _ in _listed(self.answerer.outlets))]
            menu = gr.Dropdown(choices=names, value=outlet if outlet in names else _ALL)
            try:
                state = self.answerer.status()
                facts, line = render.render_facts(state), render.render_status(state)
            except Exception as error:
                facts = line = explained(error)
            return line, facts, self._bars(days), menu, self._list(days, words, outlet)

        def turned(event: gr.EventData, days: Days, words: str, outlet: str) -> str:
            data = event._data if isinstance(event._data, Mapping) else {}
            offset = data.get("offset")
            return self._list(days, words, outlet, offset if isinstance(offset, int) else 0)

        def narrowed(days: Days, words: str, outlet: str) -> tuple[str, str]:
            return self._bars(days), self._list(days, words, outlet)

        terms = [days, self.words, self.outlet]
        everything = [status, self.facts, self.bars, self.outlet, self.listing]

        def refilled(due: bool, days: Days, words: str, outlet: str) -> Any:  # noqa: ANN401
            return filled(days, words, outlet) if due else gr.skip()

        def drawn_again(after: Any, due: Any) -> None:  # noqa: ANN401
            after.then(refilled, [due, *terms], everything, queue=False, **own)

        pane.expand(filled, terms, everything, queue=False, **own)
        pane.input(turned, terms, self.listing, queue=False, **own)
        chosen.then(narrowed, terms, [self.bars, self.listing], queue=False, **own)
        gr.on(
            [self.words.change, self.outlet.input],
            self._list,
            terms,
            self.listing,
            queue=False,
            trigger_mode="always_last",
            **own,
        )
        if self.workbench is not None:
            self.workbench.wire(page, drawn_again, own)

    def _bars(self, days: Days) -> str:
        return render.render_timeline(timeline(_listed(self.answerer.days)), *days)

    def _list(self, days: Days, words: str, outlet: str, offset: int = 0) -> str:
        where = Filter(*days, outlet="" if outlet == _ALL else str(outlet or ""))
        words = str(words or "")[:_WORDS_CHARACTERS]
        try:
            found = self.answerer.browse(words, where, max(0, offset), PAGE_SIZE)
        except Exception as error:
            return explained(error)
        return render.render_listing(found, PAGE_SIZE)


def build_shelf(answerer: Answerer, upkeep: Upkeep | None) -> Shelf:
    """Lay the panel out, inside the page that is being built."""
    import gradio as gr

    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Column(elem_id="dl-shelf", min_width=0):
        gr.HTML(_BAR, elem_id="dl-shelf-bar", **plain)
        with gr.Column(elem_id="dl-shelf-scroll"):
            facts = gr.HTML("", elem_id="dl-facts", **plain)
            workbench = build_workbench(answerer, upkeep) if upkeep else None
            gr.HTML('<h3 class="dl-part">Over time</h3>', elem_id="dl-time-head", **plain)
            bars = gr.HTML("", elem_id="dl-time", **plain)
            gr.HTML('<h3 class="dl-part">Articles</h3>', **plain)
            with gr.Row(elem_id="dl-find"):
                words = gr.Textbox(
                    label="Find articles",
                    placeholder="Title, outlet, author",
                    max_lines=1,
                    elem_id="dl-words",
                )
                outlet = gr.Dropdown(
                    [_ALL], value=_ALL, label="Outlet", allow_custom_value=True, elem_id="dl-outlet"
                )
            listing = gr.HTML("", elem_id="dl-listing", **plain)
    return Shelf(answerer, facts, workbench, bars, words, outlet, listing)


def windowed(days: Days, data: Mapping[str, Any]) -> Days:
    """The days after a bar of the timeline was pressed: its own, or none when pressed again.

    With ``extend`` the days already chosen are stretched to it.
    """
    try:
        since, until = (date.fromisoformat(str(data[name])) for name in ("since", "until"))
    except (KeyError, ValueError):
        return None, None
    if data.get("extend") and days[0] and days[1]:
        return min(days[0], since), max(days[1], until)
    return (None, None) if days == (since, until) else (since, until)


def limit_chip(days: Days) -> str:
    """What stands over the question box while questions are limited to some days."""
    if days == (None, None):
        return ""
    window = render.written_window(Window(*days))
    return (
        f'<span class="dl-reading dl-limits" role="status"><span>Only articles {window}</span>'
        '<button type="button" class="dl-unlimit" aria-label="Ask all articles again" '
        'title="Ask all articles again"><span class="dl-icon dl-cross" aria-hidden="true"></span>'
        "</button></span>"
    )


def _listed(look: Callable[[], list[T]]) -> list[T]:
    """What a list holds; nothing where the collection cannot be read, which is told elsewhere."""
    try:
        return look()
    except DatelineError:
        return []


_BAR = (
    '<div class="dl-bar"><h2>The collection</h2><button type="button" class="dl-close" '
    'aria-label="Close the collection" title="Close (Esc)">'
    '<span class="dl-icon dl-cross" aria-hidden="true"></span></button></div>'
)
