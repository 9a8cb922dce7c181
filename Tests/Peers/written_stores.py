"""Writers of written_formats.py: H5MD by two packages, and OpenMM."""

import numpy as np
from written_water import FRAMES, ORTHOGONAL, TILTED, water


def h5md(folder):
    """H5MD variants permitted by its specification, by h5py."""
    import h5py

    x = water()
    n = x.shape[1]
    text = h5py.string_dtype()
    kinds = {
        "int": ([8, 1, 1] * (n // 3), "i4"),
        "text": (["O", "H", "H"] * (n // 3), text),
        "bytes": ([b"O", b"H", b"H"] * (n // 3), "S2"),
        "enum": ([0, 1, 1] * (n // 3), h5py.enum_dtype({"O": 0, "H": 1}, basetype="i4")),
    }

    def base(
        path,
        group="all",
        unit="Angstrom",
        dtype="f8",
        boundary=("periodic",) * 3,
        fixed=True,
        edges=ORTHOGONAL.diagonal(),
        step="list",
        box=True,
        time="ps",
        scale=1.0,
        **storage,
    ):
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
        "fixed": {},
        "changing": {"fixed": False},
        "tilted": {"edges": TILTED},
        "tilted-changing": {"edges": TILTED, "fixed": False},
        "nm": {"unit": "nm", "scale": 0.1},
        "pm": {"unit": "pm", "scale": 100.0},
        "no-unit": {"unit": None},
        "bohr": {"unit": "a0"},
        "f4": {"dtype": "f4"},
        "gzip": {"compression": "gzip", "chunks": (1, 7, 3)},
        "shuffled": {"compression": "gzip", "shuffle": True},
        "scalar-step": {"step": "scalar"},
        "no-step": {"step": None, "time": None},
        "half-none": {"boundary": ("periodic", "none", "periodic")},
        "no-box": {"box": False, "boundary": ("none",) * 3},
        "reduced-time": {"time": None},
        "big-endian": {"dtype": ">f8"},
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
    with pyh5md.File(
        str(folder / "pyh5md-time.h5md"), "w", author="test", creator="test", creator_version="1"
    ) as file:
        part = file.particles_group("atoms")
        part.create_box(
            dimension=3, boundary=["periodic"] * 3, store="time", data=np.array([14.0, 15.0, 16.0])
        )
        position = pyh5md.element(part, "position", store="time", data=x[0], time=True)
        pyh5md.element(part, "species", store="fixed", data=np.array([8, 1, 1] * 20))
        for k in range(FRAMES):
            position.append(x[k], 10 * k, 0.5 * k)
            part.box.edges.append(np.array([14.0, 15.0, 16.0]) * (1 + 0.01 * k), 10 * k, 0.5 * k)
    with pyh5md.File(
        str(folder / "pyh5md-fixed.h5md"), "w", author="test", creator="test", creator_version="1"
    ) as file:
        part = file.particles_group("atoms")
        part.create_box(
            dimension=3, boundary=["none"] * 3, store="fixed", data=np.array([14.0, 15.0, 16.0])
        )
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
            xtc = app.XTCFile(
                str(folder / f"openmm-{name}.xtc"),
                top,
                0.002 * unit.picosecond,
                firstStep=100,
                interval=100,
            )
            for r in x:
                xtc.writeModel(r / 10 * unit.nanometer, periodicBoxVectors=vectors)
