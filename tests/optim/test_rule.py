"""The one update rule against each of Optax's optimizers."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from numpy.typing import NDArray

from ikura.optim import OPTIMIZERS, Step, clip_by_global_norm, coefficients, initial_slots, step_table, update
from ikura.records import Config

STEPS = 50
CONFIG = {
    "learning_rate": 0.0625,
    "momentum": 0.875,
    "beta1": 0.875,
    "beta2": 0.96875,
    "epsilon": 2.0**-20,
    "decay": "inverse",
    "decay_rate": 0.25,
    "warmup": 4.0,
    "batch_size": 1,
}
"""Numbers that float32 holds exactly, so that rounding the constants does not hide a difference of 1e-10."""
CASES = [(optimizer, decay) for decay in (0.0, 0.25) for optimizer in OPTIMIZERS]


def random_tree(random: np.random.Generator, *leading: int) -> dict[str, Any]:
    """Arrays of two axes, which decay, and of one, which do not."""
    shapes = {"weights": (4, 3), "bias": (3,), "gamma": (1,), "kernel": (2, 1, 2)}
    return {name: random.normal(size=leading + shape) for name, shape in shapes.items()}


def settings(optimizer: str, weight_decay: float) -> Config:
    return CONFIG | {"optimizer": optimizer, "weight_decay": weight_decay}


def cast(tree: Any, dtype: Any) -> Any:
    return jax.tree.map(lambda leaf: np.asarray(leaf, bool if np.asarray(leaf).dtype == bool else dtype), tree)


def run(config: Config, params: Any, gradients: Any, dtype: Any) -> Any:
    """The arguments of `trained` for one configuration."""
    constants = coefficients(config), step_table(config, STEPS, 1)
    return cast((*constants, params, initial_slots(params), gradients), dtype)


@jax.jit
def trained(rule: Any, table: Step, params: Any, slots: Any, gradients: Any) -> Any:
    """The parameters after each step [step, ...]."""

    def step(carry, inputs):
        params, slots = update(*(carry[0], inputs[0], carry[1]), rule, inputs[1])
        return (params, slots), params

    return jax.lax.scan(step, (params, slots), (gradients, jax.tree.map(lambda column: column[:, 0], table)))[1]


trained_side_by_side = jax.jit(jax.vmap(trained))


def optaxs(config: Config, rates: NDArray) -> optax.GradientTransformation:
    """What Optax calls the optimizer; L2 regularisation is chained in front."""

    def rate(count):
        return jnp.asarray(rates)[count]

    def weights_only(params):
        return jax.tree.map(lambda leaf: leaf.ndim >= 2, params)

    momentum, beta1, beta2, epsilon, decay = (
        config[name] for name in ("momentum", "beta1", "beta2", "epsilon", "weight_decay")
    )
    l2 = optax.add_decayed_weights(decay, weights_only)
    match config["optimizer"]:
        case "sgd":
            return optax.chain(l2, optax.sgd(rate))
        case "momentum":
            return optax.chain(l2, optax.sgd(rate, momentum))
        case "nesterov":
            return optax.chain(l2, optax.sgd(rate, momentum, nesterov=True))
        case "rmsprop":
            return optax.chain(l2, optax.rmsprop(rate, beta2, epsilon, eps_in_sqrt=False))
        case "adam":
            return optax.chain(l2, optax.adam(rate, beta1, beta2, epsilon))
        case "adamw":
            return optax.adamw(rate, beta1, beta2, epsilon, weight_decay=decay, mask=weights_only)
    raise AssertionError(config["optimizer"])


def optax_trained(config: Config, params: Any, gradients: Any) -> Any:
    transform = optaxs(config, step_table(config, STEPS, 1).rate[:, 0])

    @jax.jit
    def run(params, gradients):
        def step(carry, gradient):
            params, state = carry
            updates, state = transform.update(gradient, state, params)
            params = optax.apply_updates(params, updates)
            return (params, state), params

        return jax.lax.scan(step, (params, transform.init(params)), gradients)[1]

    return run(params, gradients)


@pytest.mark.parametrize(("optimizer", "weight_decay"), CASES)
def test_every_step_equals_optaxs(optimizer: str, weight_decay: float) -> None:
    random, config = np.random.default_rng(0), settings(optimizer, weight_decay)
    params, gradients = random_tree(random), random_tree(random, STEPS)
    with jax.enable_x64(True):
        # The bias corrections are tabulated in float32: here they are needed in full.
        rule, table, *rest = run(config, params, gradients, np.float64)
        count = np.arange(1.0, STEPS + 1.0)[:, None]
        bias = [1.0 - config[name] ** count if optimizer in ("adam", "adamw") else 1.0 for name in ("beta1", "beta2")]
        exact = Step(table.rate, table.rate / bias[0], np.ones_like(table.rate) / bias[1])
        np.testing.assert_allclose(np.stack(table), np.stack(exact), rtol=2e-7)
        ours = trained(rule, exact, *rest)
        theirs = optax_trained(config, params, gradients)
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-12), ours, theirs)


def test_optimizers_side_by_side_equal_each_alone_and_optaxs_in_float32() -> None:
    random = np.random.default_rng(1)
    usual = {"momentum": 0.9, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "decay": "cosine"}
    configs = [settings(*case) | usual for case in CASES]
    params, gradients = random_tree(random), random_tree(random, STEPS)
    rows = [run(config, params, gradients, np.float32) for config in configs]
    together = trained_side_by_side(*jax.tree.map(lambda *leaves: np.stack(leaves), *rows))
    for number, (config, row) in enumerate(zip(configs, rows, strict=True)):
        own = jax.tree.map(lambda leaf, number=number: leaf[number], together)
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-6), own, trained(*row))
        if config["weight_decay"]:
            theirs = optax_trained(config, *cast((params, gradients), np.float32))
            jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=2e-5), own, theirs)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_weight_without_gradient_stays_exactly_zero(optimizer: str) -> None:
    """Padding relies on it."""
    params = {"weights": np.zeros((2, 3), np.float32), "bias": np.zeros(3, np.float32)}
    gradients = jax.tree.map(lambda leaf: np.zeros((STEPS, *leaf.shape), np.float32), params)
    after = trained(*run(settings(optimizer, 0.25), params, gradients, np.float32))
    jax.tree.map(lambda leaf: np.testing.assert_array_equal(leaf, 0.0), after)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("beta2", [0.0, 0.9, 0.99999])
def test_adams_first_move_has_the_length_of_the_learning_rate(optimizer: str, beta2: float) -> None:
    """The bias correction makes it so, whatever the betas."""
    config = settings(optimizer, 0.0) | {"beta2": beta2, "decay": "none", "warmup": 0.0, "epsilon": 1e-12}
    params = {"weights": np.zeros((2, 2), np.float32)}
    gradients = {"weights": np.full((STEPS, 2, 2), [[3.0, -0.01], [1e3, -2.0]], np.float32)}
    after = trained(*run(config, params, gradients, np.float32))
    np.testing.assert_allclose(after["weights"][0], -0.0625 * np.sign(gradients["weights"][0]), rtol=1e-4)


@pytest.mark.parametrize("limit", [0.5, 5.0, 1e3])
def test_clipping_equals_optaxs(limit: float) -> None:
    gradients = random_tree(np.random.default_rng(2))
    with jax.enable_x64(True):
        theirs, _ = optax.clip_by_global_norm(limit).update(gradients, optax.EmptyState())
        clipped = jax.jit(clip_by_global_norm)(gradients, limit)
        jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-12), clipped, theirs)
        norm = float(optax.tree.norm(gradients))
        assert float(optax.tree.norm(clipped)) == pytest.approx(min(limit, norm))


def test_clipping_leaves_no_gradient_as_it_is() -> None:
    zeros = {"weights": np.zeros((2, 2), np.float32)}
    np.testing.assert_array_equal(clip_by_global_norm(zeros, 1.0)["weights"], 0.0)
