"""Searches whose truth is known."""

from dataclasses import replace

import numpy as np

from ikura.records import Goal, History, Job, JobResult, Leg, Metric, Objective, Trial, TrialState
from tests.cli.samples import SETTINGS
from tests.samplers.conftest import append, search

__all__ = ["METRICS", "OBJECTIVE", "SETTINGS", "append", "search", "trained", "uniform"]

OBJECTIVE = Objective(Metric("dev_loss", Goal.MINIMIZE))
METRICS = (Metric("train_loss", Goal.MINIMIZE), OBJECTIVE.metric)


def uniform(space, loss, trials=64, seed=0):
    """A random search of one epoch; where the loss is NaN, a trial has diverged."""
    history = History(METRICS, OBJECTIVE, horizon=1)
    configs = space.decode(np.random.default_rng(seed).random((trials, len(space))))
    history = history.with_round([Trial(number, config, 0) for number, config in enumerate(configs)])
    results = []
    for number, config in enumerate(configs):
        value = loss(config)
        lost = np.isnan(value)
        curve = np.full(0 if lost else 1, value, np.float32)
        state = TrialState.DIVERGED if lost else TrialState.COMPLETE
        job = Job(number, (Leg(number, config, 0, 1),), 0)
        results.append(JobResult(job, state, {metric.name: curve for metric in METRICS}))
    return history.with_results(results)


def trained(dev, train=None):
    """A search with these curves of the dev loss [trial, epoch], and of the training loss."""
    dev = np.asarray(dev, np.float32)
    train = dev if train is None else np.asarray(train, np.float32)
    metrics = METRICS if train is not None else METRICS[1:]
    history = replace(History(metrics, OBJECTIVE, dev.shape[1]))
    history = history.with_round([Trial(number, {}, 0) for number in range(len(dev))])
    jobs = [Job(number, (Leg(number, {}, 0, dev.shape[1]),), 0) for number in range(len(dev))]
    return history.with_results(
        [
            JobResult(job, TrialState.COMPLETE, {"dev_loss": dev[job.number], "train_loss": train[job.number]})
            for job in jobs
        ]
    )
