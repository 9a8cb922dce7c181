"""How other programs read a trajectory, for compare_formats.py: PEERS by format."""

import collections

import numpy as np

# None for values that a program does not report.
Frame = collections.namedtuple("Frame", "x cell step time ids", defaults=[None] * 4)


def matrix(dimensions):
    """Edge vectors of lengths and angles."""
    from MDAnalysis.lib.mdamath import triclinic_vectors

    return (
        None
        if dimensions is None or not np.any(dimensions)
        else triclinic_vectors(np.asarray(dimensions, float)).astype(float)
    )


def xdr(kind):
    def read(path):
        from MDAnalysis.lib.formats import libmdaxdr

        with getattr(libmdaxdr, kind)(str(path)) as file:
            for f in file:
                if kind == "TRRFile" and not f.hasx:
                    continue
                yield Frame(
                    np.asarray(f.x, float) * 10, np.asarray(f.box, float) * 10, f.step, f.time
                )

    read.__name__ = "MDAnalysis"
    return read


def mdanalysis(module, name, **options):
    def read(path):
        import importlib

        reader = getattr(importlib.import_module(f"MDAnalysis.coordinates.{module}"), name)(
            str(path), **options
        )
        for ts in reader:
            cell = ts.triclinic_dimensions if ts.dimensions is not None else None
            step = ts.data.get("step") if module in ("LAMMPS", "H5MD") else None
            # A reader's default of 1 ps per frame is not a time.
            time = ts.time if module == "DCD" or module == "H5MD" else None
            yield Frame(
                np.asarray(ts.positions, float),
                None if cell is None else np.asarray(cell, float),
                step,
                time,
            )

    read.__name__ = "MDAnalysis"
    return read


def chemfiles(form=""):
    def read(path):
        import chemfiles

        chemfiles.set_warnings_callback(lambda _: None)
        with chemfiles.Trajectory(str(path), "r", form) as trajectory:
            for k in range(trajectory.nsteps):
                f = trajectory.read()
                # As columns in chemfiles.
                cell = np.array(f.cell.matrix).T
                yield Frame(np.array(f.positions), cell if np.any(cell) else None, None, None)

    read.__name__ = "chemfiles"
    return read


def ase(form):
    def read(path):
        from ase.io import iread

        for atoms in iread(str(path), index=":", format=form):
            cell = np.array(atoms.cell)
            ids = atoms.arrays.get("id")
            yield Frame(atoms.positions, cell if np.any(cell) else None, None, None, ids)

    read.__name__ = "ASE"
    return read


def ovito(path):
    from ovito.io import import_file

    pipeline = import_file(str(path))
    for k in range(pipeline.source.num_frames):
        data = pipeline.source.compute(k)
        cell = None if data.cell is None else np.array(data.cell[:, :3]).T
        ids = None if data.particles.identifiers is None else np.array(data.particles.identifiers)
        yield Frame(
            np.array(data.particles.positions), cell, data.attributes.get("Timestep"), None, ids
        )


def mdtraj(path):
    import mdtraj

    with mdtraj.formats.LAMMPSTrajectoryFile(str(path)) as file:
        x, lengths, angles = file.read()
        for k in range(len(x)):
            yield Frame(np.asarray(x[k], float), matrix([*lengths[k], *angles[k]]))


def h5(path):
    """H5MD according to its specification, by h5py."""
    import h5py

    scales = {"nm": 10, "pm": 0.01, "m": 1e10}
    with h5py.File(path) as file:
        group = next(g for g in file["particles"].values() if "position" in g)
        x = group["position/value"]
        unit = x.attrs.get("unit", b"")
        scale = scales.get(unit.decode() if isinstance(unit, bytes) else unit, 1)
        edges = group["box/edges"] if "box/edges" in group else None
        for k in range(len(x)):
            e = (
                None
                if edges is None
                else np.array(
                    edges["value"][k] if isinstance(edges, h5py.Group) else edges[()], float
                )
                * scale
            )
            step = group["position/step"] if "step" in group["position"] else None
            if step is not None:
                step = step[k] if step.shape else step.attrs.get("offset", 0) + k * step[()]
            ids = (
                group["id/value"][k]
                if "id" in group and isinstance(group["id"], h5py.Group)
                else None
            )
            yield Frame(
                np.array(x[k], float) * scale,
                e if e is None or e.ndim == 2 else np.diag(e),
                step,
                None,
                ids,
            )


ovito.__name__, mdtraj.__name__, h5.__name__ = "OVITO", "MDTraj", "h5py"
PEERS = {
    "xtc": [xdr("XTCFile"), chemfiles("XTC")],
    "trr": [xdr("TRRFile"), chemfiles("TRR")],
    "dcd": [mdanalysis("DCD", "DCDReader"), chemfiles("DCD")],
    "gro": [chemfiles("GRO"), mdanalysis("GRO", "GROReader"), ase("gromacs")],
    "xyz": [ase("extxyz"), chemfiles("XYZ"), ovito],
    "h5md": [mdanalysis("H5MD", "H5MDReader"), h5],
    "lammpstrj": [
        ovito,
        mdanalysis("LAMMPS", "DumpReader"),
        chemfiles("LAMMPS"),
        ase("lammps-dump-text"),
        mdtraj,
    ],
}
