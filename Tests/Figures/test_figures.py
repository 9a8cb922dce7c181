"""Tests of what jobs/verglas_figures computes: run by ci/test with .venv/bin/python.

The figures themselves are drawn by ci/demo.
"""
import contextlib
import gzip
import io
import json
import pathlib
import sys
import tempfile
import types
import unittest

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "jobs"))
from verglas_figures import clusters, cross_table, drift, evolution, familiarity  # noqa: E402
from verglas_figures import indicators, interface, page, projections, results  # noqa: E402
from verglas_figures import tables, thermo  # noqa: E402

LOG = """LAMMPS (2 Aug 2023)
units {units}
Per MPI rank memory allocation (min/avg/max) = 8.3 | 8.3 | 8.3 Mbytes
{body}
Loop time of 0.02 on 1 procs for 60 steps with 96 atoms
"""


class Smoothing(unittest.TestCase):
    def test_a_set_pressure_is_left_alone(self):
        ramp = np.concatenate([np.linspace(0, 1, 50), np.linspace(1, 0, 50)])
        found, window = thermo.smoothed(ramp)
        self.assertEqual(window, 1)
        np.testing.assert_array_equal(found, ramp)

    def test_a_fluctuating_pressure_no_longer_runs_backwards(self):
        noise = np.random.default_rng(1).normal(0, 0.05, 200)
        ramp = np.linspace(0, 1, 200)
        found, window = thermo.smoothed(ramp + noise)
        self.assertGreater(window, 5)
        self.assertLess((np.diff(found) < 0).mean(), 0.15)
        self.assertLess(np.abs(found - ramp).max(), 0.08)
        self.assertFalse(thermo.is_constant(found, ramp + noise))

    def test_a_constant_pressure_is_recognised(self):
        noise = np.random.default_rng(1).normal(0.3, 0.05, 200)
        self.assertTrue(thermo.is_constant(thermo.smoothed(noise)[0], noise))
        for few in (noise[:8], noise[:12]):
            self.assertTrue(thermo.is_constant(thermo.smoothed(few)[0], few))
        for ramp in (np.array([0.2, 0.2, 0.3, 0.4, 0.6, 0.4, 0.2]), np.array([0.1, 0.2])):
            self.assertFalse(thermo.is_constant(thermo.smoothed(ramp)[0], ramp))

    def test_gaps_and_a_given_window(self):
        found, window = thermo.smoothed([1, np.nan, 3, 5], 3)
        self.assertEqual(window, 3)
        np.testing.assert_array_equal(found, [1, 2, 4, 5])

    def test_ranks_of_equal_values_are_their_mean(self):
        np.testing.assert_array_equal(indicators.ranks(np.array([3, 1, 1, 2])), [4, 1.5, 1.5, 3])


