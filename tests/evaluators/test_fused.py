"""The fused evaluator: programs shared and split as they should be, and networks of the user's own."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ikura.data import prepare
from ikura.errors import SettingError, SpaceError
from ikura.evaluators import FusedEvaluator, fused
from ikura.nn import Variables
from ikura.records import METRICS, Trial, TrialState
from ikura.space import Choice, Float, Int, Space
from ikura.train import engine


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    return prepare(((rng.normal(size=(120, 4)) + 2 * y[:, None]).astype(np.float32), y), seed=0)


def evaluate(evaluator, configs):
    trials = [Trial(number, config, 0) for number, config in enumerate(configs)]
    return {result.number: result for chunk in evaluator.evaluate(trials) for result in chunk}


def test_every_trial_gets_its_result(dataset):
    space = Space(learning_rate=Float(0.01, 0.1), hidden_layers=Int(0, 1))
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=2)
    results = evaluate(evaluator, [{"learning_rate": 0.05, "hidden_layers": number % 2} for number in range(7)])
    assert sorted(results) == list(range(7))
    for result in results.values():
        assert result.state is TrialState.COMPLETE
        assert {name: curve.shape for name, curve in result.curves.items()} == dict.fromkeys(METRICS, (2,))
    assert evaluator.programs == 0


def test_widths_and_optimizers_share_a_program_where_there_is_an_accelerator(dataset, monkeypatch):
    for module in (fused, engine):
        monkeypatch.setattr(module, "has_accelerator", lambda: True)
    space = Space(hidden_units=Int(3, 40), optimizer=Choice("adam", "momentum"))
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=1)
    evaluate(evaluator, [{"hidden_units": n, "optimizer": o} for n in (3, 17, 40) for o in ("adam", "momentum")])
    assert evaluator.programs == 1


class TwoScales:
    """A network of the user's own: softmax regression on inputs that one number scales and another repeats."""

    def init(self, key, config):
        width = 4 * config["copies"]
        return Variables({"w": 0.1 * jax.random.normal(jax.random.wrap_key_data(jnp.asarray(key)), (width, 3))})

    def apply(self, variables, inputs, config, *, train, key):
        repeated = jnp.concatenate([inputs] * config["copies"], axis=1)
        return config["gain"] * repeated @ variables.params["w"], variables


class TestOwnNetwork:
    SPACE = Space(learning_rate=Float(0.01, 0.1), gain=Float(0.5, 2.0), copies=Int(1, 2), batch_size=Choice(16))

    def test_it_is_trained_with_static_and_traced_hyperparameters_of_its_own(self, dataset):
        evaluator = FusedEvaluator(dataset, self.SPACE, seed=0, epochs=5, network=TwoScales())
        configs = [
            {"learning_rate": 0.1, "gain": gain, "copies": copies, "batch_size": 16}
            for gain in (0.5, 2.0)
            for copies in (1, 2)
        ]
        results = evaluate(evaluator, configs)
        assert evaluator.programs == 2
        assert len({result.curves["dev_loss"].tobytes() for result in results.values()}) == 4
        assert min(result.curves["dev_accuracy"][-1] for result in results.values()) > 0.6

    def test_text_cannot_be_traced(self, dataset):
        space = Space(kind=Choice("a", "b", static=False))
        with pytest.raises(SpaceError, match=r"kind: .* cannot be traced"):
            FusedEvaluator(dataset, space, seed=0, epochs=1, network=TwoScales())

    def test_a_mistake_in_it_is_found_before_it_is_trained(self, dataset):
        with pytest.raises(SettingError, match=r"logits of shape \[16, 3\] for 16 examples, 2 classes"):
            FusedEvaluator(replace(dataset, classes=("a", "b")), self.SPACE, seed=0, epochs=1, network=TwoScales())
        traced = Space(gain=Float(0.5, 2.0), copies=Int(1, 2, static=False))
        with pytest.raises(SettingError, match="of other shapes where only gain, copies changes"):
            FusedEvaluator(dataset, traced, seed=0, epochs=1, network=TwoScales())

    def test_the_dials_of_training_are_checked_still(self, dataset):
        with pytest.raises(SpaceError, match="momentum"):
            FusedEvaluator(dataset, Space(momentum=Float(0.5, 2.0)), seed=0, epochs=1, network=TwoScales())
