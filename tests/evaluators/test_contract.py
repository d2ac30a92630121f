"""What every evaluator promises."""

import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cloudpickle
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ikura.data import prepare, prepare_folds
from ikura.evaluators import make_evaluator, make_folded_evaluator, make_objective
from ikura.nn import Variables
from ikura.records import Code, CodeKind, Goal, Job, Leg, Metric, TrialState
from ikura.space import Choice, Float, Space
from ikura.tasks import make_problem
from tests.evaluators.function_evaluator import FunctionEvaluator
from tests.processes import PATIENCE

HORIZON = 8
COUNT = 6


@dataclass
class Case:
    """A kind of evaluator, and what it can be given."""

    make: Any
    """Takes a seed."""
    configs: list[dict[str, Any]]
    bad: dict[str, Any]
    """A configuration that diverges in the first epochs."""
    failing: dict[str, Any] | None
    """One for which the user's code raises."""
    change: dict[str, Any]
    """To a configuration under training."""


class Scaled:
    """A user's network: softmax regression on inputs that a number scales; it begins at random weights."""

    def init(self, key, config):
        if config["kind"] == "broken":
            raise LookupError("no such kind")
        return Variables({"w": 0.1 * jax.random.normal(jax.random.wrap_key_data(jnp.asarray(key)), (4, 3))})

    def apply(self, variables, inputs, config, *, train, key):
        return config["gain"] * inputs @ variables.params["w"], variables


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    return prepare(((rng.normal(size=(120, 4)) + 2 * y[:, None]).astype(np.float32), y), seed=0)


def built_in(dataset):
    space = Space(
        learning_rate=Float(1e-3, 1e30, scale="log"), dropout=Float(0.0, 0.5), optimizer=Choice("adam", "sgd")
    )
    rates = [{"learning_rate": 0.01 * (1 + n), "dropout": 0.1 * (n % 3), "optimizer": "adam"} for n in range(COUNT)]
    bad = {"learning_rate": 1e30, "dropout": 0.0, "optimizer": "sgd"}
    return Case(
        lambda seed: make_evaluator(dataset, space, seed=seed, epochs=HORIZON), rates, bad, None, {"dropout": 0.4}
    )


def users(dataset):
    space = Space(
        learning_rate=Float(1e-3, 1e30, scale="log"), gain=Float(0.5, 1e30, scale="log"), kind=Choice("a", "broken")
    )
    configs = [{"learning_rate": 0.01 * (1 + n), "gain": 1.0 + n % 3, "kind": "a"} for n in range(COUNT)]
    bad = configs[0] | {"learning_rate": 1e30, "gain": 1e30}
    failing = configs[0] | {"kind": "broken"}

    def make(seed):
        return make_evaluator(dataset, space, seed=seed, epochs=HORIZON, network=Scaled())

    return Case(make, configs, bad, failing, {"learning_rate": 0.5})


def function(config, seed, epoch, state):
    """Wander: where it goes depends on the configuration, the seed, the epoch, and where it was."""
    if config["rate"] < 0:
        raise LookupError("no such rate")
    if config["rate"] > 1:
        return state, {"cost": math.nan, "score": 0.0}
    place = np.random.default_rng(seed).random() if state is None else state
    place += config["rate"] * np.random.default_rng([seed, epoch]).normal()
    return place, {"cost": float(place**2), "score": float(np.tanh(place))}


def plain_function(_dataset):
    metrics = (Metric("cost", Goal.MINIMIZE), Metric("score", Goal.MAXIMIZE))
    configs = [{"rate": 0.1 * n} for n in range(1, COUNT + 1)]

    def make(seed):
        def seeded(config, own, epoch, state):
            return function(config, own + 1000 * seed, epoch, state)

        return FunctionEvaluator(seeded, metrics, HORIZON)

    return Case(make, configs, {"rate": 2.0}, {"rate": -1.0}, {"rate": 0.9})


