#!/usr/bin/env python3
"""Packs SOAP vectors made by DScribe 2.1.2 (golden_soap.h5) for the Swift tests.

    make_golden.py golden_soap.h5 golden_soap.bin

One line of JSON (a list of cases with their parameters, shapes and offsets), then little-endian
float64 data. The 'poly' cases (another radial basis) are left out.
"""

import json
import sys

import h5py
import numpy as np

cases, blob, offset = [], [], 0
with h5py.File(sys.argv[1]) as f:
    for name, g in f.items():
        if "poly" in name.split("__")[1]:
            continue
        a = g.attrs
        case = dict(
            name=name,
            n_max=int(a["n_max"]),
            l_max=int(a["l_max"]),
            r_cut=float(a["r_cut"]),
            sigma=float(a["sigma"]),
            species=[int(z) for z in a["species"]],
            pbc=[bool(p) for p in g["pbc"][:]],
            numbers=[int(z) for z in g["numbers"][:]],
            centres=[int(i) for i in g["centre_index"][:]],
            effective=float(a["hard_cutoff"]),
        )
        for key in ("cell", "positions", "descriptor"):
            data = np.ascontiguousarray(g[key][:], dtype="<f8")
            case[key] = [offset, *data.shape]
            offset += data.size
            blob.append(data.tobytes())
        cases.append(case)
with open(sys.argv[2], "wb") as out:
    out.write(json.dumps(cases).encode() + b"\n" + b"".join(blob))
