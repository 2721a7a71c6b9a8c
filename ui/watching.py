"""Following a folder of articles: a rebuild whenever it has changed and come to rest.

The folder is looked at again and again rather than watched through the system: network drives,
containers and folders behind links send no events, and a look is the same cheap scan that every
rebuild begins with, so that both agree on what counts as a change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from embeddings.errors import DatelineError, IndexBusy, SeedsProblem

if TYPE_CHECKING:
    from embeddings.records import RebuildReport

LOOK_SECONDS = 2.0
"""Between two looks, at the least."""
_LOOK_SHARE = 20
"""How many times as long as a look took is waited before the next."""
REST_SECONDS = 60.0
"""A folder that never comes to rest is taken in as it is after this long."""
RETRY_SECONDS = (5.0, 300.0)
"""After a rebuild that failed, until the next try: at first, and at most."""
_REASONS = 3


def follow(
    look: Callable[[], object],
    rebuild: Callable[[], None],
    trouble: Callable[[DatelineError], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Rebuild now, and then whenever what `look` gives has changed; never returns.

    A change is acted on when two looks in a row give the same. What changes during a rebuild
    is seen after it. A rebuild that fails is tried again when the folder changes, and after a
    pause that grows with each failure.

    Args:
        look: the folder as it is; may raise `SeedsProblem` while there is none.
        rebuild: takes in what changed.
        trouble: told of each error once, until something goes well again.
        sleep, clock: time, in seconds.
    """
    taken: object = None
    before: object = None
    unrest: float | None = None
    told = ""
    retry_at, pause = clock(), RETRY_SECONDS[0]
    while True:
        began = clock()
        try:
            now = look()
        except SeedsProblem as error:
            if told != error.message:
                trouble(error)
                told = error.message
            sleep(LOOK_SECONDS)
            continue
        took = clock() - began
        due = clock() >= retry_at
        if now != taken and not due:
            unrest = clock() if unrest is None else unrest
            due = now == before or clock() - unrest >= REST_SECONDS
        before = now
        if due:
            unrest = None
            try:
                rebuild()
                taken, told, retry_at, pause = now, "", float("inf"), RETRY_SECONDS[0]
            except DatelineError as error:
                if told != error.message:
                    trouble(error)
                    told = error.message
                taken, retry_at = now, clock() + pause
                if not isinstance(error, IndexBusy):
                    pause = min(2 * pause, RETRY_SECONDS[1])
        sleep(max(LOOK_SECONDS, _LOOK_SHARE * took))


def lines(report: RebuildReport, told: set[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """What one rebuild did, in a line; then files that could not be read, each told of once."""
    from embeddings.records import Action
    from ui.terminal import counted

    done = [
        f"{report.counts[action]:,} {action.value}"
        for action in (Action.ADDED, Action.CHANGED, Action.RENAMED, Action.REMOVED)
        if report.counts[action]
    ]
    bad = [entry for entry in report.entries if entry.action is Action.FAILED]
    fresh = [entry for entry in bad if (entry.path, entry.problems) not in told]
    told.clear()
    told.update((entry.path, entry.problems) for entry in bad)
    if fresh:
        done.append(f"{len(fresh):,} failed")
    if done:
        yield f"{' · '.join(done)} · {counted(report.articles, 'article')} ({report.seconds:.1f} s)"
    for entry in fresh[:_REASONS]:
        yield f"  {entry.path}: {'; '.join(entry.problems)}"
    if len(fresh) > _REASONS:
        yield "  the others: dateline status --failed"


def follow_folder(
    seeds: Path | None, index: Path, rebuild: Callable[..., RebuildReport]
) -> NoReturn:
    """Rebuild whenever the articles folder has changed, with a line for each.

    Args:
        seeds: the folder; the one of the index, or else ``seeds``, if not given.
        index: the index folder.
        rebuild: told by `find_encoder` how to come by a model, so as to load it once.
    """
    from embeddings.encoder import open_encoder
    from embeddings.seeds import scan

    find_encoder = lru_cache(maxsize=1)(open_encoder)
    told: set[tuple[str, tuple[str, ...]]] = set()
    folder = seeds or _known_seeds(index) or Path("seeds")

    def say(line: str) -> None:
        click.echo(f"{datetime.now():%H:%M:%S}  {line}")

    def taken_in() -> None:
        for line in lines(rebuild(find_encoder=find_encoder), told):
            say(line)

    click.echo(f"Following {folder}. Press Ctrl-C to stop.")
    follow(
        lambda: scan(folder, exclude=index),
        taken_in,
        lambda error: say(f"{error.message} {error.hint}".rstrip()),
    )


def _known_seeds(index: Path) -> Path | None:
    from embeddings import catalog as catalog_file
    from embeddings.catalog import Catalog

    if not catalog_file.exists(index):
        return None
    catalog = Catalog.open(index)
    try:
        generation = catalog.generation()
    finally:
        catalog.close()
    return Path(generation.manifest.seeds) if generation else None
