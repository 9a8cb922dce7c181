#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""Figures from the results of `verglas analyze`.

    figures.py compress.h5 --thermo compress.csv --interface interface.h5 --output figures/
    figures.py --scaling strong.csv weak.csv --output figures/

Makes what the given files allow: phase fractions, clusters and the IA fraction by threshold against pressure (or, without a table, against the
MD step), the cross-table of two models, the layer profile of an interface, and the speed-up in tables of `verglas scaling --csv`. Needs numpy, h5py and matplotlib; `uv run` installs them by itself.
"""
import argparse
import csv
import pathlib

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np

COLOURS = {"LDA": "#E8871E", "HDA": "#2166AC", "IA": "#2E9E4F", "MDA": "#7B3FA0"}
MARKERS = {"LDA": "o", "HDA": "s", "IA": "^", "MDA": "D"}
SPARE = ["#444444", "#B2182B", "#00838F", "#AD8B00"]
COLUMN = 3.4  # inches: one column of a journal
plt.rcParams.update({
    "font.size": 8, "axes.labelsize": 8.5, "legend.fontsize": 7.5, "xtick.labelsize": 7.5, "ytick.labelsize": 7.5,
    "font.family": "sans-serif", "mathtext.fontset": "dejavusans", "axes.linewidth": 0.7, "lines.linewidth": 1.1, "lines.markersize": 2.6,
    "xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True, "xtick.minor.visible": True,
    "ytick.minor.visible": True, "xtick.major.width": 0.7, "ytick.major.width": 0.7, "legend.frameon": False, "savefig.dpi": 300,
    "figure.constrained_layout.use": True})


def style(phase, k=0):
    return {"color": COLOURS.get(phase, SPARE[k % len(SPARE)]), "marker": MARKERS.get(phase, "v"), "markeredgewidth": 0}


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Results:
    """The frames of a results file that are done, and the x axis to plot them against."""

    def __init__(self, path, thermo=None):
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise SystemExit(f"figures.py: {path}: {error}")
        if "verglas/done" not in self.file:
            raise SystemExit(f"figures.py: {path}: not a results file of verglas analyze (no /verglas/done)")
        self.done = self.file["verglas/done"][:] == 1
        if not self.done.any():
            raise SystemExit(f"figures.py: {path}: no frame is done")
        self.models = [text(name) for name in np.atleast_1d(self.file["verglas"].attrs["model_name"])]
        self.molecules = self.file["particles/centers/id"].shape[0]
        step = self.file["particles/centers/box/edges/step"][:][self.done]
        self.x, self.label = step.astype(float), "MD step"
        stored = self.file.get("observables/pressure/value")
        if thermo:
            table = pressures(thermo)
            known = [int(s) for s in step if int(s) in table]
            if len(known) < len(step):
                print(f"figures.py: {thermo} has no row for {len(step) - len(known)} of {len(step)} steps; they are left out")
            self.done[np.flatnonzero(self.done)[[int(s) not in table for s in step]]] = False
            if not known:
                raise SystemExit(f"figures.py: {thermo}: none of its steps is in {path}")
            self.x, self.label = np.array([table[s] for s in known]), "Pressure (GPa)"
        elif stored is not None:
            self.x, self.label = stored[:][self.done], "Pressure (GPa)"

    def classes(self, model):
        return [text(name) for name in self.file[f"observables/{model}"].attrs["classes"]]

    def thresholds(self, model):
        return np.asarray(self.file[f"observables/{model}"].attrs["thresholds"])

    def observable(self, name):
        data = self.file[f"observables/{name}"]
        return (data["value"] if isinstance(data, h5py.Group) else data)[:][self.done]


def pressures(path):
    """Pressure by step from a CSV with a header; the set pressure is preferred to the measured one, which fluctuates."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = {name.strip().lower(): name for name in rows[0]}
    step = next((names[n] for n in ("timestep", "step") if n in names), None)
    value = next((names[n] for n in ("pressure_set_gpa", "pressure_gpa", "pressure", "press") if n in names), None)
    if step is None or value is None:
        raise SystemExit(f"figures.py: {path}: expected columns timestep and pressure, found {', '.join(rows[0])}")
    return {int(float(row[step])): float(row[value]) for row in rows}


