"""Articles to passages: runs of whole sentences that an encoder can read to the end.

A passage costs what the encoder's own tokenizer says its embedding input costs, so nothing is
ever cut off by the window. Where passages end is chosen for the article as a whole, as
paragraphs are broken into lines by Knuth and Plass ("Breaking Paragraphs into Lines",
Software: Practice and Experience 11, 1981): the least sum of squared empty room, with a price
on ending inside a paragraph. Evenly filled passages and no stub at the end follow from that.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from embeddings.errors import EncoderError
from embeddings.records import Article, Passage, PassageParameters, Span
from embeddings.sentences import paragraph_sentences, paragraph_spans

TokenCounter = Callable[[Sequence[str]], list[int]]
"""The number of tokens of each string, special tokens not counted."""

CONTEXT_SIZE = 48
"""Longest context line in estimated tokens, about a quarter of the usual budget."""

_INSIDE_PARAGRAPH = 0.08
"""Price of ending a passage inside a paragraph: what a passage left 28 % empty costs."""

_LEAST_ROOM = 4
"""Tokens of text a passage must be able to hold for splitting to make sense."""

_CHARACTERS_PER_TOKEN = 16
"""A token is never taken to stand for more: a tokenizer may call any long word one unknown."""

_MOST_SENTENCES = 60
"""Sentences a passage may hold: only lists of single words have more within the budget."""

_HEADING_CHARACTERS = 100
_STOPS = ".?!…。．！？｡।॥؟۔։።"
_CLOSERS = "\"'”’»)]}›」』）】》"
_CLAUSE_ENDS = ";:,—–、，；：،؛"
_ZERO_WIDTH_JOINER = "\u200d"
_TIGHTNESS = (1.0, 0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.25)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one too long: its span, its cost in tokens, its surroundings."""

    span: Span
    cost: int
    closes_paragraph: bool
    heading: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """The sentences of a passage to be; `alone` when it is one sentence with its headings."""

    sentences: tuple[Span, ...]
    alone: bool


