#!/usr/bin/env bash
# MDTraj 1.11: the titles of a DCD file hold bytes of the writing process's memory.
#
# Guess before running: two titles of 80 characters, filled with zeros or spaces; two files of one
# trajectory are equal except for the date.
# Seen: after the end of the second title (“REMARKS Created …”, 42 characters and a zero) follow
# bytes that are neither zeros nor spaces: what happened to lie in memory, among them addresses that
# differ from run to run. Two runs of one program on one trajectory write files of other bytes, so
# checksums of such files do not identify data.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check mdtraj==1.11.1
cat >run.py <<'PYTHON'
import sys
import mdtraj
import numpy as np

top = mdtraj.Topology()
residue = top.add_residue("HOH", top.add_chain())
for name, symbol in (("O", "O"), ("H1", "H"), ("H2", "H")):
    top.add_atom(name, mdtraj.element.Element.getBySymbol(symbol), residue)
run = mdtraj.Trajectory(
    np.zeros((2, 3, 3)), top, unitcell_lengths=np.ones((2, 3)), unitcell_angles=np.full((2, 3), 90.0)
)
run.save_dcd(sys.argv[1])
PYTHON
for k in 1 2 3; do v/bin/python run.py "$k.dcd"; done
cat >show.py <<'PYTHON'
import mdtraj

titles = []
for k in (1, 2, 3):
    data = open(f"{k}.dcd", "rb").read()
    second = data[100 + 80 : 100 + 160]
    text, _, rest = second.partition(b"\0")
    print(text.decode(), "| then", rest.hex(" "))
    titles.append(rest)
print("MDTraj", mdtraj.__version__)
assert any(titles[0].strip(b"\0 ")), "only zeros and spaces"
assert len(set(titles)) > 1, "the same bytes each time"
PYTHON
v/bin/python show.py
# Output seen (the bytes differ from run to run):
# REMARKS Created 28 November, 2026 at 20:14 | then 31 48 7f 00 00 08 00 00 00 00 00 00 00 f8 6e …
# REMARKS Created 28 November, 2026 at 20:14 | then b5 f1 7f 00 00 08 00 00 00 00 00 00 00 f8 6e …
# REMARKS Created 28 November, 2026 at 20:14 | then ea c7 7f 00 00 08 00 00 00 00 00 00 00 f8 6e …
# MDTraj 1.11.1
