#!/usr/bin/env bash
# chemfiles 0.10: a trajectory without times gets the time 0 in every frame when it is converted.
#
# Guess before running: no time where the format can do without one; steps or frame numbers as
# times where it cannot.
# Seen: a LAMMPS dump with steps 100 and 200 becomes an XTC whose frames all have the time 0 ps,
# and back from there a dump that states ITEM: TIME 0 (and ITEM: UNITS real) in each frame: the
# missing time has become a statement. An extended XYZ file becomes an XTC with the frame's number
# as step and, again, the time 0 throughout.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check chemfiles==0.10.4 MDAnalysis==2.11.0 \
  numpy==2.4.6
cat >run.py <<'PYTHON'
import chemfiles
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

frame = """ITEM: TIMESTEP
%d
ITEM: NUMBER OF ATOMS
2
ITEM: BOX BOUNDS pp pp pp
0 10
0 10
0 10
ITEM: ATOMS id type x y z
1 1 1 1 1
2 2 5 5 5
"""
open("in.lammpstrj", "w").write(frame % 100 + frame % 200)
snapshot = '2\nLattice="10 0 0 0 10 0 0 0 10" Properties=species:S:1:pos:R:3\nO 1 1 1\nH 5 5 %d\n'
open("in.xyz", "w").write(snapshot % 5 + snapshot % 6)


def convert(source, target):
    with chemfiles.Trajectory(source) as reader, chemfiles.Trajectory(target, "w") as writer:
        for _ in range(reader.nsteps):
            writer.write(reader.read())


convert("in.lammpstrj", "dump.xtc")
convert("dump.xtc", "back.lammpstrj")
convert("in.xyz", "xyz.xtc")
dump = [(f.step, f.time) for f in XTCFile("dump.xtc")]
xyz = [(f.step, f.time) for f in XTCFile("xyz.xtc")]
back = open("back.lammpstrj").read().split("\n")
times = [back[k + 1] for k, line in enumerate(back) if line == "ITEM: TIME"]
print("chemfiles", chemfiles.__version__)
print("dump to xtc", dump)
print("and back", times)
print("xyz to xtc", xyz)
assert dump == [(100, 0.0), (200, 0.0)]
assert times == ["0", "0"]
assert xyz == [(0, 0.0), (1, 0.0)]
PYTHON
v/bin/python run.py
# Output seen:
# chemfiles 0.10.4
# dump to xtc [(100, 0.0), (200, 0.0)]
# and back ['0', '0']
# xyz to xtc [(0, 0.0), (1, 0.0)]
