#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""Text, tables and figure of ci/scaling-study from its results and tables in a folder:
scaling-study.md and .png."""

import argparse
import csv
import datetime
import os
import pathlib
import sys
import textwrap

import h5py
import matplotlib.ticker
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "jobs"))
from verglas_figures.page import COLUMN, panel_letters, plt  # noqa: E402
from verglas_figures.palette import rgb, spare  # noqa: E402

STUDIES = {
    "strong": ("the same frames, each on one rank", rgb("HDA"), "o"),
    "weak": ("frames in proportion to the ranks", rgb("IA"), "s"),
    "large": ("one frame, shared", rgb("LDA"), "^"),
}
COUNTS = ("frames", "molecules", "atoms", "bytes", "messages", "bytes_sent")


class Times:
    """Runs of one study on one and two ranks, of a table of `verglas scaling --csv`."""

    def __init__(self, path):
        rows = list(csv.DictReader(open(path, newline="", encoding="utf-8")))
        self.seconds = {
            p: [float(row["seconds"]) for row in rows if int(row["ranks"]) == p] for p in (1, 2)
        }
        self.work = {
            p: next(int(row["molecules"]) for row in rows if int(row["ranks"]) == p) for p in (1, 2)
        }
        self.frames = {
            p: next(int(row["frames"]) for row in rows if int(row["ranks"]) == p) for p in (1, 2)
        }
        best = {
            p: min(
                (row for row in rows if int(row["ranks"]) == p),
                key=lambda row: float(row["seconds"]),
            )
            for p in (1, 2)
        }
        self.waiting, self.exchange, self.imbalance = (
            float(best[2][name]) for name in ("waiting", "exchange", "imbalance")
        )
        self.serial = float(best[2]["serial_share"])

    def least(self, ranks):
        return min(self.seconds[ranks])

    def rate(self, ranks):
        return self.work[ranks] / self.least(ranks)

    @property
    def efficiency(self):
        return self.rate(2) / self.rate(1) / 2


def counts(folder, name):
    """The counts of each rank, by the number of ranks."""
    table = {}
    for path in folder.glob(f"counts-{name}-*.h5"):
        with h5py.File(path, "r") as file:
            table[len(file["timings/elapsed"])] = {key: file[f"timings/{key}"][:] for key in COUNTS}
    return dict(sorted(table.items()))


def grouped(value):
    return f"{value:,.0f}".replace(",", " ")


def span(values, unit=1.0, digits=0):
    """Minimum and maximum, as one number if they print alike."""
    least, most = (f"{v / unit:,.{digits}f}".replace(",", " ") for v in (min(values), max(values)))
    return least if least == most else f"{least}–{most}"


def count_rows(table):
    """Rows of a table with a column for each number of ranks."""

    def row(name, cell):
        return f"| {name} | " + " | ".join(cell(p, c) for p, c in table.items()) + " |"

    return [
        "| ranks | " + " | ".join(str(p) for p in table) + " |",
        "| --- |" + " --- |" * len(table),
        row("frames per rank", lambda p, c: span(c["frames"])),
        row("molecules per rank", lambda p, c: span(c["molecules"])),
        row(
            "load imbalance (1 − mean/maximum of molecules per rank)",
            lambda p, c: f"{100 * (1 - c['molecules'].mean() / c['molecules'].max()):.3g} %",
        ),
        row("atoms per rank, including halos", lambda p, c: span(c["atoms"])),
        row("MB read per rank", lambda p, c: span(c["bytes"], 1e6, 2)),
        row("MB read in total", lambda p, c: f"{c['bytes'].sum() / 1e6:.2f}"),
        row("messages sent per rank within its team", lambda p, c: span(c["messages"])),
        row("MB sent per rank within its team", lambda p, c: span(c["bytes_sent"], 1e6, 2)),
    ]


def wrapped(line):
    """A line of prose at 100 columns; tables, titles and figures as they are."""
    if line.startswith(("|", "#", "!")):
        return line
    return textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False)


def processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def plot(times, pair, many, one, path):
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(2.1 * COLUMN, 3.2))
    left.plot([1, 2], [1, 2], color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0, label="ideal")
    left.axhline(
        2 * pair, color="0.4", lw=0.8, ls=":", zorder=0, label="two runs of one rank at once"
    )
    highest, lowest = max(2, 2 * pair), min(1, 2 * pair)
    for name, (label, colour, marker) in STUDIES.items():
        study = times[name]
        # Pale: all runs; line: the best.
        for p in (1, 2):
            speed = [study.work[p] / s / study.rate(1) for s in study.seconds[p]]
            highest, lowest = max(highest, *speed), min(lowest, *speed)
            left.plot(
                [p] * len(speed),
                speed,
                ls="none",
                marker=marker,
                color=colour,
                alpha=0.4,
                markeredgewidth=0,
            )
        left.plot(
            [1, 2],
            [1, 2 * study.efficiency],
            color=colour,
            marker=marker,
            markeredgewidth=0,
            lw=0.8,
            label=label,
        )
    left.set_xticks([1, 2], minor=False)
    left.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    left.set_xlim(0.85, 2.15)
    left.set_ylim(lowest - 0.05 * highest, 1.05 * highest)
    left.set_ylabel("Speed-up (timed)")
    left.set_xlabel("Ranks")
    ranks = np.array(list(one))
    for axis, series in (
        (
            middle,
            (
                ("one frame: atoms held", one, lambda c: c["atoms"].max(), rgb("LDA"), "^"),
                (
                    "one frame: 3 × molecules",
                    one,
                    lambda c: 3 * c["molecules"].max(),
                    spare(0),
                    "v",
                ),
                (
                    "many frames: 3 × molecules",
                    many,
                    lambda c: 3 * c["molecules"].max(),
                    rgb("HDA"),
                    "o",
                ),
            ),
        ),
        (
            right,
            (
                ("one frame: read", one, lambda c: c["bytes"].max() / 1e6, rgb("LDA"), "^"),
                ("one frame: sent", one, lambda c: c["bytes_sent"].max() / 1e6, spare(1), "v"),
                ("many frames: read", many, lambda c: c["bytes"].max() / 1e6, rgb("HDA"), "o"),
            ),
        ),
    ):
        for label, table, value, colour, marker in series:
            y = np.array([value(table[p]) for p in ranks], dtype=float)
            shown = y > 0
            # Many frames have open, larger markers, so that coinciding curves are both visible.
            look = {"ms": 5, "mfc": "none", "mew": 0.8} if marker == "o" else {"markeredgewidth": 0}
            axis.plot(
                ranks[shown], y[shown], color=colour, marker=marker, lw=0.8, label=label, **look
            )
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks(ranks, [str(p) for p in ranks])
        axis.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axis.set_xlabel("Ranks")
    middle.set_ylabel("Atoms, fullest rank (counted)")
    right.set_ylabel("MB, fullest rank (counted)")
    panel_letters((left, middle, right))
    for axis in (left, middle, right):
        axis.legend(
            loc="upper center",
            bbox_to_anchor=(0.5, -0.2),
            fontsize=6.5,
            handlelength=1.8,
            labelspacing=0.3,
        )
    figure.savefig(path, dpi=170)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument(
        "--busy",
        nargs=2,
        type=float,
        required=True,
        metavar="%",
        help="percentage of the cores used by other work before and after",
    )
    parser.add_argument("--draft", choices=("yes", "no"), default="no")
    parser.add_argument("--version", default="")
    options = parser.parse_args()
    times = {name: Times(options.folder / f"{name}.csv") for name in STUDIES}
    pairs = {}
    for path in sorted(options.folder.glob("pair-*.h5")):
        with h5py.File(path, "r") as file:
            pairs.setdefault(path.stem.split("-")[1], []).append(
                float(file["timings/elapsed"][:].max())
            )
    # Two independent runs of one rank, timed by the slower one: the limit of two cores of this
    # machine without communication.
    pair_seconds = min(max(both) for both in pairs.values())
    pair = times["strong"].least(1) / pair_seconds
    many, one = counts(options.folder, "frames"), counts(options.folder, "large")
    plot(times, pair, many, one, options.output / "scaling-study.png")

    strong, large = times["strong"], times["large"]
    repeats = len(strong.seconds[1])
    quiet = max(options.busy) < 5
    lines = ["# A scaling study on one machine", "", "Made by `ci/scaling-study`; do not edit.", ""]
    if options.draft == "yes":
        lines += ["**A draft** with small cases, each run once; its times are not reliable.", ""]
    if not quiet:
        lines += [
            f"**Other processes used up to {max(options.busy):.0f} % of the cores during the "
            "measurement, so the times are not reliable. Repeat it on an idle machine.**",
            "",
        ]
    lines += [
        f"Verglas {options.version}, {datetime.date.today().isoformat()}, {processor()}, "
        f"{len(os.sched_getaffinity(0))} cores, Open MPI with shared memory, ranks bound to cores, "
        "model M2-OH (SOAP of O,H, network 546-600-600-2), generated water. Times are from the "
        f"first frame to the last on the slowest rank, the minimum of {repeats} "
        f"run{'s' if repeats > 1 else ''} in alternation (all runs in parentheses).",
        "",
        "![Speed-up, atoms and bytes against ranks](scaling-study.png)",
        "",
        "## Timed: one and two ranks",
        "",
        "| study | work | 1 rank, s | 2 ranks, s | speed-up | efficiency | molecules/s on 2 | waiting | exchange | largest imbalance |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, (label, _, _) in STUDIES.items():
        t = times[name]
        each = t.work[2] // t.frames[2]
        frames = (
            f"{t.frames[1]} and {t.frames[2]} frames"
            if t.frames[1] != t.frames[2]
            else f"{t.frames[2]} frame{'s' if t.frames[2] > 1 else ''}"
        )
        cells = [f"{t.least(p):.3f} ({span(t.seconds[p], digits=2)})" for p in (1, 2)]
        lines.append(
            f"| {label} | {frames} of {grouped(each)} molecules | {cells[0]} | {cells[1]} | {2 * t.efficiency:.2f} | {t.efficiency:.3f} | {grouped(t.rate(2))} | "
            f"{100 * t.waiting:.1f} % | {100 * t.exchange:.1f} % | {100 * t.imbalance:.1f} % |"
        )
    lines += [
        "| two independent runs on one rank each, at the same time | "
        f"{strong.frames[1]} frames each | {strong.least(1):.3f} | {pair_seconds:.3f} | "
        f"{2 * pair:.2f} | {pair:.3f} | | | | |",
        "",
        "The last row is the reference: both cores busy, without communication. Relative to it, "
        "the efficiency of many frames is "
        f"{strong.efficiency / pair:.3f} and that of the shared frame {large.efficiency / pair:.3f}. "
        "Amdahl's serial fraction from `verglas scaling`: "
        f"{100 * strong.serial:.1f} % for the frames, {100 * large.serial:.1f} % for the shared "
        "frame; with only two numbers of ranks, this fraction is the efficiency restated.",
        "",
        "If the runs in parentheses differ widely, the speed of the machine changed between them "
        "(a virtual machine shares its cores with others). This also explains efficiencies above "
        "1; differences smaller than the spread are not significant.",
        "",
        "## Counted: up to sixteen ranks",
        "",
        "There are more ranks than cores here, so no times are given. The work of each rank does "
        "not depend on the machine: molecules, bytes and messages from `/timings`. Messages are "
        "those within a team that shares a frame; opening the file, distributing frames and the "
        "collective calls of MPI and HDF5 are not included.",
        "",
        f"**{strong.frames[2]} frames of {grouped(strong.work[2] // strong.frames[2])} molecules, "
        "each on one rank**",
        "",
        *count_rows(many),
        "",
        f"**One frame of {grouped(large.work[1])} molecules, shared by all ranks**",
        "",
        *count_rows(one),
        "",
        "Conclusions for larger numbers of cores: the load is balanced to a fraction of a per cent "
        "for every number of ranks, each byte of the trajectory is read by one rank, and the "
        "amount of data that a rank sends decreases with its share of the frame while the number "
        "of its messages grows slowly. The cost of a real network, a shared file system and memory "
        "shared by many cores cannot be derived from this; `jobs/strong.sbatch` and "
        "`jobs/weak.sbatch` measure it ([clusters](clusters.md)). The cost model is in "
        "[scaling](scaling.md).",
    ]
    path = options.output / "scaling-study.md"
    path.write_text("\n".join(wrapped(line) for line in lines) + "\n", encoding="utf-8")
    print(f"scaling study: {path}, {options.output / 'scaling-study.png'}")


if __name__ == "__main__":
    main()
