"""Tables 1 to 3, and SI to SIII, as text."""
import numpy as np

PAPER_ACCURACY = {("LDA", "HDA", 324): 0.9978, ("LDA", "HDA", 546): 0.9983,
                  ("LDA", "MDA", "HDA", 324): 0.8953, ("LDA", "MDA", "HDA", 546): 0.9005,
                  ("LDA", "MDA", "HDA", 399): 0.9092}
TOP = 10
COMPONENTS = 3  # of table SII


def accuracies(evaluations):
    """Table 1."""
    papers = [_paper(item.classes, item.features) for item in evaluations]
    has_paper = any(papers)  # the column is for models of water only
    lines = ["Table 1. Accuracy on the test part, with Wilson's 95 % interval",
             f"{'model':<14}{'features':>9}{'rows':>8}{'accuracy':>11}{'interval':>17}"
             + (f"{'paper':>9}" if has_paper else "")]
    for item, paper in zip(evaluations, papers):
        attributes = item.group.attrs
        lines.append(f"{item.model:<14}{len(item.features):>9}{attributes['count']:>8}"
                     f"{attributes['accuracy']:>11.4f}{_interval(attributes):>17}"
                     + ((f"{paper:>9.4f}" if paper else f"{'–':>9}") if has_paper else ""))
    return lines


def _paper(classes, features):
    """The paper's accuracy for models of water; None for others."""
    if not {feature.split("_")[0] for feature in features} <= {"OO", "OH", "HH"}:
        return None
    return PAPER_ACCURACY.get((*classes, len(features)))


def _interval(attributes):
    """Wilson's interval as text; from the counts in files of earlier versions."""
    n, p, z = float(attributes["count"]), float(attributes["accuracy"]), 1.959964
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = attributes.get("accuracy_interval", (centre - half, min(1, centre + half)))
    return f"{low:.4f}–{high:.4f}"


def importances(evaluations):
    """Table 2."""
    lines = []
    for item in evaluations:
        if not item.importance():
            continue
        groups, mean, deviation = item.importance()
        lines += ["", f"Table 2. Permutation importance, {item.model}: loss of accuracy, mean and "
                      f"standard deviation of {item.group.attrs['repeats']} shuffles",
                  "  ".join(f"{group:<28}" for group in groups).rstrip()]
        best = [np.argsort(-row, kind="stable")[:TOP] for row in mean]
        for rank in range(min(TOP, len(item.features))):
            cells = [f"{item.features[best[g][rank]]:<10}{mean[g, best[g][rank]]:8.4f} "
                     f"± {deviation[g, best[g][rank]]:.4f}" if mean[g, best[g][rank]] > 0 else "–"
                     for g in range(len(groups))]
            if set(cells) == {"–"}:
                break
            lines.append("  ".join(cell.ljust(28) for cell in cells).rstrip())
        if (mean <= 0).all():
            lines.append("no feature lowers the accuracy when it is shuffled alone")
    return lines


def components(evaluations):
    """Table 3."""
    lines = []
    for item in evaluations:
        pca, k = item.group["pca"], len(item.classes)
        variance, separation = pca["explained_variance"][:], pca["separation_accuracy"][:]
        lines += ["", f"Table 3. Principal components, {item.model}: "
                      f"{pca.attrs['components_for_95_percent']} explain 95 % of the variance",
                  f"{'component':<11}{'variance':>10}{'one-component accuracy':>25}"]
        for c in range(min(5, len(separation))):
            lines.append(f"{'PC' + str(c + 1):<11}{variance[c]:>10.4f}{separation[c]:>25.4f}")
        for i in range(k):
            for j in range(i + 1, k):
                pair = f"{item.classes[i]}–{item.classes[j]}"
                lines.append(f"distance {pair} in the plane of PC1 and PC2: "
                             f"{pca['distances'][i, j]:.3f}")
    return lines


def by_class(evaluations):
    """Table SI."""
    lines = ["Table SI. Each class on the test part: rows, recall (share of the class that was "
             "found), precision (share of the predictions that was right)",
             f"{'model':<14}{'class':<8}{'rows':>8}{'recall':>10}{'precision':>11}"]
    for item in evaluations:
        counts = item.group["confusion"][:]
        for k, title in enumerate(item.classes):
            recall = counts[k, k] / max(counts[k].sum(), 1)
            precision = counts[k, k] / max(counts[:, k].sum(), 1)
            lines.append(f"{item.model:<14}{title:<8}{counts[k].sum():>8}{recall:>10.4f}"
                         f"{precision:>11.4f}")
    return lines


def loadings(evaluations):
    """Table SII."""
    lines = []
    for item in evaluations:
        rows = item.group["pca/components"][:COMPONENTS]
        lines += ["", f"Table SII. Ten largest loadings of the first components, {item.model}",
                  "  ".join(f"PC{c + 1:<19}" for c in range(len(rows))).rstrip()]
        best = [np.argsort(-np.abs(row), kind="stable")[:TOP] for row in rows]
        for rank in range(min(TOP, rows.shape[1])):
            cells = [f"{item.features[best[c][rank]]:<10}{rows[c, best[c][rank]]:+9.4f}"
                     for c in range(len(rows))]
            lines.append("  ".join(cell.ljust(21) for cell in cells).rstrip())
    return lines


def blocks(evaluations):
    """Table SIII: importance by block of features (species pair)."""
    lines = []
    for item in evaluations:
        if not item.importance():
            continue
        groups, mean, _ = item.importance()
        pairs = sorted({feature.split("_")[0] for feature in item.features})
        lines += ["", f"Table SIII. Importance by pair of species, {item.model}: features, and sum "
                      "of their losses of accuracy,", "each shuffled alone (features are correlated: "
                      "this is not the loss when all are shuffled together)",
                  f"{'pair':<6}{'features':>9}" + "".join(f"{group:>12}" for group in groups)]
        for pair in pairs:
            own = np.array([feature.split("_")[0] == pair for feature in item.features])
            lines.append(f"{pair:<6}{own.sum():>9}"
                         + "".join(f"{mean[g, own].sum():>12.4f}" for g in range(len(groups))))
    return lines


def write(evaluations, output):
    """tables.txt and tables-supplement.txt."""
    main = accuracies(evaluations) + importances(evaluations) + components(evaluations)
    output.write("tables.txt", "\n".join(main) + "\n")
    more = by_class(evaluations) + loadings(evaluations) + blocks(evaluations)
    output.write("tables-supplement.txt", "\n".join(more) + "\n")
