"""Figure 6: the largest cluster and the number of clusters; figure S4: for several thresholds."""
import matplotlib.pyplot as plt
import numpy as np

from .page import COLUMN, WIDE, curve, legend_of_all, panel_letters, remark
from .palette import shade, style
from .results import text


def draw(results, output, name="fig6_clusters"):
    """HDA and IA by the network; dashed, the dense phase by the number of neighbours."""
    model = results.models[0]
    names = results.classes(model)
    figure, (above, below) = plt.subplots(2, 1, figsize=(COLUMN, 4.3), sharex=True)
    count = len(results.x)
    for k in (results.dense(model), len(names) - 1):
        largest = results.observable(f"{model}/largest_cluster")[:, k].astype(float)
        look = style(names[k], k, count)
        curve(above, results.x, np.where(largest > 0, largest, np.nan), label=names[k], **look)
        below.plot(results.x, results.observable(f"{model}/cluster_count")[:, k], label=names[k],
                   **look)
    recognised = ""
    if f"observables/{model}/largest_unfamiliar" in results.file:
        largest = results.observable(f"{model}/largest_unfamiliar").astype(float)
        if largest.any():
            curve(above, results.x, np.where(largest > 0, largest, np.nan), label="unfamiliar",
                  **style("unfamiliar", len(names), count))
            recognised = " Unfamiliar: molecules that the guard recognises as foreign; the number of " \
                         "their clusters is not stored."
    rule = ""
    if "observables/neighbor_count" in results.file:
        group = results.file["observables/neighbor_count"]
        dense = text(group.attrs["classes"][1])
        label = f"{dense}: ≥ {group.attrs['thresholds'][0]:.0f} within {group.attrs['radius']:g} Å"
        look = {"color": "0.35", "ls": (0, (3, 1.5)), "lw": 1}
        largest = results.observable("neighbor_count/largest_cluster")[:, 1].astype(float)
        curve(above, results.x, np.where(largest > 0, largest, np.nan), label=label, **look)
        below.plot(results.x, results.observable("neighbor_count/cluster_count")[:, 1],
                   label=label, **look)
        rule = f" Dashed: molecules with at least {group.attrs['thresholds'][0]:.0f} neighbours " \
               f"within {group.attrs['radius']:g} Å as {dense}."
    above.set_yscale("log")
    above.set_ylim(0.7, 2 * results.molecules)
    above.axhline(results.molecules, color="0.75", lw=0.7, zorder=0)
    above.set_ylabel("Molecules in largest cluster")
    legend_of_all(figure, [above, below], ncols=3, handlelength=2, columnspacing=1.0)
    remark(above, f"{model}, {results.molecules} molecules")
    below.set_ylabel("Number of clusters")
    below.set_ylim(-0.03 * below.get_ylim()[1], None)
    below.set_xlabel(results.label)
    panel_letters((above, below))
    attributes = results.file["verglas"].attrs
    smallest = int(attributes["minimum_cluster"])
    singles = "single molecules are clusters of size 1 and are counted" if smallest <= 1 else \
        f"clusters of fewer than {smallest} molecules are not counted"
    output.save(figure, name, f"""
        (a) Molecules in the largest cluster and (b) number of clusters of each phase by {model};
        molecules of one phase within {attributes['cluster_cutoff']:g} Å belong to one cluster, and
        {singles}. Gaps in (a): frames in which no molecule has the phase (the axis is logarithmic).
        Grey line: all molecules.{recognised}{rule}{results.about_x()}""")


def pairs(position, lengths, periodic, cutoff):
    """Pairs of points within a distance in an orthogonal cell: two arrays of indices, i < j."""
    cells = np.maximum((lengths / cutoff).astype(int), 1)
    place = position % np.where(periodic, lengths, np.inf)
    cell = np.clip((place / lengths * cells).astype(int), 0, cells - 1)
    key = (cell[:, 0] * cells[1] + cell[:, 1]) * cells[2] + cell[:, 2]
    order = np.argsort(key, kind="stable")
    starts = np.searchsorted(key[order], np.arange(cells.prod() + 1))
    shifts = [np.unique((np.arange(-1, 2)) % n) if periodic[d] else np.arange(-1, 2)
              for d, n in enumerate(cells)]
    first, second = [], []
    for a in shifts[0]:
        for b in shifts[1]:
            for c in shifts[2]:
                other = cell + (a, b, c)
                inside = np.all(periodic | ((other >= 0) & (other < cells)), axis=1)
                other %= cells
                at = (other[:, 0] * cells[1] + other[:, 1]) * cells[2] + other[:, 2]
                count = np.where(inside, starts[at + 1] - starts[at], 0)
                i = np.repeat(np.arange(len(place)), count)
                offset = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
                j = order[np.repeat(starts[at], count) + offset]
                i, j = i[i < j], j[i < j]
                d = place[i] - place[j]
                d -= np.where(periodic, lengths * np.round(d / lengths), 0)
                near = (d * d).sum(1) <= cutoff * cutoff
                first.append(i[near])
                second.append(j[near])
    return np.concatenate(first), np.concatenate(second)


