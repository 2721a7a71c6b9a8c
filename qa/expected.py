"""What kind of answer a question expects, and whether a sentence holds one of that kind.

Question words settle most kinds ("when", "how many", "who"); patterns for each kind then look
for something in the sentence that did not stand in the question already. Source of the idea:
Li and Roth, "Learning Question Classifiers", COLING 2002; the classes here are the few that
newspaper questions need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache

from embeddings.lexical import terms_of

LONGEST_READ = 2_000
"""Characters of a question or sentence that are looked at."""


class Kind(StrEnum):
    """What is asked for."""

    NEWS = "news"
    AGE = "age"
    DURATION = "duration"
    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    PLACE = "place"
    REASON = "reason"
    WORDS = "words"
    MANNER = "manner"
    OTHER = "other"


_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|"
    r"hundreds?|thousands?|millions?|billions?|half|dozens?|third|quarter|twice|double)"
)
_UNIT = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centuries)"
_CURRENCY = (
    r"(?:crowns?|dollars?|euros?|pounds?|yen|yuan|rupees?|francs?|marks|dlrs|cents?|roubles?|"
    r"rubles?|pesos?|dinars?|rand)"
)

_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
# Only the first question word asks: "What did she say when ..." is no question about a day. In
# "Did it rain when ..." none does.
_FIRST = (
    r"^(?!\W*(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would|should)\b)"
    rf"(?:(?!\b{_ASKING}).)*\b"
)

# The first that matches is what is asked for, so the narrower ones stand first.
_ASKS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.NEWS,
        r"^\W*(?:what(?:['’]s| is| are| was| were)? (?:new\b|going on|the (?:latest|news)\b|"
        r"happen(?:ed|ing) ?(?:in|at|to|with|on|during|last|this|yesterday|today|before|since|"
        r"between|around|near|here|\W|$))"
        r"|(?:any|the|latest|recent) (?:\w+ )?(?:news|updates?|reports?|talks|developments?)\b"
        r"|latest (?:on|about|from)\b|.{0,40}\bnews(?: (?:about|on|from|of)\b|\W*$)|news\b"
        r"|tell me about\b"
        r"|what (?:was|is|has been|do (?:the )?articles) "
        r"(?:said|say|reported|written) (?:about|on)\b"
        r"|what do we know (?:about|of)\b)",
    ),
    (Kind.REASON, r"^\W*(?:(?:and|but|so|then)\s+)?why\b"),
    (Kind.AGE, r"\bhow old\b|\bwhat age\b|\bage (?:of|was|is)\b"),
    (
        Kind.DURATION,
        rf"\bhow long\b|\bhow many (?:more )?{_UNIT}\b|\bfor what (?:period|length)\b|\bduration\b",
    ),
    (
        Kind.MONEY,
        r"\bhow much money\b|\bhow much\b.*\b(?:cost|pay|paid|pays|worth|spend|spent|earn\w*|"
        r"fined?|charge\w*|price|sell|sold|raise\w*|invest\w*|money|donat\w*|owe\w*)\b"
        r"|\bwhat (?:does|did|will|would|is|was)\b.{0,50}\bcost\b|\bgoing to cost\b"
        r"|\b(?:price|cost|salary|fine|budget|revenue|profit|fee) (?:of|for|was|is|did|does)\b",
    ),
    (
        Kind.PERCENT,
        r"\b(?:what|which) (?:percent\w*|per cent|share|proportion|fraction)\b"
        r"|\bhow (?:big|large|high) (?:an? |was |is )?(?:pay|increase|rise|share|rate|cut)\b"
        r"|\b(?:interest|inflation|unemployment) (?:rate|figure)\b",
    ),
    (
        Kind.NUMBER,
        r"\bhow (?:many|much|far|tall|high|large|big|often|fast|deep|wide|heavy|hot|cold|strong)\b"
        r"|\bwhat (?:number|amount|size|population|rate|distance|height|length|speed|"
        r"temperature|score)\b|\bnumber of\b|\b(?:death )?toll\b",
    ),
    (
        Kind.DATE,
        rf"{_FIRST}when\b|\b(?:what|which) (?:year|date|day|month|century|decade|time|season)\b",
    ),
    (
        Kind.NAME,
        rf"{_FIRST}(?:who|whom|whose)\b"
        r"|\b(?:what|which) (?:person|man|woman|actor|actress|king|queen|"
        r"president|minister|author|player|scientist|leader|singer|director|judge|artist|team|"
        r"company|party|group|organi[sz]ation|club|school|university|bank|firm|agency|newspaper|"
        r"outlet|employer|position)\b|\bname of\b|\b(?:named|called)\s*\?*$",
    ),
    (
        Kind.PLACE,
        rf"{_FIRST}where\b"
        r"|\b(?:what|which) (?:country|city|state|town|region|place|area|county|province|"
        r"river|continent|location|nation|street|building|district|village|island)\b",
    ),
    (
        Kind.REASON,
        rf"{_FIRST}why\b|\bwhat (?:caused|reason|led|prompted|made)\b|\bhow come\b|"
        r"\bthe (?:reason|cause)\b",
    ),
    (
        Kind.WORDS,
        r"\bwhat (?:did|does|do|has|have|had|is|was|were)\b.*\b(?:say|said|call(?:ed)? for|think|"
        r"claim|tell|told|promise|demand|warn|comment|argue|suggest|want|ask)\b"
        r"|\breact(?:ion|ed)?\b|\bcomment\b",
    ),
    (Kind.NAME, rf"{_FIRST}which\b"),
    (Kind.MANNER, rf"{_FIRST}how\b"),
)

_HOLDS: dict[Kind, str] = {
    Kind.MONEY: rf"[$€£¥]\s?\d|{_NUMBER}[\w\s]{{0,14}}?\b{_CURRENCY}\b|\b(?:million|billion)\b",
    Kind.PERCENT: rf"{_NUMBER}\s?(?:%|percent|per cent|pct)|\b(?:half|third|quarter|majority)\b",
    Kind.DURATION: (
        rf"\b{_NUMBER}(?:\s+and a half)?[\s-]+(?:more\s+|full\s+)?{_UNIT}\b"
        r"(?!\s+(?:after|ago|before|earlier|later|old)\b)"
        r"|\ban? (?:minute|hour|day|week|month|year|decade|century)\b|\buntil\b|\bsince\b"
    ),
    Kind.AGE: (
        r", \d{1,3},|\baged? \d|\b\d{1,3}[\s-]years?[\s-]old|\bat (?:the age of )?\d{2}\b"
        r"|\bborn\b|\bof \d{1,2}\b"
    ),
    Kind.NUMBER: rf"\b{_NUMBER}\b|\bno(?:body| one|ne)?\b",
    Kind.DATE: (
        rf"\b(?:1\d{{3}}|20\d{{2}})s?\b|\b(?:{_MONTHS})\b|\bno (?:date|day)\b"
        r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bcentur(?:y|ies)\b"
        r"|\b(?:yesterday|today|tomorrow|tonight|morning|evening|noon|midnight|spring|summer|"
        r"autumn|winter)\b|\b\d{1,2}(?:[.:]\d\d)?\s?[ap]\.?m\b"
    ),
    Kind.REASON: (
        r"\bbecause\b|\b(?:due|owing|thanks) to\b|\bas a result\b|\bso that\b|\bin order to\b"
        r"|\bcaus(?:e|es|ed|ing)\b|\bled to\b|\breasons?\b|\btherefore\b|\bblam\w+\b"
        r"|\bc(?:ould |an)not\b|\bunable\b|\bfear\w*\b|\bto (?:avoid|prevent)\b|\bafter\b|\bsince\b"
        r"|\bfor\b"
    ),
    Kind.MANNER: r"\bby\b|\busing\b|\bwith\b|\bthrough\b|\bvia\b",
    Kind.WORDS: (
        r"[“”\"]|\bsa(?:id|ys|ying)\b|\btold\b|\bcalled (?:for|on)\b|\bwarned\b|\badded\b"
        r"|\baccording to\b|\bpromised\b|\bdemand\w*\b|\burged\b"
    ),
}

_NOW = re.compile(
    r"(?:,\s*)?\b(?:as of (?:now|today)|as (?:things|matters) stand|at (?:the moment|present)"
    r"|(?:right )?now(?:adays)?|these days|today|currently|so far"
    r"|(?:the )?(?:latest|newest|most recent|current))\b",
    re.IGNORECASE,
)
_AGED = re.compile(r"\b([^\W\d_a-z][\w’'-]*),? (?:aged )?\d{1,3}(?=[,.;)])")
_FULL_NAME = re.compile(r"\b[^\W\d_a-z][\w’'-]*[^\W\d_](?:\s+(?:&\s+)?[^\W\d_a-z][\w’'-]+)+")
_COUNTED = re.compile(
    r"\b(?:how many|number of|count of)\s+(?:more\s+|other\s+|of the\s+)?((?:[\w’'-]+\s*){1,4})",
    re.IGNORECASE,
)
# What ends the noun that is counted: "How many people | died in ...".
_AUXILIARIES = (
    "is are was were be been has have had do does did will would can could may might shall should "
    "in on at of from to by for with about the a an died killed injured there not"
)
_AFTER_NUMBER = 3
"""Words behind a number among which stands what it counts."""
_QUOTATION = re.compile(r"“([^”]{8,})”|\"([^\"]{8,})\"|«([^»]{8,})»")
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][\w’'-]*")
_FUNCTION_WORDS = (
    "the a an he she it they we i you his her its their this that these those there in on at by "
    "for from with but and or as if when while after before since until during to of not no all "
    "most many some one two three more other both each such what who why how where which whose "
    "whom is are was were do does did has have had can could will would should may might must "
    "monday tuesday wednesday thursday friday saturday sunday january february march april june "
    "july august september october november december tell list name"
)


@cache
def _not_names() -> frozenset[str]:
    return frozenset(_FUNCTION_WORDS.split())


@cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


def expected_kind(question: str) -> Kind:
    """What kind of answer the question asks for."""
    text = " ".join(question[:LONGEST_READ].split())
    return next((kind for kind, asks in _ASKS if _pattern(asks).search(text)), Kind.OTHER)


def without_now(question: str) -> str:
    """The question without the words that ask for the newest state: "latest", "at the moment".

    The articles are chosen by them, and say none of them.
    """
    left = " ".join(_NOW.sub(" ", question[:LONGEST_READ]).split())
    return left if re.search(r"\w", left) else question


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, with and without a possessive ending."""
    words = re.findall(r"[\w’'-]+", text[:LONGEST_READ].lower())
    return (
        frozenset(words)
        | {_bare(word) for word in words}
        | frozenset(part for word in words for part in re.split(r"\W", word))
    )


