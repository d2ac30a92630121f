"""Who wins the finals, and whose network is handed back."""

import numpy as np
import pytest

from ikura.errors import SettingError, SpaceError, StudyStopped
from ikura.records import Finalist, GoOn, History, JobResult, Stop, Trial, TrialState, best_first
from ikura.study import FinalsBegan, NetworksTrained, control
from ikura.study.finals import REPLICATES, best_trials, count_finalists, hold_finals, refit_winner
from tests.study.rehearsal import HORIZON, SETTINGS, Rehearsed, rehearse

OBJECTIVE = SETTINGS.objective


def finalist(number, score, cost=(0.1, 0.1)):
    return Finalist(number, {}, {"score": 0.9, "cost": 0.1}, {"score": tuple(score), "cost": tuple(cost)})


def winner(*finalists):
    return best_first(finalists, OBJECTIVE)[0].number


def test_the_mean_over_seeds_wins_not_the_luckiest_seed():
    assert winner(finalist(0, [1.0, 0.8]), finalist(1, [0.92, 0.92])) == 1


def test_ties_go_to_the_tie_break_then_to_the_lower_number():
    assert winner(finalist(0, [0.9, 0.9], [0.3, 0.3]), finalist(1, [0.9, 0.9], [0.2, 0.3])) == 1
    assert winner(finalist(2, [0.9, 0.9]), finalist(1, [0.9, 0.9])) == 1


def test_one_divergence_outweighs_all():
    assert winner(finalist(0, [1.0, None], [0.0, None]), finalist(1, [0.1, 0.1], [9.0, 9.0])) == 1


def searched(scores, trials=15):
    """A history whose first trials were complete with these scores, the others with 0."""
    history = History.of(SETTINGS).with_round([Trial(number, {"learning_rate": 0.1}, 0) for number in range(trials)])
    history = history.with_decisions([GoOn(number, HORIZON) for number in range(trials)])
    scores = [*scores, *[0.0] * (trials - len(scores))]
    curves = [{"score": np.full(HORIZON, score, np.float32), "cost": np.ones(HORIZON, np.float32)} for score in scores]
    return history.with_results(
        [JobResult(job, TrialState.COMPLETE, curve) for job, curve in zip(history.jobs(), curves, strict=True)]
    )


class Final(Rehearsed):
    """Its trial 1 looked best in the search, by luck."""

    def __init__(self, scores=(0.9, 0.8), diverging=()):
        super().__init__()
        self.jobs = []
        self._scores, self._diverging = scores, diverging

    def submit(self, jobs):
        self.jobs += jobs
        super().submit(jobs)

    def result(self, job):
        if (job.number, job.replicate) in self._diverging:
            return JobResult(job, TrialState.DIVERGED, {"score": np.zeros(0), "cost": np.zeros(0)})
        score = np.full(HORIZON, self._scores[job.number], np.float32)
        return JobResult(job, TrialState.COMPLETE, {"score": score, "cost": -score})


def test_finalists_are_trained_under_other_seeds_and_these_decide(store):
    evaluator, seen, history = Final(), [], searched([0.95, 0.99])
    first, second = hold_finals(rehearse(store, evaluator, seen=seen), history)
    assert (first.number, second.number) == (0, 1)
    assert second.search["score"] == pytest.approx(0.99)
    assert second.replicates["score"] == pytest.approx((0.8,) * REPLICATES)
    asked = sorted((job.number, job.replicate) for job in evaluator.jobs)
    assert asked == [(number, seed) for number in (0, 1) for seed in range(1, REPLICATES + 1)]
    assert all((job.start, job.stop) == (0, HORIZON) for job in evaluator.jobs)
    assert all(job.legs == history.legs(job.number, HORIZON) for job in evaluator.jobs)
    assert seen[0] == FinalsBegan(finalists=2, networks=2 * REPLICATES)
    assert seen[-1] == NetworksTrained(2 * REPLICATES, 2 * REPLICATES)


