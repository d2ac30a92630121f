"""Random orders that depend on nothing but the numbers they are named by."""

import numpy as np
from numpy.typing import NDArray

from ikura.errors import DataError

BATCHES = 1
SPLIT = 2


def random_order(seed: int, index: int, stream: int, length: int) -> NDArray[np.intp]:
    """Permute range(length) by the ranks of raw Philox words, which are the same in all of NumPy's versions."""
    if seed < 0:
        raise DataError(f"seed: {seed} is negative; a seed must be 0 or more: use {-seed}")
    words = np.random.Philox(np.random.SeedSequence([seed, index, stream])).random_raw(length)
    return np.argsort(words, kind="stable")


def batch_order(seed: int, epoch: int, examples: int) -> NDArray[np.int32]:
    """Return the order [examples] in which an epoch visits the training examples: a function of the arguments only."""
    return random_order(seed, epoch, BATCHES, examples).astype(np.int32)
