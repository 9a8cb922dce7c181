"""The complete frames of a results file, and the axes along which they are plotted."""
import json

import h5py
import numpy as np

from . import thermo

PRESSURE, TIME, STEP = "Pressure (GPa)", "Time (ps)", "MD step"


def text(value):
    """A string as HDF5 returns it."""
    return value.decode() if isinstance(value, bytes) else str(value)


def opened(path, marker, kind):
    """An HDF5 file that must have the object `marker`."""
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise SystemExit(f"figures: {path}: {error}")
    if marker not in file:
        raise SystemExit(f"figures: {path}: expected {kind}, found no /{marker}")
    return file


class Results:
    """Results of `verglas analyze`.

    `x` and `label`: pressure if it is known, otherwise time or step. `time` and `time_label`: time
    in ps if the trajectory has it or `time_step` (ps per MD step) is given, otherwise the MD step.
    `ramp`: pressures of the first and last frame of a run whose pressure rises evenly with time.
    """

    def __init__(self, path, table=None, time_step=None, column=None, smooth=None, ramp=None):
        self.path = path
        self.file = opened(path, "verglas/done", "results of verglas analyze")
        self.done = self.file["verglas/done"][:] == 1
        if not self.done.any():
            raise SystemExit(f"figures: {path}: no frame is done")
        attributes = self.file["verglas"].attrs
        self.models = [text(name) for name in np.atleast_1d(attributes["model_name"])]
        self.molecules = self.file["particles/centers/id"].shape[0]
        soap = json.loads(text(np.atleast_1d(attributes["model_soap"])[0])) \
            if "model_soap" in attributes else {"center": "O"}
        self.center = soap["center"]  # species of the centres
        of_water = soap["center"] == "O" and {"O", "H"}.issuperset(soap.get("species", []))
        self.unit = "molecule" if of_water else "atom"
        box = self.file["particles/centers/box/edges"]
        time_step = time_step or float(attributes.get("time_step", 0)) or None
        complete = self.done
        clock = self._times(box, time_step)
        has_time = bool(np.isfinite(clock[complete]).all())
        if not has_time:
            clock = box["step"][:].astype(float)
        self.time_label = TIME if has_time else STEP
        pressure = None
        if table:
            rows = thermo.pressures(table, column)
            pressure = rows.at(box["step"][:], self._times(box, time_step))
            if not (complete & np.isfinite(pressure)).any():
                raise SystemExit(f"figures: {table}: none of its rows belongs to a frame of {path}")
        elif ramp:
            pressure = np.interp(clock, clock[complete][[0, -1]], ramp)
        elif "observables/pressure/value" in self.file:
            pressure = self.file["observables/pressure/value"][:]
        if pressure is not None:
            pressure = self._usable(pressure, table or path)
        self.window = 1
        if pressure is not None:
            measured = pressure
            pressure, self.window = thermo.smoothed(measured, smooth)
            if not smooth and thermo.is_constant(pressure, measured):
                print(f"{path}: the pressure fluctuates about a constant; x is the "
                      f"{'time' if has_time else 'step'}, for all frames")
                self.done, pressure, self.window = complete, None, 1
            elif self.window > 1:
                print(f"{path}: pressures fluctuate; x is their running mean over {self.window} "
                      "frames (--smooth N to choose, 1 for none)")
        self.has_pressure = pressure is not None
        self.step = box["step"][:][self.done]
        self.time = clock[self.done]
        self.x, self.label = (pressure, PRESSURE) if self.has_pressure else (
            self.time, self.time_label)

    def _usable(self, pressure, origin):
        """Pressures of the complete frames that have one, which alone are kept; None, and all are
        kept, if most have none."""
        known = self.done & np.isfinite(pressure)
        lacking = int(self.done.sum() - known.sum())
        if lacking:
            rare = known.sum() <= lacking
            print(f"{origin}: {lacking} of the {self.done.sum()} frames of {self.path} have no "
                  f"pressure; {'x is the time or step' if rare else 'they are omitted'}")
            if rare:
                return None
        self.done = known
        return pressure[known]

    def about_x(self):
        """A sentence for captions on what x is, where that is not plain."""
        return "" if self.window == 1 else (
            f" Pressure: running mean over {self.window} frames.")

    @staticmethod
    def _times(box, time_step):
        stored = box["time"][:] if "time" in box else np.full(len(box["step"]), np.nan)
        if time_step:
            stored = np.where(np.isfinite(stored), stored, box["step"][:] * time_step)
        return stored

    def at(self, first, last=None):
        """The time of a frame, or of frames from `first` to `last`, as text."""
        rows = [first] if last is None or self.step[first] == self.step[last] else [first, last]
        if self.time_label != TIME:
            return "step " + "–".join(f"{self.step[row]:.0f}" for row in rows)
        # To about a thousandth of the run.
        span = max(np.ptp(self.time), 1e-9)
        digits = int(np.clip(2 - np.floor(np.log10(span)), 0, 6))
        return "–".join(f"{self.time[row]:.{digits}f}" for row in rows) + " ps"

    def classes(self, model):
        """Names of a model's phases, IA last."""
        return [text(name) for name in self.file[f"observables/{model}"].attrs["classes"]]

    def molecule_classes(self, model):
        """Names of the values of `phase`: the phases, then molecules that the guard recognised."""
        return self.classes(model) + ["unfamiliar"]

    def recognises(self, model):
        """Whether the model's guard labelled molecules."""
        return f"observables/{model}/unfamiliar_count" in self.file

    def dense(self, model):
        """Number of the densest phase: HDA, or the last class."""
        names = self.classes(model)
        return names.index("HDA") if "HDA" in names else len(names) - 2

    def thresholds(self, model):
        """Thresholds on p, the primary one first."""
        return np.asarray(self.file[f"observables/{model}"].attrs["thresholds"])

    def fractions(self, model):
        """Fractions of molecules [frame, threshold, phase]."""
        return self.observable(f"{model}/phase_count") / self.molecules

    def unfamiliar(self, model):
        """Fraction of molecules that the guard recognised [frame]; 0 without a guard."""
        if not self.recognises(model):
            return np.zeros(len(self.x))
        return self.observable(f"{model}/unfamiliar_count") / self.molecules

    def particles(self, name):
        """Values of each molecule in the complete frames, or None if they were not stored."""
        data = self.file.get(f"particles/centers/{name}/value")
        return None if data is None else data[:][self.done]

    def cells(self):
        """Origins [frame, 3] and edge lengths [frame, 3] of the cells, in Å."""
        edges = self.file["particles/centers/box/edges/value"][:][self.done]
        origin = self.file["particles/centers/box/origin/value"][:][self.done]
        return origin, np.linalg.norm(edges, axis=2)

    def orthogonal(self):
        """Whether the edges of all cells lie along x, y and z."""
        edges = self.file["particles/centers/box/edges/value"][:][self.done]
        diagonal = np.einsum("fii->fi", edges)[:, :, None] * np.eye(3)
        return bool(np.abs(edges - diagonal).max() < 1e-4)

    def periodic(self):
        """Which of the three axes are periodic."""
        words = self.file["particles/centers/box"].attrs.get("boundary", ["none"] * 3)
        return np.array([text(word) == "periodic" for word in words])

    def observable(self, name):
        """Values of an observable in the complete frames."""
        data = self.file[f"observables/{name}"]
        return (data["value"] if isinstance(data, h5py.Group) else data)[:][self.done]

    def profiled(self):
        """Models with a stored profile."""
        return [m for m in self.models if f"observables/{m}/profile" in self.file]

    def profile_axis(self):
        """Name of the axis of the profiles, its number, and whether it is periodic."""
        name = text(self.file["verglas"].attrs["profile_axis"])
        number = "xyz".find(name)
        return name, number, number >= 0 and bool(self.periodic()[number])
