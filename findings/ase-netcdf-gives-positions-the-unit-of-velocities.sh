#!/usr/bin/env bash
# ASE 3.29: in a NetCDF trajectory of atoms with velocities, the unit of the positions is
# Angstrom/Femtosecond, and the velocities have none.
#
# Guess before running: units as Amber's convention demands, angstrom for coordinates and
# angstrom/picosecond for velocities, whether atoms have velocities or not.
# Seen: with velocities, `coordinates` has the attribute units = Angstrom/Femtosecond and
# `velocities` has no attribute; the numbers are positions in Å. Without velocities the unit is
# Angstrom. A reader that believes the attribute cannot read the file; one that ignores it can.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check ase==3.29.0 netCDF4==1.7.5 numpy==2.4.6 \
  scipy==1.16.3 2>/dev/null ||
  v/bin/pip install --quiet --disable-pip-version-check ase==3.29.0 netCDF4 numpy scipy
cat >run.py <<'PYTHON'
import ase
import netCDF4
import numpy as np
from ase.io.netcdftrajectory import write_netcdftrajectory

atoms = ase.Atoms("OHH", positions=[(1, 1, 1), (2, 1, 1), (1, 2, 1)], cell=[9, 9, 9], pbc=True)
found = {}
for name in ("still", "moving"):
    if name == "moving":
        atoms.set_velocities(np.ones((3, 3)))
    write_netcdftrajectory(f"{name}.nc", [atoms, atoms])
    with netCDF4.Dataset(f"{name}.nc") as data:
        variable = data["coordinates"]
        own = data["velocities"].ncattrs() if "velocities" in data.variables else "no velocities"
        found[name] = variable.units
        print(name, variable.units, variable[0, 1].tolist(), "attributes of velocities:", own)
        assert np.allclose(variable[0], atoms.positions)
print("ASE", ase.__version__)
assert found == {"still": "Angstrom", "moving": "Angstrom/Femtosecond"}
PYTHON
v/bin/python run.py
# Output seen:
# still Angstrom [2.0, 1.0, 1.0] attributes of velocities: no velocities
# moving Angstrom/Femtosecond [2.0, 1.0, 1.0] attributes of velocities: []
# ASE 3.29.0
