#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""The figures and tables of the method (arXiv:2606.01401) from the files that verglas writes.

    figures.py compress.h5 --interface slab.h5 --evaluation e2.h5 --evaluation e3.h5 --dataset dataset.h5 --output figures/
    figures.py --scaling strong.csv weak.csv --output figures/

Makes what the given files allow and says what is missing for the rest. Numbers are the paper's:

    fig2_confusion        confusion matrices                                   --evaluation (several)
    fig3_pca              classes in the plane of PC1 and PC2, variance        --evaluation and --dataset
    fig4a_phase_fractions phase fractions against pressure                     results
    fig4b_ia_threshold    IA fraction against threshold and its split          results with several thresholds
    fig5_slices           slices coloured by phase at several pressures        results with positions
    fig6_clusters         largest cluster and number of clusters               results (with --neighbor-count: that labelling too)
    fig7_interface        profile and snapshot of the slab, all models         --interface (snapshot: with positions)
    fig8_pca_slabs        densities along PC1 and PC2 in slabs of the cell     --interface with pca, and regions or positions
    fig9_profiles         profiles over time, or over compression and back     --interface
    cross_table           phases by one model against those by another         results of two models
    tables.txt            Tables 1 to 3                                        --evaluation
    scaling               speed-up, efficiency, waiting                        --scaling (tables of `verglas scaling --csv`)

Pressure is what `analyze --thermo` stored, or the table of --thermo here, else the x axis is the MD step. Needs numpy, h5py and matplotlib;
`uv run` installs them by itself. Where the `ovito` package (3.12 or older, or one with Vulkan) is installed it draws figures 5 and 7.
"""
import argparse
import csv
import json
import os
import pathlib
import struct
import tempfile

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.collections
import matplotlib.colors
import matplotlib.lines
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

    def particles(self, name):
        """Values of each molecule in the frames that are done, or None if they were not stored."""
        data = self.file.get(f"particles/centers/{name}/value")
        return None if data is None else data[:][self.done]

    def cells(self):
        """Origin and lengths of the cells' edges; slices and snapshots are drawn for orthogonal cells."""
        edges = self.file["particles/centers/box/edges/value"][:][self.done]
        return self.file["particles/centers/box/origin/value"][:][self.done], np.linalg.norm(edges, axis=2)

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
    save(figure, folder, "fig4a_phase_fractions")


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
        save(figure, folder, "fig4b_ia_threshold")


def clusters(results, folder):
    """The largest cluster and the number of clusters of the dense phase and of IA; dashed: the dense phase by neighbour count."""
    model = results.models[0]
    names = results.classes(model)
    wanted = [names.index("HDA") if "HDA" in names else len(names) - 2, len(names) - 1]
    figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 3.9), sharex=True)
    for k in wanted:
        largest = results.observable(f"{model}/largest_cluster")[:, k].astype(float)
        above.plot(results.x, np.where(largest > 0, largest, np.nan), label=names[k], **style(names[k], k))
        below.plot(results.x, results.observable(f"{model}/cluster_count")[:, k], label=names[k], **style(names[k], k))
    if "observables/neighbor_count" in results.file:
        group = results.file["observables/neighbor_count"]
        label = f"{text(group.attrs['classes'][1])}: ≥ {group.attrs['thresholds'][0]:.0f} within {group.attrs['radius']:g} Å"
        look = {"color": "0.35", "ls": (0, (3, 1.5)), "lw": 1}
        largest = results.observable("neighbor_count/largest_cluster")[:, 1].astype(float)
        above.plot(results.x, np.where(largest > 0, largest, np.nan), label=label, **look)
        below.plot(results.x, results.observable("neighbor_count/cluster_count")[:, 1], label=label, **look)
    above.set_yscale("log")
    above.set_ylim(0.7, 4.5 * results.molecules)
    above.axhline(results.molecules, color="0.75", lw=0.7, zorder=0)
    above.set_ylabel("Molecules in largest cluster")
    below.legend(loc="upper right", handlelength=2)
    above.text(0.985, 0.975, f"{model}, {results.molecules} molecules", transform=above.transAxes, va="top", ha="right")
    below.set_ylabel("Number of clusters")
    top = below.get_ylim()[1]
    below.set_ylim(-0.03 * top, 1.25 * top)
    below.set_xlabel(results.label)
    panel_letters((above, below))
    save(figure, folder, "fig6_clusters")


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


