"""Changing the collection from the page: a rebuild that is watched, files that are added."""

# No `from __future__ import annotations` here: gradio reads the annotations of the functions it
# is given.

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embeddings import articles
from embeddings.errors import DatelineError
from ui import render
from ui.asking import Answerer
from ui.upkeep import FILE_BYTES, Upkeep, add_file

if TYPE_CHECKING:
    import gradio as gr

_FILES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Workbench:
    """The buttons, the box for files, and what is told of them."""

    answerer: Answerer
    upkeep: Upkeep
    rebuild: "gr.Button"
    halt: "gr.Button"
    work: "gr.HTML"
    files: "gr.File"
    told: "gr.HTML"

    def wire(self, page: "gr.Blocks", drawn_again: Callable[[Any, Any], None], own: Any) -> None:  # noqa: ANN401
        """Connect the parts.

        Args:
            page: the whole page.
            drawn_again: given an event and a state that tells whether anything may have
                changed by it, draws the collection anew.
            own: how the page's own events are declared.
        """
        import gradio as gr

        def worked(begin: bool) -> Iterator[tuple[str, Any, Any, bool]]:
            if begin:
                self.upkeep.start()
            ran = False
            for work in self.upkeep.follow():
                ran = ran or work.running
                yield (
                    render.render_work(work),
                    gr.Button(visible=not work.running),
                    gr.Button(visible=work.running),
                    ran,
                )

        def added(paths: list[str] | None) -> tuple[None, str, bool]:
            told, taken = self._add(paths or [])
            return None, told, taken

        yes, no = gr.State(True), gr.State(False)
        taken, ran = gr.State(False), gr.State(False)
        shown = [self.work, self.rebuild, self.halt, ran]
        watching = {"concurrency_limit": None, "concurrency_id": "upkeep", **own}
        drawn_again(self.rebuild.click(worked, yes, shown, **watching), ran)
        put_in = self.files.upload(
            added, self.files, [self.files, self.told, taken], queue=False, **own
        )
        drawn_again(put_in.then(worked, taken, shown, **watching), ran)
        # A rebuild that another reader began is shown as well.
        drawn_again(page.load(worked, no, shown, **watching), ran)
        self.halt.click(self.upkeep.stop, None, None, queue=False, **own)

    def _add(self, paths: list[str]) -> tuple[str, bool]:
        """Copy files into the articles folder; what is told of them, and whether any came."""
        lines, taken = [], False
        for path in paths[:_FILES_AT_ONCE]:
            source = Path(path)
            try:
                seeds = Path(self.answerer.status().manifest.seeds)
                target = add_file(source, source.name, seeds)
                lines.append(f"{target.name} is in the articles folder.")
                taken = True
            except DatelineError as error:
                lines.append(str(error))
            finally:
                with contextlib.suppress(OSError):
                    source.unlink()
        if len(paths) > _FILES_AT_ONCE:
            lines.append(f"Only the first {_FILES_AT_ONCE} files were taken; add the rest after.")
        items = "".join(f"<li>{render.escape(line)}</li>" for line in lines)
        return f'<ul class="dl-told" role="status">{items}</ul>', taken


def build_workbench(answerer: Answerer, upkeep: Upkeep) -> Workbench:
    """Lay the parts out, inside the panel that is being built."""
    import gradio as gr

    with gr.Row(elem_id="dl-upkeep"):
        rebuild = gr.Button("Update the collection", size="sm", elem_id="dl-rebuild")
        halt = gr.Button("Stop", size="sm", visible=False, elem_id="dl-halt")
    work = gr.HTML("", elem_id="dl-work", apply_default_css=False)
    files = gr.File(
        label=f"Add articles: {_kinds()} and more, up to {FILE_BYTES // 1_000_000} MB",
        file_count="multiple",
        height=128,
        elem_id="dl-add",
    )
    told = gr.HTML("", elem_id="dl-told", apply_default_css=False)
    return Workbench(answerer, upkeep, rebuild, halt, work, files, told)


def _kinds() -> str:
    """The kinds of files a reader is most likely to have, of those that can be read."""
    names = {
        ".pdf": "PDF",
        ".docx": "Word",
        ".html": "web pages",
        ".epub": "EPUB",
        ".eml": "mail",
        ".md": "Markdown",
        ".txt": "text",
    }
    return ", ".join(name for suffix, name in names.items() if articles.supported(f"a{suffix}"))
