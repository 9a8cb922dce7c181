#!/usr/bin/env bash
# OpenMM 8.6: XTCReporter and DCDReporter write step × (step size at the first report) as time.
#
# Guess before running: the times in an XTC equal those of the simulation's states, also with an
# integrator of variable steps; a DCD, whose header has one step size, has the first one.
# Seen: with a fixed step the times agree. When the step size is changed between two reports (from
# 1 to 2 fs), later times are too short, 0.04 instead of 0.06 ps. With VariableVerletIntegrator no
# time is right, although each frame of an XTC has a field for its own time and the state that the
# reporter is given holds it. Nothing warns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check OpenMM==8.6.1 MDAnalysis==2.11.0 numpy==2.4.6
cat >run.py <<'PYTHON'
import warnings

import numpy as np
import openmm
import openmm.app as app
from MDAnalysis.coordinates.DCD import DCDReader
from MDAnalysis.coordinates.XTC import XTCReader
from openmm import unit

warnings.filterwarnings("ignore")
count = 20
system = openmm.System()
force = openmm.NonbondedForce()
force.setNonbondedMethod(force.CutoffPeriodic)
force.setCutoffDistance(1)
topology = app.Topology()
chain = topology.addChain()
for _ in range(count):
    system.addParticle(39.95)
    force.addParticle(0, 0.3, 0.5)
    topology.addAtom("AR", app.Element.getBySymbol("Ar"), topology.addResidue("AR", chain))
system.addForce(force)
edges = np.eye(3) * 3
system.setDefaultPeriodicBoxVectors(*edges)
topology.setPeriodicBoxVectors(edges * unit.nanometer)
positions = np.array([[k % 3, k // 3 % 3, k // 9] for k in range(count)]) + 0.1


def run(name, integrator, change=None):
    simulation = app.Simulation(
        topology, system, integrator, openmm.Platform.getPlatformByName("Reference"))
    simulation.context.setPositions(positions)
    simulation.context.setVelocitiesToTemperature(100, 1)
    simulation.reporters += [
        app.XTCReporter(f"{name}.xtc", 10), app.DCDReporter(f"{name}.dcd", 10)]
    true = []
    for k in range(4):
        if k == 2 and change:
            integrator.setStepSize(change)
        simulation.step(10)
        true.append(simulation.context.getState().getTime().value_in_unit(unit.picosecond))
    simulation.reporters.clear()
    xtc = [frame.time for frame in XTCReader(f"{name}.xtc")]
    dcd = [frame.time for frame in DCDReader(f"{name}.dcd")]
    print(name, "state", np.round(true, 3), "XTC", np.round(xtc, 3), "DCD", np.round(dcd, 3))
    return np.array(true), np.array(xtc), np.array(dcd)


print("OpenMM", openmm.version.short_version)
true, xtc, dcd = run("fixed", openmm.VerletIntegrator(0.001))
assert np.allclose(true, xtc, atol=1e-5) and np.allclose(true, dcd, atol=1e-5)
true, xtc, dcd = run("changed", openmm.VerletIntegrator(0.001), 0.002)
assert np.allclose(true, [0.01, 0.02, 0.04, 0.06], atol=1e-5)
assert np.allclose(xtc, [0.01, 0.02, 0.03, 0.04], atol=1e-5)
true, xtc, dcd = run("variable", openmm.VariableVerletIntegrator(1e-4))
assert (true > 2 * xtc).all() and np.allclose(xtc, xtc[0] * np.arange(1, 5), rtol=1e-3)
PYTHON
v/bin/python run.py
# Output seen:
# OpenMM 8.6.1
# fixed state [0.01 0.02 0.03 0.04] XTC [0.01 0.02 0.03 0.04] DCD [0.01 0.02 0.03 0.04]
# changed state [0.01 0.02 0.04 0.06] XTC [0.01 0.02 0.03 0.04] DCD [0.01 0.02 0.03 0.04]
# variable state [1.519 1.702 1.929 2.273] XTC [0.176 0.353 0.529 0.705] DCD [0.176 0.353 0.529
# 0.705]
# (the numbers of the last run differ every time)
