"""Reliability diagrams: fraction of correct predictions against the probability of the class."""
import matplotlib.pyplot as plt
import numpy as np

from .page import GUIDE, panel_letters, remark
from .palette import spare


def curve(group, prefix=""):
    """Mean probability, fraction of correct predictions and its 95 % interval by bin."""
    count, correct = group[f"{prefix}count"][:], group[f"{prefix}correct"][:]
    mean = group[f"{prefix}confidence"][:]
    filled = count >= 20
    n, k, mean = count[filled], correct[filled], mean[filled]
    z = 1.959964
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
    fraction = k / n
    interval = [fraction - centre + half, centre + half - fraction]
    return mean, fraction, np.maximum(interval, 0)  # rounding, where all are correct


def draw(evaluations, output, name="reliability"):
    """One panel per evaluation: with its temperature, if the model has one, and without."""
    items = [item for item in evaluations if "reliability" in item.group]
    if not items:
        output.missing(name, "no reliability in the files of --evaluation: evaluate again")
        return
    figure, axes = plt.subplots(1, len(items), figsize=(0.3 + 2.6 * len(items), 2.7),
                                squeeze=False, sharey=True)
    notes = []
    for axis, item in zip(axes[0], items):
        group = item.group["reliability"]
        curves = [("", "as stored", 1)]
        if "temperature" in group.attrs:
            temperature = float(group.attrs["temperature"])
            curves = [("uncalibrated_", "before", 0), ("", f"after, $T$ = {temperature:.2f}", 1)]
        axis.plot([0, 1], [0, 1], **GUIDE)
        for prefix, label, colour in curves:
            error = float(group.attrs[f"{prefix}expected_calibration_error"])
            mean, fraction, interval = curve(group, prefix)
            axis.errorbar(mean, fraction, interval, color=spare(colour), marker="os"[colour],
                          ms=3, elinewidth=0.7, capsize=1.5, label=f"{label}: {error:.3f}")
            notes.append(f"{item.model} {label}: {error:.4f}")
        axis.set_xlim(0.35, 1.02)
        axis.set_ylim(0.25, 1.02)
        axis.set_xlabel("Mean $p$ of the predicted class")
        axis.legend(loc="lower right", title="calibration error", title_fontsize=7)
        remark(axis, item.model)
    axes[0, 0].set_ylabel("Fraction correct")
    panel_letters(axes[0])
    output.save(figure, name, f"""
        Reliability of the probabilities: fraction of correct predictions against the mean
        probability of the predicted class, in bins of at least 20 environments, with Wilson's 95 %
        intervals. Expected calibration error: {'; '.join(notes)}.""")
