"""Asynchronous halving against algorithm 2 of its paper in a plain loop, and against Optuna's where they are one."""

from collections import defaultdict

import numpy as np
import optuna
import pytest

from ikura.records import GoOn, TrialState
from ikura.schedulers import AsynchronousHalving

NAN = float("nan")


def going_on(scheduler, history):
    return {decision.trial: decision.until for decision in scheduler.decide(history, seed=0)}


class Plain:
    """Algorithm 2 of Li et al. (2020), with a list for each rung."""

    def __init__(self, rungs, reduction):
        self.rungs, self.reduction = rungs, reduction
        self.results, self.promoted = defaultdict(dict), defaultdict(set)

    def promotions(self):
        """Return who goes on to where."""
        found = {}
        for place in range(len(self.rungs) - 2, -1, -1):
            results = self.results[place]
            best = sorted(results, key=lambda number: (results[number], number))[: len(results) // self.reduction]
            for number in best:
                if number not in self.promoted[place]:
                    self.promoted[place].add(number)
                    found[number] = self.rungs[place + 1]
        return found


@pytest.mark.parametrize("reduction", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_it_promotes_whom_the_papers_algorithm_does(seed, reduction, empty, begun, reach):
    scheduler, chance = AsynchronousHalving(81, reduction, 1), np.random.default_rng(seed)
    plain, history = Plain(scheduler.rungs, reduction), begun(empty(81), [{}] * 60)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    promoted = 0
    while history.targets:
        number = int(chance.choice(sorted(history.targets)))
        loss = round(float(chance.random()), 1)
        plain.results[scheduler.rungs.index(history.targets[number])][number] = np.float32(loss)
        history = reach(history, {number: loss})
        expected = plain.promotions()
        assert going_on(scheduler, history) == expected
        promoted += len(expected)
        history = history.with_decisions(scheduler.decide(history, seed=0))
    assert promoted > 20
    assert history.count(TrialState.COMPLETE, TrialState.PAUSED) == 60


@pytest.mark.usefixtures("quiet_optuna")
def test_a_trial_that_comes_to_a_rung_goes_on_where_optuna_would_not_prune_it(empty, begun, reach):
    # Optuna lets the best of fewer than `reduction` go on as well, and decides when a trial comes, never later.
    study = optuna.create_study(pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=3))
    scheduler, chance = AsynchronousHalving(27, 3, 3), np.random.default_rng(0)
    history = begun(empty(27), [{}] * 40)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    said = []
    for number in range(40):
        loss = float(np.float32(chance.random()))
        trial = study.ask()
        trial.report(loss, 3)
        history = reach(history, {number: loss})
        decided = going_on(scheduler, history)
        if number >= 2:
            said.append(number in decided)
            assert said[-1] == (not trial.should_prune())
        else:
            trial.should_prune()
        history = history.with_decisions(scheduler.decide(history, seed=0))
    assert 8 < sum(said) < 30


def test_nobody_goes_on_of_fewer_than_the_reduction_and_nobody_is_stopped(empty, begun, reach):
    scheduler = AsynchronousHalving(30)
    history = begun(empty(30), [{}] * 3)
    assert scheduler.decide(history, seed=0) == [GoOn(number, 3) for number in range(3)]
    history = reach(history.with_decisions(scheduler.decide(history, seed=0)), {0: 0.1, 1: 0.2})
    assert scheduler.decide(history, seed=0) == []
    assert scheduler.decide(reach(history, {2: 0.3}), seed=0) == [GoOn(0, 10)]


def test_all_rounds_are_compared_and_the_highest_rung_comes_first(empty, begun, reach):
    scheduler = AsynchronousHalving(8, reduction=2, min_epochs=2)
    history = begun(begun(empty(8), [{}] * 3), [{}] * 2)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    history = reach(history, {0: 0.1, 3: 0.2, 1: 0.9})
    history = history.with_decisions(scheduler.decide(history, seed=0))
    assert history.targets == {0: 4, 2: 2, 4: 2}
    history = reach(history, {0: 0.1, 4: 0.3})
    history = history.with_decisions(scheduler.decide(history, seed=0))
    assert history.targets == {2: 2, 3: 4}
    history = reach(history, {2: 0.15, 3: 0.05})
    assert scheduler.decide(history, seed=0) == [GoOn(3, 8), GoOn(2, 4)]


def test_whoever_is_lost_on_the_way_has_not_come_and_whoever_is_lost_later_is_the_worst(empty, begun, reach):
    scheduler = AsynchronousHalving(30)
    history = begun(empty(30), [{}] * 8)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    history = reach(history, {0: 0.1, 1: 0.2, 2: NAN, 3: NAN})
    assert scheduler.decide(history, seed=0) == []
    history = reach(history, {4: 0.3})
    assert scheduler.decide(history, seed=0) == [GoOn(0, 10)]
    history = reach(history.with_decisions(scheduler.decide(history, seed=0)), {0: NAN})
    assert scheduler.decide(history, seed=0) == [GoOn(1, 10)]


def test_a_constraint_decides_as_the_objective_says(constrained, begun, reach):
    scheduler = AsynchronousHalving(30)
    history = begun(constrained(30), [{}] * 6)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    history = reach(history, {n: n / 10 for n in range(6)}, {0: 0.1, 1: 0.9, 2: 0.2, 3: 0.3, 4: 0.8, 5: 0.1})
    assert scheduler.decide(history, seed=0) == [GoOn(1, 10), GoOn(4, 10)]


def test_planned_epochs_are_those_of_a_search_that_meets_the_best_first():
    scheduler = AsynchronousHalving(30)
    assert scheduler.planned_epochs([9]) == 9 * 3 + 3 * 7 + 1 * 20
    assert scheduler.planned_epochs([4, 5]) == scheduler.planned_epochs([9])
    assert scheduler.planned_epochs([2]) == 2 * 3
