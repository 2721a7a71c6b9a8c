"""Measure everything docs/PERFORMANCE.md tells of, and write its tables and plots.

    make performance
    python benchmarks/performance.py --only scale peers
    python benchmarks/performance.py --only drawing

Figures are kept in docs/performance/*.json, one file a benchmark; the tables between the marks of
docs/PERFORMANCE.md and the plots are made from those files and from nothing else. All of it takes
about half an hour on two quiet cores, 20 GB of disk for the largest collection, and the question
sets in ``--data``. Drawing needs the extra ``benchmarks`` (matplotlib).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from measuring import ROOT, machine

PAGE = ROOT / "docs" / "PERFORMANCE.md"
FIGURES = ROOT / "docs" / "performance"
SETS = ("squad2_half_dev", "cranfield")
SIZES = (1_000, 10_000, 100_000, 1_000_000)
INK, GRID, COLOURS = "#333333", "#dddddd", ("#0b6e99", "#d9730d", "#7a7a7a", "#9b59b6")
Figures = dict[str, Any]


# -- measuring ---------------------------------------------------------------------------------


def commands(data: Path) -> dict[str, list[list[str]]]:
    """What is run, by the name of the file that the figures go to."""
    newsroom = str(ROOT / "tests" / "newsroom" / "seeds")
    return {
        "embedding": [["embedding.py", "--seeds", newsroom, "--passages", "256"]],
        "precision": [["precision.py", "--data", str(data)]],
        "scale": [["scale.py", "--sizes", *map(str, SIZES)]],
        "peers": [
            [
                "peers.py",
                *("--articles", str(data / name / "corpus.jsonl")),
                *("--questions", str(data / name / "queries.jsonl")),
            ]
            for name in SETS
        ],
    }


def measure(name: str, runs: list[list[str]]) -> None:
    for script, *arguments in runs:
        subprocess.run(
            [
                sys.executable,
                f"benchmarks/{script}",
                *arguments,
                "--json",
                FIGURES / f"{name}.json",
            ],
            cwd=ROOT,
            check=True,
        )
    told = read("machine")
    (FIGURES / "machine.json").write_text(json.dumps({**told, name: machine()}, indent=1) + "\n")


def read(name: str) -> Figures:
    """The figures of one benchmark, as they were last measured; none if they never were."""
    file = FIGURES / f"{name}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


# -- tables ------------------------------------------------------------------------------------


def table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_size(figures: Figures) -> list[Figures]:
    return [figures[size] for size in sorted(figures, key=int)]


def scale_tables(found: Figures) -> str:
    sizes = by_size(found)
    headings = ["Passages", *(f"{one['passages']:,}" for one in sizes)]

    def asked(name: str, clock: int = 0) -> list[str]:
        kinds = [one["asking"][name] for one in sizes]
        return [f"{kind['p50'][clock]:.1f} / {kind['p95'][clock]:.1f} ms" for kind in kinds]

    searching = [
        ["**The whole search**, median / 95 of 100", *asked("the whole search")],
        ["the same in processor time", *asked("the whole search", 1)],
        ["within the second half of the years", *asked("after a day half way")],
        ["one outlet of twenty, the last months", *asked("one outlet, late")],
        ["dense side alone", *asked("dense side")],
        ["lexical side alone", *asked("lexical side")],
        ["dense layout", *(layout(*one["dense"]) for one in sizes)],
        ["its recall@10, as stored", *(f"{one['dense'][2]:.4f}" for one in sizes)],
        ["recall@10 by questions", *(f"{one['dense recall@10']:.4f}" for one in sizes)],
        ["**the same after ranking**", *(f"{one['retrieve recall@10']:.4f}" for one in sizes)],
    ]
    cost = {
        "all search files made anew": "search files made",
        "nothing changed": "nothing changed",
        "**one article added**": "one article added",
        "and found by a reader open all the while": "and found by an open reader",
        "it removed again": "it removed again",
        "opening an index": "opening",
    }
    building = [[told, *(f"{one[name][0]:,.2f} s" for one in sizes)] for told, name in cost.items()]
    building.append(
        ["most memory, making the search files"]
        + [f"{one['most memory, MB'][0]:,.0f} MB" for one in sizes]
    )
    building += [
        [f"on disk: {name}", *(f"{one['MB'][name]:,.0f} MB" for one in sizes)]
        for name in sizes[0]["MB"]
    ]
    return f"{table(headings, searching)}\n\n{table(headings, building)}"


def layout(name: str, probes: int, recall: float) -> str:
    return f"{name}, {probes} lists opened" if probes else name


def peers_table(found: Figures) -> str:
    headings = ["", "Passages a second", "Question, median", "95 of 100", "Memory", "Disk"]
    headings.append("nDCG@10")
    parts = []
    for name, engines in found.items():
        passages = next(iter(engines.values()))["passages"]
        better = {
            "built": min, "p50": min, "p95": min, "memory": min, "disk": min, "nDCG@10": max
        }  # fmt: skip
        best = {
            figure: choose(one[figure][0] if figure == "built" else one[figure]
                           for one in engines.values())
            for figure, choose in better.items()
        }  # fmt: skip

        def cell(one: Figures, figure: str, told: str, best: Figures = best) -> str:
            value = one[figure][0] if figure == "built" else one[figure]
            return f"**{told}**" if value == best[figure] else told

        rows = [
            [
                engine,
                cell(one, "built", f"{passages / one['built'][0]:,.0f}"),
                cell(one, "p50", f"{one['p50']:.1f} ms"),
                cell(one, "p95", f"{one['p95']:.1f} ms"),
                cell(one, "memory", f"{one['memory']:,.0f} MB"),
                cell(one, "disk", f"{one['disk']:.1f} MB"),
                cell(one, "nDCG@10", f"{one['nDCG@10']:.4f}"),
            ]
            for engine, one in engines.items()
        ]
        parts.append(f"{name}, {passages:,} passages:\n\n{table(headings, rows)}")
    return "\n\n".join(parts)


def embedding_table(found: Figures) -> str:
    loops = found["loops"]
    wall, busy = loops["bare loop"]
    return table(
        ["", "Passages a second", "Against the bare loop", "The same by processor seconds"],
        [
            [name, f"{found['passages'] / one:,.0f}", f"{wall / one:.2f}", f"{busy / used:.2f}"]
            for name, (one, used) in loops.items()
        ],
    )


def precision_table(found: Figures) -> str:
    rows = [[name, *(f"{value:.4f}" for value in values)] for name, values in found.items()]
    headings = [
        f"{passages} passages, {questions} questions"
        for passages in ("exact", "fast")
        for questions in ("exact", "fast")
    ]
    return table(["Set", *headings], rows)


TABLES = {
    "embedding": embedding_table,
    "precision": precision_table,
    "scale": scale_tables,
    "peers": peers_table,
}


def write_tables() -> None:
    page, machines = PAGE.read_text(encoding="utf-8"), read("machine")
    for name, made in TABLES.items():
        if not (found := read(name)):
            continue
        ran = machines.get(name, "").replace("\n", "; ")
        text = f"<!-- {name} -->\n{made(found)}\n\n{ran}.\n<!-- end -->"
        marked = re.compile(rf"<!-- {name} -->.*?<!-- end -->", re.DOTALL)
        if not marked.search(page):
            raise SystemExit(f"{PAGE} has no place for the table of {name}.")
        page = marked.sub(lambda _, text=text: text, page)
    PAGE.write_text(page, encoding="utf-8")


# -- plots -------------------------------------------------------------------------------------


def draw() -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams |= {
        "font.size": 9, "axes.edgecolor": INK, "axes.grid": True, "grid.color": GRID,
        "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False,
        "savefig.dpi": 130, "savefig.bbox": "tight", "figure.constrained_layout.use": True,
    }  # fmt: skip
    for name, plot in (("scale", plot_scale), ("peers", plot_peers)):
        if found := read(name):
            plot(found, FIGURES / f"{name}.png")


def plot_scale(found: Figures, file: Path) -> None:
    from matplotlib import pyplot

    sizes = by_size(found)
    counts = [one["passages"] for one in sizes]
    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.4))
    whole = [one["asking"]["the whole search"] for one in sizes]
    panels: list[tuple[str, dict[str, list[float]]]] = [
        (
            "One question beside its vector, ms",
            {
                "95 of 100": [kind["p95"][0] for kind in whole],
                "median": [kind["p50"][0] for kind in whole],
                "lexical side": [one["asking"]["lexical side"]["p50"][0] for one in sizes],
                "dense side": [one["asking"]["dense side"]["p50"][0] for one in sizes],
            },
        ),
        (
            "Rebuilding, s",
            {
                "all search files": [one["search files made"][0] for one in sizes],
                "one article added": [one["one article added"][0] for one in sizes],
                "nothing changed": [one["nothing changed"][0] for one in sizes],
            },
        ),
        (
            "Memory and disk, MB",
            {
                "most memory": [one["most memory, MB"][0] for one in sizes],
                "dense index": [one["MB"]["dense index"] for one in sizes],
                "lexical index": [one["MB"]["lexical index"] for one in sizes],
            },
        ),
    ]
    for axis, (title, lines) in zip(axes, panels, strict=True):
        for colour, (name, values) in zip(COLOURS, lines.items(), strict=False):
            axis.plot(counts, values, marker="o", markersize=4, color=colour, label=name)
        axis.set(xscale="log", yscale="log", title=title, xlabel="passages")
        axis.legend(frameon=False, fontsize=8)
    figure.savefig(file)
    pyplot.close(figure)


def written(value: float) -> str:
    """A number to three figures, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def plot_peers(found: Figures, file: Path) -> None:
    from matplotlib import pyplot

    figures = {
        "Building, s (less is better)": lambda one: one["built"][0],
        "Question, median ms (less)": lambda one: one["p50"],
        "Memory, MB (less)": lambda one: one["memory"],
        "Disk, MB (less)": lambda one: one["disk"],
        "nDCG@10 (more)": lambda one: one["nDCG@10"],
    }
    figure, rows = pyplot.subplots(
        len(found), len(figures), figsize=(13, 2.2 * len(found)), squeeze=False
    )
    for axes, (name, engines) in zip(rows, found.items(), strict=True):
        for axis, (title, value) in zip(axes, figures.items(), strict=True):
            colours = [COLOURS[0] if engine == "dateline" else "#b5b5b5" for engine in engines]
            bars = axis.barh(list(engines), [value(one) for one in engines.values()], color=colours)
            axis.bar_label(bars, fmt=written, padding=2, fontsize=8)
            axis.set_title(title, fontsize=9)
            axis.invert_yaxis()
            axis.grid(visible=False)
            axis.margins(x=0.25)
            axis.set_xticks([])
            if axis is axes[0]:
                axis.set_ylabel(name)
            else:
                axis.set_yticklabels([])
    figure.savefig(file)
    pyplot.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", nargs="+", choices=(*TABLES, "drawing"), default=list(TABLES))
    chosen = parser.parse_args()
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name, runs in commands(chosen.data).items():
        if name in chosen.only:
            measure(name, runs)
    write_tables()
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