def save(figure, folder, name):
    path = folder / f"{name}.png"
    figure.savefig(path)
    plt.close(figure)
    print(f"figure: {path}")


def panel_letters(axes):
    for letter, axis in zip("abcdefgh", axes):
        axis.text(0.015, 0.985, f"({letter})", transform=axis.transAxes, va="top", ha="left", fontweight="bold")


def phase_fractions(results, folder):
    models = results.models
    figure, axes = plt.subplots(len(models), 1, figsize=(COLUMN, 0.35 + 2.0 * len(models)), sharex=True, squeeze=False)
    for axis, model in zip(axes[:, 0], models):
        fraction = results.observable(f"{model}/phase_count")[:, 0] / results.molecules
        for k, phase in enumerate(results.classes(model)):
            axis.plot(results.x, fraction[:, k], label=phase, **style(phase, k))
        axis.set_ylim(-0.03, 1.12)
        axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        axis.set_ylabel("Fraction of molecules")
        axis.legend(loc="center right", handlelength=1.6)
        axis.text(0.985, 0.975, f"{model}, p > {results.thresholds(model)[0]:g}", transform=axis.transAxes, va="top", ha="right")
    axes[-1, 0].set_xlabel(results.label)
    if len(models) > 1:
        panel_letters(axes[:, 0])
    save(figure, folder, "phase_fractions")


def thresholds(results, folder):
    """The IA fraction over all frames against the threshold, split by what surrounds the IA molecules."""
    for model in results.models[:1]:
        levels = results.thresholds(model)
        if len(set(levels)) < 3:
            return
        order = np.argsort(levels)
        intermediate = results.observable(f"{model}/phase_count")[:, :, -1].sum(0)[order]
        kinds = results.observable(f"{model}/intermediate_count").sum(0)[order]
        total = results.molecules * results.done.sum()
        figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 3.9), sharex=True)
        above.plot(levels[order], intermediate / total, label="all IA", **style("IA"))
        above.axvline(levels[0], color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
        above.set_ylabel("IA fraction, all frames")
        above.set_ylim(0, None)
        names = [("interfacial (≥ 2 phases near)", "#1B6E35", "^"), ("isolated (1 phase near)", "#7CC490", "v"), ("other", "0.5", "o")]
        for (name, colour, marker), column in zip(names, kinds.T):
            below.plot(levels[order], column / np.maximum(intermediate, 1), color=colour, marker=marker, markeredgewidth=0, label=name)
        below.axvline(levels[0], color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
        below.set_ylim(0, 1)
        below.set_ylabel("Share of IA molecules")
        below.set_xlabel(f"Threshold on p ({model})")
        below.legend(loc="upper right", handlelength=1.6, frameon=True, facecolor="white", edgecolor="none", framealpha=1)
        below.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))
        panel_letters((above, below))
        save(figure, folder, "ia_fraction_by_threshold")


