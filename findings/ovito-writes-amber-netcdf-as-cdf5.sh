#!/usr/bin/env bash
# OVITO 3.17 writes Amber NetCDF files in the CDF-5 variant, which readers of the convention refuse.
#
# Guess before running: classic or 64-bit-offset NetCDF (CDF-1, CDF-2), which the Amber convention
# names, readable by MDAnalysis; the time of the frame in the variable time.
# Seen: the file begins with "CDF\5"; SciPy's reader of NetCDF, on which MDAnalysis builds, raises
# an error, while netCDF4 reads it. The variable time is 0 although the frame's time is 2.5 (that
# stands in a variable Time beside it), and coordinates carry no unit.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check ovito==3.17.2 scipy==1.17.1 \
  netCDF4==1.7.5.1.post1 numpy==2.4.6
cat >run.py <<'PYTHON'
import netCDF4
import ovito
from ovito.io import export_file, import_file
from scipy.io import netcdf_file

open("in.extxyz", "w").write(
    '2\nLattice="10 0 0 0 10 0 0 0 10" Properties=species:S:1:pos:R:3 Time=2.5 Timestep=700\n'
    "O 1 1 1\nH 5 5 5\n")
columns = ["Particle Type", "Position.X", "Position.Y", "Position.Z"]
export_file(import_file("in.extxyz"), "out.nc", "netcdf/amber", columns=columns)
print("ovito", ovito.version_string)
magic = open("out.nc", "rb").read(4)
print("begins with", magic)
try:
    netcdf_file("out.nc", "r", mmap=False)
    refused = False
except Exception as error:
    refused = True
    print("SciPy:", type(error).__name__)
data = netCDF4.Dataset("out.nc")
print("time", data["time"][:].tolist(), "Time", data["Time"][:].tolist())
print("unit of coordinates", getattr(data["coordinates"], "units", None))
assert magic == b"CDF\x05" and refused
assert data["time"][:].tolist() == [0.0] and data["Time"][:].tolist() == [2.5]
assert getattr(data["coordinates"], "units", None) is None
PYTHON
v/bin/python run.py
# Output seen:
# ovito 3.17.2
# begins with b'CDF\x05'
# SciPy: ValueError
# time [0.0] Time [2.5]
# unit of coordinates None
