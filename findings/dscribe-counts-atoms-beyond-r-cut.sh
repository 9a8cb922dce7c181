#!/usr/bin/env bash
# DScribe 2.1.2: atoms up to 1.86 Å beyond r_cut change a SOAP vector (r_cut = 6 Å, sigma = 0.5 Å).
#
# Guess before running: r_cut = 6 means that an atom at 6.1 Å has no influence.
# Seen: an atom counts while its Gaussian reaches back to r_cut with a thousandth of its height, up
# to r_cut + sigma·sqrt(−2·ln 0.001) = 7.858 Å, and then not at all: at 6.1 Å it changes the vector
# two thirds as much as at 5.9 Å. A neighbour list cut at r_cut gives other vectors.
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

soap = SOAP(species=["O"], r_cut=6, n_max=4, l_max=4, sigma=0.5, periodic=False)
alone = soap.create(Atoms("O", [[0, 0, 0]]), centers=[0])[0]
change = {}
for distance in (5.9, 6.1, 7.0, 7.85, 7.86, 8.0):
    pair = Atoms("O2", [[0, 0, 0], [distance, 0, 0]])
    change[distance] = np.abs(soap.create(pair, centers=[0])[0] - alone).max()
    print(f"second atom at {distance} Å: the vector changes by {change[distance]:.2g}")
assert 0.5 < change[6.1] / change[5.9] < 0.8
assert change[7.85] > 1e-5 and change[7.86] == 0 and change[8.0] == 0
PYTHON
# Output seen:
# second atom at 5.9 Å: the vector changes by 0.012
# second atom at 6.1 Å: the vector changes by 0.0081
# second atom at 7.0 Å: the vector changes by 0.001
# second atom at 7.85 Å: the vector changes by 0.00011
# second atom at 7.86 Å: the vector changes by 0
# second atom at 8.0 Å: the vector changes by 0
