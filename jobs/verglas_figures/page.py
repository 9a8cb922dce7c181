"""The style and output of all figures: PNG, PDF and SVG, with captions in a text file."""
import re
import string

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import matplotlib.text
import numpy as np

COLUMN = 3.4  # inches: one column of a journal
WIDE = 2.06 * COLUMN
MARKS = ("$x_G$", "Gibbs thickness")
GUIDE = {"color": "0.6", "lw": 0.7, "ls": (0, (4, 3)), "zorder": 0}  # thresholds and the like
plt.rcParams.update({
    "font.size": 8, "axes.labelsize": 8.5, "legend.fontsize": 7.5, "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5, "font.family": "sans-serif", "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.7, "lines.linewidth": 1.1, "lines.markersize": 3.2,
    "xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True,
    "xtick.minor.visible": True, "ytick.minor.visible": True, "xtick.major.width": 0.7,
    "ytick.major.width": 0.7, "legend.frameon": False, "savefig.dpi": 300,
    "svg.hashsalt": "verglas",
    "figure.constrained_layout.use": True})


class Output:
    """The folder of the figures, and their formats."""

    def __init__(self, folder, formats):
        self.folder, self.formats = folder, formats
        self.unit = "molecule"  # the word for a centre; "atom" of substances other than water
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, figure, name, caption):
        """Writes a figure in all formats, and its caption."""
        for text in figure.findobj(matplotlib.text.Text):
            text.set_text(self._worded(text.get_text()))
        caption = self._worded(caption)
        for kind in self.formats:
            # No date: the same data give the same file.
            metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
            figure.savefig(self.folder / f"{name}.{kind}", metadata=metadata)
        plt.close(figure)
        self._caption(name, caption)
        print(f"figure: {self.folder / name}.{{{','.join(self.formats)}}}" if len(self.formats) > 1
              else f"figure: {self.folder / name}.{self.formats[0]}")

    def _worded(self, text):
        """A text with the word for a centre."""
        if self.unit == "molecule":
            return text
        text = re.sub(r"\b([Aa]) molecule", r"\1n molecule", text)  # an atom
        return text.replace("olecule", "\0").replace("m\0", self.unit).replace(
            "M\0", self.unit.capitalize())

    def write(self, name, text):
        """Writes a text file."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        print(f"table: {path}")

    def missing(self, name, reason):
        """Prints why a figure is not made."""
        print(f"no {name}: {reason}")

    def _caption(self, name, caption):
        """Adds a caption to captions.txt, which keeps those of earlier calls."""
        path = self.folder / "captions.txt"
        entries = {}
        if path.exists():
            for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
                title, _, text = block.partition("\n")
                entries[title] = text
        entries[name] = " ".join(caption.split())
        path.write_text("\n\n".join(f"{title}\n{entries[title]}" for title in sorted(entries))
                        + "\n", encoding="utf-8")


def curve(axis, x, y, **look):
    """A curve with gaps where y is NaN; a value between two gaps is a dot."""
    line, = axis.plot(x, y, **look)
    known = np.isfinite(y)
    lone = known & ~np.append(False, known[:-1]) & ~np.append(known[1:], False)
    axis.plot(np.asarray(x)[lone], np.asarray(y)[lone], ls="", marker="o", ms=1.6,
              markeredgewidth=0, color=line.get_color())


def listed(words):
    """Words as in a sentence: a, b and c."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def panel_letters(axes):
    """(a), (b), … above the upper left corners, where neither ticks nor curves are."""
    for letter, axis in zip(string.ascii_lowercase, axes):
        axis.set_title(f"({letter})", loc="left", fontsize=8, fontweight="bold", pad=3)


def remark(axis, words):
    """The title of a panel, above its upper right corner."""
    axis.set_title(words, loc="right", fontsize=7.5, pad=3)


def legend_of_all(figure, axes, **options):
    """One legend for the curves of all panels, outside the panels."""
    entries = {}
    # The panel with most curves first, because it has the full order of the phases.
    found = sorted((axis.get_legend_handles_labels() for axis in axes), key=lambda p: -len(p[1]))
    for handles, labels in found:
        for handle, label in zip(handles, labels):
            entries.setdefault(label, handle)
    # Classes, IA, unfamiliar, all molecules, then marks; sorted keeps the order within each.
    names = sorted(entries, key=lambda name: 1 if name.startswith("IA") else
                   2 if name == "unfamiliar" else 3 if name == "all" else
                   4 if name in MARKS else 0)
    figure.legend([entries[name] for name in names], names,
                  loc=options.pop("loc", "outside upper center"), **options)