def context_line(article: Article) -> str:
    """The line put before a passage when it is embedded: title, date, place (what is known).

    It never enters quotes or offsets. A long title or place is cut, at a word where there is
    one, so that the line leaves the window to the passage. Empty when nothing is known.
    """
    date = article.published.isoformat() if article.published else ""
    place = _shorten(" ".join(article.place.split()), CONTEXT_SIZE // 4)
    beside = 6 * bool(date) + len(place) / 2
    title = _shorten(" ".join(article.title.split()), CONTEXT_SIZE - beside)
    return " · ".join(part for part in (title, date, place) if part)


def embedding_input(article: Article, passage: Passage) -> str:
    """What the encoder reads for `passage`: the context line, a newline, the passage's text."""
    return f"{context_line(article)}\n{passage.text}"


def split_article(
    article: Article,
    count_tokens: TokenCounter,
    parameters: PassageParameters,
    window: int,
    special_tokens: int = 2,
) -> list[Passage]:
    """Cut an article into passages of whole sentences.

    `count_tokens` counts as the encoder's tokenizer does, without special tokens; `window` is
    how many tokens the encoder reads, of which `special_tokens` are its own. A passage of
    several sentences stays within ``min(parameters.tokens, window)`` together with its context
    line; a single sentence (and its heading) may fill the window, and one longer still is cut
    at clauses, else at words, else at characters, its pieces standing for it in `sentences`.
    Up to `parameters.overlap` sentences are repeated from the passage before, unless they take
    more than a third of the room or a heading begins a new section.

    Every character but whitespace lies in a sentence of a passage; no text, no passages.
    Raises `EncoderError` when the window has no room for text beside the context line.
    """
    text = article.text
    if not text.strip():
        return []
    frame = f"{context_line(article)}\n"
    paragraphs = [paragraph_sentences(text, span) for span in paragraph_spans(text)]
    spans = [span for sentences in paragraphs for span in sentences]
    frame_cost, *costs = count_tokens([frame, *(text[start:end] for start, end in spans)])
    most = window - special_tokens - frame_cost
    room = min(parameters.tokens, window) - special_tokens - frame_cost
    if room < _LEAST_ROOM:
        raise EncoderError(
            f"Passages of {min(parameters.tokens, window)} tokens leave no room for text beside "
            f"the {frame_cost} tokens of title, date and place of {article.id}.",
            "Allow passages of at least 100 tokens, with an encoder that reads as many.",
        )
    units = _units(text, paragraphs, costs)
    # The tokens of the whole are not always the sum of those of its parts. So the packed text
    # is counted as it will be read, and packed a little less tightly until all of it fits.
    for factor in _TIGHTNESS:
        drafts = _pack(
            _cut(text, units, int(most * factor), count_tokens),
            int(room * factor),
            parameters.overlap,
        )
        passages = [_passage(article, n, draft) for n, draft in enumerate(drafts)]
        counts = count_tokens([frame + passage.text for passage in passages])
        if all(
            count <= frame_cost + (most if draft.alone else room)
            for count, draft in zip(counts, drafts, strict=True)
        ):
            return passages
    raise EncoderError(
        f"{article.id} cannot be cut into passages of {parameters.tokens} tokens.",
        "Allow passages of more tokens, with an encoder that reads as many.",
    )


def _passage(article: Article, ordinal: int, draft: _Draft) -> Passage:
    start, end = draft.sentences[0][0], draft.sentences[-1][1]
    return Passage(article.id, ordinal, start, end, article.text[start:end], draft.sentences)


def _units(text: str, paragraphs: list[list[Span]], costs: list[int]) -> list[_Unit]:
    remaining = iter(costs)
    return [
        _Unit(
            span=(start, end),
            cost=_cost(next(remaining), end - start),
            closes_paragraph=end == sentences[-1][1],
            heading=len(sentences) == 1 and _looks_like_heading(text[start:end]),
        )
        for sentences in paragraphs
        for start, end in sentences
    ]


def _cost(tokens: int, characters: int) -> int:
    return max(1, tokens, characters // _CHARACTERS_PER_TOKEN)


def _looks_like_heading(line: str) -> bool:
    return len(line) <= _HEADING_CHARACTERS and line.rstrip(_CLOSERS)[-1:] not in tuple(_STOPS)


def _cut(text: str, units: list[_Unit], most: int, count_tokens: TokenCounter) -> list[_Unit]:
    """The units with every one that, behind its headings, costs more than `most` in pieces.

    Settles as well which lines are headings: short against `most`, with text to follow, and no
    more than two in a row, for a longer run of short lines is a list or a table.
    """
    short = [unit.heading and 4 * unit.cost <= most for unit in units] + [True, True]
    result: list[_Unit] = []
    above = 0
    for n, unit in enumerate(units):
        heading = short[n] and not (short[n + 1] and short[n + 2])
        if above + unit.cost <= most:
            result.append(replace(unit, heading=heading))
        else:
            pieces = _pieces(text, unit.span, most - above, count_tokens)
            result += [
                _Unit(span, cost, unit.closes_paragraph and span == pieces[-1][0])
                for span, cost in pieces
            ]
        above = above + unit.cost if heading else 0
    return result


def _pieces(text: str, span: Span, room: int, count_tokens: TokenCounter) -> list[tuple[Span, int]]:
    """Consecutive pieces of `span` that cost at most `room` each, with their costs.

    Every round cuts what is still too long by how much it is too long, so a text is counted a
    few times, whatever its length.
    """
    done: list[tuple[Span, int]] = []
    pending = _slices(text, span, _CHARACTERS_PER_TOKEN * room)
    while pending:
        counts = count_tokens([text[start:end] for start, end in pending])
        following: list[Span] = []
        for (start, end), tokens in zip(pending, counts, strict=True):
            cost = _cost(tokens, end - start)
            if cost <= room or end - start == 1:
                done.append(((start, end), cost))
            else:
                size = min((end - start + 1) // 2, int(0.9 * (end - start) * room / cost))
                following += _slices(text, (start, end), max(1, size))
        pending = following
    return sorted(done)


def _slices(text: str, span: Span, size: int) -> list[Span]:
    """`span` in trimmed slices of at most `size` characters, cut where it hurts least."""
    start, end = span
    slices = []
    while start < end:
        stop = end if end - start <= size else _break(text, start + (size + 1) // 2, start + size)
        piece = text[start:stop]
        low = start + len(piece) - len(piece.lstrip())
        high = start + len(piece.rstrip())
        if low < high:
            slices.append((low, high))
        start = stop
    return slices


def _break(text: str, low: int, high: int) -> int:
    """The last place in [low, high] to cut: after a clause, at a space, between characters."""
    places = range(high, low - 1, -1)
    for place in places:
        last = text[place - 1]
        if last in _CLAUSE_ENDS and (last > "\u0600" or text[place].isspace()):
            return place
    for place in places:
        if text[place].isspace():
            return place
    for place in places:
        joined = text[place - 1] == _ZERO_WIDTH_JOINER or text[place] == _ZERO_WIDTH_JOINER
        if not joined and not unicodedata.category(text[place]).startswith("M"):
            return place
    return high


def _pack(units: list[_Unit], room: int, overlap: int) -> list[_Draft]:
    """The cheapest way to put `units`, in order, into passages of at most `room` tokens."""
    groups = _groups(units)
    repeated = [_repeated(units, first, room, overlap) for first, _ in groups]
    costs = [sum(unit.cost for unit in units[first:last]) for first, last in groups]
    price = [0.0] + [math.inf] * len(groups)
    best = [0] * (len(groups) + 1)
    for end in range(1, len(groups) + 1):
        inside = end < len(groups) and not units[groups[end - 1][1] - 1].closes_paragraph
        cost = 0
        for begin in range(end - 1, max(-1, end - 1 - _MOST_SENTENCES), -1):
            cost += costs[begin]
            alone = begin == end - 1
            if cost > room and not alone:
                break
            used = cost + repeated[begin][1]
            if used > room:
                if not alone:
                    continue
                used = cost
            empty = max(0.0, 1 - used / room)
            total = price[begin] + empty * empty + (_INSIDE_PARAGRAPH if inside else 0.0)
            if total < price[end]:
                price[end], best[end] = total, begin
    cuts = [len(groups)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]])
    cuts.reverse()
    drafts = []
    previous = 0
    for begin, end in pairwise(cuts):
        first, last = groups[begin][0], groups[end - 1][1]
        cost = sum(costs[begin:end])
        start, extra = repeated[begin]
        # Never the whole of the passage before: that would only say it twice.
        start = max(start, previous + 1) if cost + extra <= room and begin else first
        sentences = tuple(unit.span for unit in units[min(start, first) : last])
        drafts.append(_Draft(sentences, alone=end - begin == 1 and start >= first))
        previous = first
    return drafts


def _groups(units: list[_Unit]) -> list[tuple[int, int]]:
    """Runs ``[first, last)`` of units that may not be parted: headings and what they head."""
    lasts = [n + 1 for n, unit in enumerate(units) if not unit.heading]
    return list(pairwise([0, *lasts]))


def _repeated(units: list[_Unit], first: int, room: int, overlap: int) -> tuple[int, int]:
    """From which unit on a passage that begins with `first` repeats, and what that costs."""
    start, cost = first, 0
    if units[first].heading:
        return start, cost
    while start > 0 and first - start < overlap:
        before = units[start - 1]
        if before.heading or 3 * (cost + before.cost) > room:
            break
        start, cost = start - 1, cost + before.cost
    return start, cost


def _shorten(words: str, size: float) -> str:
    """`words` cut to an estimated `size` tokens, at a space where there is one near."""
    kept = 0.0
    for n, character in enumerate(words):
        kept += _estimate(words[n - 1 : n], character)
        if kept > size:
            head = words[: max(0, n - 1)]
            space = head.rfind(" ", len(head) // 2)
            return (head[:space] if space > 0 else head).rstrip() + "…"
    return words


def _estimate(before: str, character: str) -> float:
    """Tokens a character costs, on the safe side: a letter within a word less than others."""
    if character == " ":
        return 0.0
    inside = character.isascii() and character.isalpha() and before.isalpha()
    return 0.15 if inside else 1.0
