"""Figure 7: layer profiles of a slab, by all models, and snapshots of the last frame."""
import matplotlib.pyplot as plt
import numpy as np

from . import molecules
from .drift import along, follow
from .page import MARKS, WIDE, legend_of_all, panel_letters, remark
from .palette import rgb, style
from .results import text

BLOCKS = 5  # the default of verglas interface


def blocks(results, interface):
    """The blocks of frames over which errors are taken: arrays of rows."""
    count = BLOCKS
    if interface is not None:
        count = int(interface.of(interface.models[0]).attrs["blocks"])
    frames = int(results.done.sum())
    return np.array_split(np.arange(frames), min(count, frames))


def mean_and_error(values, parts):
    """Mean over the frames, and the standard error from the means of blocks; NaN for one block."""
    means = np.array([np.nanmean(values[part], axis=0) for part in parts])
    error = means.std(0, ddof=1) / np.sqrt(len(parts)) if len(parts) > 1 else means[0] * np.nan
    return np.nanmean(values, axis=0), error


def _bars(axis, x, mean, error, **look):
    """A curve with the standard error as a band."""
    line, = axis.plot(x, mean, **look)
    if np.isfinite(error).any():
        axis.fill_between(x, mean - error, mean + error, color=line.get_color(), alpha=0.3, lw=0)


def _bounds(found):
    """Upper bounds of the thicknesses that the layers do not resolve, NaN for the others."""
    position = found["mean/position"][:]
    if "mean/resolved" not in found:
        return np.full(len(position), np.nan)
    edges = found["mean/edges"][:]
    layer = (edges[-1] - edges[0]) / (len(edges) - 1)
    is_bound = (found["mean/resolved"][:] == 0) & np.isfinite(position)
    return np.where(is_bound, 2 * layer, np.nan)


def _thickness(width, error, bound):
    """A thickness as text; `bound` is NaN if it is resolved."""
    if np.isfinite(bound):
        return f"thickness not resolved, below {bound:.1f} Å"
    return f"thickness {width:.1f} ± {error:.1f} Å"


def _mark(axis, found, label):
    """The dividing positions of the interfaces as lines, their Gibbs thickness as bands."""
    band = label
    for position, width, bound in zip(
            found["mean/position"][:], found["mean/gibbs"][:], _bounds(found)):
        if not np.isfinite(bound):
            axis.axvspan(position - width / 2, position + width / 2, color="0.88", lw=0, zorder=-2,
                         label=MARKS[1] if band else None)
            band = False
        axis.axvline(position, color="0.35", lw=0.8, ls=(0, (4, 2)), zorder=-1,
                     label=MARKS[0] if label else None)
        label = False


def draw(results, output, interface, drift, name="fig7_interface"):
    """Profiles above, density, and snapshots below."""
    models = results.profiled()
    if not models:
        output.missing(name, "no profiles in the results of --interface (analyze --profile x)")
        return
    axis_name = results.profile_axis()[0]
    position = results.particles("position")
    phases = {m: results.particles(f"{m}/phase") for m in models}
    pictures = [m for m in models if phases[m] is not None]
    if position is None or axis_name != "x" or not results.orthogonal():
        pictures = []
    if not pictures:
        print(f"{name} is without snapshots: they need positions and phases (analyze "
              "--per-molecule all), orthogonal cells and profiles along x")
    origin, lengths = results.cells()
    # Higher than the picture, so that it is as wide as the profiles above.
    picture = max(0.3, WIDE * lengths[-1, 2] / lengths[-1, 0])
    heights = [1.4] * (len(models) + 1) + [picture] * len(pictures)
    figure, axes = plt.subplots(
        len(heights), 1, figsize=(WIDE, sum(heights) + 0.75 + 0.24 * len(heights)),
        gridspec_kw={"height_ratios": heights})
    frames, parts = int(results.done.sum()), blocks(results, interface)
    numbers = []
    for axis, model in zip(axes, models):
        edges = results.observable(f"{model}/profile/edges").mean(0)
        middle = (edges[1:] + edges[:-1]) / 2
        p = follow(results.observable(f"{model}/profile/probability"), drift)
        for k, phase in enumerate(results.classes(model)[:-1]):
            _bars(axis, middle, *mean_and_error(p[:, :, k], parts), label=f"P({phase})",
                  **style(phase, k))
        ia = follow(results.observable(f"{model}/profile/phase_fraction")[:, :, -1], drift)
        _bars(axis, middle, *mean_and_error(ia, parts), color=rgb("IA"), lw=0.9,
              label="IA fraction")
        if interface is not None and (found := interface.of(model)):
            _mark(axis, found, True)
            numbers.append(f"{model}: " + ", ".join(
                f"x_G = {x:.1f} ± {dx:.1f} Å, {_thickness(w, dw, bound)}" for x, dx, w, dw, bound in
                zip(*(found[f"mean/{n}"][:] for n in (
                    "position", "position_error", "gibbs", "gibbs_error")), _bounds(found))))
        axis.set_ylim(-0.04, 1.06)
        axis.set_yticks([0, 0.5, 1])
        axis.set_ylabel("Mean in layer")
        remark(axis, model)
        axis.set_xticklabels([])
    density = results.file[f"observables/{models[0]}/profile/density"]
    below = axes[len(models)]
    _bars(below, middle, *mean_and_error(follow(density[:][results.done], drift), parts),
          color="0.25")
    unit = text(density.attrs.get("unit", "")).replace(" cm-3", "/cm³").replace(
        "Angstrom-3", "1/Å³")
    below.set_ylabel(f"Density ({unit})")
    for axis in axes[: len(models) + 1]:
        axis.set_xlim(edges[0], edges[-1])
    below.set_xlabel(along(results, drift))
    for axis, model in zip(axes[len(models) + 1:], pictures):
        place = position[-1] - origin[-1]
        if drift is not None:
            place[:, 0] = (place[:, 0] - drift[-1] * lengths[-1, 0]) % lengths[-1, 0]
        molecules.draw(axis, place, phases[model][-1], results.molecule_classes(model), lengths[-1],
                       "Front")
        remark(axis, f"{model}, {results.at(-1)}")
    panel_letters(axes)
    legend_of_all(figure, axes[: len(models)], ncols=7, handlelength=1.3, columnspacing=0.9,
                  fontsize=6.5)
    far = 0 if drift is None else np.abs(drift - drift[0]).max() * (edges[-1] - edges[0])
    output.save(figure, name, f"""
        Profiles along {axis_name}: class probabilities and IA fraction in layers by
        {' and '.join(models)}, and density; means of {frames} frame{'s' if frames > 1 else ''}{
        f', shifted by the drift of the slab, up to {far:.1f} Å' if drift is not None else ''}.
        {f'Bands: standard error over {len(parts)} blocks of frames.' if len(parts) > 1 else ''}
        {'Dashed: dividing position x_G; grey: Gibbs thickness. ' + '; '.join(numbers) + '.'
         if numbers else ''}
        {'Snapshots: all molecules of the last frame, seen along y, coloured by phase; the cell is '
         'scaled to the width of the mean cell.' if pictures else ''}
        {'Red (light grey with --palette grey): unfamiliar molecules.' if any(
            (phases[m][-1] >= len(results.classes(m))).any() for m in pictures) else ''}""")
