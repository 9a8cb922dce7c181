# /// script
# requires-python = ">=3.11"
# dependencies = ["MDAnalysis", "ase", "h5py", "matplotlib", "numpy", "ovito", "pandas"]
# ///
"""Runs the recipes of docs/python.md on the bundled trajectory, with the real packages.

    PATH=$PWD/.build/release:$PATH python Tests/Peers/check_python.py

Also checks that MDAnalysis reads results with a profile and regions: positions, cell, number of
frames, and the observables in `ts.data`. The recipes of OVITO are left out where it is not
installed. Ends with 1 if anything differs.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
warnings.filterwarnings("ignore")
ROOT = Path(__file__).resolve().parents[2]


def main():
    text = (ROOT / "docs/python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        water = ROOT / "Examples/water"
        run = lambda *words: subprocess.run(["verglas", *map(str, words)], check=True)  # noqa: E731
        run("analyze", water / "compress.lammpstrj.gz", "--types", "1=O,2=H", "--model",
            water / "M2-OH.safetensors", "--thermo", water / "compress.csv", "--rdf", "--order",
            "all", "--profile", "x", "--region", "left=x:0:10", "--frames", "::10", "--quiet",
            "--per-molecule", "probability,phase,position,order", "-o", "results.h5")
        run("export", "results.h5", "-o", "results.csv", "--quiet")
        run("export", "results.h5", "-o", "frames.extxyz", "--quiet")
        space = {}
        for block in blocks:
            if "ovito" in block and importlib.util.find_spec("ovito") is None:
                print("not run: OVITO is not installed")
                continue
            exec(compile(block, block.splitlines()[0], "exec"), space)
        bad = mdanalysis()
    print(f"{len(blocks)} recipes run, {bad} differences")
    return 1 if bad else 0


def mdanalysis():
    """Differences between what MDAnalysis reads and what the file holds."""
    import MDAnalysis

    with h5py.File("results.h5") as file:
        stored = file["particles/centers/position/value"][:]
        edges = file["particles/centers/box/edges/value"][:]
        counts = file["observables/M2-OH/phase_count/value"][:]
        universe = MDAnalysis.Universe.empty(stored.shape[1])
        universe.load_new("results.h5", format="H5MD", convert_units=False)
        bad = int(len(universe.trajectory) != len(stored))
        for step in universe.trajectory:
            k = step.frame
            bad += not np.array_equal(universe.atoms.positions, stored[k])
            bad += not np.allclose(step.dimensions[:3], np.diag(edges[k]))
            bad += not np.array_equal(step.data["M2-OH/phase_count"], counts[k])
    return bad


if __name__ == "__main__":
    sys.exit(main())
