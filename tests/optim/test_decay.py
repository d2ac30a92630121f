"""Learning-rate decay and warm-up against their closed formulas."""

import math
from typing import Any

import numpy as np
import pytest

from ikura.optim import DECAYS, learning_rates, step_table

FORMULAS = {
    "none": lambda epoch, rate, budget: 1.0,
    "inverse": lambda epoch, rate, budget: 1.0 / (1.0 + rate * epoch),
    "exponential": lambda epoch, rate, budget: math.e ** (-rate * epoch),
    "staircase": lambda epoch, rate, budget: 2.0 ** -(epoch // 4),  # for a rate of 1/4
    "sqrt": lambda epoch, rate, budget: (epoch + 1) ** -0.5,
    "cosine": lambda epoch, rate, budget: math.cos(math.pi * epoch / (2 * budget)) ** 2,  # the half-angle formula
}


def config(**changes: Any) -> dict[str, Any]:
    usual = {"learning_rate": 0.3, "decay": "none", "decay_rate": 0.25, "warmup": 0.0, "optimizer": "sgd"}
    return usual | changes


@pytest.mark.parametrize("decay", DECAYS)
def test_each_epochs_rate(decay: str) -> None:
    rates = learning_rates(config(decay=decay), epochs=20, steps=3)
    expected = [[0.3 * FORMULAS[decay](epoch, 0.25, 20)] * 3 for epoch in range(20)]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


@pytest.mark.parametrize("period", range(1, 51))
def test_staircase_steps_exactly_at_whole_periods(period: int) -> None:
    """Though 1/period has no exact float."""
    rates = learning_rates(config(learning_rate=1.0, decay="staircase", decay_rate=1.0 / period), 300, 1)
    np.testing.assert_array_equal(rates[:, 0], [0.5 ** (epoch // period) for epoch in range(300)])


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_cosine_begins_at_the_full_rate_and_falls_toward_zero_at_the_end_of_the_budget(epochs: int) -> None:
    rates = learning_rates(config(decay="cosine"), epochs, 2)
    assert rates[0].tolist() == [0.3, 0.3]
    assert np.all(np.diff(rates[:, 0]) < 0.0)
    assert np.all(rates > 0.0)  # the last epoch still learns
    assert float(DECAYS["cosine"](np.float64(epochs), 0.0, epochs)) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("warmup", [0.5, 1.0, 2.5])
def test_warm_up_rises_linearly_from_step_to_step(decay: str, warmup: float) -> None:
    rates = learning_rates(config(decay=decay, warmup=warmup), epochs=5, steps=4)
    full = learning_rates(config(decay=decay), epochs=5, steps=4)
    passed = np.arange(1, 21).reshape(5, 4) / 4.0  # epochs, at the end of each step
    np.testing.assert_allclose(rates / full, np.minimum(passed / warmup, 1.0), rtol=1e-12)


def test_a_step_table_has_the_bias_corrections_of_adam_only() -> None:
    betas = {"decay": "inverse", "beta1": 0.9, "beta2": 0.999}
    plain = step_table(config(**betas), epochs=2, steps=3)
    np.testing.assert_array_equal(plain.first_rate, plain.rate)
    np.testing.assert_array_equal(plain.second_scale, 1.0)
    adam = step_table(config(**betas, optimizer="adam"), epochs=2, steps=3)
    count = np.arange(1, 7).reshape(2, 3)
    np.testing.assert_allclose(adam.first_rate, plain.rate / (1.0 - 0.9**count), rtol=1e-6)
    np.testing.assert_allclose(adam.second_scale, 1.0 / (1.0 - 0.999**count), rtol=1e-6)
    assert {array.dtype.name for array in adam} == {"float32"}
