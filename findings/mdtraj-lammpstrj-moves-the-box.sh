#!/usr/bin/env bash
# MDTraj 1.11: a LAMMPS dump that it writes has another box, other types and other steps.
#
# Guess before running: box from 0 to L, one type per element, steps from the times.
# Seen: the lower bound of the box is the smallest coordinate of the frame (1 Å here, for a cell
# from 0 to 30 Å), oxygen and hydrogen all have type 1, and TIMESTEP counts 0, 1, 2 … although the
# times are 10, 20 and 30 ps.
# Consequence: the origin moves from frame to frame, layer profiles along an axis with it, and
# neither the elements nor the steps of the run can be recovered from the file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check mdtraj==1.11.1.post2 numpy==2.4.6
cat >run.py <<'PYTHON'
import mdtraj
import numpy

topology = mdtraj.Topology()
residue = topology.add_residue("HOH", topology.add_chain())
for symbol in "OHH":
    topology.add_atom(symbol, mdtraj.element.get_by_symbol(symbol), residue)
nanometres = numpy.array([[[0.1, 0.1, 0.1], [0.2, 0.1, 0.1], [0.1, 0.2, 0.1]]] * 3, dtype="f4")
run = mdtraj.Trajectory(
    nanometres, topology, time=[10, 20, 30],
    unitcell_lengths=[[3, 3, 3]] * 3, unitcell_angles=[[90, 90, 90]] * 3)
run.save("out.lammpstrj")
lines = open("out.lammpstrj").read().splitlines()
print("mdtraj", mdtraj.__version__)
print("bounds", lines[5])
rows = [line.split() for line in lines[9:12]]
print("types", [row[1] for row in rows])
steps = [lines[k + 1] for k, line in enumerate(lines) if line == "ITEM: TIMESTEP"]
print("steps", steps)
assert [float(x) for x in lines[5].split()] == [1.0, 31.0]
assert [row[1] for row in rows] == ["1", "1", "1"]
assert steps == ["0", "1", "2"]
PYTHON
v/bin/python run.py
# Output seen:
# mdtraj 1.11.1.post2
# bounds 1.0 31.0
# types ['1', '1', '1']
# steps ['0', '1', '2']
