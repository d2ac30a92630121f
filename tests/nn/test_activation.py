"""Activations against formulas of SciPy and NumPy."""

import jax
import numpy as np
import pytest
from numpy.typing import NDArray
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


def slopes(name: str, z: NDArray) -> NDArray:
    return np.asarray(jax.vmap(jax.grad(ACTIVATIONS[name]))(z))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_gradients(name: str) -> None:
    np.testing.assert_allclose(ACTIVATIONS[name](Z), VALUES[name](Z), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slopes(name, Z), SLOPES[name](Z), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_float32_is_right_from_the_tails_to_the_centre(name: str) -> None:
    z = Z.astype(np.float32)
    np.testing.assert_allclose(ACTIVATIONS[name](z), VALUES[name](z.astype(np.float64)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slopes(name, z), SLOPES[name](z.astype(np.float64)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "slope"), AT_ZERO.items())
def test_the_gradient_at_zero(name: str, slope: float) -> None:
    """For relu it is the convention of PyTorch, TensorFlow and jax.nn."""
    assert float(jax.grad(ACTIVATIONS[name])(0.0)) == slope


def test_the_gradient_of_leaky_relu_at_zero_is_one_of_its_two_slopes() -> None:
    assert float(jax.grad(ACTIVATIONS["leaky_relu"])(0.0)) in (1.0, pytest.approx(0.01))


@pytest.mark.parametrize("name", ACTIVATIONS.keys() - {"sigmoid"})
def test_all_but_sigmoid_keep_zero_exactly(name: str) -> None:
    """Padded units rely on it."""
    assert float(ACTIVATIONS[name](np.float32(0.0))) == 0.0
