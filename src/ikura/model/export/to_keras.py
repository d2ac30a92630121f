"""Keras: the preprocessing of a table's columns and the network as a model of standard layers (.keras)."""

import json
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import keras
import numpy as np
from keras import layers, ops

from ikura.errors import ModelError
from ikura.model.export.columns import Categories, Numbers, column_name, document, steps_of
from ikura.model.export.layers import Dense, answers_of, layers_of
from ikura.model.model import Model

_FINEST = 1e-3
"""Of a standard deviation: what float32 may round a column's mean by."""

_FUNCTIONS = {
    "softmax": lambda z: layers.Activation("softmax")(z),
    "sigmoid": lambda z: layers.Activation("sigmoid")(z),
    "exp": ops.exp,
    "linear": lambda z: layers.Activation("linear")(z),
    "sort": lambda z: ops.sort(z, axis=1),
}


def contents(model: Model) -> bytes:
    """Return a file that `keras.saving.load_model` loads without Ikura, on any of Keras' backends.

    Its input is float32 [example, column] as PyTorch's float64, its outputs are as PyTorch's,
    a list where there are several targets. Member `ikura.json` of the file, a ZIP archive, tells of the columns.

    Raises:
        ModelError: a column's numbers are too near each other for float32.
    """
    made = keras_model_of(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        made.save(path)
        with ZipFile(path, "a") as file:
            file.writestr("ikura.json", json.dumps(document(model)))
        return path.read_bytes()


def keras_model_of(model: Model) -> keras.Model:
    """Return the model that is exported; raises ModelError as `contents` does."""
    found, steps = layers_of(model), steps_of(model.preprocessing)
    _refuse_too_fine(steps, model)
    inputs = keras.Input((len(model.preprocessing.columns),), name="columns")
    pieces = [_categories(inputs, step) if isinstance(step, Categories) else _numbers(inputs, step) for step in steps]
    first: Any = pieces[0] if len(pieces) == 1 else layers.Concatenate()(pieces)
    value: Any = first
    for layer in found:
        value = _dense(value, layer)
    # The network might hide that a number was infinite.
    value = ops.where(ops.all(ops.isfinite(first), axis=1, keepdims=True), value, np.float32(np.nan))
    said = [_FUNCTIONS[answer.function](value[:, answer.part]) for answer in answers_of(model)]
    return keras.Model(inputs, said[0] if len(said) == 1 else said, name="ikura")


def _numbers(inputs: Any, step: Numbers) -> Any:
    values = ops.take(inputs, list(step.columns), axis=1)
    mean, scale, fill = (array.astype(np.float32) for array in (step.mean, step.scale, step.fill))
    return ops.divide(ops.subtract(ops.where(ops.isnan(values), fill, values), mean), scale)


def _categories(inputs: Any, step: Categories) -> Any:
    places = np.arange(len(step.categories), dtype=np.float32)
    return ops.cast(ops.equal(inputs[:, step.column : step.column + 1], places), "float32")


def _dense(value: Any, layer: Dense) -> Any:
    dense = layers.Dense(layer.weights.shape[1], use_bias=layer.bias is not None)
    value = dense(value)
    dense.set_weights([layer.weights, *([] if layer.bias is None else [layer.bias])])
    if (norm := layer.batch_norm) is not None:
        normalise = layers.BatchNormalization(epsilon=norm.epsilon)
        value = normalise(value)
        normalise.set_weights([norm.gamma, norm.beta, norm.mean, norm.variance])
    return _activation(layer.activation)(value)


def _activation(name: str) -> Any:
    if name == "leaky_relu":
        return layers.LeakyReLU(negative_slope=0.01)
    return layers.Activation(name)


def _refuse_too_fine(steps: list[Numbers | Categories], model: Model) -> None:
    for step in steps:
        if isinstance(step, Numbers):
            lost = np.spacing(np.abs(step.mean).astype(np.float32)) > _FINEST * step.scale
            if lost.any():
                place = int(np.argmax(lost))
                raise ModelError(
                    f"export: column {column_name(model.preprocessing, step.columns[place])!r} has mean "
                    f"{step.mean[place]:g} and standard deviation {step.scale[place]:g}, which Keras' float32 cannot "
                    "tell apart: take the mean off before training, or export to .onnx or .pt2, which count in float64"
                )
