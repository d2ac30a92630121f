"""PyTorch: the preprocessing of a table's columns and the network as an exported program (.pt2)."""

import io
import json

import torch
from torch import Tensor, nn

from ikura.model.export.columns import Categories, Numbers, document, steps_of
from ikura.model.export.layers import Answer, BatchNorm, Dense, answers_of, layers_of
from ikura.model.model import Model

_ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.01),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "linear": nn.Identity,
}

_FUNCTIONS = {
    "softmax": lambda z: torch.softmax(z, dim=1),
    "sigmoid": torch.sigmoid,
    "exp": torch.exp,
    "linear": lambda z: z,
    "sort": lambda z: torch.sort(z, dim=1).values,
}


def contents(model: Model) -> bytes:
    """Return a file of `torch.export.save`, which loads without Ikura.

    Its input is float64 [example, column] with all columns of training in their order: numbers, dates in days since
    1970-01-01, the place of a text among its column's categories (see `ikura.json` among its extra files), and NaN for
    what is missing; its output, for each target, what it says of it [example, output]: probabilities of classes or
    labels, numbers in their own unit, quantiles ascending, expected counts; a tuple of these where there are several.
    """
    module = module_of(model)
    example = torch.zeros(2, len(model.preprocessing.columns), dtype=torch.float64)
    program = torch.export.export(module, (example,), dynamic_shapes=({0: torch.export.Dim("example")},))
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={"ikura.json": json.dumps(document(model))})
    return file.getvalue()


def module_of(model: Model) -> nn.Module:
    """Return the module that is exported, for test time."""
    network = nn.Sequential(*[part for layer in layers_of(model) for part in _dense(layer)])
    return _Whole(_Columns(steps_of(model.preprocessing)), network, _Answers(answers_of(model))).eval()


class _Whole(nn.Module):
    """A table's columns -> what the network says of each target; NaN for examples with an infinite number.

    The network might hide that one was infinite.
    """

    def __init__(self, columns: nn.Module, network: nn.Module, answers: nn.Module) -> None:
        super().__init__()
        self.columns, self.network, self.answers = columns, network, answers

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        inputs = self.columns(x)
        finite = torch.isfinite(inputs).all(dim=1, keepdim=True)
        return self.answers(torch.where(finite, self.network(inputs), torch.nan))


class _Answers(nn.Module):
    """The network's outputs -> what they say of each target."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__()
        self.answers = [(answer.first, answer.outputs, answer.function) for answer in answers]

    def forward(self, outputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        said = tuple(_FUNCTIONS[name](outputs[:, first : first + count]) for first, count, name in self.answers)
        return said[0] if len(said) == 1 else said


class _Columns(nn.Module):
    """A table's columns -> the network's inputs, in float64 as in training, rounded at the end."""

    def __init__(self, steps: list[Numbers | Categories]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(_Numbers(step) if isinstance(step, Numbers) else _Categories(step) for step in steps)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([step(x) for step in self.steps], dim=1)


class _Numbers(nn.Module):
    columns: Tensor
    mean: Tensor
    scale: Tensor
    fill: Tensor

    def __init__(self, step: Numbers) -> None:
        super().__init__()
        self.register_buffer("columns", torch.tensor(step.columns))
        for name in ("mean", "scale", "fill"):
            self.register_buffer(name, torch.from_numpy(getattr(step, name)))

    def forward(self, x: Tensor) -> Tensor:
        values = x[:, self.columns]
        return ((torch.where(torch.isnan(values), self.fill, values) - self.mean) / self.scale).float()


class _Categories(nn.Module):
    places: Tensor

    def __init__(self, step: Categories) -> None:
        super().__init__()
        self.column = step.column
        self.register_buffer("places", torch.arange(len(step.categories), dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return torch.eq(x[:, self.column : self.column + 1], self.places).float()


def _dense(layer: Dense) -> list[nn.Module]:
    inputs, units = layer.weights.shape
    linear = nn.Linear(inputs, units, bias=layer.bias is not None)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(layer.weights.T.copy()))
        if layer.bias is not None:
            linear.bias.copy_(torch.from_numpy(layer.bias.copy()))
    norm = [] if layer.batch_norm is None else [_batch_norm(layer.batch_norm)]
    return [linear, *norm, _ACTIVATIONS[layer.activation]()]


def _batch_norm(norm: BatchNorm) -> nn.Module:
    module = nn.BatchNorm1d(len(norm.gamma), eps=norm.epsilon)
    arrays = {"weight": norm.gamma, "bias": norm.beta, "running_mean": norm.mean, "running_var": norm.variance}
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(torch.from_numpy(array.copy()))
    return module
