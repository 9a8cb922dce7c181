#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10"]
# ///
"""The measurements of ci/bench: verglas and the Python pipeline alternately on one core, then
startup and memory on two ranks.

Run by ci/bench, which builds verglas, puts it on PATH and creates the Python environment.
"""

import argparse
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import time

import h5py
import numpy as np

WATER = pathlib.Path("Examples/water")
# Starts a rank and prints its peak resident memory. Linux includes the memory of the parent before
# exec, so the parent must be small.
RANK = "import os,sys; p=os.spawnvp(os.P_NOWAIT,sys.argv[1],sys.argv[1:]); _,s,u=os.wait4(p,0); print('PEAK',u.ru_maxrss); sys.exit(os.waitstatus_to_exitcode(s))"
STAGES = (
    "read",
    "exchange",
    "neighbours",
    "soap",
    "network",
    "clusters",
    "profile",
    "write",
    "wait",
)


def run(command, **more):
    """Runs a command; returns (wall seconds, CPU seconds)."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **more)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(
            f"ci/bench: {' '.join(map(str, command))} ended with code {child.returncode}"
        )
    return wall, usage.ru_utime + usage.ru_stime


def plain_copy(source, target, frames):
    """Writes the first frames of a gzipped dump as plain text; returns their number."""
    count = 0
    with gzip.open(source, "rt") as lines, open(target, "w") as out:
        for line in lines:
            if line.startswith("ITEM: TIMESTEP"):
                if count == frames:
                    break
                count += 1
            out.write(line)
    return count


def verglas(core, trajectory, model, output):
    command = [
        "taskset",
        "-c",
        str(core),
        "timeout",
        "-k",
        "10",
        "600",
        "verglas",
        "analyze",
        str(trajectory),
        "--types",
        "1=O,2=H",
        "--model",
        str(WATER / f"{model}.safetensors"),
        "--profile",
        "x",
        "-o",
        str(output),
        "--overwrite",
        "--quiet",
    ]
    wall, cpu = run(command)
    with h5py.File(output) as file:
        seconds = {stage: float(file[f"timings/{stage}"][0]) for stage in STAGES}
        return {
            "seconds": seconds,
            "loop": float(file["timings/elapsed"][0]),
            "wall": wall,
            "cpu": cpu,
            "molecules": int(file["timings/molecules"][:].sum()),
        }


def peer(core, python, trajectory, model, output):
    log = output.with_suffix(".json")
    with open(log, "w") as out:
        wall, cpu = run(
            [
                "taskset",
                "-c",
                str(core),
                "timeout",
                "-k",
                "10",
                "900",
                python,
                "bench/peer_pipeline.py",
                str(trajectory),
                str(WATER / f"{model}.safetensors"),
                str(output),
            ],
            stdout=out,
        )
    return {**json.loads(log.read_text().splitlines()[-1]), "wall": wall, "cpu": cpu}


def agreement(ours, theirs, model):
    """Whether the two did the same work: largest difference of a probability, labels that differ,
    cluster counts that differ."""
    with h5py.File(ours) as a, h5py.File(theirs) as b:
        p = np.abs(a[f"particles/centers/{model}/probability/value"][:] - b["probability"][:]).max()
        x, y = a[f"particles/centers/{model}/phase/value"][:], b["phase"][:]
        c, d = a[f"particles/centers/{model}/cluster/value"][:], b["cluster"][:]
        s = (a[f"observables/{model}/intermediate_count/value"][:, 0] != b["split"][:]).any(1).sum()
        return f"largest |Δp| {p:.1e}; of {x.size} molecules {(x != y).sum()} labels and {(c != d).sum()} clusters differ; IA split differs in {s} frames (MDAnalysis has positions in single precision)"


def soap_flop(model, neighbours):
    """The minimum arithmetic for one centre: radial functions by cubic polynomials, harmonics,
    their products summed over the neighbours, and the power spectrum."""
    n, l = (8, 8) if model.endswith("-O") else (6, 6)
    features = 324 if model.endswith("-O") else 546
    return neighbours * (
        2 * n * (l + 1) ** 2 + 6 * n * (l + 1) + 4 * (l + 1) ** 2
    ) + 2 * features * (l + 1)


def network_flop(model):
    return 2 * ((324 if model.endswith("-O") else 546) * 600 + 600 * 600 + 600 * 2)


def spread(values):
    return f"+{(max(values) / min(values) - 1) * 100:.0f} %" if min(values) > 0 else ""


def compare(model, options, trajectory, frames):
    scratch, core = options.scratch, options.core
    peaks, ours, theirs = [], [], []
    for turn in range(options.rounds):
        peaks.append(
            subprocess.check_output(
                ["taskset", "-c", str(core), str(scratch / "peak"), "0.5"], text=True
            ).split()
        )
        ours.append(verglas(core, trajectory, model, scratch / "ours.h5"))
        theirs.append(peer(core, options.peer_python, trajectory, model, scratch / "theirs.h5"))
        print(
            f"  {model} round {turn + 1}: verglas {ours[-1]['loop']:.2f} s, peer {theirs[-1]['loop']:.2f} s, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    peak, bits = max(float(p[0]) for p in peaks), int(peaks[0][1])
    molecules = ours[0]["molecules"]
    assert molecules == theirs[0]["molecules"], "the two saw different frames"

    def each(runs, stage):
        return [r["seconds"].get(stage, 0) / molecules * 1e6 for r in runs]

    def total(runs, key):
        return [r[key] / molecules * 1e6 for r in runs]

    print(
        f"\n{model}, {frames} frames, {molecules} molecules, one core, FMA peak {peak:.0f} GFLOP/s ({bits}-bit vectors)"
    )
    print(f"  {agreement(scratch / 'ours.h5', scratch / 'theirs.h5', model)}")
    print(
        f"  {'µs per molecule':<18}{'verglas':>9}{'spread':>9}{'peer':>9}{'spread':>9}{'ratio':>9}"
    )
    for stage in STAGES:
        a, b = each(ours, stage), each(theirs, stage)
        if max(a) == 0 and max(b) == 0:
            continue
        note = "   (inside DScribe)" if stage == "neighbours" else ""
        ratio = f"{min(b) / min(a):8.1f}×" if min(a) > 0 and min(b) > 0 else ""
        print(
            f"  {stage:<18}{min(a):9.3f}{spread(a):>9}{f'{min(b):9.2f}' if max(b) > 0 else '':>9}{spread(b) if max(b) > 0 else '':>9}{ratio:>9}{note}"
        )
    a, b = total(ours, "loop"), total(theirs, "loop")
    print(
        f"  {'whole loop':<18}{min(a):9.3f}{spread(a):>9}{min(b):9.2f}{spread(b):>9}{min(b) / min(a):8.1f}×"
    )
    c, d = total(ours, "cpu"), total(theirs, "cpu")
    print(
        f"  {'process CPU time':<18}{min(c):9.3f}{spread(c):>9}{min(d):9.2f}{spread(d):>9}{min(d) / min(c):8.1f}×   (start and imports included)"
    )
    stages = {s: min(each(ours, s)) for s in STAGES}
    named = sum(stages.values())
    describing = [x + y for x, y in zip(each(ours, "soap"), each(ours, "neighbours"))]
    neighbours = theirs[0]["neighbours"]
    floor = soap_flop(model, neighbours)
    rest = [1 - (r["seconds"]["soap"] + r["seconds"]["network"]) / r["loop"] for r in ours]
    print(
        f"  network: {network_flop(model) / 1e6:.3f} MFLOP a molecule at {network_flop(model) / stages['network'] / 1e3:.0f} GFLOP/s, "
        f"{network_flop(model) / stages['network'] / 10 / peak:.1f} % of the peak (goal ≥ 90 %)"
    )
    print(
        f"  soap: {neighbours:.0f} atoms in a sphere, {floor / 1e3:.0f} kFLOP a centre at the least: {floor / stages['soap'] / 10 / peak:.1f} % of the peak "
        f"(with neighbours {floor / min(describing) / 10 / peak:.1f} %)"
    )
    print(
        f"  all but soap and network: {min(rest) * 100:.1f} % of the loop (goal < 5 %); in no stage: {(min(a) - named) / min(a) * 100:.1f} %"
    )
    soap, peer_soap = stages["soap"], min(each(theirs, "soap"))
    return [
        (f"{model}: SOAP, neighbours included", peer_soap / min(describing), 25),
        (f"{model}: SOAP without neighbours", peer_soap / soap, None),
        (f"{model}: network", min(each(theirs, "network")) / stages["network"], None),
        (f"{model}: whole job", min(b) / min(a), 7),
    ]


def startup_and_memory(options, trajectory):
    def job(output, *more, path=trajectory):
        return [
            "timeout",
            "-k",
            "10",
            "300",
            "mpirun",
            "-n",
            "2",
            "verglas",
            "analyze",
            str(path),
            "--types",
            "1=O,2=H",
            "--model",
            str(WATER / "M2-OH.safetensors"),
            "--profile",
            "x",
            "-o",
            str(output),
            "--overwrite",
            *more,
        ]

    output = options.scratch / "two.h5"
    ready, around, bare = [], [], []
    for _ in range(max(3, options.rounds)):
        begin = time.perf_counter()
        with subprocess.Popen(
            job(output, "--frames", "0:4"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as child:
            first = None
            for line in child.stdout:
                # The introduction: frames are indexed, models loaded, the plan is made on all
                # ranks.
                if first is None and b"molecules each" in line:
                    first = time.perf_counter() - begin
            child.wait()
            wall = time.perf_counter() - begin
        if child.returncode or first is None:
            raise SystemExit("ci/bench: the run on two ranks failed")
        ready.append(first)
        with h5py.File(output) as file:
            around.append(wall - float(file["timings/elapsed"][:].max()))
        bare.append(run(["mpirun", "-n", "2", "true"])[0])
    print(
        f"\nstart on 2 ranks: {min(ready):.2f} s until the plan is made (goal < 0.5 s to the first frame); start and end together {min(around):.2f} s; "
        f"mpirun -n 2 true takes {min(bare):.2f} s"
    )

    def peak(*more, **what):
        command = job(output, "--quiet", *more, **what)
        at = command.index("verglas")
        command[at:at] = ["python3", "-I", "-S", "-c", RANK]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        )
        return (
            max(
                int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("PEAK")
            )
            / 1024
        )

    quarter, whole = peak("--frames", "0:25"), peak()
    slab = peak(path=WATER / "interface.lammpstrj.gz")
    print(
        f"peak memory of a rank (goal < 200 MB): {quarter:.0f} MB for 25 frames of 960 molecules, {whole:.0f} MB for all of them, "
        f"{slab:.0f} MB for frames of 5760"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program (3)")
    parser.add_argument(
        "--frames", type=int, default=100, help="frames of the bundled compression (100)"
    )
    parser.add_argument(
        "--core",
        type=int,
        default=max(os.sched_getaffinity(0)),
        help="the core that both are pinned to",
    )
    parser.add_argument(
        "--scratch",
        type=pathlib.Path,
        required=True,
        help="folder with the compiled peak, for files of the moment",
    )
    parser.add_argument("--peer-python", required=True, help="Python with the peer's packages")
    options = parser.parse_args()
    if not shutil.which("verglas"):
        raise SystemExit("ci/bench: no verglas on PATH")
    load = os.getloadavg()[0]
    if load > 0.5:
        print(
            f"ci/bench: the machine is busy (load {load:.1f}): read ratios and minima, not the figures themselves"
        )
    trajectory = options.scratch / "compress.lammpstrj"
    frames = plain_copy(WATER / "compress.lammpstrj.gz", trajectory, options.frames)
    goals = []
    for model in ("M2-O", "M2-OH"):
        goals += compare(model, options, trajectory, frames)
    startup_and_memory(options, trajectory)
    print(f"\n{'peer / verglas, per core':<36}{'ratio':>8}   goal")
    for name, ratio, goal in goals:
        verdict = (
            "" if goal is None else f"≥ {goal}×  {'reached' if ratio >= goal else 'NOT reached'}"
        )
        print(f"{name:<36}{ratio:7.1f}×   {verdict}")


if __name__ == "__main__":
    main()
