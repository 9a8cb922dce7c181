"""Figure 9: profiles over compression and decompression, or over time; figure S5: relaxation."""
import matplotlib.pyplot as plt
import numpy as np

from .drift import along, follow
from .page import COLUMN, WIDE, listed, panel_letters, remark
from .results import PRESSURE

GROUPS = 6


def _middle(results, model, group):
    """Middles of the layers of a group of frames."""
    edges = results.observable(f"{model}/profile/edges")[group].mean(0)
    return (edges[1:] + edges[:-1]) / 2


def _groups(rows, x):
    """Frames of one pressure each, if these are few groups; else groups of as many frames each."""
    runs = np.split(rows, np.flatnonzero(np.abs(np.diff(x[rows])) > 1e-6) + 1)
    return runs if len(runs) <= GROUPS else np.array_split(rows, GROUPS)


def _panels(axes, results, model, groups, p, first, label, shade):
    """Profiles of the groups above, their differences from the group `first` below."""
    above, below = axes
    colours = plt.get_cmap("plasma")
    reference = np.nanmean(p[first], axis=0)
    for k, group in enumerate(groups):
        mean = np.nanmean(p[group], axis=0)
        middle = _middle(results, model, group)
        colour = colours(0.85 * shade(k, group))
        above.plot(middle, mean, color=colour, label=label(k, group))
        if group is not first:
            below.plot(middle, mean - reference, color=colour)
    below.axhline(0, color=colours(0.85 * shade(0, first)), lw=0.8)
    edges = results.observable(f"{model}/profile/edges")
    above.set_ylim(-0.04, 1.04)
    above.set_yticks([0, 0.5, 1])
    for axis in axes:
        axis.set_xlim(edges[:, 0].min(), edges[:, -1].max())
    above.legend(loc="center left", bbox_to_anchor=(1.0, 0.3), handlelength=1.2, fontsize=6.5)


def _figure(results, drift, branches, label, shade):
    """Two rows (profile, difference) for each model, one column for each branch."""
    models = results.profiled()
    width = WIDE if len(branches) > 1 else 1.55 * COLUMN
    figure, axes = plt.subplots(
        2 * len(models), len(branches), figsize=(width, 0.5 + 2.3 * len(models)), squeeze=False,
        sharex=True, sharey="row", gridspec_kw={"height_ratios": [1.5, 1] * len(models)})
    for row, model in enumerate(models):
        k = results.dense(model)
        p = follow(results.observable(f"{model}/profile/probability")[:, :, k], drift)
        for column, (branch, groups) in enumerate(branches):
            pair = axes[2 * row:2 * row + 2, column]
            _panels(pair, results, model, groups, p, branches[0][1][0], label, shade)
            remark(pair[0], f"{model}, {branch}" if branch else model)
        name = results.classes(model)[k]
        axes[2 * row, 0].set_ylabel(f"P({name})")
        axes[2 * row + 1, 0].set_ylabel(f"ΔP({name})")
    for axis in axes[-1]:
        axis.set_xlabel(along(results, drift))
    panel_letters(axes.flat)
    return figure, listed(models)


def draw(results, output, drift, name="fig9_profiles"):
    """Up to six groups of frames: by pressure on the forward and return path if it changes,
    otherwise by time."""
    if not results.profiled():
        output.missing(name, "no profiles in the results of --interface (analyze --profile x)")
        return
    frames = int(results.done.sum())
    driven = results.label == PRESSURE and np.nanmax(results.x) > np.nanmin(results.x)
    turn = int(np.nanargmax(results.x)) if driven else frames - 1
    branches = [("compression" if driven else "", np.arange(turn + 1))]
    if turn + 1 < frames:
        branches.append(("decompression", np.arange(turn + 1, frames)))
    branches = [(branch, _groups(rows, results.x)) for branch, rows in branches]
    if frames < 2:
        output.missing(name, "one frame")
        return
    if driven:
        def label(k, group):
            return f"{np.nanmean(results.x[group]):.2f} GPa"

        def shade(k, group):
            return (np.nanmean(results.x[group]) - np.nanmin(results.x)) / np.ptp(results.x)
    else:
        def label(k, group):
            return results.at(group[0], group[-1])

        def shade(k, group):
            return k / max(len(branches[0][1]) - 1, 1)
    figure, models = _figure(results, drift, branches, label, shade)
    output.save(figure, name, f"""
        Profiles by {models} averaged over groups of frames, {'along pressure there and back'
        if driven else 'in time'}, each above its difference from the first group.""")


def draw_relaxation(results, output, drift, name="figS5_relaxation"):
    """Figure S5: single frames in time, of the part of the run before the pressure changes."""
    if not results.profiled():
        return
    rows = np.arange(int(results.done.sum()))
    if results.label == PRESSURE:
        changed = np.flatnonzero(np.abs(results.x - results.x[0]) > 1e-3)
        rows = rows[: changed[0]] if len(changed) else rows
    if len(rows) < 2:
        output.missing(name, "fewer than two frames at the first pressure")
        return
    picked = np.unique(np.linspace(0, len(rows) - 1, min(GROUPS, len(rows))).round().astype(int))
    groups = [rows[k:k + 1] for k in picked]
    figure, models = _figure(results, drift, [("", groups)], lambda k, g: results.at(g[0]),
                             lambda k, g: k / (len(groups) - 1))
    output.save(figure, name, f"""
        Profiles by {models} of single frames during the relaxation of the slab, each above its
        difference from the first.""")
