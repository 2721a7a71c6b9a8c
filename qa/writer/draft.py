"""A stream of text to whole sentences, each with the passage numbers it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from embeddings.errors import LanguageModelFailed
from embeddings.sentences import sentence_spans

LONGEST_SENTENCE = 1_500
"""Characters without an end of a sentence after which a model is taken to have lost its way."""
REPEATS = 3
"""Sentences written before, one after another, that show a model going round in circles."""

_LOOKED_AT = 6
"""Pieces of a stream, tokens with most servers, in which a sentence shows that it has ended."""
_MARK = re.compile(r"[.!?…:\n\]】]")

_NUMBERS = r"\d{1,3}(?:\s*[,;&–-]\s*\d{1,3})*"
_MARKER = re.compile(
    rf"\s*[\[【]\s*\^?(?:(?:passage|article|source)s?\s*)?({_NUMBERS})\s*†?[\]】]", re.IGNORECASE
)
_LEADING = re.compile(rf"(?:{_MARKER.pattern}\s*[.,;]?\s*)+", re.IGNORECASE)
_UNSETTLED = re.compile(r"(?:\s*[\[【][^\]】]{0,20})?[\s\"“‘(]*[^\s\]】]*$")
"""The end of a text that is still arriving: a word, an open marker, an opening quote."""
_CLOSE_UP = re.compile(r"([\]】][.!?])(?=[A-Z])")
_LIST_MARK = re.compile(r"^(?:[-*•#]+|\d{1,2}[.)])\s+")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence of the model's without its markers, and the numbers they held, in order."""

    text: str
    cited: tuple[int, ...]


def sentences_of(pieces: Iterable[str]) -> Iterator[DraftSentence]:
    """Sentences as soon as they are whole; ones written before are left out.

    Raises:
        LanguageModelFailed: no sentence ends, or the same ones come over and over.
    """
    text = ""
    given = 0
    seen: set[str] = set()
    repeated = 0

    def kept(found: list[DraftSentence]) -> Iterator[DraftSentence]:
        nonlocal repeated
        for sentence in found:
            key = re.sub(r"\W+", " ", sentence.text).casefold().strip()
            repeated = repeated + 1 if key in seen else 0
            if repeated == REPEATS:
                raise LanguageModelFailed("The language model repeated itself without end.")
            if not repeated:
                seen.add(key)
                yield sentence

    due = 0
    for piece in pieces:
        text += piece
        # Splitting anew for each token would cost more than it brings. An end shows as one by
        # the words that follow it, so the pieces right after a mark are looked at as well.
        due = _LOOKED_AT if _MARK.search(piece) else due - 1
        if due > 0 or len(text) % LONGEST_SENTENCE < len(piece):
            found = _sentences(_UNSETTLED.sub("", text))
            # The last may go on, and markers may follow it.
            whole = found[:-1]
            yield from kept(whole[given:])
            given = max(given, len(whole))
            if found and len(found[-1].text) > LONGEST_SENTENCE:
                raise LanguageModelFailed("The language model wrote without ending a sentence.")
    yield from kept(_sentences(text)[given:])


def numbers_of(marker: str) -> list[int]:
    """The passage numbers of a marker's inside: "1, 3" or "2-4"."""
    numbers: list[int] = []
    for part in re.split(r"\s*[,;&]\s*", marker):
        ends = [int(end) for end in re.split(r"\s*[–-]\s*", part)]
        numbers += range(ends[0], min(ends[-1], ends[0] + 20) + 1) if len(ends) == 2 else ends
    return numbers


def _sentences(text: str) -> list[DraftSentence]:
    found: list[DraftSentence] = []
    text = _CLOSE_UP.sub(r"\1 ", text)
    for start, end in sentence_spans(text):
        part = text[start:end]
        leading = _LEADING.match(part)
        if leading and found and not found[-1].cited:
            # "It closed. [2] It reopened.": the marker is of the sentence it follows, unless
            # that one had its own, so that this model puts them in front.
            numbers = [n for match in _MARKER.finditer(leading[0]) for n in numbers_of(match[1])]
            found[-1] = DraftSentence(found[-1].text, tuple(dict.fromkeys(numbers)))
            part = part[leading.end() :]
        numbers = [n for match in _MARKER.finditer(part) for n in numbers_of(match[1])]
        plain = _plain(part)
        if any(map(str.isalnum, plain)):
            found.append(DraftSentence(plain, tuple(dict.fromkeys(numbers))))
        elif numbers and found:
            cited = dict.fromkeys((*found[-1].cited, *numbers))
            found[-1] = DraftSentence(found[-1].text, tuple(cited))
    return found


def _plain(text: str) -> str:
    text = _LIST_MARK.sub("", _MARKER.sub("", text).strip())
    text = _EMPHASIS.sub(r"\2", text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    return " ".join(text.split())
