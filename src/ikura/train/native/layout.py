"""How a network's arrays lie in the kernel's memory: one after the other, rows filled up to whole vectors."""

import ctypes
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.nn import Averages
from ikura.train.native import kernel


class Layout:
    """Where everything lies."""

    def __init__(self, sizes: Sequence[int], *, batch_norm: bool) -> None:
        """Lay out layers of these sizes.

        Args:
            sizes: inputs, hidden units of each layer, classes.
            batch_norm: whether hidden layers have gamma and beta, or a bias.
        """
        self.layers = (kernel.Layer * (len(sizes) - 1))()
        self.parameters = self.averages = 0
        self.batch_norm = batch_norm
        for number, (layer, (inputs, units)) in enumerate(zip(self.layers, pairwise(sizes), strict=True)):
            layer.inputs, layer.units, layer.row = inputs, units, whole_vectors(units)
            layer.weights = self.parameters
            # Behind the first layer, the kernel transposes weights by whole blocks.
            layer.beta = layer.weights + (whole_vectors(inputs) if number else inputs) * layer.row
            layer.gamma = layer.beta + layer.row
            self.parameters = layer.gamma
            if self._has_gamma(number):
                self.parameters += layer.row
                layer.average = self.averages
                self.averages += 2 * layer.row

    def pack_params(self, params: Sequence[Mapping[str, Any]], array: NDArray[np.float32]) -> None:
        """Write parameters, or a slot of the optimizer's, into an array of zeros [parameters]."""
        for number, (layer, arrays) in enumerate(zip(self.layers, params, strict=True)):
            weights, beta, gamma = self._parts(number, layer, array)
            weights[...] = arrays["weights"]
            if self._has_gamma(number):
                beta[...], gamma[...] = arrays["beta"], arrays["gamma"]
            else:
                beta[...] = arrays["bias"]

    def unpack_params(self, array: NDArray[np.float32]) -> list[dict[str, NDArray[np.float32]]]:
        """Return copies of the parameters, or of a slot, in an array [parameters]."""
        layers = []
        for number, layer in enumerate(self.layers):
            weights, beta, gamma = (part.copy() for part in self._parts(number, layer, array))
            if self._has_gamma(number):
                layers.append({"weights": weights, "gamma": gamma, "beta": beta})
            else:
                layers.append({"weights": weights, "bias": beta})
        return layers

    def pack_state(self, state: Sequence[Averages], averages: NDArray[np.float32], seen: NDArray[np.float32]) -> None:
        """Write running averages into an array of zeros [averages], and their weights into one [layer]."""
        for number, (layer, each) in enumerate(zip(self.layers, state, strict=False)):
            mean, variance = self._averages(layer, averages)
            mean[...], variance[...], seen[number] = each.mean, each.variance, each.weight

    def unpack_state(self, averages: NDArray[np.float32], seen: NDArray[np.float32]) -> list[Averages]:
        """Return copies of running averages [averages] and their weights [layer]."""
        normalised = [number for number in range(len(self.layers)) if self._has_gamma(number)]
        pairs = {number: self._averages(self.layers[number], averages) for number in normalised}
        return [Averages(mean.copy(), spread.copy(), seen[number].copy()) for number, (mean, spread) in pairs.items()]

    def _has_gamma(self, number: int) -> bool:
        return self.batch_norm and number + 1 < len(self.layers)

    def _parts(self, number: int, layer: Any, params: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return views of a layer's weights [input, unit], beta [unit] and gamma [unit], empty if there is none."""
        end = layer.weights + layer.inputs * layer.row
        weights = params[layer.weights : end].reshape(layer.inputs, layer.row)[:, : layer.units]
        gamma = layer.units if self._has_gamma(number) else 0
        return weights, params[layer.beta : layer.beta + layer.units], params[layer.gamma : layer.gamma + gamma]

    def _averages(self, layer: Any, averages: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a view of a layer's running averages of mean and variance [2, unit]."""
        return averages[layer.average : layer.average + 2 * layer.row].reshape(2, -1)[:, : layer.units]


@lru_cache(maxsize=1024)
def layout_of(sizes: tuple[int, ...], *, batch_norm: bool) -> Layout:
    """Return the layout of these sizes; the same for all who ask, so it is never changed."""
    return Layout(sizes, batch_norm=batch_norm)


def whole_vectors(count: int) -> int:
    """Return the count, rounded up to whole vectors."""
    return -(-count // kernel.LANES) * kernel.LANES


def aligned_zeros(count: int) -> NDArray[np.float32]:
    """Return zeros [count] that begin where a vector may, so that none lies across two lines of the cache."""
    line = 4 * kernel.LANES
    memory = np.zeros(4 * count + line, np.uint8)
    start = -memory.ctypes.data % line
    return memory[start : start + 4 * count].view(np.float32)


def address(array: NDArray[Any]) -> ctypes.c_void_p:
    """Return where a contiguous array begins."""
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
