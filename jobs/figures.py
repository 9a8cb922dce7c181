#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""The figures and tables of the method (arXiv:2606.01401) from the files that verglas writes.

    figures.py compress.h5 --interface slab.h5 --interface-file interface.h5 --evaluation e2.h5 --evaluation e3.h5 --dataset dataset.h5 \\
      --output figures/
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
`uv run` installs them by itself. A slab that drifts along a periodic axis by more than half a layer is followed in figures 7 and 9, by the drift
in the file of `verglas interface` (--interface-file) or, without it, by the profiles themselves; the axis then says so.
Where the `ovito` package (3.12 or older, or one with Vulkan) is installed it draws figures 5 and 7.
"""
import argparse
import csv
import json
import os
import pathlib
import re
import struct
import tempfile
import textwrap

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.collections
import matplotlib.colors
import matplotlib.lines
import matplotlib.patches
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

    def orthogonal(self):
        """Whether the edges of all cells lie along x, y and z."""
        edges = self.file["particles/centers/box/edges/value"][:][self.done]
        return bool(np.abs(edges - np.einsum("fii->fi", edges)[:, :, None] * np.eye(3)).max() < 1e-4)

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
    """(a), (b), … above the upper left corners, where neither ticks nor curves are."""
    for letter, axis in zip("abcdefghijkl", axes):
        axis.set_title(f"({letter})", loc="left", fontsize=8, fontweight="bold", pad=3)


def remark(axis, words):
    """What a panel shows, above its upper right corner."""
    axis.set_title(words, loc="right", fontsize=7.5, pad=3)


def legend_of_all(figure, axes, **options):
    """One legend for curves that mean the same in all panels, outside of them."""
    entries = {}
    # The panel with most curves first: its order of the phases is the whole one.
    for handles, labels in sorted((axis.get_legend_handles_labels() for axis in axes), key=lambda pair: -len(pair[1])):
        for handle, label in zip(handles, labels):
            entries.setdefault(label, handle)
    names = sorted(entries, key=lambda name: name.startswith("IA"))  # sorted keeps the order of the rest
    figure.legend([entries[name] for name in names], names, loc=options.pop("loc", "outside upper center"), **options)


def phase_fractions(results, folder):
    models = results.models
    figure, axes = plt.subplots(len(models), 1, figsize=(COLUMN, 0.55 + 2.0 * len(models)), sharex=True, squeeze=False)
    for axis, model in zip(axes[:, 0], models):
        fraction = results.observable(f"{model}/phase_count")[:, 0] / results.molecules
        for k, phase in enumerate(results.classes(model)):
            axis.plot(results.x, fraction[:, k], label=phase, **style(phase, k))
        axis.set_ylim(-0.03, 1.03)
        axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        axis.set_ylabel("Fraction of molecules")
        remark(axis, f"{model}, p > {results.thresholds(model)[0]:g}")
    legend_of_all(figure, axes[:, 0], ncols=4, handlelength=1.6, columnspacing=1.2)
    axes[-1, 0].set_xlabel(results.label)
    if len(models) > 1:
        panel_letters(axes[:, 0])
    save(figure, folder, "fig4a_phase_fractions")


def thresholds(results, folder):
    """The IA fraction over all frames against the threshold, split by what surrounds the IA molecules."""
    for model in results.models[:1]:
        levels = results.thresholds(model)
        if len(set(levels)) < 3:
            print("figures.py: fewer than three thresholds in the results (analyze --threshold 0.95,0.9,…): no fig4b_ia_threshold")
            return
        order = np.argsort(levels)
        intermediate = results.observable(f"{model}/phase_count")[:, :, -1].sum(0)[order]
        kinds = results.observable(f"{model}/intermediate_count").sum(0)[order]
        total = results.molecules * results.done.sum()
        figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 4.4), sharex=True)
        above.plot(levels[order], intermediate / total, label="all IA", **style("IA"))
        above.axvline(levels[0], color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
        above.set_ylabel("IA fraction, all frames")
        above.set_ylim(0, None)
        names = [("interfacial (≥ 2 phases near)", "#1B6E35", "^"), ("isolated (1 phase near)", "#7CC490", "v"), ("other", "0.5", "o")]
        for (name, colour, marker), column in zip(names, kinds.T):
            below.plot(levels[order], column / np.maximum(intermediate, 1), color=colour, marker=marker, markeredgewidth=0, label=name)
        below.axvline(levels[0], color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0, label=f"primary threshold, {levels[0]:g}")
        below.set_ylim(0, 1)
        below.set_ylabel("Share of IA molecules")
        below.set_xlabel(f"Threshold on p ({model})")
        legend_of_all(figure, [below], loc="outside lower center", ncols=2, handlelength=1.6, columnspacing=1.0, fontsize=6.5)
        below.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(5))
        panel_letters((above, below))
        save(figure, folder, "fig4b_ia_threshold")


def clusters(results, folder):
    """The largest cluster and the number of clusters of the dense phase and of IA; dashed: the dense phase by neighbour count."""
    model = results.models[0]
    names = results.classes(model)
    wanted = [names.index("HDA") if "HDA" in names else len(names) - 2, len(names) - 1]
    figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 4.3), sharex=True)
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
    above.set_ylim(0.7, 2 * results.molecules)
    above.axhline(results.molecules, color="0.75", lw=0.7, zorder=0)
    above.set_ylabel("Molecules in largest cluster")
    legend_of_all(figure, [below], ncols=3, handlelength=2, columnspacing=1.0)
    remark(above, f"{model}, {results.molecules} molecules (grey line: all)")
    below.set_ylabel("Number of clusters")
    below.set_ylim(-0.03 * below.get_ylim()[1], None)
    below.set_xlabel(results.label)
    panel_letters((above, below))
    save(figure, folder, "fig6_clusters")


def cross_table(results, folder):
    """What the second model calls the molecules of each phase of the first, and along the run what becomes of the first's IA."""
    if "observables/cross_phase" not in results.file:
        print("figures.py: results of one model (analyze --model … --model …): no cross_table")
        return
    first, second = results.models[:2]
    rows, columns = results.classes(first), results.classes(second)
    cross = results.observable("cross_phase")
    table = cross.sum(0)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(2.06 * COLUMN, 2.7), gridspec_kw={"width_ratios": [1, 1.1]})
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
    remark(left, "all frames, % of row")
    of = len(rows) - 1
    total = cross[:, of].sum(1)
    for j, phase in enumerate(columns):
        with np.errstate(invalid="ignore"):
            value = np.where(total >= 20, cross[:, of, j] / np.maximum(total, 1), np.nan)
        right.plot(results.x, value, label=phase, **style(phase, j))
    right.set_xlabel(results.label)
    right.set_ylabel(f"Share of {first}'s IA")
    remark(right, f"{first}'s IA by {second}, frames with ≥ 20 IA")
    right.set_ylim(-0.02, 1.02)
    legend_of_all(figure, [right], loc="outside right upper", handlelength=1.6)
    panel_letters((left, right))
    save(figure, folder, "cross_table")


