"""The built-in network: a multilayer perceptron whose last layer is a softmax regression."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.nn.activation import ACTIVATIONS
from ikura.nn.batch_norm import Averages, batch_norm, batch_norm_at_test_time
from ikura.nn.dropout import dropout
from ikura.nn.initializer import initial_weights
from ikura.nn.network import ProgramConfig, Variables
from ikura.nn.random_bits import fold_in
from ikura.records import Config


@dataclass(frozen=True)
class MLP:
    """Hidden layers of equal width, each: weights, batch normalisation or bias, activation, dropout.

    Its hyperparameters: `hidden_layers` (0 is softmax regression), `hidden_units`, `activation`, `batch_norm`,
    `bn_momentum`, `bn_epsilon`, `dropout` and `initializer`.

    Variables: `params` has a dict for each layer, `weights` [input, unit] with `gamma` and `beta` [unit] or with `bias`
    [unit]; `state` has batch normalisation's `Averages` for each hidden layer.
    """

    features: int
    classes: int
    widths: tuple[int, ...] = ()
    """Sizes to which hidden layers are padded inside a program, ascending, so that few programs serve many widths."""

    def sizes(self, config: Config) -> list[int]:
        """Inputs, units of each hidden layer, classes."""
        return [self.features, *[int(config["hidden_units"])] * int(config["hidden_layers"]), self.classes]

    def init(self, key: NDArray[np.uint32], config: Config) -> Variables:
        """He's or Xavier's weights; biases and beta 0, gamma 1."""
        generator = np.random.Generator(np.random.Philox(key=int(key[0]) << 32 | int(key[1])))
        initializer, units = str(config["initializer"]), int(config["hidden_units"])
        sizes = self.sizes(config)[:-1]
        params: list[dict[str, NDArray[np.float32]]] = []
        state: list[Averages] = []
        for fan_in in sizes[:-1]:
            layer = {"weights": initial_weights(generator, fan_in, units, initializer)}
            zeros = np.zeros(units, np.float32)
            if config["batch_norm"]:
                params.append(layer | {"gamma": np.ones(units, np.float32), "beta": zeros})
                state.append(Averages(zeros, zeros, np.zeros((), np.float32)))
            else:
                params.append(layer | {"bias": zeros})
        weights = initial_weights(generator, sizes[-1], self.classes, initializer)
        params.append({"weights": weights, "bias": np.zeros(self.classes, np.float32)})
        return Variables(params, state)

    def apply(
        self, variables: Variables, inputs: Array, config: ProgramConfig, *, train: bool, key: Array
    ) -> tuple[Array, Variables]:
        """See `Network.apply`. Units beyond `hidden_units`, which padding adds, stay exactly zero."""
        activation = ACTIVATIONS[config["activation"]]
        *hidden, output = variables.params
        state = []
        for number, layer in enumerate(hidden):
            z = inputs @ layer["weights"]
            if not config["batch_norm"]:
                z = z + layer["bias"]
            elif train:
                z, mean, variance = batch_norm(z, layer["gamma"], layer["beta"], config["bn_epsilon"])
                state.append(variables.state[number].updated(mean, variance, config["bn_momentum"]))
            else:
                averages = variables.state[number]
                z = batch_norm_at_test_time(z, layer["gamma"], layer["beta"], averages, config["bn_epsilon"])
                state.append(averages)
            inputs = activation(z)
            if config["activation"] == "sigmoid":  # the only one that is not zero at zero
                inputs = jnp.where(jnp.arange(z.shape[-1]) < config["hidden_units"], inputs, 0.0)
            if train and config["has_dropout"]:
                inputs = dropout(inputs, config["dropout"], fold_in(key, number))
        return inputs @ output["weights"] + output["bias"], Variables(variables.params, state)

    def split(self, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
        """The static and the traced part of a configuration for a program; what shapes the program is static."""
        static = {name: config[name] for name in ("hidden_layers", "activation", "batch_norm")}
        if config["hidden_layers"] == 0:
            static = {"hidden_layers": 0, "activation": "relu", "batch_norm": False}
        static["padded_units"] = self._padded_units(config)
        static["has_dropout"] = bool(static["hidden_layers"]) and config["dropout"] != 0.0
        traced = {name: np.float32(config[name]) for name in ("dropout", "bn_momentum", "bn_epsilon")}
        return static, traced | {"hidden_units": np.int32(config["hidden_units"])}

    def pad(self, variables: Variables, config: Config) -> Variables:
        """Adds zeros to the hidden layers' arrays up to the program's width."""
        units, padded = int(config["hidden_units"]), self._padded_units(config)
        return _resize(variables, lambda array, axes: np.pad(array, [(0, (padded - units) * axis) for axis in axes]))

    def trim(self, variables: Variables, config: Config) -> Variables:
        """Takes the padding off again."""
        units = int(config["hidden_units"])
        return _resize(variables, lambda array, axes: array[tuple(slice(units if axis else None) for axis in axes)])

    def _padded_units(self, config: Config) -> int:
        if config["hidden_layers"] == 0:
            return 0
        units = int(config["hidden_units"])
        return next((width for width in self.widths if width >= units), units)


def _resize(variables: Variables, resize: Any) -> Variables:
    """Applies `resize(array, hidden axes)` to every array that has the hidden width as an axis."""
    last = len(variables.params) - 1

    def resized(path: Any, array: Any) -> Any:
        number, name = path[0].idx, path[1].key
        if name == "weights":
            return resize(array, (number > 0, number < last))
        return resize(array, (number < last,))

    params = jax.tree_util.tree_map_with_path(resized, variables.params)
    state = [
        Averages(resize(averages.mean, (True,)), resize(averages.variance, (True,)), averages.weight)
        for averages in variables.state
    ]
    return Variables(params, state)
