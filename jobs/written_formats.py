"""Small trajectories in every way that other programs write them, for compare_formats.py.

    python jobs/written_formats.py FOLDER

Each writer is a function of its own, run in a process of its own; one whose package is missing is left out, and said so.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
FRAMES = 3
ORTHOGONAL = np.diag([14.0, 15.0, 16.0])
TILTED = np.array([[14.0, 0, 0], [3.0, 15.0, 0], [-2.0, 4.0, 16.0]])


def water(count=20, cell=ORTHOGONAL, frames=FRAMES, spread=1.0, seed=1):
    """[frames, 3 count, 3] positions in Å, some outside the cell when `spread` is above 1."""
    random = np.random.default_rng(seed)
    return (random.random((frames, 3 * count, 3)) * spread - (spread - 1) / 2) @ cell


def symbols(x):
    return ["OHH"[i % 3] for i in range(x.shape[1])]


def mdanalysis(folder):
    import MDAnalysis
    for name, cell in [("ortho", ORTHOGONAL), ("tilted", TILTED)]:
        x = water(cell=cell, spread=1.5)
        n = x.shape[1]
        u = MDAnalysis.Universe.empty(n, n_residues=n // 3, atom_resindex=np.arange(n) // 3, trajectory=True, velocities=True, forces=True)
        u.trajectory.units = {"time": "ps", "length": "Angstrom", "velocity": "Angstrom/ps", "force": "kJ/(mol*Angstrom)"}
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
        write(folder / f"mda-{name}-gzip.h5md", compression="gzip", compression_opts=4, chunks=(1, n, 3))
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
                out.write(water()[0].astype("f4") / 10, (ORTHOGONAL / 10).astype("f4"), 10 * k, k * 0.5, precision)
            whole.write(part.read_bytes())
    part.unlink()
    # Steps that stand still while time goes on.
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
        t = mdtraj.Trajectory(x / 10, top, time=np.arange(FRAMES) * 2.0, unitcell_lengths=[[1.4, 1.5, 1.6]] * FRAMES,
                              unitcell_angles=[angles] * FRAMES)
        for suffix in ["xtc", "trr", "dcd", "lammpstrj", "gro", "xyz"]:
            t.save(str(folder / f"mdtraj-{name}.{suffix}"))


def chemfiles(folder):
    import chemfiles as c
    x = water(spread=1.3)
    for name, cell in [("ortho", ORTHOGONAL), ("tilted", TILTED)]:
        for suffix, form in [("xtc", "XTC"), ("trr", "TRR"), ("gro", "GRO"), ("xyz", "XYZ"), ("data", "LAMMPS Data"), ("lammpstrj", "LAMMPS"),
                             ("dcd", "DCD")]:
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
    for name, cell, pbc in [("ortho", ORTHOGONAL, True), ("tilted", TILTED, [True, False, True]), ("rotated", TILTED[[1, 2, 0]] + 0.5, True)]:
        frames = []
        for k, r in enumerate(water(cell=cell, spread=1.2)):
            atoms = Atoms(symbols(water()), positions=r, cell=cell, pbc=pbc)
            atoms.info.update(step=10 * k, energy=-1.5, name="a b = c", tensor=np.eye(3), flag=True, text='say "hi"', list=["a", "b"])
            atoms.arrays["forces"] = r * 0.1
            atoms.arrays["tag"] = np.arange(len(r))
            atoms.set_momenta(r)
            frames.append(atoms)
        write(folder / f"ase-{name}.xyz", frames, format="extxyz")
        for columns in [["symbols", "positions", "numbers"], ["symbols", "forces", "momenta", "positions", "numbers"]]:
            write(folder / f"ase-{name}-{'-'.join(columns)}.xyz", frames, format="extxyz", columns=columns)
        write(folder / f"ase-{name}-plain.xyz", frames, format="xyz")
        if name != "rotated":
            write(folder / f"ase-{name}.gro", frames[0], format="gromacs")
            for style in ["atomic", "charge", "full"]:
                write(folder / f"ase-{name}-{style}.data", frames[0], format="lammps-data", atom_style=style, specorder=["O", "H"], masses=True)


def ovito(folder):
    from ovito.data import DataCollection, Particles, SimulationCell
    from ovito.io import export_file
    from ovito.pipeline import Pipeline, PythonSource
    for name, cell, pbc in [("ortho", ORTHOGONAL, (True, True, True)), ("tilted", TILTED, (True, False, True))]:
        x = water(cell=cell, spread=1.2)

        def create(frame, data):
            data.cell = None
            full = np.zeros((3, 4))
            full[:, :3] = cell.T
            full[:, 3] = [-3, 2, 7]
            data.create_cell(full, pbc=pbc)
            particles = data.create_particles(count=x.shape[1])
            particles.create_property("Position", data=x[frame] + [-3, 2, 7])
            particles.create_property("Particle Identifier", data=np.arange(x.shape[1])[::-1] * 3 + 1)
            types = particles.create_property("Particle Type", data=[1 if s == "O" else 2 for s in symbols(x)])
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
        for k, columns in enumerate([["Particle Type"] + position, position + ["Particle Type", "Particle Identifier"],
                                     ["Force.X", "Force.Y", "Force.Z", "Particle Identifier", "Particle Type"] + position]):
            export_file(pipeline, str(folder / f"ovito-{name}-{k}.xyz"), "xyz", columns=columns, multiple_frames=True)
            export_file(pipeline, str(folder / f"ovito-{name}-{k}.lammpstrj"), "lammps/dump", columns=columns, multiple_frames=True)
        export_file(pipeline, str(folder / f"ovito-{name}-general.lammpstrj"), "lammps/dump", multiple_frames=True,
                    columns=["Particle Identifier", "Particle Type"] + position, restricted_triclinic=False)
        for style in ["atomic", "charge", "full", "sphere", "molecular", "dipole"]:
            export_file(pipeline, str(folder / f"ovito-{name}-{style}.data"), "lammps/data", atom_style=style, frame=0)
        export_file(pipeline, str(folder / f"ovito-{name}-hints.data"), "lammps/data", atom_style="full", frame=0, omit_masses=True,
                    ignore_identifiers=True)


def h5md(folder):
    """H5MD as its specification allows it, by h5py."""
    import h5py
    x = water()
    n = x.shape[1]
    text = h5py.string_dtype()
    kinds = {"int": ([8, 1, 1] * (n // 3), "i4"), "text": (["O", "H", "H"] * (n // 3), text), "bytes": ([b"O", b"H", b"H"] * (n // 3), "S2"),
             "enum": ([0, 1, 1] * (n // 3), h5py.enum_dtype({"O": 0, "H": 1}, basetype="i4"))}

    def base(path, group="all", unit="Angstrom", dtype="f8", boundary=("periodic",) * 3, fixed=True, edges=ORTHOGONAL.diagonal(), step="list",
             box=True, time="ps", scale=1.0, **storage):
        file = h5py.File(path, "w")
        file.create_group("h5md").attrs["version"] = np.array([1, 1])
        g = file.create_group(f"particles/{group}")
        p = g.create_group("position")
        v = p.create_dataset("value", data=(x * scale).astype(dtype), **storage)
        if unit:
            v.attrs["unit"] = unit
        if step == "list":
            p["step"] = np.arange(FRAMES) * 50
        elif step == "scalar":
            p["step"] = np.int64(50)
            p["step"].attrs["offset"] = 200
        if time:
            p["time"] = np.arange(FRAMES) * 0.5 if step == "list" else np.float64(0.5)
            p["time"].attrs["unit"] = time
        b = g.create_group("box")
        b.attrs["dimension"] = 3
        b.attrs["boundary"] = np.array(boundary, dtype=text)
        edges = np.asarray(edges, float) * scale
        if box and fixed:
            b["edges"] = edges
        elif box:
            e = b.create_group("edges")
            e["value"] = np.array([edges * (1 + 0.01 * k) for k in range(FRAMES)])
            e["step"] = p["step"] if "step" in p else np.arange(FRAMES)
        return file, g
    cases = {
        "fixed": {}, "changing": {"fixed": False}, "tilted": {"edges": TILTED}, "tilted-changing": {"edges": TILTED, "fixed": False},
        "nm": {"unit": "nm", "scale": 0.1}, "pm": {"unit": "pm", "scale": 100.0}, "no-unit": {"unit": None}, "bohr": {"unit": "a0"},
        "f4": {"dtype": "f4"}, "gzip": {"compression": "gzip", "chunks": (1, 7, 3)}, "shuffled": {"compression": "gzip", "shuffle": True},
        "scalar-step": {"step": "scalar"}, "no-step": {"step": None, "time": None}, "half-none": {"boundary": ("periodic", "none", "periodic")},
        "no-box": {"box": False, "boundary": ("none",) * 3}, "reduced-time": {"time": None}, "big-endian": {"dtype": ">f8"},
        "fs": {"time": "fs"},
    }
    for name, options in cases.items():
        base(folder / f"h5py-{name}.h5md", **options)[0].close()
    for name, (values, dtype) in kinds.items():
        file, g = base(folder / f"h5py-species-{name}.h5md")
        g.create_dataset("species", data=values, dtype=dtype)
        file.close()
        file, g = base(folder / f"h5py-species-{name}-ids.h5md")
        g.create_dataset("species", data=values, dtype=dtype)
        g.create_dataset("id", data=np.arange(n)[::-1] + 5)
        file.close()
    file, g = base(folder / "h5py-ids-each.h5md")
    i = g.create_group("id")
    i["value"] = np.array([np.random.default_rng(k).permutation(n) + 1 for k in range(FRAMES)])
    i["step"] = g["position/step"]
    file.close()
    file, _ = base(folder / "h5py-two-groups.h5md", group="solvent")
    file.copy(file["particles/solvent"], "particles/wall")
    file.close()


def pyh5md(folder):
    import pyh5md
    x = water()
    with pyh5md.File(str(folder / "pyh5md-time.h5md"), "w", author="test", creator="test", creator_version="1") as file:
        part = file.particles_group("atoms")
        part.create_box(dimension=3, boundary=["periodic"] * 3, store="time", data=np.array([14.0, 15.0, 16.0]))
        position = pyh5md.element(part, "position", store="time", data=x[0], time=True)
        pyh5md.element(part, "species", store="fixed", data=np.array([8, 1, 1] * 20))
        for k in range(FRAMES):
            position.append(x[k], 10 * k, 0.5 * k)
            part.box.edges.append(np.array([14.0, 15.0, 16.0]) * (1 + 0.01 * k), 10 * k, 0.5 * k)
    with pyh5md.File(str(folder / "pyh5md-fixed.h5md"), "w", author="test", creator="test", creator_version="1") as file:
        part = file.particles_group("atoms")
        part.create_box(dimension=3, boundary=["none"] * 3, store="fixed", data=np.array([14.0, 15.0, 16.0]))
        position = pyh5md.element(part, "position", store="linear", data=x[0], step=25, time=0.25)
        for k in range(FRAMES):
            position.append(x[k])


def openmm(folder):
    import openmm.app as app
    from openmm import Vec3, unit
    x = water()
    top = app.Topology()
    chain = top.addChain()
    for _ in range(x.shape[1] // 3):
        r = top.addResidue("HOH", chain)
        for name, e in [("O", "O"), ("H1", "H"), ("H2", "H")]:
            top.addAtom(name, app.Element.getBySymbol(e), r)
    for name, cell in [("ortho", ORTHOGONAL), ("tilted", TILTED)]:
        vectors = [Vec3(*v / 10) for v in cell] * unit.nanometer
        top.setPeriodicBoxVectors(vectors)
        with open(folder / f"openmm-{name}.dcd", "wb") as out:
            dcd = app.DCDFile(out, top, 0.002 * unit.picosecond, firstStep=100, interval=100)
            for r in x:
                dcd.writeModel(r / 10 * unit.nanometer, periodicBoxVectors=vectors)
        if hasattr(app, "XTCFile"):
            xtc = app.XTCFile(str(folder / f"openmm-{name}.xtc"), top, 0.002 * unit.picosecond, firstStep=100, interval=100)
            for r in x:
                xtc.writeModel(r / 10 * unit.nanometer, periodicBoxVectors=vectors)


LAMMPS_BOXES = {
    "ortho": ("p p p", "region box block -3 11 2 17 7 23"), "mixed": ("p s m", "region box block -3 11 2 17 7 23"),
    "fixed": ("f p f", "region box block -3 11 2 17 7 23"), "tilted": ("p p p", "region box prism -3 11 2 17 7 23 3 -2 4"),
}
LAMMPS_STYLES = ["angle", "atomic", "bond", "charge", "dipole", "dpd", "electron", "ellipsoid", "full", "line", "molecular", "peri",
                 "sph", "sphere", "spin", "tri", "hybrid sphere full", "hybrid charge dipole", "hybrid full sphere"]


def lammps(folder):
    from lammps import lammps as Lammps

    def start(style="atomic", boundary="p p p", box=LAMMPS_BOXES["ortho"][1], units="real"):
        lmp = Lammps(cmdargs=["-log", "none", "-screen", "none"])
        lmp.commands_string(f"""units {units}
