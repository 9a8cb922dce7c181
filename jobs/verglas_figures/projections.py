"""Figures 8 and S6: densities along PC1 and PC2 in slabs of the cell, for one model."""
import re

import matplotlib.pyplot as plt
import numpy as np

from .page import WIDE, legend_of_all, panel_letters, remark
from .palette import rgb, spare
from .results import text

BANDWIDTH = 1 / 40  # of the range between the 0.1 and 99.9 % quantiles
LINES = ["-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1))]


def density(values, grid, width):
    """Gaussian kernel density of values on an even grid, through a histogram."""
    step = grid[1] - grid[0]
    counts, _ = np.histogram(values, np.append(grid - step / 2, grid[-1] + step / 2))
    reach = int(4 * width / step) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    return np.convolve(counts, kernel / kernel.sum(), "same") / max(len(values), 1) / step


def chosen(results, slabs, drift):
    """Slabs from --slabs, cut from the stored positions, or else the regions of the run.

    Each: axis, lower bound, name, label, and which molecules are in it, [frame, molecule].
    """
    found = []
    if slabs:
        position = results.particles("position")
        if position is None:
            return []
        axis = "xyz".index(slabs[0])
        place = position[..., axis]
        if drift is not None and axis == results.profile_axis()[1]:
            origin, lengths = (values[:, axis, None] for values in results.cells())
            place = (place - origin - drift[:, None] * lengths) % lengths + origin
        for item in slabs[2:].split(","):
            low, high = (float(word) for word in item.split(":"))
            name = f"{slabs[0]} = {low:g}–{high:g} Å"
            found.append((slabs[0], low, name, name, (place >= low) & (place < high)))
        return found
    regions = results.file.get("particles/centers/region")
    for name in regions or ():
        inside = regions[f"{name}/value"]
        where = re.search(r"([xyz]):([-+.\deE]+):([-+.\deE]+)",
                          text(inside.attrs.get("description", "")))
        axis, low, high = (where[1], float(where[2]), float(where[3])) if where else ("", 0.0, 0.0)
        label = f"{name}, {axis} = {low:g}–{high:g} Å" if where else name
        found.append((axis, low, name, label, inside[:][results.done] == 1))
    if found and drift is not None:
        print("the slab drifts through the regions, which are fixed in the cell: the densities "
              "along the components mix its parts (--slabs x=10:20,… follows the slab)")
    return found


def draw(results, output, model, slabs, drift, name):
    """One row: PC1 and PC2."""
    pca = results.particles(f"{model}/pca")
    if pca is None:
        output.missing(name, f"no projections by {model} (analyze --per-molecule all)")
        return
    parts = sorted(chosen(results, slabs, drift), key=lambda item: item[:3])
    if not parts:
        output.missing(name, "neither regions (analyze --region) nor --slabs x=10:20,… with "
                             "stored positions")
        return
    figure, axes = plt.subplots(1, 2, figsize=(WIDE, 2.35), squeeze=False)
    widths = []
    for component, axis in enumerate(axes[0, : pca.shape[2]]):
        values = pca[..., component]
        low, high = np.percentile(values, [0.1, 99.9])
        widths.append((high - low) * BANDWIDTH)
        grid = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 400)
        for k, (_, _, title, label, inside) in enumerate(parts):
            colour = rgb(title) if title in ("LDA", "HDA", "MDA") else \
                rgb("IA") if "inter" in title.lower() else spare(k)
            axis.plot(grid, density(values[inside], grid, widths[-1]), color=colour,
                      ls=LINES[k % 4], label=label)
        axis.set_xlabel(f"PC{component + 1}")
        remark(axis, model)
        axis.set_ylim(0, None)
    axes[0, 0].set_ylabel("Probability density")
    legend_of_all(figure, [axes[0, 0]], ncols=3, handlelength=2)
    panel_letters(axes.flat)
    counts = "; ".join(f"{label}: {int(inside.sum())}" for _, _, _, label, inside in parts)
    output.save(figure, name, f"""
        Probability densities of the molecules of slabs along the first two principal components of
        {model}: Gaussian kernel, bandwidth {' and '.join(f'{width:.1f}' for width in widths)}
        (1/{1 / BANDWIDTH:.0f} of the range between the 0.1 and 99.9 % quantiles), all frames
        together. Molecules: {counts}.""")
