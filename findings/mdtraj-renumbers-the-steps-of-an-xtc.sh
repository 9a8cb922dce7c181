#!/usr/bin/env bash
# MDTraj 1.11: an XTC or TRR file that is loaded and saved again has other MD steps.
#
# Guess before running: steps and times are kept, as both are fields of every frame.
# Seen: the times are kept, the steps become 0, 1, 2 … . Tables that are joined by MD step
# (pressure of an energy file) then meet other frames, without an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check mdtraj==1.11.1.post2 \
  MDAnalysis==2.11.0 numpy==2.4.6
cat >run.py <<'PYTHON'
import mdtraj
import numpy
from MDAnalysis.lib.formats.libmdaxdr import TRRFile, XTCFile

positions = numpy.array([[0.1, 0.1, 0.1], [0.5, 0.5, 0.5]], dtype="f4")
with XTCFile("in.xtc", "w") as file:
    for k in range(3):
        file.write(positions, numpy.eye(3, dtype="f4") * 3, 500 * k, 1.0 * k, 1000)
topology = mdtraj.Topology()
residue = topology.add_residue("X", topology.add_chain())
for symbol in "OH":
    topology.add_atom(symbol, mdtraj.element.get_by_symbol(symbol), residue)
run = mdtraj.load("in.xtc", top=topology)
run.save("out.xtc")
run.save("out.trr")
print("mdtraj", mdtraj.__version__)
print("in ", [(f.step, f.time) for f in XTCFile("in.xtc")])
xtc = [(f.step, f.time) for f in XTCFile("out.xtc")]
trr = [(f.step, f.time) for f in TRRFile("out.trr")]
print("xtc", xtc)
print("trr", trr)
assert xtc == trr == [(0, 0.0), (1, 1.0), (2, 2.0)]
PYTHON
v/bin/python run.py
# Output seen:
# mdtraj 1.11.1.post2
# in  [(0, 0.0), (500, 1.0), (1000, 2.0)]
# xtc [(0, 0.0), (1, 1.0), (2, 2.0)]
# trr [(0, 0.0), (1, 1.0), (2, 2.0)]