def cluster_sizes(member, i, j):
    """Sizes of the connected components of the members, by spreading the smallest index."""
    both = member[i] & member[j]
    i, j = i[both], j[both]
    root = np.arange(len(member))
    while True:
        low = np.minimum(root[i], root[j])
        before = root.copy()
        np.minimum.at(root, root[i], low)
        np.minimum.at(root, root[j], low)
        root = root[root]
        if (root == before).all():
            return np.unique(root[member], return_counts=True)[1]


def draw_thresholds(results, output, levels=(0.90, 0.92, 0.94, 0.95, 0.96, 0.98, 0.99),
                    name="figS4_cluster_thresholds"):
    """Figure S4: largest cluster and number of clusters of HDA and IA for several thresholds.

    Clusters are computed here from the stored probabilities and positions; at the primary threshold
    they are those of the results, which is checked.
    """
    model = results.models[0]
    probability = results.particles(f"{model}/probability")
    position = results.particles("position")
    labels = results.particles(f"{model}/phase")
    if probability is None or position is None or not results.orthogonal():
        output.missing(name, "it needs probabilities and positions (analyze --per-molecule all) in "
                             "orthogonal cells")
        return
    names = results.classes(model)
    dense, ia = results.dense(model), len(names) - 1
    cutoff = float(results.file["verglas"].attrs["cluster_cutoff"])
    smallest = int(results.file["verglas"].attrs["minimum_cluster"])
    primary = float(results.thresholds(model)[0])
    levels = sorted({*levels, primary})
    origin, lengths = results.cells()
    periodic = results.periodic()
    found = np.zeros((len(levels), 2, 2, len(results.x)))  # threshold, phase, quantity, frame
    for frame in range(len(results.x)):
        place = position[frame].astype(float) - origin[frame]
        i, j = pairs(place, lengths[frame], periodic, cutoff)
        best = probability[frame].argmax(1)
        top = probability[frame].max(1)
        # Molecules that the guard recognised are of no phase at any threshold.
        known = labels[frame] <= ia if labels is not None else np.ones(len(best), bool)
        for t, level in enumerate(levels):
            confident = top > level
            members = (known & (best == dense) & confident, known & ~confident)
            for k, member in enumerate(members):
                sizes = cluster_sizes(member, i, j)
                found[t, k, 0, frame] = sizes.max() if len(sizes) else 0
                found[t, k, 1, frame] = (sizes >= smallest).sum()
    at = levels.index(primary)
    for k, phase in enumerate((dense, ia)):
        stored = results.observable(f"{model}/largest_cluster")[:, phase]
        differ = int((stored != found[at, k, 0]).sum())
        if differ:
            print(f"{name}: {differ} frames in which the largest cluster of {names[phase]} differs "
                  "from the stored one (distances at the cutoff, in single precision)")
    figure, axes = plt.subplots(2, 2, figsize=(WIDE, 4.4), sharex=True)
    for k, phase in enumerate((dense, ia)):
        for t, level in enumerate(levels):
            look = {"color": shade(names[phase], t / (len(levels) - 1), phase),
                    "lw": 1.5 if t == at else 0.8, "label": f"p > {level:.2f}"}
            largest = found[t, k, 0]
            curve(axes[0, k], results.x, np.where(largest > 0, largest, np.nan), **look)
            axes[1, k].plot(results.x, found[t, k, 1], **look)
        axes[0, k].set_yscale("log")
        axes[0, k].set_ylim(0.7, 2 * results.molecules)
        axes[1, k].set_ylim(0, None)
        axes[1, k].set_xlabel(results.label)
        axes[1, k].legend(fontsize=6, handlelength=1.4, labelspacing=0.25)
        remark(axes[0, k], f"{names[phase]} by {model}")
    axes[0, 0].set_ylabel("Molecules in largest cluster")
    axes[1, 0].set_ylabel("Number of clusters")
    panel_letters(axes.flat)
    output.save(figure, name, f"""
        (a, b) Molecules in the largest cluster and (c, d) number of clusters of {names[dense]} and
        IA by {model} for thresholds from {levels[0]:.2f} to {levels[-1]:.2f}; thick: the primary
        threshold, {primary:g}. Molecules of one phase within {cutoff:g} Å belong to one cluster;
        {f'clusters of at least {smallest} molecules' if smallest > 1 else
         'single molecules are clusters of size 1 and are counted'}. Gaps in (a, b): frames in which
        no molecule has the phase.{results.about_x()}""")
