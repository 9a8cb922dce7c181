#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""Figures and tables from the files that verglas writes: figures.py --help.

They are drawn by the package `verglas_figures` in the same folder.
"""
from verglas_figures.command import main

if __name__ == "__main__":
    main()
