"""Words, times and noun phrases of a short English text, found without a tagger or a model.

Runs of content words between function words are taken for noun phrases, once the verbs that the
grammar asks for are cut off them. Made for questions and single sentences, in any letter case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from qa import conversation_words as en

_CLITIC = r"['’](?:s|re|ve|ll|d|m|t)\b"
_WORD = re.compile(
    rf"(?:[^\W\d_]\.){{2,}}|{_CLITIC}|[^\W_]+(?:(?:[-&.,](?=[^\W_])|['’](?!(?:s|re|ve|ll|d|m"
    rf"|t)\b))[^\W_]+)*",
    re.IGNORECASE,
)
MONTH = (
    r"(?:january|february|march|april|june|july|august|september|october|november|december"
    r"|may(?=\s+\d)|(?<=in )may|(?<=last )may)"
)
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_PERIOD = (
    r"(?:week|month|year|night|weekend|season|summer|winter|spring|autumn|fall|decade|century"
    r"|quarter"
    rf"|morning|evening|{WEEKDAY}|{MONTH})"
)
TIME = re.compile(
    r"\b(?:(?P<prep>in|on|since|during|by|before|after|until|till|from|at|for|over)\s+)?(?P<time>"
    rf"(?:early\s+|late\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?{MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\b(?!\d))?"
    r"(?:,?\s+\d{4})?"
    r"|(?:the\s+)?(?:early\s+|late\s+)?(?:1[5-9]|20)\d\d(?:s|[-–]\d\d(?:\d\d)?)?"
    rf"|(?:the\s+)?(?:last|this|next|past|previous|following|same)\s+(?:few\s+"
    rf"|couple\s+(?:of\s+)?|\d+\s+)?{_PERIOD}s?"
    r"|yesterday|today|tonight|tomorrow|recent\s+(?:years|weeks|months|days)|nowadays"
    rf"|{WEEKDAY}(?:\s+(?:morning|evening|night))?"
    r"|(?:\d+|a|one|two|three|four|five|ten|a few|several)\s+(?:day|week|month|year"
    r"|decade)s?\s+(?:ago|earlier|later)"
    r")\b",
    re.IGNORECASE,
)
_DEEP_PREPOSITIONS = frozenset(
    {"in", "at", "on", "against", "between", "near", "with", "over", "for"}
)


_APOSTROPHES = ("’", "'")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at ``[start, end)``; ``low`` is its lower-case form with a straight apostrophe."""

    text: str
    low: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase: ``[start, end)`` with its determiner, ``[start, extent)`` with what follows.

    ``kind`` is person, place, group, thing, or name (capitalised, of unknown kind). ``asked``
    says that it is what the question asks for ("which team"), so it names nothing yet.
    """

    start: int
    end: int
    extent: int
    bare: int
    kind: str
    plural: bool
    gender: str
    named: bool
    asked: bool
    determiner: str
    preposition: str
    head: str
    speaks: bool = False


@lru_cache(maxsize=256)
def split_words(text: str) -> tuple[Word, ...]:
    """The words of a text, the ends of contractions ("'s", "'t") apart."""
    words: list[Word] = []
    for match in _WORD.finditer(text):
        low = match[0].lower().replace("’", "'")
        if low == "won" and re.match("['’]t", text[match.end() :], re.I):
            low = "will"
        words.append(Word(match[0], low, match.start(), match.end()))
    return tuple(words)


def _stems(word: str) -> Iterator[str]:
    yield word
    for ending in ("s", "es", "ed", "d", "ing"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word.removesuffix(ending)
            yield stem
            if ending == "ing":
                yield stem + "e"
            if len(stem) > 2 and stem[-1] == stem[-2]:
                yield stem[:-1]
    if word.endswith("ied") or word.endswith("ies"):
        yield word[:-3] + "y"


def is_verb(word: str) -> bool:
    """Whether a lower-case word is a form of a common verb (it may be a noun as well)."""
    return word in en.IRREGULAR or any(stem in en.VERBS for stem in _stems(word))


def is_participle(word: str) -> bool:
    """Whether a lower-case word can follow "was" or "has"."""
    return word in en.IRREGULAR or (len(word) > 4 and word.endswith(("ed", "ing")))


def is_acronym(text: str, word: Word) -> bool:
    """Whether a word is in capitals in a text that is not: "US", "NATO"."""
    letters = word.text.replace(".", "").replace("-", "")
    return len(letters) > 1 and letters.isupper() and not text.isupper()


@lru_cache(maxsize=256)
def _uncased(text: str) -> bool:
    """Whether capitals tell nothing: "WHO WON THE RACE", "Who Won The Race"."""
    letters = [w.text for w in split_words(text) if w.text[0].isalpha()]
    return text.isupper() or (len(letters) > 4 and all(word[0].isupper() for word in letters))


def is_named(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether a word is written as a name; a capital that opens the sentence proves nothing."""
    word = words[index]
    if is_acronym(text, word):
        return True
    if not word.text[0].isupper() or word.text == "I" or _uncased(text):
        return False
    if word.low in en.FUNCTION and not (index and is_named(text, words, index - 1)):
        return False
    before = text[: word.start].rstrip(" \"“”'‘(")
    if before and before[-1] not in ".?!:":
        return True
    if word.low in en.PLACES | en.MALE | en.FEMALE | en.TITLES:
        return True
    return (
        index + 1 < len(words)
        and words[index + 1].text[0].isupper()
        and word.low not in en.FUNCTION
    )


