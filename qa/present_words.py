"""Words for the present, the recent and the distant past that name no days."""

from __future__ import annotations

import re

_NEWEST = re.compile(
    r"\b(?:latest|newest|most\s+recent(?:ly)?|so\s+far|to\s+date|what['’]?s?(?:\s+is)?\s+new)\b"
    r"|\bwhere\s+(?:do|does)\b.{1,60}\bstand\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:(?:right\s+|as\s+of\s+|until\s+|up\s+to\s+|by\s+)?now|nowadays|current(?:ly)?|"
    r"at\s+(?:the\s+moment|present)|presently|these\s+days|as\s+things\s+stand|as\s+of\s+today)\b",
    re.IGNORECASE,
)
_NEITHER = re.compile(
    r"\bat\s+the\s+(?:very\s+)?latest\b|\bcurrent\s+(?:account|affairs)\b"
    r"|(?<=[a-z]\s)(?:Now|Current|Latest)\b|\b(?:ocean|sea|tidal|electric)\s+currents?\b"
    r"|\b(?:the|a|for|just|what\s+(?:is|are))\s+now\b|\bfrom\s+now\s+on\b"
    r"|\bnow[\s-]+(?:known|called|defunct|extinct|former|non)\b"
)
_RECENT = re.compile(
    r"\b(?:recent(?:ly)?|lately|just\s+now|upcoming|of\s+late|the\s+other\s+day)\b", re.IGNORECASE
)
_LONG_AGO = re.compile(
    r"\b(?:before|during|after)\s+the\s+(?:\w+\s+)?(?:war|revolution|pandemic|depression)\b"
    r"|\b(?:back\s+then|at\s+that\s+time|in\s+those\s+days|in\s+the\s+past|formerly|"
    r"historically|originally|(?:years|decades|centuries)\s+ago|"
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:seven|eigh|nine)teenth|twentieth)[\s-]+century)\b",
    re.IGNORECASE,
)
_TODAY = re.compile(r"\btoday\b(?!['’])", re.IGNORECASE)
_STATE = re.compile(r"\b(?:is|are|do|does|can|lives?|owns?|uses?|speaks?|works?)\b", re.IGNORECASE)
_EVENT = re.compile(
    r"\b(?:did|was|were|has|have|had|happen\w*|news|new|headlines|on\s+today)\b", re.IGNORECASE
)


def means_nowadays(text: str) -> bool:
    """Whether "today" is these times rather than this day: "How many live there today?"."""
    return bool(_TODAY.search(text) and _STATE.search(text) and not _EVENT.search(text))


def asks_for_newest(text: str) -> bool:
    """Whether the text asks for the newest there is of something."""
    return bool(_NEWEST.search(_NEITHER.sub(" ", text)))


def speaks_of_present(text: str) -> bool:
    """Whether the text is about how things are now."""
    return means_nowadays(text) or bool(_PRESENT.search(_NEITHER.sub(" ", text)))


def speaks_of_late(text: str) -> bool:
    """Whether the text is about something recent, or near ahead."""
    return bool(_RECENT.search(text))


def speaks_of_old(text: str) -> bool:
    """Whether the text is about a time long gone, without naming its days."""
    return bool(_LONG_AGO.search(text))
