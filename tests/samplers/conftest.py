"""Studies in miniature: a sampler against a function of the configuration."""

from collections.abc import Callable

import numpy as np
import pytest

from ikura.records import METRICS, Config, History, Trial, TrialState
from ikura.samplers import Sampler
from ikura.space import Space


def append(history: History, configs: list[Config], accuracy: Callable[[Config], float]) -> History:
    """The history after one more round; where the accuracy is NaN, a trial has diverged."""
    start, number = len(history.trials), history.trials[-1].round + 1 if history.trials else 0
    trials = history.trials + tuple(Trial(start + i, config, number) for i, config in enumerate(configs))
    values = np.array([accuracy(trial.config) for trial in trials], dtype=np.float32)
    states = tuple(TrialState.DIVERGED if np.isnan(value) else TrialState.COMPLETE for value in values)
    return History(trials, states, dict.fromkeys(METRICS, values[:, None]))


def search(sampler: Sampler, space: Space, accuracy: Callable[[Config], float], trials: int, seed: int) -> History:
    """The history of a whole study; its regions are those that the sampler proposed."""
    history, regions = History(), []
    while proposal := sampler.propose(space, history, trials - len(history.trials), seed):
        if not proposal.configs:
            break
        regions.append(proposal.region)
        history = append(history, proposal.configs, accuracy)
    return History(history.trials, history.states, history.curves, tuple(region for region in regions if region))


@pytest.fixture(name="append")
def _append():
    return append


@pytest.fixture(name="search")
def _search():
    return search
