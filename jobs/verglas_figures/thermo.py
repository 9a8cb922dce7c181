"""Pressures from the tables that `verglas analyze --thermo` reads, joined by step or by time.

LAMMPS logs (styles one, multi and yaml), GROMACS .xvg, NAMD's output, and tables with a header line
(commas, semicolons, tabs or blanks); also gzipped. If the results contain pressures, no table is
needed.
"""
import csv
import gzip
import re
import shlex

import numpy as np

GIGAPASCALS = {"gpa": 1, "mpa": 1e-3, "kbar": 0.1, "kb": 0.1, "bar": 1e-4, "atm": 1.01325e-4, "pa": 1e-9}
# Units of pressure of LAMMPS' unit styles, in GPa (manual, command `units`).
STYLES = {"real": 1.01325e-4, "metal": 1e-4, "si": 1e-9, "electron": 1e-9, "cgs": 1e-10,
          "micro": 1e-6, "nano": 1e-3}
PICOSECONDS = {"": 1, "ps": 1, "fs": 1e-3, "ns": 1e3}
WANTED = ["pressure_set", "pressure", "press", "p"]


class Pressures:
    """Pressure in GPa by MD step or, if the table has no steps, by time in ps."""

    def __init__(self, steps=None, times=None, values=()):
        self.steps, self.times, self.values = steps, times, np.asarray(values, float)

    def at(self, steps, times):
        """The pressure of each frame; NaN if the table has no row for it.

        By time, also between two rows that are no farther apart than the frames are, as in analyze.
        """
        found = np.full(len(steps), np.nan)
        if self.steps is not None:
            rows = {int(step): k for k, step in enumerate(self.steps)}
            for frame, step in enumerate(steps):
                if int(step) in rows:
                    found[frame] = self.values[rows[int(step)]]
            return found
        order = np.argsort(self.times, kind="stable")
        known = np.asarray(self.times, float)[order]
        spacing = np.diff(np.sort(times[np.isfinite(times)]))
        reach = np.sort(spacing)[len(spacing) // 2] * (1 + 1e-6) if len(spacing) else 0
        for frame in np.flatnonzero(np.isfinite(times)):
            after = int(np.searchsorted(known, times[frame]))
            k = int(np.clip(after, 1, len(known) - 1))
            k -= abs(known[k - 1] - times[frame]) <= abs(known[k] - times[frame])
            # Times are stored in single precision by many programs.
            if abs(known[k] - times[frame]) <= 1e-5 * max(1, abs(times[frame])):
                found[frame] = self.values[order[k]]
            elif 0 < after < len(known) and known[after] - known[after - 1] <= reach:
                found[frame] = np.interp(times[frame], known, self.values[order])
        return found


def smoothed(values, window=None):
    """Running mean of a fluctuating pressure, and the number of frames in it (1: none).

    The pressure of a small cell fluctuates by more than a compression changes it from frame to
    frame, so curves against it run backwards. The window is the shortest odd one after which at
    most a tenth of the steps goes against the mean trend around it, at most a third of the run; a
    set pressure is left alone. Frames without a value count in no mean.
    """
    values = np.asarray(values, float)
    if window:
        return _running(values, window), window
    for window in range(1, max(2, len(values) // 3 + 1), 2):
        best = _running(values, window)
        if _backward(best) <= 0.1:
            break
    return best, window


def is_constant(smooth, values):
    """Whether a running mean varies less than what it was taken of does about it, or no running
    mean of the run has a trend."""
    known = np.isfinite(smooth) & np.isfinite(values)
    if _backward(smooth) > 0.1:
        return True
    if (smooth[known] == values[known]).all():
        return False
    return bool(np.ptp(smooth[known]) < 2 * np.std((values - smooth)[known]))


def _running(values, window):
    """Mean over `window` frames around each; fewer at the ends, the same number on both sides."""
    if window <= 1:
        return values
    known = np.isfinite(values)
    sums = np.concatenate([[0], np.cumsum(np.where(known, values, 0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    place = np.arange(len(values))
    half = np.minimum(window // 2, np.minimum(place, len(values) - 1 - place))
    low, high = place - half, place + half + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return (sums[high] - sums[low]) / (counts[high] - counts[low])


def _backward(values):
    """Share of the steps that go against the trend of the fifth of the run around them."""
    values = values[np.isfinite(values)]
    if len(values) < 5:
        return 0
    steps = np.diff(values)
    reach = max(1, len(values) // 10)
    place = np.arange(len(steps))
    trend = values[np.minimum(place + 1 + reach, len(values) - 1)] - values[
        np.maximum(place - reach, 0)]
    return float(np.mean(steps * trend < 0))


def pressures(path, column=None):
    """Reads a table; the set pressure is preferred to the measured one, which fluctuates. `column`
    is the name of the column with pressures, if it is not found by name; as in analyze, `pressure=`
    may precede it."""
    column = column.removeprefix("pressure=") if column else None
    if str(path).endswith(".zst"):
        raise SystemExit(f"figures: {path}: expected a plain or gzipped table; unpack it (zstd -d), "
                         "or join it by analyze --thermo")
    opener = gzip.open if str(path).endswith(".gz") else open
    try:
        with opener(path, "rt", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError as error:
        raise SystemExit(f"figures: {path}: {error}")
    if any(line.startswith(("LAMMPS (", "Loop time of ", "Per MPI rank", "keywords:"))
           or re.match(r"-+ Step ", line) for line in lines):
        return _log(path, lines, column or "Press")
    if any(line.startswith("@") for line in lines[:200]):
        return _xvg(path, lines, column)
    if any(line.startswith("ETITLE:") for line in lines):
        return _namd(path, lines, column or "PRESSURE")
    return _table(path, lines, column)


def _log(path, lines, column):
    """Thermo output of a LAMMPS log; of a step that is written twice the later line counts."""
    units, names, last, rows = None, None, -1, {}
    for line, following in zip(lines, lines[1:] + [""]):
        words = line.split()
        if words[:1] == ["units"] and len(words) > 1:
            units = words[1]
        elif _is_header(words, following.split()):
            names, last = words, -1
        elif words[:1] == ["keywords:"] or (names and words[:1] == ["-"] and "[" in line):
            inside = line[line.index("[") + 1:line.rindex("]")].split(",")
            items = [word.strip(" '\"") for word in inside if word.strip(" '\"")]
            if words[0] == "keywords:":
                names, last = items, -1
            elif len(items) == len(names):
                rows[int(float(items[names.index("Step")]))] = dict(zip(names, items)).get(column)
        elif head := re.match(r"-+ Step +(\d+)", line):
            names, step = None, int(head[1])
            rows[step] = None
        elif names is None and rows and (
                value := re.search(rf"(?:^|\s){re.escape(column)} +=\s+(\S+)", line)):
            rows[step] = value[1]
        elif names and len(words) == len(names) and all(map(_number, words)):
            # Rows of other output, such as SHAKE statistics, have no rising integer for a step.
            step = words[names.index("Step")]
            if step.isdigit() and int(step) > last:
                last = int(step)
                rows[last] = dict(zip(names, words)).get(column)
    rows = {step: float(value) for step, value in rows.items() if value is not None}
    if not rows:
        raise SystemExit(f"figures: {path}: expected thermo output with Step and {column}, found none")
    if units not in STYLES:
        raise SystemExit(f"figures: {path}: expected a units command other than lj, found {units}; "
                         "analyze --thermo … --thermo-units stores pressures in the results")
    return Pressures(steps=list(rows), values=np.array(list(rows.values())) * STYLES[units])


def _namd(path, lines, column):
    """ENERGY lines of NAMD's output, in bar; of a step that is written twice the later counts."""
    names, rows = [], {}
    for line in lines:
        words = line.split()
        if words[:1] == ["ETITLE:"]:
            names = words
        elif words[:1] == ["ENERGY:"] and column in names and len(words) == len(names):
            rows[int(words[names.index("TS")])] = float(words[names.index(column)]) * 1e-4
    if not rows:
        raise SystemExit(f"figures: {path}: expected ENERGY lines with TS and {column}, found none")
    return Pressures(steps=list(rows), values=list(rows.values()))


def _is_header(words, following):
    """Whether a line names columns, Step among them, of the numbers in the line after it."""
    return ("Step" in words and len(words) > 1 and not any(map(_number, words))
            and len(following) == len(words) and all(map(_number, following)))


def _xvg(path, lines, wanted):
    legends, scale, factor = {}, 1.0, None
    for line in lines:
        if found := re.match(r'@\s+s(\d+)\s+legend\s+"(.*)"', line):
            legends[int(found[1])] = found[2]
        elif found := re.match(r'@\s+xaxis\s+label\s+".*\((fs|ps|ns)\)"', line):
            scale = PICOSECONDS[found[1]]
        elif found := re.search(r'yaxis\s+label\s+".*\((\w+)\)', line):
            factor = GIGAPASCALS.get(found[1].lower(), factor)
    column = next((k for k, name in legends.items() if
                   (name == wanted if wanted else name.lower() == "pressure")), None)
    rows = [line.split() for line in lines if line.strip() and line.lstrip()[0] not in "#@&"]
    if column is None or not rows:
        raise SystemExit(f"figures: {path}: expected a legend {wanted or 'Pressure'}, found "
                         f"{', '.join(legends.values()) or 'none'}")
    # gmx energy writes bar.
    return Pressures(times=[float(row[0]) * scale for row in rows],
                     values=np.array([float(row[column + 1]) for row in rows]) * (factor or 1e-4))


def _table(path, lines, wanted):
    lines = [line.lstrip("\ufeff") for line in lines if line.strip()]
    if not lines:
        raise SystemExit(f"figures: {path}: expected a table, found an empty file")
    head = next((line for line in lines if not line.startswith("#")
                 or re.search(r"step|time", line, re.IGNORECASE)), lines[0])
    separator = next((c for c in ",;\t" if c in head), None)

    def split(line):
        if separator:
            return [word.strip() for word in next(csv.reader([line], delimiter=separator))]
        return shlex.split(line)

    names = [name.strip("# ") for name in split(head.lstrip("# "))]
    rows = [split(line) for line in lines[lines.index(head) + 1:] if not line.startswith("#")]
    lower = [name.lower() for name in names]
    step = next((lower.index(n) for n in ("timestep", "step", "time_step") if n in lower), None)
    time, scale = next(((k, PICOSECONDS[found[1] or ""]) for k, name in enumerate(lower)
                        if (found := re.fullmatch(r"time[ _(\[]*(fs|ps|ns)?[)\]]*", name))),
                       (None, 1))
    value, factor = _pressure_column(lower)
    if wanted:
        if wanted not in names:
            raise SystemExit(f"figures: {path}: has no column {wanted}, found {', '.join(names)}")
        value = names.index(wanted)
        unit = re.search(r"[ _(\[/]+(\w+)[)\]]*$", wanted)
        factor = GIGAPASCALS.get(unit[1].lower(), 1) if unit else 1
    if value is None or (step is None and time is None):
        raise SystemExit(f"figures: {path}: expected columns with step or time and pressure, found "
                         f"{', '.join(names)}")
    short = next((row for row in rows if len(row) != len(names)), None)
    if short is not None:
        raise SystemExit(f"figures: {path}: expected {len(names)} columns, found {len(short)} in "
                         f"'{' '.join(short)}'")
    values = np.array([float(row[value]) for row in rows]) * factor
    if step is not None:
        return Pressures(steps=[int(float(row[step])) for row in rows], values=values)
    return Pressures(times=[float(row[time]) * scale for row in rows], values=values)


def _pressure_column(lower):
    """Index of the best column with pressures, and the factor to GPa."""
    for word in WANTED:
        for k, name in enumerate(lower):
            if found := re.fullmatch(rf"{word}(?:[ _(\[/]+(\w+)[)\]]*)?", name):
                unit = found[1] or "gpa"
                if unit in GIGAPASCALS:
                    return k, GIGAPASCALS[unit]
    return None, 1


def _number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True
