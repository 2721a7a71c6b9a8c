"""The report of an evaluation as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from embeddings.errors import DatelineError
from qa.evaluation.run import Evaluation, Found, Outcome
from qa.evaluation.summary import Summary, gain
from ui import evaluation_plots as plots
from ui.evaluation_words import (
    LABELS,
    answer_rows,
    follow_up_rows,
    share,
    spread,
    written_ms,
)

LISTED = 25
"""Questions shown in each list."""
_PLOTTED = ("nDCG@10", "hits@1", "recall@10")


def write_page(file: Path, evaluation: Evaluation, summary: Summary, title: str) -> None:
    """Write the report.

    Raises:
        DatelineError: the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(evaluation, summary, title), encoding="utf-8")
    except OSError as error:
        raise DatelineError(
            f"The report cannot be written to {file}: {error.strerror}.", "Name another file."
        ) from error


def page(evaluation: Evaluation, summary: Summary, title: str) -> str:
    """The report as HTML; whatever comes from articles or questions is escaped."""
    import jinja2

    assets = Path(__file__).parent / "assets"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(share=share, spread=spread, ms=written_ms, css=plots.css_name)
    return environment.get_template("evaluation.html").render(
        title=title,
        summary=summary,
        labels=LABELS,
        tiles=_tiles(summary),
        charts=_charts(summary),
        latency=_latency(evaluation),
        answer_figures=_figures(answer_rows(summary.answers)) if summary.answers else [],
        follow_up_figures=(
            _figures(follow_up_rows(summary.follow_ups)) if summary.follow_ups else []
        ),
        confidence=_confidence(evaluation.outcomes),
        types=_types(summary),
        lists=_lists(evaluation),
        components=_components(evaluation.outcomes),
    )


def _tiles(summary: Summary) -> list[dict[str, str]]:
    """The few figures to see first."""
    tiles: list[dict[str, str]] = []

    def tile(label: str, value: str, more: str = "") -> None:
        tiles.append({"label": label, "value": value, "more": more})

    last = summary.configurations[-1] if summary.configurations else None
    if last and summary.judged:
        ndcg, first = last.metrics["nDCG@10"], last.metrics["hits@1"]
        tile("nDCG@10", share(ndcg, "score"), spread(ndcg))
        tile("a right article comes first", share(first), spread(first, "share"))
    if summary.answers:
        for label, value, kind in (
            ("a quote holds the answer", summary.answers.quote_hits, "share"),
            ("citations exact", summary.answers.exact_citations, "share"),
            ("AUROC of the confidence", summary.answers.abstention, "score"),
        ):
            if value:
                tile(label, share(value, kind), spread(value, kind))
    if last and last.latency and summary.embedding:
        ratio = last.latency.p50 / summary.embedding.p50
        tile(
            "a search, median",
            f"{written_ms(last.latency.p50)} ms",
            f"{ratio:.2f} × embedding alone",
        )
    return tiles


def _charts(summary: Summary) -> list[dict[str, Any]]:
    """A metric each: one line with its interval for every configuration."""
    charts = []
    for metric in _PLOTTED if summary.judged else ():
        estimates = [row.metrics[metric] for row in summary.configurations]
        over = plots.round_range([value for e in estimates for value in (e.low, e.high)])
        rows = [
            {
                "label": LABELS.get(row.name, row.name),
                "value": share(estimate, "score"),
                "plot": plots.whisker(
                    estimate, over, f"{metric} {estimate.value:.3f}, {spread(estimate)}"
                ),
            }
            for row, estimate in zip(summary.configurations, estimates, strict=True)
        ]
        charts.append({"metric": metric, "rows": rows, "ends": [f"{end:.2f}" for end in over]})
    return charts


def _latency(evaluation: Evaluation) -> dict[str, Any] | None:
    rows = {"embedding alone": evaluation.embedding_seconds} | {
        LABELS.get(name, name): seconds for name, seconds in evaluation.seconds.items()
    }
    rows = {label: seconds for label, seconds in rows.items() if seconds}
    if not rows:
        return None
    pooled = sorted(1e3 * second for seconds in rows.values() for second in seconds)
    # One very slow call must not press all the others into the left edge.
    over = (0.0, 1.05 * pooled[int(0.98 * (len(pooled) - 1))])
    return {
        "rows": [_latency_row(label, seconds, over) for label, seconds in rows.items()],
        "ends": ["0 ms", f"{written_ms(over[1])} ms"],
    }


def _latency_row(label: str, seconds: Sequence[float], over: plots.Range) -> dict[str, Any]:
    from qa.evaluation.summary import latency

    times = latency(seconds)
    assert times is not None
    said = f"{label}: median {times.p50:.1f} ms, 95th percentile {times.p95:.1f} ms"
    return {
        "label": label,
        "value": f"{written_ms(times.p50)} · {written_ms(times.p95)}",
        "plot": plots.strip([1e3 * second for second in seconds], over, said),
    }


def _figures(rows: Iterable[tuple[str, Any, str]]) -> list[dict[str, Any]]:
    return [
        {
            "label": label.strip(),
            "part": label.startswith(" "),
            "value": share(value, kind),
            "spread": spread(value, kind),
            "n": f"{value.n:,}",
            "plot": (
                plots.whisker(value, (0.0, 1.0), f"{label.strip()}: {share(value, kind)}")
                if kind != "number"
                else ""
            ),
        }
        for label, value, kind in rows
        if value
    ]


