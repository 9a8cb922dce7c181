"""Figure S1: permutation importances of the features as bars."""
import matplotlib.pyplot as plt
import numpy as np

from .page import WIDE, panel_letters, remark
from .palette import spare

SHOWN = 15


def draw(evaluations, output, name="figS1_importances"):
    """One row per model, one panel for all classes and for each pair of classes."""
    items = [(item, *item.importance()) for item in evaluations if item.importance()]
    if not items:
        output.missing(name, "no importances in the files of --evaluation (evaluate --repeats 10)")
        return
    # A model of two classes has one pair, which is equivalent to all classes.
    panels = [(item, groups[g], mean[g], deviation[g]) for item, groups, mean, deviation in items
              for g in range(1 if len(item.classes) == 2 else len(groups))]
    columns = min(4, len(panels))
    lines = -(-len(panels) // columns)
    figure, axes = plt.subplots(lines, columns, figsize=(WIDE, 0.2 + 2.3 * lines), squeeze=False)
    for axis in axes.flat[len(panels):]:
        axis.set_visible(False)
    for axis, (item, group, mean, deviation) in zip(axes.flat, panels):
        best = np.argsort(-mean, kind="stable")[:SHOWN]
        best = best[mean[best] > 0]
        place = np.arange(len(best))
        if not len(best):
            axis.text(0.5, 0.5, "no loss", transform=axis.transAxes, ha="center", fontsize=7)
        axis.barh(place, mean[best], xerr=deviation[best], color=spare(2), height=0.75,
                  error_kw={"elinewidth": 0.6, "capsize": 1.2})
        axis.set_yticks(place, [item.features[k] for k in best], fontsize=5.5)
        axis.tick_params(axis="y", which="both", length=0)
        axis.tick_params(axis="x", labelsize=6)
        axis.locator_params(axis="x", nbins=4)
        axis.set_ylim(SHOWN - 0.3, -0.7)
        axis.set_xlabel("Loss of accuracy", fontsize=7)
        remark(axis, f"{item.model}, {group}")
    panel_letters(axes.flat[: len(panels)])
    repeats = items[0][0].group.attrs["repeats"]
    output.save(figure, name, f"""
        Permutation importance: loss of accuracy when a feature is shuffled, mean and standard
        deviation of {repeats} shuffles, up to {SHOWN} most important features (those without a loss
        are not shown); of all classes, and of the environments of each pair of classes.""")
