"""Searches by schedules on learning curves that were recorded: by ours as a study asks them, and by Optuna's pruners.

The configurations are those of the table in a random order, the same for all, and one worker trains.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ikura.records import Goal, History, JobResult, Metric, Objective, Trial, TrialState
from ikura.schedulers import Scheduler

LOSS = Metric("loss", Goal.MINIMIZE)


@dataclass(frozen=True, eq=False)
class Curves:
    """What others measured of a table's configurations."""

    name: str
    losses: NDArray[np.float32]
    """[configuration, epoch], up to the horizon; infinite from where a configuration diverged on."""

    @property
    def horizon(self) -> int:
        """Epochs of a whole curve."""
        return self.losses.shape[1]

    def regret(self, configuration: int) -> float:
        """Return how far it is from the best at the horizon, as a share of the way to the median one; 1 at most."""
        last = self.losses[:, -1].astype(np.float64)
        return float(min(1.0, (last[configuration] - last.min()) / (np.median(last) - last.min())))


def taskset(path: Path, horizon: int) -> Curves:
    """Return the validation losses of a TaskSet file, without that before training."""
    trials = json.loads(gzip.decompress(path.read_bytes()))
    losses = np.array([trial["valid"]["loss"][1 : 1 + horizon] for trial in trials], np.float32)
    losses[np.logical_or.accumulate(~np.isfinite(losses), axis=1)] = np.inf
    return Curves(path.name.removeprefix("taskset_imdb_").removesuffix(".json.gz"), losses)


@dataclass(frozen=True)
class Replayed:
    """What a search came to."""

    epochs: int
    """That it trained, of all trials together."""
    chosen: int
    """The configuration that looked best: of those trained the furthest, the best there."""


def replay(scheduler: Scheduler, curves: Curves, order: Sequence[int], at_once: int) -> Replayed:
    """Return what one of our schedules does with some configurations, proposed in one round.

    Args:
        scheduler: decides who is trained on.
        curves: of the table.
        order: the configurations.
        at_once: how many results come in together; without influence but for schedules that wait for nobody.
    """
    history = History((LOSS,), Objective(LOSS), curves.horizon)
    history = history.with_round([Trial(place, {"configuration": each}, 0) for place, each in enumerate(order)])
    epochs = 0
    while True:
        history = history.with_decisions(scheduler.decide(history, seed=0))
        if not history.targets:
            return Replayed(epochs, order[history.ranking[0]] if len(history.ranking) else order[0])
        # Who is to come furthest is trained first, as by a study's workers.
        queue = sorted(history.targets, key=lambda number: (-history.targets[number], number))
        results = [_trained(history, curves, number, order[number]) for number in queue[:at_once]]
        # The epoch in which a trial diverges is spent as well.
        epochs += sum(result.epochs + (result.state is TrialState.DIVERGED) for result in results)
        history = history.with_results(results)


def _trained(history: History, curves: Curves, number: int, configuration: int) -> JobResult:
    job = history.job(number)
    values = curves.losses[configuration, job.start : job.stop]
    finite = np.isfinite(values)
    if not finite.all():
        return JobResult(job, TrialState.DIVERGED, {"loss": values[finite]})
    state = TrialState.COMPLETE if job.stop == curves.horizon else TrialState.PAUSED
    return JobResult(job, state, {"loss": values})


def replay_optuna(pruner, curves: Curves, order: Sequence[int], budgets: Sequence[int], name: str) -> list[Replayed]:
    """Return what a search with one of Optuna's pruners has come to when it has spent each of some budgets.

    A trial that diverges fails. The budgets ascend; the last ends the search, if the configurations do not.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name=name, pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0))
    found: list[Replayed] = []
    spent, standing = 0, {order[0]: (0, 0.0)}
    for configuration in order:
        trial, state = study.ask(), optuna.trial.TrialState.COMPLETE
        for epoch, loss in enumerate(curves.losses[configuration].tolist(), start=1):
            if spent == budgets[len(found)]:
                found.append(Replayed(spent, max(standing, key=standing.__getitem__)))
                if len(found) == len(budgets):
                    return found
            spent += 1
            if not np.isfinite(loss):
                state = optuna.trial.TrialState.FAIL
                standing.pop(configuration, None)
                break
            standing[configuration] = (epoch, -loss)
            trial.report(loss, epoch)
            if epoch < curves.horizon and trial.should_prune():
                state = optuna.trial.TrialState.PRUNED
                break
        study.tell(trial, loss if state is optuna.trial.TrialState.COMPLETE else None, state)
    last = Replayed(spent, max(standing, key=standing.__getitem__))
    return found + [last] * (len(budgets) - len(found))
