"""The drift of a slab along a periodic axis, as `verglas interface` measured it.

Profiles of a slab that drifts are shifted back before they are averaged. The drift is computed only
by `verglas interface`; without its file, profiles are drawn as stored.
"""
import numpy as np

from .results import opened, text


class InterfaceFile:
    """A file of `verglas interface` that belongs to the given results."""

    def __init__(self, path, results):
        self.path = path
        self.file = opened(path, "interface", "a file of verglas interface")
        self.models = [m for m in results.models if f"interface/{m}" in self.file]
        if not self.models:
            raise SystemExit(f"figures: {path}: expected /interface/{results.models[0]}, found "
                             f"{', '.join(self.file['interface']) or 'no model'}")
        stored = results.file["particles/centers/box/edges/step"][:]
        frame = self.file[f"interface/{self.models[0]}/frame"]
        rows = frame["row"][:].astype(int)
        if not len(rows) or rows.max() >= len(stored) or (stored[rows] != frame["step"][:]).any():
            raise SystemExit(f"figures: {path} does not belong to {results.path}: other steps")

    def of(self, model):
        """The group of a model, or None."""
        return self.file[f"interface/{model}"] if model in self.models else None

    def profiled_class(self, model):
        """Name of the class whose profile was measured."""
        return text(self.of(model).attrs["class"])


def moved(results, interface):
    """Displacement of the slab in each frame from its mean position, as a fraction of the axis.

    None without a file of `verglas interface`, along an axis that is not periodic, and if the slab
    never moves by more than half a layer.
    """
    if interface is None or not results.profile_axis()[2]:
        return None
    frame = interface.file[f"interface/{interface.models[0]}/frame"]
    rows = frame["row"][:].astype(int)
    value = frame["drift"][:] / frame["length"][0]
    known = np.isfinite(value)
    if not known.any():
        return None
    drift = np.interp(np.flatnonzero(results.done), rows[known], value[known])
    layers = results.file[f"observables/{interface.models[0]}/profile/probability"].shape[1]
    return drift - drift.mean() if np.abs(drift - drift[0]).max() * layers > 0.5 else None


def follow(values, drift):
    """Profiles [frame, layer, …] with the drift taken out, around the cell, linearly."""
    if drift is None:
        return values
    layers = values.shape[1]
    result = np.empty(values.shape, dtype=float)
    for frame, share in enumerate(drift):
        place = np.arange(layers) + share * layers
        low = np.floor(place).astype(int)
        weight = (place - low).reshape(-1, *[1] * (values.ndim - 2))
        result[frame] = ((1 - weight) * values[frame, low % layers]
                         + weight * values[frame, (low + 1) % layers])
    return result


def along(results, drift):
    """Label of the axis of the profiles."""
    name = results.profile_axis()[0]
    return f"{name} (Å)" if drift is None else f"{name} less drift of the slab (Å)"
