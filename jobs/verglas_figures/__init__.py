"""Figures and tables of the method (arXiv:2606.01401) from the files that verglas writes.

One module per figure; `page` has the style and the output, `palette` the colours, `results` the
frames of a results file and their axes. Start: `python jobs/figures.py --help`.
"""
