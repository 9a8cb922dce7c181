# /// script
# requires-python = ">=3.11"
# dependencies = ["freud-analysis", "h5py", "numpy"]
# ///
"""Compares `analyze --rdf --order` with other programs on real frames.

    PATH=$PWD/.build/release:$PATH python Tests/Peers/check_structure.py [--frames 0,50,99]

g(r) of all molecules, the fifth neighbour and the coordination number: freud (single precision, so
single pairs may be in the neighbouring bin). g(r) of all molecules and by phase of the centre: the
pairs of freud with distances in double precision; the sums over the phases equal the total
exactly. Hydrogen bonds: `gmx hbond` of GROMACS, if it is installed. Tetrahedral
order and local structure index: NumPy from the definitions, since no program that we found computes
them for every molecule. `--shear 0.1` shears the cell with its molecules into a triclinic one
first. Ends with 1 if anything differs.
"""

import argparse
import gzip
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import freud
import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BAD = []
MDP = "integrator = md\ncutoff-scheme = verlet\nrcoulomb = 0.9\nrvdw = 0.9\nnsteps = 0\n"
TOPOLOGY = """[ defaults ]
1 2 no 1.0 1.0
[ atomtypes ]
O 8 15.999 0.0 A 0.315 0.64
H 1 1.008 0.0 A 0.0 0.0
[ moleculetype ]
SOL 2
[ atoms ]
1 O 1 SOL OW 1 -0.8
2 H 1 SOL HW1 1 0.4
3 H 1 SOL HW2 1 0.4
[ settles ]
1 1 0.09572 0.15139
[ exclusions ]
1 2 3
2 1 3
3 1 2
[ system ]
water
[ molecules ]
SOL {count}
"""


def check(what, good):
    print(f"{'ok' if good else 'WRONG':6} {what}")
    if not good:
        BAD.append(what)


def frames(path):
    """Cell [3, 3], and positions of O [n, 3] and H [n, 2, 3], of every frame of an orthogonal
    dump."""
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    count = int(lines[3])
    for start in range(0, len(lines), count + 9):
        box = np.array([line.split()[:2] for line in lines[start + 5 : start + 8]], float)
        names = lines[start + 8].split()[2:]
        rows = np.array([line.split() for line in lines[start + 9 : start + 9 + count]], float)
        rows = rows[np.argsort(rows[:, names.index("id")])]
        at = [names.index(c) for c in ("x", "y", "z")]
        r = rows[:, at] - box[:, 0]
        kind = rows[:, names.index("type")]
        oxygen, hydrogen = r[kind == 1], r[kind == 2]
        cell = np.diag(box[:, 1] - box[:, 0])
        yield cell, oxygen, owned(oxygen, hydrogen, cell)


def sheared(cell, oxygen, hydrogens, shear):
    """The frame in a triclinic cell; molecules keep their shape."""
    ly, lz = cell[1, 1], cell[2, 2]
    tilted = cell + [[0, 0, 0], [shear * ly, 0, 0], [-shear * lz, shear / 2 * lz, 0]]
    moved = oxygen @ np.linalg.inv(cell) @ tilted
    return tilted, moved, moved[:, None] + nearest(hydrogens - oxygen[:, None], cell)


def write_dump(path, frames):
    """A LAMMPS dump of triclinic frames, with types 1 and 2."""
    with open(path, "w") as file:
        for step, (cell, oxygen, hydrogens) in enumerate(frames):
            xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
            atoms = np.concatenate([oxygen[:, None], hydrogens], axis=1).reshape(-1, 3)
            file.write(f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{len(atoms)}\n"
                       "ITEM: BOX BOUNDS xy xz yz pp pp pp\n")
            lows = min(0, xy, xz, xy + xz), min(0, yz), 0
            highs = (cell[0, 0] + max(0, xy, xz, xy + xz), cell[1, 1] + max(0, yz), cell[2, 2])
            for low, high, tilt in zip(lows, highs, (xy, xz, yz)):
                file.write(f"{low:.16g} {high:.16g} {tilt:.16g}\n")
            file.write("ITEM: ATOMS id type x y z\n")
            for k, r in enumerate(atoms):
                file.write(f"{k + 1} {1 if k % 3 == 0 else 2} "
                           f"{r[0]:.10f} {r[1]:.10f} {r[2]:.10f}\n")


