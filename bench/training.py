#!/usr/bin/env python3
"""Speed of verglas train and evaluate compared with PyTorch and NumPy, alternately on the same
cores; run by `ci/bench --training`.

    training.py --scratch DIR --peer-python PYTHON [--rounds N]

On a dataset of artificial features (36 000 training rows of 546) one and two ranks train for a few
epochs, and a smaller dataset is evaluated; PyTorch trains an epoch of the same size, NumPy shuffles
features of the same rows. The minimum of all rounds is reported; both run on one core each, pinned
to the same core if only one is used. Nothing else should run at the same time.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import time

import h5py
import numpy as np

from speed import RANK

FEATURES = 546


def dataset(path, training, other, features=FEATURES):
    """A dataset.h5 of two classes whose features are noise about different means; with the layout
    of verglas sample."""
    random = np.random.default_rng(1)
    rows = training + 2 * other
    label = np.repeat(np.arange(2, dtype="u1"), rows // 2)
    split = np.tile(np.repeat(np.arange(3, dtype="u1"), [training // 2, other // 2, other // 2]), 2)
    for part in np.split(split, 2):
        random.shuffle(part)
    species, n_max, l_max = ["H", "O"], 6, 6
    names = []
    for a, b in (("H", "H"), ("H", "O"), ("O", "O")):
        for l in range(l_max + 1):
            for n in range(1, n_max + 1):
                for m in range(n if a == b else 1, n_max + 1):
                    names.append(f"{b}{a}_{n}{m}{l}" if a == b else f"{b}{a}_{m}{n}{l}")
    with h5py.File(path, "w") as file:
        values = file.create_dataset("dataset/features", (rows, features), "f8")
        for start in range(0, rows, 4096):
            part = label[start : start + 4096]
            values[start : start + 4096] = (
                random.standard_normal((len(part), features)) + 0.05 * part[:, None]
            )
        file.create_dataset(
            "dataset/label", data=label, dtype=h5py.enum_dtype({"a": 0, "b": 1}, "u1")
        )
        file.create_dataset(
            "dataset/split",
            data=split,
            dtype=h5py.enum_dtype({"train": 0, "validation": 1, "test": 2}, "u1"),
        )
        # Every class comes from a file of its own, in frames of 100 environments.
        file.create_dataset("dataset/file", data=label.astype("i4"))
        file.create_dataset("dataset/frame", data=np.tile(np.arange(rows // 2) // 100, 2))
        file.create_dataset("dataset/files", data=np.array(["a.xyz", "b.xyz"], "S8"))
        file.create_dataset("dataset/feature_names", data=np.array(names, "S8"))
        file["dataset"].attrs.update(
            {
                "format": "verglas-dataset",
                "format_version": 1,
                "version": "bench",
                "command_line": "ci/bench --training",
                "classes": ["a", "b"],
                "species": species,
                "center": "O",
                "r_cut": 6.0,
                "n_max": n_max,
                "l_max": l_max,
                "sigma": 0.5,
                "blocks": ["HH", "OH", "OO"],
                "split_by": "environment",
            }
        )


def run(command, **more):
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )
    if done.returncode:
        raise SystemExit(f"ci/bench: {' '.join(map(str, command))} failed:\n{done.stderr}")
    return done


def epoch(ranks, data, scratch, core):
    """Minimum time of five epochs, including validation and exchange."""
    command = [
        "verglas",
        "train",
        data,
        "-o",
        scratch / "bench.safetensors",
        "--overwrite",
        "--max-epochs",
        "5",
        "--patience",
        "5",
    ]
    command = (
        ["taskset", "-c", str(core), *command]
        if ranks == 1
        else ["mpirun", "-n", str(ranks), *command]
    )
    lines = [line for line in run(list(map(str, command))).stderr.splitlines() if "epoch" in line]
    return min(float(re.search(r" (\d+\.\d+) s  ", line).group(1)) for line in lines)


def importance(ranks, model, data, scratch, core):
    """Seconds per feature of verglas evaluate: the difference from a run without importance."""

    def seconds(repeats):
        command = [
            "verglas",
            "evaluate",
            model,
            data,
            "-o",
            scratch / "bench-evaluation.h5",
            "--overwrite",
            "--quiet",
            "--repeats",
            repeats,
        ]
        command = (
            ["taskset", "-c", str(core), *command]
            if ranks == 1
            else ["mpirun", "-n", str(ranks), *command]
        )
        begin = time.perf_counter()
        run(list(map(str, command)))
        return time.perf_counter() - begin

    return (seconds(10) - seconds(0)) / FEATURES


def peak(ranks, data, scratch):
    """Largest memory of a rank in an epoch, MB."""
    command = [
        "mpirun",
        "-n",
        ranks,
        "python3",
        "-I",
        "-S",
        "-c",
        RANK,
        "verglas",
        "train",
        data,
        "-o",
        scratch / "bench.safetensors",
        "--overwrite",
        "--max-epochs",
        "1",
        "--quiet",
    ]
    return (
        max(
            int(line.split()[1])
            for line in run(list(map(str, command))).stdout.splitlines()
            if line.startswith("PEAK")
        )
        / 1024
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program (3)")
    parser.add_argument("--rows", type=int, default=36000, help="training rows (36000)")
    parser.add_argument(
        "--judged", type=int, default=2400, help="rows that importance is measured on (2400)"
    )
    parser.add_argument(
        "--core",
        type=int,
        default=max(os.sched_getaffinity(0)),
        help="the core of runs on one core",
    )
    parser.add_argument(
        "--scratch", type=pathlib.Path, required=True, help="folder for files of the moment"
    )
    parser.add_argument("--peer-python", required=True, help="Python with PyTorch")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(
            f"ci/bench: the machine is busy (load {load:.1f}): read ratios and minima, not the figures themselves"
        )
    data, small = options.scratch / "training.h5", options.scratch / "judged.h5"
    dataset(data, options.rows, 2400)
    dataset(small, 1200, options.judged)
    model = options.scratch / "judged.safetensors"
    run(
        [
            "verglas",
            "train",
            str(small),
            "-o",
            str(model),
            "--max-epochs",
            "2",
            "--quiet",
            "--overwrite",
        ]
    )
    peer = [
        "taskset",
        "-c",
        str(options.core),
        options.peer_python,
        str(pathlib.Path(__file__).with_name("peer_training.py")),
    ]
    cores = len(os.sched_getaffinity(0))
    figures = {
        name: []
        for name in (
            "epoch",
            "epoch of PyTorch",
            "epoch on 2 ranks",
            "importance",
            "importance by NumPy",
            "importance on 2 ranks",
        )
    }
    for _ in range(options.rounds):
        figures["epoch"].append(epoch(1, data, options.scratch, options.core))
        figures["epoch of PyTorch"].append(
            json.loads(run(peer + ["epoch", "--rows", str(options.rows)]).stdout)["seconds"]
        )
        figures["importance"].append(importance(1, model, small, options.scratch, options.core))
        figures["importance by NumPy"].append(
            json.loads(run(peer + ["importance", "--rows", str(options.judged)]).stdout)["seconds"]
        )
        if cores > 1:
            figures["epoch on 2 ranks"].append(epoch(2, data, options.scratch, options.core))
            figures["importance on 2 ranks"].append(
                importance(2, model, small, options.scratch, options.core)
            )
    print(
        f"\n{options.rows} × {FEATURES} training rows, 546-600-600-2, batch 256, seconds an epoch; {options.judged} rows judged, 10 repeats, seconds a feature"
    )
    for name, values in figures.items():
        if values:
            print(
                f"{name:<26}{min(values):10.4f} s   spread {100 * (max(values) / min(values) - 1):3.0f} %"
            )
    print(
        "peak memory of a rank: "
        + ", ".join(
            f"{peak(ranks, data, options.scratch):.0f} MB on {ranks}" for ranks in (1, 2, 4)
        )
        + " ranks"
    )
    least = {name: min(values) for name, values in figures.items() if values}
    goals = [
        ("epoch: verglas / PyTorch", least["epoch"] / least["epoch of PyTorch"], "≤", 0.25),
        (
            "importance: NumPy / verglas",
            least["importance by NumPy"] / least["importance"],
            "≥",
            1.7,
        ),
    ]
    if cores > 1:
        goals += [
            ("epoch: 1 rank / 2 ranks", least["epoch"] / least["epoch on 2 ranks"], "≥", 1.8),
            (
                "importance: 1 rank / 2 ranks",
                least["importance"] / least["importance on 2 ranks"],
                "≥",
                1.8,
            ),
        ]
    else:
        print("one core only: 2 ranks are not measured")
    print()
    for name, ratio, sign, goal in goals:
        reached = ratio <= goal if sign == "≤" else ratio >= goal
        print(
            f"{name:<30}{ratio:6.2f}×   goal {sign} {goal}×  {'reached' if reached else 'NOT reached'}"
        )


if __name__ == "__main__":
    main()