def own_code(trial):
    """Do the same as training code, which goes on from what it left in the trial's folder."""
    from ikura.workers import Trial

    assert isinstance(trial, Trial)
    kept = trial.folder / "state.json"
    epoch, place = json.loads(kept.read_text()) if kept.exists() else (0, None)
    while not trial.should_stop:
        place, found = function(trial.config, trial.seed, epoch, place)
        kept.write_text(json.dumps((epoch + 1, place)))
        trial.report(epoch, **found)
        epoch += 1


def objective(_dataset, code=own_code):
    space = Space(rate=Float(-1.0, 2.0))
    configs = [{"rate": 0.1 * n} for n in range(1, COUNT + 1)]
    settings = Code(CodeKind.FUNCTION, "own_code", str(Path.cwd()), 2, 0, None, None, None, True, False, None)

    def make(seed):
        metric = Metric("cost", Goal.MINIMIZE)
        return make_objective(cloudpickle.dumps(code), settings, [metric], space, seed=seed, epochs=HORIZON)

    return Case(make, configs, {"rate": 2.0}, {"rate": -1.0}, {"rate": 0.9})


def folds(dataset):
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    folded = prepare_folds(((rng.normal(size=(120, 4)) + 2 * y[:, None]).astype(np.float32), y), 3)
    case = built_in(dataset)

    def make(seed):
        space = Space(
            learning_rate=Float(1e-3, 1e30, scale="log"), dropout=Float(0.0, 0.5), optimizer=Choice("adam", "sgd")
        )
        return make_folded_evaluator(folded, space, seed=seed, epochs=HORIZON, problem=_problem)

    return replace(case, make=make)


def _problem(dataset):
    return make_problem(dataset.targets)


CASES = {
    "built-in network": built_in,
    "folds": folds,
    "user's network": users,
    "function": plain_function,
    "training code": objective,
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request, dataset):
    return request.param(dataset)


@pytest.fixture
def make(case):
    """Makes evaluators, and closes those that a test leaves open."""
    made = []

    def evaluator(seed=0):
        made.append(case.make(seed))
        return made[-1]

    yield evaluator
    for each in made:
        each.close(done=True)


def job(number, config, start=0, stop=HORIZON, replicate=0):
    return Job(number, (Leg(number, config, 0, stop),), start, replicate)


def jobs_of(case, start=0, stop=HORIZON, replicate=0):
    return [job(number, config, start, stop, replicate) for number, config in enumerate(case.configs)]


def finish(evaluator, jobs):
    """Return the results of jobs by (number, replicate)."""
    evaluator.submit(jobs)
    found = {}
    while len(found) < len(jobs):
        for result in evaluator.collect(0.5):
            key = result.number, result.job.replicate
            assert key not in found
            found[key] = result
    assert evaluator.collect(0.0) == []
    return found


def bits(results):
    return {key: {name: curve.tobytes() for name, curve in result.curves.items()} for key, result in results.items()}


@pytest.fixture(scope="module")
def straight(case):
    """The results of jobs that are trained to their ends at once."""
    evaluator = case.make(0)
    found = finish(evaluator, jobs_of(case))
    evaluator.close(done=True)
    return found


def test_each_job_has_one_result_with_every_metric_at_every_epoch(make, case, straight):
    evaluator = make()
    finish(evaluator, jobs_of(case)[:1])
    names = {metric.name for metric in evaluator.metrics}
    assert len(straight) == COUNT
    for (number, _), result in straight.items():
        assert result.job == job(number, case.configs[number])
        assert (result.state, result.error, result.epochs) == (TrialState.COMPLETE, None, HORIZON)
        assert result.curves.keys() == names
        assert all(curve.shape == (HORIZON,) and curve.dtype == np.float32 for curve in result.curves.values())
    assert len({str(each) for each in bits(straight).values()}) == COUNT


