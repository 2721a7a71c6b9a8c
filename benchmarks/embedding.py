"""How many passages a second are embedded, and how near the vectors are to the library's own.

    python benchmarks/embedding.py
    python benchmarks/embedding.py --seeds articles.jsonl --passages 512 --rounds 5

The bare loop is ``SentenceTransformer(...).encode(batch_size=32)`` in float32; it gives vectors
alone. Dateline keeps the token vectors as well, projected and packed, for late interaction:
with the encoder it chooses for this machine, and with sentence-transformers, to which it falls
back. Rounds take turns, so that the ratios hold on a busy machine, whatever the speeds. On a
busy machine wall time is unkind to PyTorch, whose threads wait for each other; processor time
is kinder, and is told too.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from measuring import machine, percentile_95, read_all, seconds, seeds_or_synthetic, spread

from embeddings.encoder import Encoder, open_encoder
from embeddings.models import DEFAULT_MODEL, ModelChoice
from embeddings.passages import embedding_input, split_article
from embeddings.records import PassageParameters
from embeddings.sentence_transformer import SentenceTransformerEncoder
from embeddings.tokens import fit_projection, pack

QUESTION = "What did China call for at the Security Council?"


def texts_of(seeds: Path, encoder: Encoder, count: int) -> list[str]:
    """What is embedded for the first passages of a collection."""
    texts: list[str] = []
    for article in read_all(seeds, limit=count):
        passages = split_article(article, encoder.count_tokens, PassageParameters(), encoder.window)
        texts += [embedding_input(article, passage) for passage in passages]
        if len(texts) >= count:
            break
    return texts[:count]


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    began = time.process_time()
    wall = seconds(work)
    return wall, time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=Path, help="articles; invented ones if not given")
    parser.add_argument("--passages", type=int, default=256, help="how many (default 256)")
    parser.add_argument("--rounds", type=int, default=3, help="of each loop (default 3)")
    parser.add_argument("--questions", type=int, default=30, help="asked of each (default 30)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a folder or a hub's name")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = parser.parse_args()
    print(machine())
    choice = ModelChoice(chosen.model)
    encoder, plain = open_encoder(choice), SentenceTransformerEncoder(choice)
    with seeds_or_synthetic(chosen.seeds, chosen.passages) as seeds:
        texts = texts_of(seeds, encoder, chosen.passages)
    if not texts:
        print("skipped: there is no article to read")
        return 0
    loading = {"Dateline": seconds(lambda: encoder.encode_query(QUESTION))}
    loading["sentence-transformers"] = seconds(lambda: plain.encode_query(QUESTION))
    tokens = sum(encoder.count_tokens(texts)) / len(texts)
    print(f"{len(texts)} passages of {tokens:.0f} tokens, {encoder.name} in {encoder.precision}")
    projection = fit_projection(encoder)
    bare = plain._model

    def embedded(with_: Encoder) -> Callable[[], object]:
        return lambda: [pack(item, projection) for item in with_.encode_passages(texts)]

    loops: dict[str, Callable[[], object]] = {
        "bare loop": lambda: bare.encode(texts, batch_size=32, show_progress_bar=False),
        "Dateline, falling back": embedded(plain),
        "Dateline": embedded(encoder),
    }
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in loops}
    for _ in range(chosen.rounds):
        for name, loop in loops.items():
            took[name].append(cost(loop))
    print(f"\n{'':<24} {'passages/s':>10} {'ratio':>6} {'a processor second':>20} {'ratio':>6}")
    base = [median(values) for values in zip(*took["bare loop"], strict=True)]
    for name, pairs in took.items():
        wall, busy = (median(values) for values in zip(*pairs, strict=True))
        print(
            f"{name:<24} {len(texts) / wall:>10.0f} {base[0] / wall:>6.2f} "
            f"{len(texts) / busy:>20.0f} {base[1] / busy:>6.2f}"
        )
    print()
    asked: dict[str, list[float]] = {"sentence-transformers": [], "Dateline": []}
    for number in range(chosen.questions):
        question = " ".join(texts[number % len(texts)].split()[-6 - number % 9 :])
        for name, one in (("sentence-transformers", plain), ("Dateline", encoder)):
            asked[name].append(seconds(lambda one=one, text=question: one.encode_query(text)))
    for name, values in asked.items():
        print(
            f"{name:<24} loads in {loading[name]:.1f} s, a question {spread(values)}, "
            f"95 of 100 under {1000 * percentile_95(values):.1f} ms"
        )
    ours, theirs = encoder.encode_passages(texts), plain.encode_passages(texts)
    pairs = list(zip(ours, theirs, strict=True))
    likeness = np.array([one.vector @ other.vector for one, other in pairs])
    by_token = np.concatenate([(one.tokens * other.tokens).sum(axis=1) for one, other in pairs])
    for name, cosines in (("passages", likeness), ("tokens", by_token)):
        print(f"cosine of {name:<14} mean {cosines.mean():.5f}, least {cosines.min():.5f}")
    if chosen.json:
        figures = {
            "passages": len(texts),
            "tokens": tokens,
            "loops": {name: [median(v) for v in zip(*took[name], strict=True)] for name in took},
            "question": {name: median(values) for name, values in asked.items()},
            "cosine": [float(likeness.mean()), float(likeness.min())],
            "token cosine": [float(by_token.mean()), float(by_token.min())],
        }
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
