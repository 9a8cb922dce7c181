"""The command line of the figures: `figures.py --help`."""
import argparse
import pathlib

from . import (clusters, components, confusion, cross_table, drift, evolution, familiarity,
               fractions, importances, indicators, interface, palette, projections, reliability,
               scaling, slices, tables, thresholds)
from .evaluation import Evaluated
from .page import Output
from .results import Results

DESCRIPTION = """\
The figures and tables of the method (arXiv:2606.01401) from the files that verglas writes.

    figures.py compress.h5 --interface slab.h5 --interface-file interface.h5 \\
      --evaluation e2.h5 --evaluation e3.h5 --dataset dataset.h5 --output figures/
    figures.py --scaling strong.csv weak.csv --output figures/

Draws the figures whose input files are given and prints what is missing for the others. Captions go
to captions.txt. Figures are numbered as in the paper:

    fig2_confusion           confusion matrices                        --evaluation (several)
    fig3_pca                 classes in the plane of PC1 and PC2       --evaluation and --dataset
    fig4a_phase_fractions    phase fractions against pressure          results
    fig4b_ia_fraction        IA fraction against pressure and its      results with several
                             kinds, for several thresholds             thresholds
    fig5_slices              slices coloured by phase                  results with positions
    fig6_clusters            largest cluster, number of clusters       results
    fig7_interface           profile and snapshot of the slab          --interface
    fig8_projections         densities along PC1 and PC2 in slabs      --interface with pca, and
                                                                       regions or positions
    fig9_profiles            profiles over compression and back,       --interface
                             or over time
    figS1_importances        importances of the features               --evaluation
    figS2_…, figS3_…         figures 4a, 4b and 5 by another model     --second
    figS4_cluster_thresholds clusters for thresholds 0.90 to 0.99      results with positions
    figS5_relaxation         profiles during relaxation                --interface
    figS6_projections        figure 8 for the other model              --interface
    figS7_largest_ia         largest IA fraction against threshold     results with several
                                                                       thresholds
    cross_table              phases by two models                      results of two models
    familiarity              familiarity of the frames, and which      results with a guard or
                             cause a warning                           familiarity data
    reliability              fraction correct against probability      --evaluation
    structure_rdf            g(r) by phase                             results with --rdf
    structure_indicators     order parameters by phase                 results with --order
    structure_agreement      their correlation with p, and the         --order with
                             labels of older rules                     --per-molecule …,order
    tables.txt               tables 1 to 3                             --evaluation
    tables-supplement.txt    tables SI to SIII                         --evaluation
    scaling                  speed-up, efficiency, waiting             --scaling

Pressures are those stored by `analyze --thermo`, or come from the table of --thermo or from --ramp;
without them, x is the time in ps if the trajectory has it or --time-step is given, else the MD
step. The drift of a slab along a periodic axis is removed in figures 7, 8 and 9 with the file of
`verglas interface`.
Figures 5 and 7 are rendered by the `ovito` package if it is installed and works.
Needs numpy, h5py and matplotlib; `uv run` installs them.
"""


