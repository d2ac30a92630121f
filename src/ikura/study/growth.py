"""A history that grows with its study, as the store would return it."""

from collections.abc import Sequence

import numpy as np

from ikura.records import METRICS, History, Region, Trial, TrialResult, TrialState


def with_round(history: History, trials: Sequence[Trial], region: Region | None) -> History:
    """The history with one more round, whose trials wait."""
    width = _epochs(history)
    new = np.full((len(trials), width), np.nan, np.float32)
    return History(
        trials=(*history.trials, *trials),
        states=(*history.states, *[TrialState.WAITING] * len(trials)),
        curves={metric: np.concatenate([history.curves[metric], new]) if history.trials else new for metric in METRICS},
        regions=history.regions if region is None else (*history.regions, region),
        errors=history.errors,
    )


def with_results(history: History, results: Sequence[TrialResult]) -> History:
    """The history with what training gave for some of its trials."""
    states = list(history.states)
    width = max(_epochs(history), *(len(result.curves[METRICS[0]]) for result in results))
    wider = ((0, 0), (0, width - _epochs(history)))
    curves = {metric: np.pad(history.curves[metric], wider, constant_values=np.nan) for metric in METRICS}
    for result in results:
        states[result.number] = result.state
        for metric in METRICS:
            curve = result.curves[metric]
            # The store keeps -0 as 0.
            curves[metric][result.number, : len(curve)] = curve + np.float32(0)
    errors = {result.number: result.error for result in results if result.error is not None}
    return History(history.trials, tuple(states), curves, history.regions, {**history.errors, **errors})


def _epochs(history: History) -> int:
    return history.curves[METRICS[0]].shape[1] if history.trials else 0