def test_a_command_stops_the_finals(store, monkeypatch):
    monkeypatch.setattr(control, "LOOK_SECONDS", 0.0)
    study = rehearse(store, Final())
    store.send("s", "stop", {})
    with pytest.raises(StudyStopped):
        hold_finals(study, searched([0.95, 0.99]))


def test_a_finalist_that_diverges_under_a_seed_loses(store):
    first, second = hold_finals(rehearse(store, Final(diverging={(0, 3)})), searched([0.95, 0.99]))
    assert (first.number, second.number) == (1, 0)
    assert second.replicates["score"] == (pytest.approx(0.9), pytest.approx(0.9), None, pytest.approx(0.9))


def test_finals_that_all_diverge_say_so(store):
    diverging = {(number, 1) for number in (0, 1)}
    with pytest.raises(SpaceError, match="all finalists diverged; some must stay finite: lower the upper bound"):
        hold_finals(rehearse(store, Final(diverging=diverging)), searched([0.95, 0.99]))


def test_only_trials_that_were_trained_to_the_end_are_finalists():
    history = History.of(SETTINGS).with_round([Trial(number, {}, 0) for number in range(20)])
    history = history.with_decisions([GoOn(0, HORIZON), GoOn(1, 3)])
    results = [
        JobResult(job, state, {"score": np.full(job.stop, score, np.float32)})
        for job, state, score in zip(history.jobs(), [TrialState.COMPLETE, TrialState.PAUSED], [0.1, 0.9], strict=True)
    ]
    assert best_trials(history.with_results(results), SETTINGS) == [0]
    assert count_finalists(20) == 2


def test_a_search_without_a_complete_trial_says_why():
    history = History.of(SETTINGS).with_round([Trial(0, {}, 0), Trial(1, {}, 0)])
    history = history.with_decisions([GoOn(0, HORIZON), GoOn(1, HORIZON)])
    first, second = history.jobs()
    diverged = history.with_results([JobResult(job, TrialState.DIVERGED, {}) for job in (first, second)])
    with pytest.raises(SpaceError, match="all 2 trials diverged"):
        best_trials(diverged, SETTINGS)
    failed = history.with_results(
        [JobResult(first, TrialState.DIVERGED, {}), JobResult(second, TrialState.FAILED, {}, "Traceback")]
    )
    with pytest.raises(SettingError, match="1 of 2 trials failed, the others diverged; some must come through"):
        best_trials(failed, SETTINGS)


def test_where_all_that_went_on_diverged_the_stopped_trials_are_finalists():
    history = History.of(SETTINGS).with_round([Trial(number, {}, 0) for number in range(3)])
    history = history.with_decisions([GoOn(number, 1) for number in range(3)])
    paused = [
        JobResult(job, TrialState.PAUSED, {"score": np.float32([score])})
        for job, score in zip(history.jobs(), [0.1, 0.9, 0.5], strict=True)
    ]
    history = history.with_results(paused).with_decisions([GoOn(1, HORIZON), Stop(0), Stop(2)])
    history = history.with_results([JobResult(job, TrialState.DIVERGED, {}) for job in history.jobs()])
    assert best_trials(history, SETTINGS) == [2]


class Refitting:
    """Gives a network under the third seed alone. Implements Finisher, but for the test."""

    def __init__(self, good):
        self.asked = []
        self._good = good

    def refit(self, job, look):
        look()
        self.asked.append((job.number, job.replicate))
        return "a network" if job.replicate == self._good else None


def test_the_network_is_that_of_the_first_seed_that_does_not_diverge():
    finisher = Refitting(good=3)
    assert refit_winner(finisher, searched([0.9]), 0, lambda: None) == "a network"
    assert finisher.asked == [(0, 1), (0, 2), (0, 3)]


def test_a_winner_that_diverges_under_every_seed_is_told():
    with pytest.raises(SpaceError, match="all networks of the winning configuration diverged"):
        refit_winner(Refitting(good=None), searched([0.9]), 0, lambda: None)
