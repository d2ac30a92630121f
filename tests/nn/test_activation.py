"""Activations against formulas of SciPy and NumPy."""

import jax
import numpy as np
import pytest
from scipy import special, stats

from ikura.nn import ACTIVATIONS

VALUES = {
    "relu": lambda z: np.where(z > 0.0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0.0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "gelu": lambda z: z * stats.norm.cdf(z),
    "silu": lambda z: z * special.expit(z),
}
SLOPES = {
    "relu": lambda z: np.where(z > 0.0, 1.0, 0.0),
    "leaky_relu": lambda z: np.where(z > 0.0, 1.0, 0.01),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "sigmoid": lambda z: special.expit(z) * special.expit(-z),
    "gelu": lambda z: stats.norm.cdf(z) + z * stats.norm.pdf(z),
    "silu": lambda z: special.expit(z) * (1.0 + z * special.expit(-z)),
}
AT_ZERO = {"relu": 0.0, "tanh": 1.0, "sigmoid": 0.25, "gelu": 0.5, "silu": 0.5}
Z = np.concatenate([np.linspace(-6.0, 6.0, 60), [-1e4, -1e-4, 1e-4, 1e4]])  # without 0, where relu has a corner
ZEROS = np.zeros_like(Z, np.float32)


values = {name: jax.jit(activation) for name, activation in ACTIVATIONS.items()}
slopes = {name: jax.jit(jax.vmap(jax.grad(activation))) for name, activation in ACTIVATIONS.items()}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_gradients(name: str) -> None:
    np.testing.assert_allclose(values[name](Z), VALUES[name](Z), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slopes[name](Z), SLOPES[name](Z), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_float32_is_right_from_the_tails_to_the_centre(name: str) -> None:
    z = Z.astype(np.float32)
    np.testing.assert_allclose(values[name](z), VALUES[name](z.astype(np.float64)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slopes[name](z), SLOPES[name](z.astype(np.float64)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "slope"), AT_ZERO.items())
def test_the_gradient_at_zero(name: str, slope: float) -> None:
    """For relu it is the convention of PyTorch, TensorFlow and jax.nn."""
    np.testing.assert_array_equal(slopes[name](ZEROS), slope)


def test_the_gradient_of_leaky_relu_at_zero_is_one_of_its_two_slopes() -> None:
    assert float(slopes["leaky_relu"](ZEROS)[0]) in (1.0, pytest.approx(0.01))


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "sigmoid"])
def test_all_but_sigmoid_keep_zero_exactly(name: str) -> None:
    """Padded units rely on it."""
    np.testing.assert_array_equal(values[name](ZEROS), 0.0)
