"""Compares a results.h5 of verglas with the answers of DScribe, PyTorch and SciPy: reference.py
results.h5 reference.npz MODEL precision first.

Prints one line for each disagreement; nothing if all agrees."""

import sys

import h5py
import numpy

path, reference, model, precision = sys.argv[1:5]
rows = slice(*[int(word) if word else None for word in sys.argv[5].split(":")])
expected = numpy.load(reference, allow_pickle=True)
tolerance = 2e-6 if precision == "double" else 1e-4
with h5py.File(path) as file:
    particles, observables = file[f"particles/centers/{model}"], file[f"observables/{model}"]

    def check(name, ok, text=""):
        if not numpy.all(ok):
            print(f"{name}: {text}")

    check("step", file["particles/centers/box/edges/step"][:] == expected["step"][rows])
    check("id", file["particles/centers/id"][:] == expected["ids"][rows])
    check("box", abs(file["particles/centers/box/edges/value"][:] - expected["box"][rows]) < 1e-9)
    wanted = expected["prob"][rows]
    difference = abs(particles["probability/value"][:].astype(float) - wanted)
    check("probability", difference.max() <= tolerance, difference.max())
    if precision == "single":
        check(
            "probability, 99 %",
            numpy.quantile(difference, 0.99) <= 2e-5,
            numpy.quantile(difference, 0.99),
        )
    # Counts may differ by the molecules whose top probability is that close to a threshold.
    top = wanted.max(axis=2)
    close = numpy.array([(abs(top - t) <= tolerance).sum(axis=1) for t in expected["thresholds"]]).T
    counts = abs(observables["phase_count/value"][:] - expected["counts"][rows])
    check("phase_count", counts.max(axis=2) <= close, counts.max())
    sure = close[:, 0] == 0
    print(
        f"# {sure.sum()} of {len(sure)} frames without a molecule at the threshold, largest difference of p {difference.max():.2g}"
    )
    for name, key in [
        ("intermediate_count", "ia"),
        ("cluster_count", "nclusters"),
        ("largest_cluster", "largest"),
    ]:
        found = observables[f"{name}/value"][:]
        found = found[:, 0] if found.ndim == 3 else found
        check(name, found[sure] == expected[key][rows][sure], name)
    if "profile" in observables and "HDA" in list(expected["classes"]):
        hda = list(expected["classes"]).index("HDA")
        for frame, (profile, count) in enumerate(
            zip(expected["profile"][rows], expected["pcount"][rows])
        ):
            found, molecules = (
                observables["profile/probability"][frame, :, hda],
                observables["profile/molecules"][frame],
            )
            check(f"molecules in layers of frame {frame}", molecules == count)
            filled = numpy.array(count) > 0
            check(
                f"profile of frame {frame}",
                abs(found - numpy.array(profile, float))[filled] <= 1.01 * tolerance,
            )