class Thermo(unittest.TestCase):
    def read(self, text, name="table", steps=(0, 10, 20, 30), times=None):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            opener = gzip.open if name.endswith(".gz") else open
            with opener(path, "wt") as file:
                file.write(text)
            times = np.full(len(steps), np.nan) if times is None else np.array(times)
            return thermo.pressures(path).at(np.array(steps), times)

    def check(self, found, expected):
        np.testing.assert_allclose(found, expected, rtol=1e-12)

    def test_log_with_another_column_first_and_other_output_between_rows(self):
        body = ("   Time   Step   Temp   Press\n 0 0 77 1000\n 1 10 77 2000\n"
                "SHAKE stats (type/ave/delta/count) on step 10\n 1 0.9572 1.2e-06 64\n"
                "WARNING: something\n 2 20 77 3000")
        text = LOG.format(units="real", body=body)
        expected = np.array([1000, 2000, 3000, np.nan]) * 1.01325e-4
        self.check(self.read(text), expected)
        self.check(self.read(text, "log.gz"), expected)

    def test_a_chosen_column(self):
        body = "   Step   Press   v_p\n 0 1 10\n 10 2 20"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "log"
            path.write_text(LOG.format(units="metal", body=body))
            rows = thermo.pressures(path, "v_p")
            self.check(rows.at([0, 10], [np.nan] * 2), np.array([10, 20]) * 1e-4)
            path.write_text("step,pressure_GPa,mean_MPa\n0,1,200\n")
            self.check(thermo.pressures(path, "mean_MPa").at([0], [np.nan]), np.array([0.2]))
            self.check(thermo.pressures(path, "pressure=mean_MPa").at([0], [np.nan]),
                       np.array([0.2]))

    def test_log_of_two_runs_the_later_line_of_a_step_counts(self):
        body = ("   Step   Press\n 0 1\n 10 2\nLoop time of 1 on 1 procs for 10 steps with 9 atoms\n"
                "   Step   Temp   Press\n 10 77 5\n 20 77 6")
        self.check(self.read(LOG.format(units="metal", body=body)),
                   np.array([1, 5, 6, np.nan]) * 1e-4)

    def test_log_in_style_multi_and_yaml(self):
        multi = ("------------ Step 0 ----- CPU = 0 (sec) -----\nTotEng = -1.0 Press = 100.0\n"
                 "------------ Step 10 ----- CPU = 0 (sec) -----\nTotEng = -1.0 Press = 200.0")
        yaml = ("---\nkeywords: ['Step', 'Temp', 'Press', ]\ndata:\n  - [0, 77, 100, ]\n"
                "  - [10, 77, 200, ]\n...")
        for body in (multi, yaml):
            self.check(self.read(LOG.format(units="metal", body=body)),
                       np.array([100, 200, np.nan, np.nan]) * 1e-4)

    def test_log_without_a_pressure_unit_is_refused(self):
        with self.assertRaises(SystemExit):
            self.read(LOG.format(units="lj", body="   Step   Press\n 0 1"))

    def test_tables(self):
        for text, factor in [
                ("timestep,pressure_set_GPa,pressure_GPa\n0,1,8\n10,2,9\n", 1),
                ("step;press (bar)\n0;1\n10;2\n", 1e-4), ("# step press[kbar]\n0 1\n10 2\n", 0.1),
                ('"Step"\t"Pressure (MPa)"\n0\t1\n10\t2\n', 1e-3)]:
            self.check(self.read(text), np.array([1, 2, np.nan, np.nan]) * factor)

    def test_tables_by_time(self):
        xvg = ('@ xaxis label "Time (ps)"\n@ yaxis label "(K), (bar)"\n@ s0 legend "Temperature"\n'
               '@ s1 legend "Pressure"\n 0.0 77 1000\n 2.5 77 2000\n')
        csv = "time_ps,pressure_GPa\n0,0.1\n2.5,0.2\n"
        nanoseconds = "time (ns),pressure (GPa)\n0,0.1\n0.0025,0.2\n"
        for text in (xvg, csv, nanoseconds):
            self.check(self.read(text, steps=(0, 1, 2), times=[0.0, 2.5, 5.0]), [0.1, 0.2, np.nan])

    def test_times_between_rows_are_interpolated_where_rows_are_dense(self):
        text = "time_ps,pressure_GPa\n0,0\n1,1\n2,2\n9,9\n10,10\n"
        self.check(self.read(text, steps=(0, 1, 2, 3, 4, 5), times=[0.5, 2.0, 3.5, 5, 6.5, 9.5]),
                   [0.5, 2, np.nan, np.nan, np.nan, 9.5])

    def test_output_of_namd(self):
        text = ("Info: NAMD 3.0\nETITLE:      TS           BOND           TEMP       PRESSURE\n"
                "ENERGY:       0         1.5000        77.0000      1000.0000\n"
                "ENERGY:      10         1.5000        77.0000      2000.0000\n")
        self.check(self.read(text), [0.1, 0.2, np.nan, np.nan])

    def test_tables_that_are_refused(self):
        for text in ("", "step,energy\n0,1\n", "pressure_GPa\n1\n",
                     "step,pressure_GPa\n0,1\n10,2,3\n"):
            with self.assertRaises(SystemExit):
                self.read(text)


