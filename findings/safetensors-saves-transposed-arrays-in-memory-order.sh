#!/usr/bin/env bash
# safetensors 0.8.0: safetensors.numpy.save_file writes a transposed or Fortran-ordered array with
# the right shape and its values in the wrong places, and without a warning.
#
# Guess before running: save_file copies an array that is not contiguous, or refuses it, as the
# writer for PyTorch does; what is loaded equals what was saved.
# Seen: the bytes of the memory are written as they lie there, under the shape of the view. Weights
# that were transposed with .T (a common step between frameworks) load as another matrix of the
# right shape. numpy.ascontiguousarray before saving avoids it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
timeout 60 venv/bin/python - <<'PYTHON'
import numpy as np
from safetensors.numpy import load_file, save_file

matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
for name, array, is_kept in [
        ("C order", matrix, True), ("transposed", matrix.T, False),
        ("Fortran order", np.asfortranarray(matrix), False),
        ("transposed, made contiguous", np.ascontiguousarray(matrix.T), True)]:
    save_file({"x": array}, "x.safetensors")
    loaded = load_file("x.safetensors")["x"]
    print(f"{name}: saved {array.tolist()}, loaded {loaded.tolist()}")
    assert loaded.shape == array.shape
    assert np.array_equal(loaded, array) == is_kept
PYTHON
# Output seen:
# C order: saved [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], loaded [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
# transposed: saved [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
#   loaded [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
# (Fortran order likewise; made contiguous, the same is loaded as was saved)
