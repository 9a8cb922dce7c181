"""Colours of the phases: one palette for all figures, chosen by --palette."""
import matplotlib.colors
import numpy as np

# `paper` holds the colours of `verglas export`; `colourblind` those of Okabe and Ito.
PALETTES = {
    "paper": {
        "LDA": (0.91, 0.53, 0.12), "HDA": (0.13, 0.40, 0.67), "MDA": (0.48, 0.25, 0.63),
        "IA": (0.18, 0.62, 0.31),
        "unfamiliar": (0.84, 0.15, 0.16), "spare": ["#444444", "#B2182B", "#00838F", "#AD8B00"]},
    "colourblind": {
        "LDA": "#E69F00", "HDA": "#0072B2", "MDA": "#CC79A7", "IA": "#009E73",
        "unfamiliar": "#D62728",
        "spare": ["#000000", "#D55E00", "#56B4E9", "#F0E442"]},
    "grey": {
        "LDA": "0.70", "HDA": "0.05", "MDA": "0.55", "IA": "0.40", "unfamiliar": "0.85",
        "spare": ["0.2", "0.5", "0.75", "0.3"]},
}
MARKERS = {"LDA": "o", "HDA": "s", "IA": "^", "MDA": "D"}
LINES = {"LDA": "-", "HDA": (0, (6, 1.5)), "IA": (0, (1, 1)), "MDA": (0, (4, 1, 1, 1))}
_chosen = PALETTES["paper"]


def choose(name):
    """Selects a palette for all figures."""
    global _chosen
    _chosen = PALETTES[name]


def spare(k):
    """Colour k for something that is not a phase."""
    return _chosen["spare"][k % len(_chosen["spare"])]


def rgb(phase, k=0):
    """Red, green and blue of a phase; of an unknown one, spare colour k."""
    return matplotlib.colors.to_rgb(_chosen.get(phase, spare(k)))


def alarm():
    """Colour of marks of what is wrong: that of unfamiliar molecules, black in grey."""
    return "black" if _chosen is PALETTES["grey"] else rgb("unfamiliar")


def shade(phase, share, k=0):
    """A phase's colour from light (share 0) over itself (about 0.6) to dark (1)."""
    base = np.array(rgb(phase, k))
    if share < 0.6:
        return tuple(0.80 + (base - 0.80) * share / 0.6)
    return tuple(base * (1 - 0.55 * (share - 0.6) / 0.4))


def style(phase, k=0, count=0):
    """Line style of a phase; a marker about twelve times along a curve of `count` points.

    Without `count` curves have no markers. In grey, lines are distinguished by their dashes.
    """
    look = {"color": rgb(phase, k)}
    if _chosen is PALETTES["grey"]:
        look["ls"] = LINES.get(phase, "-")
    if count:
        every = max(1, count // 12)
        look |= {"marker": MARKERS.get(phase, "v"), "markeredgewidth": 0,
                 "markevery": (k % every, every)}
    return look
