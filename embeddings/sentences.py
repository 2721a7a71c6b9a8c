"""Text to sentences: the units that are packed into passages and quoted in answers.

Three steps, each exact in offsets:

1. `paragraph_spans`: a newline ends a paragraph, save in text whose lines were wrapped to a
   width, where it is a space like any other.
2. Boundaries within a paragraph come from `sentencex` (Wikimedia; rules and abbreviations of
   some 300 languages). ``docs/experiments/sentences.md`` says why this library.
3. `_repair` mends the few things it does otherwise than newspapers need.

A quotation stays with the words that attribute it, even when it holds several sentences, for
half of one reads as if the newspaper had said it; only a long one is divided.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import sentencex

from embeddings.records import Span

LONG_SENTENCE = 400
"""Characters above which a sentence is looked at again for boundaries inside its quotation."""

_BLOCK = 8_000
"""Characters handed to the library at once: its time grows with the square of a paragraph's."""

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_WORD = re.compile(r"\S+")
_LIST_ITEM = re.compile(r"[-*•–—·]\s|\(?\d{1,3}[.)]\s")
_TABULAR = re.compile(r"\S(?:\s{3,}|\t+|\.{4,})\S")

_CLOSERS = "\"'”’»)]}›」』）】》"
_OPENERS = "\"'“‘«([{‹„「『（【《¿¡"
_STOPS = ".?!…"
_QUOTES_TO_SPACES = str.maketrans(dict.fromkeys('“”"„«»‘', " "))
_REFERENCE = re.compile(r"(?:\[[^\[\]\n]{1,40}\]|:\d[\d–,-]*(?=\s|\[|$))+")
_LIST_MARKER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4})[.)]\s*")
_HALF_DAY = re.compile(r"\b[ap]\.\s?m\.\s*$", re.IGNORECASE)
_AFTER_HALF_DAY = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s\d|"
    r"GMT\b|UTC\b|[A-Z]{1,3}[SD]?T\b)"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:approx|max|min|avg|est|incl|excl|ca|lbs?|oz|ft|sq|cu|hrs?|mins?|secs?|yrs?|pct|cf|"
    r"viz|resp|dept|govt|intl|natl)|\b\w(?:\.\w)+)\.\s*$",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(
    r"\b(?:approx|max|min|avg|est|incl|ca|circa|ch|vols?|figs?|eqs?|paras?|rm|apt|rte|tel|nos?|"
    r"mon|tues?|wed|thu|thurs?|fri|sat|sun)\.$",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(
    r"\b(?:Ms|Mx|Amb|Atty|Asst|Assoc|Dep|Dir|Cdr|Ofc|Pte|Supt|Treas|Secy|Cllr|Ald|Bp|Archbp|"
    r"Gens|Profs|Sgts|Lts|Govs|Revs|Sens|Reps|Pt|Ft|Mt|Ste|Geo|Wm|Chas|Jos|Thos)\.$"
)
_SHORT_NAME = re.compile(r"\b[A-Z][a-z]{1,4}\.$")
_MISSED = re.compile(
    r"…[\"”’)]*\s+(?=[\"“‘(\[]?[^\W\d_])"
    r"|(?:[?!…]|\b[^\W\d_]{2,}\.|\d\.)[\"”’]?\)\s+(?=[\"“‘(\[]?[^\W\d_])"
)


def sentence_spans(text: str) -> list[Span]:
    """Half-open spans of the sentences of `text`, in order and without overlap.

    Whitespace is trimmed at both ends of each, and every other character lies in exactly one.
    The end of a paragraph always ends a sentence, and so does a run of some thousands of
    characters without any boundary, which no reader would call a sentence.
    """
    return [
        span for paragraph in paragraph_spans(text) for span in paragraph_sentences(text, paragraph)
    ]


def paragraph_spans(text: str) -> list[Span]:
    """Half-open spans of the paragraphs of `text`, trimmed, blank ones left out.

    A paragraph ends where its line does. Text wrapped to a width is told by its lines: most
    are too full for the first word of the next, and many go on in lower case; there a line
    ends a paragraph only if the next word would have fitted and is no lower-case one, or the
    next line is indented or begins a list item.
    """
    lines = [
        (start, end)
        for match in _LINE.finditer(text)
        for start, end in [_trim(text, match.start(), match.end())]
        if start < end
    ]
    paragraphs = lines[:1]
    soft = _soft_breaks(text, lines)
    for line, joins in zip(lines[1:], soft, strict=True):
        if joins:
            paragraphs[-1] = (paragraphs[-1][0], line[1])
        else:
            paragraphs.append(line)
    return paragraphs


def paragraph_sentences(text: str, paragraph: Span) -> list[Span]:
    """Half-open spans, in the offsets of `text`, of the sentences of one paragraph of it."""
    start, end = paragraph
    body = re.sub(r"\s", " ", text[start:end])
    spans = []
    for low, high in _repair(body, _library_ends(body)):
        if high - low > LONG_SENTENCE:
            piece = body[low:high]
            inner = _repair(piece, _library_ends(piece.translate(_QUOTES_TO_SPACES)))
            spans += [(low + a, low + b) for a, b in inner]
        else:
            spans.append((low, high))
    return [(start + low, start + high) for low, high in spans]


def _trim(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _soft_breaks(text: str, lines: list[Span]) -> list[bool]:
    """For each pair of neighbouring lines, whether only a line's width parts them."""
    candidates: list[tuple[int, int, bool] | None] = []
    for (start, end), (next_start, next_end) in pairwise(lines):
        gap = text[end:next_start]
        line, following = text[start:end], text[next_start:next_end]
        indent = len(re.split(r"[\n\r]", gap)[-1])
        own_indent = start - 1 - max(text.rfind("\n", 0, start), text.rfind("\r", 0, start))
        breaks = gap.replace("\r\n", "\n")
        if (
            breaks.count("\n") + breaks.count("\r") != 1
            or indent > own_indent
            or len(line) > 200
            or _LIST_ITEM.match(following)
            or _TABULAR.search(line)
            or _TABULAR.search(following)
        ):
            candidates.append(None)
            continue
        word = _WORD.match(following)
        width = own_indent + len(line)
        needed = width + 1 + (word.end() if word else 0)
        candidates.append((width, needed, following[0].islower()))
    known = [candidate for candidate in candidates if candidate]
    if not known:
        return [False] * len(candidates)
    # The widest tenth is left out: one long address must not set the width.
    width = sorted(candidate[0] for candidate in known)[int(0.9 * (len(known) - 1))]
    full = sum(needed > width for _, needed, _ in known)
    lower = sum(goes_on for _, _, goes_on in known)
    if not 30 <= width <= 120 or 2 * full < len(known) or 3 * lower < len(known):
        return [False] * len(candidates)
    return [bool(candidate and (candidate[1] > width or candidate[2])) for candidate in candidates]


def _library_ends(body: str) -> list[int]:
    """Where the library ends a sentence of `body`; the last is ``len(body)``."""
    ends: list[int] = []
    offset = 0
    while offset < len(body):
        block = body[offset : offset + _BLOCK]
        found = [
            offset + mark["end_index"] for mark in sentencex.get_sentence_boundaries("en", block)
        ]
        if offset + len(block) == len(body):
            ends += found
            break
        # The last sentence of a block may go on in the next, so it is looked at again there.
        if len(found) > 1:
            ends += found[:-1]
        else:
            space = block.rfind(" ", _BLOCK // 2) + 1
            ends.append(offset + (space or len(block)))
        offset = ends[-1]
    return sorted({end for end in ends if 0 < end < len(body)} | {len(body)})


def _repair(body: str, ends: list[int]) -> list[Span]:
    """Trimmed sentence spans of `body` from the library's `ends`, mended."""
    marks = {_past_closers(body, end) for end in ends}
    marks |= {match.end() for match in _MISSED.finditer(body) if _ends_after(body, match)}
    spans: list[Span] = []
    start = 0
    for end in sorted(marks):
        if end <= start:
            continue
        if end < len(body) and _joins(body, start, end):
            continue
        low, high = _trim(body, start, end)
        if low == high:
            continue
        if spans and not any(map(str.isalnum, body[low:high])):
            # Stray marks ("!", a bracket, an emoji) belong to what they follow.
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
        start = end
    return spans


def _past_closers(body: str, end: int) -> int:
    """`end` moved past what stands, without a space, behind the stop: quotes, "[3]", ":12"."""
    moved = end
    while moved < len(body) and body[moved] in _CLOSERS and not body[moved - 1].isspace():
        moved += 1
    if 0 < moved < len(body) and not body[moved - 1].isspace():
        reference = _REFERENCE.match(body, moved)
        if reference:
            moved = reference.end()
    return moved


def _ends_after(body: str, match: re.Match[str]) -> bool:
    """Whether a capital (or a letter without case) follows a boundary the library missed."""
    following = body[match.end() : match.end() + 2].lstrip(_OPENERS)[:1]
    if not following or following.islower():
        return False
    opening = body.rfind("(", max(0, match.start() - LONG_SENTENCE), match.start())
    before = body[max(0, opening - 5) : max(0, opening)].rstrip()
    if opening == 0 or (opening > 0 and before.rstrip(_CLOSERS)[-1:] in tuple(_STOPS)):
        return True
    word = re.search(r"([^\W\d_]+)\.[\"”’]?\)\s+$", match[0])
    # "(Acme Inc.) Shares", "(D-Neb.) Reuter": a capitalised word before the stop is no end.
    return not (word and (word[1][0].isupper() or _ABBREVIATION.search(word[1] + ".")))


def _joins(body: str, start: int, end: int) -> bool:
    """Whether the boundary at `end` of the sentence begun at `start` is none."""
    before = body[max(start, end - 60) : end]
    bare = before.rstrip()
    following = body[end : end + 40].lstrip()
    if not bare or not following:
        return False
    head = following.lstrip(_OPENERS)[:1]
    if before == bare and bare[-1] == ".":
        # No space behind the full stop: "ASP.NET", "U.K."; but "were lost.The council".
        typo = len(bare) > 3 and bare[-4:-1].islower() and bare[-4:-1].isalpha()
        return not (typo and following[:1].isupper() and following[1:2].islower())
    if end - start <= 8 and _LIST_MARKER.fullmatch(body, start, end):
        return True
    if bare[-1] in _CLOSERS and bare.rstrip(_CLOSERS)[-1:] in tuple(_STOPS) and head.islower():
        return True
    if head.islower() and (
        _ABBREVIATION.search(bare)
        or bare.endswith(("…", "..."))
        # "Wash. last month", "Tues. and Thurs."; "eBay" and the like may begin a sentence.
        or (_SHORT_NAME.search(bare) and following.lstrip(_OPENERS).split()[0].islower())
    ):
        return True
    if (head.isdigit() or unicodedata.category(head or " ") == "Sc") and _BEFORE_NUMBER.search(
        bare
    ):
        return True
    if head.isupper() and _BEFORE_NAME.search(bare):
        return True
    return bool(_HALF_DAY.search(bare) and _AFTER_HALF_DAY.match(following))
