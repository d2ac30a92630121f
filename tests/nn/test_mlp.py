"""The multilayer perceptron against the same network written in NumPy."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

from ikura.nn import MLP, Averages, Variables, dropout, fold_in
from ikura.records import Config

MakeConfig = Callable[..., Config]
ProgramConfig = Callable[[MLP, Config], dict[str, Any]]

NETWORK = MLP(features=4, outputs=3)
KEY = np.uint32([7, 8])


def moved(variables: Variables) -> Variables:
    """Variables as they are after some training: nothing is zero or one."""
    random = np.random.default_rng(1)
    params = jax.tree.map(lambda array: array + 0.3 * random.normal(size=array.shape), variables.params)
    state = [
        Averages(random.normal(size=mean.shape), random.uniform(0.5, 2.0, mean.shape), np.float64(0.8))
        for mean, _, _ in variables.state
    ]
    return Variables(params, state)


def forward(variables: Variables, values: NDArray, config: Config, *, train: bool) -> NDArray:
    """Hidden layers with tanh, layer by layer."""
    *hidden, output = variables.params
    for number, layer in enumerate(hidden):
        z = values @ layer["weights"]
        if config["batch_norm"]:
            averages = variables.state[number]
            mean = z.mean(axis=0) if train else averages.mean / averages.weight
            variance = z.var(axis=0) if train else averages.variance / averages.weight
            z = layer["gamma"] * (z - mean) / np.sqrt(variance + config["bn_epsilon"]) + layer["beta"]
        else:
            z = z + layer["bias"]
        values = np.tanh(z)
        if train and config["dropout"]:
            values = values * np.asarray(dropout(jnp.ones(z.shape), config["dropout"], fold_in(KEY, number)))
    return values @ output["weights"] + output["bias"]


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("hidden_layers", [0, 1, 2, 3])
def test_logits(
    make_config: MakeConfig,
    program_config: ProgramConfig,
    random: np.random.Generator,
    hidden_layers: int,
    batch_norm: bool,
    train: bool,
) -> None:
    config = make_config(hidden_layers=hidden_layers, batch_norm=batch_norm)
    variables, inputs = moved(NETWORK.init(KEY, config)), random.normal(size=(16, 4))
    logits, after = NETWORK.apply(variables, inputs, program_config(NETWORK, config), train=train, key=jnp.asarray(KEY))
    expected = forward(variables, inputs, config, train=train)
    np.testing.assert_allclose(logits, expected, rtol=1e-6, atol=1e-7)  # the traced epsilon has 24 bits
    jax.tree.map(np.testing.assert_array_equal, after.params, variables.params)
    if not train:
        jax.tree.map(np.testing.assert_array_equal, after.state, variables.state)


@pytest.mark.parametrize("train", [True, False])
def test_dropout_follows_each_hidden_layer_in_training_only(
    make_config: MakeConfig, program_config: ProgramConfig, random: np.random.Generator, train: bool
) -> None:
    config = make_config(dropout=0.5, batch_norm=False)
    variables, inputs = moved(NETWORK.init(KEY, config)), random.normal(size=(16, 4))
    logits, _ = NETWORK.apply(variables, inputs, program_config(NETWORK, config), train=train, key=jnp.asarray(KEY))
    np.testing.assert_allclose(logits, forward(variables, inputs, config, train=train), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("activation", "batch_norm"), [("sigmoid", True), ("relu", False)])
def test_padding_changes_nothing_at_test_time(
    make_config: MakeConfig,
    program_config: ProgramConfig,
    random: np.random.Generator,
    activation: str,
    batch_norm: bool,
) -> None:
    padded, config = MLP(4, 3, (8,)), make_config(activation=activation, batch_norm=batch_norm)
    variables, inputs = moved(NETWORK.init(KEY, config)), random.normal(size=(16, 4))
    logits = [
        network.apply(network.pad(variables, config), inputs, program_config(network, config), train=False, key=KEY)[0]
        for network in (NETWORK, padded)
    ]
    np.testing.assert_allclose(*logits, rtol=1e-5, atol=1e-6)


def test_a_training_step_moves_the_running_averages(
    make_config: MakeConfig, program_config: ProgramConfig, random: np.random.Generator
) -> None:
    config = make_config(hidden_layers=1)
    variables, inputs = NETWORK.init(KEY, config), random.normal(2.0, 3.0, (16, 4))
    _, after = NETWORK.apply(variables, inputs, program_config(NETWORK, config), train=True, key=jnp.asarray(KEY))
    z = inputs @ variables.params[0]["weights"]
    (averages,) = after.state
    np.testing.assert_allclose(averages.mean, 0.125 * z.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(averages.variance, 0.125 * z.var(axis=0), rtol=1e-5)
    assert float(averages.weight) == 0.125


@pytest.mark.parametrize("batch_norm", [True, False])
def test_batch_normalisation_takes_the_place_of_the_bias(make_config: MakeConfig, batch_norm: bool) -> None:
    params, state = NETWORK.init(KEY, make_config(batch_norm=batch_norm))
    hidden = {"weights", "gamma", "beta"} if batch_norm else {"weights", "bias"}
    assert [set(layer) for layer in params] == [hidden, hidden, {"weights", "bias"}]
    assert len(state) == (2 if batch_norm else 0)


def test_initial_weights_follow_the_key_and_the_initializer(make_config: MakeConfig) -> None:
    network = MLP(features=300, outputs=10)
    he, again, other_key, xavier = (
        network.init(key, make_config(hidden_units=200, initializer=initializer))
        for key, initializer in ((KEY, "he"), (KEY, "he"), (KEY + np.uint32(1), "he"), (KEY, "xavier"))
    )
    jax.tree.map(np.testing.assert_array_equal, he, again)
    first = he.params[0]["weights"]
    assert not np.array_equal(first, other_key.params[0]["weights"])
    assert np.var(first) == pytest.approx(2.0 / 300.0, rel=0.05)
    assert np.var(xavier.params[0]["weights"]) == pytest.approx(2.0 / 500.0, rel=0.05)
    flat = np.concatenate([layer["weights"].ravel()[:1000] for layer in he.params])
    assert len(np.unique(flat)) > 0.99 * flat.size  # no layer repeats another's draws
    np.testing.assert_array_equal(he.params[1]["gamma"], 1.0)
    np.testing.assert_array_equal(he.params[1]["beta"], 0.0)


def test_trials_share_a_program_unless_shape_or_code_differ(make_config: MakeConfig) -> None:
    network = MLP(4, 3, (8,))
    static = dict(network.split(make_config())[0])
    same = make_config(hidden_units=7, bn_momentum=0.5, bn_epsilon=0.1, initializer="xavier")
    assert network.split(same)[0] == static
    for change in (
        {"hidden_units": 9},
        {"hidden_layers": 1},
        {"activation": "relu"},
        {"batch_norm": False},
        {"dropout": 0.1},
    ):
        assert network.split(make_config(**change))[0] != static, change
    without = make_config(hidden_layers=0)
    assert network.split(without)[0] == network.split(without | {"activation": "relu", "dropout": 0.5})[0]
