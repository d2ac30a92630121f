"""ONNX: the preprocessing and the network as one graph of ONNX's and ONNX-ML's operators."""

import json
import math
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, numpy_helper

from ikura.data import Dropped, OneHot, Scaled
from ikura.errors import ModelError
from ikura.model.export.columns import Categories, Numbers, column_name, document, steps_of
from ikura.model.export.layers import Answer, BatchNorm, Dense, answers_of, layers_of
from ikura.model.model import Model
from ikura.records import Kind, Target
from ikura.tasks.threshold import HALF

OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
"""Of 2022, which every runtime of today reads."""

LABEL, PROBABILITY, NUMBER = "output_label", "output_probability", "output"
"""As converters of scikit-learn's models call them."""

_LARGEST = 2**31 - 1
"""Bytes that a file of protobuf's can have."""


def contents(model: Model) -> bytes:
    """Return an ONNX file.

    Its inputs are float64 [example, 1] for each column of numbers or dates (in days since 1970-01-01) and NaN for
    missing ones, and text [example, 1] for each column of text, empty for missing ones; or one float64 matrix `x`
    [example, column] where columns have no names and all are numbers. Its outputs are the label [example] and the
    probability of each class [example, class]; of labels which are there and how probable [example, label]; a number,
    quantiles or an expected count [example, 1 or more]. Where there are several targets, their names stand in front.
    """
    layers = layers_of(model)
    graph = _Graph()
    inputs = value = _preprocessed(graph, model)
    for layer in layers:
        value = _dense(graph, value, layer)
    value = _finite(graph, inputs, value)
    answers = answers_of(model)
    for answer in answers:
        own = value if len(answers) == 1 else _columns(graph, value, answer)
        _answer(graph, own, answer, alone=len(answers) == 1)
    made = helper.make_graph(graph.nodes, "ikura", graph.inputs, graph.outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    proto = helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION, producer_name="ikura")
    helper.set_model_props(proto, {"ikura": json.dumps(document(model))})
    if proto.ByteSize() > _LARGEST:
        raise ModelError("export: the network is larger than the 2 GB that one ONNX file can hold: use .pt2 or .keras")
    checker.check_model(proto)
    return proto.SerializeToString()


class _Graph:
    """A graph under construction; every value gets a name of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.constants: list[Any] = []
        self._taken: set[str] = set()

    def input(self, name: str, kind: int, width: int, about: str) -> str:
        name = self.name(name)
        self.inputs.append(helper.make_tensor_value_info(name, kind, ["example", width], doc_string=about))
        return name

    def output(self, value: str, name: str, kind: int, shape: Sequence[str | int]) -> None:
        name = self.name(name)
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, array: NDArray[Any] | np.float32) -> str:
        name = self.name("constant")
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one result, and return its name."""
        name = self.name(operator)
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def name(self, wanted: str) -> str:
        names = (wanted if not number else f"{wanted}_{number}" for number in count())
        found = next(name for name in names if name and name not in self._taken)
        self._taken.add(found)
        return found


def _preprocessed(graph: _Graph, model: Model) -> str:
    """Add the inputs and all that becomes of them before the network."""
    steps = steps_of(model.preprocessing)
    values = _inputs(graph, model)
    pieces = []
    for step in steps:
        if isinstance(step, Categories):
            pieces.append(_one_hot(graph, values[step.column], step))
        else:
            pieces.append(_standardised(graph, _side_by_side(graph, values, step.columns), step))
    return pieces[0] if len(pieces) == 1 else graph.node("Concat", *pieces, axis=1)


def _inputs(graph: _Graph, model: Model) -> dict[int, str]:
    """Add an input for each column that the model uses, or one for all of an array's; return their values by column."""
    preprocessing = model.preprocessing
    encoders = preprocessing.columns
    if preprocessing.names is None and all(isinstance(encoder, Dropped) or _is_number(encoder) for encoder in encoders):
        matrix = graph.input("x", TensorProto.DOUBLE, len(encoders), "numbers, NaN for missing")
        return dict.fromkeys(range(len(encoders)), matrix)
    values = {}
    for column, encoder in enumerate(encoders):
        name = column_name(preprocessing, column)
        match encoder:
            case OneHot():
                about = f"text, {_missing(encoder.categories)!r} for missing"
                values[column] = graph.input(name, TensorProto.STRING, 1, about)
            case Scaled():
                about = "days since 1970-01-01" if encoder.kind == "date" else "numbers"
                values[column] = graph.input(name, TensorProto.DOUBLE, 1, f"{about}, NaN for missing")
    return values


def _is_number(encoder: OneHot | Scaled) -> bool:
    return isinstance(encoder, Scaled) and encoder.kind == "number"


def _missing(categories: Sequence[str | None]) -> str:
    """Return the text that stands for a missing one: the empty one, unless that is a category."""
    words = ("", *(f"missing {number}" for number in range(len(categories))))
    return next(word for word in words if word not in categories)


def _side_by_side(graph: _Graph, values: dict[int, str], columns: Sequence[int]) -> str:
    """Return columns as one matrix [example, column]."""
    different = dict.fromkeys(values[column] for column in columns)
    if len(different) == len(columns):
        return graph.node("Concat", *different, axis=1)
    (matrix,) = different
    return graph.node("Gather", matrix, graph.constant(np.array(columns, np.int64)), axis=1)


