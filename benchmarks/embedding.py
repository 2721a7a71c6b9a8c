"""How many passages a second are embedded, beside the model library's own bare loop.

    python benchmarks/embedding.py
    python benchmarks/embedding.py --seeds articles.jsonl --passages 512 --rounds 5

The bare loop gives vectors alone; Dateline keeps the token vectors as well, projected and
packed, for late interaction. Rounds of the two alternate, so that the ratio holds on a busy
machine, whatever the speeds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median

from measuring import machine, read_all, seconds, seeds_or_synthetic, spread

from embeddings.encoder import DEFAULT_MODEL, ModelChoice, SentenceTransformerEncoder
from embeddings.passages import embedding_input, split_article
from embeddings.records import PassageParameters
from embeddings.tokens import fit_projection, pack


def texts_of(seeds: Path, encoder: SentenceTransformerEncoder, count: int) -> list[str]:
    """What is embedded for the first passages of a collection."""
    texts: list[str] = []
    for article in read_all(seeds, limit=count):
        passages = split_article(article, encoder.count_tokens, PassageParameters(), encoder.window)
        texts += [embedding_input(article, passage) for passage in passages]
        if len(texts) >= count:
            break
    return texts[:count]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=Path, help="articles; invented ones if not given")
    parser.add_argument("--passages", type=int, default=256, help="how many (default 256)")
    parser.add_argument("--rounds", type=int, default=3, help="of each loop (default 3)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a folder or a hub's name")
    chosen = parser.parse_args()
    print(machine())
    encoder = SentenceTransformerEncoder(ModelChoice(chosen.model))
    with seeds_or_synthetic(chosen.seeds, chosen.passages) as seeds:
        texts = texts_of(seeds, encoder, chosen.passages)
    if not texts:
        print("skipped: there is no article to read")
        return 0
    tokens = sum(encoder.count_tokens(texts)) / len(texts)
    print(f"{len(texts)} passages of {tokens:.0f} tokens, model {encoder.name}")
    load = seconds(lambda: encoder.encode_query("warm up"))
    projection = fit_projection(encoder)
    from sentence_transformers import SentenceTransformer

    bare = SentenceTransformer(str(encoder.folder), device="cpu", local_files_only=True)

    def dateline() -> None:
        for item in encoder.encode_passages(texts):
            pack(item, projection)

    ours, theirs = [], []
    for _ in range(chosen.rounds):
        theirs.append(seconds(lambda: bare.encode(texts, batch_size=encoder.batch_size)))
        ours.append(seconds(dateline))
    print(f"loading the model        {load:.1f} s")
    for name, took in (("bare loop", theirs), ("Dateline", ours)):
        print(f"{name:<24} {len(texts) / median(took):.0f} passages/s, {spread(took, 's', 1)}")
    print(f"Dateline / bare loop     {median(ours) / median(theirs):.2f} of the time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