def box_of(cell):
    return freud.box.Box(*np.diag(cell), cell[1, 0] / cell[1, 1], cell[2, 0] / cell[2, 2],
                         cell[2, 1] / cell[2, 2])


def nearest(d, cell):
    """Displacements to the nearest image; exact where they are short beside the cell."""
    share = d @ np.linalg.inv(cell)
    return (share - np.round(share)) @ cell


def owned(oxygen, hydrogen, cell):
    """The two hydrogens of every oxygen."""
    box = box_of(cell)
    query = freud.locality.AABBQuery(box, box.wrap(oxygen))
    pairs = query.query(box.wrap(hydrogen), {"num_neighbors": 1}).toNeighborList()
    order = np.argsort(pairs.point_indices, kind="stable")
    return hydrogen[pairs.query_point_indices[order]].reshape(-1, 2, 3)


def counts(cell, points, others, same, limits):
    """Ordered pairs of freud: their first points, distances by freud, and in double precision."""
    box = box_of(cell)
    query = freud.locality.AABBQuery(box, box.wrap(others))
    pairs = query.query(
        box.wrap(points), {"r_max": limits[-1] + 0.01, "exclude_ii": same}).toNeighborList()
    first, second = pairs.query_point_indices, pairs.point_indices
    return first, pairs.distances, np.linalg.norm(nearest(others[second] - points[first], cell),
                                                  axis=1)


def near_borders(distances, limits, width):
    """Number of pairs that rounding by `width` may put into the neighbouring bin."""
    place = np.clip(np.searchsorted(limits, distances), 1, len(limits) - 1)
    return int((np.minimum(np.abs(distances - limits[place - 1]),
                           np.abs(distances - limits[place])) < width).sum())


def equal(found, distances, limits, width):
    """Whether a histogram is that of the distances, but for pairs at the borders of bins."""
    moved = np.abs(found - np.histogram(distances, limits)[0]).sum()
    return moved <= 2 * near_borders(distances, limits, width)


