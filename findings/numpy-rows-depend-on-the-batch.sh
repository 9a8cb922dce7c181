#!/usr/bin/env bash
# NumPy 2.4.6 with its bundled OpenBLAS: the bits of a row of A @ W depend on how many rows A has
# and on where the row is among them.
#
# Guess before running: each row of a product is computed in the same way, so a row alone, first of
# two or last of 64 gives the same bits, and 64 equal rows give 64 equal results.
# Seen: a row alone differs in its last bits from the same row in a batch of 64 (kernels for vectors
# and for matrices add in another order), and so do most rows in batches of 5 to 33; 31 equal rows
# give two or more different results, because the last rows of a block take another path. The error
# stays that of single precision, but results that must not depend on how work is divided among
# processes cannot rest on this product.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6
# One thread and one kind of kernel, so that other x86-64 machines give the same.
export OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Haswell
timeout 120 venv/bin/python - <<'PYTHON'
import numpy as np

random = np.random.default_rng(1)
A = random.standard_normal((64, 546)).astype(np.float32)
W = random.standard_normal((546, 600)).astype(np.float32)
full = A @ W
changed = {}
for count in (1, 2, 5, 33, 64):
    part = A[:count] @ W
    changed[count] = int((part != full[:count]).any(axis=1).sum())
    print(f"batch of {count}: {changed[count]} rows differ from the batch of 64")
    assert np.abs(part - full[:count]).max() < 1e-3
kinds = {}
for count in (1, 31, 63):
    rows = np.repeat(A[:1], count, axis=0) @ W
    kinds[count] = len({row.tobytes() for row in rows})
    print(f"{count} equal rows: {kinds[count]} different result(s)")
assert changed[1] == 1 and changed[5] > 0 and changed[33] > 0 and changed[64] == 0
assert kinds[1] == 1 and kinds[31] > 1 and kinds[63] > 1
PYTHON
# Output seen:
# batch of 1: 1 rows differ from the batch of 64
# batch of 2: 2 rows differ from the batch of 64
# batch of 5: 5 rows differ from the batch of 64
# batch of 33: 9 rows differ from the batch of 64
# batch of 64: 0 rows differ from the batch of 64
# 1 equal rows: 1 different result(s)
# 31 equal rows: 4 different result(s)
# 63 equal rows: 3 different result(s)