class Axis(unittest.TestCase):
    """What the results of ten complete frames of twelve are plotted against."""

    def results(self, pressure=None, soap=None, **options):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "r.h5"
            with h5py.File(path, "w") as file:
                file["verglas/done"] = np.array([1] * 10 + [0] * 2, np.uint8)
                file["verglas"].attrs["model_name"] = ["M"]
                if soap:
                    file["verglas"].attrs["model_soap"] = [json.dumps(soap)]
                file["particles/centers/id"] = np.arange(1, 5)
                box = file.create_group("particles/centers/box/edges")
                box["step"] = np.append(np.arange(10) * 100, [0, 0])
                box["time"] = np.append(np.arange(10) * 0.5, [0, 0])
                if pressure is not None:
                    file["observables/pressure/value"] = np.append(pressure, [np.nan] * 2)
            with contextlib.redirect_stdout(io.StringIO()):
                return results.Results(str(path), **options)

    def test_pressures_if_most_frames_have_one(self):
        pressure = np.arange(10) / 10
        pressure[3] = np.nan
        found = self.results(pressure)
        self.assertEqual(found.label, results.PRESSURE)
        np.testing.assert_array_equal(found.x, np.delete(pressure, 3))
        pressure[:6] = np.nan
        found = self.results(pressure)
        self.assertEqual(found.label, results.TIME)
        np.testing.assert_array_equal(found.x, np.arange(10) * 0.5)

    def test_times_without_a_pressure_or_a_trend(self):
        noise = np.random.default_rng(2).normal(0, 0.1, 10)
        for pressure in (None, noise, np.append(np.nan, noise[1:])):
            found = self.results(pressure)
            self.assertEqual(found.label, results.TIME)
            self.assertEqual(len(found.x), 10)

    def test_centres_are_molecules_of_water_and_atoms_of_other_substances(self):
        self.assertEqual(self.results().unit, "molecule")
        for center, species, unit in (
                ("O", ["H", "O"], "molecule"), ("O", ["O"], "molecule"), ("O", ["O", "Si"], "atom"),
                ("Si", ["O", "Si"], "atom"), ("Si", ["Si"], "atom")):
            found = self.results(soap={"center": center, "species": species})
            self.assertEqual((found.unit, found.center), (unit, center))

    def test_a_ramp_from_the_first_complete_frame_to_the_last(self):
        found = self.results(ramp=[0.2, 2])
        np.testing.assert_allclose(found.x, np.linspace(0.2, 2, 10))
        self.assertTrue(found.has_pressure)


class Clusters(unittest.TestCase):
    def test_pairs_equal_brute_force(self):
        random = np.random.default_rng(1)
        for lengths, periodic in [((10, 11, 12), (1, 1, 1)), ((7, 20, 9.1), (1, 0, 1)),
                                  ((6.1, 6.1, 6.1), (1, 1, 1)), ((30, 8, 8), (0, 0, 0))]:
            lengths, periodic = np.array(lengths, float), np.array(periodic, bool)
            place = random.random((120, 3)) * lengths
            d = place[:, None] - place[None]
            d -= np.where(periodic, lengths * np.round(d / lengths), 0)
            i, j = np.nonzero(np.triu((d * d).sum(2) <= 9.0, 1))
            found = clusters.pairs(place, lengths, periodic, 3.0)
            self.assertEqual(sorted(zip(*found)), sorted(zip(i, j)))

    def test_sizes_equal_a_search(self):
        random = np.random.default_rng(2)
        for count in (0, 1, 30, 200):
            member = random.random(150) < 0.7
            i, j = random.integers(0, 150, (2, count))
            neighbours = {k: set() for k in np.flatnonzero(member)}
            for a, b in zip(i, j):
                if member[a] and member[b]:
                    neighbours[a].add(b)
                    neighbours[b].add(a)
            sizes, left = [], set(neighbours)
            while left:
                stack, size = [left.pop()], 1
                while stack:
                    new = neighbours[stack.pop()] & left
                    left -= new
                    size += len(new)
                    stack += new
                sizes.append(size)
            self.assertEqual(sorted(clusters.cluster_sizes(member, i, j)), sorted(sizes))


