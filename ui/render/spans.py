"""Spans over a text: merging them, and cutting the text where they begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from embeddings.records import Span


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Spans in order, inside ``[0, length)``, with those that touch or overlap made one."""
    result: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def runs(start: int, end: int, marks: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """``[start, end)`` cut where marks begin and end; whether each run is marked."""
    at = start
    for first, last in marks:
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if at < first:
            yield at, first, False
        yield first, last, True
        at = last
    if at < end:
        yield at, end, False
