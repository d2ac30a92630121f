"""Dropout: what it keeps, what it scales, and how often."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from ikura.nn import dropout, fold_in

KEY = np.uint32([0xDEADBEEF, 0x12345678])
ONES = np.ones((256, 128), np.float32)

alone = jax.jit(dropout)
population = jax.jit(jax.vmap(dropout, in_axes=(None, 0, 0)))


def keys(count: int) -> jax.Array:
    return jax.jit(jax.vmap(fold_in, in_axes=(None, 0)))(KEY, jnp.arange(count))


def test_rate_0_changes_nothing() -> None:
    inputs = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    np.testing.assert_array_equal(alone(inputs, 0.0, KEY), inputs, strict=True)


def test_each_element_is_zero_or_scaled() -> None:
    inputs = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    outputs = np.asarray(alone(inputs, 0.25, KEY))
    np.testing.assert_allclose(outputs[outputs != 0.0], inputs[outputs != 0.0] / 0.75, rtol=1e-6)


@pytest.mark.usefixtures("float64")
def test_the_gradient_passes_where_the_value_did() -> None:
    inputs = np.random.default_rng(0).normal(size=(16, 8))
    outputs = np.asarray(alone(inputs, 0.5, KEY))
    gradient = jax.jit(jax.grad(lambda inputs: jnp.sum(dropout(inputs, 0.5, KEY))))(inputs)
    np.testing.assert_allclose(gradient, np.where(outputs != 0.0, 2.0, 0.0))


def test_rates_are_traced_and_each_trial_drops_its_own_share() -> None:
    rates = np.float32([0.0, 1e-3, 0.1, 0.5, 0.9, 0.999])
    outputs = np.asarray(population(ONES, rates, keys(6)))
    for rate, output in zip(rates.astype(np.float64), outputs, strict=True):
        dropped = int(np.count_nonzero(output == 0.0))
        assert stats.binomtest(dropped, ONES.size, rate).pvalue > 1e-4
        # Mean 1: what is dropped is made up for.
        deviation = np.sqrt(rate / (1.0 - rate) / ONES.size)
        assert output.mean(dtype=np.float64) == pytest.approx(1.0, abs=4.0 * deviation + 1e-6)


def test_the_highest_rates_keep_finite_values() -> None:
    rate = np.nextafter(np.float32(1.0), np.float32(0.0))
    assert np.all(np.isfinite(alone(ONES, rate, KEY)))


def test_every_unit_and_every_example_is_dropped_at_the_rate() -> None:
    steps, rate = 200, 0.3
    dropped = np.asarray(population(ONES[:64, :32], np.full(steps, rate, np.float32), keys(steps))) == 0.0
    for axis, trials in ((1, steps * 64), (2, steps * 32)):
        counts = dropped.sum(axis=(0, axis))  # of each unit; of each example
        scores = (counts - trials * rate) / np.sqrt(trials * rate * (1.0 - rate))
        assert np.abs(scores).max() < 4.5
        assert 1e-4 < stats.chi2.sf(np.sum(scores**2), scores.size) < 1.0 - 1e-4


def test_no_mask_comes_twice() -> None:
    masks = np.asarray(population(ONES[:8, :32], np.full(500, 0.5, np.float32), keys(500))) == 0.0
    packed = np.packbits(masks.reshape(500, -1), axis=1)
    assert len(np.unique(packed, axis=0)) == 500
    # Any two masks of 256 bits differ in about half of them.
    differences = np.count_nonzero(masks[:, None] != masks[None], axis=(2, 3))[np.triu_indices(500, 1)]
    assert differences.min() > 80
    assert differences.max() < 176
    assert differences.mean() == pytest.approx(128.0, abs=0.2)


def test_the_same_key_gives_the_same_mask() -> None:
    first, again, other = (np.asarray(alone(ONES, 0.5, key)) for key in (KEY, KEY, KEY + np.uint32(1)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
