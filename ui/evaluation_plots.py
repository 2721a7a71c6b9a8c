"""Small plots as inline SVG: every length is a share of the width, and no text is drawn.

A plot so fits a phone as well as a desk, and its words are the page's own, beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape

from qa.evaluation.metrics import Estimate

Range = tuple[float, float]
"""The values at the left and right edges of a plot."""

_SVG = Markup('<svg class="plot {kind}" width="100%" height="{height}" role="img">{title}{body}')
_LINE = Markup('<line class="{kind}" x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y1}" y2="{y2}"/>')
_DOT = Markup('<circle class="{kind}" cx="{x:.2f}%" cy="{y:.1f}" r="{r}"/>')
_BAR = Markup(
    '<rect class="{kind}" x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}"/>'
)


def whisker(estimate: Estimate, over: Range, said: str) -> Markup:
    """A dot with its confidence interval."""
    low, middle, high = (
        _place(value, over) for value in (estimate.low, estimate.value, estimate.high)
    )
    body = _line("interval", low, high, 10) + _DOT.format(kind="value", x=middle, y=10, r=5)
    return _svg("whisker", 20, body, said)


def strip(values: Sequence[float], over: Range, said: str) -> Markup:
    """Each value a faint dot, with a tick at the median and a line from the 5th to the 95th."""
    body = Markup("")
    for n, value in enumerate(values):
        # Spread over the height by a fixed pattern, so that dots seldom cover each other.
        y = 5 + 18 * ((n * 0.618034) % 1)
        body += _DOT.format(kind="one", x=_place(value, over), y=y, r=2.5)
    low, middle, high = (_place(float(p), over) for p in np.percentile(values, [5, 50, 95]))
    body += _line("interval", low, high, 14)
    body += _LINE.format(kind="median", x1=middle, x2=middle, y1=3, y2=25)
    return _svg("strip", 28, body, said)


def bar(share: float, said: str) -> Markup:
    """A bar from 0 to 1."""
    body = _BAR.format(kind="ground", x=0, y=4, width=100, height=10)
    body += _BAR.format(kind="filled", x=0, y=4, width=100 * min(max(share, 0), 1), height=10)
    return _svg("bar", 18, body, said)


def stack(parts: Mapping[str, float], full: float, said: str) -> Markup:
    """Parts of a whole after each other; ``full`` is the whole that fills the width."""
    body = _BAR.format(kind="ground", x=0, y=2, width=100, height=10)
    at = 0.0
    for name, part in parts.items():
        width = 100 * max(part, 0) / full if full > 0 else 0
        body += _BAR.format(kind=f"part {css_name(name)}", x=at, y=2, width=width, height=10)
        at += width
    return _svg("stack", 14, body, said)


def mirrored(
    above: Sequence[float], below: Sequence[float], over: Range, said: str, bins: int = 25
) -> Markup:
    """Two histograms back to back, each as shares of its own values."""
    edges = np.linspace(*over, bins + 1)
    shares = [
        np.histogram(np.clip(values, *over), edges)[0] / max(1, len(values))
        for values in (above, below)
    ]
    tallest = max(float(share.max()) for share in shares) or 1.0
    body = Markup("")
    for n, (left, right) in enumerate(pairwise(edges)):
        x, width = _place(left, over), _place(right, over) - _place(left, over)
        up, down = (58 * float(share[n]) / tallest for share in shares)
        body += _BAR.format(kind="above", x=x, y=60 - up, width=width * 0.92, height=up)
        body += _BAR.format(kind="below", x=x, y=62, width=width * 0.92, height=down)
    body += _LINE.format(kind="axis", x1=0, x2=100, y1=61, y2=61)
    return _svg("mirrored", 122, body, said)


def round_range(values: Sequence[float], *, least: float = 0.05) -> Range:
    """A range with round ends in which all the values lie, at least this wide."""
    low, high = min(values), max(values)
    grow = max(0.0, least - (high - low)) / 2
    step = 0.05 if high - low < 0.5 else 0.1
    low = np.floor((low - grow) / step + 1e-9) * step
    high = np.ceil((high + grow) / step - 1e-9) * step
    return max(0.0, round(float(low), 6)), min(1.0, round(float(high), 6))


def css_name(name: str) -> str:
    """A component's name as a class of the page's style."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)


def _svg(kind: str, height: int, body: Markup, said: str) -> Markup:
    title = Markup("<title>{}</title>").format(escape(said))
    return _SVG.format(kind=kind, height=height, title=title, body=body) + Markup("</svg>")


def _line(kind: str, x1: float, x2: float, y: float) -> Markup:
    return _LINE.format(kind=kind, x1=x1, x2=x2, y1=y, y2=y)


def _place(value: float, over: Range) -> float:
    """Where a value stands between the edges, in percent; outside ones stand at the edge."""
    low, high = over
    return 100 * min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 50.0
