"""The finals: the best configurations once more, under other seeds, so that the winner is not just the luckiest."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ikura.errors import IkuraError, SettingError, SpaceError
from ikura.records import Finalist, History, Job, JobResult, Settings, TrialState, best_first
from ikura.report.checks import best_of_each
from ikura.study.events import FinalsBegan, NetworksTrained
from ikura.study.search import LOOK_SECONDS, user_words
from ikura.study.study import Study

if TYPE_CHECKING:
    from ikura.evaluators import Finisher
    from ikura.model import Model

FINALISTS = 5
"""At most; one for every ten trials."""

LOWER_RATE = "lower the upper bound of learning_rate"

REPLICATES = 4
"""Networks of each finalist."""


def count_finalists(trials: int) -> int:
    """Return how many configurations get into the finals of a study of so many trials, if enough are complete."""
    return min(FINALISTS, -(-trials // 10))


def best_trials(history: History, settings: Settings) -> list[int]:
    """Return the numbers of the trials that get into the finals, the best first.

    Where a schedule has stopped all but some that diverged later, the best of the stopped ones get in. Where some keep
    to the constraints, none gets in that does not. With two objectives those of the front get in that are the best in
    the first one.

    Raises:
        SpaceError: every trial diverged.
        SettingError: no trial came through, since the user's own code failed.
    """
    return comparable(history, settings)[: count_finalists(len(history.trials))]


def comparable(history: History, settings: Settings) -> list[int]:
    """Return the numbers of all trials that the finals choose from, the best first; see `best_trials`."""
    if not len(history.ranking):
        raise _all_lost(history, settings)
    return list(history.front or history.able.tolist())


def hold_finals(study: Study, history: History) -> list[Finalist]:
    """Train the best few configurations again, each under several seeds; the winner comes first.

    With them goes the best of each value of a scientific hyperparameter, so that values are compared beyond chance.

    Raises:
        SpaceError: every trial diverged, or every finalist.
        SettingError: no trial came through, since the user's own code failed.
    """
    best = list(dict.fromkeys([*best_trials(history, study.settings), *best_of_each(study.space, history)]))
    jobs = [whole_job(history, number, replicate) for replicate in range(1, REPLICATES + 1) for number in best]
    study.tell(FinalsBegan(len(best), len(jobs)))
    results: dict[int, list[JobResult]] = defaultdict(list)
    for done, result in enumerate(_trained(study, jobs), start=1):
        results[result.number].append(result)
        study.tell(NetworksTrained(done, len(jobs)))
    finalists = [_finalist(history, number, results[number]) for number in best]
    finalists = best_first(finalists, history.objective)
    if history.front:
        # What takes part for the sake of a question alone is no compromise of the two objectives.
        finalists.sort(key=lambda one: (one.diverged, one.number not in history.front))
    if finalists[0].diverged:
        raise _all_diverged("all finalists", _remedy(study.settings))
    return finalists


def refit_winner(finisher: "Finisher", history: History, winner: int, look: Callable[[], None]) -> "Model":
    """Return the network that is handed back: of several seeds the first with which it does not diverge.

    Args:
        finisher: what trains it.
        history: of the search.
        winner: the number of the trial that won.
        look: called now and then; what it raises ends the refit.

    Raises:
        SpaceError: all of them diverged.
    """
    for replicate in range(1, REPLICATES + 1):
        model = finisher.refit(whole_job(history, winner, replicate), look)
        if model is not None:
            return model
    raise _all_diverged("all networks of the winning configuration")


def whole_job(history: History, number: int, replicate: int) -> Job:
    """Return the training of a trial from its first epoch to the horizon, under one of several seeds."""
    return Job(number, history.legs(number, history.horizon), 0, replicate)


def _trained(study: Study, jobs: Sequence[Job]) -> Iterator[JobResult]:
    """Yield the results of jobs as they come."""
    study.evaluator.submit(jobs)
    left = len(jobs)
    while left:
        study.control.look()
        results = study.evaluator.collect(LOOK_SECONDS)
        left -= len(results)
        yield from results


def _finalist(history: History, number: int, results: Sequence[JobResult]) -> Finalist:
    ordered = sorted(results, key=lambda result: result.job.replicate)
    whole = [result for result in ordered if result.state is TrialState.COMPLETE]
    replicates = {
        metric.name: tuple(
            float(result.curves[metric.name][-1]) if result.state is TrialState.COMPLETE else None for result in ordered
        )
        for metric in history.metrics
        # Training code may leave one out, which is no divergence.
        if metric in history.objective.ranked
        or all(metric.name in result.curves and np.isfinite(result.curves[metric.name][-1]) for result in whole)
    }
    return Finalist(number, history.config(number), history.values(number), replicates)


def _all_lost(history: History, settings: Settings) -> IkuraError:
    if not history.errors:
        return _all_diverged(f"all {len(history.trials)} trials", _remedy(settings))
    others = ", the others diverged" if len(history.errors) < len(history.trials) else ""
    argument, what = user_words(settings)
    return SettingError(
        f"{argument}: {len(history.errors)} of {len(history.trials)} trials failed{others}; some must come "
        f"through: mend the {what} and begin another study (`ikura show STUDY --json` has the tracebacks)"
    )


def _remedy(settings: Settings) -> str:
    return LOWER_RATE if settings.code is None else "narrow the space"


def _all_diverged(who: str, remedy: str = LOWER_RATE) -> SpaceError:
    return SpaceError(f"{who} diverged; some must stay finite: {remedy}")
