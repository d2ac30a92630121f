"""Studies in miniature: a sampler against a function of the configuration."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from ikura.records import Config, History, Job, JobResult, Leg, Proposal, Trial, TrialState
from ikura.samplers import Sampler
from ikura.space import Space
from ikura.tasks import CLASSIFICATION


def propose_all(history: History, configs: Sequence[Config]) -> History:
    """The history after one more round, whose trials wait."""
    start = len(history.trials)
    return history.with_round([Trial(start + i, config, history.next_round) for i, config in enumerate(configs)])


def result(history: History, number: int, accuracy: float) -> JobResult:
    """What a trial gave that was trained to the end; where the accuracy is NaN, it has diverged."""
    job = Job(number, (Leg(number, history.trials[number].config, 0, history.horizon),), 0)
    lost = np.isnan(accuracy)
    curve = np.full(0 if lost else history.horizon, accuracy, np.float32)
    curves = {metric.name: curve for metric in history.metrics}
    return JobResult(job, TrialState.DIVERGED if lost else TrialState.COMPLETE, curves)


def append(history: History, configs: Sequence[Config], accuracy: Callable[[Config], float]) -> History:
    """The history after one more round that was trained; where the accuracy is NaN, a trial has diverged."""
    start = len(history.trials)
    history = propose_all(history, configs)
    return history.with_results([result(history, start + i, accuracy(config)) for i, config in enumerate(configs)])


def search(sampler: Sampler, space: Space, accuracy: Callable[[Config], float], trials: int, seed: int) -> History:
    """The history of a whole study."""
    history = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)
    while True:
        proposal = sampler.propose(space, history, trials - len(history.trials), seed)
        assert isinstance(proposal, Proposal)
        if not proposal.configs:
            return history
        regions = history.regions if proposal.region is None else (*history.regions, proposal.region)
        history = replace(append(history, proposal.configs, accuracy), regions=regions)


@pytest.fixture(name="propose_all")
def _propose_all():
    return propose_all


@pytest.fixture(name="append")
def _append():
    return append


@pytest.fixture(name="search")
def _search():
    return search