def rgb(phase, k=0):
    return matplotlib.colors.to_rgb(COLOURS.get(phase, SPARE[k % len(SPARE)]))


def drawn_by_ovito(position, colour, lengths, view, size):
    """A picture of spheres by OVITO as an array, or None where it is not installed or cannot draw."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        import ovito.data
        import ovito.pipeline
        import ovito.vis
    except Exception:
        return None
    data = ovito.data.DataCollection()
    cell = ovito.data.SimulationCell(pbc=(True, True, True))
    cell[:, :3] = np.diag(lengths)
    cell.vis.enabled = False
    data.objects.append(cell)
    particles = ovito.data.Particles(count=len(position))
    particles.create_property("Position", data=position)
    particles.create_property("Color", data=colour)
    particles.vis.radius = 1.25
    data.objects.append(particles)
    pipeline = ovito.pipeline.Pipeline(source=ovito.pipeline.StaticSource(data=data))
    pipeline.add_to_scene()
    try:
        viewport = ovito.vis.Viewport(type=getattr(ovito.vis.Viewport.Type, view))
        viewport.zoom_all(size=size)
        renderer = ovito.vis.TachyonRenderer(ambient_occlusion=True, ambient_occlusion_samples=5, antialiasing_samples=6, shadows=False)
        across = lengths[1] if view == "Top" else lengths[2]
        viewport.fov = 0.5 * max(across, lengths[0] * size[1] / size[0])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.png")
            viewport.render_image(filename=path, size=size, renderer=renderer)
            return plt.imread(path)
    except Exception as error:
        print(f"figures.py: OVITO cannot draw here ({str(error).splitlines()[0]}); drawn without it")
        return None
    finally:
        pipeline.remove_from_scene()


def draw_molecules(axis, position, phases, names, lengths, view="Top"):
    """Molecules as discs of 2.5 Å across, or OVITO's picture of them, in the plane x–y (Top) or x–z (Front)."""
    across = 1 if view == "Top" else 2
    order = np.argsort(position[:, 2 if view == "Top" else 1] * (1 if view == "Top" else -1))
    colour = np.array([rgb(names[k], k) for k in phases])
    picture = drawn_by_ovito(position, colour, lengths, view, (1600, max(200, int(1600 * lengths[across] / lengths[0]))))
    axis.set_xlim(0, lengths[0])
    axis.set_ylim(0, lengths[across])
    axis.set_aspect("equal")
    if picture is not None:
        axis.imshow(picture, extent=(0, lengths[0], 0, lengths[across]), aspect="equal", interpolation="antialiased")
    else:
        discs = matplotlib.collections.EllipseCollection(
            np.full(len(order), 2.5), np.full(len(order), 2.5), np.zeros(len(order)), units="xy", offsets=position[order][:, [0, across]],
            transOffset=axis.transData, facecolors=colour[order], edgecolors="white", linewidths=0.15)
        axis.add_collection(discs)
    axis.set_xticks([])
    axis.set_yticks([])


def phase_legend(axis, names, **options):
    handles = [matplotlib.lines.Line2D([], [], ls="", marker="o", ms=5, color=rgb(name, k), label=name) for k, name in enumerate(names)]
    axis.legend(handles=handles, handletextpad=0.2, columnspacing=1, **options)