def hydrogen_bonds(cell, oxygen, hydrogens):
    """The number of bonds by GROMACS."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = ["water", f"{3 * len(oxygen):5d}"]
        for k, (o, h) in enumerate(zip(oxygen, hydrogens)):
            for j, (label, r) in enumerate((("OW", o), ("HW1", h[0]), ("HW2", h[1]))):
                x = (o + nearest(r - o, cell)) / 10
                lines.append(f"{(k + 1) % 100000:5d}SOL  {label:>5}{(3 * k + j + 1) % 100000:5d}"
                             + "".join(f"{c:10.5f}" for c in x))
        tilts = cell[0, 1], cell[0, 2], cell[1, 0], cell[1, 2], cell[2, 0], cell[2, 1]
        lines.append(" ".join(f"{e / 10:.7f}" for e in (*np.diag(cell), *tilts)))
        (folder / "w.gro").write_text("\n".join(lines) + "\n")
        (folder / "w.mdp").write_text(MDP)
        (folder / "w.top").write_text(TOPOLOGY.format(count=len(oxygen)))
        run = lambda *words, text=None: subprocess.run(  # noqa: E731
            ["gmx", "-quiet", *words], cwd=folder, input=text, text=True, check=True,
            capture_output=True)
        run("grompp", "-f", "w.mdp", "-c", "w.gro", "-p", "w.top", "-o", "w.tpr", "-maxwarn", "9")
        run("hbond", "-f", "w.gro", "-s", "w.tpr", "-num", "n.xvg", text="0\n0\n")
        rows = [line.split() for line in (folder / "n.xvg").read_text().splitlines()
                if line[0] not in "#@"]
        return int(float(rows[0][1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trajectory", default=ROOT / "Examples/water/compress.lammpstrj.gz")
    parser.add_argument("--model", default=ROOT / "Examples/water/M2-OH.safetensors")
    parser.add_argument("--frames", default="0,40,75")
    parser.add_argument("--shear", type=float, default=0)
    options = parser.parse_args()
    wanted = [int(word) for word in options.frames.split(",")]
    chosen = [frame for k, frame in enumerate(frames(options.trajectory)) if k in wanted]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/r.h5"
        if options.shear:
            chosen = [sheared(*frame, options.shear) for frame in chosen]
            options.trajectory, wanted = f"{folder}/sheared.lammpstrj", range(len(chosen))
            write_dump(options.trajectory, chosen)
        subprocess.run(
            ["verglas", "analyze", str(options.trajectory), "--types", "1=O,2=H", "--model",
             str(options.model), "--rdf", "--order", "all", "--per-molecule", "phase,order",
             "--quiet", "-o", path], check=True)
        with h5py.File(path) as file:
            model = file["verglas"].attrs["model_name"][0]
            model = model.decode() if isinstance(model, bytes) else model
            for f, frame in zip(wanted, chosen):
                compare(file, model, f, *frame)
    print(f"{len(BAD)} differences" if BAD else "all equal")
    return 1 if BAD else 0


def compare(file, model, f, cell, oxygen, hydrogens):
    """One frame, row `f` of the results."""
    get = lambda name: file[f"{name}/value"][f]  # noqa: E731
    limits = file["observables/rdf/center_center/edges"][:]
    flat = hydrogens.reshape(-1, 3)
    labels = get(f"particles/centers/{model}/phase")
    # Coordinates of freud in single precision are exact to 6e-8 of the cell.
    rounding = max(2e-5, 5 * 6e-8 * np.abs(cell).max())
    for name, a, b, la in (
        ("center_center", oxygen, oxygen, labels),
        ("center_hydrogen", oxygen, flat, labels),
        ("hydrogen_hydrogen", flat, flat, np.repeat(labels, 2)),
    ):
        by_phases, total = get(f"observables/{model}/rdf_{name}_count"), get(
            f"observables/rdf/{name}_count")
        by_phase = by_phases.sum(1)
        first, single, distances = counts(cell, a, b, a is b, limits)
        check(f"frame {f}: {name} of freud, {total.sum()} pairs",
              equal(total, single, limits, rounding))
        check(f"frame {f}: {name} in double precision", equal(total, distances, limits, 1e-9))
        check(f"frame {f}: {name}, sums over phases", (by_phases.sum((0, 1)) == total).all())
        for p in range(len(by_phase)):
            own = distances[la[first] == p]
            check(f"frame {f}: {name}, phase {p}", equal(by_phase[p], own, limits, 1e-9))
    box = box_of(cell)
    query = freud.locality.AABBQuery(box, box.wrap(oxygen))
    near = query.query(
        box.wrap(oxygen), {"num_neighbors": 24, "exclude_ii": True}).toNeighborList()
    count = len(oxygen)
    order = np.lexsort((near.distances, near.query_point_indices))
    distance = near.distances[order].reshape(count, -1)
    other = near.point_indices[order].reshape(count, -1)
    d = nearest(oxygen[other] - oxygen[:, None], cell)
    # In double precision neighbours may have another order than in freud's single.
    rows = np.argsort(np.linalg.norm(d, axis=2), axis=1)
    d = np.take_along_axis(d, rows[:, :, None], axis=1)
    r = np.linalg.norm(d, axis=2)
    molecules = lambda name: get(f"particles/centers/order/{name}")  # noqa: E731
    check(f"frame {f}: d5 of freud", np.allclose(molecules("d5"), distance[:, 4], atol=rounding))
    check(f"frame {f}: d5 by definition", np.allclose(molecules("d5"), r[:, 4], rtol=0, atol=1e-6))
    known = np.abs(distance - 3.5).min(1) > 1e-5
    check(f"frame {f}: coordination of freud",
          (molecules("coordination") == (distance <= 3.5).sum(1))[known].all())
    unit = d[:, :4] / r[:, :4, None]
    cosine = np.einsum("njc,nkc->njk", unit, unit)[:, *np.triu_indices(4, 1)]
    q = 1 - 3 / 8 * ((cosine + 1 / 3) ** 2).sum(1)
    check(f"frame {f}: q by definition", np.allclose(molecules("q"), q, atol=1e-5))
    lsi = np.array([np.var(np.diff(row[: (row <= 3.7).sum() + 1])) for row in r])
    check(f"frame {f}: LSI by definition", np.allclose(molecules("lsi"), lsi, atol=1e-6))
    if shutil.which("gmx"):
        bonds = int(molecules("hbonds").sum()) / 2
        theirs = hydrogen_bonds(cell, oxygen, hydrogens)
        # Positions in a .gro file are rounded to 1e-4 Å.
        check(f"frame {f}: {bonds:.0f} hydrogen bonds, GROMACS {theirs}",
              abs(bonds - theirs) <= 2)


if __name__ == "__main__":
    sys.exit(main())
