#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy", "h5py"]
# ///
"""ensemble.py FOLDER: errors of an ensemble against the spread over parents.

FOLDER has results of verglas analyze --ensemble, named PARENT-<T>K-<P>GPa.h5. Parents of one phase
are compared at the same temperature and pressure; fractions and errors at a pressure between two
files of a parent are interpolated linearly.
"""
import pathlib
import re
import sys

import h5py
import numpy as np


def fractions(path):
    """Fractions of the phases over all frames, their errors, and means over the networks alone."""
    with h5py.File(path) as file:
        group = file["observables/ensemble"]
        names = [name if isinstance(name, str) else name.decode() for name in group.attrs["classes"]]
        counts = group["phase_count/value"][:, 0].sum(0)
        members = group["member_phase_count/value"][:].sum(0)
    members = members / members.sum(1, keepdims=True)
    return names, np.array([counts / counts.sum(), members.std(0, ddof=1), members.mean(0)])


def at(states, pressure):
    """Fractions and errors of a parent at a pressure; None outside the range of its files."""
    known = sorted(states)
    if not known[0] <= pressure <= known[-1]:
        return None
    columns = [[states[p][row] for p in known] for row in range(3)]
    return np.array([[np.interp(pressure, known, values) for values in np.transpose(column)]
                     for column in columns])


def main(folder):
    found = {}  # [phase, temperature][parent][pressure]
    for path in sorted(pathlib.Path(folder).glob("*GPa.h5")):
        parent, phase, kelvin, pressure = re.fullmatch(
            r"(([a-z]+)\d*)-(\d+)K-([\d.]+)GPa\.h5", path.name).groups()
        names, values = fractions(path)
        parents = found.setdefault((phase.upper(), int(kelvin)), {})
        parents.setdefault(parent, {})[float(pressure)] = values
    print("| glasses | fraction | " + "value ± error for each parent | spread | spread / error |")
    print("| --- | --- | --- | --- | --- |")
    ratios = {}
    order = ["LDA", "MDA", "HDA"]
    for (phase, kelvin), parents in sorted(
            found.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        for pressure in sorted({p for states in parents.values() for p in states}):
            here = {name: value for name, states in parents.items()
                    if (value := at(states, pressure)) is not None}
            if len(here) < 2:
                continue
            values = np.array(list(here.values()))  # [parents, 3, phases]
            spread = values[:, 0].std(0, ddof=1)
            error = np.sqrt((values[:, 1]**2).mean(0))
            for k, name in enumerate(names):
                if values[:, 0, k].max() < 0.005:
                    continue
                kind = "own class" if name == phase else "IA" if name == "IA" else "another class"
                ratios.setdefault(kind, []).append(spread[k] / error[k])
                cells = ", ".join(f"{parent} {value[0, k]:.3f} ± {value[1, k]:.3f}"
                                  for parent, value in here.items())
                print(f"| {phase}, {kelvin} K, {pressure:g} GPa | {name} | {cells} | "
                      f"{spread[k]:.3f} | {spread[k] / error[k]:.1f} |")
    print()
    for kind, list_ in ratios.items():
        list_ = np.array(list_)
        print(f"{kind}: spread / error: median {np.median(list_):.1f}, largest {list_.max():.1f}, "
              f"above 1 in {(list_ > 1).sum()} of {len(list_)}")
    all_ = [(phase, value) for (phase, _), parents in found.items() for states in parents.values()
            for value in states.values()]
    for phase in order:
        mean = np.mean([value for name, value in all_ if name == phase], axis=0)
        print(f"{phase}: fraction of IA {mean[0, -1]:.3f} by the ensemble, {mean[2, -1]:.3f} by its "
              f"networks alone on average; of {phase} {mean[0, names.index(phase)]:.3f}, "
              f"{mean[2, names.index(phase)]:.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: ensemble.py FOLDER")
    main(sys.argv[1])