def slices(results, folder, wanted):
    """Fig. 5: what lies in a slab of 3 Å through the middle of the cell, at several pressures."""
    position = results.particles("position")
    if position is None:
        print("figures.py: no positions in the results (analyze --per-molecule …,position): no fig5_slices")
        return
    model = results.models[0]
    names, phases = results.classes(model), results.particles(f"{model}/phase")
    if phases is None:
        return
    origin, lengths = results.cells()
    if wanted:
        rows = [int(np.nanargmin(np.abs(results.x - p))) for p in wanted]
    else:
        # From the first frame to the last through the transition: where the densest phase has 2, 25, 50, 75 and 98 % of its rise.
        fraction = np.convolve(results.observable(f"{model}/phase_count")[:, 0, len(names) - 2], np.ones(5) / 5, "same")
        low, high = fraction.min(), fraction.max()
        rows = sorted({int(np.argmax(fraction >= low + share * (high - low))) for share in (0.02, 0.25, 0.5, 0.75, 0.98)})
        rows = sorted({0, *rows})
    columns = min(3, len(rows))
    lines = -(-len(rows) // columns)
    width = 0.68 * COLUMN
    height = width * lengths[0, 1] / lengths[0, 0] + 0.22
    figure, axes = plt.subplots(lines, columns, figsize=(width * columns, height * lines + 0.3), squeeze=False)
    for axis in axes.flat[len(rows):]:
        axis.set_visible(False)
    for axis, row in zip(axes.flat, rows):
        shifted = position[row] - origin[row]
        inside = np.abs(shifted[:, 2] - lengths[row, 2] / 2) < 1.5
        draw_molecules(axis, shifted[inside], phases[row][inside], names, lengths[row])
        value = f"{results.x[row]:.2f} GPa" if "Pressure" in results.label else f"step {results.x[row]:.0f}"
        axis.set_title(value, fontsize=8, pad=3)
    phase_legend(figure, names, loc="outside upper center", ncols=len(names))
    save(figure, folder, "fig5_slices")


def interface(results, folder):
    """Fig. 7: layer profiles averaged over the frames, in the mean cell, above a snapshot of the last frame.

    Bars are the standard error over the molecules of a layer in one frame. It is not divided by the root of the number of frames: frames of
    one glass are not independent. The density's bars are its standard deviation over the frames.
    """
    models = [m for m in results.models if f"observables/{m}/profile" in results.file]
    if not models:
        print("figures.py: no profiles in the results of --interface (analyze --profile x): no fig7_interface")
        return
    axis_name = text(results.file["verglas"].attrs["profile_axis"])
    position = results.particles("position") if axis_name == "x" else None
    phases = {m: results.particles(f"{m}/phase") for m in models}
    pictures = [m for m in models if position is not None and phases[m] is not None]
    origin, lengths = results.cells()
    width = 2.06 * COLUMN
    ratio = lengths[-1, 2] / lengths[-1, 0]
    heights = [1.45] * (len(models) + 1) + [max(0.35, 0.9 * width * ratio)] * len(pictures)
    figure, axes = plt.subplots(len(heights), 1, figsize=(width, sum(heights) + 0.55), gridspec_kw={"height_ratios": heights})
    frames = int(results.done.sum())
    for axis, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges").mean(0)
        middle = (edges[1:] + edges[:-1]) / 2
        p = results.observable(f"{model}/profile/probability")
        error = np.sqrt(np.nanmean(results.observable(f"{model}/profile/standard_error") ** 2, axis=0))
        for k, phase in enumerate(results.classes(model)[:-1]):
            axis.errorbar(middle, p[:, :, k].mean(0), yerr=error[:, k], label=f"P({phase})", elinewidth=0.6, capsize=1.2, **style(phase, k))
        ia = results.observable(f"{model}/profile/phase_fraction")[:, :, -1].mean(0)
        axis.step(middle, ia, where="mid", color=COLOURS["IA"], lw=0.9, label="IA fraction")
        axis.set_ylim(-0.04, 1.3)
        axis.set_yticks([0, 0.5, 1])
        axis.set_ylabel("Mean in layer")
        handles, labels = axis.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: labels[i].startswith("IA"))
        axis.legend([handles[i] for i in order], [labels[i] for i in order], loc="upper center", ncols=4, handlelength=1.5,
                    columnspacing=1.1, borderaxespad=0.15)
        axis.text(0.99, 0.96, model, transform=axis.transAxes, ha="right", va="top")
    density = results.file[f"observables/{models[0]}/profile/density"]
    values = density[:][results.done]
    axes[len(models)].errorbar(middle, values.mean(0), yerr=values.std(0, ddof=1) if frames > 1 else None,
                               color="0.25", marker="o", markeredgewidth=0, elinewidth=0.6, capsize=1.2)
    unit = text(density.attrs.get("unit", "")).replace(" cm-3", "/cm³").replace("Angstrom-3", "1/Å³")
    axes[len(models)].set_ylabel(f"Density ({unit})")
    for axis in axes[: len(models) + 1]:
        axis.set_xlim(edges[0], edges[-1])
    for axis in axes[: len(models)]:
        axis.set_xticklabels([])
    axes[len(models)].set_xlabel(f"{axis_name} (Å)")
    for axis, model in zip(axes[len(models) + 1:], pictures):
        draw_molecules(axis, position[-1] - origin[-1], phases[model][-1], results.classes(model), lengths[-1], "Front")
        axis.set_ylabel(model, fontsize=7.5)
    panel_letters(axes[: len(models) + 1])
    if pictures:
        phase_legend(figure, max((results.classes(m) for m in models), key=len), loc="outside lower center", ncols=4)
    save(figure, folder, "fig7_interface")


