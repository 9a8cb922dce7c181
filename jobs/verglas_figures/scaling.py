"""Speed-up, efficiency and waiting against ranks, from tables of `verglas scaling --csv`."""
import csv

import matplotlib.pyplot as plt
import matplotlib.ticker
import numpy as np

from .page import COLUMN, GUIDE, panel_letters
from .palette import spare

COLUMNS = ("ranks", "speedup", "efficiency", "waiting", "exchange", "imbalance")


def _read(path):
    """The columns of a table, its kind (strong, weak) and its serial fraction, or None."""
    try:
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        values = [np.array([float(row[name]) for row in rows]) for name in COLUMNS]
        return values, rows[0]["kind"], rows[0]["serial_share"]
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise SystemExit(
            f"figures: {path}: expected a table of verglas scaling --csv, found {error!r}")


def draw(paths, output, name="scaling"):
    """Speed-up and efficiency with the fitted law; below, fractions of the ranks' time."""
    figure, (above, middle, below) = plt.subplots(3, 1, figsize=(COLUMN, 6.4), sharex=True)
    most = 1
    for k, path in enumerate(paths):
        (ranks, speed, efficiency, waiting, exchange, imbalance), kind, serial = _read(path)
        most = max(most, ranks.max())
        look = {"color": spare(k), "marker": "os^v"[k % 4], "markeredgewidth": 0}
        above.plot(ranks, speed, ls="none", label=f"{kind} scaling", **look)
        middle.plot(ranks, efficiency, ls="none", **look)
        if serial:
            s, p = float(serial), np.geomspace(ranks.min(), ranks.max(), 200)

            def law(n):
                return 1 / (s + (1 - s) / n) if kind == "strong" else s + (1 - s) * n

            # As in the table, counted from the run on the fewest ranks.
            curve = ranks.min() * law(p) / law(ranks.min())
            percent = np.format_float_positional(float(f"{100 * s:.2g}"), trim="-")
            title = f"{'Amdahl' if kind == 'strong' else 'Gustafson'}, s = {percent} %"
            above.plot(p, curve, color=look["color"], lw=0.8, label=title)
            middle.plot(p, curve / p, color=look["color"], lw=0.8)
        for value, line, title in ((waiting, "-", "waiting"), (exchange, "--", "exchange"),
                                   (imbalance, ":", "imbalance")):
            below.plot(ranks, 100 * value, ls=line, label=f"{title}, {kind}", **look)
    line = np.array([1, most])
    above.plot(line, line, label="ideal", **GUIDE)
    above.set_xscale("log", base=2)
    above.set_yscale("log", base=2)
    for axis in (above.xaxis, above.yaxis):
        axis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    above.set_ylabel("Speed-up")
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.1), ncols=2, handlelength=1.4,
                 columnspacing=1.2, borderaxespad=0.2)
    middle.set_ylim(0, max(1.1, middle.get_ylim()[1]))
    middle.axhline(1, **GUIDE)
    middle.set_ylabel("Efficiency")
    below.set_ylim(0, None)
    below.set_ylabel("Share (%)")
    below.set_xlabel("Ranks")
    below.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=len(paths),
                 handlelength=2.2, columnspacing=1.2)
    panel_letters((above, middle, below))
    output.save(figure, name,
    """
        (a) Speed-up and (b) efficiency against the number of ranks, with the fitted law; (c) time
        in which ranks waited and exchanged data, as shares of their time, and how much longer the
        busiest rank worked than the mean.""")
