"""The loop, with an evaluator that needs no engine."""

from dataclasses import replace

import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.records import METRICS, TrialResult, TrialState
from ikura.samplers import CoarseToFineSampler, GridSampler, RandomSampler
from ikura.space import Choice, Float, Space
from ikura.store import open_store
from ikura.study import RoundBegan, TrialsTrained
from ikura.study import search as search_module
from ikura.study.search import search

SPACE = Space(learning_rate=Float(1e-4, 1.0, scale="log"), optimizer=Choice("adam", "sgd"))


class Formula:
    """Scores a trial by a formula; trial 3 diverges."""

    def __init__(self, stop_after=None):
        self.asked = []
        self._stop_after = stop_after

    def evaluate(self, trials):
        self.asked.append([trial.number for trial in trials])
        for place, trial in enumerate(trials):
            if place == self._stop_after:
                raise KeyboardInterrupt
            yield [self.result(trial)]

    def result(self, trial):
        if trial.number == 3:
            return TrialResult(3, TrialState.DIVERGED, {metric: np.zeros(1, np.float32) for metric in METRICS})
        score = -abs(np.log10(trial.config["learning_rate"]) + 2)
        curves = {metric: np.full(2, score, np.float32) for metric in METRICS}
        return TrialResult(trial.number, TrialState.COMPLETE, curves)


@pytest.fixture
def store(tmp_path):
    with open_store(str(tmp_path / "studies.db")) as opened:
        opened.create("s", settings={}, space=SPACE.to_toml())
        yield opened


def run(store, sampler=None, evaluator=None, trials=20, seen=None):
    return search(
        store,
        "s",
        space=SPACE,
        sampler=sampler or CoarseToFineSampler(),
        evaluator=evaluator or Formula(),
        trials=trials,
        seed=0,
        watch=(seen if seen is not None else []).append,
    )


def test_rounds_follow_until_the_budget_is_spent(store):
    evaluator, seen = Formula(), []
    history = run(store, evaluator=evaluator, seen=seen)
    assert [len(numbers) for numbers in evaluator.asked] == [5, 5, 5, 5]
    assert [number for numbers in evaluator.asked for number in numbers] == list(range(20))
    assert [trial.number for trial in history.trials] == list(range(20))
    assert [trial.round for trial in history.trials] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    rounds = [happening for happening in seen if isinstance(happening, RoundBegan)]
    assert [r.round for r in rounds] == [0, 1, 2, 3]
    assert [r.region for r in rounds if r.region] == list(history.regions)


def test_the_last_news_is_the_truth(store):
    seen = []
    history = run(store, seen=seen)
    news = [happening for happening in seen if isinstance(happening, TrialsTrained)]
    assert sorted(trial.number for each in news for trial, _ in each.results) == list(range(20))
    assert replace(news[-1], results=()) == TrialsTrained(
        done=20,
        total=20,
        diverged=1,
        failed=0,
        best=int(history.ranking[0]),
        best_accuracy=pytest.approx(
            float(history.final("dev_accuracy").max(where=~np.isnan(history.final("dev_accuracy")), initial=-9))
        ),
    )


def test_what_is_told_has_been_stored(store):
    told = []

    def watch(happening):
        if isinstance(happening, TrialsTrained):
            done = sum(state is not TrialState.WAITING for state in store.history("s").states)
            told.append((happening.done, done))

    search(store, "s", space=SPACE, sampler=RandomSampler(), evaluator=Formula(), trials=6, seed=0, watch=watch)
    assert told
    assert all(said == stored for said, stored in told)


def test_results_are_written_together(store, monkeypatch):
    writes = []
    write = store.write_results
    monkeypatch.setattr(
        store, "write_results", lambda name, results: (writes.append(len(results)), write(name, results))
    )
    run(store, sampler=RandomSampler(), trials=50)
    assert writes == [50]


def test_a_slow_evaluator_is_written_as_it_goes(store, monkeypatch):
    monkeypatch.setattr(search_module, "WRITE_SECONDS", 0.0)
    seen = []
    run(store, sampler=RandomSampler(), trials=5, seen=seen)
    assert [h.done for h in seen if isinstance(h, TrialsTrained)] == [1, 2, 3, 4, 5]


def test_what_has_come_is_written_while_the_next_is_awaited(store, monkeypatch):
    class Slow(Formula):
        def evaluate(self, trials):
            yield [self.result(trials[0])]
            yield []
            monkeypatch.setattr(search_module, "WRITE_SECONDS", 0.0)
            yield []
            assert store.history("s").states[0] is TrialState.COMPLETE
            yield [self.result(trial) for trial in trials[1:]]

    run(store, sampler=RandomSampler(), evaluator=Slow(), trials=3)


def test_an_interrupted_study_goes_on_where_it_stood_and_ends_the_same(store, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(store, evaluator=Formula(stop_after=3))
    states = store.history("s").states
    assert [state is TrialState.WAITING for state in states] == [False, False, False, True, True]
    evaluator = Formula()
    resumed = run(store, evaluator=evaluator)
    assert evaluator.asked[0] == [3, 4]
    with open_store(str(tmp_path / "other.db")) as other:
        other.create("s", settings={}, space=SPACE.to_toml())
        whole = run(other)
    assert resumed.trials == whole.trials
    assert resumed.states == whole.states
    assert resumed.regions == whole.regions
    for metric in METRICS:
        assert resumed.curves[metric].tobytes() == whole.curves[metric].tobytes()


def test_a_space_that_is_exhausted_ends_the_search(store):
    small = Space(optimizer=Choice("adam", "sgd"), learning_rate=Choice(0.1, 0.2))
    history = search(
        store, "s", space=small, sampler=GridSampler(), evaluator=Formula(), trials=50, seed=0, watch=lambda _: None
    )
    assert len(history.trials) == 4
    assert [event.kind for event in store.events("s")] == ["exhausted"]


class Failing(Formula):
    """Its trials fail, each for a reason of its own from some number on."""

    def __init__(self, same):
        super().__init__()
        self._same = same

    def result(self, trial):
        nothing = {metric: np.zeros(0, np.float32) for metric in METRICS}
        reason = "ValueError: always" if trial.number < self._same else f"ValueError: {trial.number}"
        return TrialResult(trial.number, TrialState.FAILED, nothing, f"Traceback\n{reason}\n")


def test_a_search_whose_trials_all_fail_in_the_same_way_is_given_up(store, monkeypatch):
    monkeypatch.setattr(search_module, "WRITE_SECONDS", 0.0)
    with pytest.raises(SettingError, match="all of the first 10 trials failed with ValueError: always; some must"):
        run(store, RandomSampler(), Failing(same=20))
    history = store.history("s")
    assert sum(state is TrialState.FAILED for state in history.states) == 10
    assert history.errors[0] == "Traceback\nValueError: always\n"


def test_a_few_trials_are_all_there_are(store):
    with pytest.raises(SettingError, match="all of the first 4 trials failed"):
        run(store, RandomSampler(), Failing(same=4), trials=4)


def test_failures_of_other_kinds_do_not_end_a_search(store):
    seen = []
    history = run(store, RandomSampler(), Failing(same=9), seen=seen)
    assert len(history.errors) == 20
    assert seen[-1].failed == 20
