#!/usr/bin/env python3
"""Cuts a sphere of ice into a glass: a starting structure with a crystal nucleus of known size.

    jobs/water/nucleus.py GLASS ICE RADIUS OUT.gro

GLASS and ICE are LAMMPS dumps (gzip) of whole molecules O H H in orthogonal cells from 0, of which
the first frame is used; RADIUS is in Å. Molecules of the glass whose oxygen is nearer than 2.6 Å to
one of the sphere are left out. OUT has the sphere's molecules first, with TIP4P/Ice's fourth site:
minimise it and run it at 77 K for 5 ps as jobs/water/foreign.sh does. So was
Examples/water/foreign/nucleus made, with a radius of 10.2 Å: molecules 1 to 139 are the nucleus.
Needs NumPy.
"""

import gzip
import sys
from pathlib import Path

import numpy as np


def first_frame(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Positions [molecules, 3, 3] and edges of the cell in Å."""
    with gzip.open(path, "rt") as file:
        lines = file.read().split("ITEM: TIMESTEP\n")[1].split("\n")
    count = int(lines[2])
    edges = np.array([float(line.split()[1]) for line in lines[4:7]])
    columns = lines[7].split()[2:]
    rows = np.array([[float(word) for word in line.split()] for line in lines[8 : 8 + count]])
    rows = rows[np.argsort(rows[:, columns.index("id")])]
    return rows[:, [columns.index(axis) for axis in "xyz"]].reshape(-1, 3, 3), edges


def main() -> None:
    """Writes the structure."""
    if len(sys.argv) != 5:
        sys.exit("usage: jobs/water/nucleus.py GLASS ICE RADIUS OUT.gro")
    (glass, edges), (ice, period) = first_frame(sys.argv[1]), first_frame(sys.argv[2])
    shifts = np.array([[i, j, k] for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
    ice = np.concatenate([ice + shift * period for shift in shifts])
    sphere = ice[np.linalg.norm(ice[:, 0] - period / 2, axis=1) < float(sys.argv[3])]
    sphere += edges / 2 - period / 2
    between = glass[:, None, 0] - sphere[None, :, 0]
    between -= edges * np.round(between / edges)
    kept = glass[np.linalg.norm(between, axis=2).min(axis=1) > 2.6]
    molecules = np.concatenate([sphere, kept]) / 10
    site = molecules[:, 0] + 0.13458 * (molecules[:, 1] + molecules[:, 2] - 2 * molecules[:, 0])
    lines = [f"{len(sphere)} molecules of ice first", str(4 * len(molecules))]
    for number, (molecule, massless) in enumerate(zip(molecules, site)):
        for k, (name, r) in enumerate(zip(("OW", "HW1", "HW2", "MW"), (*molecule, massless))):
            atom = (4 * number + k + 1) % 100000
            lines.append(
                f"{(number + 1) % 100000:5d}{'SOL':<5}{name:>5}{atom:5d}"
                f"{r[0]:8.3f}{r[1]:8.3f}{r[2]:8.3f}"
            )
    lines.append("".join(f"{edge / 10:10.5f}" for edge in edges))
    Path(sys.argv[4]).write_text("\n".join(lines) + "\n")
    print(f"{sys.argv[4]}: {len(sphere)} molecules of ice, {len(kept)} of the glass")


if __name__ == "__main__":
    main()