def names_in(text: str) -> Iterator[str]:
    """Words written with a capital that are not function words, in lower case."""
    for found in _CAPITALISED.finditer(text[:LONGEST_READ]):
        name = _bare(found[0].lower())
        if name not in _not_names():
            yield name


def quotations(question: str) -> list[str]:
    """What the question quotes, in three words or more, folded for comparison."""
    said = (next(filter(None, found)) for found in _QUOTATION.findall(question[:LONGEST_READ]))
    return [text for text in map(folded, said) if len(text.split()) > 2]


def folded(text: str) -> str:
    """The words of a text alone: no case, no punctuation, one space."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def holds(kind: Kind, sentence: str, question_words: frozenset[str]) -> bool:
    """Whether a sentence has something of the kind that does not stand in the question."""
    if kind in (Kind.NAME, Kind.PLACE):
        return any(name not in question_words for name in names_in(sentence))
    source = _HOLDS.get(kind)
    if source is None:
        return False
    return any(
        not words_of(found[0]) <= question_words | {""}
        for found in _pattern(source).finditer(sentence[:LONGEST_READ])
    )


def holds_full_name(sentence: str, question_words: frozenset[str]) -> bool:
    """Whether a name of two words or more stands in a sentence, none of them in the question."""
    for found in _FULL_NAME.finditer(sentence[:LONGEST_READ]):
        words = [name for name in names_in(found[0]) if name not in question_words]
        if len(words) > 1:
            return True
    return False


def tells_age(sentence: str, question: str) -> bool:
    """Whether the age of somebody asked about stands behind the name: "Diego Luz, 24, has ...".

    "How old is Luz’s son?" asks about somebody else.
    """
    names = set(names_in(re.sub(r"[\w-]+[’']s?(?=\s)", " ", question[:LONGEST_READ])))
    return any(
        name in names
        for found in _AGED.finditer(sentence[:LONGEST_READ])
        for name in names_in(found[1])
    )


def counted(question: str) -> str:
    """The noun that a question asks the number of, as it is written; empty for others."""
    found = _COUNTED.search(question[:LONGEST_READ])
    noun = ""
    for word in found[1].split() if found else ():
        if word.casefold() in _AUXILIARIES.split():
            break
        noun = word
    return noun


def counts(stem: str, sentence: str, question_words: frozenset[str]) -> bool:
    """Whether a number stands right before the word of this stem, and not in the question."""
    words = re.findall(r"\w[\w.,’'-]*\w|\w", sentence[:LONGEST_READ])
    number = _pattern(_NUMBER)
    for place, word in enumerate(words):
        following = " ".join(words[place + 1 : place + 1 + _AFTER_NUMBER])
        if (
            number.fullmatch(word.split("-")[0])
            and word.casefold() not in question_words
            and stem in terms_of(following)
        ):
            return True
    return False


def _bare(word: str) -> str:
    return re.sub(r"[’']s?$", "", word)
