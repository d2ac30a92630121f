"""What a network says, in double precision and without a compiler: the same however the examples are put together.

In single precision the last bits depend on an example's place in its batch, and each shape of a batch is compiled.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from ikura.model.export.layers import Dense, layers_of
from ikura.model.model import Model, refuse_lost
from ikura.model.predictor import BATCH
from ikura.nn import MLP
from ikura.tasks import predictions_of

if TYPE_CHECKING:
    import pandas as pd

_ACTIVATIONS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "relu": lambda z: np.maximum(z, 0.0),
    "leaky_relu": lambda z: np.where(z >= 0.0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": expit,
    "gelu": lambda z: z * (1.0 + erf(z / np.sqrt(2.0))) / 2.0,
    "silu": lambda z: z * expit(z),
}


def predict_in_double(model: Model, x: "pd.DataFrame | NDArray[Any] | Sequence[Any]") -> list[NDArray[Any]]:
    """Return what a network says of each target, as `predictions_of` has it; a user's network is asked in single.

    Raises:
        DataError: columns are missing, or there are too many or too few.
        ModelError: the network gives no finite number for an example.
    """
    return say_in_double(model, model.preprocessing.transform(x))


def say_in_double(model: Model, inputs: NDArray[np.float32], first: int = 0) -> list[NDArray[Any]]:
    """Return the same for inputs that are preprocessed already; arguments and errors as of `Predictor.say`."""
    outputs = _outputs(model, inputs) if isinstance(model.network, MLP) else model.outputs(inputs)
    refuse_lost(outputs, first)
    return predictions_of(outputs, model.targets, model.heads)


def _outputs(model: Model, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    # Of the last layer the export has other units.
    hidden, output = layers_of(model)[:-1], model.variables.params[-1]
    weights, bias = (np.asarray(output[name], np.float64) for name in ("weights", "bias"))
    found = np.empty((len(inputs), len(bias)))
    for first in range(0, len(inputs), BATCH):
        values = inputs[first : first + BATCH].astype(np.float64)
        for layer in hidden:
            values = _through(layer, values)
        found[first : first + BATCH] = values @ weights + bias
    return found


def _through(layer: Dense, values: NDArray[np.float64]) -> NDArray[np.float64]:
    z = values @ layer.weights.astype(np.float64)
    if (norm := layer.batch_norm) is not None:
        z = (z - norm.mean) / np.sqrt(norm.variance.astype(np.float64) + norm.epsilon) * norm.gamma + norm.beta
    if layer.bias is not None:
        z += layer.bias
    return _ACTIVATIONS[layer.activation](z)
