"""Figure 3: the classes in the plane of the first two principal components, and the variance."""
import matplotlib.pyplot as plt
import numpy as np

from .evaluation import datasets
from .page import GUIDE, WIDE, panel_letters, remark
from .palette import rgb
from .results import text

SHOWN = 4500  # environments of a panel


def draw(evaluations, paths, output, name="fig3_pca"):
    """One row per model whose dataset is among the given ones."""
    sets = datasets(paths)
    drawn = [(item, sets.get((frozenset(item.classes), tuple(item.features))))
             for item in evaluations]
    drawn = [(item, data) for item, data in drawn if data is not None]
    if not drawn:
        output.missing(name, "no --dataset with the classes and features of an --evaluation")
        return
    figure, axes = plt.subplots(len(drawn), 2, figsize=(WIDE, 0.3 + 2.5 * len(drawn)),
                                squeeze=False, gridspec_kw={"width_ratios": [1.25, 1]})
    numbers = []
    for (left, right), (item, data) in zip(axes, drawn):
        train = data["split"][:] == 0
        features = data["features"][:][train].astype(float)
        label = data["label"][:][train]
        mean, scale = item.scaler() or (features.mean(0), features.std(0))
        if len(mean) != features.shape[1]:
            raise SystemExit(f"figures: {item.path}: expected {features.shape[1]} features as in "
                             f"the dataset, found a model with {len(mean)}")
        plane = ((features - mean) / scale) @ item.group["pca/components"][:2].T
        names = [text(n) for n in data.attrs["classes"]]
        shown = np.random.default_rng(1).permutation(len(plane))[:SHOWN]
        left.scatter(*plane[shown].T, s=2.5, c=[rgb(names[k], k) for k in label[shown]],
                     alpha=0.45, linewidths=0, rasterized=True)
        for k, title in enumerate(names):
            left.plot(*plane[label == k].mean(0), ls="", marker="o", ms=7, mfc=rgb(title, k),
                      mec="black", mew=1, label=title)
        left.set_xlim(*np.percentile(plane[:, 0], [0.05, 99.95]))
        left.set_ylim(*np.percentile(plane[:, 1], [0.05, 99.95]) * np.array([1, 1.25]))
        left.legend(loc="upper right", ncols=len(names), handletextpad=0.1, columnspacing=0.8)
        variance = item.group["pca/explained_variance"][:]
        left.set_xlabel(f"PC1 ({100 * variance[0]:.1f} %)")
        left.set_ylabel(f"PC2 ({100 * variance[1]:.1f} %)")
        remark(left, item.model)
        enough = int(item.group["pca"].attrs["components_for_95_percent"])
        numbers.append(f"{enough} for {item.model}")
        number = np.arange(1, len(variance) + 1)
        right.plot(number, 100 * np.cumsum(variance), color="0.2", label="together")
        right.bar(number[:enough], 100 * variance[:enough], color="#9DB7D5", width=1,
                  label="each")
        right.axhline(95, **GUIDE)
        right.axvline(enough, **GUIDE)
        right.set_xlim(0.5, min(len(variance), 2.2 * enough))
        right.set_ylim(0, 103)
        right.set_xlabel("Component")
        right.set_ylabel("Explained variance (%)")
        right.legend(loc="center right")
    panel_letters(axes.flat)
    output.save(figure, name, f"""
        Left: up to {SHOWN} environments of the training part in the plane of the first two
        principal components; large circles: means of the classes. Right: variance explained by each
        component and by the components up to it; dashed: 95 % and the number of components that
        explain it, {', '.join(numbers)}.""")
