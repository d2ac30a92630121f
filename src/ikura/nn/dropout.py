"""Inverted dropout (Srivastava et al. 2014) with a rate that may be traced."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from ikura.nn.random_bits import random_bits


def dropout(inputs: Array, rate: ArrayLike, key: Array, units: ArrayLike | None = None) -> Array:
    """Set each element to zero with probability `rate` in [0, 1) and divide the others by 1 - rate.

    Args:
        inputs: any shape.
        rate: the share that is dropped, in steps of 2**-24; 0 changes nothing.
        key: uint32 [2].
        units: how many of the last axis are no padding, if not all; their mask does not depend on the padding.
    """
    keep = 1.0 - jnp.asarray(rate, inputs.dtype)
    threshold = (keep * 2.0**24).astype(jnp.uint32)
    # The barrier keeps the mask; without it XLA draws the mask again wherever the gradient needs it.
    kept = jax.lax.optimization_barrier((random_bits(key, inputs.shape, units) >> 8) < threshold)
    return jnp.where(kept, inputs / keep, 0.0)