class Profiles(unittest.TestCase):
    def test_a_drift_of_whole_layers_is_taken_out_exactly(self):
        random = np.random.default_rng(3)
        first = random.random((20, 2))
        shifts = np.array([0, 3, -5])
        values = np.stack([np.roll(first, shift, axis=0) for shift in shifts])
        followed = drift.follow(values, shifts / 20)
        np.testing.assert_allclose(followed, np.stack([first] * 3))

    def test_a_thickness_that_the_layers_do_not_resolve_is_a_bound(self):
        found = {"mean/position": np.array([40.0, 140.0, np.nan]),
                 "mean/edges": np.linspace(0, 200, 51)}
        self.assertTrue(np.isnan(interface._bounds(found)).all())  # files of earlier versions
        found["mean/resolved"] = np.array([1, 0, 0], np.uint8)
        bounds = interface._bounds(found)
        np.testing.assert_array_equal(bounds, [np.nan, 8, np.nan])
        self.assertEqual(interface._thickness(8.25, 0.17, bounds[0]), "thickness 8.2 ± 0.2 Å")
        self.assertEqual(
            interface._thickness(5.1, 0.02, bounds[1]), "thickness not resolved, below 8.0 Å")

    def test_kernel_density_integrates_to_one_and_has_the_width(self):
        values = np.random.default_rng(4).normal(0, 1, 20_000)
        grid = np.linspace(-8, 8, 801)
        found = projections.density(values, grid, 0.5)
        step = grid[1] - grid[0]
        self.assertAlmostEqual(found.sum() * step, 1, places=6)
        variance = (found * grid**2).sum() * step
        self.assertAlmostEqual(variance, values.var() + 0.25, places=2)


    def test_frames_are_grouped_by_pressure_where_they_are_few(self):
        x = np.array([0.2, 0.2, 0.3, 0.4, 0.4, 0.4, 0.3])
        groups = evolution._groups(np.arange(6), x)
        self.assertEqual([list(group) for group in groups], [[0, 1], [2], [3, 4, 5]])
        groups = evolution._groups(np.arange(20), np.linspace(0, 1, 20))
        self.assertEqual(len(groups), evolution.GROUPS)
        self.assertEqual(sorted(np.concatenate(groups)), list(range(20)))


