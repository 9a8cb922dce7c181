"""The structure behind the labels: g(r) by phase, and the older indicators (tetrahedral order,
fifth neighbour, local structure index, hydrogen bonds) against the labels."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

from .page import WIDE, legend_of_all, panel_letters, remark
from .palette import style
from .results import text

PAIRS = [("center_center", "{0}–{0}"), ("center_hydrogen", "{0}–H"), ("hydrogen_hydrogen", "H–H")]
QUANTITIES = [("q", "Tetrahedral order q"), ("d5", "Fifth neighbour d₅ (Å)"),
              ("lsi", "LSI (Å²)"), ("hbonds", "Hydrogen bonds"),
              ("coordination", "Neighbours within 3.5 Å"), ("density", "Local density (g/cm³)")]
RULES = {"neighbor_count": "neighbours, %", "chill_plus": "CHILL+, %"}
FEWEST = 100  # molecules of a phase below which its curve is not drawn


def draw_correlations(results, output, name="structure_rdf"):
    """g(r) by the phase of the centre, mean over the frames, and of all molecules."""
    model = results.models[0]
    pairs = [pair for pair in PAIRS if f"observables/{model}/rdf_{pair[0]}" in results.file]
    if not pairs:
        output.missing(name, "results of analyze --rdf")
        return
    labels = results.molecule_classes(model)
    figure, axes = plt.subplots(1, len(pairs), figsize=(WIDE, 2.5), squeeze=False)
    for axis, (kind, title) in zip(axes[0], pairs):
        limits = results.file[f"observables/{model}/rdf_{kind}/edges"][:]
        r = (limits[1:] + limits[:-1]) / 2
        beyond = r > (1.65 if kind == "hydrogen_hydrogen" else 1.3)  # not of one molecule
        counts = results.observable(f"{model}/rdf_{kind}_count")  # frame, phase, phase, bin
        g = results.observable(f"{model}/rdf_{kind}")
        for k in range(counts.shape[1]):
            pairs_of = counts[:, k].sum((1, 2)).astype(float)
            if pairs_of.sum() < FEWEST * 100:
                continue
            # Frames weigh by the pairs of this phase in them.
            known = pairs_of > 0
            mean = np.average(g[known][:, k], axis=0, weights=pairs_of[known])
            axis.plot(r[beyond], mean[beyond], label=labels[k], **style(labels[k], k))
        total = results.observable(f"rdf/{kind}").mean(0)
        axis.plot(r[beyond], total[beyond], color="0.4", lw=0.7, ls=":", label="all")
        axis.set_xlabel("r (Å)")
        axis.set_xlim(1.2, limits[-1])
        axis.set_ylim(0, 1.3 * (total[beyond].max() if beyond.any() else total.max()))
        remark(axis, title.format(results.center))
    axes[0, 0].set_ylabel("g(r)")
    legend_of_all(figure, axes[0], ncols=6, handlelength=1.6)
    panel_letters(axes[0])
    first = "molecule of the first atom" if results.unit == "molecule" else "first atom"
    hidden = "The intramolecular peaks of O–H and H–H are not shown. " if len(pairs) > 1 else ""
    output.save(figure, name, f"""
        Pair correlation functions by the phase that {model} gives to the {first}, mean over the
        frames weighted by pairs; dotted: all molecules. {hidden}Phases with few molecules are left
        out.""")


def draw_indicators(results, output, name="structure_indicators"):
    """Distributions of the order parameters by phase, and their correlation with the labels."""
    model = results.models[0]
    found = [(key, title) for key, title in QUANTITIES
             if f"observables/{model}/order_{key}_histogram" in results.file]
    if not found:
        output.missing(name, "results of analyze --order q,d5,lsi,hbonds")
        return
    labels = results.molecule_classes(model)
    columns = 3
    rows = (len(found) + columns - 1) // columns
    figure, axes = plt.subplots(rows, columns, figsize=(WIDE, 0.6 + 1.9 * rows), squeeze=False)
    for axis, (key, title) in zip(axes.flat, found):
        counts = results.observable(f"{model}/order_{key}_histogram").sum(0)  # phase, bin
        edges = results.file[f"observables/{model}/order_{key}_histogram/edges"][:]
        middle = (edges[1:] + edges[:-1]) / 2
        whole = key in ("hbonds", "coordination")
        for k, row in enumerate(counts):
            if row.sum() < FEWEST:
                continue
            axis.plot(edges[:-1] if whole else middle, row / row.sum() / np.diff(edges),
                      label=labels[k], **style(labels[k], k, 1 if whole else 0))
        used = np.flatnonzero(counts.sum(0) > 1e-4 * counts.sum())
        axis.set_xlim(edges[used[0]], edges[used[-1] + 1])
        axis.set_ylim(0, None)
        axis.set_xlabel(title)
        if whole:
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.xaxis.set_minor_locator(NullLocator())
    for axis in axes.flat[len(found):]:
        axis.set_axis_off()
    for row in axes:
        row[0].set_ylabel("Probability density")
    legend_of_all(figure, axes.flat[:len(found)], ncols=6, handlelength=1.6)
    panel_letters(axes.flat[:len(found)])
    output.save(figure, name, f"""
        Distributions of the order parameters of single molecules by the phase that {model} gives
        them, all frames.""")
    _draw_agreement(results, output, model, found)


def ranks(values):
    """Ranks, of equal values their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def _draw_agreement(results, output, model, found, name="structure_agreement"):
    """Correlations of the order parameters with p, and the labels by other rules."""
    probability = results.particles(f"{model}/probability")
    values = {key: results.particles(f"order/{key}") for key, _ in found}
    values = {key: value for key, value in values.items() if value is not None}
    rules = [group for group in ("neighbor_count", "chill_plus")
             if results.particles(f"{group}/phase") is not None]
    if probability is None or not values:
        output.missing(name, "probabilities and order parameters of single molecules "
                             "(analyze --per-molecule probability,phase,order)")
        return
    dense = results.dense(model)
    names = [f"p({results.classes(model)[dense]})"] + [dict(QUANTITIES)[key] for key in values]
    table = np.array([probability[:, :, dense].ravel()] + [v.ravel() for v in values.values()])
    table = table[:, np.isfinite(table).all(0)].astype(float)
    correlation = np.corrcoef([ranks(row) for row in table])
    figure, axes = plt.subplots(1, 1 + len(rules), figsize=(WIDE, 2.9), squeeze=False)
    axis = axes[0, 0]
    axis.imshow(correlation, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for i in range(len(names)):
        for j in range(len(names)):
            axis.text(j, i, f"{correlation[i, j]:.2f}", ha="center", va="center", fontsize=5.5,
                      color="white" if abs(correlation[i, j]) > 0.6 else "black")
    short = [n.split(" (")[0] for n in names]
    axis.set_xticks(range(len(names)), short, rotation=40, ha="right", fontsize=6)
    axis.set_yticks(range(len(names)), short, fontsize=6)
    remark(axis, "rank correlation")
    phase = results.particles(f"{model}/phase")
    labels = results.molecule_classes(model)
    for axis, group in zip(axes[0, 1:], rules):
        other = results.particles(f"{group}/phase")
        kinds = [text(n) for n in results.file[f"observables/{group}"].attrs["classes"]]
        cross = np.zeros((len(labels), len(kinds)))
        np.add.at(cross, (phase.ravel(), other.ravel()), 1)
        kept = [k for k in range(len(kinds)) if cross[:, k].any()]
        rows = [k for k in range(len(labels)) if cross[k].any()]
        cross = cross[rows]
        share = cross[:, kept] / cross.sum(1, keepdims=True)
        axis.imshow(share, cmap="Greys", vmin=0, vmax=1.25, aspect="auto")
        for i in range(len(rows)):
            for j in range(len(kept)):
                axis.text(j, i, f"{100 * share[i, j]:.1f}", ha="center", va="center", fontsize=6,
                          color="white" if share[i, j] > 0.65 else "black")
        axis.set_xticks(range(len(kept)), [kinds[k] for k in kept], rotation=40, ha="right",
                        fontsize=6)
        axis.set_yticks(range(len(rows)), [labels[k] for k in rows], fontsize=6)
        remark(axis, RULES[group])
    for axis in axes[0]:
        axis.tick_params(which="both", length=0, top=False, right=False)
    panel_letters(axes[0])
    output.save(figure, name, f"""
        (a) Spearman rank correlations of the probability of {results.classes(model)[dense]} by
        {model} with the order parameters, all molecules of all frames. Other panels: labels by
        {model} (rows) against those of older rules (columns), in % of the row.""")
