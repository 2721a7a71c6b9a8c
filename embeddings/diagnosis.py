"""What the doctor found, and what there is to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from embeddings.records import Manifest

_NAMED = 3


class State(StrEnum):
    """What a check found."""

    WELL = "well"
    NOTE = "note"
    FAULT = "fault"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: what is so, and what to do about it.

    A ``fault`` can be mended by `embeddings.mending`, a ``grave`` one needs a person. A
    ``note`` is worth knowing, and wrong in nothing.
    """

    check: str
    state: State
    message: str
    advice: str = ""


@dataclass(slots=True)
class Diagnosis:
    """All findings, and what has to be mended.

    ``misread`` are ids of articles whose text is not what was taken in, ``miscut`` of those
    whose passages are wrong, ``bad_keys`` name embeddings that are not what was embedded;
    ``busy`` says that a rebuild was running meanwhile.
    """

    findings: list[Finding] = field(default_factory=list)
    manifest: Manifest | None = None
    busy: bool = False
    catalog_damaged: bool = False
    vectors_damaged: bool = False
    derived_damaged: bool = False
    outdated: bool = False
    misread: list[str] = field(default_factory=list)
    miscut: list[str] = field(default_factory=list)
    bad_keys: set[bytes] = field(default_factory=set)
    leftovers: list[Path] = field(default_factory=list)

    def add(self, check: str, state: State, message: str, advice: str = "") -> None:
        """Note a finding."""
        self.findings.append(Finding(check, state, message, advice))

    def has(self, *states: State) -> bool:
        """Whether anything was found in one of these states."""
        return any(finding.state in states for finding in self.findings)


def count(items: Sequence[object], one: str, many: str) -> str:
    """A number with its noun."""
    return f"{len(items):,} {one if len(items) == 1 else many}"


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