atom_style {style}
boundary {boundary}
{box}
create_box 2 box
create_atoms 1 random 20 11 box
create_atoms 2 random 40 12 box""")
        if style not in ("sphere", "hybrid sphere full", "ellipsoid", "line", "tri", "hybrid full sphere", "peri"):
            lmp.commands_string("mass 1 15.999\nmass 2 1.008")
        return lmp
    for name, (boundary, box) in LAMMPS_BOXES.items():
        lmp = start(boundary=boundary, box=box)
        columns = {"x": "id type x y z", "xs": "type xs ys zs id", "xu": "id type xu yu zu ix iy iz", "xsu": "id xsu ysu zsu type",
                   "both": "id type xs ys zs x y z vx vy vz", "element": "element id vx x fy y z", "noid": "type x y z", "mass": "mass id xu yu zu type"}
        walls = "fix w all wall/reflect xlo EDGE xhi EDGE zlo EDGE zhi EDGE\n" if boundary == "f p f" else ""
        text = walls + "pair_style zero 5\npair_coeff * *\nvelocity all create 8000 3\nfix 1 all nve\ntimestep 2\nneighbor 2 bin\nthermo 5\n"
        for key, c in columns.items():
            text += f"dump {key} all custom 5 {folder}/lammps-{name}-{key}.lammpstrj {c}\n"
            if "element" in c:
                text += f"dump_modify {key} element O H\n"
        text += f"""dump atom all atom 5 {folder}/lammps-{name}-atom.lammpstrj
