"""The plan of a study: what the space and the data say, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from ikura.data import Split, prepare
from ikura.errors import SpaceError
from ikura.evaluators import checked_network, default_space, plan_study, planning
from ikura.evaluators.fused import FusedEvaluator
from ikura.records import Job, Leg
from ikura.space import Choice, Float, Int, Space


@pytest.fixture(scope="module")
def digits():
    return prepare("digits")


@pytest.fixture
def accelerator(monkeypatch):
    """As if there were one."""
    for module in (checked_network, planning):
        monkeypatch.setattr(module, "has_accelerator", lambda: True)


def test_widths_do_not_depend_on_the_budget(digits, accelerator):
    space = default_space(len(digits.train.y), digits.targets)
    widths = {
        plan_study(digits, 10, space, trials=trials, epochs=epochs).widths
        for trials in (1, 3, 500)
        for epochs in (1, 300)
    }
    assert len(widths) == 1


def test_the_widest_layer_is_among_the_widths_and_the_engine_uses_them(digits, accelerator):
    space = Space(hidden_units=Int(16, 200, scale="log"), learning_rate=Float(1e-3, 1e-1, scale="log"))
    widths = plan_study(digits, 10, space).widths
    assert widths[-1] == 200
    assert FusedEvaluator(digits, space, seed=0, epochs=1).network.widths == widths


def test_a_choice_of_widths_and_no_choice(digits, accelerator):
    assert plan_study(digits, 10, Space(hidden_units=Choice(16, 24))).widths == (24,)
    assert plan_study(digits, 10, Space(learning_rate=Float(1e-3, 1e-1))).widths == ()


def test_many_programs_mean_fewer_widths(digits, accelerator):
    units = Int(16, 256, scale="log")
    few = plan_study(digits, 10, Space(hidden_units=units)).widths
    many = plan_study(
        digits, 10, Space(hidden_units=units, batch_size=Choice(32, 40, 48, 64), hidden_layers=Int(1, 4))
    ).widths
    assert len(many) < len(few)


def test_every_trial_is_in_some_part(digits):
    plan = plan_study(digits, 10, default_space(len(digits.train.y), digits.targets), trials=77)
    assert sum(part.trials for part in plan.parts) == 77


def test_layers_of_their_own_widths_count_as_well(digits, accelerator):
    space = Space(hidden_units_1=Int(16, 64), hidden_units_2=Choice(20, 200))
    assert plan_study(digits, 10, space).widths[-1] == 200


def test_the_processor_needs_no_widths(digits):
    space = default_space(len(digits.train.y), digits.targets)
    assert plan_study(digits, 10, space).engine == "kernel"
    assert FusedEvaluator(digits, space, seed=0, epochs=1).network.widths == ()


def test_a_space_with_a_mistake_gets_its_line(digits):
    with pytest.raises(SpaceError, match="learning_rat: the built-in network has no such hyperparameter"):
        plan_study(digits, 10, Space(learning_rat=Float(0.1, 1.0)))


def test_other_examples_change_neither_defaults_nor_widths():
    rng = np.random.default_rng(0)
    split = Split(rng.normal(size=(400, 4)).astype(np.float32), np.arange(400, dtype=np.int32) % 2)
    dataset = replace(prepare((split.x, split.y)), train=split, dev=split)
    evaluator = FusedEvaluator(dataset, Space(learning_rate=Float(0.1, 1.0)), seed=0, epochs=1)
    # Of 800 examples, training and dev together, the mini-batches would be of 64.
    model = evaluator.refit(Job(0, (Leg(0, {"learning_rate": 0.2}, 0, 1),), 0), lambda: None)
    assert model.config["batch_size"] == 16
    assert model.config["learning_rate"] == 0.2
    assert model.network == evaluator.network
    evaluator.close(done=True)
