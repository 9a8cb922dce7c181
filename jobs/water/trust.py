#!/usr/bin/env python3
"""A table as in docs/when-not-to-trust.md: models on trajectories they were not trained on.

    jobs/water/trust.py --verglas PROGRAM --model MODEL [--model …] [--types 1=O,2=H]
                        KIND=FILE[,FILE…] [KIND=…]

For each kind of water and each model: the fraction of molecules that the network alone puts in a
class with p > 0.95, the fraction that the guard recognises as foreign, the least and the largest
familiarity of a frame, and how many frames have a warning; as Markdown on standard output. Needs
h5py and NumPy.
"""

import argparse
import glob
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np


def analyse(options: argparse.Namespace, file: str, folder: Path) -> Path:
    """Results of one trajectory by all models."""
    results = folder / "results.h5"
    command = [options.verglas, "analyze", file, "--overwrite", "--quiet", "-o", str(results)]
    if options.types:
        command += ["--types", options.types]
    for model in options.model:
        command += ["--model", model]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"trust.py: {' '.join(command)}\n{done.stderr}")
    return results


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--verglas", default="verglas")
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--types", default="1=O,2=H")
    parser.add_argument("kind", nargs="+", metavar="KIND=FILE,…")
    options = parser.parse_args()
    rows: dict[str, dict[str, list]] = {}
    with tempfile.TemporaryDirectory() as name:
        for kind, patterns in (text.split("=", 1) for text in options.kind):
            files = [f for pattern in patterns.split(",") for f in sorted(glob.glob(pattern))]
            if not files:
                sys.exit(f"trust.py: {kind}: no file matches {patterns}")
            for file in files:
                with h5py.File(analyse(options, file, Path(name))) as results:
                    for model, group in results["observables"].items():
                        if "familiarity" in group:
                            add(rows.setdefault(kind, {}).setdefault(model, []), results, model)
    print("| kind | model | confident without the guard | unfamiliar | familiarity | warned |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, models in rows.items():
        for model, frames in models.items():
            table = np.array(frames)
            confident, foreign, familiar, warned = table.T
            print(
                f"| {kind} | {model} | {confident.mean():.3f} | {foreign.mean():.3f} "
                f"({foreign.min():.3f}–{foreign.max():.3f}) | "
                f"{familiar.min():.2f}–{familiar.max():.2f} | {int(warned.sum())} of {len(warned)} |"
            )


def add(frames: list, results: h5py.File, model: str) -> None:
    """Adds a row for each frame: the fractions, the familiarity, whether it has a warning."""
    group = results["observables"][model]
    probabilities = results[f"particles/centers/{model}/probability/value"][:]
    molecules = probabilities.shape[1]
    confident = (probabilities.max(axis=2) > 0.95).mean(axis=1)
    foreign = group["unfamiliar_count/value"][:] / molecules
    for row in zip(
        confident, foreign, group["familiarity/value"][:], group["familiarity_warning/value"][:]
    ):
        frames.append(row)


if __name__ == "__main__":
    main()
