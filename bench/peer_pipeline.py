#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "dscribe==2.1.*", "torch>=2.2", "scipy>=1.11", "h5py>=3.10", "numpy>=1.26", "ase>=3.22",
#   "safetensors>=0.4", "MDAnalysis>=2.7",
# ]
# ///
"""The analysis of `verglas analyze --profile x`, assembled from common Python packages; timed by
stage.

    peer_pipeline.py water.lammpstrj model.safetensors results.h5

MDAnalysis reads, DScribe makes SOAP vectors (centres passed as coordinates, its fast path: indices
need a search over all pairs), PyTorch runs the network in single precision, SciPy finds neighbours
and clusters, NumPy makes the profile, h5py writes. One thread. Prints one JSON line: seconds by
stage, of the loop, frames, molecules, mean number of atoms in a SOAP sphere. As in verglas's own
timings, one-time work is excluded: imports, the model, indexing the frames, creating the output.
"""

import json
import os
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
warnings.filterwarnings("ignore")

import ase
import h5py
import MDAnalysis
import numpy as np
import torch
from dscribe.descriptors import SOAP
from safetensors import safe_open
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

torch.set_num_threads(1)
THRESHOLD, CUTOFF, LAYER = 0.95, 3.0, 2.0


def load(path):
    """Network, mean, inverse scale, classes and SOAP parameters of a model file."""
    with safe_open(path, "np") as file:
        about = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    count = sum(name.startswith("layers.") and name.endswith(".weight") for name in tensors)
    stack = []
    for k in range(count):
        weight = tensors[f"layers.{k}.weight"]
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight.data = torch.from_numpy(weight.astype(np.float32))
        layer.bias.data = torch.from_numpy(tensors[f"layers.{k}.bias"].astype(np.float32))
        stack += [layer, torch.nn.Tanh()] if k < count - 1 else [layer, torch.nn.Softmax(1)]
    scale = tensors["scaler.scale"].astype(float)
    return (
        torch.nn.Sequential(*stack).eval(),
        tensors["scaler.mean"].astype(float),
        1 / scale,
        json.loads(about["classes"]),
        json.loads(about["soap"]),
    )