def rgb(phase, k=0):
    return matplotlib.colors.to_rgb(COLOURS.get(phase, SPARE[k % len(SPARE)]))


ovito_fails = False


def drawn_by_ovito(position, colour, lengths, view, size):
    """A picture of spheres by OVITO as an array, or None where it is not installed or cannot draw; then it is not asked again."""
    global ovito_fails
    if ovito_fails:
        return None
    try:
        import ovito.data
        import ovito.pipeline
        import ovito.vis
    except Exception:
        ovito_fails = True
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
        ovito_fails = True
        print(f"figures.py: OVITO cannot draw here ({(str(error).splitlines() or [type(error).__name__])[0]}); snapshots are drawn without it")
        return None
    finally:
        pipeline.remove_from_scene()


def draw_molecules(axis, position, phases, names, lengths, view="Top"):
    """Molecules as discs of 2.5 Å across, or OVITO's picture of them, in the plane x–y (Top) or x–z (Front)."""
    across = 1 if view == "Top" else 2
    order = np.argsort(position[:, 2 if view == "Top" else 1] * (1 if view == "Top" else -1))
    colour = np.array([rgb(names[k], k) for k in phases])
    picture = drawn_by_ovito(position, colour, lengths, view, (1600, max(200, int(1600 * lengths[across] / lengths[0]))))
    frame = matplotlib.patches.Rectangle((0, 0), lengths[0], lengths[across], fill=False, lw=0.7, ec="black", zorder=3)
    axis.add_patch(frame)
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
        discs.set_clip_path(frame)
    axis.set_axis_off()