dump image all atom 5 {folder}/lammps-{name}-image.lammpstrj
dump_modify image scale no image yes
dump units all custom 5 {folder}/lammps-{name}-units.lammpstrj id type x y z
dump_modify units units yes time yes sort id format float %.15g
dump gz all custom/gz 5 {folder}/lammps-{name}-gz.lammpstrj.gz id type xs ys zs
dump xyz all xyz 5 {folder}/lammps-{name}-plain.xyz
dump extxyz all extxyz 5 {folder}/lammps-{name}.extxyz
dump_modify extxyz element O H
dump bin all custom 5 {folder}/lammps-{name}.bin id type x y z
dump binatom all atom 5 {folder}/lammps-{name}-atom.bin
dump yaml all yaml 5 {folder}/lammps-{name}-yaml.dump id type x y z
"""
        if name in ("ortho", "tilted"):
            text += f"""dump dcd all dcd 5 {folder}/lammps-{name}.dcd
dump dcdu all dcd 5 {folder}/lammps-{name}-unwrapped.dcd
dump_modify dcdu unwrap yes
dump xtc all xtc 5 {folder}/lammps-{name}.xtc
dump_modify xtc precision 10000
"""
        lmp.commands_string(text + "run 15 post no")
        lmp.close()
    # A general triclinic cell, in its own axes.
    lmp = Lammps(cmdargs=["-log", "none", "-screen", "none"])
    lmp.commands_string(f"""units metal
