#!/usr/bin/env python3
"""Compares the contents of results files.

    ci/hashes.py FILE…   prints one SHA-256 per file; code 1 unless all are the same

The hash covers path, shape, type, data and attributes of every dataset under /particles and
/observables. /verglas names libraries and times, which differ.
"""
import hashlib
import sys

import h5py
import numpy


def digest(path):
    """SHA-256 of the results in `path`, and the number of entries it covers."""
    whole = hashlib.sha256()
    entries = 0
    with h5py.File(path, "r", locking=False) as file:
        for group in ("particles", "observables"):
            if group not in file:
                continue
            names = []
            file[group].visit(names.append)
            for name in sorted(names):
                item = file[group][name]
                whole.update(f"{group}/{name}".encode())
                if isinstance(item, h5py.Dataset):
                    whole.update(f"{item.shape} {item.dtype}".encode())
                    values = numpy.asarray(item[()])
                    # Texts of any length are objects, whose bytes would be addresses.
                    is_text = values.dtype.kind == "O"
                    whole.update(repr(values.tolist()).encode() if is_text else values.tobytes())
                for key in sorted(item.attrs):
                    whole.update(f"{key}={item.attrs[key]!r}".encode())
                entries += 1
    if entries == 0:
        sys.exit(f"hashes.py: {path} has no results")
    return whole.hexdigest(), entries


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    hashes = set()
    for path in sys.argv[1:]:
        value, entries = digest(path)
        print(value, entries, path)
        hashes.add(value)
    if len(hashes) > 1:
        sys.exit(f"hashes.py: {len(hashes)} different results")


if __name__ == "__main__":
    main()
