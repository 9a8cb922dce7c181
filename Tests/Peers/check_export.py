# /// script
# requires-python = ">=3.11"
# dependencies = ["MDAnalysis", "ase", "chemfiles", "h5py", "numpy", "ovito", "pandas"]
# ///
"""Opens files of `verglas export` in other programs and compares them with the results.

    PATH=$PWD/.build/release:$PATH \\
      python Tests/Peers/check_export.py RESULTS.h5 [--model NAME] [--png slice.png]

Extended XYZ and LAMMPS dump of the last frame: number of molecules, positions of all, and phases
(ASE, OVITO) in MDAnalysis, ASE, chemfiles, OVITO; OVITO's colours are those of the file, and --png
is a picture of a 3 Å slice by its own renderer. The table: every value of every observable in
pandas. Ends with 1 if anything differs. RESULTS.h5 must hold phases (analyze's default).
"""

import argparse
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import h5py
import numpy as np

warnings.filterwarnings("ignore")
BAD = []


def check(what, good):
    print(f"{'ok' if good else 'WRONG':6} {what}")
    if not good:
        BAD.append(what)


def export(results, output, *options):
    subprocess.run(
        ["verglas", "export", str(results), "-o", str(output), "--overwrite", "--quiet", *options],
        check=True,
    )


def atoms(path):
    """Ids, positions and phases in the text."""
    lines = path.read_text().splitlines()
    if path.suffix == ".lammpstrj":
        columns, rows = lines[8].split()[2:], [line.split() for line in lines[9:]]
    else:
        columns, rows = (
            ["species", "x", "y", "z", "id", "phase"],
            [line.split() for line in lines[2:]],
        )
    take = lambda name, kind: np.array([row[columns.index(name)] for row in rows], kind)
    return take("id", int), np.stack([take(axis, float) for axis in "xyz"], 1), take("phase", int)


def frames(path, stored, png):
    import chemfiles
    import MDAnalysis
    from ase.io import read
    from ovito.io import import_file

    ids, x, phases = atoms(path)
    check(f"{path.name}: phases are those of the results", np.array_equal(phases, stored))
    isDump = path.suffix == ".lammpstrj"
    same = lambda y: len(y) == len(x) and np.abs(np.asarray(y) - x).max() < 1e-4
    universe = MDAnalysis.Universe(str(path), format="LAMMPSDUMP" if isDump else "XYZ")
    check(f"{path.name}: MDAnalysis", same(universe.atoms.positions))
    ase = read(path, format="lammps-dump-text" if isDump else "extxyz")
    check(
        f"{path.name}: ASE",
        same(ase.positions) and (isDump or np.array_equal(ase.arrays["phase"], phases)),
    )
    data = import_file(str(path)).compute()
    check(
        f"{path.name}: OVITO",
        same(data.particles.positions)
        and np.array_equal(data.particles["phase"], phases)
        and np.array_equal(data.particles.identifiers, ids)
        and len(np.unique(data.particles.colors, axis=0)) == len(np.unique(phases)),
    )
    if not isDump:
        chemfiles.set_warnings_callback(lambda _: None)
        with chemfiles.Trajectory(str(path), "r", "XYZ") as trajectory:
            frame = trajectory.read()
            check(f"{path.name}: chemfiles", same(frame.positions))
    if png:
        from ovito.vis import TachyonRenderer, Viewport

        pipeline = import_file(str(path))
        pipeline.add_to_scene()
        viewport = Viewport(type=Viewport.Type.Front)
        viewport.zoom_all(size=(1200, 400))
        viewport.render_image(filename=png, size=(1200, 400), renderer=TachyonRenderer())
        print(f"       {png}")


def table(path, file):
    import pandas

    rows = pandas.read_csv(path)
    for name in rows.model.dropna().unique():
        for observable in rows.observable[rows.model == name].unique():
            values = rows[(rows.observable == observable) & (rows.model == name)].value.to_numpy(
                float
            )
            if observable == "cross_phase":
                stored = file["observables/cross_phase/value"][()]
            elif observable.startswith("region_"):
                # By region: names rise in both.
                regions = file[f"observables/{name}/region"]
                stored = np.concatenate(
                    [regions[r][observable[7:]]["value"][()].ravel() for r in sorted(regions)]
                )
            elif observable.startswith("profile_"):
                stored = file[f"observables/{name}/profile/{observable[8:]}"][()]
            else:
                stored = file[f"observables/{name}/{observable}/value"][()]
            if observable == "cluster_size":
                # Sizes without clusters are omitted.
                stored = stored[stored != 0]
            check(
                f"{path.name}: {name} {observable}, {len(values)} values",
                stored.size == len(values)
                and np.allclose(stored.ravel(), values, rtol=1e-12, equal_nan=True),
            )
    for observable in {"pressure", "temperature", "density"} & set(rows.observable):
        values = rows[rows.observable == observable].value.to_numpy(float)
        check(
            f"{path.name}: {observable}",
            np.allclose(values, file[f"observables/{observable}/value"][()], equal_nan=True),
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    parser.add_argument("--model", help="whose phases (default: the first by name)")
    parser.add_argument(
        "--png", help="a picture of the slice of 3 Å through the middle of the cell"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, h5py.File(options.results) as file:
        folder = Path(name)
        particles = file["particles/centers"]
        model = options.model or next(
            k for k in sorted(particles) if k != "neighbor_count" and "phase" in particles[k]
        )
        last = np.flatnonzero(file["verglas/done"][()] == 1)[-1]
        for suffix in ["extxyz", "lammpstrj"]:
            export(options.results, folder / f"all.{suffix}", "--model", model, "--frames", "-1:")
            frames(folder / f"all.{suffix}", particles[model]["phase/value"][last], None)
        height = particles["box/edges/value"][last][2, 2]
        if options.png:
            export(
                options.results,
                folder / "slice.extxyz",
                "--model",
                model,
                "--frames",
                "-1:",
                "--slice",
                f"z={height / 2}:3",
            )
            ids, _, _ = atoms(folder / "slice.extxyz")
            place = np.searchsorted(particles["id"][()], ids)
            frames(
                folder / "slice.extxyz", particles[model]["phase/value"][last][place], options.png
            )
        export(options.results, folder / "all.csv")
        table(folder / "all.csv", file)
    print(f"{len(BAD)} differences")
    sys.exit(1 if BAD else 0)


main()