@lru_cache(maxsize=256)
def noun_phrases(text: str) -> tuple[Phrase, ...]:
    """The noun phrases of a short text, in order, found without a tagger.

    Runs of content words between function words; a verb is cut off a run where the grammar
    asks for one (after "did" and a subject, after "who", after a pronoun, before "the").
    """
    words = split_words(text)
    times = [m.span() for m in TIME.finditer(text)]
    named = [is_named(text, words, i) for i in range(len(words))]
    content = [
        (named[i] or w.low not in en.FUNCTION)
        and not w.low.startswith("'")
        and not (i == 0 and w.low in en.ASKING)
        and not any(start <= w.start < end for start, end in times)
        for i, w in enumerate(words)
    ]
    runs: list[list[int]] = []
    i = 0
    while i < len(words):
        if not content[i]:
            i += 1
            continue
        run = [i]
        while i + 1 < len(words):
            gap = text[words[i].end : words[i + 1].start].strip()
            possessive = words[i + 1].low == "'s" and i + 2 < len(words) and content[i + 2]
            if gap in _APOSTROPHES and words[i].low.endswith("s"):
                gap = ""  # "Rovers’ new striker"
            if gap or not (content[i + 1] or possessive):
                break
            i += 1
            run.append(i)
        compound = (
            i + 2 < len(words)
            and words[i + 1].low == "and"
            and named[i]
            and named[i + 2]
            and len(run) == 1
            and run[0] > 0
            and words[run[0] - 1].low == "the"
            and words[i].low not in en.PLACES | en.GROUPS
            and i + 3 < len(words)
            and named[i + 3]
        )
        if compound:
            run.extend((i + 1, i + 2))
            i += 3
            while i < len(words) and named[i]:
                run.append(i)
                i += 1
            i -= 1
        runs.append(run)
        i += 1
    found: list[Phrase] = []
    inverted = passive = False
    seen = 0
    for run in runs:
        for at in range(seen, run[0]):
            if words[at].low in en.DO | en.MODAL:
                inverted = True
            elif words[at].low in en.BE | en.HAVE:
                passive = True
            elif words[at].low in en.CONJUNCTIONS:
                inverted = passive = False
        seen = run[-1] + 1
        pieces, used_verb = _without_verbs(text, words, run, named, inverted)
        inverted = inverted and not used_verb
        last = pieces[-1][-1] if pieces else 0
        if (
            passive
            and pieces
            and len(pieces[-1]) > 1
            and not named[last]
            and is_participle(words[last].low)
        ):
            pieces[-1] = pieces[-1][:-1]
        found.extend(_phrase(text, words, piece, named) for piece in pieces)
    return tuple(_with_extent(text, found, k) for k in range(len(found)))


