"""What the light encoder's arithmetic costs in ranking, and what mixing it with float32 does.

    python benchmarks/precision.py [--data ../shared/data] [--sets squad2_half_dev,med]
                                   [--sample 300] [--indexes FOLDER] [--configuration shipped]

Each set is embedded twice, by sentence-transformers in float32 and by the encoder that Dateline
chooses for this machine, and its questions likewise: nDCG@10 for each of the four pairs. With
``--indexes`` the ready float32 ones in a folder, one subfolder a set, are used (read only); the
others are built for the occasion.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from measuring import ROOT, machine
from quality import QuestionSet, question_sets, table

from embeddings.encoder import Encoder, open_encoder
from embeddings.rebuild import rebuild
from embeddings.sentence_transformer import SentenceTransformerEncoder
from qa import Retriever
from qa.evaluation import evaluate, read_questions, sampled, summarise
from ui.evaluate import chosen_configurations


def score(one: QuestionSet, index: Path, encoder: Encoder, chosen: argparse.Namespace) -> float:
    """nDCG@10 of a set's questions, encoded by `encoder`, over an index."""
    questions = [q for q in sampled(read_questions(one.questions), chosen.sample) if q.judged]
    with Retriever.open(index, encoder) as retriever:
        summary = summarise(
            evaluate(
                retriever,
                questions,
                configurations=chosen_configurations(chosen.configuration),
                answers=False,
            )
        )
    return summary.configurations[-1].metrics["nDCG@10"].value


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", help="names, by commas; all that are there if not given")
    parser.add_argument("--sample", type=int, default=300, help="questions a set (default 300)")
    parser.add_argument("--indexes", type=Path, help="ready float32 indexes")
    parser.add_argument("--configuration", default="shipped", help="how to rank (default shipped)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = parser.parse_args()
    names = chosen.sets.split(",") if chosen.sets else None
    exact, fast = SentenceTransformerEncoder(), open_encoder()
    print(f"{machine()}\n{exact.precision} and {fast.precision}; {chosen.configuration}\n")
    rows, figures = [], {}
    for one in question_sets(chosen.data):
        if (names and one.name not in names) or not one.articles.exists():
            continue
        with tempfile.TemporaryDirectory() as scratch:
            by_fast = Path(scratch) / "fast"
            rebuild(one.articles, by_fast, fast)
            by_exact = chosen.indexes / one.index if chosen.indexes else Path(scratch) / "exact"
            if not chosen.indexes:
                rebuild(one.articles, by_exact, exact)
            scores = [
                score(one, index, encoder, chosen)
                for index in (by_exact, by_fast)
                for encoder in (exact, fast)
            ]
        figures[one.name] = scores
        rows.append([one.name, *(f"{value:.4f}" for value in scores)])
        print(*rows[-1], file=sys.stderr)
    headings = [
        f"{passages}, {questions}"
        for passages in ("exact passages", "fast passages")
        for questions in ("exact questions", "fast questions")
    ]
    print(table(["Set", *headings], rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
