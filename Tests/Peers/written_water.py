"""The water trajectories written by written_formats.py."""

import numpy as np

FRAMES = 3
ORTHOGONAL = np.diag([14.0, 15.0, 16.0])
TILTED = np.array([[14.0, 0, 0], [3.0, 15.0, 0], [-2.0, 4.0, 16.0]])


def water(count=20, cell=ORTHOGONAL, frames=FRAMES, spread=1.0, seed=1):
    """[frames, 3 count, 3] positions in Å, some outside the cell when `spread` is above 1."""
    random = np.random.default_rng(seed)
    return (random.random((frames, 3 * count, 3)) * spread - (spread - 1) / 2) @ cell


def symbols(x):
    return ["OHH"[i % 3] for i in range(x.shape[1])]
