"""Softmax and cross-entropy against SciPy, scikit-learn and formulas written another way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from ikura import nn

softmax, cross_entropy = jax.jit(nn.softmax), jax.jit(nn.cross_entropy)

LABELS = np.int32([0, 2, 1, 2])
EXTREME = np.float32([[1e4, -1e4, 0.0], [1e4, 1e4, -1e4], [-1e4, -1e4, -1e4], [0.0, 1e-4, 1e4]])


def logits(random: np.random.Generator, examples: int = 50, classes: int = 4) -> NDArray[np.float32]:
    return random.normal(0.0, 3.0, (examples, classes)).astype(np.float32)


def loop(logits: NDArray, labels: NDArray, smoothing: float, weights: NDArray) -> list[float]:
    """The loss -sum y·log(yhat), example by example and class by class."""
    losses = []
    for row, label in zip(logits.astype(np.float64), labels, strict=True):
        total = 0.0
        for k, logit in enumerate(row):
            target = smoothing / len(row) + (1.0 - smoothing if k == label else 0.0)
            total -= target * (logit - scipy.special.logsumexp(row))
        losses.append(weights[label] * total)
    return losses


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax_equals_scipys(random: np.random.Generator, shift: float) -> None:
    z = np.round(logits(random) * 64.0) / 64.0 + np.float32(shift)  # multiples of 1/64 are exact even at 1e4
    np.testing.assert_allclose(softmax(z), scipy.special.softmax(z.astype(np.float64), axis=-1), rtol=1e-5)


def test_extreme_logits_are_finite_and_right() -> None:
    exact = EXTREME.astype(np.float64)
    np.testing.assert_allclose(softmax(EXTREME), scipy.special.softmax(exact, axis=-1), rtol=1e-6)
    np.testing.assert_allclose(cross_entropy(EXTREME, LABELS), [0.0, 2e4 + np.log(2.0), np.log(3.0), 0.0], rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_gradient_is_probabilities_minus_targets_for_logits_of_any_size(
    random: np.random.Generator, smoothing: float
) -> None:
    z = np.concatenate([EXTREME, logits(random, 4, 3)])
    labels = np.tile(LABELS, 2)
    gradient = jax.jit(jax.grad(lambda z: jnp.sum(cross_entropy(z, labels, smoothing))))(z)
    targets = np.eye(3)[labels] * (1.0 - smoothing) + smoothing / 3.0
    np.testing.assert_allclose(gradient, scipy.special.softmax(z.astype(np.float64), axis=-1) - targets, atol=1e-6)


def test_gradients_of_extreme_logits_are_finite() -> None:
    jacobian = jax.jit(jax.jacobian(softmax))(EXTREME)
    assert np.all(np.isfinite(jacobian))


@pytest.mark.usefixtures("float64")
def test_the_gradient_of_softmax_equals_finite_differences(random: np.random.Generator) -> None:
    z, weights, step = random.normal(size=4), random.normal(size=4), 1e-6
    gradient = jax.jit(jax.grad(lambda z: jnp.sum(weights * softmax(z))))(z)
    shifts = step * np.eye(4)
    ends = [np.sum(weights * np.asarray(softmax(z + sign * shifts)), axis=-1) for sign in (1.0, -1.0)]
    np.testing.assert_allclose(gradient, (ends[0] - ends[1]) / (2.0 * step), rtol=1e-6, atol=1e-9)


def test_the_mean_equals_scikit_learns_log_loss(random: np.random.Generator) -> None:
    z, labels = logits(random), random.integers(0, 4, 50)
    probabilities = scipy.special.softmax(z.astype(np.float64), axis=-1)
    assert float(np.mean(cross_entropy(z, labels))) == pytest.approx(
        log_loss(labels, probabilities, labels=range(4)), rel=1e-5
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0, 1.0], [0.5, 2.0, 0.0, 7.0]])
def test_label_smoothing_and_class_weights(random: np.random.Generator, smoothing: float, weights: list[float]) -> None:
    z, labels, class_weights = logits(random), random.integers(0, 4, 50), np.float32(weights)
    losses = cross_entropy(z, labels, smoothing, class_weights)  # the share is traced
    np.testing.assert_allclose(losses, loop(z, labels, smoothing, class_weights), rtol=2e-5, atol=1e-6)


def test_no_class_weights_are_weights_of_one(random: np.random.Generator) -> None:
    z, labels = logits(random), random.integers(0, 4, 50)
    np.testing.assert_array_equal(
        cross_entropy(z, labels, 0.1), cross_entropy(z, labels, 0.1, jnp.ones(4)), strict=True
    )
