"""A network of two hidden layers of different widths, which the built-in network does not have."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.nn import Averages, ProgramConfig, Variables, batch_norm, batch_norm_at_test_time, initial_weights
from ikura.records import Config

BN_EPSILON, BN_MOMENTUM = 1e-5, 0.9


class TwoWidths:
    """Dense, batch normalisation and ReLU, twice; then softmax. Its dials: `first_units` and `second_units`."""

    def __init__(self, features: int, classes: int) -> None:
        self._features, self._classes = features, classes

    def init(self, key: NDArray[np.uint32], config: Config) -> Variables:
        """See `Network.init`."""
        generator = np.random.default_rng(key)
        sizes = [self._features, int(config["first_units"]), int(config["second_units"])]
        hidden, state = [], []
        for fan_in, units in pairwise(sizes):
            zeros = np.zeros(units, np.float32)
            weights = initial_weights(generator, fan_in, units, "he")
            hidden.append({"weights": weights, "gamma": np.ones(units, np.float32), "beta": zeros})
            state.append(Averages(zeros, zeros, np.zeros((), np.float32)))
        output = {
            "weights": initial_weights(generator, sizes[-1], self._classes, "he"),
            "bias": np.zeros(self._classes, np.float32),
        }
        return Variables([*hidden, output], state)

    def apply(
        self,
        variables: Variables,
        inputs: Array,
        config: ProgramConfig,  # noqa: ARG002
        *,
        train: bool,
        key: Array,  # noqa: ARG002
    ) -> tuple[Array, Variables]:
        """See `Network.apply`."""
        *hidden, output = variables.params
        state = []
        for layer, averages in zip(hidden, variables.state, strict=True):
            z = inputs @ layer["weights"]
            if train:
                z, mean, variance = batch_norm(z, layer["gamma"], layer["beta"], BN_EPSILON)
                state.append(averages.updated(mean, variance, BN_MOMENTUM))
            else:
                z = batch_norm_at_test_time(z, layer["gamma"], layer["beta"], averages, BN_EPSILON)
                state.append(averages)
            inputs = jnp.maximum(z, 0.0)
        return inputs @ output["weights"] + output["bias"], Variables(variables.params, state)
