"""Figure 4a: fractions of the phases against pressure, for each model of the results."""
import matplotlib.pyplot as plt

from .page import COLUMN, legend_of_all, panel_letters, remark
from .palette import style


def draw(results, output, name="fig4a_phase_fractions"):
    """One panel per model, at the primary threshold."""
    models = results.models
    recognised = False
    figure, axes = plt.subplots(len(models), 1, figsize=(COLUMN, 0.55 + 2.0 * len(models)),
                                sharex=True, squeeze=False)
    for axis, model in zip(axes[:, 0], models):
        fraction = results.fractions(model)[:, 0]
        for k, phase in enumerate(results.classes(model)):
            axis.plot(results.x, fraction[:, k], label=phase, **style(phase, k, len(fraction)))
        unfamiliar = results.unfamiliar(model)
        if unfamiliar.any():
            recognised = True
            axis.plot(results.x, unfamiliar, label="unfamiliar",
                      **style("unfamiliar", fraction.shape[1], len(fraction)))
        axis.set_ylim(-0.03, 1.03)
        axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        axis.set_ylabel("Fraction of molecules")
        remark(axis, f"{model}, p > {results.thresholds(model)[0]:g}")
    legend_of_all(figure, axes[:, 0], ncols=4, handlelength=1.6, columnspacing=1.2)
    axes[-1, 0].set_xlabel(results.label)
    if len(models) > 1:
        panel_letters(axes[:, 0])
    output.save(figure, name, f"""
        Fractions of molecules in each phase against {results.label.lower().split(' (')[0]}, by
        {' and '.join(models)}. A molecule has the class whose probability exceeds
        {results.thresholds(models[0])[0]:g}, otherwise it is intermediate (IA).
        {'Unfamiliar: molecules that the guard recognises as foreign; they have no class.'
         if recognised else ''}
        {results.molecules} molecules, {len(results.x)} frames.{results.about_x()}""")
