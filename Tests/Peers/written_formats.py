"""Small trajectories in all variants that other programs write, for compare_formats.py.

    python Tests/Peers/written_formats.py FOLDER

Each writer is a function that runs in a separate process; a writer whose package is missing is
omitted with a message.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
from written_lammps import lammps, lammps_styles, one_style
from written_stores import h5md, openmm, pyh5md
from written_water import FRAMES, ORTHOGONAL, TILTED, symbols, water

warnings.filterwarnings("ignore")


def mdanalysis(folder):
    import MDAnalysis

    for name, cell in [("ortho", ORTHOGONAL), ("tilted", TILTED)]:
        x = water(cell=cell, spread=1.5)
        n = x.shape[1]
        u = MDAnalysis.Universe.empty(
            n,
            n_residues=n // 3,
            atom_resindex=np.arange(n) // 3,
            trajectory=True,
            velocities=True,
            forces=True,
        )
        u.trajectory.units = {
            "time": "ps",
            "length": "Angstrom",
            "velocity": "Angstrom/ps",
            "force": "kJ/(mol*Angstrom)",
        }
        u.add_TopologyAttr("names", ["OW", "HW1", "HW2"] * (n // 3))
        u.add_TopologyAttr("resnames", ["SOL"] * (n // 3))
        u.add_TopologyAttr("resids", np.arange(n // 3) + 1)
        u.add_TopologyAttr("types", symbols(x))
        u.add_TopologyAttr("masses", [16, 1, 1] * (n // 3))

        def write(path, **options):
            with MDAnalysis.Writer(str(path), n_atoms=n, **options) as out:
                for k in range(FRAMES):
                    ts = u.trajectory.ts
                    ts.frame, ts.time, ts.data["step"] = k, 2.5 * k, 1000 * k
                    u.dimensions = MDAnalysis.lib.mdamath.triclinic_box(*cell)
                    u.atoms.positions, u.atoms.velocities, u.atoms.forces = x[k], x[k] / 10, x[k]
                    out.write(u.atoms)

        write(folder / f"mda-{name}.xtc", precision=4)
        write(folder / f"mda-{name}.trr")
        write(folder / f"mda-{name}.dcd")
        write(folder / f"mda-{name}-lammps.dcd", format="LAMMPS")
        write(folder / f"mda-{name}.gro")
        write(folder / f"mda-{name}.xyz")
        write(folder / f"mda-{name}.h5md", velocities=True, forces=True)
        write(
            folder / f"mda-{name}-gzip.h5md",
            compression="gzip",
            compression_opts=4,
            chunks=(1, n, 3),
        )
        write(folder / f"mda-{name}-f8-lzf.h5md", compression="lzf", positions=True)
        few = u.atoms[:9]
        with MDAnalysis.Writer(str(folder / f"mda-{name}-nine.xtc"), n_atoms=9) as out:
            for k in range(FRAMES):
                u.trajectory.ts.data["step"] = k
                u.atoms.positions = x[k]
                out.write(few)
    from MDAnalysis.lib.formats.libmdaxdr import XTCFile

    part = folder / "part"
    with open(folder / "mda-precisions.xtc", "wb") as whole:
        for k, precision in enumerate([10, 1000, 100000, 100]):
            with XTCFile(str(part), "w") as out:
                out.write(
                    water()[0].astype("f4") / 10,
                    (ORTHOGONAL / 10).astype("f4"),
                    10 * k,
                    k * 0.5,
                    precision,
                )
            whole.write(part.read_bytes())
    part.unlink()
    # Constant steps with increasing times.
    with XTCFile(str(folder / "mda-steps-zero.xtc"), "w") as out:
        for k, x in enumerate(water()):
            out.write(x.astype("f4") / 10, (ORTHOGONAL / 10).astype("f4"), 0, k * 0.5, 1000)


def mdtraj(folder):
    import mdtraj

    x = water()
    top = mdtraj.Topology()
    chain = top.add_chain()
    for _ in range(x.shape[1] // 3):
        r = top.add_residue("HOH", chain)
        for name, e in [("O", "O"), ("H1", "H"), ("H2", "H")]:
            top.add_atom(name, mdtraj.element.get_by_symbol(e), r)
    for name, angles in [("ortho", [90, 90, 90]), ("tilted", [80, 75, 95])]:
        t = mdtraj.Trajectory(
            x / 10,
            top,
            time=np.arange(FRAMES) * 2.0,
            unitcell_lengths=[[1.4, 1.5, 1.6]] * FRAMES,
            unitcell_angles=[angles] * FRAMES,
        )
        for suffix in ["xtc", "trr", "dcd", "lammpstrj", "gro", "xyz"]:
            t.save(str(folder / f"mdtraj-{name}.{suffix}"))


def chemfiles(folder):
    import chemfiles as c

    x = water(spread=1.3)
    for name, cell in [("ortho", ORTHOGONAL), ("tilted", TILTED)]:
        for suffix, form in [
            ("xtc", "XTC"),
            ("trr", "TRR"),
            ("gro", "GRO"),
            ("xyz", "XYZ"),
            ("data", "LAMMPS Data"),
            ("lammpstrj", "LAMMPS"),
            ("dcd", "DCD"),
        ]:
            try:
                with c.Trajectory(str(folder / f"chemfiles-{name}.{suffix}"), "w", form) as out:
                    for k in range(1 if suffix == "data" else FRAMES):
                        f = c.Frame()
                        f.cell = c.UnitCell(cell.T)
                        f.step = 100 * k
                        f["time"] = 0.5 * k
                        for i, (s, r) in enumerate(zip(symbols(x), x[k])):
                            atom = c.Atom(s)
                            atom["charge_like"] = float(i)
                            f.add_atom(atom, list(r))
                        out.write(f)
            except Exception as error:
                print(f"chemfiles writes no {suffix}: {error}")


def ase(folder):
    from ase import Atoms
    from ase.io import write

    for name, cell, pbc in [
        ("ortho", ORTHOGONAL, True),
        ("tilted", TILTED, [True, False, True]),
        ("rotated", TILTED[[1, 2, 0]] + 0.5, True),
    ]:
        frames = []
        for k, r in enumerate(water(cell=cell, spread=1.2)):
            atoms = Atoms(symbols(water()), positions=r, cell=cell, pbc=pbc)
            atoms.info.update(
                step=10 * k,
                energy=-1.5,
                name="a b = c",
                tensor=np.eye(3),
                flag=True,
                text='say "hi"',
                list=["a", "b"],
            )
            atoms.arrays["forces"] = r * 0.1
            atoms.arrays["tag"] = np.arange(len(r))
            atoms.set_momenta(r)
            frames.append(atoms)
        write(folder / f"ase-{name}.xyz", frames, format="extxyz")
        for columns in [
            ["symbols", "positions", "numbers"],
            ["symbols", "forces", "momenta", "positions", "numbers"],
        ]:
            write(
                folder / f"ase-{name}-{'-'.join(columns)}.xyz",
                frames,
                format="extxyz",
                columns=columns,
            )
        write(folder / f"ase-{name}-plain.xyz", frames, format="xyz")
        if name != "rotated":
            write(folder / f"ase-{name}.gro", frames[0], format="gromacs")
            for style in ["atomic", "charge", "full"]:
                write(
                    folder / f"ase-{name}-{style}.data",
                    frames[0],
                    format="lammps-data",
                    atom_style=style,
                    specorder=["O", "H"],
                    masses=True,
                )


def ovito(folder):
    from ovito.io import export_file
    from ovito.pipeline import Pipeline, PythonSource

    for name, cell, pbc in [
        ("ortho", ORTHOGONAL, (True, True, True)),
        ("tilted", TILTED, (True, False, True)),
    ]:
        x = water(cell=cell, spread=1.2)

        def create(frame, data):
            data.cell = None
            full = np.zeros((3, 4))
            full[:, :3] = cell.T
            full[:, 3] = [-3, 2, 7]
            data.create_cell(full, pbc=pbc)
            particles = data.create_particles(count=x.shape[1])
            particles.create_property("Position", data=x[frame] + [-3, 2, 7])
            particles.create_property(
                "Particle Identifier", data=np.arange(x.shape[1])[::-1] * 3 + 1
            )
            types = particles.create_property(
                "Particle Type", data=[1 if s == "O" else 2 for s in symbols(x)]
            )
            for t, label in [(1, "O"), (2, "H")]:
                from ovito.data import ParticleType

                types.types.append(ParticleType(id=t, name=label))
            particles.create_property("Force", data=x[frame])
            data.attributes["Timestep"] = 100 * frame
            data.attributes["Time"] = 0.1 * frame

        from ovito.pipeline import PipelineSourceInterface

        class Frames(PipelineSourceInterface):
            def compute_num_frames(self, **_):
                return FRAMES

            def create(self, data, *, frame, **_):
                create(frame, data)

        pipeline = Pipeline(source=PythonSource(delegate=Frames()))
        position = ["Position.X", "Position.Y", "Position.Z"]
        for k, columns in enumerate(
            [
                ["Particle Type"] + position,
                position + ["Particle Type", "Particle Identifier"],
                ["Force.X", "Force.Y", "Force.Z", "Particle Identifier", "Particle Type"]
                + position,
            ]
        ):
            export_file(
                pipeline,
                str(folder / f"ovito-{name}-{k}.xyz"),
                "xyz",
                columns=columns,
                multiple_frames=True,
            )
            export_file(
                pipeline,
                str(folder / f"ovito-{name}-{k}.lammpstrj"),
                "lammps/dump",
                columns=columns,
                multiple_frames=True,
            )
        export_file(
            pipeline,
            str(folder / f"ovito-{name}-general.lammpstrj"),
            "lammps/dump",
            multiple_frames=True,
            columns=["Particle Identifier", "Particle Type"] + position,
            restricted_triclinic=False,
        )
        for style in ["atomic", "charge", "full", "sphere", "molecular", "dipole"]:
            export_file(
                pipeline,
                str(folder / f"ovito-{name}-{style}.data"),
                "lammps/data",
                atom_style=style,
                frame=0,
            )
        export_file(
            pipeline,
            str(folder / f"ovito-{name}-hints.data"),
            "lammps/data",
            atom_style="full",
            frame=0,
            omit_masses=True,
            ignore_identifiers=True,
        )


WRITERS = [mdanalysis, mdtraj, chemfiles, ase, ovito, h5md, pyh5md, openmm, lammps, lammps_styles]


def write_all(folder):
    # Location of the MPI library of the mpich wheel, for LAMMPS's wheel.
    os.environ["LD_LIBRARY_PATH"] = f"{sys.prefix}/lib:{os.environ.get('LD_LIBRARY_PATH', '')}"
    for writer in WRITERS:
        run = subprocess.run(
            [sys.executable, __file__, "--writer", writer.__name__, str(folder)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        if run.returncode != 0:
            reason = (run.stderr.strip().splitlines() or [run.returncode])[-1]
            print(f"written_formats: {writer.__name__} ended early: {reason}")
        if run.stdout.strip():
            print(run.stdout.strip())


if __name__ == "__main__":
    if sys.argv[1] == "--writer":
        next(w for w in WRITERS if w.__name__ == sys.argv[2])(Path(sys.argv[3]))
    elif sys.argv[1] == "--style":
        one_style(*sys.argv[2:5])
    else:
        write_all(Path(sys.argv[1]))
