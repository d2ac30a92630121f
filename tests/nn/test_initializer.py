"""Initial weights: their variance, and what it does to a deep network."""

import numpy as np
import pytest
from scipy import stats

from ikura.nn import INITIALIZERS, initial_weights

VARIANCES = {"he": 2.0 / 400.0, "xavier": 2.0 / 700.0}


def draw(initializer: str, fan_in: int, fan_out: int, seed: int = 0) -> np.ndarray:
    return initial_weights(np.random.default_rng(seed), fan_in, fan_out, initializer)


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_draws_are_normal_with_the_right_variance(initializer: str) -> None:
    weights = draw(initializer, 400, 300)
    assert weights.shape == (400, 300)
    assert weights.dtype == np.float32
    scaled = weights.ravel().astype(np.float64) / np.sqrt(VARIANCES[initializer])
    assert stats.kstest(scaled, "norm").pvalue > 0.001  # sees a variance that is 2 % off among 120,000 draws


def test_he_keeps_the_power_of_relu_layers_and_xavier_halves_it() -> None:
    for initializer, factor in (("he", 1.0), ("xavier", 0.5)):
        values = np.random.default_rng(1).standard_normal((64, 512))
        powers = []
        for layer in range(6):
            z = values @ draw(initializer, 512, 512, seed=layer)
            powers.append(np.mean(z**2))
            values = np.maximum(z, 0.0)
        np.testing.assert_allclose(powers[-1] / powers[0], factor**5, rtol=0.15)


def test_xavier_keeps_the_power_of_both_passes() -> None:
    weights = draw("xavier", 600, 600)
    random = np.random.default_rng(1)
    forward, backward = random.standard_normal((500, 600)) @ weights, random.standard_normal((500, 600)) @ weights.T
    np.testing.assert_allclose([np.var(forward), np.var(backward)], 1.0, rtol=0.02)


def test_the_same_generator_gives_the_same_weights() -> None:
    np.testing.assert_array_equal(draw("he", 8, 5, seed=3), draw("he", 8, 5, seed=3), strict=True)
    assert not np.array_equal(draw("he", 8, 5, seed=3), draw("he", 8, 5, seed=4))
