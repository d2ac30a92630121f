"""Batch normalisation against its formula, finite differences, and a loop that averages."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from numpy.typing import NDArray

from ikura.nn import Averages, batch_norm, batch_norm_at_test_time

EPSILON = 1e-3


def reference(z: NDArray, gamma: NDArray, beta: NDArray, epsilon: float) -> NDArray:
    """NumPy's two-pass mean and variance in float64."""
    z = z.astype(np.float64)
    return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + epsilon) * gamma + beta


def arrays(random: np.random.Generator, examples: int, units: int) -> tuple[NDArray, NDArray, NDArray]:
    z = random.normal(2.0, 3.0, (examples, units))
    return z, random.normal(1.0, 0.5, units), random.normal(0.0, 1.0, units)


def plain(z: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    return (z - z.mean(axis=0)) / jnp.sqrt(z.var(axis=0) + epsilon) * gamma + beta


def own(z: Array, gamma: Array, beta: Array, epsilon: float) -> Array:
    return batch_norm(z, gamma, beta, epsilon)[0]


def cost_of(normalise: Callable[..., Array]) -> Callable[..., Array]:
    """A cost whose gradient for the normalised values differs from entry to entry and depends on them."""
    return lambda z, gamma, beta, weights: jnp.sum(weights * jnp.tanh(normalise(z, gamma, beta, EPSILON)))


normalise = jax.jit(batch_norm)
at_test_time = jax.jit(batch_norm_at_test_time)
updated = jax.jit(Averages.updated)
cost = jax.jit(cost_of(own))
by_hand = jax.jit(jax.grad(cost_of(own), argnums=(0, 1, 2)))
automatic = jax.jit(jax.grad(cost_of(plain), argnums=(0, 1, 2)))


def test_normalises_over_the_mini_batch(random: np.random.Generator) -> None:
    z, gamma, beta = (array.astype(np.float32) for array in arrays(random, 32, 6))
    y, mean, variance = normalise(z, gamma, beta, EPSILON)
    np.testing.assert_allclose(y, reference(z, gamma, beta, EPSILON), rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(mean, z.mean(axis=0, dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(variance, z.var(axis=0, dtype=np.float64), rtol=1e-6)  # biased: divided by 32, not 31


@pytest.mark.usefixtures("float64")
def test_gradient_equals_finite_differences(random: np.random.Generator) -> None:
    at, weights, step = arrays(random, 6, 3), random.normal(size=(6, 3)), 1e-6
    for argument, gradient in enumerate(by_hand(*at, weights)):
        for index in np.ndindex(gradient.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = [array.copy() for array in at]
                moved[argument][index] += sign * step
                ends.append(float(cost(*moved, weights)))
            difference = (ends[0] - ends[1]) / (2.0 * step)
            assert gradient[index] == pytest.approx(difference, rel=1e-6, abs=1e-8), (argument, index)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("shape", [(2, 1), (64, 8)])
def test_gradient_equals_automatic_differentiation(random: np.random.Generator, shape: tuple[int, int]) -> None:
    at, weights = arrays(random, *shape), random.normal(size=shape)
    for ours, theirs in zip(by_hand(*at, weights), automatic(*at, weights), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_every_trial_of_a_population_has_its_own_epsilon(random: np.random.Generator) -> None:
    z, gamma, beta = (array.astype(np.float32) for array in arrays(random, 8, 3))
    epsilons = np.float32([1e-5, 0.1, 10.0])

    def summed(z: Array, epsilon: Array) -> Array:
        return jnp.sum(jnp.square(own(z, gamma, beta, epsilon)))

    values, gradients = jax.jit(jax.vmap(jax.value_and_grad(summed), in_axes=(None, 0)))(z, epsilons)
    expected = [np.sum(reference(z, gamma, beta, epsilon) ** 2) for epsilon in epsilons]
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert np.all(np.isfinite(gradients))


@pytest.mark.parametrize("mean", [1e4, -1e4])
def test_a_large_mean_costs_no_digits_but_those_of_the_inputs(random: np.random.Generator, mean: float) -> None:
    z = (mean + random.normal(size=(256, 4))).astype(np.float32)  # float32 is 0.001 coarse there
    ones, zeros = np.ones(4, np.float32), np.zeros(4, np.float32)
    y, _, variance = normalise(z, ones, zeros, 1e-5)
    np.testing.assert_allclose(variance, z.var(axis=0, dtype=np.float64), rtol=1e-4)
    np.testing.assert_allclose(y, reference(z, ones, zeros, 1e-5), atol=2e-3)
    weights = random.normal(size=(256, 4))
    ours = by_hand(z, ones, zeros, weights.astype(np.float32))
    with jax.enable_x64(True):
        exact = automatic(z.astype(np.float64), *np.float64([ones, zeros]), weights)
    np.testing.assert_allclose(ours[0], exact[0], atol=5e-3)
    for gradient, expected in zip(ours[1:], exact[1:], strict=True):  # sums over 256 examples
        np.testing.assert_allclose(gradient, expected, atol=3e-2)


def test_a_constant_unit_gives_beta_and_finite_gradients() -> None:
    z, gamma, beta = np.full((16, 2), 3.7, np.float32), np.float32([2.0, 0.5]), np.float32([1.0, -4.0])
    y, _, variance = normalise(z, gamma, beta, 1e-5)
    np.testing.assert_allclose(y, np.broadcast_to(beta, y.shape), atol=1e-3)
    np.testing.assert_allclose(variance, 0.0, atol=1e-12)
    for gradient in by_hand(z, gamma, beta, np.ones((16, 2), np.float32)):
        assert np.all(np.isfinite(gradient))


def test_a_variance_far_below_epsilon_is_kept(random: np.random.Generator) -> None:
    z = (1e-6 * random.normal(size=(64, 3))).astype(np.float32)
    ones, zeros = np.ones(3, np.float32), np.zeros(3, np.float32)
    y, _, variance = normalise(z, ones, zeros, 1e-5)
    np.testing.assert_allclose(variance, z.var(axis=0, dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(y, reference(z, ones, zeros, 1e-5), rtol=1e-4, atol=1e-9)


def fresh(units: int) -> Averages:
    return Averages(jnp.zeros(units), jnp.zeros(units), jnp.zeros(()))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.999])
def test_running_averages_are_exponentially_weighted_and_free_of_bias(
    random: np.random.Generator, momentum: float
) -> None:
    means, variances = random.normal(size=(20, 3)), random.uniform(0.5, 2.0, (20, 3))
    averages = fresh(3)
    for mean, variance in zip(means, variances, strict=True):
        averages = updated(averages, mean, variance, momentum)
    shares = momentum ** np.arange(19.0, -1.0, -1.0)  # the newest mini-batch weighs most
    mean, variance = (np.average(rows, axis=0, weights=shares) for rows in (means, variances))
    z, gamma, beta = arrays(random, 4, 3)
    expected = (z - mean) / np.sqrt(variance + EPSILON) * gamma + beta
    np.testing.assert_allclose(at_test_time(z, gamma, beta, averages, EPSILON), expected, rtol=1e-11)
    assert float(averages.weight) == pytest.approx(1.0 - momentum**20, rel=1e-12)


def test_one_mini_batch_is_enough_for_test_time(random: np.random.Generator) -> None:
    z, gamma, beta = (array.astype(np.float32) for array in arrays(random, 32, 3))
    y, mean, variance = normalise(z, gamma, beta, EPSILON)
    averages = updated(fresh(3), mean, variance, 0.99)
    np.testing.assert_allclose(at_test_time(z, gamma, beta, averages, EPSILON), y, rtol=1e-4, atol=1e-4)


def test_before_any_mini_batch_the_averages_are_mean_0_and_variance_1(random: np.random.Generator) -> None:
    z, gamma, beta = (array.astype(np.float32) for array in arrays(random, 5, 3))
    y = at_test_time(z, gamma, beta, fresh(3), EPSILON)
    np.testing.assert_allclose(y, z / np.sqrt(1.0 + EPSILON) * gamma + beta, rtol=1e-5, atol=1e-6)
