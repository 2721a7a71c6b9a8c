"""Telling near-copies of a passage: wire stories that several outlets carry."""

from __future__ import annotations

import re

SAME_SHARE = 0.7
LEAST_SHINGLES = 12

Shingles = frozenset[tuple[str, str, str]]
_WORDS = re.compile(r"\w+").findall


def shingles(text: str) -> Shingles:
    """The runs of three words that stand in the text, whatever its case and punctuation."""
    words = _WORDS(text.casefold())
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def near_copies(one: Shingles, other: Shingles) -> bool:
    """Whether most of the shorter text stands in the longer one.

    Containment of shingles: Broder, "On the resemblance and containment of documents", 1997.
    Copies of a story are often cut at different places, which containment forgives and
    resemblance (Jaccard) does not. Texts too short to tell are never copies.
    """
    fewer = min(len(one), len(other))
    return fewer >= LEAST_SHINGLES and len(one & other) >= SAME_SHARE * fewer
