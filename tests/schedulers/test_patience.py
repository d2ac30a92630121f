"""Patience against a plain loop over epochs."""

import numpy as np
import pytest

from ikura.records import GoOn, JobResult, TrialState
from ikura.schedulers import Patience

NAN = float("nan")


class Curves:
    """Trains by curves that are given."""

    def __init__(self, losses, scores=None):
        self.losses = np.float32(losses)
        self.scores = np.zeros_like(self.losses) if scores is None else np.float32(scores)

    def train(self, job, horizon):
        epochs = slice(job.start, job.stop)
        curves = {"loss": self.losses[job.number, epochs], "score": self.scores[job.number, epochs]}
        return JobResult(job, TrialState.COMPLETE if job.stop == horizon else TrialState.PAUSED, curves)


def plain(losses, patience):
    """Return for how many epochs each trial is trained, as a loop with early stopping would have it."""
    ended = []
    for loss in losses:
        best, since = np.inf, 0
        for epoch, value in enumerate(loss, start=1):
            best, since = (value, 0) if value < best else (best, since + 1)
            if since > patience or epoch == len(loss):
                ended.append(epoch)
                break
    return ended


@pytest.mark.parametrize("patience", [1, 2, 6, 17])
def test_a_trial_ends_at_the_epoch_at_which_a_loop_would_stop_it(patience, empty, begun, drive):
    chance = np.random.default_rng(patience)
    losses = (np.exp(-np.arange(20) / chance.uniform(1, 20, (50, 1))) + 0.3 * chance.random((50, 20))).round(1)
    losses[0] = np.arange(20)
    history, _ = drive(Patience(20, patience), begun(empty(20), [{}] * 50), Curves(losses))
    assert history.epochs.tolist() == plain(np.float32(losses), patience)
    assert 0 < history.count(TrialState.STOPPED) == (history.epochs < 20).sum()


def test_nobody_pauses_where_nobody_could_be_stopped(empty, begun, drive):
    falling = -np.arange(20.0)[None]
    _, decisions = drive(Patience(20, 4), begun(empty(20), [{}]), Curves(falling))
    assert decisions == [GoOn(0, 6), GoOn(0, 11), GoOn(0, 16), GoOn(0, 20)]


def test_a_better_tie_break_is_better(empty, begun, drive):
    flat, rising = np.full((2, 20), 0.5), np.array([[0.0] * 20, np.arange(20)])
    history, _ = drive(Patience(20, 4), begun(empty(20), [{}] * 2), Curves(flat, rising))
    assert history.epochs.tolist() == [6, 20]


def test_a_constraint_decides_as_the_objective_says(constrained, begun, drive):
    # The loss grows from the start, but only later epochs meet the constraint.
    growing, scores = np.arange(20.0)[None], np.array([[0.1] * 5 + [0.9] * 15])
    history, _ = drive(Patience(20, 4), begun(constrained(20), [{}]), Curves(growing, scores))
    assert history.epochs.tolist() == [6 + 5]


def test_epochs_that_were_not_measured_are_no_better(empty, begun, drive):
    # Training code may report now and then.
    losses = np.full((1, 20), NAN)
    losses[0, [0, 5, 10]] = 0.5, 0.4, 0.4
    history, _ = drive(Patience(20, 7), begun(empty(20), [{}]), Curves(losses))
    assert history.states == (TrialState.STOPPED,)
