"""How the tests of the engine have it train."""

import jax
import numpy as np

from ikura.dials import default_config
from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Job, Leg
from ikura.train import Engine

DIALS = TRAINING_DIALS | MLP_DIALS
DEFAULTS = default_config(DIALS)


def whole(number, config, horizon, replicate=0):
    """Return the job of a trial that is trained to its end at once."""
    return Job(number, (Leg(number, config, 0, horizon),), 0, replicate)


def part(job, start, stop):
    """Return the job that trains a part of the other's way."""
    legs = [leg for leg in job.legs if leg.start < stop]
    last = legs[-1]
    return Job(job.number, (*legs[:-1], Leg(last.number, last.config, last.start, stop)), start, job.replicate)


def finish(engine, jobs, others=0):
    """Submit jobs, and return what became of each by (number, replicate) once they and the others are done."""
    found = {}
    engine.submit(jobs)
    while len(found) < len(jobs) + others:
        for trained in engine.collect(0.5):
            found[trained.result.number, trained.result.job.replicate] = trained
    return found


def train(workload, jobs, workers=None, snapshots=None):
    """Have an engine of its own train jobs, networks kept."""
    engine = Engine(workload, workers, snapshots=snapshots, keep_networks=True)
    try:
        return finish(engine, jobs)
    finally:
        engine.close(done=True)


def bits(trained):
    """Return all bits of curves and arrays."""
    curves = [(name, curve.tobytes()) for name, curve in sorted(trained.result.curves.items())]
    return trained.result.state, curves, [] if trained.snapshot is None else snapshot_bits(trained.snapshot)


def snapshot_bits(snapshot):
    """Return all bits of a snapshot."""
    arrays = [*jax.tree.leaves((snapshot.variables, snapshot.slots)), snapshot.curves, np.float64(snapshot.loss)]
    return [snapshot.position, *[(np.asarray(array).dtype, np.asarray(array).tobytes()) for array in arrays]]
