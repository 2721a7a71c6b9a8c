"""The frozen records that flow from articles to the searchable index."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

Span = tuple[int, int]
"""Half-open ``[start, end)`` character offsets into ``Article.text``."""


@dataclass(frozen=True, slots=True)
class Article:
    """One document with its metadata.

    ``id`` is the path relative to the articles folder in POSIX form, with ``#n`` for the
    nth record of a many-article file, or the record's own id where it has one. ``path`` is
    that file. ``title_derived`` says that no headline stood in the file and the title was
    taken from the lead sentence. Unknown text fields are empty strings. ``pages`` holds the
    offset in ``text`` at which each page starts, in order, where the file has pages.
    """

    id: str
    title: str
    text: str
    path: str
    published: date | None = None
    byline: str = ""
    place: str = ""
    outlet: str = ""
    url: str = ""
    language: str = ""
    title_derived: bool = False
    pages: tuple[int, ...] = ()

    def page_of(self, offset: int) -> int | None:
        """The page, counted from 1, on which a character stands; ``None`` without pages."""
        return max(1, bisect_right(self.pages, offset)) if self.pages else None

    @property
    def sha256(self) -> str:
        """Hex digest of everything but the id and path: equal content, equal digest."""
        fields = asdict(self)
        del fields["id"], fields["path"]
        if not self.pages:  # as it was before articles had pages
            del fields["pages"]
        return hashlib.sha256(json.dumps(fields, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article; the unit that is embedded and retrieved.

    ``article.text[start:end] == text``; ``sentences`` are spans in the article's own
    offsets, in order, that lie within ``[start, end)`` and cover all of its words.
    """

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PassageParameters:
    """How articles are cut.

    ``tokens`` is the budget of one passage and its context line, in the encoder's own
    tokens, special tokens included (it is lowered to the encoder's window where that is
    smaller); ``overlap`` is how many sentences are repeated from the passage before.
    """

    tokens: int = 200
    overlap: int = 1


@dataclass(frozen=True, slots=True)
class Filter:
    """What an article must be to be searched; ``None`` and ``""`` leave a field open.

    ``since`` and ``until`` are inclusive publication days; an article without a date is
    outside every window. ``outlet`` and ``place`` match whole, whatever the case; ``path``
    is a folder or file prefix, matched at ``/`` boundaries. ``exclude`` are ids of articles
    to leave out.
    """

    since: date | None = None
    until: date | None = None
    outlet: str = ""
    place: str = ""
    path: str = ""
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filter()


@dataclass(frozen=True, slots=True)
class Calibration:
    """When an answer is given, and how sure of it to be.

    The confidence is a logistic function of the evidence, ``slope`` and ``intercept`` correct
    it for a collection. At ``answered`` and above a question counts as answered, at ``partly``
    as answered in part, below as not answered by the articles. ``evidence`` names the weights
    of the evidence that were in use: under others it means nothing.
    """

    slope: float = 1.0
    intercept: float = 0.0
    answered: float = 0.45
    partly: float = 0.25
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the index was built with; a mismatch is explained and rebuilt, never mixed.

    ``query_prompt`` and ``passage_prompt`` are those chosen by hand, ``None`` for the
    model's own; ``fingerprint`` is the encoder's; ``dimension`` is 0 while nothing is
    embedded; ``seeds`` is the articles folder as an absolute path. ``calibration`` was fitted
    on the user's own questions, ``None`` where it never was. ``precision`` names the
    arithmetic that embedded the passages, several where a rebuild went on on another machine
    (``bfloat16, float32``), and nothing where none was noted. ``engine`` says where the
    search indexes are: ``embedded``, in the index folder, or ``milvus``, at ``engine_uri``.
    """

    format: int
    encoder: str
    query_prompt: str | None
    passage_prompt: str | None
    fingerprint: str
    dimension: int
    parameters: PassageParameters
    seeds: str
    calibration: Calibration | None = None
    precision: str = ""
    engine: str = "embedded"
    engine_uri: str = ""


@dataclass(frozen=True, slots=True)
class DenseLayout:
    """How the dense index keeps vectors, and how much of an exact search it finds.

    ``name`` is as FAISS's index factory calls it: ``Flat`` is exact. ``probes`` is how many
    of an IVF layout's lists are opened for a question. ``recall`` is recall@10 against an
    exact search, the share of the ten nearest passages that are among the hundred which are
    then scored exactly; measured on stored vectors when the index was made of
    ``trained_for`` passages.
    """

    name: str
    probes: int = 0
    recall: float = 1.0
    trained_for: int = 0


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of one committed generation, for people and programs."""

    generation: int
    rebuilt_at: datetime
    files: int
    articles: int
    passages: int
    first_published: date | None
    newest_published: date | None
    failed: tuple[tuple[str, str], ...]
    manifest: Manifest
    bytes_on_disk: int = 0
    dense: DenseLayout = DenseLayout("Flat")


class Action(StrEnum):
    """What a rebuild did with a file."""

    ADDED = "added"
    CHANGED = "changed"
    RENAMED = "renamed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What a rebuild did with one file, and why.

    ``problems`` are reasons a person can act on: why the file was skipped or failed, or
    which of its records were left out. ``before`` is the old path of a renamed file.
    """

    path: str
    action: Action
    articles: int = 0
    problems: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What one rebuild did.

    ``entries`` holds every file that is not unchanged; ``counts`` has all actions.
    ``embedded`` passages went through the encoder; ``reused`` were needed for new or changed
    articles but had been embedded before. ``seconds`` is wall time.
    """

    generation: int
    entries: tuple[LedgerEntry, ...]
    counts: dict[Action, int]
    articles: int
    passages: int
    embedded: int
    reused: int
    seconds: float
    notes: tuple[str, ...] = ()