def _standardised(graph: _Graph, values: str, step: Numbers) -> str:
    """Do as training did: in float64, rounded at the end."""
    filled = graph.node("Where", graph.node("IsNaN", values), graph.constant(step.fill), values)
    centred = graph.node("Sub", filled, graph.constant(step.mean))
    return graph.node("Cast", graph.node("Div", centred, graph.constant(step.scale)), to=TensorProto.FLOAT)


def _one_hot(graph: _Graph, text: str, step: Categories) -> str:
    missing = _missing(step.categories)
    words = [missing if category is None else category for category in step.categories]
    encoded = graph.node("OneHotEncoder", text, domain="ai.onnx.ml", cats_strings=words, zeros=1)
    return graph.node("Squeeze", encoded, graph.constant(np.array([1], np.int64)))


def _dense(graph: _Graph, value: str, layer: Dense) -> str:
    biases = [] if layer.bias is None else [graph.constant(layer.bias)]
    z = graph.node("Gemm", value, graph.constant(layer.weights), *biases)
    if layer.batch_norm is not None:
        z = _batch_norm(graph, z, layer.batch_norm)
    return _activation(graph, z, layer.activation)


def _batch_norm(graph: _Graph, z: str, norm: BatchNorm) -> str:
    arrays = [graph.constant(array) for array in (norm.gamma, norm.beta, norm.mean, norm.variance)]
    return graph.node("BatchNormalization", z, *arrays, epsilon=norm.epsilon)


def _finite(graph: _Graph, inputs: str, outputs: str) -> str:
    """Return the outputs, NaN for examples with an infinite input, which the network might hide."""
    infinite = graph.node("Cast", graph.node("IsInf", inputs), to=TensorProto.FLOAT)
    lost = graph.node("Cast", graph.node("ReduceMax", infinite, axes=[1]), to=TensorProto.BOOL)
    return graph.node("Where", lost, graph.constant(np.float32(np.nan)), outputs)


def _activation(graph: _Graph, z: str, name: str) -> str:
    match name:
        case "relu" | "tanh" | "sigmoid":
            return graph.node(name.capitalize(), z)
        case "leaky_relu":
            return graph.node("LeakyRelu", z, alpha=0.01)
        case "silu":
            return graph.node("Mul", z, graph.node("Sigmoid", z))
        case "gelu":  # operator Gelu is younger than the opset
            bend = graph.node("Erf", graph.node("Mul", z, graph.constant(np.float32(math.sqrt(0.5)))))
            half = graph.node("Mul", z, graph.constant(np.float32(0.5)))
            return graph.node("Mul", half, graph.node("Add", bend, graph.constant(np.float32(1.0))))
        case "linear":
            return z
        case "softmax":
            return graph.node("Softmax", z, axis=1)
        case "exp":
            return graph.node("Exp", z)
    raise AssertionError(name)


def _columns(graph: _Graph, outputs: str, answer: Answer) -> str:
    """Return some of the outputs."""
    places = graph.constant(np.arange(answer.part.start, answer.part.stop, dtype=np.int64))
    return graph.node("Gather", outputs, places, axis=1)


def _answer(graph: _Graph, z: str, answer: Answer, *, alone: bool) -> None:
    """Add what the model predicts of a target; its name stands before the outputs' unless it is alone."""
    target, start = answer.target, "" if alone else f"{answer.target.name}_"
    shape = ["example", answer.outputs]
    if target.kind is Kind.CLASS:
        said = _activation(graph, z, "softmax")
        kind, classes = _labels(target.classes)
        best = _called(graph, said, target)
        graph.output(graph.node("Gather", graph.constant(classes), best), f"{start}{LABEL}", kind, ["example"])
        graph.output(said, f"{start}{PROBABILITY}", TensorProto.FLOAT, shape)
    elif target.kind is Kind.LABELS:
        said = _activation(graph, z, "sigmoid")
        there = graph.node("Greater", said, graph.constant(np.float32(0.5)))
        graph.output(graph.node("Cast", there, to=TensorProto.INT64), f"{start}{LABEL}", TensorProto.INT64, shape)
        graph.output(said, f"{start}{PROBABILITY}", TensorProto.FLOAT, shape)
    else:
        said = (
            _ascending(graph, z, answer.outputs)
            if answer.function == "sort"
            else _activation(graph, z, answer.function)
        )
        graph.output(said, f"{start}{NUMBER}", TensorProto.FLOAT, shape)


def _called(graph: _Graph, said: str, target: Target) -> str:
    """Return the number of the class that an example is said to be of."""
    if target.threshold == HALF:
        return graph.node("ArgMax", said, axis=1, keepdims=0)
    positive = graph.node("Gather", said, graph.constant(np.array(1, np.int64)), axis=1)
    above = graph.node("Greater", positive, graph.constant(np.float32(target.threshold)))
    return graph.node("Cast", above, to=TensorProto.INT64)


def _ascending(graph: _Graph, z: str, count: int) -> str:
    """Return the numbers of each row, the smallest first."""
    name, places = graph.name("TopK"), graph.name("places")
    node = helper.make_node("TopK", [z, graph.constant(np.array([count], np.int64))], [name, places], axis=1, largest=0)
    graph.nodes.append(node)
    return name


def _labels(classes: Sequence[Any]) -> tuple[int, NDArray[Any]]:
    """Return the classes as `Model.predict` gives them; whole numbers beyond int64 as text."""
    array = np.array(classes)
    match array.dtype.kind:
        case "b":
            return TensorProto.BOOL, array
        case "i":
            return TensorProto.INT64, array.astype(np.int64)
        case "f":
            return TensorProto.DOUBLE, array
    return TensorProto.STRING, np.array([str(label) for label in classes], object)
