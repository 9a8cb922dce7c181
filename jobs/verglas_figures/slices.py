"""Figure 5: slices of the cell coloured by phase, at several pressures."""
import matplotlib.pyplot as plt
import numpy as np

from . import molecules
from .page import COLUMN, panel_letters, remark
from .results import PRESSURE

THICKNESS = 3.0  # Å


def draw(results, output, wanted=None, name="fig5_slices"):
    """Slices at the pressures `wanted`, or from the first frame to the last of the transition."""
    position = results.particles("position")
    model = results.models[0]
    phases = results.particles(f"{model}/phase")
    if position is None or phases is None:
        output.missing(name, "no positions and phases in the results (analyze --per-molecule all)")
        return
    if not results.orthogonal():
        output.missing(name, "slices are drawn for orthogonal cells only (verglas export --slice "
                             "cuts any cell)")
        return
    names = results.molecule_classes(model)
    origin, lengths = results.cells()
    if wanted:
        rows = [int(np.nanargmin(np.abs(results.x - p))) for p in wanted]
    else:
        # Where the densest phase has 2, 25, 50, 75 and 98 % of its rise.
        fraction = results.fractions(model)[:, 0, results.dense(model)]
        width = min(5, len(fraction))
        padded = np.pad(fraction, width // 2, "edge")
        fraction = np.convolve(padded, np.ones(width) / width, "valid")
        low, high = fraction.min(), fraction.max()
        rows = {int(np.argmax(fraction >= low + share * (high - low)))
                for share in (0.02, 0.25, 0.5, 0.75, 0.98)}
        rows = sorted({0, *rows})
    # All panels have the scale of the largest cell, so that the compression is visible.
    largest = lengths[rows].max(0)
    columns = min(3, len(rows))
    lines = -(-len(rows) // columns)
    width = 0.68 * COLUMN
    height = width * largest[1] / largest[0] + 0.22
    figure, axes = plt.subplots(lines, columns, figsize=(width * columns, height * lines + 0.35),
                                squeeze=False)
    for axis in axes.flat[len(rows):]:
        axis.set_visible(False)
    for axis, row in zip(axes.flat, rows):
        shifted = position[row] - origin[row]
        inside = np.abs(shifted[:, 2] - lengths[row, 2] / 2) < THICKNESS / 2
        molecules.draw(axis, shifted[inside], phases[row][inside], names, lengths[row])
        axis.set_xlim(-0.01 * largest[0], 1.01 * largest[0])
        axis.set_ylim(-0.01 * largest[1], 1.01 * largest[1])
        value = f"{results.x[row]:.2f} GPa" if results.label == PRESSURE else results.at(row)
        remark(axis, value)
    panel_letters(axes.flat[: len(rows)])
    bar = 10 if largest[0] > 25 else 5
    last = axes.flat[columns * (lines - 1)]
    last.plot([0, bar], [-0.05 * largest[1]] * 2, color="black", lw=2, solid_capstyle="butt",
              clip_on=False)
    last.text(bar + 0.02 * largest[0], -0.05 * largest[1], f"{bar} Å", va="center", fontsize=7)
    if not (phases[rows] == len(names) - 1).any():
        names = names[:-1]  # no molecule is unfamiliar
    molecules.legend(figure, names, loc="outside upper center", ncols=len(names))
    sizes = "; ".join(f"({letter}) {lengths[row, 0]:.1f} × {lengths[row, 1]:.1f} Å"
                      for letter, row in zip("abcdefghijkl", rows))
    output.save(figure, name, f"""
        Phases by {model} of the molecules in a slice {THICKNESS:g} Å thick, normal to z, through
        the middle of the cell, seen along z; all panels in one scale. Cells: {sizes}.""")
