#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10"]
# ///
"""The measurements of ci/bench --against: today's verglas (A) and an earlier build (B) alternately
on one core.

Run by ci/bench, which builds both. Where A computes observables by default that B does not have,
a third series, "A, same work", runs A without them.
"""

import argparse
import os
import pathlib
import subprocess

import h5py

from speed import STAGES, WATER, network_flop, plain_copy, run, spread

# Options of later versions that leave out what earlier ones do not compute.
LATER = {"--structure": ["--structure", "none"], "--no-guard": ["--no-guard"]}


def command(program, options, trajectory, model, output):
    return [
        *("taskset", "-c", str(options.core), "timeout", "-k", "10", "600"),
        *(str(program), "analyze", str(trajectory), "--types", "1=O,2=H"),
        *("--model", str(WATER / f"{model}.safetensors"), "--profile", "x"),
        *("-o", str(output), "--overwrite", "--quiet"),
    ]


def measure(program, more, options, trajectory, model):
    """µs per molecule of each stage and of the loop, and CPU time less that of one frame."""
    output = options.scratch / "against.h5"
    line = command(program, options, trajectory, model, output) + more
    silent = {"stderr": subprocess.DEVNULL}
    _, start = run(line + ["--frames", "0:1"], **silent)
    _, cpu = run(line, **silent)
    with h5py.File(output) as file:
        molecules = int(file["timings/molecules"][:].sum())
        frames = file["verglas/done"].shape[0]
        times = {
            stage: float(file[f"timings/{stage}"][0]) / molecules * 1e6
            for stage in STAGES
            if f"timings/{stage}" in file
        }
    # The start contains one frame, so the difference is the time of the others.
    times["CPU time"] = (cpu - start) / (molecules * (frames - 1) / frames) * 1e6
    times["start, ms"] = start * 1e3
    return times


def same_work(now, before):
    """Options of A for observables that B does not have."""

    def knows(program):
        return subprocess.run(
            [program, "analyze", "--help"], capture_output=True, text=True, check=False
        ).stdout

    new, old = knows(now), knows(before)
    return [
        word for name, words in LATER.items() if name in new and name not in old for word in words
    ]


def compare(model, options, trajectory):
    fewer = same_work(options.now, options.before)
    series = {"B": (options.before, []), "A": (options.now, options.option)}
    if fewer:
        series["A, same work"] = (options.now, options.option + fewer)
    found = {name: [] for name in series}
    for turn in range(options.rounds):
        for name, (program, more) in series.items():
            found[name].append(measure(program, more, options, trajectory, model))
        print(f"  {model} round {turn + 1}: load {os.getloadavg()[0]:.1f}", flush=True)

    rows = [*STAGES, "CPU time", "start, ms"]
    heading = "".join(f"{name:>18}" for name in series)
    print(f"\n{model}: µs per molecule, minima of {options.rounds} rounds, ratio to B")
    print(f"  {'':<14}{heading}")
    for row in rows:
        least = {name: min(r.get(row, 0) for r in found[name]) for name in series}
        if max(least.values()) == 0:
            continue
        text = f"  {row:<14}"
        for name, value in least.items():
            ratio = f"{value / least['B']:.2f}" if name != "B" and least["B"] > 0 else ""
            text += f"{value:12.3f}{ratio:>6}"
        print(text)
    noise = spread([r["CPU time"] for r in found["A"]])
    peak = max(float(p) for p in options.peaks)
    rate = network_flop(model) / min(r["network"] for r in found["A"]) / 1e3
    print(
        f"  CPU time of A varies by {noise or '+0 %'}; network of A: {rate:.0f} GFLOP/s, "
        f"{rate / peak * 100:.0f} % of the FMA peak ({peak:.0f})"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--now", required=True, help="program A")
    parser.add_argument("--before", required=True, help="program B")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each program (5)")
    parser.add_argument("--frames", type=int, default=100, help="frames of the bundled file (100)")
    parser.add_argument(
        "--option", action="append", default=[], help="option of A, e.g. --option=--network=int8"
    )
    parser.add_argument(
        "--core", type=int, default=max(os.sched_getaffinity(0)), help="the core of all runs"
    )
    parser.add_argument("--scratch", type=pathlib.Path, required=True, help="temporary folder")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"ci/bench: the machine is busy (load {load:.1f}): use the ratios of minima only")
    if options.frames < 2:
        raise SystemExit("ci/bench: --frames: expected at least 2")
    trajectory = options.scratch / "compress.lammpstrj"
    plain_copy(WATER / "compress.lammpstrj.gz", trajectory, options.frames)
    peak = ["taskset", "-c", str(options.core), str(options.scratch / "peak"), "0.5"]
    options.peaks = [
        subprocess.check_output(peak, text=True).split()[0] for _ in range(options.rounds)
    ]
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    print(f"processor: {names[0] if names else 'unknown'}; A: {options.now}; B: {options.before}")
    for model in ("M2-O", "M2-OH"):
        compare(model, options, trajectory)


if __name__ == "__main__":
    main()
