#!/usr/bin/env python3
"""The tables of docs/when-not-to-trust.md: models on trajectories they were not trained on.

    jobs/water/trust.py --verglas PROGRAM --model MODEL [--model …] [--types 1=O,2=H] [--curve]
                        [--glass KIND=FILE[,FILE…]] KIND=FILE[,FILE…] [KIND=…]

For each kind of water and each model: the fraction of molecules that the network alone puts in a
class with p > 0.95, the fraction that the guard recognises as foreign, the least and the largest
familiarity of a frame, and how many frames are warned of; as Markdown on standard output. Kinds
that the classes of the models describe, such as glasses of other simulations, are given by --glass.

With --curve also two trade-offs between both sorts of water: for several thresholds of the guard,
the molecules of glasses that are flagged and those of foreign water that are missed; and for
several limits of the familiarity, the frames below them. Kinds whose name ends in “(not in
training)” have a column of their own. Kinds of --glass whose name has the name of a class give the
accuracy of the most probable class, of all molecules and of those that the guard leaves. Needs h5py
and NumPy.
"""

import argparse
import glob
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

THRESHOLDS = [0.05, 0.2, 0.5, 0.8, 0.95]
LIMITS = [0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4]
UNKNOWN = "(not in training)"


def analyse(options: argparse.Namespace, file: str, models: list[str], folder: Path) -> Path:
    """Results of one trajectory by all models."""
    results = folder / "results.h5"
    command = [options.verglas, "analyze", file, "--overwrite", "--quiet", "-o", str(results)]
    if options.types and ".lammpstrj" in file:
        command += ["--types", options.types]
    for model in models:
        command += ["--model", model]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"trust.py: {' '.join(command)}\n{done.stderr}")
    return results


def with_threshold(model: str, threshold: float, folder: Path) -> str:
    """A copy of a model whose guard has another threshold, which its name states."""
    data = Path(model).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    facts = header["__metadata__"]
    name = f"{facts.get('name', Path(model).stem)}@{threshold}"
    facts["name"], facts["guard.threshold"] = name, str(threshold)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = folder / f"{name}.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    return str(path)


def accuracy_of(results: h5py.File, model: str, kind: str) -> np.ndarray | None:
    """Molecules, right ones, familiar ones, right and familiar ones; None without a class."""
    probabilities = results[f"particles/centers/{model}/probability/value"][:]
    classes = list(results["observables"][model].attrs["classes"])[: probabilities.shape[2]]
    named = [k for k, name in enumerate(classes) if name in kind.replace(",", " ").split()]
    if len(named) != 1:
        return None
    right = probabilities.argmax(axis=2) == named[0]
    familiar = results[f"particles/centers/{model}/phase/value"][:] <= len(classes)
    return np.array([right.size, right.sum(), familiar.sum(), (right & familiar).sum()])


def frames_of(results: h5py.File, model: str) -> list:
    """A row for each frame: the fractions, the familiarity, whether it was warned of."""
    group = results["observables"][model]
    probabilities = results[f"particles/centers/{model}/probability/value"][:]
    molecules = probabilities.shape[1]
    confident = (probabilities.max(axis=2) > 0.95).mean(axis=1)
    foreign = group["unfamiliar_count/value"][:] / molecules
    warned = group["familiarity_warning/value"][:]
    return list(zip(confident, foreign, group["familiarity/value"][:], warned))


def print_table(kinds: dict) -> None:
    """A row for each kind and model."""
    print("| kind | model | confident without the guard | unfamiliar | familiarity | warned |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, models in kinds.items():
        for model, frames in models.items():
            if "@" in model:
                continue
            confident, foreign, familiar, warned = np.array(frames).T
            print(
                f"| {kind} | {model} | {confident.mean():.3f} | {foreign.mean():.3f} "
                f"({foreign.min():.3f}–{foreign.max():.3f}) | "
                f"{familiar.min():.2f}–{familiar.max():.2f} | {int(warned.sum())} of {len(warned)} |"
            )


def print_curves(kinds: dict, glasses: set[str]) -> None:
    """Both trade-offs, over all models together."""

    def rows(wanted: str, chosen) -> np.ndarray:
        sort = {k: 0 if k in glasses else 2 if k.endswith(UNKNOWN) else 1 for k in kinds}
        number = ("glasses", "foreign", "unknown").index(wanted)
        return np.array(
            [row for k in kinds if sort[k] == number
             for model, frames in kinds[k].items() if chosen(model) for row in frames]
        ).reshape(-1, 4)

    print("\n| threshold | glass flagged | worst frame of glass | foreign water missed |")
    print("| --- | --- | --- | --- |")
    for threshold in THRESHOLDS:
        glass, foreign = (
            rows(sort, lambda model, t=threshold: model.endswith(f"@{t}"))[:, 1]
            for sort in ("glasses", "foreign")
        )
        print(
            f"| {threshold:.2f} | {glass.mean():.4f} | {glass.max():.3f} "
            f"| {1 - foreign.mean():.4f} |"
        )
    print("\n| limit | other glasses | foreign water in training | foreign water not in training |")
    print("| --- | --- | --- | --- |")
    for limit in LIMITS:
        cells = []
        for sort in ("glasses", "foreign", "unknown"):
            unlike = 1 - rows(sort, lambda model: "@" not in model)[:, 2]
            cells.append(f"{int((unlike > limit).sum())} of {len(unlike)}")
        print(f"| {100 * limit:.0f} % | {' | '.join(cells)} |")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--verglas", default="verglas")
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--types", default="1=O,2=H")
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--glass", action="append", default=[], metavar="KIND=FILE,…")
    parser.add_argument("kind", nargs="*", metavar="KIND=FILE,…")
    options = parser.parse_args()
    kinds: dict[str, dict[str, list]] = {}
    accuracy: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        glasses = {text.split("=", 1)[0] for text in options.glass}
        models = list(options.model)
        if options.curve:
            models += [with_threshold(m, t, folder) for m in options.model for t in THRESHOLDS]
        for kind, patterns in (text.split("=", 1) for text in options.kind + options.glass):
            files = [f for pattern in patterns.split(",") for f in sorted(glob.glob(pattern))]
            if not files:
                sys.exit(f"trust.py: {kind}: no file matches {patterns}")
            for file in files:
                with h5py.File(analyse(options, file, models, folder)) as results:
                    for model, group in results["observables"].items():
                        if "familiarity" in group:
                            own = kinds.setdefault(kind, {}).setdefault(model, [])
                            own += frames_of(results, model)
                            counts = accuracy_of(results, model, kind) if kind in glasses else None
                            if counts is not None and "@" not in model:
                                accuracy[model] = accuracy.get(model, 0) + counts
    print_table(kinds)
    if options.curve:
        print_curves(kinds, glasses)
    if accuracy:
        print("\n| model | accuracy without the guard | of familiar molecules | unfamiliar |")
        print("| --- | --- | --- | --- |")
    for model, (all_, right, familiar, both) in accuracy.items():
        print(
            f"| {model} | {right / all_:.4f} | {both / familiar:.4f} | {1 - familiar / all_:.4f} |"
        )


if __name__ == "__main__":
    main()
