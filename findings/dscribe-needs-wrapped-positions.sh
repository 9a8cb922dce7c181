#!/usr/bin/env bash
# DScribe 2.1.2: SOAP of a periodic system is silently wrong when atoms lie outside of the cell.
#
# Guess before running: moving an atom by whole edges of a periodic cell changes nothing, so
# unwrapped trajectories (and molecules that are whole across the boundary) give the same vectors.
# Seen: the images of an atom are made around the place where it is given, as many as an atom inside
# the cell needs; for one outside of it neighbours are missing. With 3 of 40 atoms moved by whole
# edges the vectors of nearly all atoms change, by up to half of the largest value, without a
# warning. Atoms.wrap() before the call restores them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dscribe==2.1.2 ase==3.29.0 numpy==2.4.6
timeout 120 venv/bin/python - <<'PYTHON'
import numpy as np
from ase import Atoms
from dscribe.descriptors import SOAP

edge = 12.0
place = np.random.default_rng(3).random((40, 3)) * edge
moved = place.copy()
moved[5] += [edge, 0, 0]
moved[7] -= [0, edge, 0]
moved[9] += [3 * edge, 0, 0]
soap = SOAP(species=["O"], r_cut=6, n_max=4, l_max=4, sigma=0.5, periodic=True)


def vectors(positions, wrap=False):
    atoms = Atoms("O40", positions, cell=[edge] * 3, pbc=True)
    if wrap:
        atoms.wrap()
    return soap.create(atoms)


expected = vectors(place)
for name, found, is_wrong in [("unwrapped", vectors(moved), True),
                              ("wrapped again", vectors(moved, wrap=True), False)]:
    change = np.abs(found - expected).max(axis=1) / np.abs(expected).max()
    print(f"{name}: {(change > 1e-6).sum()} of 40 vectors differ, by up to {change.max():.2g}")
    assert (change.max() > 0.1) == is_wrong and ((change > 1e-6).sum() > 20) == is_wrong
PYTHON
# Output seen:
# unwrapped: 39 of 40 vectors differ, by up to 0.51
# wrapped again: 0 of 40 vectors differ, by up to 2.9e-15