def smooth_density(values, grid, width):
    """Gaussian kernel density of values on an even grid, through a histogram (fine enough not to matter)."""
    step = grid[1] - grid[0]
    counts, _ = np.histogram(values, np.append(grid - step / 2, grid[-1] + step / 2))
    reach = int(4 * width / step) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    return np.convolve(counts, kernel / kernel.sum(), "same") / max(len(values), 1) / step


def pca_slabs(results, folder, slabs):
    """Fig. 8: densities along PC1 and PC2 in slabs: the regions of the run, or slabs cut here from the stored positions."""
    models = [m for m in results.models if results.particles(f"{m}/pca") is not None]
    if not models:
        print("figures.py: no projections in the results of --interface (analyze --per-molecule …,pca): no fig8_pca_slabs")
        return
    chosen = {}
    if slabs:
        position = results.particles("position")
        if position is None:
            print("figures.py: --slabs needs positions (analyze --per-molecule …,position): no fig8_pca_slabs")
            return
        axis = "xyz".index(slabs[0])
        for item in slabs[2:].split(","):
            low, high = (float(word) for word in item.split(":"))
            chosen[f"{slabs[0]} = {low:g}–{high:g} Å"] = (position[..., axis] >= low) & (position[..., axis] < high)
    else:
        regions = results.file.get("particles/centers/region")
        for name in regions or ():
            chosen[name] = regions[f"{name}/value"][:][results.done] == 1
    if not chosen:
        print("figures.py: neither --slabs x=10:20,89:99 nor regions in the results of --interface: no fig8_pca_slabs")
        return
    figure, axes = plt.subplots(len(models), 2, figsize=(2.06 * COLUMN, 0.3 + 1.75 * len(models)), squeeze=False)
    looks = ["-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1))]
    for line, model in zip(axes, models):
        pca = results.particles(f"{model}/pca")
        for component, axis in enumerate(line[: pca.shape[2]]):
            values = pca[..., component]
            low, high = np.percentile(values, [0.1, 99.9])
            grid = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 400)
            for k, (name, inside) in enumerate(chosen.items()):
                colour = COLOURS.get(name, (COLOURS["IA"] if "inter" in name.lower() else SPARE[k % len(SPARE)]))
                axis.plot(grid, smooth_density(values[inside], grid, (high - low) / 60), color=colour, ls=looks[k % 4], label=name)
            axis.set_xlabel(f"PC{component + 1}")
            axis.set_ylim(0, None)
            axis.set_yticks([])
        line[0].set_ylabel(f"Density ({model})")
    axes[0, 0].legend(loc="best", handlelength=2)
    panel_letters(axes.flat)
    save(figure, folder, "fig8_pca_slabs")