def _without_verbs(
    text: str, words: Sequence[Word], run: list[int], named: Sequence[bool], inverted: bool
) -> tuple[list[list[int]], bool]:
    before = words[run[0] - 1].low if run[0] else ""
    after = words[run[-1] + 1].low if run[-1] + 1 < len(words) else ""
    low = [words[i].low for i in run]
    determined = before in en.DETERMINERS
    if before == "who" and not named[run[0]]:
        return ([run[1:]] if len(run) > 1 else []), True
    if not determined and not named[run[0]] and (is_verb(low[0]) or low[0].endswith("ed")):
        subjects = (
            en.PERSONAL | {"who", "what", "which", "to", "not", "'t", "'s", "there"} | en.MODAL
        )
        if before in subjects or (before in en.BE | en.HAVE and is_participle(low[0])):
            return ([run[1:]] if len(run) > 1 else []), True
    if before in en.ADVERBS and not determined and len(run) == 1 and is_verb(low[0]) and inverted:
        return [], True
    cuts = [k for k in range(1, len(run)) if not named[run[k]] and is_verb(low[k])]
    pure = [k for k in cuts if low[k] not in en.NOUN_OR_VERB]
    if inverted:
        name_ends = [k for k in range(1, len(run)) if named[run[k - 1]] and not named[run[k]]]
        at = (
            pure
            or [k for k in cuts if k in name_ends]
            or cuts[-1:]
            or (name_ends if not determined else [])
        )
        if at:
            rest = run[at[0] + 1 :]
            return [run[: at[0]], *([rest] if rest else [])], True
        return [run], False
    auxiliary_first = before in en.BE | en.HAVE or (
        determined and run[0] > 1 and words[run[0] - 2].low in en.BE | en.HAVE
    )
    if auxiliary_first:
        cuts = [k for k in cuts if is_participle(low[k])]
    elif determined or before in en.PREPOSITIONS:
        cuts = [k for k in pure if after and after not in en.BE | en.DO | en.MODAL]
    elif before not in {"what", "which", "many", "much", ""} and not any(named[i] for i in run):
        cuts = pure
    if cuts and not all(named[i] for i in run):
        rest = run[cuts[0] + 1 :]
        return [run[: cuts[0]], *([rest] if rest else [])], False
    return [run], False


def _phrase(text: str, words: Sequence[Word], run: list[int], named: Sequence[bool]) -> Phrase:
    before = words[run[0] - 1].low if run[0] else ""
    determiner = (
        before
        if before in en.DETERMINERS and not (run[0] and is_acronym(text, words[run[0] - 1]))
        else ""
    )
    first = run[0] - 1 if determiner in {"the", "a", "an"} else run[0]
    at = run[0] - (2 if determiner else 1)
    preposition = words[at].low if at >= 0 and words[at].low in en.PREPOSITIONS else ""
    asked = (
        at >= 0
        and not determiner
        and words[run[0] - 1].low in {"which", "what", "how", "many", "much", "whose"}
    )
    low = [words[i].low for i in run]
    name = all(named[i] or words[i].low in {"'s", "and"} for i in run)
    cased = any(named)
    head = low[-1]
    whole = " ".join(low)
    gender = ""
    titled = low[0] in en.TITLES and len(run) > 1 and (name or not cased)
    given = (
        low[0] in en.MALE | en.FEMALE and (name or (not cased and len(run) > 1)) and not determiner
    )
    plural = head in en.PLURALS or (
        len(head) > 3 and head.endswith("s") and not head.endswith(("ss", "us", "is", "'s"))
        and (not name or bool(determiner))
    )  # fmt: skip
    if whole in en.PLACES:
        kind = "place"
    elif head in en.GROUPS or head.removesuffix("s") in en.GROUPS:
        kind = "group"
    elif given or titled or head in en.ROLES or head.removesuffix("s") in en.ROLES:
        kind = "person"
        gender = "m" if low[0] in en.MALE else "f" if low[0] in en.FEMALE else ""
        if set(low) & {
            "mr",
            "king",
            "prince",
            "man",
            "boy",
            "father",
            "husband",
            "brother",
            "son",
            "sir",
        }:
            gender = "m"
        if set(low) & {"mrs", "ms", "miss", "queen", "princess", "woman", "girl", "mother", "wife",
                       "sister", "daughter", "actress", "lady", "dame"}:  # fmt: skip
            gender = "f"
    elif name:
        kind = "name"
    elif head in en.PLACE_NOUNS:
        kind = "place"
    else:
        kind = "thing"
    after = words[run[-1] + 1].low if run[-1] + 1 < len(words) else ""
    return Phrase(
        start=words[first].start,
        end=words[run[-1]].end,
        extent=words[run[-1]].end,
        bare=words[run[0]].start,
        kind=kind,
        plural=plural,
        gender=gender,
        named=name,
        asked=asked,
        determiner=determiner,
        preposition=preposition,
        head=head,
        speaks=after in {"said", "says", "told", "added", "warned", "announced"}
        or before in {"said", "says"},
    )


def _with_extent(text: str, found: Sequence[Phrase], at: int) -> Phrase:
    """Reach over "of ..." and, after a common noun, over "in Paris"."""
    phrase = found[at]
    extent = phrase.end
    for following in found[at + 1 :]:
        between = text[extent : following.start].strip().lower()
        deep = (
            between in _DEEP_PREPOSITIONS
            and not phrase.named
            and (following.named or following.kind == "place")
        )
        if between != "of" and not deep:
            break
        extent = following.end
    if extent == phrase.end:
        return phrase
    return replace(phrase, extent=extent)
