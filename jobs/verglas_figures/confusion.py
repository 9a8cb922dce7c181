"""Figure 2: confusion matrices of the models."""
import matplotlib.pyplot as plt
import numpy as np

from .page import panel_letters, remark


def draw(evaluations, output, name="fig2_confusion"):
    """Fractions of each true class (rows) with each predicted class (columns)."""
    figure, axes = plt.subplots(1, len(evaluations), figsize=(0.2 + 2.1 * len(evaluations), 2.35),
                                squeeze=False)
    for axis, item in zip(axes[0], evaluations):
        counts = item.group["confusion"][:]
        rates = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        axis.imshow(rates, cmap="Blues", vmin=0, vmax=1.15)
        for i in range(len(counts)):
            for j in range(len(counts)):
                axis.text(j, i, f"{100 * rates[i, j]:.2f} %\n{counts[i, j]}", ha="center",
                          va="center", fontsize=6.5,
                          color="white" if rates[i, j] > 0.6 else "black")
        axis.set_xticks(range(len(counts)), item.classes)
        axis.set_yticks(range(len(counts)), item.classes)
        axis.tick_params(which="both", length=0, top=False, right=False)
        axis.set_xlabel("Predicted class")
        remark(axis, item.model)
    axes[0, 0].set_ylabel("True class")
    panel_letters(axes[0])
    accuracies = "; ".join(f"{item.model} {item.group.attrs['accuracy']:.4f}"
                           for item in evaluations)
    output.save(figure, name, f"""
        Confusion matrices on the {evaluations[0].group.attrs['part']} part of the datasets: share
        of each true class (rows) that was given each class, and numbers of environments. Accuracy:
        {accuracies}.""")
