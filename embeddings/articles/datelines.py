"""The place a story was filed from: on a line of its own, or opening the first sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category

from embeddings.articles.vocabulary import AGENCIES, NOT_PLACES, PLACE_WORDS, SENTENCE_WORDS

_LONGEST = 60
"""Characters of the longest place that is believed."""

_DAY = (
    r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s+\d{1,2}"
    r"|\d{1,2}\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?)"
    r"(?:,?\s+\d{4})?"
)
_PARTS = rf"(?P<place>[^\W\d_][^\n():]*?)(?:,?\s+(?P<day>{_DAY}))?(?:\s*\((?P<agency>[^()\n]+)\))?"
_LINE = re.compile(rf"{_PARTS}\s*(?:--+|[-–—:])?", re.IGNORECASE)
_INLINE = re.compile(
    rf"{_PARTS}(?P<mark>\s*(?:--+|—)\s*|\s+[-–_]\s+|(?<=\))\s*[-–]\s*|:\s+)(?=\S)", re.IGNORECASE
)

# What follows a dateline: an opening quote perhaps, and a word that is not all capitals or a
# short abbreviation before one that is not, and no day.
_SENTENCE = re.compile(
    rf"(?!{_DAY})[\"'“‘«(]*(?:[^\W\d_]*[^\W\d_A-Z]|[A-Z.]{{1,6}}\s+[^\W\d_]*[a-z]|\d[\d,.]*\s+[a-z])"
)
# The last word of a place may end in a full stop: D.C., U.A.E., Calif., St.
_ABBREVIATED = re.compile(
    r"(?:[A-Z]\.)+|(?:Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La|Mass|Md|Mich|Minn"
    r"|Miss|Mo|Mont|Neb|Nev|Okla|Ont|Ore|Pa|Que|Tenn|Tex|Va|Vt|Wash|Wis|Wyo|St|Is)\."
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where a story was filed, by which agency (or ``""``), and where it ends in the text."""

    place: str
    agency: str
    end: int


def dateline_of(line: str) -> Dateline | None:
    """The dateline that a whole line is (``Washington, D.C.``), or ``None``.

    A short run of names without the end of a sentence; a sentence, however short, is none.
    """
    line = line.strip()
    match = _LINE.fullmatch(line) if len(line) <= 2 * _LONGEST else None
    if match is None or not _is_place(match["place"]):
        return None
    if match["agency"] and not _is_agency(match["agency"]):
        return None
    return Dateline(match["place"].strip(), (match["agency"] or "").strip(), len(line))


def inline_dateline(text: str) -> Dateline | None:
    """The dateline that opens the first sentence (``LONDON (Reuters) - ...``), or ``None``.

    Believed are names beside a known agency or a day, and capitals beside any agency or
    before a sentence; capitals before more capitals are a headline.
    """
    match = _INLINE.match(text[: 3 * _LONGEST])
    if match is None or not _is_place(match["place"]):
        return None
    place, agency = match["place"].strip(), (match["agency"] or "").strip()
    city = re.split(r"[,/]", place)[0]
    capitals = city.isupper() and len(city) >= 4
    known = agency.lower() in AGENCIES
    if agency:
        believed = known or (capitals and _is_agency(agency))
    elif match["day"]:
        believed = capitals or not match["mark"].startswith(":")
    else:
        believed = capitals
    if not believed or not (known or _SENTENCE.match(text, match.end())):
        return None
    return Dateline(place, agency, match.end())


def _is_agency(name: str) -> bool:
    return len(name) >= 2 and name[0].isalpha() and len(name.split()) <= 5 and not _digits(name)


def _is_place(text: str) -> bool:
    text = text.strip()
    if not text or len(text) > _LONGEST or _digits(text) or text.lower() in NOT_PLACES:
        return False
    if text.endswith(".") and not _ABBREVIATED.fullmatch(text.split()[-1]):
        return False
    return all(_is_name(part) for part in re.split(r"\s*[/,;&]\s*|\s+and\s+", text))


def _is_name(part: str) -> bool:
    words = part.split()
    names = [word for word in words if word.lower() not in PLACE_WORDS]
    if not names or len(names) > 4 or len(words) > 6:
        return False
    if any(word.lower() in SENTENCE_WORDS for word in words):
        return False
    return all(_is_capitalised(word) for word in names)


def _is_capitalised(word: str) -> bool:
    """A capital first, or a short word of a script without capitals; letters throughout."""
    lettered = all(category(c)[0] in "LM" or c in ".'’‘ʻ-" for c in word)
    cased = word[0].isupper() or word[0].islower()
    return lettered and (word[0].isupper() if cased else len(word) <= 8)


def _digits(text: str) -> bool:
    return any(map(str.isdigit, text))
