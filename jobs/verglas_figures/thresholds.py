"""Figure 4b: the IA fraction against pressure for several thresholds, and its kinds; figure S7."""
import matplotlib
import matplotlib.cm
import matplotlib.colors
import matplotlib.pyplot as plt
import numpy as np

from .page import COLUMN, GUIDE, panel_letters, remark
from .palette import shade, style


def _several(results, model, output, name):
    levels = results.thresholds(model)
    if len(set(levels)) >= 3:
        return np.argsort(levels, kind="stable")
    output.missing(name, f"fewer than three thresholds in {results.path} "
                         "(analyze --threshold 0.95,0.9,…)")
    return None


def draw(results, output, name="fig4b_ia_fraction"):
    """IA against pressure for each threshold; interfacial and isolated molecules at the primary."""
    model = results.models[0]
    order = _several(results, model, output, name)
    if order is None:
        return
    levels = results.thresholds(model)
    unique = sorted(set(levels))
    fraction = results.fractions(model)[:, :, -1]
    kinds = results.observable(f"{model}/intermediate_count")[:, 0] / results.molecules
    figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 4.5), sharex=True)
    colours = matplotlib.colors.ListedColormap(
        [shade("IA", k / max(len(unique) - 1, 1)) for k in range(len(unique))])
    for k, level in enumerate(unique):
        at = int(np.flatnonzero(levels == level)[0])
        above.plot(results.x, fraction[:, at], color=colours(k), lw=1.6 if at == 0 else 0.8)
    above.set_ylabel("IA fraction")
    above.set_ylim(0, None)
    steps = matplotlib.colors.BoundaryNorm(np.arange(len(unique) + 1) - 0.5, len(unique))
    bar = figure.colorbar(matplotlib.cm.ScalarMappable(steps, colours), ax=above, pad=0.02,
                          ticks=np.arange(len(unique)))
    bar.ax.set_yticklabels([f"{level:.2f}" for level in unique], fontsize=6)
    bar.ax.tick_params(which="both", length=0)
    bar.set_label("Threshold on p", fontsize=7.5)
    remark(above, model)
    looks = [("interfacial", shade("IA", 1), "^"), ("isolated", shade("IA", 0.5), "v"),
             ("other", "0.5", "o")]
    every = max(1, len(results.x) // 12)
    for k, (kind, colour, marker) in enumerate(looks):
        below.plot(results.x, kinds[:, k], color=colour, marker=marker, markeredgewidth=0,
                   markevery=(k % every, every), label=kind)
    below.set_ylim(0, None)
    below.set_ylabel("Fraction of molecules")
    below.set_xlabel(results.label)
    below.legend(loc="upper left")
    remark(below, f"kinds of IA, p > {levels[0]:g}")
    panel_letters((above, below))
    cutoff = results.file["verglas"].attrs["neighbor_cutoff"]
    output.save(figure, name, f"""
        (a) Fraction of intermediate (IA) molecules by {model} for thresholds from
        {unique[0]:.2f} to {unique[-1]:.2f}; the primary threshold, {levels[0]:g}, is the thick
        line. (b) IA molecules at the primary threshold by their neighbours within {cutoff:g} Å:
        interfacial, at least two different confident phases; isolated, one confident phase only;
        other, no confident neighbour.{results.about_x()}""")


def draw_largest(results, output, name="figS7_largest_ia"):
    """Figure S7: the largest IA fraction of the run against the threshold."""
    order = _several(results, results.models[0], output, name)
    if order is None:
        return
    figure, axis = plt.subplots(figsize=(COLUMN, 2.5))
    where = []
    for k, model in enumerate(results.models):
        levels = results.thresholds(model)
        order = np.argsort(levels, kind="stable")
        fraction = results.fractions(model)[:, :, -1]
        colour = style("IA")["color"] if k == 0 else style("MDA")["color"]
        axis.plot(levels[order], fraction.max(0)[order], color=colour, marker="os^D"[k % 4],
                  markeredgewidth=0, label=model)
        if results.has_pressure:
            frames = results.x[fraction.argmax(0)[order]]
            low, high = f"{frames.min():.2f}", f"{frames.max():.2f}"
            where.append((low if low == high else f"{low} to {high}") + f" GPa by {model}")
    axis.axvline(results.thresholds(results.models[0])[0], **GUIDE)
    axis.set_xlabel("Threshold on p")
    axis.set_ylabel("Largest IA fraction")
    axis.set_ylim(0, None)
    axis.legend(loc="upper left")
    reached = f" It is reached at {' and '.join(where)}." if where else ""
    output.save(figure, name, f"""
        The largest fraction of IA molecules in any frame of the run against the threshold; dashed:
        the primary threshold.{reached}""")