def test_it_says_what_it_is(make, case):
    evaluator = make()
    assert evaluator.slots >= 1
    assert isinstance(evaluator.fixed, frozenset)
    assert evaluator.limits.keys() <= case.configs[0].keys()
    assert evaluator.replicates is True
    facts = evaluator.facts()
    assert facts.keys() == {"compile", "programs", "short_of_memory"}
    assert evaluator.troubles() == []


def test_what_is_in_force_is_what_a_configuration_says_and_more(make, case):
    evaluator = make()
    for config in case.configs:
        full = evaluator.full(config)
        assert full == {**full, **config}
        assert evaluator.full(full) == full


def test_what_only_comes_in_pieces_is_the_same(make, case, straight):
    evaluator = make()
    found: dict[Any, dict[str, bytes]] = {key: dict.fromkeys(curves, b"") for key, curves in bits(straight).items()}
    for start, stop in ((0, 1), (1, 3), (3, HORIZON)):
        results = finish(evaluator, jobs_of(case, start, stop))
        for key, result in results.items():
            assert result.state is (TrialState.COMPLETE if stop == HORIZON else TrialState.PAUSED)
            assert result.epochs == stop - start
            for name, curve in result.curves.items():
                found[key][name] += curve.tobytes()
    assert found == bits(straight)


def test_neither_company_nor_order_matters(make, case, straight):
    evaluator = make()
    jobs = jobs_of(case)
    found = finish(evaluator, jobs[4:5]) | finish(evaluator, [*jobs[:4][::-1], jobs[5]])
    assert bits(found) == bits(straight)


def test_a_way_that_it_has_not_trained_is_trained_from_the_beginning(make, case, straight):
    (result,) = finish(make(), [job(2, case.configs[2], start=5)]).values()
    for name, curve in result.curves.items():
        assert curve.tobytes() == straight[2, 0].curves[name][5:].tobytes()


def test_a_copy_goes_on_as_if_it_were_the_source(make, case, straight):
    evaluator, changed = make(), case.configs[1] | case.change
    copied = (Leg(1, case.configs[1], 0, 3), Leg(2, changed, 3, HORIZON))
    finish(evaluator, jobs_of(case, stop=3)[1:3])
    found = finish(evaluator, [Job(2, copied, 3), job(1, case.configs[1], start=3)])
    again = finish(make(), [Job(2, copied, 0)])[2, 0]
    for name, curve in again.curves.items():
        assert curve[:3].tobytes() == straight[1, 0].curves[name][:3].tobytes()
        assert curve[3:].tobytes() == found[2, 0].curves[name].tobytes()
        assert found[1, 0].curves[name].tobytes() == straight[1, 0].curves[name][3:].tobytes()
    assert any(curve[3:].tobytes() != straight[1, 0].curves[name][3:].tobytes() for name, curve in again.curves.items())


def test_a_change_under_training_holds_from_its_epoch_on(make, case, straight):
    evaluator = make()
    legs = (Leg(1, case.configs[1], 0, 3), Leg(1, case.configs[1] | case.change, 3, HORIZON))
    finish(evaluator, [job(1, case.configs[1], stop=3)])
    (pieces,) = finish(evaluator, [Job(1, legs, 3)]).values()
    (whole,) = finish(make(), [Job(1, legs, 0)]).values()
    for name, curve in whole.curves.items():
        assert curve[:3].tobytes() == straight[1, 0].curves[name][:3].tobytes()
        assert curve[3:].tobytes() == pieces.curves[name].tobytes()
    assert any(curve.tobytes() != straight[1, 0].curves[name].tobytes() for name, curve in whole.curves.items())


def test_replicates_differ_and_are_themselves_again(make, case, straight):
    evaluator = make()
    replicates = [job(1, case.configs[1], replicate=replicate) for replicate in range(4)]
    found = bits(finish(evaluator, replicates))
    assert found[1, 0] == bits(straight)[1, 0]
    assert len({str(curves) for curves in found.values()}) == 4
    assert bits(finish(make(), replicates[2:3])) == {(1, 2): found[1, 2]}


