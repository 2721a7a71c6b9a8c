"""Follow-up questions, made to stand alone from the conversation before they are searched.

No language model is used: the method is the classic one for short dialogues, a ranking of the
noun phrases in focus (subjects before objects, recent before old, as in centering theory: Grosz,
Joshi and Weinstein, 1995), over closed word classes. Precision comes first: a question that
stands alone is returned untouched, to the character.

Three outcomes are possible, in this order of preference. A pronoun or a missing slot is *filled
in* ("and Russia?" after "What did China call for?" is "What did Russia call for?"). Where what is
meant is a whole event or an answer not known here, the question is *joined* to the one before
("What did China call for, and why?"). Otherwise it is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa import conversation_words as en
from qa.anaphora import DAYS, POINTING, Anaphor, find_anaphors, fits_pronoun
from qa.noun_phrases import (
    MONTH,
    TIME,
    WEEKDAY,
    Phrase,
    is_acronym,
    is_named,
    is_verb,
    noun_phrases,
    split_words,
)
from qa.records import Answer

TURNS_READ = 5
"""Earlier turns that are looked at, newest first."""
CHARACTERS_READ = 400
"""Longest question, and longest part of a quote or headline, that is looked at."""
BASE_CHARACTERS = 160
"""Longest earlier question that is repeated in full when two questions are joined."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of the conversation and what its answer rested on.

    ``resolved`` is the stand-alone form that was searched, if it differs; ``quotes`` are the
    sentences the answer quoted and ``titles`` the headlines of the cited articles, in order.
    """

    question: str
    resolved: str = ""
    quotes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """What an answer leaves for the questions after it."""
        resolved = answer.resolved_question
        return cls(
            question=answer.question,
            resolved=resolved if resolved != answer.question else "",
            quotes=tuple(citation.quote for citation in answer.citations),
            titles=tuple(dict.fromkeys(citation.title for citation in answer.citations)),
        )


def resolve(question: str, history: Sequence[Turn]) -> str:
    """Return the stand-alone form of ``question``, or ``question`` itself.

    The question comes back unchanged when it stands alone, when there is no history to take
    anything from, and when it is longer than `CHARACTERS_READ` (so long a question has its own
    context). A changed question is at most a few hundred characters. Deterministic; never raises.
    """
    if not history or len(question) > CHARACTERS_READ or not question.strip():
        return question
    context = _Context.of(history)
    if context is None:
        return question
    new = _NEW_TOPIC.match(question)
    if new:
        return _upper_first(question[new.end() :].strip()) or question
    polite = _core(question)
    core = _POLITE.sub("", polite)
    if _own_context(core):
        return question
    if _WAS_SAID.match(core):
        return _tidy(context.join(question))
    for rule in (_again, _ordinal, _bare, _else, _ellipsis):
        resolved = rule(core, context)
        if resolved is not None:
            return _tidy(resolved)
    resolved = (
        _anaphora(polite, context) or _relational(core, context) or _definite(polite, context)
    )
    if resolved is None or resolved.rstrip("?!. ") == polite.rstrip("?!. "):
        return question
    return _tidy(resolved)


def needs_context(question: str) -> bool:
    """Whether ``question`` cannot be understood by itself: "why?", "and Russia?", "did he win?"."""
    if len(question) > CHARACTERS_READ or not question.strip():
        return False
    core = _POLITE.sub("", _core(question))
    return not _own_context(core) and bool(
        _AGAIN.fullmatch(core)
        or _MORE.fullmatch(core)
        or _ORDINAL.fullmatch(core)
        or _BARE.fullmatch(core)
        or _WH_ELSE.fullmatch(core)
        or _fragment(core)
        or _verbless_answer(core)
        or find_anaphors(core)
        or _is_relational(core)
    )


# The conversation ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Context:
    """What a follow-up can take from: the last question that says something, and its answer."""

    base: str
    turn: Turn
    earlier: tuple[str, ...]

    @classmethod
    def of(cls, history: Sequence[Turn]) -> _Context | None:
        recent = list(history[-TURNS_READ:])[::-1]
        bases = [_base(turn) for turn in recent]
        at = next((i for i, base in enumerate(bases) if base), None)
        if at is None:
            return None
        return cls(bases[at], recent[0], tuple(base for base in bases[at + 1 :] if base))

    def quotes(self) -> Iterator[str]:
        yield from (quote[:CHARACTERS_READ] for quote in self.turn.quotes[:5])

    def join(self, question: str) -> str:
        """Both questions in one: "What did China call for, and why?"."""
        question = question.rstrip("?!. ")
        if (
            _is_question(self.base)
            and len(self.base) <= BASE_CHARACTERS
            and _BESIDE not in self.base
        ):
            return f"{self.base}, and {_lower_first(question)}?"
        topic = self.topic()
        return f"{_upper_first(question)}{_BESIDE}{topic}?" if topic else f"{question}?"

    def topic(self) -> str:
        """What the last question is about, as a phrase; "" when it is about nothing by name."""
        if _BESIDE in self.base:
            return self.base.split(_BESIDE, 1)[1]
        if not _is_question(self.base) and len(split_words(self.base)) <= 12:
            return self.base
        topic = ""
        end = 0
        phrases = [p for p in noun_phrases(self.base) if not p.asked]
        for phrase in phrases[:4]:
            if phrase.start < end:
                continue
            between = self.base[end : phrase.start]
            linked = all(w.low in en.PREPOSITIONS | {"and"} for w in split_words(between))
            topic += (between if linked else " and ") if topic else ""
            topic += self.base[phrase.start : phrase.extent]
            end = phrase.extent
        return topic


_ASIDE = re.compile(r"^(?:talking|speaking) (?:about|of) [^,]+,\s*", re.I)
_BESIDE = ", regarding "
_JOINED = re.compile(
    r", and (?=(?:who|what|when|where|why|how|which|is|was|are|were|did|do|does|has|have|can"
    r"|will)\b)",
    re.I,
)
_NEW_TOPIC = re.compile(
    r"^\s*(?:(?:ok|okay|well|so|right|now|thanks|thank you|and|but)\b[,.!:]*\s+)*"
    r"(?:(?:a |an )?(?:different|new|another|other|unrelated|next)"
    r" (?:topic|subject|question|matter)"
    r"|(?:let us|let['’]s )?chang(?:e|ing) (?:the |of )?(?:topic|subject)"
    r"|(?:on )?(?:something|somewhere) (?:else|completely different)(?: now)?"
    r"|on (?:a different|another) (?:note|matter|subject)|moving on|by the way|apropos of nothing)"
    r"\s*[:,.;!–—-]+\s*",
    re.I,
)
_ABOUT = re.compile(r"^(?:what|how) about (.+)$", re.I)
_POLITE = re.compile(
    r"^(?:(?:can|could|would) you (?:please )?(?:tell me|explain|clarify)|do you know"
    r"|i want to know"
    r"|i would like to know|i'd like to know|please tell me)(?: more)?[,:]?\s+(?=who|what|when"
    r"|where|why|how|which|if)",
    re.I,
)


def _base(turn: Turn) -> str:
    """The one clause of an earlier turn that later ones lean on, without its question mark."""
    text = " ".join((turn.resolved or turn.question)[:CHARACTERS_READ].split())
    sentences = [s.strip() for s in re.split(r"(?<=[?!])\s+|(?<=[^\W\d]{3}\.)\s+", text)]
    idle = en.FUNCTION | en.GREETINGS
    sentences = [s for s in sentences if any(w.low not in idle for w in split_words(s))]
    if not sentences:
        return ""
    asked = [s for s in sentences if s.endswith("?")]
    chosen = (asked or sentences)[-1].rstrip("?!. ")
    parts = [part for part in _JOINED.split(chosen) if part]
    return _ASIDE.sub("", _POLITE.sub("", _core(parts[0]))).rstrip("?!. ")


def _is_question(text: str) -> bool:
    words = split_words(text)
    if not words:
        return False
    first = words[0].low
    if words[0].low in en.PREPOSITIONS and len(words) > 1:
        first = words[1].low
    return first in en.WH | en.AUXILIARIES or (first in en.ASKING and len(words) > 2)


_AND = re.compile(r"(?:and|but|or)\b", re.I)
_LEADING = re.compile(
    r"^(?:(?:and|so|but|ok|okay|well|also|then|thanks|thank you|hmm+|oh|yes|no|right|great|sorry"
    r"|now"
    r"|by the way|wait)\b[,.!]*\s+)+",
    re.I,
)


def _core(question: str) -> str:
    """The question without "and", "so", "ok, " in front and without repeated blanks."""
    text = " ".join(question.split())
    core = _LEADING.sub("", text)
    if not split_words(core):
        return text
    if _AND.match(text) and _is_new_slot(core):
        core = f"what about {core}"
    return core


def _is_new_slot(core: str) -> bool:
    """Whether "and ..." brings something in the place of something earlier."""
    words = split_words(core)
    first = words[0].low
    if (
        len(words) > _SHORT
        or first in en.WH | en.AUXILIARIES | en.ASKING | en.PERSONAL | en.PREPOSITIONS
    ):
        return False
    content = [w for w in words if w.low not in en.FUNCTION or is_acronym(core, w)]
    spoken = any(w.low in en.AUXILIARIES and not w.low.startswith("'") for w in words)
    spoken = spoken or core.endswith("!")
    return bool(content) and not spoken and not TIME.fullmatch(core.rstrip("?!. "))


def _own_context(core: str) -> bool:
    """Whether a question brings its context along: several sentences, a statement, a speaker.

    "You" and "I" speak to the assistant about matters of their own, not about the articles.
    """
    words = split_words(core)
    if re.search(r"[?!.]\s+\S", core) and len(words) > 6:
        return True
    if any(w.low in {"i", "you", "we", "my", "your", "our"} for w in words):
        return not any(p.fullmatch(core) for p in (_AGAIN, _MORE, _ORDINAL, _BARE))
    return not _is_question(core) and len(words) > (8 if core.endswith("?") else _SHORT)


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    words = split_words(text)
    if not words or words[0].text == "I" or words[0].low not in en.FUNCTION | en.ASKING:
        return text
    return text[:1].lower() + text[1:] if not is_acronym(text + " x", words[0]) else text


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([?,.])", r"\1", " ".join(text.split()))
    text = text.rstrip("?!. ")
    words = split_words(text)
    order = bool(words) and words[0].low in en.ASKING and ":" not in text
    return _upper_first(text if order else f"{text}?")


def _sentence(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


# Rules: each returns the stand-alone form, or None when it does not apply ------------------------

_END = r"[\s?!.]*"
_AGAIN = re.compile(
    rf"(?:really|are you (?:really )?sure|is (?:it|that|this)(?: really)? (?:true|so|right"
    rf"|correct|certain)"
    rf"|seriously|says who|who says so|how do you know(?: that)?|sources?){_END}",
    re.I,
)
_MORE = re.compile(
    rf"(?:summari[sz]e|explain|describe|elaborate on) (?:this|that|it)|(?:show"
    rf"|give) me the latest(?: news)?|(?:(?:can|could) you |please )?(?:(?:tell|give|show) (?:me"
    rf"|us) more(?: details| information)?"
    r"|tell me everything|more|more details|more information|go on|continue|elaborate|explain"
    r"|explain more|say more|what else|anything else|anything more|is there more|any more"
    r"|any(?: more| further| other)? (?:updates?|news|details|developments|information)"
    r"|what(?:'s| is| are) the (?:latest|latest news|details)|(?:the )?latest|details|updates?"
    r"|any(?:thing)? new"
    r"|what(?:'s| is) new|what happened (?:next|then|after that|afterwards|since|since then|later)"
    r"|(?:then|and then) what(?: happened)?|what next|and then|then|what about it|how so"
    rf"|(?:more |tell me more |tell us more |any news |any updates? )(?:on|about) (?:this|that"
    rf"|it)){_END}",
    re.I,
)


def _again(core: str, context: _Context) -> str | None:
    if _AGAIN.fullmatch(core):
        return context.base
    if not _MORE.fullmatch(core):
        return None
    low = core.lower()
    if "happened" in low or "next" in low or low.startswith("then") or "how so" in low:
        asked = "what happened next" if "how so" not in low else "how"
        return context.join(asked)
    news = re.search(r"updates?|news|latest|new\b|developments", low)
    topic = context.topic()
    if not topic:
        return context.base
    if news:
        return f"What is the latest news on {topic}"
    if _is_question(context.base) and len(context.base) <= BASE_CHARACTERS:
        return f"Tell me more: {_lower_first(context.base)}"
    return f"Tell me more about {topic}"


_ORDINALS = {
    "first": 0,
    "second": 1,
    "third": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
    "latter": -1,
    "former": 0,
}
_ORDINAL = re.compile(
    r"(?:what about |how about |tell me (?:more )?about |more (?:on|about) )?the "
    rf"(?P<which>{'|'.join(_ORDINALS)})(?: (?:one|article|story|report|source|quote))?{_END}",
    re.I,
)


def _ordinal(core: str, context: _Context) -> str | None:
    match = _ORDINAL.fullmatch(core)
    if not match:
        return None
    at = _ORDINALS[match["which"].lower()]
    for shown, name in ((context.turn.titles, "article"), (context.turn.quotes, "quote")):
        if len(shown) > at and shown:
            return f"Tell me more about “{_clip(shown[at])}”" if name else None
    return context.join(f"what about the {match['which'].lower()} one")


def _clip(text: str, limit: int = 120) -> str:
    text = " ".join(text[:CHARACTERS_READ].split()).strip("“”\"' ")
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"


_BARE = re.compile(
    rf"(?P<wh>(?:but |and )?(?:why(?: not| so)?|how(?: come| much| many| long| often| far| old"
    rf"| big)?|when|where"
    r"|since when|until when|for how long|how|who|whom|by how much|by whom|with whom|to whom"
    r"|whose|what|which(?: ones?)?"
    r"|what for|where to|from where|for what|why is that|why was that|how is that(?: possible)?"
    r"|what kind|what time|which [^\W\d_]+|(?:in|at|on|from|to|for|of|with) (?:which"
    r"|what) [^\W\d_]+"
    r"|how (?:many|much) [^\W\d_]+(?<!ed)"
    rf"|which (?:one|day|year|country|city|team)s?|what (?:day|year|date))(?: exactly"
    rf"| then)?){_END}",
    re.I,
)


def _bare(core: str, context: _Context) -> str | None:
    """ "Why?": asked of the question before, in place of its own "when", or beside it."""
    match = _BARE.fullmatch(core)
    if not match:
        return None
    asked = re.sub(r"^(but|and) | (exactly|then)$|(?<=why) so$", "", match["wh"].lower())
    asked = {
        "why is that": "why",
        "why was that": "why",
        "how is that": "how",
        "how come": "why",
    }.get(asked, asked)
    words = split_words(context.base)
    first = words[0].low if words else ""
    if asked in {
        "why",
        "how",
        "when",
        "where",
        "since when",
        "until when",
        "for how long",
        "how long",
    }:
        if first in en.AUXILIARIES and not first.startswith("'") and len(words) > 2:
            return f"{asked} {_lower_first(context.base)}"
        if first in {"when", "where", "why"} and len(words) > 2 and words[1].low in en.AUXILIARIES:
            return f"{asked}{context.base[words[0].end :]}"
    return context.join(asked)


_WH_ELSE = re.compile(rf"(?P<wh>who|where|when|what|how|why) else{_END}", re.I)


def _else(core: str, context: _Context) -> str | None:
    match = _WH_ELSE.fullmatch(core)
    if not match:
        return None
    words = split_words(context.base)
    if words and words[0].low == match["wh"].lower():
        return f"{context.base[: words[0].end]} else{context.base[words[0].end :]}"
    return context.join(f"{match['wh']} else")


_FRAME = re.compile(r"(?:what|how) about\s+|(?:and|or)\s+(?:what about\s+)?", re.I)
_SHORT = 6


def _fragment(core: str) -> str:
    """What is put in place of something earlier: "Russia" of "what about Russia?", or ""."""
    text = core.rstrip("?!. ")
    match = re.match(r"(?:what|how) about\s+", text, re.I)
    rest = text[match.end() :] if match else text
    words = split_words(rest)
    if not words:
        return ""
    if match:
        return rest if not find_anaphors(core) else ""
    if TIME.fullmatch(rest):
        return rest
    if (
        len(words) > _SHORT
        or words[0].low in en.WH | en.AUXILIARIES | en.ASKING | en.PERSONAL
        or "," in rest
    ):
        return ""
    if words[0].low in en.PREPOSITIONS and len(words) > 1 and words[1].low in en.WH | POINTING:
        return ""
    if words[0].low in en.PREPOSITIONS and len(words) <= _SHORT:
        return rest if core.rstrip().endswith("?") or len(words) <= 4 else ""
    content = [w for w in words if w.low not in en.FUNCTION or is_acronym(rest, w)]
    determined = words[0].low in {"the", "its", "his", "her", "their", "other", "any"}
    if any(w.low in en.AUXILIARIES and not w.low.startswith("'") for w in words):
        return ""
    if not content or (len(words) - len(content) > 3):
        return ""
    if (
        len(content) <= 2
        and core.rstrip().endswith("?")
        and (determined or len(content) == 1 or _named_run(rest))
    ):
        return rest
    return rest if len(content) == 1 and len(words) <= 2 and content[0].low in en.RELATIONAL else ""


def _named_run(text: str) -> bool:
    phrases = noun_phrases(text)
    return len(phrases) == 1 and phrases[0].named


def _verbless_answer(core: str) -> re.Match[str] | None:
    """ "Did Russia?", "will it?": an auxiliary and its subject, the verb left out."""
    return re.fullmatch(
        rf"(?P<aux>did|does|do|has|have|had|will|would|can|could|should|is|was|are"
        rf"|were)(?:n['’]t)? "
        rf"(?P<who>(?:the )?[\w.\-]+(?: (?-i:[A-Z])[\w.\-]+){{0,3}})(?: too| also| not)?{_END}",
        core,
        re.I,
    )


def _ellipsis(core: str, context: _Context) -> str | None:
    answer = _verbless_answer(core)
    if answer and len(split_words(answer["who"])) <= 4:
        who = answer["who"]
        if who.lower() in en.PERSONAL - {"i", "you", "we", "me", "us"}:
            return context.base
        if (
            not any(is_verb(w.low) and not w.text[0].isupper() for w in split_words(who)[1:])
            and who.lower() not in en.PERSONAL
        ):
            return _replaced(who, context) or context.join(core)
    new = _fragment(core)
    if not new:
        return None
    if _is_first_word(new, core) and not is_named(new, split_words(new), 0):
        new = _lower_first(new)
    if not _is_question(context.base) and _named_run(new):
        return None if not _ABOUT.match(core) else _replaced(new, context) or _beside(new, context)
    return _replaced(new, context, core) or _beside(new, context)


def _beside(new: str, context: _Context) -> str | None:
    topic = context.topic()
    if not topic:
        return None
    if split_words(new)[0].low in en.PREPOSITIONS:
        return f"{context.base} {new}"
    return f"What about {new}{_BESIDE}{topic}"


def _is_first_word(new: str, core: str) -> bool:
    return bool(new) and core.lower().startswith(new.lower())


def _replaced(new: str, context: _Context, core: str = "") -> str | None:
    """The question before with ``new`` where something of its kind stood; None if nothing did."""
    base = context.base
    time = TIME.fullmatch(new)
    if time:
        return _at_another_time(base, time)
    words = split_words(new)
    if words[0].low in en.PREPOSITIONS and len(words) > 1:
        inner = noun_phrases("about " + new[words[1].start :])
        for slot in _slots(base):
            loose = words[0].low not in {"in", "at", "on"}
            if slot.preposition != words[0].low or not inner:
                continue
            if loose or slot.kind == inner[0].kind or _alike(slot, inner[0]):
                return _sentence(base, [(slot.start, slot.end, new[words[1].start :])])
        return f"{base} {new}"
    inner = noun_phrases(new if _is_first_word(new, core) else "about " + new)
    if not inner:
        return None
    fresh = inner[0]
    slots = [slot for slot in _slots(base) if not slot.asked]
    same = [slot for slot in slots if slot.kind == fresh.kind and _alike(slot, fresh)]
    near = [slot for slot in slots if _alike(slot, fresh)]
    head = [slot for slot in _slots(base) if slot.head == fresh.head]
    about = [slot for slot in slots if slot.preposition == "about" and not fresh.named]
    best = (near, same) if fresh.kind == "group" else (same, near)
    for slot in (*head[:1], *best[0][:1], *best[1][:1], *about[:1]):
        keep = (
            slot.determiner == "the"
            and not fresh.named
            and not fresh.determiner
            and not fresh.plural
        )
        if base[slot.start : slot.end].lower() == new.lower():
            continue
        return _sentence(base, [(slot.bare if keep else slot.start, slot.end, new)])
    return None


def _alike(old: Phrase, new: Phrase) -> bool:
    if all(p.named or (p.kind == "place" and p.head not in en.PLACE_NOUNS) for p in (old, new)):
        return (
            old.kind == new.kind
            or "name" in (old.kind, new.kind)
            or {old.kind, new.kind} == {"place", "group"}
        )
    if old.kind == new.kind == "person":
        return old.plural == new.plural
    return False


def _slots(text: str) -> list[Phrase]:
    """Phrases that can be replaced, the owner of "China's economy" for itself."""
    slots: list[Phrase] = []
    for phrase in noun_phrases(text):
        owner = re.search(r"['’]s\s", text[phrase.start : phrase.end])
        if owner:
            end = phrase.start + owner.start()
            inner = noun_phrases(text[:end])
            slots.extend(p for p in inner if p.end == end)
        slots.append(phrase)
    return slots


def _at_another_time(base: str, new: re.Match[str]) -> str:
    old = next(iter(TIME.finditer(base)), None)
    if old:
        prep = new["prep"] or (old["prep"] or "")
        if not new["prep"] and re.match(
            r"yesterday|today|last|this|next|tomorrow", new["time"], re.I
        ):
            prep = ""
        return _sentence(base, [(old.start(), old.end(), f"{prep} {new['time']}".strip())])
    prep = new["prep"] or ""
    if not prep:
        prep = "in" if re.match(rf"(?:1[5-9]|20)\d\d|{MONTH}", new["time"], re.I) else ""
        prep = "on" if re.match(WEEKDAY, new["time"], re.I) else prep
    return f"{base} {prep} {new['time']}"


# Pronouns --------------------------------------------------------------------------------------

_SAID = re.compile(r"who (?:said|says|claimed|wrote|told us) (?:that|this|it|so)", re.I)
_SPEECH_QUOTED = re.compile(r"[“\"]([^“”\"]{12,})[”\"]")


def _anaphora(core: str, context: _Context) -> str | None:
    anaphors = find_anaphors(core)
    if not anaphors:
        return None
    if _SAID.match(core):
        quote = next(context.quotes(), "")
        if quote:
            spoken = _SPEECH_QUOTED.search(quote)
            return f"Who said “{_clip(spoken[1] if spoken else quote).rstrip(',. ')}”"
    edits: list[tuple[int, int, str]] = []
    filled: set[str] = set()
    loose = False
    for anaphor in anaphors:
        if anaphor.kind in filled:
            continue
        text = _antecedent(anaphor, context)
        if text is None:
            loose = True
            continue
        filled.add(anaphor.kind)
        if anaphor.possessive:
            text += "’" if text.endswith("s") else "’s"
        edits.append((anaphor.start, anaphor.end, text))
    if not loose:
        return _sentence(core, edits)
    outside = [
        edit for edit in edits if edit[2].removesuffix("’s").lower() not in context.base.lower()
    ]
    joined = context.join(_sentence(core, outside))
    return joined if joined.rstrip("?") != core.rstrip("?") else None


def _antecedent(anaphor: Anaphor, context: _Context) -> str | None:
    if anaphor.kind == "event":
        return _sole_topic(context)
    if anaphor.kind == "one":
        return None
    if anaphor.kind == "then":
        time = TIME.search(context.base)
        return time[0] if time else None
    if anaphor.kind == "noun":
        return _pointed_noun(anaphor.noun, context)
    people = anaphor.kind in {"he", "she"}
    base = context.base
    if people and re.match(r"(?:who|which|whose|what(?: is|'s|’s)? the name)\b", base, re.I):
        answered = _speaker(context, anaphor.kind, but=base)
        if answered and not _who_is(base):
            return answered
    found = _in_focus(base, anaphor.kind)
    if people and (found is None or not re.search(r"[A-Z]", re.sub(_OWNER, "", f" {found}"))):
        # "The new striker" has a name in the answer, where nobody else has one.
        found = _speaker(context, anaphor.kind, but="", only=found is not None) or found
    if found is None and anaphor.kind in {"he", "she", "they"}:
        owner = re.search(_OWNER, base)
        found = owner[1] + (owner[2] or "") if owner else None
    if found is None and anaphor.kind != "it":
        for text in context.earlier:
            found = found or _in_focus(text, anaphor.kind)
    return found


_OWNER = re.compile(r"(?<!^)\b([A-Z][\w-]+(?: [A-Z][\w-]+)*?)(?:(s)[’']|[’']s\b)")
"""Whose something is: a person, club or company that a later pronoun may mean."""


def _who_is(text: str) -> bool:
    """Whether a question asks who somebody is, by name: "who is boris tadic"."""
    words = split_words(text)
    if len(words) < 3 or words[0].low != "who" or words[1].low not in en.BE:
        return False
    return any(p.start == words[2].start and not p.determiner for p in noun_phrases(text))


_WAS_SAID = re.compile(
    r"(?:when|where|why|how|by whom)(?: exactly)? (?:was|is) (?:it|that|this) "
    r"(?:said|told|announced|reported|written|stated|decided)\b",
    re.I,
)
"""Asks after the saying itself, so "it" means the whole answer."""
_SET_PHRASE = re.compile(
    r"\b(?:on (?:board|strike|time|duty|trial|air|fire|foot|sale)|"
    r"at (?:home|work|sea|large|risk|war)|"
    r"in (?:general|fact|detail|prison|court|office|power|charge|public)|by (?:law|name)|"
    r"the (?:latest|news|newest|story|situation))$",
    re.I,
)
"""Prepositions with a noun that names no thing a pronoun could mean."""
_HAPPENED = re.compile(r"what(?:['’]s| is| was)? happening\b", re.I)


def _in_focus(text: str, kind: str) -> str | None:
    """The phrase of ``text`` a pronoun most likely means: its kind first, then its place."""
    phrases = [
        p for p in noun_phrases(text) if not p.asked and not _SET_PHRASE.search(text[: p.end])
    ]
    who_is = _who_is(text)
    fits = [p for p in phrases if fits_pronoun(p, kind)]
    if kind in {"he", "she"}:
        # "The Belt and Road Initiative" is a name, and nobody's.
        fits = [
            p
            for p in fits
            if p.kind == "person"
            or not p.named
            or not (p.determiner or re.search(r"\bthe [A-Z]\w+ and $", text[: p.start], re.I))
        ]
        fits = sorted(fits, key=lambda p: p.kind != "person")
        if not fits and (who_is or (not _is_question(text) and len(phrases) == 1)):
            fits = [p for p in phrases if p.kind == "thing" and not p.plural]
    elif kind == "it":
        if who_is:
            return None
        words = split_words(text)
        if _HAPPENED.match(text) and fits and fits[0].kind == "place":
            return None
        wanted = len(words) > 1 and words[0].low in {"what", "which", "who"}
        if wanted and words[1].low in en.DO | en.MODAL | en.HAVE and fits[:1] == phrases[:1]:
            return None
        if fits and fits[0] is phrases[0] and fits[0].kind != "thing":
            fits = sorted(fits, key=lambda p: p.kind != "thing" or bool(p.preposition))
        fits = sorted(
            fits, key=lambda p: p.kind == "name" and not p.determiner and p.end - p.start < 25
        )
    elif kind == "they":
        fits = fits or [p for p in phrases if p.named and text[p.bare : p.end].isupper()]
        fits = sorted(fits, key=lambda p: (not p.plural, p.kind != "group", p.kind != "place"))
        pair = re.search(r"\band\b", text)
        if pair and len(phrases) > 1 and not any(p.plural for p in fits):
            left = [p for p in phrases if p.end <= pair.start()]
            right = [p for p in phrases if p.start >= pair.end()]
            if (
                left
                and right
                and not text[left[-1].end : pair.start()].strip()
                and not text[pair.end() : right[0].start].strip()
            ):
                return text[left[-1].start : right[0].end]
    if kind in {"it", "they"}:
        fits = sorted((p for p in fits if _solid(text, p)), key=lambda p: p.head in en.RELATIONAL)
    if not fits:
        return None
    chosen = fits[0]
    new = text[chosen.start : chosen.extent]
    if chosen.determiner in {"a", "an"}:
        new = "the " + text[chosen.bare : chosen.extent]
    elif (
        not chosen.determiner
        and not chosen.named
        and not chosen.plural
        and kind == "it"
        and " " not in new
    ):
        new = text[chosen.bare : chosen.extent]
    if kind == "there":
        preposition = (
            chosen.preposition if chosen.preposition in {"in", "at", "near", "on"} else "in"
        )
        return f"{preposition} {new}"
    return _lower_first(new) if chosen.determiner else new


def _solid(text: str, phrase: Phrase) -> bool:
    """Whether a phrase is surely one: a lone lower-case word may be an adjective or a verb."""
    return bool(
        phrase.determiner in {"the", "a", "an"}
        or phrase.preposition
        or phrase.plural
        or phrase.kind in {"place", "group"}
        or (phrase.named and phrase.kind != "thing")
        or " " in text[phrase.bare : phrase.end]
        or not _is_question(text)
    ) and (
        phrase.extent > phrase.end
        or phrase.head not in en.RELATIONAL
        or " " in text[phrase.bare : phrase.end]
    )


def _speaker(context: _Context, kind: str, but: str, only: bool = False) -> str | None:
    """The person the quoted sentences are about, the one who speaks in them first.

    With `only`, none where they are about several.
    """
    candidates: list[tuple[tuple[bool, bool, int], str]] = []
    for n, quote in enumerate(context.quotes()):
        for phrase in noun_phrases(quote):
            if not fits_pronoun(phrase, kind) or not phrase.named or phrase.determiner:
                continue
            text = quote[phrase.start : phrase.end]
            if but and text.lower() in but.lower():
                continue
            if phrase.kind == "name" and len(text.split()) != 2 and not phrase.speaks:
                continue
            candidates.append(
                ((phrase.kind != "person" and not phrase.speaks, not phrase.speaks, n), text)
            )
    if only and len({text for _, text in candidates}) != 1:
        return None
    return min(candidates, key=lambda pair: pair[0])[1] if candidates else None


def _sole_topic(context: _Context) -> str | None:
    """What "that" means when one thing was asked about by name: "What is the Paris accord"."""
    base = context.base
    topic = re.match(
        r"(?:tell me (?:more )?about|what(?:'s|’s| is| was| are| happened (?:in|at|during"
        r"|to)))\s+(.+)$",
        base,
        re.I,
    )
    if topic:
        phrases = noun_phrases(base)
        if phrases and phrases[0].start == topic.start(1) and _solid(base, phrases[0]):
            return _lower_first(base[phrases[0].start : phrases[0].extent])
    if not _is_question(base) and len(split_words(base)) <= 5:
        return base
    return None


_GENERAL = {
    "place": en.PLACE_NOUNS,
    "person": en.ROLES,
    "group": en.GROUPS,
}


def _pointed_noun(noun: str, context: _Context) -> str | None:
    if noun in {"article", "story", "report", "piece"} and context.turn.titles:
        return f"the {noun} “{_clip(context.turn.titles[0])}”"
    if noun in DAYS:
        time = TIME.search(context.base)
        return time["time"] if time else None
    for text in (context.base, *context.earlier):
        for phrase in noun_phrases(text):
            if phrase.head in {noun, noun.removesuffix("s")} and not phrase.asked:
                words = text[phrase.bare : phrase.extent]
                return words if phrase.named and not phrase.determiner else f"the {words}"
    for kind, nouns in _GENERAL.items():
        if noun in nouns:
            fits = [p for p in noun_phrases(context.base) if p.kind == kind and p.named]
            if fits:
                return context.base[fits[0].start : fits[0].extent]
    return None


# Questions that name no subject ----------------------------------------------------------------


_RESPONSE = re.compile(
    rf"(?:how|what|when|why) (?:did|does|do|will|would|has|have|had) .{{2,60}}"
    rf"(?:react|reacted|reacting|respond|responded|responding|reply|replied|comment|vote){_END}",
    re.I,
)
_OPINION = re.compile(
    rf"what (?:did|do|does) (?P<who>.{{2,60}}?) (?:say|think|claim|want|demand){_END}", re.I
)
_ANY_THERE = re.compile(
    rf"(?:are|is|were|was|have) there (?:been )?(?:any |a |an |more )?(?P<noun>[^\W\d_]+){_END}"
    rf"|(?:any|some)(?:one|body) [^\W\d_]+{_END}",
    re.I,
)


def _is_opinion(core: str, known: str = "") -> bool:
    """ "What do analysts say?"; of somebody not spoken of so far it is a question of its own."""
    match = _OPINION.fullmatch(core)
    if match is None:
        return False
    named = [core[p.bare : p.end] for p in noun_phrases(core) if p.named]
    return all(re.search(rf"\b{re.escape(name)}\b", known, re.I) for name in named)


def _is_relational(core: str) -> bool:
    """ "How many were hurt?", "who won?": all of it asks about something it does not name."""
    words = split_words(core)
    if _RESPONSE.fullmatch(core) or _ANY_THERE.fullmatch(core) or _is_opinion(core):
        return True
    if not words or (
        words[0].low not in en.WH | en.AUXILIARIES and words[0].low not in en.PREPOSITIONS
    ):
        return False
    if any(w.low in {"i", "you", "we", "my", "your", "me"} for w in words) or len(words) > 10:
        return False
    content = [
        w
        for i, w in enumerate(words)
        if (w.low not in en.FUNCTION or is_acronym(core, w)) and not w.low.startswith("'")
    ]
    if any(w.low not in en.RELATIONAL or is_named(core, words, words.index(w)) for w in content):
        return False
    times = list(TIME.finditer(core))
    if times:
        return (
            all(w.low in {"today", "yesterday"} for w in content)
            if False
            else bool(content)
            and not (
                {w.low for w in content}
                <= {"happened", "happen", "happening", "died", "dead", "name"}
            )
        )
    return bool(content)


def _relational(core: str, context: _Context) -> str | None:
    known = " ".join((context.base, *context.quotes(), *map(_clip, context.turn.titles[:5])))
    if not _is_relational(core) and not _is_opinion(core, known):
        return None
    if _RESPONSE.fullmatch(core) or _OPINION.fullmatch(core):
        return context.join(core)
    for phrase in noun_phrases(context.base):
        if phrase.head in en.EVENTS and not phrase.asked:
            text = context.base[phrase.start : phrase.extent]
            if not phrase.determiner and not phrase.named and not phrase.plural:
                text = "the " + text
            if phrase.determiner in {"a", "an"}:
                text = "the " + context.base[phrase.bare : phrase.extent]
            return _same_time(f"{core.rstrip('?!. ')} in {text}", context.base)
    if re.fullmatch(r"what (?:was|is|were|are) the \w+(?: \w+)?\W*", core, re.I):
        topic = context.topic()
        if topic and " and " not in topic:
            return _same_time(f"{core.rstrip('?!. ')} of {_lower_first(topic)}", context.base)
    return context.join(core)


def _same_time(question: str, base: str) -> str:
    time = TIME.search(base)
    return question if time is None or TIME.search(question) else f"{question} {time[0]}"


def _definite(core: str, context: _Context) -> str | None:
    """ "the attack" made "the Paris attack" when that is what was spoken of."""
    edits: list[tuple[int, int, str]] = []
    phrases = noun_phrases(core)
    if any(p.named and p.determiner != "the" for p in phrases):
        return None
    for phrase in phrases:
        if phrase.determiner != "the" or phrase.extent != phrase.end:
            continue
        following = re.match(r"\s+(\w+)", core[phrase.end :])
        if following and following[1].lower() in en.PREPOSITIONS | {"that", "which", "who"}:
            continue
        short = [w.low for w in split_words(core[phrase.bare : phrase.end])]
        if len(short) > 1:
            continue
        for text in (context.base, *context.earlier[:1]):
            full = next(
                (p for p in noun_phrases(text) if not p.asked and _names_more(text, p, short)), None
            )
            if full is not None:
                new = text[full.bare : full.extent]
                edits.append((phrase.start, phrase.end, f"the {new}"))
                break
    return _sentence(core, edits) if edits else None


def _names_more(text: str, full: Phrase, short: Sequence[str]) -> bool:
    long = [w.low for w in split_words(text[full.bare : full.end])]
    extended = [w.low for w in split_words(text[full.bare : full.extent])]
    return len(extended) > len(short) and long[-len(short) :] == list(short)
