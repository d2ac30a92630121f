"""Losses and their gradients against PyTorch, and against finite differences in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional

from ikura import nn

RANDOM = np.random.default_rng(0)
OUTPUTS = RANDOM.normal(0, 2, (40, 3))
NUMBERS = RANDOM.normal(0, 2, (40, 3))
LABELS = RANDOM.integers(0, 2, (40, 3)).astype(float)
COUNTS = RANDOM.poisson(2, (40, 3)).astype(float)


def theirs_pinball(outputs, targets, reduction):
    error = targets - outputs
    return torch.maximum(0.8 * error, -0.2 * error)


LOSSES = {
    "binary cross-entropy": (nn.binary_cross_entropy, functional.binary_cross_entropy_with_logits, LABELS),
    "smoothed": (nn.binary_cross_entropy, functional.binary_cross_entropy_with_logits, 0.9 * LABELS + 0.05),
    "squared": (nn.squared_error, functional.mse_loss, NUMBERS),
    "absolute": (nn.absolute_error, functional.l1_loss, NUMBERS),
    "huber": (
        lambda z, y: nn.huber(z, y, 0.7),
        lambda z, y, reduction: functional.huber_loss(z, y, delta=0.7, reduction=reduction),
        NUMBERS,
    ),
    "pinball": (lambda z, y: nn.pinball(z, y, 0.8), theirs_pinball, NUMBERS),
    "poisson": (
        nn.poisson,
        lambda z, y, reduction: functional.poisson_nll_loss(z, y, log_input=True, full=False, reduction=reduction),
        COUNTS,
    ),
}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", LOSSES)
def test_they_are_pytorchs_and_so_are_their_gradients(case):
    ours, theirs, targets = LOSSES[case]
    outputs = torch.tensor(OUTPUTS, requires_grad=True)
    expected = theirs(outputs, torch.tensor(targets), reduction="none")
    np.testing.assert_allclose(ours(jnp.asarray(OUTPUTS), targets), expected.detach(), rtol=1e-12, atol=1e-14)
    expected.sum().backward()
    gradient = jax.grad(lambda z: ours(z, targets).sum())(jnp.asarray(OUTPUTS))
    np.testing.assert_allclose(gradient, outputs.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("case", LOSSES)
def test_gradients_are_finite_differences(case):
    ours, _, targets = LOSSES[case]
    step = 1e-6
    kinks = np.abs(OUTPUTS - targets) < 2 * step
    expected = (ours(OUTPUTS + step, targets) - ours(OUTPUTS - step, targets)) / (2 * step)
    gradient = jax.grad(lambda z: ours(z, targets).sum())(jnp.asarray(OUTPUTS))
    np.testing.assert_allclose(np.where(kinks, 0, gradient), np.where(kinks, 0, expected), rtol=1e-5, atol=1e-8)


def test_logits_of_any_size_are_safe():
    logits, labels = np.float32([-1e4, 1e4, -1e4, 1e4]), np.float32([0, 1, 1, 0])
    np.testing.assert_allclose(nn.binary_cross_entropy(logits, labels), [0, 0, 1e4, 1e4])
    gradient = jax.grad(lambda z: nn.binary_cross_entropy(z, labels).sum())(logits)
    np.testing.assert_allclose(gradient, [0, 0, -1, 1])


def test_a_perfect_number_pulls_nowhere():
    for loss in (nn.absolute_error, lambda z, y: nn.pinball(z, y, 0.9), lambda z, y: nn.huber(z, y, 1.0)):
        assert float(jax.grad(loss)(2.0, 2.0)) == 0.0
