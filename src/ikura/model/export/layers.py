"""The built-in network as the plain layers that every framework has."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.errors import ModelError
from ikura.model.model import Model
from ikura.nn import MLP, Averages
from ikura.records import Kind, Target


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """(z - mean) / sqrt(variance + epsilon) · gamma + beta, with the averages of training; arrays are [unit]."""

    gamma: NDArray[np.float32]
    beta: NDArray[np.float32]
    mean: NDArray[np.float32]
    variance: NDArray[np.float32]
    epsilon: float


@dataclass(frozen=True, eq=False)
class Dense:
    """Weights [input, unit], then batch normalisation or a bias [unit], then an activation by its name, or `linear`."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32] | None
    batch_norm: BatchNorm | None
    activation: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says of one target: some of the outputs, and what becomes of them."""

    target: Target
    first: int
    """The first of its outputs."""
    outputs: int
    function: str
    """`softmax`, `sigmoid`, `exp`, `linear` or `sort`."""

    @property
    def part(self) -> slice:
        """Where its outputs stand among all outputs."""
        return slice(self.first, self.first + self.outputs)


def layers_of(model: Model) -> list[Dense]:
    """Return the layers from the preprocessed inputs to the outputs, of which `answers_of` says what they mean.

    Numbers come in the targets' own units: scale and mean are in the last layer's weights and bias.

    Raises:
        ModelError: the network is one of the user's own.
    """
    if not isinstance(model.network, MLP):
        raise unknown_layers(type(getattr(model.network, "network", model.network)).__name__)
    *hidden, output = model.variables.params
    activation, epsilon = str(model.config["activation"]), float(model.config["bn_epsilon"])
    layers = []
    for number, layer in enumerate(hidden):
        weights = np.asarray(layer["weights"])
        if model.config["batch_norm"]:
            norm = _batch_norm(layer["gamma"], layer["beta"], model.variables.state[number], epsilon)
            layers.append(Dense(weights, None, norm, activation))
        else:
            layers.append(Dense(weights, np.asarray(layer["bias"]), None, activation))
    scales, means = _units(model)
    weights, bias = np.asarray(output["weights"]) * scales, np.asarray(output["bias"]) * scales + means
    return [*layers, Dense(weights.astype(np.float32), bias.astype(np.float32), None, "linear")]


def answers_of(model: Model) -> list[Answer]:
    """Return what becomes of the outputs, for each target."""
    answers, first = [], 0
    for target in model.targets:
        own = [head for head in model.heads if head.column == first]
        first += target.columns
        function = {Kind.CLASS: "softmax", Kind.LABELS: "sigmoid", Kind.COUNT: "exp"}.get(target.kind, "linear")
        if len(own) > 1:
            function = "sort"  # quantiles that were learned one by one may cross
        answers.append(Answer(target, own[0].output, sum(head.outputs for head in own), function))
    return answers


def unknown_layers(network: str) -> ModelError:
    """Return what is said of a network of the user's own."""
    return ModelError(
        f"export: the model's network is {network}, one of your own; Ikura knows the layers of its built-in network "
        "only: export it with what it was written in, and take the arrays from model.safetensors"
    )


def _units(model: Model) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scale and the mean of each output [output]: 1 and 0 but for numbers."""
    answers = answers_of(model)
    scales, means = np.ones(sum(answer.outputs for answer in answers)), np.zeros(sum(a.outputs for a in answers))
    for answer in answers:
        if answer.target.kind is Kind.NUMBER:
            scales[answer.part], means[answer.part] = answer.target.scale, answer.target.mean
    return scales, means


def _batch_norm(gamma: NDArray[np.float32], beta: NDArray[np.float32], averages: Averages, epsilon: float) -> BatchNorm:
    """Take the share of the initial zeros out of the averages, as `batch_norm_at_test_time` does."""
    weight = np.float32(averages.weight)
    mean, variance = np.asarray(averages.mean), np.asarray(averages.variance)
    if weight > 0:
        mean, variance = (np.divide(average, weight, dtype=np.float32) for average in (mean, variance))
    else:
        variance = np.ones_like(variance)
    return BatchNorm(np.asarray(gamma), np.asarray(beta), mean, variance, epsilon)