def main(trajectory, model, output):
    network, mean, inverse, classes, parameters = load(model)
    soap = SOAP(
        species=parameters["species"],
        r_cut=parameters["r_cut"],
        n_max=parameters["n_max"],
        l_max=parameters["l_max"],
        sigma=parameters["sigma"],
        rbf="gto",
        periodic=True,
        sparse=False,
        dtype="float64",
    )
    k = len(classes)
    seconds = dict.fromkeys(("read", "soap", "network", "clusters", "profile", "write"), 0.0)

    def end(stage):
        nonlocal last
        now = time.perf_counter()
        seconds[stage] += now - last
        last = now

    universe = MDAnalysis.Universe(
        trajectory,
        topology_format="LAMMPSDUMP",
        format="LAMMPSDUMP",
        lammps_coordinate_convention="unscaled",
    )
    types = universe.atoms.types.astype(int)
    oxygen = np.flatnonzero(types == 1)
    kept = np.arange(len(types)) if "H" in parameters["species"] else oxygen
    numbers = np.where(types[kept] == 1, 8, 1)
    ids = universe.atoms.ids[oxygen]
    frames, n = len(universe.trajectory), len(oxygen)
    file = h5py.File(output, "w")
    data = {
        "probability": file.create_dataset("probability", (frames, n, k), "f4"),
        "phase": file.create_dataset("phase", (frames, n), "u1"),
        "cluster": file.create_dataset("cluster", (frames, n), "i8"),
        "position": file.create_dataset("position", (frames, n, 3), "f4"),
        "phase_count": file.create_dataset("phase_count", (frames, k + 1), "i8"),
        "split": file.create_dataset("split", (frames, 3), "i8"),
        "cluster_count": file.create_dataset("cluster_count", (frames, k + 1), "i8"),
        "largest": file.create_dataset("largest", (frames, k + 1), "i8"),
        "box": file.create_dataset("box", (frames, 3), "f8"),
    }
    layers, kept_frames = None, []
    begin = last = time.perf_counter()
    for f, step in enumerate(universe.trajectory):
        box = step.dimensions[:3].astype(float)
        position = step.positions.astype(float) % box
        position[position >= box] = 0.0
        end("read")
        centers = position[oxygen]
        if f in (0, frames // 2, frames - 1):
            kept_frames.append((centers, position[kept], box))
        system = ase.Atoms(numbers=numbers, positions=position[kept], cell=box, pbc=True)
        features = soap.create(system, centers=centers)
        end("soap")
        with torch.inference_mode():
            p = network(torch.from_numpy(((features - mean) * inverse).astype(np.float32))).numpy()
        end("network")
        top = p.argmax(1)
        label = np.where(p[np.arange(n), top] > THRESHOLD, top, k)
        pairs = cKDTree(centers, boxsize=box).query_pairs(CUTOFF, output_type="ndarray")
        near = np.zeros((n, k + 1), np.int64)
        np.add.at(near, (pairs[:, 0], label[pairs[:, 1]]), 1)
        np.add.at(near, (pairs[:, 1], label[pairs[:, 0]]), 1)
        distinct, lonely = (near[:, :k] > 0).sum(1), near[:, k] == 0
        ia = label == k
        split = [(ia & (distinct >= 2)).sum(), (ia & (distinct == 1) & lonely).sum()]
        split.append(ia.sum() - sum(split))
        same = pairs[label[pairs[:, 0]] == label[pairs[:, 1]]]
        count, member = connected_components(
            coo_matrix((np.ones(len(same), bool), (same[:, 0], same[:, 1])), (n, n)), directed=False
        )
        name = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(name, member, ids)
        size, phase_of = np.bincount(member), np.zeros(count, int)
        phase_of[member] = label
        clusters = np.bincount(phase_of, minlength=k + 1)
        largest = np.zeros(k + 1, int)
        np.maximum.at(largest, phase_of, size)
        end("clusters")
        if layers is None:
            layers = round(box[0] / LAYER)
            profile = {
                q: file.create_dataset(f"profile/{q}", (frames, layers, k), "f8")
                for q in ("probability", "standard_error")
            }
            fraction = file.create_dataset("profile/phase_fraction", (frames, layers, k + 1), "f8")
            molecules = file.create_dataset("profile/molecules", (frames, layers), "i8")
        layer = np.minimum((centers[:, 0] / box[0] * layers).astype(int), layers - 1)
        m = np.bincount(layer, minlength=layers)
        some = np.maximum(m, 1)
        average = (
            np.stack([np.bincount(layer, p[:, c], layers) for c in range(k)], 1) / some[:, None]
        )
        square = (
            np.stack([np.bincount(layer, p[:, c].astype(float) ** 2, layers) for c in range(k)], 1)
            / some[:, None]
        )
        error = np.sqrt(np.maximum(square - average**2, 0) / np.maximum(some - 1, 1)[:, None])
        shares = (
            np.stack([np.bincount(layer[label == c], minlength=layers) for c in range(k + 1)], 1)
            / some[:, None]
        )
        end("profile")
        profile["probability"][f], profile["standard_error"][f], fraction[f], molecules[f] = (
            average,
            error,
            shares,
            m,
        )
        for key, value in {
            "probability": p,
            "phase": label,
            "cluster": name[member],
            "position": centers,
            "phase_count": np.bincount(label, minlength=k + 1),
            "split": split,
            "cluster_count": clusters,
            "largest": largest,
            "box": box,
        }.items():
            data[key][f] = value
        end("write")
    file.close()
    end("write")
    loop = time.perf_counter() - begin
    # Not timed: the number of atoms in a sphere, for the minimum arithmetic of SOAP.
    reach = parameters["r_cut"] + parameters["sigma"] * np.sqrt(-2 * np.log(0.001))
    inside = []
    for centers, atoms, box in kept_frames:
        shift = (
            np.array([[i, j, l] for i in (-1, 0, 1) for j in (-1, 0, 1) for l in (-1, 0, 1)]) * box
        )
        images = (atoms[None] + shift[:, None]).reshape(-1, 3)
        inside.append(cKDTree(images).query_ball_point(centers, reach, return_length=True).mean())
    print(
        json.dumps(
            {
                "seconds": seconds,
                "loop": loop,
                "frames": frames,
                "molecules": frames * n,
                "neighbours": float(np.mean(inside)),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
