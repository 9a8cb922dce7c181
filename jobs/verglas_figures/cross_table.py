"""Cross-table of the phases of two models, and the phases that the second model gives to the first
model's IA."""
import matplotlib.pyplot as plt
import numpy as np

from .page import WIDE, curve, legend_of_all, panel_letters, remark
from .palette import style

FEWEST = 20  # IA molecules of a frame below which fractions are not drawn


def draw(results, output, name="cross_table"):
    """The table over all frames, and the fractions of IA along the run."""
    if "observables/cross_phase" not in results.file:
        output.missing(name, "results of one model (analyze --model … --model …)")
        return
    first, second = results.models[:2]
    rows, columns = results.classes(first), results.classes(second)
    of = len(rows) - 1
    cross = results.observable("cross_phase")
    note = ""
    if "observables/cross_label" in results.file:
        # With molecules that a guard recognised, where there are any.
        labels = results.observable("cross_label")
        if labels.sum() > cross.sum():
            cross = labels
            rows = results.molecule_classes(first)[:labels.shape[1]]
            columns = results.molecule_classes(second)[:labels.shape[2]]
            note = " Unfamiliar: molecules that the guard recognises as foreign."
    table = cross.sum(0)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(WIDE, 2.7),
                                         gridspec_kw={"width_ratios": [1, 1.1]})
    left.imshow(share, cmap="Greys", vmin=0, vmax=1.25, aspect="auto")
    for i in range(len(rows)):
        for j in range(len(columns)):
            words = f"{100 * share[i, j]:.1f} %\n{table[i, j]:,}".replace(",", "\u202f")
            left.text(j, i, words, ha="center", va="center", fontsize=7,
                      color="white" if share[i, j] > 0.65 else "black")
    left.set_xticks(range(len(columns)), columns)
    left.set_yticks(range(len(rows)), rows)
    left.set_xlabel(f"Phase by {second}")
    left.set_ylabel(f"Phase by {first}")
    left.tick_params(which="both", length=0, top=False, right=False)
    total = cross[:, of].sum(1)
    for j, phase in enumerate(columns):
        value = np.where(total >= FEWEST, cross[:, of, j] / np.maximum(total, 1), np.nan)
        curve(right, results.x, value, label=phase, **style(phase, j, len(value)))
    right.set_xlim(np.nanmin(results.x), np.nanmax(results.x))
    right.set_xlabel(results.label)
    right.set_ylabel(f"Share of IA by {first}")
    remark(right, f"IA by {first}, as classified by {second}")
    right.set_ylim(-0.02, 1.02)
    legend_of_all(figure, [right], loc="outside right upper", handlelength=1.6)
    panel_letters((left, right))
    output.save(figure, name, f"""
        (a) Molecules by phase of {first} (rows) and of {second} (columns), all frames, in % of the
        row and as numbers. (b) Phases by {second} of the molecules that {first} calls IA; gaps:
        frames with fewer than {FEWEST} of them.{note}""")