def profiles(results, folder):
    """Fig. 9: the profile of the last class in up to six groups of frames: by pressure there and back where it is known, else by time."""
    models = [m for m in results.models if f"observables/{m}/profile" in results.file]
    if not models:
        return
    frames = int(results.done.sum())
    driven = "Pressure" in results.label and np.nanmax(results.x) > np.nanmin(results.x)
    turn = int(np.nanargmax(results.x)) if driven else frames - 1
    branches = [("compression", np.arange(turn + 1))] + ([("decompression", np.arange(turn + 1, frames))] if turn + 1 < frames else [])
    figure, axes = plt.subplots(len(models), len(branches), figsize=((2.06 if len(branches) > 1 else 1.5) * COLUMN, 0.4 + 1.8 * len(models)),
                                squeeze=False, sharex=True, sharey="row")
    colours = plt.get_cmap("plasma")
    for line, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges")
        p = results.observable(f"{model}/profile/probability")[:, :, -1]
        fraction = (np.arange(p.shape[1]) + 0.5) / p.shape[1]
        for axis, (branch, rows) in zip(line, branches):
            groups = np.array_split(rows, min(6, len(rows)))
            for k, group in enumerate(groups):
                if driven:
                    label, at = f"{np.nanmean(results.x[group]):.2f} GPa", results.x[group].mean() / np.nanmax(results.x)
                else:
                    label, at = f"step {results.x[group[0]]:.0f}–{results.x[group[-1]]:.0f}", k / max(len(groups) - 1, 1)
                middle = edges[group].mean(0)
                middle = middle[0] + fraction * (middle[-1] - middle[0])
                axis.plot(middle, np.nanmean(p[group], axis=0), color=colours(0.85 * at), label=label)
            axis.set_xlim(edges[:, 0].min(), edges[:, -1].max())
            axis.set_ylim(-0.04, 1.25)
            if len(branches) > 1 and line is axes[0]:
                axis.set_title(branch, fontsize=8)
        line[0].set_ylabel(f"P({results.classes(model)[-2]}), {model}")
    for axis in axes[-1]:
        axis.set_xlabel(f"{text(results.file['verglas'].attrs['profile_axis'])} (Å)")
    axes[0, 0].legend(loc="upper center", ncols=3, handlelength=1.3, columnspacing=0.9, fontsize=6.5, borderaxespad=0.2)
    if len(branches) > 1:
        axes[0, 1].legend(loc="upper center", ncols=3, handlelength=1.3, columnspacing=0.9, fontsize=6.5, borderaxespad=0.2)
    save(figure, folder, "fig9_profiles")


class Evaluated:
    """An evaluation file: what a model did on a dataset."""

    def __init__(self, path):
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise SystemExit(f"figures.py: {path}: {error}")
        if "evaluation/confusion" not in self.file:
            raise SystemExit(f"figures.py: {path}: not a file of verglas evaluate (no /evaluation/confusion)")
        self.group = self.file["evaluation"]
        self.model = text(self.group.attrs["model"])
        self.classes = [text(name) for name in self.group.attrs["classes"]]

    def scaler(self):
        """Mean and scale of the model's features, from its file, if that is still there."""
        try:
            with open(text(self.group.attrs["model_path"]), "rb") as file:
                header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
                body = file.read()
        except (OSError, ValueError, struct.error):
            return None
        kinds = {"F64": "<f8", "F32": "<f4"}

        def tensor(name):
            begin, end = header[name]["data_offsets"]
            return np.frombuffer(body[begin:end], kinds[header[name]["dtype"]]).astype(float)

        return tensor("scaler.mean"), tensor("scaler.scale")


def confusion(evaluations, folder):
    """Fig. 2: shares of each true class (rows) that got each answer (columns)."""
    figure, axes = plt.subplots(1, len(evaluations), figsize=(0.2 + 2.1 * len(evaluations), 2.35), squeeze=False)
    for axis, item in zip(axes[0], evaluations):
        counts = item.group["confusion"][:]
        rates = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        axis.imshow(rates, cmap="Blues", vmin=0, vmax=1.15)
        for i in range(len(counts)):
            for j in range(len(counts)):
                axis.text(j, i, f"{100 * rates[i, j]:.2f} %\n{counts[i, j]}", ha="center", va="center", fontsize=6.5,
                          color="white" if rates[i, j] > 0.6 else "black")
        axis.set_xticks(range(len(counts)), item.classes)
        axis.set_yticks(range(len(counts)), item.classes)
        axis.tick_params(which="both", length=0, top=False, right=False)
        axis.set_xlabel("Network's answer")
        axis.set_title(f"{item.model}: {item.group.attrs['accuracy']:.4f}", fontsize=8)
    axes[0, 0].set_ylabel("True class")
    save(figure, folder, "fig2_confusion")


