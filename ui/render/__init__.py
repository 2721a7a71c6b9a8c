"""From records to what people read: HTML for the chat page, Markdown to take away.

Pure functions. Whatever comes from an article, a question or a file name is data: it is escaped
here, so that it shows as the text it is and runs, loads and formats nothing.
"""

from ui.render.answer import (
    DISLIKE,
    LIKE,
    render_answer,
    render_notice,
    render_question,
    render_waiting,
)
from ui.render.article import paragraphs, render_article
from ui.render.markdown import answer_markdown, markdown_text
from ui.render.shelf import (
    render_facts,
    render_listing,
    render_status,
    render_timeline,
    render_work,
)
from ui.render.spans import merged
from ui.render.words import (
    counted,
    cut,
    escape,
    fingerprint,
    written_day,
    written_window,
)

__all__ = [
    "DISLIKE",
    "LIKE",
    "answer_markdown",
    "counted",
    "cut",
    "escape",
    "fingerprint",
    "markdown_text",
    "merged",
    "paragraphs",
    "render_answer",
    "render_article",
    "render_facts",
    "render_listing",
    "render_notice",
    "render_question",
    "render_status",
    "render_timeline",
    "render_waiting",
    "render_work",
    "written_day",
    "written_window",
]
