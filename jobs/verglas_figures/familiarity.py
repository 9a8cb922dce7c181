"""Familiarity of the frames by each model, and the frames that it warns of."""
import matplotlib.pyplot as plt

from .page import COLUMN, legend_of_all, panel_letters, remark
from .palette import alarm, style


def draw(results, output, name="familiarity"):
    """One panel per model: familiarity, the fraction that the guard recognised, warned frames."""
    models = [m for m in results.models if f"observables/{m}/familiarity" in results.file]
    if not models:
        output.missing(name, "results with a model that has familiarity data or a guard, without "
                             "--no-guard")
        return
    figure, axes = plt.subplots(len(models), 1, figsize=(COLUMN, 0.6 + 1.75 * len(models)),
                                sharex=True, squeeze=False)
    counts = []
    for axis, model in zip(axes[:, 0], models):
        familiarity = results.observable(f"{model}/familiarity")
        warned = results.observable(f"{model}/familiarity_warning") == 1
        axis.plot(results.x, familiarity, color="0.25", lw=1.0, label="familiarity")
        if results.recognises(model):
            look = style("unfamiliar") | {"lw": 0.8, "ls": (0, (3, 1.5))}
            axis.plot(results.x, results.unfamiliar(model), label="unfamiliar", **look)
        axis.plot(results.x[warned], familiarity[warned], ls="", marker="x", ms=3.5, mew=0.9,
                  color=alarm(), label="warning")
        axis.set_ylim(-0.05, 1.05)
        axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        axis.set_ylabel("Fraction of molecules")
        remark(axis, f"{model}, {warned.sum()} of {len(warned)} frames with a warning")
        counts.append(f"{warned.sum()} of {len(warned)} by {model}")
    legend_of_all(figure, axes[:, 0], ncols=3, handlelength=1.6, columnspacing=1.2)
    axes[-1, 0].set_xlabel(results.label)
    if len(models) > 1:
        panel_letters(axes[:, 0])
    output.save(figure, name, f"""
        Familiarity: the fraction of the molecules of a frame that the training data of the model
        explain. Dashed: the fraction that the guard recognises as foreign. Crosses: frames with a
        warning ({', '.join(counts)}); their phases are not reliable.{results.about_x()}""")
