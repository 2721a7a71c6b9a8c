"""How good rankings and answers are, on every given set of questions: one table.

    python benchmarks/quality.py [--data ../shared/data] [--sets squad,med] [--sample 600]
                                 [--indexes FOLDER] [--configurations dense,shipped]
                                 [--no-answers] [--json FILE]

A set is a folder of the data with ``corpus*.jsonl`` and ``queries*.jsonl``; the newsroom of the
tests is always there. Sets that are missing are named and passed over. Indexes are kept in the
user's cache folder and brought up to date first; with ``--indexes`` the ready ones in a folder,
one subfolder a set, are used as they are. Of each set at most ``--sample`` questions of each
kind (answerable, unanswerable) are asked, always the same ones. Follow-ups without articles are
left to ``benchmarks/followups.py``, whose table is printed last.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from embeddings.encoder import Encoder, open_encoder
from embeddings.rebuild import rebuild
from qa import Retriever
from qa.evaluation import Summary, evaluate, read_questions, sampled, summarise
from qa.evaluation.metrics import Estimate
from ui.evaluate import cached_index, chosen_configurations

ROOT = Path(__file__).resolve().parent.parent
NEWSROOM = ROOT / "tests" / "newsroom"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    name: str
    articles: Path
    questions: Path
    index: str
    """Sets over the same articles share the index of this name."""


def question_sets(data: Path) -> list[QuestionSet]:
    timeqa = data / "timeqa_human"
    return [
        *(
            QuestionSet(name, data / name / "corpus.jsonl", data / name / "queries.jsonl", name)
            for name in ("squad2_half_dev", "cranfield", "med")
        ),
        *(
            QuestionSet(
                f"timeqa {level}",
                timeqa / f"corpus.{level}.jsonl",
                timeqa / f"queries.{level}.jsonl",
                "timeqa",
            )
            for level in ("easy", "hard")
        ),
        QuestionSet("newsroom", NEWSROOM / "seeds", NEWSROOM / "questions.jsonl", "newsroom"),
        QuestionSet("newsroom clock", NEWSROOM / "seeds", NEWSROOM / "clock.jsonl", "newsroom"),
    ]


def opened(one: QuestionSet, indexes: Path | None, encoder: Encoder) -> Retriever:
    if indexes is not None:
        return Retriever.open(indexes / one.index, encoder)
    index = cached_index(one.articles)
    rebuild(one.articles, index, encoder)
    return Retriever.open(index, encoder)


def measure(one: QuestionSet, chosen: argparse.Namespace, encoder: Encoder) -> Summary:
    questions = sampled(read_questions(one.questions), chosen.sample)
    if chosen.no_answers:
        questions = [question for question in questions if question.judged]
    with (
        opened(one, chosen.indexes, encoder) as retriever,
        Progress(
            TextColumn(f"{one.name}: {{task.description}}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as bar,
    ):
        stages: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=total)
            bar.update(stages[stage], completed=done)

        return summarise(
            evaluate(
                retriever,
                questions,
                configurations=chosen_configurations(chosen.configurations),
                answers=not chosen.no_answers,
                progress=tell,
            )
        )


def cell(estimate: Estimate | None, *, interval: bool = False) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:.3f}" + (
        f" ({estimate.low:.3f} to {estimate.high:.3f})" if interval else ""
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rankings(summaries: dict[str, Summary]) -> str:
    """nDCG@10 by configuration; more figures and the cost of a search for the last one."""
    names = [row.name for row in next(iter(summaries.values())).configurations]
    rows = []
    for name, summary in summaries.items():
        last = summary.configurations[-1]
        ratio = "–"
        if last.latency and summary.embedding:
            ratio = f"{last.latency.p50 / summary.embedding.p50:.2f}"
        rows.append(
            [
                name,
                str(summary.judged),
                *(cell(row.metrics["nDCG@10"]) for row in summary.configurations[:-1]),
                cell(last.metrics["nDCG@10"], interval=True),
                *(cell(last.metrics[metric]) for metric in ("MRR@10", "hits@1", "recall@10")),
                ratio,
            ]
        )
    more = ("MRR@10", "hits@1", "recall@10", "p50 / embedding")
    return table(["nDCG@10", "questions", *names, *more], rows)


def answered(summaries: dict[str, Summary]) -> str:
    rows = []
    for name, summary in summaries.items():
        answers = summary.answers
        if answers is not None:
            rows.append(
                [
                    name,
                    cell(answers.right),
                    cell(answers.quote_hits, interval=True),
                    f"{answers.words.value:.0f}" if answers.words else "–",
                    cell(answers.exact_citations),
                    cell(answers.abstention),
                    cell(answers.abstention_without),
                    cell(answers.decisions),
                    cell(answers.false_answers),
                    cell(answers.wrong_refusals),
                    f"{answers.latency.p50:.0f}",
                ]
            )
    headings = (
        "answers", "right", "quote hits", "words", "exact", "AUROC", "AUROC without own",
        "decided rightly", "false answers", "wrong refusals", "p50 ms",
    )  # fmt: skip
    return table(headings, rows)


def follow_ups(summaries: dict[str, Summary]) -> str:
    rows = [
        [name, str(told.n), cell(told.as_typed), cell(told.resolved), cell(told.rewritten)]
        for name, summary in summaries.items()
        if (told := summary.follow_ups)
    ]
    headings = ["follow-ups, nDCG@10", "questions", "as typed", "resolved", "human rewrite"]
    return table(headings, rows) if rows else ""


def types(summary: Summary) -> str:
    rows = [
        [row.type, str(row.n), cell(row.ndcg), cell(row.right), cell(row.answered)]
        for row in summary.types
    ]
    return table(["type", "questions", "nDCG@10", "right", "answered"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", help="names to measure, with commas between")
    parser.add_argument("--indexes", type=Path, help="folder of ready indexes, used as they are")
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--configurations")
    parser.add_argument("--no-answers", action="store_true")
    parser.add_argument("--json", type=Path, help="write every figure here as well")
    chosen = parser.parse_args(arguments)
    wanted = chosen.sets.split(",") if chosen.sets else None
    encoder = open_encoder()
    summaries: dict[str, Summary] = {}
    for one in question_sets(chosen.data):
        if wanted and not any(one.name.startswith(name.strip()) for name in wanted):
            continue
        if not (one.articles.exists() and one.questions.is_file()):
            print(f"passed over: {one.name} (no {one.questions})", file=sys.stderr)
            continue
        summaries[one.name] = measure(one, chosen, encoder)
        print(f"{one.name} done", file=sys.stderr)
    if not summaries:
        print("there is no set to measure")
        return 1
    parts = [rankings(summaries)]
    if not chosen.no_answers:
        parts.append(answered(summaries))
    parts.append(follow_ups(summaries))
    parts += [types(summary) for summary in summaries.values() if len(summary.types) > 1]
    print("\n\n".join(part for part in parts if part))
    rewrites = chosen.data / "mtrag_rewrites" / "queries.jsonl"
    if rewrites.is_file() and (wanted is None or "mtrag_rewrites" in wanted):
        import followups

        print(f"\n{followups.report(followups.read(rewrites))}")
    if chosen.json:
        told = {name: asdict(summary) for name, summary in summaries.items()}
        chosen.json.write_text(json.dumps(told, default=str, indent=2), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
