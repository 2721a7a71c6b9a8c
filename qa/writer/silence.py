"""When a language model says that the articles do not say."""

from __future__ import annotations

import re

from qa.writer.figures import plain
from qa.writer.words import content

_SILENT = re.compile(
    r"^(?:(?:i am |i'm )?sorry,? (?:but )?)?(?:the |these |none of the )?(?:given |provided )?"
    r"(?:news )?(?:articles?|passages?|sources?|texts?)(?: provided| given)? "
    r"(?:do not|don't|does not|doesn't|say nothing|says nothing)\b",
    re.IGNORECASE,
)
_ABOUT_ARTICLES = """
articles passages sources texts news provided given state mention specify contain give tell inform
information answer question detail details anything nothing sorry report explain indicate enough
explicitly directly don doesn
"""
_TURNS = re.compile(r"\b(?:but|however|although|though|yet|except|instead|;)\b|[;:—]| - ")


def says_nothing(sentence: str, question: str) -> bool:
    """Whether a sentence only says that the articles do not answer the question.

    Such a sentence needs no citation, so it may bring in nothing of its own: every telling
    word of it must be the question's, and it must not turn to something else half-way.
    """
    text = plain(sentence)
    if not _SILENT.match(text) or _TURNS.search(text):
        return False
    return content(text) <= content(question) | content(_ABOUT_ARTICLES)
