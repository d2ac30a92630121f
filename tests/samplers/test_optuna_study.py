"""What a sampler of Optuna's is told, and when."""

from dataclasses import replace

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState as Theirs

from ikura.errors import SettingError
from ikura.records import CopyFrom, GoOn, History, JobResult, Source, Stop, TrialState
from ikura.samplers.optuna_study import Asked, Told, rounds_told
from ikura.space import Choice, Float, Space
from ikura.tasks import CLASSIFICATION

SPACE = Space(x=Float(0, 1), kind=Choice("a", "b"))
EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=3)
CONFIGS = [{"x": place / 8, "kind": "a"} for place in range(8)]
COMPLETE, STOPPED, PAUSED = TrialState.COMPLETE, TrialState.STOPPED, TrialState.PAUSED


def history_of(propose_all, ends):
    """A history of trials, each with the state it ends in and its values by epoch."""
    history = propose_all(EMPTY, CONFIGS[: len(ends)])
    history = history.with_decisions([GoOn(number, 3) for number in range(len(ends))])
    results = []
    for job, (state, values) in zip(history.jobs(), ends, strict=True):
        curve = np.array(values, np.float32)
        paused = state in (STOPPED, PAUSED)
        error = "ValueError: mine" if state is TrialState.FAILED else None
        curves = {metric.name: curve for metric in history.metrics}
        results.append(JobResult(job, PAUSED if paused else state, curves, error))
    history = history.with_results(results)
    return history.with_decisions([Stop(number) for number, (state, _) in enumerate(ends) if state is STOPPED])


ENDS = [
    (COMPLETE, [0.1, 0.2, 0.5]),
    (STOPPED, [0.25]),
    (PAUSED, [0.125, 0.5]),
    (TrialState.DIVERGED, [0.5]),
    (TrialState.FAILED, []),
    (STOPPED, []),
    (PAUSED, []),
]


@pytest.mark.parametrize("prunes", [True, False])
def test_states_are_told_so_that_samplers_can_use_what_was_measured(propose_all, prunes):
    (told,) = rounds_told(history_of(propose_all, ENDS), prunes=prunes)
    early = "PRUNED" if prunes else "COMPLETE"
    assert [each.state for each in told] == ["COMPLETE", early, early, "FAIL", "FAIL", "FAIL", "RUNNING"]
    assert [each.epochs for each in told[:3]] == [3, 1, 2]
    values = [each.value for each in told]
    assert values[:3] == pytest.approx([0.5, 0.25, 0.5], rel=1e-6)
    assert values[3:] == [None] * 4


def test_a_trial_that_copied_another_is_told_as_it_was_trained_last(propose_all):
    history = history_of(propose_all, [(PAUSED, [0.1]), (PAUSED, [0.2])])
    history = history.with_decisions([CopyFrom(0, Source(1, 1), {"x": 0.9, "kind": "b"}, 3)])
    (job,) = history.jobs()
    curves = {metric.name: np.array([0.3, 0.4], np.float32) for metric in history.metrics}
    (told,) = rounds_told(history.with_results([JobResult(job, COMPLETE, curves)]), prunes=False)
    assert (told[0].proposed, told[0].config) == (CONFIGS[0], {"x": 0.9, "kind": "b"})


class Spy(optuna.samplers.RandomSampler):
    """Sees what Optuna has when a trial is asked for."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def before_trial(self, study, trial):
        trials = study.get_trials(deepcopy=False)[: trial.number]
        self.seen.append([(each.state.name, each.value, each.intermediate_values, each.params) for each in trials])


def asked(sampler, space=SPACE):
    return Asked(sampler, space, EMPTY.objective, seed=0)


def told(config, state, value=None, epochs=3):
    return Told(config, config, state, value, epochs)


def test_those_of_the_same_round_are_running():
    spy = Spy()
    configs = asked(spy).ask(4)
    assert len(configs) == 4
    for place, seen in enumerate(spy.seen):
        assert [state for state, *_ in seen] == ["RUNNING"] * place
        assert [params for *_, params in seen] == configs[:place]


def test_what_was_asked_for_is_told_and_what_was_not_is_added():
    spy = Spy()
    study = asked(spy)
    one, two, three, four = study.ask(4)
    other = {"x": 0.5, "kind": "a"}
    study.tell(
        [
            told(other, "COMPLETE", 0.25),
            told(two, "PRUNED", 0.5, 2),
            told(one, "COMPLETE", 0.75),
            told(three, "FAIL"),
        ]
    )
    study.ask(1)
    assert spy.seen[-1] == [
        ("COMPLETE", 0.75, {}, one),
        ("PRUNED", 0.5, {2: 0.5}, two),
        ("FAIL", None, {}, three),
        ("FAIL", None, {}, four),
        ("COMPLETE", 0.25, {3: 0.25}, other),
    ]


def test_what_was_trained_under_another_configuration_than_asked_for_is_told_as_that():
    spy = Spy()
    study = asked(spy)
    (config,) = study.ask(1)
    study.tell([Told(config, CONFIGS[1], "COMPLETE", 0.5, 3)])
    study.ask(1)
    assert [(state, params) for state, _, _, params in spy.seen[-1]] == [("FAIL", config), ("COMPLETE", CONFIGS[1])]


class Stubborn(optuna.samplers.RandomSampler):
    """Proposes one of two configurations."""

    def sample_independent(self, study, trial, name, distribution):
        return "a" if name == "kind" else 0.25 * (trial.number % 2)


def test_who_keeps_proposing_what_is_known_is_asked_once_more_for_each():
    study = asked(Stubborn())
    assert study.ask(5) == [{"x": 0.0, "kind": "a"}, {"x": 0.25, "kind": "a"}]
    assert len(study._study.trials) == 10
    assert sum(trial.state is Theirs.FAIL for trial in study._study.trials) == 8


def brute_force():
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        return optuna.samplers.BruteForceSampler()


def test_a_sampler_that_has_no_more_ends_the_search():
    space = Space(kind=Choice("a", "b", "c"))
    study = asked(brute_force(), space)
    first = study.ask(2)
    study.tell([told(config, "COMPLETE", 0.5) for config in first])
    assert not study.ended
    (last,) = study.ask(1)
    study.tell([told(last, "COMPLETE", 0.5)])
    assert study.ended
    assert study.ask(1) == []
    assert {config["kind"] for config in (*first, last)} == {"a", "b", "c"}


def test_a_sampler_that_cannot_serve_the_space_says_so_in_a_line():
    study = asked(brute_force())
    line = r"sampler: Optuna's BruteForceSampler cannot search this space \(FloatDistribution.step must be .*\); use"
    with pytest.raises(SettingError, match=line):
        study.ask(1)


def test_what_a_round_draws_does_not_depend_on_how_much_others_drew():
    drawn = []
    for times in (3, 7):
        study = asked(optuna.samplers.RandomSampler(seed=5))
        study.ask(times)
        study.tell([told(config, "COMPLETE", 0.5) for config in CONFIGS])
        drawn.append(study.ask(3))
    assert drawn[0] == drawn[1]
    assert replace(told(CONFIGS[0], "FAIL")) == told(CONFIGS[0], "FAIL")
