"""Searches of a task, in waves: by our samplers as a study asks them, and by Optuna's through its own interface."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.search.tasks import Task
from ikura.records import Config, Goal, History, Job, JobResult, Leg, Metric, Objective, Proposal, Trial, TrialState
from ikura.samplers import Sampler
from ikura.space import Choice, Float, Int

LOSS = Metric("loss", Goal.MINIMIZE)


def chosen(task: Task, configs: Sequence[Config], told: Sequence[float]) -> NDArray[np.float64]:
    """Return the regret [evaluation] of the configuration that looked best up to then."""
    best = np.minimum.accumulate(np.asarray(told))
    firsts = [int(np.flatnonzero(np.asarray(told) == value)[0]) for value in best]
    regrets = {first: task.regret(configs[first]) for first in set(firsts)}
    return np.array([regrets[first] for first in firsts])


def drive(task: Task, sampler: Sampler, trials: int, seed: int) -> NDArray[np.float64]:
    """Return the regrets of a search by one of Ikura's samplers, which says its waves itself."""
    history = searched(task, sampler, trials, seed)
    return chosen(task, [trial.config for trial in history.trials], history.final("loss").astype(float).tolist())


def searched(task: Task, sampler: Sampler, trials: int, seed: int) -> History:
    """Return the history of a search by one of Ikura's samplers."""
    rng = np.random.default_rng([seed, 99])
    history = History((LOSS,), Objective(LOSS), horizon=1)
    while len(history.trials) < trials:
        proposal = sampler.propose(task.space, history, trials - len(history.trials), seed)
        assert isinstance(proposal, Proposal)
        if not proposal.configs:
            break
        start = len(history.trials)
        history = history.with_round(
            [Trial(start + place, config, history.next_round) for place, config in enumerate(proposal.configs)]
        )
        values = [task.observe(config, rng) for config in proposal.configs]
        history = history.with_results(
            [
                JobResult(
                    Job(start + place, (Leg(start + place, config, 0, 1),), 0),
                    TrialState.COMPLETE,
                    {"loss": np.array([value], np.float32)},
                )
                for place, (config, value) in enumerate(zip(proposal.configs, values, strict=True))
            ]
        )
    return history


def drive_optuna(task: Task, make: Callable, trials: int, wave: int, seed: int) -> NDArray[np.float64]:
    """Return the regrets of a search by one of Optuna's samplers, asked for a wave at a time."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rng = np.random.default_rng([seed, 99])
    study, configs, told = optuna.create_study(sampler=make(seed)), [], []
    while len(told) < trials:
        asked = [study.ask() for _ in range(min(wave, trials - len(told)))]
        new = [_suggested(task, trial) for trial in asked]
        for trial, config in zip(asked, new, strict=True):
            told.append(task.observe(config, rng))
            configs.append(config)
            study.tell(trial, told[-1])
    return chosen(task, configs, told)


def _suggested(task: Task, trial) -> Config:
    config: dict = {}
    for name in task.space.parents_first:
        dimension = task.space.dimensions[name]
        if any(config.get(other) not in values for other, values in (dimension.when or {}).items()):
            continue
        match dimension:
            case Choice():
                # Numbers as integers in their order, which is how Optuna's users would have them.
                options = sorted(dimension.options) if dimension.ordinal else list(dimension.options)
                if dimension.ordinal:
                    config[name] = options[trial.suggest_int(name, 0, len(options) - 1)]
                else:
                    config[name] = trial.suggest_categorical(name, options)
            case Int():
                config[name] = trial.suggest_int(name, dimension.low, dimension.high, log=dimension.scale == "log")
            case Float(scale="one-minus-log"):
                config[name] = 1 - trial.suggest_float(name, 1 - dimension.high, 1 - dimension.low, log=True)
            case Float():
                config[name] = trial.suggest_float(name, dimension.low, dimension.high, log=dimension.scale == "log")
    return config
