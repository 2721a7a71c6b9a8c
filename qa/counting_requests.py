"""Recognising questions about the collection itself, as against about its subjects.

"How many articles mention the strike?" is one; "How many people struck?" is not. Only words for
articles and outlets, with a verb for what articles do, make one; anything else is left to the
search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_ARTICLES = (
    r"(?:(?:news\s+|newspaper\s+)?articles?|(?:news\s+)?stories|news\s+(?:reports?|items?|pieces?))"
)
_OUTLETS = r"(?:(?:news\s+)?outlets?|newspapers?|papers|publications|news\s+(?:sources|sites))"
_PUBLISHED = (
    r"(?:publish(?:ed)?|run|ran|print(?:ed)?|carry|carried|wr(?:ite|ote)|written|put\s+out|brought)"
)
_MENTION = (
    r"(?:mention(?:s|ed|ing)?|nam(?:e|es|ed|ing)|cit(?:e|es|ed|ing)|quot(?:e|es|ed|ing)|"
    r"refer(?:s|red|ring)?\s+to|contain(?:s|ed|ing)?|us(?:e|es|ed|ing)|includ(?:e|es|ed|ing)|"
    r"speaks?\s+of|featur(?:e|es|ed|ing))"
)
_ABOUT = (
    r"(?:(?:(?:is|are|was|were|has\s+been|have\s+been|written|published|there|that\s+are)\s+)*"
    r"(?:about|on|concerning|regarding)|"
    r"(?:talk(?:s|ed|ing)?|wr(?:ite|ites|ote|iting)|report(?:s|ed|ing)?|speak(?:s|ing)?)\s+"
    r"(?:about|on|of)|cover(?:s|ed|ing)?|discuss(?:es|ed|ing)?|deal(?:s|ing|t)?\s+with)"
)
_SAYS = rf"(?:(?P<mention>{_MENTION})|(?P<about>{_ABOUT}))"
_WHO = r"(?:(?:that|which|do|did|does|have|has|had|to)\s+)*"
_FROM = r"(?:(?:of|from|by|in)\s+(?P<outlet>(?:the\s+\w|[A-Z])[\w’'&. -]*?)\s+)?"
_COUNT = r"(?:how\s+many|what(?:\s+is|['’]s)\s+the\s+number\s+of|(?:the\s+)?number\s+of|count)"
_LIST = (
    r"(?:(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:list|show|give|name|find)(?:\s+me)?|"
    r"which|what)(?:\s+of)?(?:\s+(?:all|the|every|any|other))*"
)
_APPEAR = (
    r"(?:mentioned|named|cited|quoted|turn(?:s|ed)?\s+up|appear(?:s|ed)?|occur(?:s|red)?|"
    r"c[oa]me(?:s)?\s+up|featured?|features|in\s+the\s+news|discussed|covered)"
)
_CLAUSES = re.compile(
    r"(?:that|how|why|whether|if|who|whom|what|when|where|which|him|her|it|them|this|these|those|"
    r"us|me|you|he|she|they|there)\b",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(
    r"(?:[\s,]+(?:at\s+all|so\s+far|in\s+total|in\s+all|altogether|anywhere|please|by\s+name|"
    r"in\s+(?:the|this|your|our|my)\s+(?:archive|collection|index|folder|news|articles|seeds|"
    r"database)|(?:are\s+there|do\s+(?:you|we)\s+have)))+$",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\A(?:the\s+)?(?:exact\s+)?(?:words?|names?|terms?|phrases?)\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"\A(?:the|a|an)\s+(?=\w)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“„‘'«](?P<inside>[^\"”“’'»]{1,200})[\"”“’'»]")
LONGEST_TERM = 8
"""Words; what is longer is a clause, for the search to answer."""
LONGEST_QUESTION = 400


@dataclass(frozen=True, slots=True)
class Request:
    """What to count or list.

    ``term`` holds the words to look for, empty for articles whatever they say; ``outlet`` is
    the outlet as the question calls it; ``about`` says that the articles are to be about the
    term, ``outlets`` that the outlets are asked for.
    """

    term: str
    outlet: str = ""
    about: bool = False
    outlets: bool = False


def read_request(question: str) -> Request | None:
    """The request a question makes, ``None`` for a question that is not about the collection.

    Time words are read elsewhere (`qa.dates`) and are to be taken out before.
    """
    text = " ".join(question.split()).rstrip(" ?.!")
    if len(text) > LONGEST_QUESTION:
        return None
    for pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        whole = groups.get("term")
        term = _term(whole) if whole else ""
        if term is None:
            continue
        return Request(
            term=term,
            outlet=(groups.get("outlet") or "").strip(),
            about=bool(groups.get("about")),
            outlets=bool(groups.get("outlets")),
        )
    return None


@cache
def _patterns() -> list[re.Pattern[str]]:
    term = r"(?P<term>.+?)"
    be = r"(?:is|are|was|were|do|does|did|has|have)"
    named = r"(?P<outlet>(?:the\s+\w|[A-Z])[\w’'&. -]*?)"
    there = r"(?:\s+(?:are|were)\s+there|\s+do\s+(?:you|we)\s+have|\s+exist)?"
    rows = [
        # How many articles mention X? The number of stories about X.
        rf"{_COUNT}(?:\s+of)?(?:\s+the)?\s+{_ARTICLES}{there}\s+{_FROM}{_WHO}{_SAYS}\s+{term}",
        # In how many articles does X turn up?
        rf"in\s+how\s+many(?:\s+of\s+the)?\s+{_ARTICLES}\s+{_FROM}{be}\s+{term}\s+"
        rf"(?:been\s+)?{_APPEAR}",
        # How often was X in the news, in how many articles?
        rf"how\s+(?:often|many\s+times)\s+{be}\s+{term}\s+(?:been\s+)?{_APPEAR}"
        rf"(?:[\s,]+.{{0,20}}?\bin\s+(?:how\s+many\s+|the\s+)?{_ARTICLES})?",
        # How many stories did the Courier publish about X?
        rf"{_COUNT}\s+{_ARTICLES}\s+(?:did|has|have|does|do)\s+{named}\s+{_PUBLISHED}"
        rf"(?:\s+{_SAYS}\s+{term})?",
        rf"{_COUNT}\s+{_ARTICLES}\s+(?:are|were)\s+(?:there\s+)?(?:from|by|in)\s+{named}"
        rf"(?:\s+{_SAYS}\s+{term})?",
        rf"{_COUNT}\s+{_ARTICLES}(?:\s+(?:are|were)\s+there(?:\s+in\s+(?:all|total))?|"
        rf"\s+(?:are|were|was)\s+published|\s+do\s+(?:you|we)\s+have)?(?:\s+in\s+(?:all|total))?",
        # Which outlets wrote about X?
        rf"(?P<outlets>(?:{_LIST}|{_COUNT})\s+{_OUTLETS})\s+{_WHO}"
        rf"(?:(?:{_PUBLISHED})\s+(?:an?\s+|any\s+|the\s+)?{_ARTICLES}\s+)?{_SAYS}\s+{term}",
        # List the articles about X. Which stories mention X?
        rf"{_LIST}\s+{_ARTICLES}\s+{_FROM}{_WHO}{_SAYS}\s+{term}",
        rf"{_LIST}\s+{_ARTICLES}\s+(?:did|has|have)\s+{named}\s+{_PUBLISHED}"
        rf"(?:\s+{_SAYS}\s+{term})?",
        rf"in\s+which\s+{_ARTICLES}\s+{be}\s+{term}\s+(?:been\s+)?{_APPEAR}",
        rf"(?:please\s+)?(?:list|show|give|find)(?:\s+me)?(?:\s+all)?(?:\s+the)?\s+{_ARTICLES}"
        rf"(?:\s+(?:published\s+)?(?:of|from|by|in)\s+{named})?",
    ]
    return [re.compile(_small(pattern)) for pattern in rows]


def _small(pattern: str) -> str:
    """The pattern without regard to case, but for the capital that an outlet's name begins with."""
    named = re.compile(r"\[A-Z\]")
    return "(?i:" + named.sub("(?-i:[A-Z])", pattern) + ")"


def _term(said: str) -> str | None:
    """The words to look for; ``None`` if what was said is a clause or stands for a name."""
    text = _LOOSE_END.sub("", said).strip(" ,;:")
    quoted = _QUOTED.search(text)
    if quoted is not None and _LEAD.sub("", text[: quoted.start()]).strip() in ("", "the"):
        return quoted["inside"].strip() or None
    text = _ARTICLE.sub("", _LEAD.sub("", text, count=1), count=1).strip()
    if not re.search(r"\w", text) or len(text.split()) > LONGEST_TERM or _CLAUSES.match(text):
        return None
    return text
