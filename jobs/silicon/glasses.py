#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["lammps"]
# ///
"""glasses.py KIND NAME SEED FOLDER: trajectories of Stillinger–Weber silicon (216 atoms) by LAMMPS.

KIND is one of
  lda      the liquid, cooled at 0 GPa: slowly from 1150 to 950 K, where it becomes tetrahedral
  hda      the liquid, cooled at 12 GPa
  liquid   the liquid
  diamond  the crystal
  compress the glass in FOLDER/NAME.data (lda), compressed from 0 to 20 GPa at 300 K

For each temperature and pressure of the kind FOLDER gets NAME-<T>K-<P>GPa.lammpstrj, 8 frames
0.5 ps apart after 4 ps; for compress, compress.lammpstrj (51 frames) and compress.csv with the
pressures.
"""

import pathlib
import sys

import lammps

STATES = {
    "lda": [(100, 0), (300, 0), (300, 2), (500, 0)],
    "hda": [(100, 12), (300, 12), (300, 9), (500, 12)],
    "liquid": [(1700, 0), (2000, 0), (2400, 0)],
    "diamond": [(300, 0), (600, 0), (900, 0)],
}


class Simulation:
    """216 atoms; temperatures in K, pressures in GPa, times in ps."""

    def __init__(self):
        self.lammps = lammps.lammps(cmdargs=["-log", "none", "-screen", "none"])
        potential = next(pathlib.Path(lammps.__file__).parent.rglob("potentials/Si.sw"))
        self.begin = ["units metal", "atom_style atomic", "boundary p p p"]
        self.finish = [
            "mass 1 28.0855", "pair_style sw", f"pair_coeff * * {potential} Si",
            "timestep 0.002", "neigh_modify every 5 delay 0 check yes", "thermo 500",
            "thermo_style custom step time temp press density pe",
        ]

    def do(self, *lines):
        for line in lines:
            self.lammps.command(line)

    def crystal(self, temperature, seed):
        self.do(*self.begin, "lattice diamond 5.431", "region box block 0 3 0 3 0 3",
                "create_box 1 box", "create_atoms 1 box", *self.finish,
                f"velocity all create {2 * temperature} {4928459 + seed}")

    def read(self, path, temperature, seed):
        self.do(*self.begin, f"read_data {path}", *self.finish,
                f"velocity all create {temperature} {4928459 + seed}")

    def run(self, time, start, end, low, high):
        """From one temperature and pressure to another."""
        self.do(f"fix move all npt temp {start} {end} 0.1 iso {1e4 * low} {1e4 * high} 1",
                f"run {round(time / 0.002)}")

    def write(self, path, time, frames, start, end, low, high):
        self.do(f"dump frames all custom {round(time / frames / 0.002)} {path} id element x y z",
                "dump_modify frames element Si sort id first no format float %.4f")
        self.run(time, start, end, low, high)
        self.do("undump frames")


def main(kind, name, seed, folder):
    if kind == "compress":
        simulation = Simulation()
        simulation.read(folder / f"{name}.data", 300, seed)
        simulation.run(4, 300, 300, 0, 0)
        simulation.do("reset_timestep 0")
        simulation.write(folder / "compress.lammpstrj", 100, 50, 300, 300, 0, 20)
        # The pressure of the barostat: that of 216 atoms at one instant scatters by 1 GPa.
        rows = [f"{step},{20 * step / 50000:.4f}" for step in range(0, 50001, 1000)]
        table = "\n".join(["timestep,pressure_GPa", *rows])
        (folder / "compress.csv").write_text(table + "\n")
        return
    simulation = Simulation()
    pressure = 12 if kind == "hda" else 0
    if kind == "diamond":
        simulation.crystal(300, seed)
    else:
        simulation.crystal(3500, seed)
        simulation.run(6, 3500, 3500, 0, pressure)
        simulation.run(10, 3500, 2000, pressure, pressure)
        simulation.run(10, 2000, 2000, pressure, pressure)
    if kind in ("lda", "hda"):
        simulation.run(20, 2000, 1150, pressure, pressure)
        simulation.run(200 if kind == "lda" else 20, 1150, 950, pressure, pressure)
        simulation.run(20, 950, 300, pressure, pressure)
        simulation.do(f"write_data {folder / (name + '.data')}")
    for temperature, high in STATES[kind]:
        simulation.run(4, temperature, temperature, high, high)
        path = folder / f"{name}-{temperature}K-{high}GPa.lammpstrj"
        simulation.write(path, 4, 8, temperature, temperature, high, high)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit("usage: glasses.py KIND NAME SEED FOLDER")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4]))
