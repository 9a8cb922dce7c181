#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy>=1.26", "h5py>=3.10", "matplotlib>=3.8"]
# ///
"""Figures and tables from the files that verglas writes: figures.py --help.

The package beside this script, `verglas_figures`, draws them.
"""
from verglas_figures.command import main

if __name__ == "__main__":
    main()
