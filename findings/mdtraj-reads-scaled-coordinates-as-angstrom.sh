#!/usr/bin/env bash
# MDTraj 1.11 reads the scaled columns of a LAMMPS dump (xs ys zs) as if they were ångströms.
#
# Guess before running: an error, or positions of origin + xs·L.
# Seen: no error and no warning. An atom at half of a cell of 10 Å is read at 0.5 Å; the cell
# itself is right. Dumps of `dump atom`, which has scaled columns by default, are read that way.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check mdtraj==1.11.1.post2 numpy==2.4.6
cat >in.lammpstrj <<'DUMP'
ITEM: TIMESTEP
100
ITEM: NUMBER OF ATOMS
2
ITEM: BOX BOUNDS pp pp pp
0 10
0 10
0 10
ITEM: ATOMS id type xs ys zs
1 1 0.1 0.1 0.1
2 2 0.5 0.5 0.5
DUMP
cat >run.py <<'PYTHON'
import warnings

import mdtraj

topology = mdtraj.Topology()
residue = topology.add_residue("X", topology.add_chain())
for symbol in "OH":
    topology.add_atom(symbol, mdtraj.element.get_by_symbol(symbol), residue)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run = mdtraj.load("in.lammpstrj", top=topology)
print("mdtraj", mdtraj.__version__)
print("second atom, Å", (run.xyz[0, 1] * 10).round(6).tolist())
print("cell, Å", (run.unitcell_lengths[0] * 10).round(6).tolist())
print("warnings about it", [str(w.message) for w in caught if "scaled" in str(w.message)])
assert abs(run.xyz[0, 1] * 10 - 0.5).max() < 1e-5
assert abs(run.unitcell_lengths[0] * 10 - 10).max() < 1e-4
PYTHON
v/bin/python run.py
# Output seen:
# mdtraj 1.11.1.post2
# second atom, Å [0.5, 0.5, 0.5]
# cell, Å [10.0, 10.0, 10.0]
# warnings about it []
