"""A user's own network, behind the engine's protocol."""

import numpy as np
from jax import Array

from ikura.nn import UserNetwork, Variables


class Line:
    """A network of one layer."""

    def init(self, key, config):
        return Variables({"slope": np.full((2, 2), config["start"], np.float32)})

    def apply(self, variables, inputs: Array, config, *, train, key):
        return inputs @ variables.params["slope"] * config["gain"], variables


def test_hyperparameters_are_split_by_the_spaces_word() -> None:
    network = UserNetwork(Line(), static=frozenset({"kind", "depth"}), traced=frozenset({"gain", "count", "extra"}))
    static, traced = network.split({"kind": "a", "gain": 0.5, "count": 3, "learning_rate": 0.1})
    assert static == {"kind": "a"}  # depth does not exist under its conditions; the learning rate is not the network's
    assert traced == {"gain": np.float32(0.5), "count": np.int32(3)}
    assert {name: value.dtype.name for name, value in traced.items()} == {"gain": "float32", "count": "int32"}


def test_variables_are_kept_as_they_are() -> None:
    network = UserNetwork(Line(), static=frozenset(), traced=frozenset({"gain"}))
    variables = network.init(np.uint32([0, 1]), {"start": 2.0})
    assert network.pad(variables, {}) is variables
    assert network.trim(variables, {}) is variables
    logits, _ = network.apply(
        variables, np.ones((1, 2), np.float32), {"gain": 0.5}, train=True, key=np.zeros(2, np.uint32)
    )
    np.testing.assert_array_equal(logits, [[2.0, 2.0]])
