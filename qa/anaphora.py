"""Words of a question that point outside it: "he", "that", "there", "the other one"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa import conversation_words as en
from qa.noun_phrases import TIME, Phrase, Word, is_acronym, is_participle, noun_phrases, split_words

_JUDGED = (
    r"(?:true|possible|impossible|essential|legal|illegal|allowed|safe|dangerous|hard|difficult|easy"
    r"|necessary|important"
    r"|better|best|worth|worse|common|normal|ok|okay|good|bad|right|wrong|fair|time|known|clear"
    r"|certain|sure"
    r"|said|reported|expected|thought|believed|fact|late|early|likely that|unlikely that|too \w+"
    r"|a \w+)"
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|isn['’]t|wasn['’]t|be|(?:will|would|can|could|may|might"
    r"|has) (?=it be))\s*(?P<it>it)\s+"
    rf"(?:(?:not|be|been|become|really|still|even|always|ever|so|very|more)\s+)*{_JUDGED}\s+"
    r"(?:that|to|for|if|when|whether|who|\w+ing)?\b(?=\s*\w)"
    r"|\b(?:is|was|will|would|does|did|can|could|may|might) (?P<sky>it) (?:rain|snow)\w*"
    r"|\b(?:does|did|would|will) (?P<matter>it) (?:matter if|mean to|feel like to)"
    r"|\bwhat (?:is|was|does|did) (?P<like>it) (?:like|feel like|mean|cost|take) (?:to|for)\b"
    r"|\bwhat (?:is|was|does|did) (?P<called>it) (?:called|mean) (?:when|if)\b"
    r"|\b(?:is|was) (?P<held>it) (?:held|argued|decided|announced|claimed|found|discovered) that\b"
    r"|\bhow far is (?P<far>it) (?:from|to)\b|\bwhose \w+ (?:is|was) (?P<whose>it) (?:to|that)\b"
    r"|\bwhat time is (?P<clock>it)\b"
    r"|\b(?P<weather>it)(?:['’]s| is| was| will be)?\s+(?:rain|snow|hot|cold|late|seems|appears"
    r"|turns out|looks like|takes"
    r"|is (?:true|possible|likely|said)|true that|time to)\w*"
    r"|\b(?:make|makes|made|find|found|consider|think|get"
    r"|worth)\s+(?P<object>it)\s+(?:\w+\s+)?(?:clear|hard|easy|possible|to|that|for)\b"
    r"|\bhow (?:long|much|many \w+) (?:does|did|will|would) (?P<long>it) (?:take"
    r"|cost)\s+(?:\w+\s+){0,3}to\b",
    re.I,
)
_HE = frozenset({"he", "him", "his"})
_SHE = frozenset({"she", "her", "hers"})
_THEY = frozenset({"they", "them", "their", "theirs"})
_IT = frozenset({"it", "its"})
POINTING = frozenset({"this", "that", "these", "those"})
_POSSESSIVE = frozenset({"his", "her", "its", "their"})
_ANYONE = frozenset({"people", "someone", "somebody", "anyone", "anybody", "everyone", "who"})
_EXIST = frozenset(
    {"any", "been", "has", "have", "a", "no", "exist", "exists", "existed", "remain", "remains"}
)
DAYS = frozenset({"day", "time", "year", "week", "month", "night", "moment"})
_EVENT_VERBS = frozenset(
    {"happen", "happened", "happens", "mean", "means", "do", "done", "change", "changed", "work"}
    | {"worked", "affect", "affected", "matter", "true", "start", "end", "stop"}
)


@dataclass(frozen=True, slots=True)
class Anaphor:
    """A word, at ``[start, end)``, that points outside its question.

    ``kind`` is he, she, it, they, there, then, one, event (a whole statement is meant) or noun
    ("that law", whose head is ``noun``).
    """

    kind: str
    start: int
    end: int
    possessive: bool = False
    noun: str = ""


@lru_cache(maxsize=256)
def find_anaphors(text: str) -> tuple[Anaphor, ...]:
    """The words of a question that need an antecedent from before it, in order."""
    words = split_words(text)
    expletive = {m.start(g) for m in _EXPLETIVE.finditer(text) for g in m.groupdict() if m[g]}
    phrases = noun_phrases(text)
    quoted = [m.span() for m in re.finditer(r"[“\"][^“”\"]*[”\"]", text)]
    found: list[Anaphor] = []
    for i, word in enumerate(words):
        if is_acronym(text, word) or any(a <= word.start < b for a, b in quoted):
            continue
        low = word.low
        following = words[i + 1] if i + 1 < len(words) else None
        after = following.low if following else ""
        touching = (
            bool(following) and not text[word.end : following.start].strip() if following else False
        )
        content_next = touching and bool(after) and after not in en.FUNCTION
        before = words[i - 1].low if i else ""
        if low in _HE | _SHE | _THEY | _IT:
            kind = (
                "he" if low in _HE else "she" if low in _SHE else "they" if low in _THEY else "it"
            )
            if word.start in expletive or _inside(text, words, i, kind, phrases):
                continue
            # "Who do they play?" asks for somebody else than they are.
            other = before in en.DO | en.MODAL and words[0].low in {"who", "whom"}
            people = not other and any(w.low in _ANYONE for w in words[:i])
            if kind == "they" and low != "them" and people:
                continue
            possessive = low in _POSSESSIVE and (low != "her" or content_next)
            found.append(Anaphor(kind, word.start, word.end, possessive))
        elif low in {"one", "ones"} and before in {
            "which",
            "other",
            "another",
            "first",
            "second",
            "last",
            "next",
        }:
            found.append(Anaphor("one", word.start, word.end))
        elif low in POINTING:
            found.extend(_pointing(text, words, i, content_next))
        elif low == "there" and i:
            existing = after in en.BE | en.MODAL | _EXIST or after.endswith("ly")
            existing = existing or before in en.BE
            if not existing and before not in {"over", "out", "where"}:
                found.append(Anaphor("there", word.start, word.end))
        elif low == "then" and i and (not after or before in {"back", "by", "since", "until"}):
            start = words[i - 1].start if before in {"back", "by", "since", "until"} else word.start
            found.append(Anaphor("then", start, word.end))
    return tuple(found)


def _inside(
    text: str, words: Sequence[Word], at: int, kind: str, phrases: Sequence[Phrase]
) -> bool:
    """Whether a pronoun's antecedent is in its question: "Did Keller say she would go?"."""
    word = words[at]
    if _asked_subject(text, words, at, kind):
        return True
    earlier = [p for p in phrases if p.end <= word.start]
    later = [p for p in phrases if p.start >= word.end]
    opening = words[0].low in {
        "when",
        "after",
        "before",
        "if",
        "since",
        "while",
        "although",
        "as",
        "in",
        "despite",
    }
    cataphor = opening and not earlier and later and "," in text[word.end :]
    pool = later if cataphor else earlier
    plain = not any(p.named for p in phrases)
    fits = [
        p
        for p in pool
        if fits_pronoun(p, kind)
        or (plain and kind in {"he", "she"} and p.kind == "thing" and not p.asked)
    ]
    if kind == "they" and len(pool) > 1 and re.search(r"\b(?:and|or)\b", text[: word.start]):
        fits = fits or [p for p in pool if p.named]
    if kind == "they" and words[0].low in {"when", "after", "before", "if", "since", "while"}:
        fits = fits or [p for p in pool if p.named]
    if word.low == "their":
        fits = fits or [p for p in pool if p.named]
    fits = [p for p in fits if not p.asked or kind == "they"]
    if not fits:
        return False
    if pool is later or word.low in _POSSESSIVE:
        return True
    between = [w.low for w in words if fits[0].end <= w.start < word.start]
    boundary = "," in text[fits[0].end : word.start] or any(
        w
        in en.CONJUNCTIONS | en.WH | en.SPEECH | {"after", "before", "since", "than", "until", "as"}
        for w in between
    )
    subject = word.low in {"he", "she", "they"} or (
        at + 1 < len(words) and words[at + 1].low in en.AUXILIARIES
    )
    return boundary or (subject and bool(between))


