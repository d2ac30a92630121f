"""A padded network is the unpadded one: the same numbers, and zeros that stay zeros."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

from ikura.nn import ACTIVATIONS, MLP, Averages, Variables, cross_entropy, fold_in
from ikura.optim import OPTIMIZERS, Step, coefficients, initial_slots, step_table, update
from ikura.records import Config

STEPS, EXAMPLES, FEATURES, CLASSES = 50, 16, 4, 3
UNITS, WIDTH = 5, 8
PLAIN, PADDED = MLP(FEATURES, CLASSES), MLP(FEATURES, CLASSES, (WIDTH, 2 * WIDTH))
TRAINING = {
    "learning_rate": 0.02,
    "momentum": 0.9,
    "beta1": 0.9,
    "beta2": 0.99,
    "epsilon": 1e-6,
    "weight_decay": 0.01,
    "decay": "none",
    "decay_rate": 0.0,
    "warmup": 0.0,
}

MakeConfig = Callable[..., Config]


def batches() -> tuple[NDArray, NDArray]:
    random = np.random.default_rng(0)
    return random.normal(size=(STEPS, EXAMPLES, FEATURES)), random.integers(0, CLASSES, (STEPS, EXAMPLES))


def started(network: MLP, config: Config) -> Variables:
    """Variables whose every number matters: neither biases nor beta are zero."""
    random = np.random.default_rng(1)
    variables = network.init(np.uint32([3, 4]), config)
    moved = jax.tree.map(lambda array: array + 0.1 * random.normal(size=array.shape), variables.params)
    return Variables(moved, variables.state)


update_all = jax.jit(jax.vmap(update))


def stacked(rows: list[Any], dtype: Any) -> Any:
    """Stacks trees along a leading axis [optimizer]; booleans stay booleans."""
    return jax.tree.map(lambda *leaves: np.asarray(leaves, bool if leaves[0].dtype == bool else dtype), *rows)


def train(network: MLP, config: Config, dtype: Any) -> tuple[Variables, dict[str, Any]]:
    """Trains one network with every optimizer side by side [optimizer]; with what was seen at each step."""
    static, traced = network.split(config)
    table = [TRAINING | {"optimizer": name} for name in OPTIMIZERS]
    rules = stacked([coefficients(row) for row in table], dtype)
    scalars = stacked([step_table(row, 1, STEPS) for row in table], dtype)
    variables = stacked([network.pad(started(network, config), config)] * len(table), dtype)
    slots = stacked([initial_slots(network.pad(started(network, config), config).params)] * len(table), dtype)

    # Compiles in half the time; the optimizers are compiled once for all activations.
    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    @partial(jax.vmap, in_axes=(0, None, None, None))
    def differentiate(variables, x, y, number):
        def cost(params):
            key = fold_in(np.uint32([5, 6]), number)
            logits, new = network.apply(Variables(params, variables.state), x, static | traced, train=True, key=key)
            return jnp.mean(cross_entropy(logits, y)), (new.state, logits)

        (loss, (state, logits)), gradients = jax.value_and_grad(cost, has_aux=True)(variables.params)
        return state, gradients, {"loss": loss, "logits": logits}

    seen = []
    for number, (x, y) in enumerate(zip(*batches(), strict=True)):
        state, gradients, measured = differentiate(variables, x.astype(dtype), y, number)
        now = Step(*(column[:, 0, number] for column in scalars))
        params, slots = update_all(variables.params, gradients, slots, rules, now)
        variables = Variables(params, state)
        seen.append(measured | {"gradients": Variables(gradients)})
    return jax.tree.map(np.asarray, variables), jax.tree.map(lambda *steps: np.stack(steps), *seen)


def trimmed(variables: Variables, config: Config, axes: int) -> Variables:
    """Takes the padding off variables with `axes` leading axes, and asserts that it was zero."""

    def cut(array: NDArray) -> NDArray:
        arrays = np.moveaxis(array, range(axes), range(-axes, 0))
        units = tuple(slice(UNITS) if length == WIDTH else slice(None) for length in arrays.shape[: arrays.ndim - axes])
        rest = arrays.copy()
        rest[units] = 0.0
        assert np.all(rest == 0.0)
        return np.moveaxis(arrays[units], range(-axes, 0), range(axes))

    return jax.tree.map(cut, variables)


def assert_padding_changes_nothing(config: Config) -> Variables:
    """Trains in double precision with and without padding, and returns what comes of it."""
    expected, seen = train(PLAIN, config, np.float64)
    padded, also_seen = train(PADDED, config, np.float64)
    also_seen["gradients"] = trimmed(also_seen["gradients"], config, 2)
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12),
        (trimmed(padded, config, 1), also_seen),
        (expected, seen),
    )
    return expected


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_training_with_every_optimizer_is_the_same(make_config: MakeConfig, activation: str, batch_norm: bool) -> None:
    config = make_config(hidden_units=UNITS, hidden_layers=2, activation=activation, batch_norm=batch_norm)
    expected = assert_padding_changes_nothing(config)
    moves = expected.params[0]["weights"] - started(PLAIN, config).params[0]["weights"]
    assert np.all(np.abs(moves).max(axis=(1, 2)) > 0.005)


@pytest.mark.usefixtures("float64")
def test_dropout_draws_the_same_masks(make_config: MakeConfig) -> None:
    assert_padding_changes_nothing(make_config(hidden_units=UNITS, hidden_layers=2, dropout=0.4))


@pytest.mark.parametrize(("activation", "batch_norm"), [("sigmoid", True), ("leaky_relu", False)])
def test_training_in_float32_is_the_same_but_for_rounding(
    make_config: MakeConfig, activation: str, batch_norm: bool
) -> None:
    config = make_config(hidden_units=UNITS, hidden_layers=1, activation=activation, batch_norm=batch_norm)
    expected, seen = train(PLAIN, config, np.float32)
    padded, also_seen = train(PADDED, config, np.float32)
    also_seen["gradients"] = trimmed(also_seen["gradients"], config, 2)
    jax.tree.map(
        partial(np.testing.assert_allclose, rtol=2e-4, atol=2e-5),
        (trimmed(padded, config, 1), also_seen),
        (expected, seen),
    )


@pytest.mark.parametrize(("activation", "batch_norm"), [("sigmoid", True), ("relu", False)])
def test_padding_stays_zero_under_dropout(make_config: MakeConfig, activation: str, batch_norm: bool) -> None:
    config = make_config(hidden_units=UNITS, hidden_layers=2, activation=activation, batch_norm=batch_norm, dropout=0.4)
    variables, seen = train(PADDED, config, np.float32)
    assert np.all(np.isfinite(seen["loss"]))
    trimmed(variables, config, 1)
    trimmed(seen["gradients"], config, 2)


@pytest.mark.parametrize("hidden_layers", [0, 1, 2, 3])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_trim_undoes_pad(make_config: MakeConfig, hidden_layers: int, batch_norm: bool) -> None:
    config = make_config(hidden_units=UNITS, hidden_layers=hidden_layers, batch_norm=batch_norm)
    variables = started(PADDED, config)
    padded = PADDED.pad(variables, config)
    shapes = [np.shape(layer["weights"]) for layer in padded.params]
    sizes = [FEATURES] + [WIDTH] * hidden_layers + [CLASSES]
    assert shapes == list(pairwise(sizes))
    jax.tree.map(partial(np.testing.assert_array_equal, strict=True), PADDED.trim(padded, config), variables)
    trimmed(padded, config, 0)


@pytest.mark.parametrize(("units", "width"), [(1, 8), (8, 8), (9, 16), (16, 16), (17, 17)])
def test_the_width_is_the_next_one_there_is(make_config: MakeConfig, units: int, width: int) -> None:
    config = make_config(hidden_units=units)
    static, _ = PADDED.split(config)
    assert static["padded_units"] == width
    padded = PADDED.pad(PADDED.init(np.uint32([0, 0]), config), config)
    assert isinstance(padded.state[0], Averages)
    assert padded.state[1].variance.shape == padded.params[1]["gamma"].shape == (width,)
