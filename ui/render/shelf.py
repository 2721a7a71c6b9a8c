"""The collection as HTML: its state, its timeline, its articles, a rebuild at work."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from embeddings.browse import Heading, Listing
from embeddings.records import Action, IndexStatus, RebuildReport
from ui.render.words import (
    counted,
    cut,
    escape,
    time_tag,
    written_moment,
    written_range,
)

if TYPE_CHECKING:
    from ui.timeline import Bar
    from ui.upkeep import Work

_FAILED_SHOWN = 100
_DONE = {
    Action.ADDED: "added",
    Action.CHANGED: "changed",
    Action.RENAMED: "renamed",
    Action.REMOVED: "removed",
    Action.FAILED: "could not be read",
}


def render_status(status: IndexStatus, now: datetime | None = None) -> str:
    """The collection in one line of HTML.

    Args:
        status: the state of the index.
        now: the reader's time, the machine's when ``None``.
    """
    parts = [counted(status.articles, "article") if status.articles else "No articles yet"]
    if status.articles:
        parts.append(written_range(status.first_published, status.newest_published))
    parts.append(f"last rebuilt {written_moment(status.rebuilt_at, now)}")
    return f'<p class="dl-status">{" · ".join(parts)}</p>'


def render_facts(status: IndexStatus, now: datetime | None = None) -> str:
    """The collection's figures, and the files that could not be read with their reasons."""
    facts = (
        ("Articles", f"{status.articles:,}"),
        ("Files", f"{status.files:,}"),
        ("Passages", f"{status.passages:,}"),
        ("First", time_tag(status.first_published) if status.articles else "none"),
        ("Newest", time_tag(status.newest_published) if status.articles else "none"),
        ("Last rebuilt", escape(written_moment(status.rebuilt_at, now))),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    empty = ""
    if not status.articles:
        empty = (
            '<p class="dl-empty">There are no articles yet. Put files in '
            f'<bdi class="dl-path">{escape(status.manifest.seeds)}</bdi> and rebuild.</p>'
        )
    return f'<dl class="dl-facts">{rows}</dl>{empty}{_failed(status)}'


def _failed(status: IndexStatus) -> str:
    if not status.failed:
        return ""
    files = len({path for path, _ in status.failed})
    items = "".join(
        f'<li><bdi class="dl-path">{escape(path)}</bdi> <bdi>{escape(reason)}</bdi></li>'
        for path, reason in status.failed[:_FAILED_SHOWN]
    )
    if len(status.failed) > _FAILED_SHOWN:
        items += f"<li>and {len(status.failed) - _FAILED_SHOWN:,} more</li>"
    label = counted(files, "file has a problem", "files have problems")
    return f'<details class="dl-failed"><summary>{label}</summary><ul>{items}</ul></details>'


def render_timeline(
    bars: Sequence[Bar], since: date | None = None, until: date | None = None
) -> str:
    """Articles over time as a row of bars; each is a button that limits questions to its days.

    Args:
        bars: in order of time.
        since: the first day questions are limited to.
        until: the last day.
    """
    if not bars:
        return ""
    most = max(bar.count for bar in bars) or 1
    items = []
    for at, bar in enumerate(bars):
        days = escape(json.dumps([bar.since.isoformat(), bar.until.isoformat()]))
        on = bool(since or until) and _within(bar, since, until)
        label = f"{bar.label}: {counted(bar.count, 'article')}"
        height = max(3, round(100 * bar.count / most)) if bar.count else 0
        items.append(
            f'<li><button type="button" class="dl-bin" value="{days}" aria-label="{label}" '
            f'title="{label}" aria-pressed="{"true" if on else "false"}" '
            f'tabindex="{0 if at == 0 else -1}"><span style="height:{height}%"></span>'
            "</button></li>"
        )
    ends = f"<span>{bars[0].label}</span>"
    if len(bars) > 1:
        ends += f"<span>{bars[-1].label}</span>"
    return (
        f'<ol class="dl-bins" aria-label="Articles over time">{"".join(items)}</ol>'
        f'<p class="dl-ends" aria-hidden="true">{ends}</p>'
    )


def _within(bar: Bar, since: date | None, until: date | None) -> bool:
    return (since is None or bar.until >= since) and (until is None or bar.since <= until)


def render_listing(listing: Listing, size: int) -> str:
    """One page of articles, each a button that opens it, and buttons to turn the page."""
    if not listing.total:
        return '<p class="dl-empty" role="status">No article matches.</p>'
    first, last = listing.offset + 1, listing.offset + len(listing.headings)
    items = "".join(_heading(heading) for heading in listing.headings)
    turns = ""
    if listing.total > size:
        turns = (
            '<div class="dl-turns">'
            + _turn("Newer", max(0, listing.offset - size), listing.offset > 0)
            + _turn("Older", listing.offset + size, last < listing.total)
            + "</div>"
        )
    return (
        f'<p class="dl-count" role="status">{first:,} to {last:,} of '
        f'{counted(listing.total, "article")}</p><ol class="dl-list">{items}</ol>{turns}'
    )


def _heading(heading: Heading) -> str:
    wish = escape(json.dumps({"article": heading.id}))
    origin = heading.outlet or heading.byline
    told = f"<bdi>{escape(origin)}</bdi> · " if origin else ""
    return (
        f'<li><button type="button" class="dl-title dl-open" value="{wish}" dir="auto">'
        f"{escape(cut(heading.title or heading.id, 240))}</button>"
        f'<div class="dl-meta">{told}{time_tag(heading.published)}</div></li>'
    )


def _turn(name: str, offset: int, possible: bool) -> str:
    off = "" if possible else " disabled"
    return f'<button type="button" class="dl-turn" value="{offset}"{off}>{name}</button>'


def render_work(work: Work) -> str:
    """A rebuild under way, how it ended, or why it could not."""
    if work.trouble is not None:
        message, hint = work.trouble
        more = f' <span class="dl-hint">{escape(hint)}</span>' if hint else ""
        return f'<p class="dl-notice">{escape(message)}{more}</p>'
    if work.report is not None:
        return f'<p class="dl-done">{_report(work.report)}</p>{_problems(work.report)}'
    if not work.running:
        return ""
    stage = escape(work.stage or "Looking at the files")
    if not work.total:
        return f'<label class="dl-progress"><span>{stage}…</span><progress></progress></label>'
    share = min(1.0, work.done / work.total)
    return (
        f'<label class="dl-progress"><span>{stage}… {share:.0%}</span>'
        f'<progress max="1" value="{share:.3f}"></progress></label>'
    )


def _report(report: RebuildReport) -> str:
    told = [
        f"{counted(report.counts[action], 'file')} {word}"
        for action, word in _DONE.items()
        if report.counts.get(action)
    ]
    what = ", ".join(told) or "Nothing had changed"
    return f"{what}. {counted(report.articles, 'article')} in the collection now."


def _problems(report: RebuildReport) -> str:
    items = "".join(
        f'<li><bdi class="dl-path">{escape(entry.path)}</bdi> '
        f"<bdi>{escape(entry.problems[0])}</bdi></li>"
        for entry in report.entries[:_FAILED_SHOWN]
        if entry.action in (Action.FAILED, Action.SKIPPED) and entry.problems
    )
    return f'<ul class="dl-problems">{items}</ul>' if items else ""