def _asked_subject(text: str, words: Sequence[Word], at: int, kind: str) -> bool:
    """Whether the pronoun means who is asked for: "Who announced that she would resign?"."""
    asked = words[0].low
    if asked not in {"who", "which", "what"} or kind == "there":
        return False
    if asked == "what" and kind != "it":
        return False
    second = words[1].low if len(words) > 1 else ""
    passive = second in en.BE and any(is_participle(w.low) for w in words[2:at])
    if passive and words[at].low in _POSSESSIVE and kind == "it":
        return True
    if second in en.BE | en.DO | en.MODAL or (asked != "who" and second in en.HAVE):
        return False
    if asked != "who":
        subject = next((p for p in noun_phrases(text) if p.asked), None)
        if subject is None or subject.end > words[at].start:
            return False
        following = next((w.low for w in words if w.start >= subject.end), "")
        if following in en.DO | en.MODAL | en.BE:
            return False
    pronoun = words[at].low
    if pronoun in _POSSESSIVE:
        return (
            any(p.named and p.start > words[at].end for p in noun_phrases(text)) or len(words) > 7
        )
    clause = en.CONJUNCTIONS | en.SPEECH | {"when", "where", "why", "how", "after", "before", "as"}
    between = [w.low for w in words[1:at]]
    return any(w in clause for w in between) or (
        asked == "who" and pronoun in {"him", "her"} and len(words) > 6
    )