lattice custom 1.0 a1 10 1 0.5 a2 2 11 1 a3 -1 2 12 basis 0 0 0 basis 0.2 0.3 0.4 basis 0.5 0.5 0.6 triclinic/general
create_box 2 NULL 0 1 0 1 0 1
create_atoms 1 box basis 2 2
mass * 1.0
pair_style zero 3
pair_coeff * *
fix 1 all nve
velocity all create 9000 4
dump g all custom 5 {folder}/lammps-general.lammpstrj id type x y z
dump_modify g triclinic/general yes
dump gu all custom 5 {folder}/lammps-general-xu.lammpstrj id type xu yu zu
dump_modify gu triclinic/general yes units yes time yes
dump gs all custom 5 {folder}/lammps-general-xs.lammpstrj id type xs ys zs
dump_modify gs triclinic/general yes
run 10 post no
write_data {folder}/lammps-general.data triclinic/general""")
    lmp.close()
    for units in ["metal", "si", "cgs", "electron", "micro", "nano", "lj"]:
        lmp = start(units=units)
        lmp.commands_string(f"dump u all custom 5 {folder}/lammps-units-{units}.lammpstrj id type x y z\ndump_modify u units yes\n"
                            f"pair_style zero 3\npair_coeff * *\nfix 1 all nve\nrun 0 post no")
        lmp.close()
    # Atoms leave: their number changes.
    lmp = start(boundary="f p p")
    lmp.commands_string(f"pair_style zero 5\npair_coeff * *\nvelocity all create 30000 3\nfix 1 all nve\nthermo_modify lost ignore\ndump l all custom 50 "
                        f"{folder}/lammps-lost.lammpstrj id type x y z\nrun 200 post no")
    lmp.close()


def lammps_styles(folder):
    for style in LAMMPS_STYLES:
        for ends in ["", " types labels"]:
            name = f"lammps-{style.replace(' ', '-')}{ends.replace(' ', '-')}.data"
            run = subprocess.run([sys.executable, __file__, "--style", style, str(folder / name), ends.strip()], capture_output=True, text=True)
            if run.returncode != 0:
                print(f"LAMMPS wrote no {name}: {(run.stderr or run.stdout).strip()[-160:]}")


def one_style(style, path, ends):
    from lammps import lammps as Lammps
    lmp = Lammps(cmdargs=["-log", "none", "-screen", "none"])
    masses = "" if any(w in style for w in ("sphere", "ellipsoid", "line", "tri", "peri")) else "mass 1 15.999\nmass 2 1.008"
    labels = "labelmap atom 1 O 2 H\n" if "labels" in ends else ""
    two = "dimension 2\n" if style == "line" else ""
    z = "-0.5 0.5" if style == "line" else "7 23"
    lmp.commands_string(f"""units real
{two}atom_style {style}
{"atom_modify map array" if style == "peri" else ""}
region box block -3 11 2 17 {z}
create_box 2 box
{labels}create_atoms 1 random 20 11 box
create_atoms 2 random 40 12 box
{masses}
displace_atoms all random 30 30 0 7
write_data {path} {ends}""")
    lmp.close()


WRITERS = [mdanalysis, mdtraj, chemfiles, ase, ovito, h5md, pyh5md, openmm, lammps, lammps_styles]


def write_all(folder):
    # Where LAMMPS' wheel finds the MPI library of the mpich wheel.
    os.environ["LD_LIBRARY_PATH"] = f"{sys.prefix}/lib:{os.environ.get('LD_LIBRARY_PATH', '')}"
    for writer in WRITERS:
        run = subprocess.run([sys.executable, __file__, "--writer", writer.__name__, str(folder)], capture_output=True, text=True, timeout=300)
        if run.returncode != 0:
            print(f"written_formats: {writer.__name__} ended early: {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else run.returncode}")
        if run.stdout.strip():
            print(run.stdout.strip())


if __name__ == "__main__":
    if sys.argv[1] == "--writer":
        next(w for w in WRITERS if w.__name__ == sys.argv[2])(Path(sys.argv[3]))
    elif sys.argv[1] == "--style":
        one_style(*sys.argv[2:5])
    else:
        write_all(Path(sys.argv[1]))