def clusters(results, folder):
    model = results.models[0]
    figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 3.9), sharex=True)
    for k, phase in enumerate(results.classes(model)):
        largest = results.observable(f"{model}/largest_cluster")[:, k].astype(float)
        above.plot(results.x, np.where(largest > 0, largest, np.nan), label=phase, **style(phase, k))
        below.plot(results.x, results.observable(f"{model}/cluster_count")[:, k], label=phase, **style(phase, k))
    above.set_yscale("log")
    above.set_ylim(0.7, 3.2 * results.molecules)
    above.axhline(results.molecules, color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
    above.set_ylabel("Molecules in largest cluster")
    above.legend(loc="center right", handlelength=1.6)
    above.text(0.985, 0.975, f"{model}, {results.molecules} molecules", transform=above.transAxes, va="top", ha="right")
    below.set_ylabel("Number of clusters")
    top = below.get_ylim()[1]
    below.set_ylim(-0.03 * top, 1.1 * top)
    below.set_xlabel(results.label)
    panel_letters((above, below))
    save(figure, folder, "clusters")


def cross_table(results, folder):
    """What the second model calls the molecules of each phase of the first, and along the run what becomes of the first's IA."""
    if "observables/cross_phase" not in results.file:
        return
    first, second = results.models[:2]
    rows, columns = results.classes(first), results.classes(second)
    cross = results.observable("cross_phase")
    table = cross.sum(0)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(2.06 * COLUMN, 2.75), gridspec_kw={"width_ratios": [1, 1.1]})
    left.imshow(share, cmap="Greys", vmin=0, vmax=1.25, aspect="auto")
    for i in range(len(rows)):
        for j in range(len(columns)):
            left.text(j, i, f"{100 * share[i, j]:.1f} %\n{table[i, j]:,}".replace(",", "\u202f"), ha="center", va="center",
                      fontsize=7, color="white" if share[i, j] > 0.65 else "black")
    left.set_xticks(range(len(columns)), columns)
    left.set_yticks(range(len(rows)), rows)
    left.set_xlabel(f"Phase by {second}")
    left.set_ylabel(f"Phase by {first}")
    left.tick_params(which="both", length=0, top=False, right=False)
    left.set_title("(a) all frames, % of row", fontsize=8, loc="left")
    of = len(rows) - 1
    total = cross[:, of].sum(1)
    for j, phase in enumerate(columns):
        with np.errstate(invalid="ignore"):
            value = np.where(total >= 20, cross[:, of, j] / np.maximum(total, 1), np.nan)
        right.plot(results.x, value, label=phase, **style(phase, j))
    right.set_ylim(0, 1)
    right.set_xlabel(results.label)
    right.set_ylabel(f"Share of {first}'s IA")
    right.set_title(f"(b) {first}'s IA by {second} (frames with ≥ 20 IA)", fontsize=8, loc="left")
    right.legend(loc="best", handlelength=1.6)
    save(figure, folder, "cross_table")


def interface(results, folder):
    """Layer profiles averaged over the frames, in the mean cell.

    Bars are the standard error over the molecules of a layer in one frame. It is not divided by the root of the number of frames: frames of
    one glass are not independent. The density's bars are its standard deviation over the frames.
    """
    models = [m for m in results.models if f"observables/{m}/profile" in results.file]
    if not models:
        return
    axis_name = text(results.file["verglas"].attrs["profile_axis"])
    figure, axes = plt.subplots(len(models) + 1, 1, figsize=(1.35 * COLUMN, 0.4 + 1.55 * (len(models) + 1)), sharex=True)
    frames = int(results.done.sum())
    for axis, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges").mean(0)
        middle = (edges[1:] + edges[:-1]) / 2
        p = results.observable(f"{model}/profile/probability")
        error = np.sqrt(np.nanmean(results.observable(f"{model}/profile/standard_error") ** 2, axis=0))
        for k, phase in enumerate(results.classes(model)[:-1]):
            look = style(phase, k)
            axis.errorbar(middle, p[:, :, k].mean(0), yerr=error[:, k], label=f"P({phase})", elinewidth=0.6, capsize=1.2, **look)
        ia = results.observable(f"{model}/profile/phase_fraction")[:, :, -1].mean(0)
        axis.step(middle, ia, where="mid", color=COLOURS["IA"], lw=0.9, label="IA fraction")
        axis.set_ylim(-0.04, 1.22)
        axis.set_yticks([0, 0.5, 1])
        axis.set_ylabel("Mean in layer")
        handles, labels = axis.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: labels[i].startswith("IA"))
        axis.legend([handles[i] for i in order], [labels[i] for i in order], loc="upper center", ncols=4, handlelength=1.5,
                    columnspacing=1.1, borderaxespad=0.15)
        axis.text(0.99, 0.975, model, transform=axis.transAxes, ha="right", va="top")
    density = results.file[f"observables/{models[0]}/profile/density"]
    values = density[:][results.done]
    axes[-1].errorbar(middle, values.mean(0), yerr=values.std(0, ddof=1) if frames > 1 else None,
                      color="0.25", marker="o", markeredgewidth=0, elinewidth=0.6, capsize=1.2)
    unit = text(density.attrs.get("unit", "")).replace(" cm-3", "/cm³").replace("Angstrom-3", "1/Å³")
    axes[-1].set_ylabel(f"Density ({unit})")
    axes[-1].set_xlabel(f"{axis_name} (Å)")
    axes[-1].set_xlim(edges[0], edges[-1])
    panel_letters(axes)
    save(figure, folder, "interface_profile")