def phase_legend(axis, names, **options):
    handles = [matplotlib.lines.Line2D([], [], ls="", marker="o", ms=5, color=rgb(name, k), label=name) for k, name in enumerate(names)]
    axis.legend(handles=handles, handletextpad=0.2, columnspacing=1, **options)


def slices(results, folder, wanted):
    """Fig. 5: what lies in a slab of 3 Å through the middle of the cell, at several pressures."""
    position = results.particles("position")
    if position is None:
        print("figures.py: no positions in the results (analyze --per-molecule all): no fig5_slices")
        return
    model = results.models[0]
    names, phases = results.classes(model), results.particles(f"{model}/phase")
    if phases is None:
        return
    if not results.orthogonal():
        print("figures.py: slices are drawn for orthogonal cells only: no fig5_slices (verglas export --slice cuts any cell)")
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
    # All panels in one scale, that of the largest cell, so that compression is seen.
    largest = lengths[rows].max(0)
    columns = min(3, len(rows))
    lines = -(-len(rows) // columns)
    width = 0.68 * COLUMN
    height = width * largest[1] / largest[0] + 0.22
    figure, axes = plt.subplots(lines, columns, figsize=(width * columns, height * lines + 0.5), squeeze=False)
    for axis in axes.flat[len(rows):]:
        axis.set_visible(False)
    for axis, row in zip(axes.flat, rows):
        shifted = position[row] - origin[row]
        inside = np.abs(shifted[:, 2] - lengths[row, 2] / 2) < 1.5
        draw_molecules(axis, shifted[inside], phases[row][inside], names, lengths[row])
        axis.set_xlim(-0.01 * largest[0], 1.01 * largest[0])
        axis.set_ylim(-0.01 * largest[1], 1.01 * largest[1])
        value = f"{results.x[row]:.2f} GPa" if "Pressure" in results.label else f"step {results.x[row]:.0f}"
        remark(axis, f"{value}, {lengths[row, 0]:.1f} × {lengths[row, 1]:.1f} Å")
    panel_letters(axes.flat[: len(rows)])
    bar = 10 if largest[0] > 25 else 5
    last = axes.flat[columns * (lines - 1)]
    last.plot([0, bar], [-0.05 * largest[1]] * 2, color="black", lw=2, solid_capstyle="butt", clip_on=False)
    last.text(bar + 0.02 * largest[0], -0.05 * largest[1], f"{bar} Å, all panels", va="center", fontsize=7)
    note = f"Phases by {model} of the molecules in a slice 3 Å thick, normal to z, through the middle of the cell, seen along z"
    figure.supxlabel(textwrap.fill(note, int(18 * width * columns)), fontsize=7)
    phase_legend(figure, names, loc="outside upper center", ncols=len(names))
    save(figure, folder, "fig5_slices")


def profile_axis(results):
    """Name of the axis of the profiles, its number and whether it repeats."""
    name = text(results.file["verglas"].attrs["profile_axis"])
    number = "xyz".find(name)
    boundary = [text(word) for word in results.file["particles/centers/box"].attrs.get("boundary", ["none"] * 3)]
    return name, number, number >= 0 and boundary[number] == "periodic"


def drift(results, models, path):
    """How far the slab stands from its mean place along a periodic axis in each frame, as a fraction of the axis, and None if it never goes
    half a layer from where it is first, or that cannot be told. Laid over each other there, profiles lie where `verglas interface` has them.

    With the file of `verglas interface`, its drift. Else from the profile of the last class of the first model: the best cyclic overlap with
    the first frame, made exact by the phase of the profile's strongest long wave, which is the mean shift of the slab's two interfaces.
    """
    name, _, periodic = profile_axis(results)
    moved = None
    if path:
        try:
            with h5py.File(path, "r") as file:
                model = next((m for m in models if f"interface/{m}/frame/drift" in file), None)
                if model is None:
                    raise SystemExit(f"figures.py: {path}: no /interface/MODEL/frame/drift of {' or '.join(models)} (a file of verglas interface?)")
                frame = file[f"interface/{model}/frame"]
                rows, value, step = frame["row"][:].astype(int), frame["drift"][:] / frame["length"][0], frame["step"][:]
        except OSError as error:
            raise SystemExit(f"figures.py: {path}: {error}")
        done = np.flatnonzero(results.done)
        stored = results.file["particles/centers/box/edges/step"][:]
        if len(rows) == 0 or rows.max() >= len(stored) or (stored[rows] != step).any():
            raise SystemExit(f"figures.py: {path} does not belong to {results.file.filename}: other steps")
        known = np.isfinite(value)
        if known.any():
            moved = np.interp(done, rows[known], value[known])
    if moved is None and periodic:
        p = np.nan_to_num(results.observable(f"{models[0]}/profile/probability")[:, :, -1])
        layers = p.shape[1]
        waves = np.fft.rfft(p - p.mean(1, keepdims=True), axis=1)
        longest = min(4, waves.shape[1] - 1)
        if longest < 1:
            return None
        wave = 1 + int(np.argmax(np.abs(waves[0, 1:longest + 1])))
        if np.abs(waves[:, wave]).min() * 2 / layers < 0.05:  # no slab in some frame
            return None
        overlap = waves * np.conj(waves[0])
        coarse = np.argmax(np.fft.irfft(overlap, 16 * layers, axis=1), axis=1) / (16 * layers)
        exact = -np.angle(overlap[:, wave]) / (2 * np.pi * wave)
        exact += np.round((coarse - exact) * wave) / wave
        moved = np.unwrap(exact, period=1)
    if moved is None or not periodic:
        return None
    layers = results.file[f"observables/{models[0]}/profile/probability"].shape[1]
    return moved - moved.mean() if np.abs(moved - moved[0]).max() * layers > 0.5 else None


def follow(values, moved):
    """Profiles [frame, layer, …] with the drift taken out, around the cell, linearly between layers."""
    if moved is None:
        return values
    layers = values.shape[1]
    result = np.empty(values.shape, dtype=float)
    for frame, share in enumerate(moved):
        place = np.arange(layers) + share * layers
        low = np.floor(place).astype(int)
        weight = (place - low).reshape(-1, *[1] * (values.ndim - 2))
        result[frame] = (1 - weight) * values[frame, low % layers] + weight * values[frame, (low + 1) % layers]
    return result


def along(results, name, moved):
    return f"{name} (Å)" if moved is None else f"{name} less drift of the slab (Å)"


def interface(results, folder, moved):
    """Fig. 7: layer profiles averaged over the frames, in the mean cell, above a snapshot of the last frame.

    Bars are the standard error over the molecules of a layer in one frame. It is not divided by the root of the number of frames: frames of
    one glass are not independent. The density's bars are its standard deviation over the frames.
    """
    models = profiled(results)
    if not models:
        print("figures.py: no profiles in the results of --interface (analyze --profile x): no fig7_interface")
        return
    axis_name, _, _ = profile_axis(results)
    position = results.particles("position")
    phases = {m: results.particles(f"{m}/phase") for m in models}
    pictures = [m for m in models if phases[m] is not None] if position is not None and axis_name == "x" and results.orthogonal() else []
    if not pictures:
        print("figures.py: fig7_interface is without snapshots: " + (
            f"they are drawn for profiles along x, these are along {axis_name}" if axis_name != "x" else
            "they are drawn for orthogonal cells only" if position is not None and not results.orthogonal() else
            "no positions and phases in the results (analyze --per-molecule all)"))
    origin, lengths = results.cells()
    width = 2.06 * COLUMN
    # Higher than the picture is, so that its width is that of the profiles above.
    heights = [1.4] * (len(models) + 1) + [max(0.3, width * lengths[-1, 2] / lengths[-1, 0])] * len(pictures)
    figure, axes = plt.subplots(len(heights), 1, figsize=(width, sum(heights) + 1.15 + 0.24 * len(heights)), gridspec_kw={"height_ratios": heights})
    frames = int(results.done.sum())
    for axis, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges").mean(0)
        middle = (edges[1:] + edges[:-1]) / 2
        p = follow(results.observable(f"{model}/profile/probability"), moved)
        error = np.sqrt(np.nanmean(follow(results.observable(f"{model}/profile/standard_error") ** 2, moved), axis=0))
        for k, phase in enumerate(results.classes(model)[:-1]):
            axis.errorbar(middle, np.nanmean(p[:, :, k], axis=0), yerr=error[:, k], label=f"P({phase})", elinewidth=0.6, capsize=1.2,
                          **style(phase, k))
        ia = np.nanmean(follow(results.observable(f"{model}/profile/phase_fraction")[:, :, -1], moved), axis=0)
        axis.step(middle, ia, where="mid", color=COLOURS["IA"], lw=0.9, label="IA fraction")
        axis.set_ylim(-0.04, 1.06)
        axis.set_yticks([0, 0.5, 1])
        axis.set_ylabel("Mean in layer")
        remark(axis, f"{model}, mean of {frames} frames" if frames > 1 else f"{model}, one frame")
    density = results.file[f"observables/{models[0]}/profile/density"]
    values = follow(density[:][results.done], moved)
    below = axes[len(models)]
    below.errorbar(middle, values.mean(0), yerr=values.std(0, ddof=1) if frames > 1 else None,
                   color="0.25", marker="o", markeredgewidth=0, elinewidth=0.6, capsize=1.2)
    unit = text(density.attrs.get("unit", "")).replace(" cm-3", "/cm³").replace("Angstrom-3", "1/Å³")
    below.set_ylabel(f"Density ({unit})")
    remark(below, f"density, mean of {frames} frames" if frames > 1 else "density, one frame")
    for axis in axes[: len(models) + 1]:
        axis.set_xlim(edges[0], edges[-1])
    for axis in axes[: len(models)]:
        axis.set_xticklabels([])
    below.set_xlabel(along(results, axis_name, moved))
    step = results.file["particles/centers/box/edges/step"][:][results.done][-1]
    for axis, model in zip(axes[len(models) + 1:], pictures):
        place = position[-1] - origin[-1]
        if moved is not None:
            place[:, 0] = (place[:, 0] - moved[-1] * lengths[-1, 0]) % lengths[-1, 0]
        draw_molecules(axis, place, phases[model][-1], results.classes(model), lengths[-1], "Front")
        remark(axis, f"{model}, last frame (step {step})")
    panel_letters(axes)
    words = []
    if frames > 1:
        words.append(f"Profiles: means of {frames} frames" + (
            ", laid over each other as fractions of the cell." if moved is None else
            f", laid over each other at the mean place of the slab, which drifts by up to {np.abs(moved - moved[0]).max() * (edges[-1] - edges[0]):.1f} Å."))
    words.append("Bars: of P, standard error over the molecules of a layer in one frame"
                 + ("; of the density, standard deviation over the frames." if frames > 1 else "."))
    if pictures:
        words.append(f"Snapshot{'s' if len(pictures) > 1 else ''}: all molecules of the last frame in the colours of the curves, " + (
            "drift taken out as above, " if moved is not None else "") + "the cell scaled to the width of the mean cell.")
    figure.supxlabel("\n".join(words), fontsize=6.5)
    legend_of_all(figure, axes[: len(models)], ncols=5, handlelength=1.5, columnspacing=1.1)
    save(figure, folder, "fig7_interface")


def profiled(results):
    return [m for m in results.models if f"observables/{m}/profile" in results.file]


def smooth_density(values, grid, width):
    """Gaussian kernel density of values on an even grid, through a histogram (fine enough not to matter)."""
    step = grid[1] - grid[0]
    counts, _ = np.histogram(values, np.append(grid - step / 2, grid[-1] + step / 2))
    reach = int(4 * width / step) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    return np.convolve(counts, kernel / kernel.sum(), "same") / max(len(values), 1) / step


def pca_slabs(results, folder, slabs, moved):
    """Fig. 8: densities along PC1 and PC2 in slabs: the regions of the run, or slabs cut here from the stored positions."""
    models = [m for m in results.models if results.particles(f"{m}/pca") is not None]
    if not models:
        print("figures.py: no projections in the results of --interface (analyze --per-molecule all): no fig8_pca_slabs")
        return
    chosen = []  # name, label, which molecules
    if slabs:
        position = results.particles("position")
        if position is None:
            print("figures.py: --slabs needs positions (analyze --per-molecule all): no fig8_pca_slabs")
            return
        axis = "xyz".index(slabs[0])
        place = position[..., axis]
        if moved is not None and axis == profile_axis(results)[1]:
            origin, lengths = (values[:, axis, None] for values in results.cells())
            place = (place - origin - moved[:, None] * lengths) % lengths + origin
        for item in slabs[2:].split(","):
            low, high = (float(word) for word in item.split(":"))
            name = f"{slabs[0]} = {low:g}–{high:g} Å"
            chosen.append((slabs[0], low, name, name, (place >= low) & (place < high)))
    else:
        regions = results.file.get("particles/centers/region")
        for name in regions or ():
            inside = regions[f"{name}/value"]
            found = re.search(r"([xyz]):([-+.\deE]+):([-+.\deE]+)", text(inside.attrs.get("description", "")))
            axis, low, high = (found[1], float(found[2]), float(found[3])) if found else ("", 0.0, 0.0)
            label = f"{name}, {axis} = {low:g}–{high:g} Å" if found else name
            chosen.append((axis, low, name, label, inside[:][results.done] == 1))
        if chosen and moved is not None:
            print("figures.py: the slab drifts through the regions, which stand still in the cell: fig8_pca_slabs mixes what has passed through them "
                  "(--slabs x=10:20,… follows the slab)")
    if not chosen:
        print("figures.py: neither --slabs x=10:20,89:99 nor regions in the results of --interface: no fig8_pca_slabs")
        return
    chosen.sort(key=lambda item: item[:3])
    figure, axes = plt.subplots(len(models), 2, figsize=(2.06 * COLUMN, 0.5 + 1.85 * len(models)), squeeze=False, sharey=True)
    looks = ["-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1))]
    for line, model in zip(axes, models):
        pca = results.particles(f"{model}/pca")
        for component, axis in enumerate(line[: pca.shape[2]]):
            values = pca[..., component]
            low, high = np.percentile(values, [0.1, 99.9])
            grid = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 400)
            for k, (_, _, name, label, inside) in enumerate(chosen):
                colour = COLOURS.get(name, (COLOURS["IA"] if "inter" in name.lower() else SPARE[k % len(SPARE)]))
                axis.plot(grid, smooth_density(values[inside], grid, (high - low) / 60), color=colour, ls=looks[k % 4], label=label)
            axis.set_xlabel(f"PC{component + 1}")
            remark(axis, model)
        line[0].set_ylabel("Probability density")
    axes[0, 0].set_ylim(0, None)
    legend_of_all(figure, [axes[0, 0]], ncols=3, handlelength=2)
    panel_letters(axes.flat)
    save(figure, folder, "fig8_pca_slabs")


def profiles(results, folder, moved):
    """Fig. 9: the profile of the last class in up to six groups of frames: by pressure there and back where it is known, else by time."""
    models = profiled(results)
    if not models:
        return
    frames = int(results.done.sum())
    driven = "Pressure" in results.label and np.nanmax(results.x) > np.nanmin(results.x)
    turn = int(np.nanargmax(results.x)) if driven else frames - 1
    branches = [("compression", np.arange(turn + 1))] + ([("decompression", np.arange(turn + 1, frames))] if turn + 1 < frames else [])
    figure, axes = plt.subplots(len(models), len(branches), figsize=((2.06 if len(branches) > 1 else 1.5) * COLUMN, 0.75 + 1.8 * len(models)),
                                squeeze=False, sharex=True, sharey="row")
    colours = plt.get_cmap("plasma")
    for line, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges")
        p = follow(results.observable(f"{model}/profile/probability")[:, :, -1], moved)
        fraction = (np.arange(p.shape[1]) + 0.5) / p.shape[1]
        for axis, (branch, rows) in zip(line, branches):
            groups = np.array_split(rows, min(6, len(rows)))
            for k, group in enumerate(groups):
                if driven:
                    label, at = f"{np.nanmean(results.x[group]):.2f} GPa", np.nanmean(results.x[group]) / np.nanmax(results.x)
                else:
                    first, last = results.x[group[0]], results.x[group[-1]]
                    label, at = f"step {first:.0f}" + (f"–{last:.0f}" if last != first else ""), k / max(len(groups) - 1, 1)
                middle = edges[group].mean(0)
                middle = middle[0] + fraction * (middle[-1] - middle[0])
                axis.plot(middle, np.nanmean(p[group], axis=0), color=colours(0.85 * at), label=label)
            axis.set_xlim(edges[:, 0].min(), edges[:, -1].max())
            axis.set_ylim(-0.04, 1.04)
            axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
            remark(axis, f"{model}, {branch}" if len(branches) > 1 else model)
        line[0].set_ylabel(f"P({results.classes(model)[-2]})")
    for axis in axes[-1]:
        axis.set_xlabel(along(results, profile_axis(results)[0], moved))
    for axis in axes[0]:
        axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.1), ncols=3, handlelength=1.3, columnspacing=0.9, fontsize=6.5, borderaxespad=0.2)
    panel_letters(axes.flat)
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
        remark(axis, f"{item.model}, accuracy {item.group.attrs['accuracy']:.4f}")
    axes[0, 0].set_ylabel("True class")
    panel_letters(axes[0])
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
        remark(left, item.model)
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
    figure, (above, middle, below) = plt.subplots(3, 1, figsize=(COLUMN, 6.4), sharex=True)
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
        above.plot(ranks, speed, ls="none", label=f"{kind} scaling", **look)
        middle.plot(ranks, efficiency, ls="none", **look)
        if rows[0]["serial_share"]:
            s, p = float(rows[0]["serial_share"]), np.geomspace(ranks.min(), ranks.max(), 200)
            law = (lambda n: 1 / (s + (1 - s) / n)) if kind == "strong" else (lambda n: s + (1 - s) * n)
            # As in the table, counted from the run on the fewest ranks.
            curve = ranks.min() * law(p) / law(ranks.min())
            name = f"{'Amdahl' if kind == 'strong' else 'Gustafson'}, s = {np.format_float_positional(float(f'{100 * s:.2g}'), trim='-')} %"
            above.plot(p, curve, color=look["color"], lw=0.8, label=name)
            middle.plot(p, curve / p, color=look["color"], lw=0.8)
        for value, line, name in ((waiting, "-", "waiting"), (exchange, "--", "exchange"), (imbalance, ":", "imbalance")):
            below.plot(ranks, 100 * value, ls=line, label=f"{name}, {kind}", **look)
    line = np.array([1, most])
    above.plot(line, line, color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0, label="ideal")
    above.set_xscale("log", base=2)
    above.set_yscale("log", base=2)
    for axis in (above.xaxis, above.yaxis):
        axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    above.set_ylabel("Speed-up")
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.1), ncols=2, handlelength=1.4, columnspacing=1.2, borderaxespad=0.2)
    middle.set_ylim(0, max(1.1, middle.get_ylim()[1]))
    middle.axhline(1, color="0.6", lw=0.7, ls=(0, (4, 3)), zorder=0)
    middle.set_ylabel("Efficiency")
    below.set_ylim(0, None)
    below.set_ylabel("Share (%)")
    below.set_xlabel("Ranks")
    below.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=len(paths), handlelength=2.2, columnspacing=1.2)
    panel_letters((above, middle, below))
    save(figure, folder, "scaling")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", help="results of a compression or any other run")
    parser.add_argument("--thermo", help="CSV with columns timestep and pressure (GPa), joined by step")
    parser.add_argument("--interface", help="results of a slab, analysed with --profile")
    parser.add_argument("--interface-file", help="file of verglas interface for that slab: its drift is taken out of figures 7 and 9")
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
        models = profiled(results)
        moved = drift(results, models, options.interface_file) if models else None
        interface(results, options.output, moved)
        pca_slabs(results, options.output, options.slabs, moved)
        profiles(results, options.output, moved)
    if options.scaling:
        scaling(options.scaling, options.output)


if __name__ == "__main__":
    main()