def fits_pronoun(phrase: Phrase, kind: str) -> bool:
    """Whether a pronoun of that kind can stand for the phrase: person, number and gender."""
    if kind in {"he", "she"}:
        gender = "m" if kind == "he" else "f"
        if phrase.gender not in {"", gender} or phrase.plural:
            return False
        return phrase.kind == "person" or phrase.kind == "name"
    if kind == "it":
        return phrase.kind != "person" and not phrase.plural
    if kind == "there":
        return phrase.kind == "place"
    return phrase.plural or phrase.kind in {"group", "place"}


def _pointing(text: str, words: Sequence[Word], at: int, content_next: bool) -> Iterator[Anaphor]:
    """ "that" and its like, where they point at something said: not "the man that", "said that"."""
    word = words[at]
    before = words[at - 1].low if at else ""
    after = words[at + 1].low if at + 1 < len(words) else ""
    if any(m.start() <= word.start < m.end() for m in TIME.finditer(text)):
        return
    if word.low in {"these", "those"} and after in {"days", "who"}:
        return
    opens = not at and after not in en.AUXILIARIES
    if (
        word.low == "that"
        and after
        and (opens or after in {"of", "which", "where", "who", "unless"})
    ):
        return
    if (
        word.low == "that"
        and before in {"from", "to", "than"}
        and after in {"on", "in", "for", "at"}
    ):
        return
    if after in {"mean", "means"} and at + 2 < len(words):
        return
    if word.low == "that" and before and before not in en.FUNCTION and after not in DAYS:
        clause = after in en.PERSONAL | en.DETERMINERS or content_next or after in en.AUXILIARIES
        if clause and (before in en.SPEECH or not _asks_deed(words, at)):
            return
    if word.low == "that" and before in en.PERSONAL | {"so", "such", "way", "now"} and after:
        return
    if word.low == "that" and (after in en.PERSONAL or after in en.DETERMINERS):
        return
    if (
        content_next
        and not (at + 2 == len(words) and after in _EVENT_VERBS)
        and after not in _EVENT_VERBS
    ):
        if before in en.BE and is_participle(after):
            yield Anaphor("event", word.start, word.end)
            return
        if before in en.BE and at + 2 == len(words) and not after.endswith("s") and at == 1:
            yield Anaphor("event", word.start, word.end)
            return
        noun = next((p for p in noun_phrases(text) if p.bare == words[at + 1].start), None)
        if noun is not None and word.low == "that" and before not in en.FUNCTION:
            rest = split_words(text[noun.end :])
            if rest and rest[0].low not in en.PREPOSITIONS:
                return
        if noun is not None:
            modified = " " in text[noun.bare : noun.end] or noun.named or noun.extent > noun.end
            if not modified:
                yield Anaphor("noun", word.start, noun.end, noun=noun.head)
        else:
            yield Anaphor("event", word.start, word.end)
        return
    yield Anaphor("event", word.start, word.end)


def _asks_deed(words: Sequence[Word], at: int) -> bool:
    """ "Who signed that bill": a verb right after "who" takes an object, not a clause."""
    return (
        at >= 2
        and words[at - 2].low in {"who", "what", "they", "he", "she", "it"}
        and words[at - 1].low not in en.SPEECH
    )