def test_what_is_cancelled_gives_nothing_and_the_others_all(make, case, straight):
    evaluator = make()
    evaluator.submit(jobs_of(case))
    evaluator.cancel([0, 3])
    found = {}
    while len(found) < COUNT - 2:
        found |= {(result.number, 0): result for result in evaluator.collect(0.5)}
    assert evaluator.collect(0.1) == []
    assert bits(found) == {key: curves for key, curves in bits(straight).items() if key[0] not in (0, 3)}
    # It may be asked for again.
    assert bits(finish(evaluator, jobs_of(case)[3:4])) == {(3, 0): bits(straight)[3, 0]}


def test_nothing_of_a_cancelled_trial_is_kept(make, case, straight):
    evaluator = make()
    finish(evaluator, jobs_of(case, stop=3))
    evaluator.cancel([2])
    (result,) = finish(evaluator, jobs_of(case, start=3)[2:3]).values()
    for name, curve in result.curves.items():
        assert curve.tobytes() == straight[2, 0].curves[name][3:].tobytes()


def test_nobody_is_kept_waiting_who_does_not_want_to(make, case):
    evaluator = make()
    began = time.monotonic()
    assert evaluator.collect(0.0) == []
    evaluator.submit(jobs_of(case))
    assert time.monotonic() - began < PATIENCE  # nothing was trained yet but what a program needs to be known
    evaluator.submit([])
    assert len(evaluator.collect(0.0)) <= COUNT


def test_one_that_diverges_disturbs_nobody(make, case, straight):
    wild = job(9, case.bad)
    found = finish(make(), [*jobs_of(case), wild])
    assert found[9, 0].state is TrialState.DIVERGED
    assert found[9, 0].epochs < HORIZON
    assert all(np.isfinite(curve).all() for curve in found[9, 0].curves.values())
    del found[9, 0]
    assert bits(found) == bits(straight)


def test_one_that_raises_disturbs_nobody(make, case, straight):
    if case.failing is None:
        pytest.skip("none of the user's own code is in it")
    found = finish(make(), [*jobs_of(case), job(9, case.failing)])
    assert (found[9, 0].state, found[9, 0].epochs) == (TrialState.FAILED, 0)
    assert "LookupError" in found[9, 0].error
    del found[9, 0]
    assert bits(found) == bits(straight)


def test_another_process_goes_on_to_the_same_numbers(make, case, straight, tmp_path):
    first = make()
    first.keep(tmp_path / "kept", "a study", tmp_path / "results")
    finish(first, jobs_of(case, stop=3))
    first.submit(jobs_of(case, start=3))
    first.close(done=False)
    second = make()
    second.keep(tmp_path / "kept", "a study", tmp_path / "results")
    for key, result in finish(second, jobs_of(case, start=3)).items():
        for name, curve in result.curves.items():
            assert curve.tobytes() == straight[key].curves[name][3:].tobytes()
    assert second.troubles() == []


def test_what_was_kept_for_another_study_is_not_used(make, case, straight, tmp_path):
    first = make(seed=1)
    first.keep(tmp_path / "kept", "a study", tmp_path / "results")
    finish(first, jobs_of(case, stop=3))
    first.close(done=False)
    second = make()
    second.keep(tmp_path / "kept", "another study", tmp_path / "others")
    found = finish(second, jobs_of(case, start=3))
    assert bits(found) == {
        key: {name: curve[3:].tobytes() for name, curve in result.curves.items()} for key, result in straight.items()
    }


def test_in_the_end_nothing_is_left(make, case, tmp_path):
    evaluator = make()
    evaluator.keep(tmp_path / "kept", "a study", tmp_path / "results")
    finish(evaluator, jobs_of(case, stop=3))
    evaluator.close(done=True)
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