def arguments():
    """The options, checked."""
    parser = argparse.ArgumentParser(
        prog="figures.py", description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("results", nargs="?", help="results of a compression or any other run")
    add("--thermo", metavar="TABLE",
        help="pressures by step or time: CSV or another table with a header line, LAMMPS log, "
             ".xvg, NAMD's output; gzipped too")
    add("--thermo-column", metavar="NAME",
        help="column of --thermo with the pressure, e.g. v_p of a LAMMPS log")
    add("--ramp", metavar="GPA:GPA",
        help="pressures of the first and last frame of a run without a table whose pressure changes "
             "evenly, e.g. 0:2")
    add("--smooth", type=int, metavar="N",
        help="frames of the running mean of the pressure (default: as many as it takes for curves "
             "not to run backwards; 1: none)")
    add("--second", metavar="RESULTS", help="the same run by another model: figures S2 and S3")
    add("--interface", metavar="RESULTS", help="results of a slab, analysed with --profile")
    add("--interface-thermo", metavar="TABLE", help="pressures of the slab, as --thermo")
    add("--interface-file", metavar="FILE",
        help="file of verglas interface for that slab: its drift, x_G and thickness")
    add("--evaluation", metavar="FILE", action="append", default=[],
        help="file of verglas evaluate; repeat it for several models")
    add("--dataset", metavar="FILE", action="append", default=[],
        help="file of verglas sample, for figure 3; repeat it for several")
    add("--pressures", help="pressures (GPa) of the slices of figure 5, e.g. 0.2,0.9,1.1")
    add("--slabs", help="slabs of figure 8, e.g. x=10:20,89:99,110:120 (default: the regions)")
    add("--scaling", nargs="+", metavar="CSV",
        help="tables of verglas scaling --csv: strong, weak or both")
    add("--time-step", type=float, metavar="PS",
        help="ps per MD step, where the trajectory has no times")
    add("--palette", choices=list(palette.PALETTES), default="paper", help="colours of the phases")
    add("--formats", default="png,pdf,svg", help="formats of the figures (png,pdf,svg)")
    add("--output", default=".", type=pathlib.Path, help="folder of the figures")
    options = parser.parse_args()
    if not (options.results or options.interface or options.evaluation or options.scaling):
        parser.error("nothing to plot: give results.h5, --interface slab.h5, --evaluation "
                     "evaluation.h5 or --scaling strong.csv")
    options.formats = options.formats.split(",")
    if unknown := set(options.formats) - {"png", "pdf", "svg"}:
        parser.error(f"--formats: expected png, pdf or svg, found {', '.join(sorted(unknown))}")
    try:
        options.pressures = [float(word) for word in (options.pressures or "").split(",") if word]
    except ValueError:
        parser.error(f"--pressures: expected numbers, found {options.pressures}")
    try:
        options.ramp = [float(word) for word in options.ramp.split(":")] if options.ramp else None
        if options.ramp and len(options.ramp) != 2:
            raise ValueError
    except ValueError:
        parser.error(f"--ramp: expected two pressures in GPa, e.g. 0:2, found {options.ramp}")
    return options


def main():
    """Draws everything that the given files allow."""
    options = arguments()
    palette.choose(options.palette)
    output = Output(options.output, options.formats)
    if options.evaluation:
        evaluations = [Evaluated(path) for path in options.evaluation]
        confusion.draw(evaluations, output)
        if options.dataset:
            components.draw(evaluations, options.dataset, output)
        importances.draw(evaluations, output)
        reliability.draw(evaluations, output)
        tables.write(evaluations, output)
    if options.results:
        results = Results(options.results, options.thermo, options.time_step,
                          options.thermo_column, options.smooth, options.ramp)
        output.unit = results.unit
        fractions.draw(results, output)
        thresholds.draw(results, output)
        slices.draw(results, output, options.pressures)
        clusters.draw(results, output)
        cross_table.draw(results, output)
        familiarity.draw(results, output)
        indicators.draw_correlations(results, output)
        indicators.draw_indicators(results, output)
        clusters.draw_thresholds(results, output)
        thresholds.draw_largest(results, output)
    if options.second:
        second = Results(options.second, options.thermo, options.time_step,
                         options.thermo_column, options.smooth, options.ramp)
        fractions.draw(second, output, "figS2a_phase_fractions")
        thresholds.draw(second, output, "figS2b_ia_fraction")
        slices.draw(second, output, options.pressures, "figS3_slices")
    if options.interface:
        slab = Results(options.interface, options.interface_thermo, options.time_step,
                       options.thermo_column, options.smooth)
        measured = None
        if options.interface_file:
            measured = drift.InterfaceFile(options.interface_file, slab)
        moved = drift.moved(slab, measured)
        interface.draw(slab, output, measured, moved)
        for model, name in zip(slab.models, ("fig8_projections", "figS6_projections")):
            projections.draw(slab, output, model, options.slabs, moved, name)
        evolution.draw(slab, output, moved)
        evolution.draw_relaxation(slab, output, moved)
    if options.scaling:
        scaling.draw(options.scaling, output)