def components(evaluations, datasets, folder):
    """Fig. 3: the classes of the dataset in the plane of the first two components, and the variance that components explain together."""
    sets = {}
    for path in datasets:
        file = h5py.File(path, "r")
        if "dataset/features" not in file:
            raise SystemExit(f"figures.py: {path}: not a dataset of verglas sample (no /dataset/features)")
        names = (text(n) for n in file["dataset/feature_names"][:])
        sets[frozenset(text(n) for n in file["dataset"].attrs["classes"]), tuple(names)] = file["dataset"]
    drawn = []
    for item in evaluations:
        drawn.append((item, sets.get((frozenset(item.classes), tuple(text(n) for n in item.group["feature_names"][:])))))
    if not any(data is not None for _, data in drawn):
        print("figures.py: no --dataset with the classes and features of an --evaluation: no fig3_pca")
        return
    drawn = [(item, data) for item, data in drawn if data is not None]
    figure, axes = plt.subplots(len(drawn), 2, figsize=(2.06 * COLUMN, 0.3 + 2.5 * len(drawn)), squeeze=False,
                                gridspec_kw={"width_ratios": [1.25, 1]})
    for (left, right), (item, data) in zip(axes, drawn):
        train = data["split"][:] == 0
        features = data["features"][:][train].astype(float)
        label = data["label"][:][train]
        mean, scale = item.scaler() or (features.mean(0), features.std(0))
        if len(mean) != features.shape[1]:
            raise SystemExit(f"figures.py: the model of {item.file.filename} has {len(mean)} features, the dataset {features.shape[1]}")
        plane = ((features - mean) / scale) @ item.group["pca/components"][:2].T
        names = [text(n) for n in data.attrs["classes"]]
        shown = np.random.default_rng(1).permutation(len(plane))[:4500]
        left.scatter(*plane[shown].T, s=2.5, c=[rgb(names[k], k) for k in label[shown]], alpha=0.45, linewidths=0, rasterized=True)
        for k, name in enumerate(names):
            centre = plane[label == k].mean(0)
            left.plot(*centre, ls="", marker="o", ms=7, mfc=rgb(name, k), mec="black", mew=1, label=name)
        left.set_xlim(*np.percentile(plane[:, 0], [0.05, 99.95]))
        left.set_ylim(*np.percentile(plane[:, 1], [0.05, 99.95]) * np.array([1, 1.25]))
        left.legend(loc="upper right", ncols=len(names), handletextpad=0.1, columnspacing=0.8)
        variance = item.group["pca/explained_variance"][:]
        left.set_xlabel(f"PC1 ({100 * variance[0]:.1f} %)")
        left.set_ylabel(f"PC2 ({100 * variance[1]:.1f} %)")
        left.set_title(item.model, fontsize=8, loc="left")
        enough = int(item.group["pca"].attrs["components_for_95_percent"])
        together = 100 * np.cumsum(variance)
        number = np.arange(1, len(variance) + 1)
        right.plot(number, together, color="0.2")
        right.bar(number[:enough], 100 * variance[:enough], color="#9DB7D5", width=1)
        right.axhline(95, color="0.6", lw=0.7, ls=(0, (4, 3)))
        right.axvline(enough, color="0.6", lw=0.7, ls=(0, (4, 3)))
        right.text(enough * 1.06, 50, f"95 % with {enough}", va="center")
        right.set_xlim(0.5, min(len(variance), 2.2 * enough))
        right.set_ylim(0, 103)
        right.set_xlabel("Component")
        right.set_ylabel("Explained variance (%)")
    panel_letters(axes.flat)
    save(figure, folder, "fig3_pca")


PAPER_ACCURACY = {("LDA", "HDA", 324): 0.9978, ("LDA", "HDA", 546): 0.9983, ("LDA", "MDA", "HDA", 324): 0.8953,
                  ("LDA", "MDA", "HDA", 546): 0.9005, ("LDA", "MDA", "HDA", 399): 0.9092}


