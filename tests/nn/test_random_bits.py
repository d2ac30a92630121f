"""The statistics of the random generator. Keys are fixed, so that a test passes always or never.

Each test states how often a true random source would fail it.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ikura.nn import fold_in, random_bits

KEYS = np.uint32([[0, 0], [1, 0], [0, 1], [2**32 - 1, 2**32 - 1], [0xDEADBEEF, 0x12345678], [77, 2**31]])
SIDE = 512
WRONG = 1e-6
"""How seldom a true random source would fail one comparison."""

draw_bits = jax.jit(random_bits, static_argnums=1)
masks_of_steps = jax.jit(jax.vmap(lambda key, step: random_bits(fold_in(key, step), (8, 64)), in_axes=(None, 0)))


@jax.jit
def masks_of_layers(key, steps):
    """The bits of the first two layers [layer, step, element], with keys derived as the network derives them."""
    layers = jnp.arange(2)
    step_keys = jax.vmap(fold_in, in_axes=(None, 0))(key, steps)
    keys = jax.vmap(jax.vmap(fold_in, in_axes=(0, None)), in_axes=(None, 0))(step_keys, layers)
    return jax.vmap(jax.vmap(lambda key: random_bits(key, (256,))))(keys)


def stream(key: NDArray) -> NDArray[np.uint32]:
    return np.asarray(draw_bits(key, (SIDE, SIDE)))


def check_balance(bits: NDArray[np.uint32]) -> None:
    """Each of the 32 bits is set in half of the words, and the words have 16 bits set on average."""
    limit = stats.norm.isf(WRONG / 2.0)
    words = bits.ravel()
    for bit in range(32):
        ones = np.count_nonzero(words & np.uint32(1 << bit))
        assert abs(2.0 * ones - words.size) / np.sqrt(words.size) < limit, bit
    set_bits = np.bitwise_count(words).mean()
    assert abs(set_bits - 16.0) / np.sqrt(8.0 / words.size) < limit


def check_uniform(bits: NDArray[np.uint32]) -> None:
    """Each of the four bytes takes its 256 values equally often (chi-squared)."""
    for byte in np.ascontiguousarray(bits).reshape(-1, 1).view(np.uint8).T:
        assert WRONG < stats.chisquare(np.bincount(byte, minlength=256)).pvalue < 1.0 - WRONG


def check_uncorrelated(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> None:
    """As numbers in [0, 1) two streams are uncorrelated, and so are their bits."""
    first, second = (words.ravel() / 2.0**32 - 0.5 for words in (left, right))
    correlation = 12.0 * np.mean(first * second)
    assert abs(correlation) * np.sqrt(first.size) < stats.norm.isf(WRONG / 2.0)
    check_balance(left ^ right)


def check_repeats(words: NDArray[np.uint32]) -> None:
    """Words come again as seldom as chance has it: streams do not overlap, shuffled or not."""
    repeats = words.size - len(np.unique(words))
    assert repeats <= stats.poisson.isf(WRONG, words.size**2 / 2.0**33)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_every_byte_is_uniform_and_every_bit_is_balanced(key: NDArray) -> None:
    bits = stream(key)
    check_uniform(bits)
    check_balance(bits)


@pytest.mark.parametrize("key", KEYS, ids=str)
@pytest.mark.parametrize("lag", [1, 2, 3, 8, 64, SIDE, 4 * SIDE])
def test_no_serial_correlation(key: NDArray, lag: int) -> None:
    """Neither between neighbouring units (lag 1) nor between neighbouring examples (lag of a row)."""
    words = stream(key).ravel()
    check_uncorrelated(words[:-lag], words[lag:])


@pytest.mark.parametrize("axis", [0, 1])
def test_no_row_and_no_column_is_favoured(axis: int) -> None:
    sums = (stream(KEYS[4]) / 2.0**32 - 0.5).sum(axis=axis) / np.sqrt(SIDE / 12.0)
    assert stats.kstest(sums, "norm").pvalue > 1e-4
    assert np.abs(sums).max() < stats.norm.isf(WRONG)


@pytest.mark.parametrize("other", [[0xDEADBEEF, 0x12345679], [0xDEADBEF0, 0x12345678], [0x12345678, 0xDEADBEEF]])
def test_close_keys_give_independent_streams(other: list[int]) -> None:
    bits, others = stream(KEYS[4]), stream(np.uint32(other))
    check_uncorrelated(bits, others)
    check_repeats(np.concatenate([bits, others]))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_consecutive_steps_are_independent(key: NDArray) -> None:
    masks = np.asarray(masks_of_steps(key, np.arange(600)))
    check_uniform(masks)
    check_balance(masks)
    check_repeats(masks)
    for lag in (1, 2, 16):
        check_uncorrelated(masks[:-lag], masks[lag:])
    # Each unit's place in the mask, followed over the steps.
    sums = (masks / 2.0**32 - 0.5).sum(axis=0).ravel() / np.sqrt(600 / 12.0)
    assert stats.kstest(sums, "norm").pvalue > 1e-4
    assert np.abs(sums).max() < stats.norm.isf(WRONG)


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_layers_are_independent_of_each_other_and_of_steps(key: NDArray) -> None:
    first, second = np.asarray(masks_of_layers(key, np.arange(600)))
    check_uncorrelated(first, second)
    check_uncorrelated(first[1:], second[:-1])
    check_uncorrelated(first[:-1], first[1:])
    check_repeats(np.concatenate([first, second]))


def test_no_key_comes_twice() -> None:
    steps = np.asarray(jax.jit(jax.vmap(fold_in, in_axes=(None, 0)))(KEYS[4], np.arange(2**18)))
    assert len(np.unique(steps[:, 0])) == 2**18  # a permutation of the step's number
    layers = np.asarray(masks_of_layers(KEYS[4], np.arange(4096)))[..., :2].reshape(-1, 2)
    assert len(np.unique(layers, axis=0)) == len(layers)


def avalanche(flipped: NDArray[np.uint32], bits: NDArray[np.uint32]) -> NDArray[np.float64]:
    """How often each output bit changes [output bit]."""
    change = flipped ^ bits
    return np.array([np.count_nonzero(change & np.uint32(1 << bit)) for bit in range(32)]) / change.size


SAMPLES = 2**15
FIVE_SIGMA = 5.0 * 0.5 / np.sqrt(SAMPLES)


@pytest.mark.parametrize("word", [0, 1])
def test_one_bit_of_the_key_changes_half_of_the_output(word: int) -> None:
    random = np.random.default_rng(1)
    keys = random.integers(0, 2**32, (SAMPLES, 2), dtype=np.uint32)
    outputs = jax.jit(jax.vmap(lambda key: random_bits(key, (3,))[2]))
    bits = np.asarray(outputs(keys))
    for flip in range(32):
        other = keys.copy()
        other[:, word] ^= np.uint32(1 << flip)
        np.testing.assert_allclose(avalanche(np.asarray(outputs(other)), bits), 0.5, atol=FIVE_SIGMA, err_msg=str(flip))


@pytest.mark.parametrize("flip", [*range(18)])
def test_one_bit_of_the_counter_changes_half_of_the_output(flip: int) -> None:
    words = stream(KEYS[4]).ravel()
    counters = np.random.default_rng(2).integers(0, SIDE * SIDE, SAMPLES)
    np.testing.assert_allclose(avalanche(words[counters ^ (1 << flip)], words[counters]), 0.5, atol=FIVE_SIGMA)


@pytest.mark.parametrize("part", ["first word", "second word", "number"])
def test_one_bit_changes_half_of_a_derived_key(part: str) -> None:
    random = np.random.default_rng(3)
    keys, numbers = random.integers(0, 2**32, (SAMPLES, 2), dtype=np.uint32), random.integers(0, 2**16, SAMPLES)
    derive = jax.jit(jax.vmap(fold_in))
    derived = np.asarray(derive(keys, numbers))
    for flip in range(16 if part == "number" else 32):
        other, others = keys.copy(), numbers
        if part == "number":
            others = numbers ^ (1 << flip)
        else:
            other[:, int(part == "second word")] ^= np.uint32(1 << flip)
        changed = np.asarray(derive(other, others))
        for word in range(2):
            rates = avalanche(changed[:, word], derived[:, word])
            np.testing.assert_allclose(rates, 0.5, atol=FIVE_SIGMA, err_msg=f"bit {flip}")


def test_bits_depend_on_key_and_place_only() -> None:
    alone = draw_bits(KEYS[4], (6, 7))
    in_a_population = jax.jit(jax.vmap(lambda key: random_bits(key, (6, 7))))(KEYS)[4]
    np.testing.assert_array_equal(alone, in_a_population)
    np.testing.assert_array_equal(np.ravel(alone), draw_bits(KEYS[4], (42,)))


def test_jax_accepts_the_keys() -> None:
    key = fold_in(KEYS[4], 3)
    assert key.dtype == jnp.uint32
    assert 0.4 < float(jax.random.uniform(key, (1000,)).mean()) < 0.6
