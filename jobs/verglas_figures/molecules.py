"""Pictures of molecules coloured by phase: by OVITO if it is installed, otherwise as discs."""
import os
import tempfile

import matplotlib.collections
import matplotlib.lines
import matplotlib.patches
import matplotlib.pyplot as plt
import numpy as np

from .palette import rgb

_ovito_fails = False


def _drawn_by_ovito(position, colour, lengths, view, size):
    """A picture of spheres as an array, or None if OVITO is missing or cannot render."""
    global _ovito_fails
    if _ovito_fails:
        return None
    try:
        import ovito.data
        import ovito.pipeline
        import ovito.vis
    except Exception:
        _ovito_fails = True
        return None
    data = ovito.data.DataCollection()
    cell = ovito.data.SimulationCell(pbc=(True, True, True))
    cell[:, :3] = np.diag(lengths)
    cell.vis.enabled = False
    data.objects.append(cell)
    particles = ovito.data.Particles(count=len(position))
    particles.create_property("Position", data=position)
    particles.create_property("Color", data=colour)
    particles.vis.radius = 1.25
    data.objects.append(particles)
    pipeline = ovito.pipeline.Pipeline(source=ovito.pipeline.StaticSource(data=data))
    pipeline.add_to_scene()
    try:
        viewport = ovito.vis.Viewport(type=getattr(ovito.vis.Viewport.Type, view))
        viewport.zoom_all(size=size)
        renderer = ovito.vis.TachyonRenderer(
            ambient_occlusion=True, ambient_occlusion_samples=5, antialiasing_samples=6,
            shadows=False)
        across = lengths[1] if view == "Top" else lengths[2]
        viewport.fov = 0.5 * max(across, lengths[0] * size[1] / size[0])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picture.png")
            viewport.render_image(filename=path, size=size, renderer=renderer)
            return plt.imread(path)
    except Exception as error:
        _ovito_fails = True
        reason = (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0]
        print(f"OVITO cannot render here ({reason}); snapshots are drawn without it")
        return None
    finally:
        pipeline.remove_from_scene()


def draw(axis, position, phases, names, lengths, view="Top"):
    """Molecules as discs of 2.5 Å, or OVITO's picture, in the plane x–y (Top) or x–z (Front)."""
    across = 1 if view == "Top" else 2
    order = np.argsort(position[:, 2 if view == "Top" else 1] * (1 if view == "Top" else -1))
    colour = np.array([rgb(names[k], k) for k in phases]).reshape(-1, 3)
    size = (1600, max(200, int(1600 * lengths[across] / lengths[0])))
    picture = _drawn_by_ovito(position, colour, lengths, view, size)
    frame = matplotlib.patches.Rectangle(
        (0, 0), lengths[0], lengths[across], fill=False, lw=0.7, ec="black", zorder=3)
    axis.add_patch(frame)
    axis.set_xlim(0, lengths[0])
    axis.set_ylim(0, lengths[across])
    axis.set_aspect("equal")
    if picture is not None:
        axis.imshow(picture, extent=(0, lengths[0], 0, lengths[across]), aspect="equal",
                    interpolation="antialiased")
    else:
        discs = matplotlib.collections.EllipseCollection(
            np.full(len(order), 2.5), np.full(len(order), 2.5), np.zeros(len(order)), units="xy",
            offsets=position[order][:, [0, across]], transOffset=axis.transData,
            facecolors=colour[order], edgecolors="white", linewidths=0.15)
        # Thousands of discs as paths make files of many megabytes.
        discs.set_rasterized(len(order) > 1000)
        axis.add_collection(discs)
        discs.set_clip_path(frame)
    axis.set_axis_off()


def legend(figure, names, **options):
    """The phases as coloured discs."""
    handles = [matplotlib.lines.Line2D([], [], ls="", marker="o", ms=5, color=rgb(name, k),
                                       label=name) for k, name in enumerate(names)]
    figure.legend(handles=handles, handletextpad=0.2, columnspacing=1, **options)
