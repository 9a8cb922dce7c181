# /// script
# requires-python = ">=3.11"
# dependencies = ["MDAnalysis", "ase", "chemfiles", "h5py", "numpy", "ovito"]
# ///
"""Reading trajectories: MB/s and frames/s of verglas compared with chemfiles, MDAnalysis and OVITO,
one core each.

    PATH=$PWD/.build/release:$PATH \\
      python bench/formats.py [DUMP.lammpstrj.gz] [--frames 200] [--repeats 3] [--core 0]

A dump is repeated to the given number of frames and written as XTC, TRR, DCD and H5MD by MDAnalysis
and as extended XYZ by ASE; then each program reads every position of every frame, with a warm page
cache. The time of verglas is that measured by `analyze` for reading (/timings/read), the time of
other programs that of their loop over the frames, without imports and opening. Minimum of the
repeats. Run it on an idle machine. A program that is not installed is omitted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")
WATER = Path("Examples/water")
FORMATS = ["lammpstrj", "xtc", "trr", "dcd", "h5md", "xyz"]
PEERS = ["chemfiles", "MDAnalysis", "ovito"]


def write_all(dump, frames, folder):
    """The dump in every format; the number of atoms."""
    import MDAnalysis
    import numpy as np

    plain = folder / "source.lammpstrj"
    with open(plain, "wb") as out:
        subprocess.run(
            ["gzip", "-dc", dump] if str(dump).endswith(".gz") else ["cat", dump],
            stdout=out,
            check=True,
        )
    source = MDAnalysis.Universe(str(plain), format="LAMMPSDUMP", atom_style="id type x y z")
    count = len(source.atoms)
    u = MDAnalysis.Universe.empty(
        count, n_residues=count // 3, atom_resindex=np.arange(count) // 3, trajectory=True
    )
    u.add_TopologyAttr("names", ["OW", "HW1", "HW2"] * (count // 3))
    u.add_TopologyAttr("resnames", ["SOL"] * (count // 3))
    boxes, positions = zip(
        *[(ts.dimensions.copy(), ts.positions.copy()) for ts in source.trajectory]
    )

    def put(k):
        ts = u.trajectory.ts
        ts.frame, ts.time, ts.data["step"] = k, k * 0.006, k
        u.atoms.positions, u.dimensions = positions[k % len(positions)], boxes[k % len(boxes)]

    put(0)
    u.atoms.write(str(folder / "water.gro"))
    for suffix in ["xtc", "trr", "dcd"]:
        with MDAnalysis.Writer(str(folder / f"water.{suffix}"), n_atoms=count) as out:
            for k in range(frames):
                put(k)
                out.write(u.atoms)
    again = MDAnalysis.Universe(str(folder / "water.gro"), str(folder / "water.trr"))
    with MDAnalysis.Writer(
        str(folder / "water.h5md"), n_atoms=count, velocities=False, forces=False
    ) as out:
        for ts in again.trajectory:
            out.write(again.atoms)
    with open(folder / "water.xyz", "w") as xyz, open(folder / "water.lammpstrj", "w") as lammps:
        for k in range(frames):
            x, box = positions[k % len(positions)], boxes[k % len(boxes)][:3]
            lattice = f"{box[0]:.4f} 0 0 0 {box[1]:.4f} 0 0 0 {box[2]:.4f}"
            xyz.write(
                f'{count}\nLattice="{lattice}" Properties=species:S:1:pos:R:3 step={k} pbc="T T T"\n'
            )
            xyz.writelines(
                f"{'OHH'[i % 3]} {r[0]:15.8f} {r[1]:15.8f} {r[2]:15.8f}\n" for i, r in enumerate(x)
            )
            bounds = "".join(f"0 {length:.4f}\n" for length in box)
            lammps.write(
                f"ITEM: TIMESTEP\n{k}\nITEM: NUMBER OF ATOMS\n{count}\nITEM: BOX BOUNDS pp pp pp\n{bounds}ITEM: ATOMS id type x y z\n"
            )
            lammps.writelines(
                f"{i + 1} {1 if i % 3 == 0 else 2} {r[0]:.4f} {r[1]:.4f} {r[2]:.4f}\n"
                for i, r in enumerate(x)
            )
    return count


def verglas(path, folder, core):
    """Seconds that analyze spent reading."""
    import h5py

    options = ["--types", "1=O,2=H"] if path.suffix == ".lammpstrj" else []
    if path.suffix in [".xtc", ".trr", ".dcd", ".h5md"]:
        options = ["--topology", str(folder / "water.gro")]
    output = folder / "r.h5"
    subprocess.run(
        [
            "taskset",
            "-c",
            str(core),
            "timeout",
            "-k",
            "10",
            "900",
            "verglas",
            "analyze",
            str(path),
            "--model",
            str(WATER / "M2-O.safetensors"),
            "--per-molecule",
            "none",
            "-o",
            str(output),
            "--overwrite",
            "--quiet",
        ]
        + options,
        check=True,
    )
    with h5py.File(output) as file:
        return float(file["timings/read"][:].sum())


def peer(name, path, folder):
    """Seconds of a peer's loop over all frames; runs in a separate process."""
    total = 0.0
    if name == "chemfiles":
        import chemfiles

        form = {".lammpstrj": "LAMMPS", ".xyz": "XYZ"}.get(path.suffix, "")
        with chemfiles.Trajectory(str(path), "r", form) as trajectory:
            start = time.perf_counter()
            for frame in trajectory:
                total += frame.positions[0, 0]
            return time.perf_counter() - start
    if name == "MDAnalysis":
        import MDAnalysis

        options = {"format": "LAMMPSDUMP"} if path.suffix == ".lammpstrj" else {}
        top = () if path.suffix == ".lammpstrj" else (str(folder / "water.gro"),)
        universe = MDAnalysis.Universe(*top, str(path), **options)
        start = time.perf_counter()
        for ts in universe.trajectory:
            total += ts.positions[0, 0]
        return time.perf_counter() - start
    from ovito.io import import_file

    if path.suffix in [".trr", ".dcd", ".h5md"]:
        raise ValueError("not read by OVITO")
    pipeline = import_file(str(path))
    start = time.perf_counter()
    for k in range(pipeline.source.num_frames):
        total += pipeline.source.compute(k).particles.positions[0][0]
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dump", nargs="?", default=WATER / "interface.lammpstrj.gz")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        name, path, folder = options.peer
        print(json.dumps(peer(name, Path(path), Path(folder))))
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        count = write_all(options.dump, options.frames, folder)
        print(
            f"{options.frames} frames of {count} atoms, minimum of {options.repeats} runs on core {options.core}"
        )
        print(
            f"{'format':10} {'program':12} {'MB':>8} {'seconds':>9} {'MB/s':>8} {'frames/s':>9} {'ns/atom':>8} {'verglas is':>11}"
        )
        for form in options.formats.split(","):
            path = folder / f"water.{form}"
            size = path.stat().st_size / 1e6
            own = None
            for program in ["verglas"] + PEERS:
                seconds = []
                for _ in range(options.repeats):
                    if program == "verglas":
                        seconds.append(verglas(path, folder, options.core))
                        continue
                    run = subprocess.run(
                        [
                            "taskset",
                            "-c",
                            str(options.core),
                            "timeout",
                            "-k",
                            "10",
                            "900",
                            sys.executable,
                            __file__,
                            "--peer",
                            program,
                            str(path),
                            str(folder),
                        ],
                        capture_output=True,
                        text=True,
                    )
                    if run.returncode != 0:
                        break
                    seconds.append(json.loads(run.stdout.splitlines()[-1]))
                if seconds:
                    best = min(seconds)
                    own = best if program == "verglas" else own
                    ratio = "" if program == "verglas" else f"{best / own:10.2f}×"
                    print(
                        f"{form:10} {program:12} {size:8.1f} {best:9.4f} {size / best:8.1f} {options.frames / best:9.0f} "
                        f"{best / options.frames / count * 1e9:8.1f} {ratio:>11}",
                        flush=True,
                    )
                else:
                    print(
                        f"{form:10} {program:12} does not read it: {(run.stderr.strip().splitlines() or ['?'])[-1][:80]}",
                        flush=True,
                    )


main()