def tables(evaluations, folder):
    """Tables 1 to 3 as text: accuracies, the most important features (overall and by pair of classes), components."""
    lines = ["Table 1. Accuracy on the test part", f"{'model':<14}{'features':>9}{'rows':>8}{'accuracy':>11}{'±':>9}{'paper':>9}"]
    for item in evaluations:
        attributes, features = item.group.attrs, len(item.group["feature_names"])
        paper = PAPER_ACCURACY.get((*item.classes, features))
        lines.append(f"{item.model:<14}{features:>9}{attributes['count']:>8}{attributes['accuracy']:>11.4f}{attributes['accuracy_error']:>9.4f}"
                     + (f"{paper:>9.4f}" if paper else f"{'–':>9}"))
    for item in evaluations:
        if "importance" not in item.group:
            continue
        names = [text(n) for n in item.group["feature_names"][:]]
        groups = [text(n) for n in item.group["importance/groups"][:]]
        mean, deviation = item.group["importance/mean"][:], item.group["importance/standard_deviation"][:]
        lines += ["", f"Table 2. Permutation importance, {item.model}: loss of accuracy, mean and standard deviation of "
                      f"{item.group.attrs['repeats']} shuffles"]
        lines.append("  ".join(f"{group:<28}" for group in groups).rstrip())
        best = [np.argsort(-row, kind="stable")[:10] for row in mean]
        for rank in range(min(10, len(names))):
            lines.append("  ".join(f"{names[best[g][rank]]:<10}{mean[g, best[g][rank]]:8.4f} ± {deviation[g, best[g][rank]]:.4f}".ljust(28)
                                   for g in range(len(groups))).rstrip())
    for item in evaluations:
        pca, k = item.group["pca"], len(item.classes)
        variance, separation = pca["explained_variance"][:], pca["separation_accuracy"][:]
        lines += ["", f"Table 3. Principal components, {item.model}: {pca.attrs['components_for_95_percent']} explain 95 % of the variance",
                  f"{'component':<11}{'variance':>10}{'one-component accuracy':>25}"]
        for c in range(min(5, len(separation))):
            lines.append(f"{'PC' + str(c + 1):<11}{variance[c]:>10.4f}{separation[c]:>25.4f}")
        for i in range(k):
            for j in range(i + 1, k):
                lines.append(f"distance {item.classes[i]}–{item.classes[j]} in the plane of PC1 and PC2: {pca['distances'][i, j]:.3f}")
    path = folder / "tables.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"tables: {path}")


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
    parser.add_argument("--evaluation", action="append", default=[], help="file of verglas evaluate; repeat it for several models")
    parser.add_argument("--dataset", action="append", default=[], help="file of verglas sample, for figure 3; repeat it for several")
    parser.add_argument("--pressures", help="pressures (GPa) of the slices of figure 5, e.g. 0.2,0.9,1.1")
    parser.add_argument("--slabs", help="slabs of figure 8, e.g. x=10:20,89:99,110:120 (default: the regions of the run)")
    parser.add_argument("--scaling", nargs="+", metavar="CSV", help="tables of verglas scaling --csv: strong, weak or both")
    parser.add_argument("--output", default=".", type=pathlib.Path, help="folder for the PNG files")
    options = parser.parse_args()
    if not options.results and not options.interface and not options.evaluation and not options.scaling:
        parser.error("nothing to plot: give results.h5, --interface slab.h5 --evaluation evaluation.h5 or --scaling strong.csv")
    options.output.mkdir(parents=True, exist_ok=True)
    if options.evaluation:
        evaluations = [Evaluated(path) for path in options.evaluation]
        confusion(evaluations, options.output)
        if options.dataset:
            components(evaluations, options.dataset, options.output)
        tables(evaluations, options.output)
    if options.results:
        results = Results(options.results, options.thermo)
        for plot in (phase_fractions, thresholds, clusters, cross_table):
            plot(results, options.output)
        slices(results, options.output, [float(word) for word in options.pressures.split(",")] if options.pressures else None)
    if options.interface:
        results = Results(options.interface)
        interface(results, options.output)
        pca_slabs(results, options.output, options.slabs)
        profiles(results, options.output)
    if options.scaling:
        scaling(options.scaling, options.output)


if __name__ == "__main__":
    main()