def scaling(paths, folder):
    """Speed-up and efficiency against ranks, with the fitted law and, below, waiting and exchange as shares of the ranks' time, and the busiest rank over the mean."""
    figure, (above, middle, below) = plt.subplots(3, 1, figsize=(COLUMN, 5.6), sharex=True)
    most = 1
    for k, path in enumerate(paths):
        try:
            with open(path, newline="") as file:
                rows = list(csv.DictReader(file))
            ranks, speed, efficiency, waiting, exchange, imbalance = (
                np.array([float(row[name]) for row in rows]) for name in ("ranks", "speedup", "efficiency", "waiting", "exchange", "imbalance"))
            kind = rows[0]["kind"]
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise SystemExit(f"figures.py: {path}: expected a table of verglas scaling --csv: {error!r}")
        most = max(most, ranks.max())
        look = {"color": SPARE[k % len(SPARE)], "marker": "os^v"[k % 4], "markeredgewidth": 0}
        above.plot(ranks, speed, ls="none", label=kind, **look)
        middle.plot(ranks, efficiency, ls="none", **look)
        if rows[0]["serial_share"]:
            s, p = float(rows[0]["serial_share"]), np.geomspace(ranks.min(), ranks.max(), 200)
            law = (lambda n: 1 / (s + (1 - s) / n)) if kind == "strong" else (lambda n: s + (1 - s) * n)
            # As in the table, counted from the run on the fewest ranks.
            curve = ranks.min() * law(p) / law(ranks.min())
            name = f"{'Amdahl' if kind == 'strong' else 'Gustafson'}, s = {100 * s:.2g} %"
            above.plot(p, curve, color=look["color"], lw=0.8, label=name)
            middle.plot(p, curve / p, color=look["color"], lw=0.8)
        for value, line, name in ((waiting, "-", "waiting"), (exchange, "--", "exchange"), (imbalance, ":", "imbalance")):
            below.plot(ranks, 100 * value, ls=line, label=f"{name}, {kind}", **look)
    line = np.array([1, most])
    above.plot(line, line, color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
    above.set_xscale("log", base=2)
    above.set_yscale("log", base=2)
    for axis in (above.xaxis, above.yaxis):
        axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    above.set_ylabel("Speed-up")
    above.legend(loc="upper left", bbox_to_anchor=(0.06, 1), handlelength=1.4)
    middle.set_ylim(0, max(1.1, middle.get_ylim()[1]))
    middle.axhline(1, color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
    middle.set_ylabel("Efficiency")
    below.set_ylim(0, None)
    below.set_ylabel("Share (%)")
    below.set_xlabel("Ranks")
    below.legend(loc="best", handlelength=1.8)
    panel_letters((above, middle, below))
    save(figure, folder, "scaling")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", help="results of a compression or any other run")
    parser.add_argument("--thermo", help="CSV with columns timestep and pressure (GPa), joined by step")
    parser.add_argument("--interface", help="results of a slab, analysed with --profile")
    parser.add_argument("--scaling", nargs="+", metavar="CSV", help="tables of verglas scaling --csv: strong, weak or both")
    parser.add_argument("--output", default=".", type=pathlib.Path, help="folder for the PNG files")
    options = parser.parse_args()
    if not options.results and not options.interface and not options.scaling:
        parser.error("nothing to plot: give results.h5, --interface slab.h5 or --scaling strong.csv")
    options.output.mkdir(parents=True, exist_ok=True)
    if options.results:
        results = Results(options.results, options.thermo)
        for plot in (phase_fractions, thresholds, clusters, cross_table):
            plot(results, options.output)
    if options.interface:
        interface(Results(options.interface), options.output)
    if options.scaling:
        scaling(options.scaling, options.output)


if __name__ == "__main__":
    main()
