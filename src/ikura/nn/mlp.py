"""The built-in network: a multilayer perceptron whose last layer gives the outputs: logits, numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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

MOST_HIDDEN_LAYERS = 63


@dataclass(frozen=True)
class MLP:
    """Hidden layers, each: weights, batch normalisation or bias, activation, dropout.

    Its hyperparameters: `hidden_layers` (0 is softmax regression), `hidden_units` in each of them but where
    `hidden_units_1`, `hidden_units_2`... are there and not 0, `activation`, `batch_norm`, `bn_momentum`, `bn_epsilon`,
    `dropout` and `initializer`.

    Variables: `params` has a dict for each layer, `weights` [input, unit] with `gamma` and `beta` [unit] or with `bias`
    [unit]; `state` has batch normalisation's `Averages` for each hidden layer.
    """

    features: int
    outputs: int
    widths: tuple[int, ...] = ()
    """Sizes to which hidden layers are padded inside a program, ascending, so that few programs serve many widths."""

    def sizes(self, config: Config) -> list[int]:
        """Return the numbers of inputs, of units in each hidden layer, and of outputs."""
        layers = range(1, int(config["hidden_layers"]) + 1)
        units = [int(config.get(f"hidden_units_{layer}") or config["hidden_units"]) for layer in layers]
        return [self.features, *units, self.outputs]

    def init(self, key: NDArray[np.uint32], config: Config) -> Variables:
        """Draw He's or Xavier's weights; biases and beta are 0, gamma 1."""
        generator = np.random.Generator(np.random.Philox(key=int(key[0]) << 32 | int(key[1])))
        initializer = str(config["initializer"])
        *hidden, output = pairwise(self.sizes(config))
        params: list[dict[str, NDArray[np.float32]]] = []
        state: list[Averages] = []
        for fan_in, units in hidden:
            layer = {"weights": initial_weights(generator, fan_in, units, initializer)}
            zeros = np.zeros(units, np.float32)
            if config["batch_norm"]:
                params.append(layer | {"gamma": np.ones(units, np.float32), "beta": zeros})
                state.append(Averages(zeros, zeros, np.zeros((), np.float32)))
            else:
                params.append(layer | {"bias": zeros})
        weights = initial_weights(generator, *output, initializer)
        params.append({"weights": weights, "bias": np.zeros(self.outputs, np.float32)})
        return Variables(params, state)

    def apply(
        self, variables: Variables, inputs: Array, config: ProgramConfig, *, train: bool, key: Array
    ) -> tuple[Array, Variables]:
        """See `Network.apply`. Units that padding adds stay exactly zero; a program's `units` say where they begin."""
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
            if config["activation"] == "sigmoid" and "units" in config:  # the only one that is not zero at zero
                inputs = jnp.where(jnp.arange(z.shape[-1]) < config["units"][number], inputs, 0.0)
            if train and config["has_dropout"]:
                units = config["units"][number] if "units" in config else None
                inputs = dropout(inputs, config["dropout"], fold_in(key, number), units)
        return inputs @ output["weights"] + output["bias"], Variables(variables.params, state)

    def split(self, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the static and the traced part of a configuration; what shapes the program is static."""
        static = {name: config[name] for name in ("hidden_layers", "activation", "batch_norm")}
        if config["hidden_layers"] == 0:
            static = {"hidden_layers": 0, "activation": "relu", "batch_norm": False}
        static["padded_units"] = self._padded_units(config)
        static["has_dropout"] = bool(static["hidden_layers"]) and config["dropout"] != 0.0
        traced = {name: np.float32(config[name]) for name in ("dropout", "bn_momentum", "bn_epsilon")}
        return static, traced | {"units": np.array(self.sizes(config)[1:-1], np.int32)}

    def pad(self, variables: Variables, config: Config) -> Variables:
        """Add zeros to the hidden layers' arrays up to the program's width."""
        sizes = [self._padded_units(config)] * int(config["hidden_layers"])

        def padded(array: Any, shape: tuple[int, ...]) -> Any:
            return np.pad(array, [(0, size - there) for size, there in zip(shape, array.shape, strict=True)])

        return self._resized(variables, sizes, padded)

    def trim(self, variables: Variables, config: Config) -> Variables:
        """Take the padding off again."""
        sizes = self.sizes(config)[1:-1]
        return self._resized(variables, sizes, lambda array, shape: array[tuple(map(slice, shape))])

    def _padded_units(self, config: Config) -> int:
        """Return the width of all hidden layers in the configuration's program."""
        widest = max(self.sizes(config)[1:-1], default=0)
        return next((width for width in self.widths if width >= widest), widest) if widest else 0

    def _resized(self, variables: Variables, hidden: Sequence[int], resize: Callable[..., Any]) -> Variables:
        """Apply `resize(array, shape)` to every array, with the shapes that follow from the hidden layers' sizes."""
        sizes = list(pairwise([self.features, *hidden, self.outputs]))
        params = [
            {name: resize(array, pair if name == "weights" else pair[1:]) for name, array in layer.items()}
            for layer, pair in zip(variables.params, sizes, strict=True)
        ]
        state = [
            Averages(resize(averages.mean, pair[1:]), resize(averages.variance, pair[1:]), averages.weight)
            for averages, pair in zip(variables.state, sizes, strict=False)
        ]
        return Variables(params, state)