def _confidence(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """How confident answers were: where they should be, against where they should not."""

    def of(answerable: bool) -> list[float]:
        return [
            o.answer.confidence
            for o in outcomes
            if o.answer and o.question.answerable is answerable
        ]

    without = [o.without.confidence for o in outcomes if o.without]
    own = [o.answer.confidence for o in outcomes if o.answer and o.without]
    charts = []
    for above, below, titles in (
        (of(True), of(False), ("answerable", "unanswerable")),
        (own, without, ("with their own articles", "without them")),
    ):
        if above and below and len({*above, *below}) > 1:
            said = f"Confidence of {len(above)} {titles[0]} and {len(below)} {titles[1]}"
            over = (min(0.0, *above, *below), max(1.0, *above, *below))
            charts.append(
                {
                    "above": f"{titles[0]} ({len(above):,})",
                    "below": f"{titles[1]} ({len(below):,})",
                    "plot": plots.mirrored(above, below, over, said),
                    "ends": [f"{end:g}" for end in over],
                }
            )
    return charts


def _types(summary: Summary) -> list[dict[str, Any]]:
    def cell(value: Any, kind: str, what: str) -> dict[str, Any]:  # noqa: ANN401
        said = f"{what}: {share(value, kind)}"
        return {
            "value": share(value, kind),
            "plot": plots.bar(value.value, said) if value else "",
        }

    return [
        {
            "type": row.type,
            "n": f"{row.n:,}",
            "cells": [
                cell(row.ndcg, "score", "nDCG@10"),
                cell(row.right, "share", "right"),
                cell(row.answered, "share", "answered"),
            ],
        }
        for row in summary.types
    ]


def _components(outcomes: Sequence[Outcome]) -> list[str]:
    found = (one for outcome in outcomes for one in outcome.found)
    return list(dict.fromkeys(score.component for one in found for score in one.scores))


def _lists(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The questions a person should look at, the worst first."""
    last = list(evaluation.configurations)[-1] if evaluation.configurations else ""
    judged = [o for o in evaluation.outcomes if o.question.judged and last]

    def confidence(outcome: Outcome) -> float:
        return outcome.answer.confidence if outcome.answer else 0.0

    def listed(
        title: str,
        intro: str,
        chosen: Sequence[Outcome],
        mark: Callable[[Outcome], str],
    ) -> dict[str, Any]:
        return {
            "title": title,
            "intro": intro,
            "total": len(chosen),
            "rows": [_card(outcome, mark(outcome)) for outcome in chosen[:LISTED]],
        }

    lists = [
        listed(
            "The worst rankings",
            "Questions whose relevant articles come late or not at all.",
            sorted((o for o in judged if gain(o, last) < 1), key=lambda o: gain(o, last)),
            lambda o: f"nDCG {gain(o, last):.2f}",
        ),
        listed(
            "Answered, though the articles do not say",
            "Unanswerable questions that were answered, the most confident first.",
            sorted(
                (
                    o
                    for o in evaluation.outcomes
                    if o.answer and o.question.answerable is False and o.answer.right is False
                ),
                key=confidence,
                reverse=True,
            ),
            lambda o: f"confidence {confidence(o):.2f}",
        ),
        listed(
            "Declined, though the articles say",
            "Answerable questions that were declined, the least confident first.",
            sorted(
                (
                    o
                    for o in evaluation.outcomes
                    if o.answer and o.question.answerable and not o.answer.answered
                ),
                key=confidence,
            ),
            lambda o: f"confidence {confidence(o):.2f}",
        ),
        listed(
            "Answered, but not with what was expected",
            "Answerable questions whose answer lacks the expected words or number.",
            [
                o
                for o in evaluation.outcomes
                if o.answer
                and o.question.answerable
                and o.answer.answered
                and o.answer.right is False
            ],
            lambda o: f"confidence {confidence(o):.2f}",
        ),
    ]
    return [one for one in lists if one["rows"]]


def _card(outcome: Outcome, mark: str) -> dict[str, Any]:
    question = outcome.question
    full = max((_positive(one) for one in outcome.found), default=1.0)
    return {
        "mark": mark,
        "question": question.question,
        "resolved": question.resolved if question.resolved != question.question else "",
        "id": question.id,
        "asked": question.asked,
        "answers": question.answers,
        "count": question.count,
        "wanted": [
            {"id": one, "rank": _rank(outcome, one)} for one in question.relevant_ids[:LISTED]
        ],
        "more_wanted": max(0, len(question.relevant_ids) - LISTED),
        "answer": outcome.answer,
        "found": [
            _found(n, one, question.relevant_ids, full) for n, one in enumerate(outcome.found, 1)
        ],
    }


def _found(rank: int, one: Found, wanted: Sequence[str], full: float) -> dict[str, Any]:
    parts = {score.component: score.share for score in one.scores}
    said = ", ".join(
        f"{score.component} {score.value:.3f}"
        + (f" (rank {score.rank})" if score.rank else "")
        + f" adds {score.share:.3f}"
        for score in one.scores
    )
    return {
        "rank": rank,
        "relevant": one.article_id in wanted,
        "one": one,
        "said": said,
        "plot": plots.stack(parts, full, said),
    }


def _positive(one: Found) -> float:
    return sum(max(0.0, score.share) for score in one.scores)


def _rank(outcome: Outcome, article_id: str) -> str:
    ids = [one.article_id for one in outcome.found]
    return str(ids.index(article_id) + 1) if article_id in ids else ""
