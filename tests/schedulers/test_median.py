"""Median stopping against a plain loop, and against Optuna's pruner where they are the same."""

import numpy as np
import optuna
import pytest

from ikura.records import GoOn, JobResult, Stop, TrialState
from ikura.schedulers import MedianStopping

NAN = float("nan")


@pytest.fixture
def together(empty, begun):
    """The history of a round in which each trial has been trained for as long as its losses go, of 30 epochs."""

    def make(losses, scores=None, begin=empty):
        history = begun(begin(30), [{}] * len(losses))
        epochs = max(map(len, losses))
        history = history.with_decisions([GoOn(number, epochs) for number in range(len(losses))])
        results = []
        for job in history.jobs():
            loss = np.array(losses[job.number], np.float32)
            score = np.zeros(len(loss)) if scores is None else np.array(scores[job.number])
            state = TrialState.PAUSED if len(loss) == epochs else TrialState.DIVERGED
            results.append(JobResult(job, state, {"loss": loss, "score": score.astype(np.float32)}))
        return history.with_results(results)

    return make


def stopped(history, min_epochs=3):
    decisions = MedianStopping(30, min_epochs).decide(history, seed=0)
    assert len(decisions) == history.count(TrialState.PAUSED)
    assert {decision.until for decision in decisions if isinstance(decision, GoOn)} <= {2 * min_epochs}
    return {decision.trial for decision in decisions if isinstance(decision, Stop)}


def plain(losses):
    """Golovin et al. (2017), section 3.2.2, word for word."""
    epochs = max(map(len, losses))
    averages = [np.mean(np.float64(loss)) if len(loss) == epochs else np.inf for loss in losses]
    return {
        number
        for number, loss in enumerate(losses)
        if len(loss) == epochs and np.float64(loss).min() > np.median(averages)
    }


def optunas(losses):
    """The same by Optuna, whose pruner compares with values: here with those of trials that report their averages."""
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=0, n_warmup_steps=0))
    step = len(losses[0]) - 1
    for loss in losses:
        average = float(np.mean(np.float64(loss)))
        study.add_trial(optuna.trial.create_trial(value=average, intermediate_values={step: average}))
    found = set()
    for number, loss in enumerate(losses):
        trial = study.ask()
        for epoch, value in enumerate(loss):
            trial.report(float(value), epoch)
        if trial.should_prune():
            found.add(number)
    return found


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("trials", [1, 3, 15])
@pytest.mark.usefixtures("quiet_optuna")
def test_whoever_is_worse_than_the_median_of_averages_is_stopped(together, seed, trials):
    chance = np.random.default_rng(seed)
    level = chance.random((trials, 1))
    losses = np.float32(level + 0.2 * chance.random((trials, 3))).round(2)
    found = stopped(together(losses))
    assert found == plain(losses) == optunas(losses)
    assert bool(found) or trials < 15


@pytest.mark.parametrize("seed", range(10))
def test_those_that_were_lost_count_as_the_worst(together, seed):
    chance = np.random.default_rng(seed)
    losses = [np.float32(level + 0.2 * chance.random(3)) for level in chance.random(15)]
    for number in chance.choice(15, 6, replace=False):
        losses[number] = losses[number][: chance.integers(3)]
    assert stopped(together(losses)) == plain(losses)
    alone = [loss for loss in losses if len(loss) == 3]
    assert len(stopped(together(losses))) < len(plain(alone))


def test_of_an_even_number_the_worse_one_of_the_middle_two_is_the_median(together):
    assert stopped(together([[0.1], [0.2], [0.3], [0.4]], scores=None), min_epochs=1) == {3}


def test_equal_trials_all_go_on(together):
    assert stopped(together([[0.1, 0.1, 0.1]] * 7)) == set()


def test_the_best_value_so_far_counts_and_not_the_last(together):
    assert stopped(together([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.4, 0.9, 0.9], [0.6, 0.6, 0.6], [0.5] * 3])) == {3}


def test_averages_are_of_the_epochs_that_were_measured(together):
    # Training code may report now and then.
    losses = [[NAN, 0.5, 0.1], [0.9, NAN, 0.3], [NAN, NAN, 0.65]]
    assert stopped(together(losses)) == {2}


def test_tie_breaks_decide_between_equals(together):
    losses, scores = [[0.5] * 3] * 5, [[score] * 3 for score in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert stopped(together(losses, scores)) == {0, 1}


def test_a_constraint_decides_as_the_objective_says(together, constrained):
    losses, scores = [[0.1] * 3, [0.2] * 3, [0.3] * 3, [0.4] * 3, [0.5] * 3], [[0.1] * 3, *[[0.9] * 3] * 4]
    assert stopped(together(losses, scores)) == {3, 4}
    assert stopped(together(losses, scores, constrained)) == {0, 4}


def test_those_that_were_stopped_before_do_not_count(together, empty, begun, reach):
    scheduler = MedianStopping(30, 3)
    history = reach(begun(empty(30), [{}] * 6).with_decisions([GoOn(n, 3) for n in range(6)]), {n: n for n in range(6)})
    history = history.with_decisions(scheduler.decide(history, seed=0))
    assert history.numbers(TrialState.STOPPED) == [4, 5]
    history = reach(history, {0: 0.0, 1: 1.0, 2: NAN, 3: 3.0})
    # Of four that set out, one was lost: only the worst of the others is behind more than two.
    assert scheduler.decide(history, seed=0) == [GoOn(0, 9), GoOn(1, 9), GoOn(3, 9)]
    history = reach(history.with_decisions(scheduler.decide(history, seed=0)), {0: 0.0, 1: 1.0, 3: 3.0})
    assert scheduler.decide(history, seed=0) == [GoOn(0, 12), GoOn(1, 12), Stop(3)]


def test_a_round_is_looked_at_every_few_epochs_up_to_the_horizon():
    assert MedianStopping(30).epochs == (3, 6, 9, 12, 15, 18, 21, 24, 27, 30)
    assert MedianStopping(30, 7).epochs == (7, 14, 21, 28, 30)
    assert MedianStopping(5).epochs == (1, 2, 3, 4, 5)