class Unfamiliar(unittest.TestCase):
    """Foreign molecules and frames with a warning in the figures of four frames, the last of which
    is not complete."""

    def drawn(self, module, guard=True):
        """The figure of a module, its caption and what was printed."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(folder) / "r.h5"
        with h5py.File(path, "w") as file:
            file["verglas/done"] = np.array([1, 1, 1, 0], np.uint8)
            about = file["verglas"].attrs
            about["model_name"] = ["M", "N"]
            about["minimum_cluster"], about["cluster_cutoff"] = 1, 3.0
            file["particles/centers/id"] = np.arange(100)
            box = file.create_group("particles/centers/box/edges")
            box["step"], box["time"] = np.arange(4) * 10, np.arange(4) * 0.5
            for model in "MN":
                group = file.create_group(f"observables/{model}")
                group.attrs["classes"] = ["LDA", "HDA", "IA"]
                group["largest_cluster/value"] = np.tile([50, 20, 2], (4, 1))
                group["cluster_count/value"] = np.tile([1, 2, 3], (4, 1))
            cross = np.zeros((4, 3, 3), int)
            cross[:, 0, 0] = 60
            file["observables/cross_phase/value"] = cross
            if guard:
                group = file["observables/M"]
                group["unfamiliar_count/value"] = [0, 40, 90, -1]
                group["largest_unfamiliar/value"] = [0, 30, 90, -1]
                group["familiarity/value"] = [0.98, 0.6, 0.1, np.nan]
                group["familiarity_warning/value"] = np.array([0, 1, 1, 0], np.uint8)
                labels = np.zeros((4, 4, 3), int)
                labels[:, :3], labels[:, 3, 1] = cross, 40
                file["observables/cross_label/value"] = labels
        found = {}
        output = page.Output(pathlib.Path(folder), ["png"])
        output.save = lambda figure, name, caption: found.update(figure=figure, caption=caption)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            module.draw(results.Results(str(path)), output)
        return found.get("figure"), found.get("caption", ""), printed.getvalue()

    def lines(self, axis):
        return {line.get_label(): line for line in axis.lines}

    def test_familiarity_with_the_frames_that_are_warned_of(self):
        figure, caption, _ = self.drawn(familiarity)
        lines = self.lines(figure.axes[0])
        self.assertEqual(len(figure.axes), 1)  # N has none
        np.testing.assert_array_equal(lines["familiarity"].get_ydata(), [0.98, 0.6, 0.1])
        np.testing.assert_array_equal(lines["unfamiliar"].get_ydata(), [0, 0.4, 0.9])
        np.testing.assert_array_equal(lines["warning"].get_xdata(), [0.5, 1])
        np.testing.assert_array_equal(lines["warning"].get_ydata(), [0.6, 0.1])
        self.assertIn("(2 of 3 by M)", caption)
        figure, _, printed = self.drawn(familiarity, guard=False)
        self.assertIsNone(figure)
        self.assertIn("no familiarity: results with a model that has", printed)

    def test_the_largest_cluster_of_unfamiliar_molecules(self):
        figure, caption, _ = self.drawn(clusters)
        found = self.lines(figure.axes[0])["unfamiliar"].get_ydata()
        np.testing.assert_array_equal(found, [np.nan, 30, 90])
        self.assertIn("Unfamiliar: molecules", caption)
        figure, caption, _ = self.drawn(clusters, guard=False)
        self.assertNotIn("unfamiliar", self.lines(figure.axes[0]))
        self.assertNotIn("nfamiliar", caption)

    def test_unfamiliar_molecules_in_the_table_of_two_models(self):
        figure, _, _ = self.drawn(cross_table)
        names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        self.assertEqual(names, ["LDA", "HDA", "IA", "unfamiliar"])
        self.assertTrue(any("120" in text.get_text() for text in figure.axes[0].texts))
        figure, _, _ = self.drawn(cross_table, guard=False)
        names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        self.assertEqual(names, ["LDA", "HDA", "IA"])


class Captions(unittest.TestCase):
    def test_captions_of_earlier_calls_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, caption in [("b", "first"), ("a", "one\n  two"), ("b", "second")]:
                figure = page.plt.figure()
                page.Output(folder, ["png"]).save(figure, name, caption)
            self.assertEqual((folder / "captions.txt").read_text(), "a\none two\n\nb\nsecond\n")

    def test_words_of_other_substances(self):
        with tempfile.TemporaryDirectory() as folder:
            output = page.Output(pathlib.Path(folder), ["png"])
            text = "A molecule has a class; IA molecules, a single molecule"
            self.assertEqual(output._worded(text), text)
            output.unit = "atom"
            self.assertEqual(
                output._worded(text), "An atom has a class; IA atoms, a single atom")


class Tables(unittest.TestCase):
    def item(self, classes, features, **attributes):
        group = types.SimpleNamespace(attrs=attributes)
        return types.SimpleNamespace(
            model="M", classes=classes, features=features, group=group)

    def test_accuracies_have_intervals_and_the_paper_is_of_water(self):
        silicon = self.item(["LDA", "HDA"], ["SiSi_110"] * 324, count=3200, accuracy=1.0)
        lines = tables.accuracies([silicon])
        self.assertNotIn("paper", lines[1])
        self.assertIn("1.0000    0.9988–1.0000", lines[2])
        water = self.item(["LDA", "HDA"], ["OO_110"] * 324, count=4800, accuracy=0.9998,
                          accuracy_interval=[0.9988, 1.0])
        lines = tables.accuracies([water, silicon])
        self.assertIn("paper", lines[1])
        self.assertTrue(lines[2].endswith("0.9998    0.9988–1.0000   0.9978"), lines[2])
        self.assertTrue(lines[3].endswith("–"))


if __name__ == "__main__":
    unittest.main()
