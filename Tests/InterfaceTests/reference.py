"""reference.py interface.h5 answers.npz MODEL: positions and widths against SciPy's fits of the
independent pipeline's profiles."""

import sys

import h5py
import numpy as np
from scipy.optimize import curve_fit

path, answers, model = sys.argv[1:]
answers = np.load(answers, allow_pickle=True)
profiles = np.array([np.asarray(p, float) for p in answers["profile"]])
lengths = answers["box"][:, 0, 0]
layers = profiles.shape[1]
step = lambda x, a, b, v, w, low, high: (
    low + (high - low) / 2 * (np.tanh((x - a) / v) - np.tanh((x - b) / w))
)
fits = np.array(
    [
        curve_fit(step, (np.arange(layers) + 0.5) * length / layers, p, [55, 150, 3, 3, 0, 1])[0]
        for p, length in zip(profiles, lengths)
    ]
)
with h5py.File(path) as file:
    group = file[f"interface/{model}"]
    assert list(group["rises"][:]) == [1, 0]
    place = np.abs(group["frame/tanh_position"][:] - fits[:, :2])
    # SciPy fits values at the layers' middles; ours are means over layers, which makes w a little
    # smaller: h²/(12 w) or so.
    width = np.abs(group["frame/tanh_width"][:] - fits[:, 2:4])
    gibbs = np.abs(group["frame/position"][:] - fits[:, :2])
    # The step's area from the raw layer means, between the levels that ours found.
    x = (np.arange(layers) + 0.5) / layers
    half = x < 0.5
    for f, (p, length) in enumerate(zip(profiles, lengths)):
        low, high = group["frame/left"][f, 0], group["frame/right"][f, 0]
        middle = group["frame/position"][f].mean() / length
        inside = (x > group["frame/position"][f, 0] / length - 0.1) & (x < middle)
        q = (p[inside] - low) / (high - low)
        end = (np.flatnonzero(inside)[-1] + 1) * length / layers
        area = end - length / layers * q.sum()
        assert abs(area - group["frame/position"][f, 0]) < 0.6, (
            f,
            area,
            group["frame/position"][f, 0],
        )
assert place.max() < 0.15 and width.max() < 0.35 and gibbs.max() < 1.5, (
    place.max(),
    width.max(),
    gibbs.max(),
)
print(f"tanh places differ by at most {place.max():.3f} Å, widths by {width.max():.3f} Å")
