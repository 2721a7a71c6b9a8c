"""Questions that take for granted what the articles deny.

"Why did the chief executive resign?" asks for a reason, and the article says that she "had no
intention of leaving". A denial beside the word that matches the question's own ("resign",
"leaving") is looked for among the sentences that answer nearly best, and shown first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.evidence import SENTENCE_FEATURES, Evidence, Profile
from qa.expected import Kind
from qa.noun_phrases import Word, is_participle, is_verb, noun_phrases, split_words

NEARLY = 2.5
"""How much lower than the best the log-odds of a denial may be."""
LEAST_FOCUS = 0.6
"""Least cosine between what the question asks about and what is denied."""
LEAST_NOBODY = 0.45
"""The same where a number is asked for, and nobody and nothing is one."""
LEAST_CONTEXT = 0.33
"""Of the question's weight, what a denial and its surroundings must say."""
_TOLD = 0.7
"""Focus from which another sentence is taken to say that it did happen."""
_BEFORE, _AFTER = 45, 25
"""Characters on each side of a word in which a denial is one of it."""
_FOCUS, _CONTEXT, _HOLDS = map(SENTENCE_FEATURES.index, ("focus", "context", "holds_age"))
_DENIES = re.compile(
    r"\b(?:(?<!, )not|never|no longer|nobody|no one|none|nothing|neither|nor|without"
    r"|no (?:intention|plans?|sign|victims?|casualties|deaths?|injur\w+|agreement|decision)"
    r"|den(?:y|ies|ied)|reject(?:s|ed)?|refus(?:e|es|ed)|declin(?:e|es|ed)|rul(?:es?|ed) out"
    r"|withdr[ae]w\w*|drop(?:s|ped)|abandon(?:s|ed)|cancel(?:s|led|ed)|called off|shelved"
    r"|surviv(?:es?|ed)|unharmed|unhurt|averted|stay(?:s|ed)? on)\b|n['’]t\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b(?:nobody|no one|none|nothing|no (?:victims?|deaths?))\b", re.IGNORECASE)
_PRESUMES = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:(?:in|on|at|to|for)\s+)?"
    r"(?:why|when|how|who|whom|which|where|what (?:year|day|caused|made|led))\b",
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:why|when|where|how|in (?:which|what) \w+)\s+"
    r"(?P<verb>did|was|were|has|have|had)\s+(?P<rest>.+?)[\s?!.]*$",
    re.IGNORECASE,
)


def denial(asked: Profile, evidence: Sequence[Evidence]) -> Evidence | None:
    """The sentence that denies what the question takes for granted, ``None`` where none does."""
    if not evidence or not _PRESUMES.match(asked.text) or _DENIES.search(asked.text):
        return None
    top = max(item.score for item in evidence)
    near = [item for item in evidence if item.score >= top - NEARLY]
    numbers = asked.kind is Kind.NUMBER
    denying = [item for item in near if _denies(item, numbers)]
    if any(item.features[_FOCUS] >= _TOLD for item in near if item not in denying):
        return None
    return max(denying, key=lambda item: (item.features[_FOCUS], item.score), default=None)


def premise(question: str) -> str:
    """What a question takes for granted: "the mayor did resign"; empty where it is not plain."""
    found = _INVERTED.match(question)
    if not found:
        return ""
    rest = found["rest"]
    words = split_words(rest)
    subject = next((phrase for phrase in noun_phrases(rest) if phrase.start == 0), None)
    if subject is None:
        return ""
    inside = [word for word in words if word.end <= subject.extent]
    capitals = [word.text[0].isupper() or word.low == "'s" for word in inside]
    if capitals[0] and False in capitals:
        # "Agathe Lorne step": a name, and the verb after it.
        inside = inside[: capitals.index(False)]
    elif len(inside) > 1 and _is_loose_verb(rest, inside):
        inside = inside[:-1]
    following = words[len(inside) :]
    if not following or following[0].low == "of":
        return ""
    return f"{rest[: inside[-1].end]} {found['verb'].lower()} {rest[following[0].start :]}"


def _is_loose_verb(text: str, words: Sequence[Word]) -> bool:
    """Whether the last word is a verb and no possession, as in "dockers’ strike"."""
    last = words[-1]
    loose = text[words[-2].end : last.start].isspace()
    return loose and (is_verb(last.low) or is_participle(last.low))


def _denies(item: Evidence, numbers: bool) -> bool:
    focus = item.features[_FOCUS]
    if item.focus_at < 0 or item.features[_CONTEXT] < LEAST_CONTEXT:
        return False
    at = item.focus_at - item.span[0]
    beside = item.text[max(0, at - _BEFORE) : at + _AFTER]
    if numbers and focus >= LEAST_NOBODY and _NOBODY.search(beside):
        return True
    if item.features[_HOLDS:].any():
        # It has what is asked for: "3.4 million people are affected; it did not say so at first."
        return False
    return focus >= LEAST_FOCUS and bool(_DENIES.search(beside))
