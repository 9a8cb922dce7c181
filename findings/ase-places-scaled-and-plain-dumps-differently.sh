#!/usr/bin/env bash
# ASE 3.29: one frame of LAMMPS, dumped as x y z and as xs ys zs, is read at two places.
#
# Guess before running: the same positions, as both dumps describe the same atoms.
# Seen: where the box does not begin at 0, x y z keep the origin (11, 15 Å) and xs ys zs lose it
# (1, 5 Å). The origin is kept apart as celldisp, which extended XYZ does not store: written with
# ASE, the two files differ by the origin. In a slab that is not periodic along z the atoms of one
# of them lie outside the cell.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check ase==3.29.0 numpy==2.4.6
cat >run.py <<'PYTHON'
import ase
import ase.io

head = """ITEM: TIMESTEP
100
ITEM: NUMBER OF ATOMS
2
ITEM: BOX BOUNDS pp pp ff
10 20
10 20
10 20
ITEM: ATOMS id type """
open("plain.dump", "w").write(head + "x y z\n1 1 11 11 11\n2 2 15 15 15\n")
open("scaled.dump", "w").write(head + "xs ys zs\n1 1 0.1 0.1 0.1\n2 2 0.5 0.5 0.5\n")
print("ase", ase.__version__)
seen = {}
for name in "plain", "scaled":
    frame = ase.io.read(name + ".dump", format="lammps-dump-text")
    ase.io.write(name + ".extxyz", frame)
    text = open(name + ".extxyz").read()
    seen[name] = frame.positions[:, 0].tolist()
    print(name, seen[name], "celldisp", frame.get_celldisp().ravel().tolist(),
          "origin in extxyz:", "rigin" in text)
assert seen == {"plain": [11.0, 15.0], "scaled": [1.0, 5.0]}
PYTHON
v/bin/python run.py
# Output seen:
# ase 3.29.0
# plain [11.0, 15.0] celldisp [10.0, 10.0, 10.0] origin in extxyz: False
# scaled [1.0, 5.0] celldisp [10.0, 10.0, 10.0] origin in extxyz: False
