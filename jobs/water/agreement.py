#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10"]
# ///
"""agreement.py OUT: the numbers of a study (jobs/water/study.sh) compared with those of
arXiv:2606.01401.

The paper's trajectories are larger and far slower (2880 molecules, 15 339 in the slab; ours 960 and
5760, compressed at 4 GPa/ns), so pressures of transitions and sizes of nuclei cannot be equal;
fractions, shapes and the thickness of the interface can be compared.
"""

import pathlib
import sys

import h5py
import numpy as np


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Table:
    def __init__(self):
        print(f"{'quantity':<66}{'here':>16}{'paper':>14}  agrees")

    def line(self, quantity, here, paper, agrees):
        print(
            f"{quantity:<66}{here:>16}{paper:>14}  {'yes' if agrees else 'no' if agrees is not None else '-'}"
        )


def networks(table, out):
    for name, accuracy, needed in [
        ("M2-O", 0.9978, None),
        ("M2-OH", 0.9983, None),
        ("M3-O", 0.8953, 34),
        ("M3-OH", 0.9005, 66),
        ("M3-HB", 0.9092, None),
    ]:
        path = out / f"{name}-evaluation.h5"
        if not path.exists():
            continue
        with h5py.File(path) as file:
            group = file["evaluation"]
            here, (low, high) = group.attrs["accuracy"], group.attrs["accuracy_interval"]
            table.line(
                f"{name}: accuracy on the test part",
                f"{here:.4f} ({low:.4f}–{high:.4f})",
                f"{accuracy:.4f}",
                abs(here - accuracy) < 0.01,
            )
            if needed:
                count = int(group["pca"].attrs["components_for_95_percent"])
                table.line(
                    f"{name}: components for 95 % of the variance",
                    f"{count}",
                    f"{needed}",
                    abs(count - needed) <= 0.1 * needed,
                )


def compression(table, out):
    with h5py.File(out / "compress.h5") as file:
        done = file["verglas/done"][:] == 1
        pressure = file["observables/pressure/value"][:][done]
        names = [text(n) for n in file["verglas"].attrs["model_name"]]
        counts = file[f"observables/{names[0]}/phase_count/value"][:][done][:, 0]
        kinds = file[f"observables/{names[0]}/intermediate_count/value"][:][done][:, 0]
        share = counts / counts.sum(1, keepdims=True)
        middle = int(np.argmax(share[:, 2]))
        half = pressure[np.argmax(share[:, 1] >= 0.5)]
        table.line(
            f"{names[0]}: pressure at which half of the molecules are HDA (GPa)",
            f"{half:.2f}",
            "slower: lower",
            None,
        )
        table.line(
            f"{names[0]}: largest IA share, and HDA's share there",
            f"{share[middle, 2]:.3f}, {share[middle, 1]:.2f}",
            "mid-way",
            0.15 < share[middle, 1] < 0.85,
        )
        around = np.abs(np.arange(len(share)) - middle) <= 3
        interfacial = kinds[around, 0].sum() / kinds[around].sum()
        table.line(
            f"{names[0]}: interfacial share of IA there",
            f"{interfacial:.2f}",
            "most",
            interfacial > 0.5,
        )
        largest = file[f"observables/{names[0]}/largest_cluster/value"][:][done]
        half_cluster = pressure[np.argmax(largest[:, 1] >= 0.5 * counts[0].sum())]
        table.line(
            f"{names[0]}: pressure at which one HDA cluster holds half of all (GPa)",
            f"{half_cluster:.2f}",
            "after nuclei",
            None,
        )
        if "cross_phase" in file["observables"] and len(names) > 1:
            cross = file["observables/cross_phase/value"][:][done][around].sum(0)
            columns = [text(n) for n in file[f"observables/{names[1]}"].attrs["classes"]]
            p = file[f"particles/centers/{names[1]}/probability/value"][:][done]
            phase = file[f"particles/centers/{names[0]}/phase/value"][:][done]
            mda = columns.index("MDA")
            chosen = phase[around] == 2
            top = (p[around].argmax(2) == mda)[chosen].mean()
            table.line(
                f"{names[0]}'s IA that {names[1]} finds most like MDA, there",
                f"{top:.2f}",
                "about 0.7",
                abs(top - 0.7) < 0.15,
            )
            table.line(
                "  and calls MDA above the threshold",
                f"{cross[2, mda] / cross[2].sum():.2f}",
                "",
                None,
            )
            everyone = (p[around].argmax(2) == mda).mean()
            table.line(
                f"all molecules that {names[1]} finds most like MDA, there",
                f"{everyone:.2f}",
                "about 0.7",
                abs(everyone - 0.7) < 0.15,
            )


def interfaces(table, out):
    with h5py.File(out / "interface.h5") as file:
        for name, group in file["interface"].items():
            for i in range(len(group["rises"])):
                for quantity, label in [
                    ("gibbs", "Gibbs thickness"),
                    ("thickness_5_95", "5–95 % thickness"),
                ]:
                    here, error = group[f"mean/{quantity}"][i], group[f"mean/{quantity}_error"][i]
                    table.line(
                        f"{name}: {label} of interface {i + 1} (Å)",
                        f"{here:.1f} ± {error:.1f}",
                        "11" if name.startswith("M2") else "",
                        abs(here - 11) < max(2.0, 2 * error) if name.startswith("M2") else None,
                    )
            shift = group["frame/shift_less_drift"][:]
            if shift.size:
                table.line(
                    f"{name}: largest shift at constant pressure (Å)",
                    f"{np.nanmax(np.abs(shift)):.1f}",
                    "1–2 driven",
                    None,
                )


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: agreement.py OUT")
    out = pathlib.Path(sys.argv[1])
    table = Table()
    networks(table, out)
    compression(table, out)
    interfaces(table, out)


if __name__ == "__main__":
    main()
