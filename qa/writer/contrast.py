"""Whether a sentence says the contrary of its evidence, or quotes what nobody said."""

from __future__ import annotations

import re

from embeddings.records import Article
from qa import conversation_words as en
from qa.noun_phrases import split_words
from qa.writer.figures import plain
from qa.writer.words import content, word_set, words_of

_NOT = word_set(
    "not n't t never no none neither nor nobody nothing nowhere without cannot hardly barely"
)
_REFUSING = word_set(
    """
deny denied denies denying refuse refused refuses refusing reject rejected rejects rejecting fail
failed fails failing decline declined declines declining dismiss dismissed lack lacked lacks unable
unlikely false untrue ban banned bans prevent prevented avoid avoided avert averted
    """
)
_NEGATION_REACH = 4
_BREAK = re.compile(r'[,;:"()]|\s-\s')
_MEASURES = frozenset({"enough", "all", "only", "more", "most", "many", "much", "any"})
_OPPOSITES = (
    ("rise rose risen increase increased grow grew grown climb climbed jump jumped gain gained up "
     "raise raised higher surge surged soar soared double doubled",
     "fall fell fallen decrease decreased shrink shrank drop dropped decline declined slip slipped "
     "down cut lowered lower lose lost plunge plunged slump slumped halve halved"),
    ("win won winner victory beat defeated", "lose lost loser defeat"),
    ("before", "after"),
    ("more most", "fewer less least"),
    ("above over", "below under"),
    ("support supported supports back backed backs approve approved favour favoured",
     "oppose opposed opposes reject rejected against refused"),
    ("accept accepted accepts agree agreed agrees", "reject rejected refuse refused rejects"),
    ("open opened opens reopen reopened", "close closed closes shut"),
    ("begin began begun start started", "end ended finish finished stop stopped"),
    ("buy bought buys", "sell sold sells"),
    ("guilty convicted", "innocent acquitted cleared"),
    ("arrest arrested jailed detained", "free freed released"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("first", "last"),
    ("alive survived survive", "dead died killed"),
    ("hire hired appointed", "fire fired sacked dismissed resigned"),
    ("import imported imports", "export exported exports"),
    ("true confirmed", "false denied"),
    ("largest biggest highest most best", "smallest lowest least worst"),
    ("increase", "reduction"),
    ("legal lawful", "illegal unlawful"),
)  # fmt: skip
_SIDES = tuple((word_set(one), word_set(other)) for one, other in _OPPOSITES)
_MULTIPLES = (
    word_set("double doubled doubles doubling twice twofold"),
    word_set("triple tripled triples tripling treble trebled thrice threefold"),
    word_set("quadruple quadrupled fourfold"),
    word_set("half halve halved halving"),
)
_QUOTED = re.compile(r'"([^"]{3,400})"')


def negated_wrongly(claim: str, evidence: str) -> str:
    """The words about which the claim and the evidence differ by a "not"; "" if none."""
    mine, theirs = _negations(claim), _negations(evidence)
    claim_stems, evidence_stems = content(claim), content(evidence)
    for scope, shown in mine:
        if scope & evidence_stems and not any(scope & other for other, _ in theirs):
            return shown
        if not scope & evidence_stems and not theirs:
            return shown
    for scope, shown in theirs:
        # A "not" about something the claim leaves out says nothing against it.
        if len(scope & claim_stems) * 2 > len(scope) and not any(scope & m for m, _ in mine):
            return shown
    return ""


def is_plain_not(shown: str) -> bool:
    """Whether a negation found by `negated_wrongly` is a "not", rather than "refused"."""
    return shown.split()[0].lower() not in _REFUSING


def opposed(claim: str, evidence: str) -> tuple[str, str] | None:
    """A word of the claim and the contrary one that the evidence has in its stead."""
    mine, theirs = set(words_of(claim)), set(words_of(evidence))
    for one, other in _SIDES:
        for here, there in ((one, other), (other, one)):
            if mine & here and not mine & there and theirs & there and not theirs & here:
                return min(mine & here), min(theirs & there)
    return None


def other_multiple(claim: str, evidence: str) -> str:
    """A word like "tripled" of the claim that nothing in the evidence bears out; or ""."""
    mine, theirs = set(words_of(claim)), set(words_of(evidence))
    return next((min(mine & m) for m in _MULTIPLES if mine & m and not theirs & m), "")


def misquoted(claim: str, article: Article) -> str:
    """Words between quotation marks that do not stand in the article; "" if they all do."""
    body = _flat(article.text + "\n" + article.title)
    for match in _QUOTED.finditer(plain(claim)):
        quote = _flat(match[1]).strip(" .,!?;:")
        if " " in quote and quote not in body:
            return match[1]
    return ""


def _flat(text: str) -> str:
    return " ".join(plain(text).casefold().split())


def _negations(text: str) -> list[tuple[frozenset[str], str]]:
    """Each negation's scope, the stems of the words after it, and how it reads."""
    words = split_words(plain(text))
    flat = plain(text)
    found = []
    for index, word in enumerate(words):
        low = word.low
        strong = low in _NOT or low.endswith("n't") or low == "'t"
        if not strong and low not in _REFUSING:
            continue
        scope: list[str] = []
        last = index
        for at in range(index + 1, min(len(words), index + 8)):
            # A comma or a closing quotation mark ends what a "not" is about.
            if scope and _BREAK.search(flat[words[last].end : words[at].start]):
                break
            stems = content(words[at].text)
            if stems and (words[at].low not in en.FUNCTION or words[at].low in _MEASURES):
                scope += stems
                last = at
            if len(scope) >= _NEGATION_REACH:
                break
        if scope:
            found.append((frozenset(scope), flat[word.start : words[last].end].strip("' ")))
    return found
