"""Trials of the engine against the same training written in PyTorch, in float64."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ikura.data import Dataset, batch_order, prepare
from ikura.nn import MLP, Variables
from ikura.optim import OPTIMIZERS
from ikura.records import Config
from ikura.train import Engine, Trained, Workload
from tests.train.running import finish, whole

EPOCHS, BATCH_SIZE, SEED = 7, 64, 5
"""Seven epochs of 16 mini-batches are 112 steps; in each, 54 of the 1078 examples of digits are left over."""

LEARNING_RATES = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "rmsprop": 1e-3, "adam": 2e-3, "adamw": 2e-3}

SHARED = {
    "momentum": 0.9,
    "beta1": 0.9,
    "beta2": 0.99,
    "epsilon": 1e-6,
    "decay": "exponential",
    "decay_rate": 0.1,
    "warmup": 0.5,
    "weight_decay": 0.01,
    "batch_size": BATCH_SIZE,
    "label_smoothing": 0.05,
    "hidden_layers": 2,
    "hidden_units": 20,
    "activation": "tanh",
    "dropout": 0.0,
    "bn_momentum": 0.8,
    "bn_epsilon": 1e-3,
    "initializer": "xavier",
}
STRUCTURES = {
    True: {"batch_norm": True, "clip_norm": 0.0, "class_weights": "none"},
    False: {"batch_norm": False, "clip_norm": 0.4, "class_weights": "balanced"},
}
"""One with batch normalisation; one without, but with clipped gradients and weighted classes."""


class SameStart(MLP):
    """Begins at the same weights in every trial, so that the reference can begin there too."""

    def init(self, key: Any, config: Config) -> Variables:
        return super().init(np.uint32([1, 2]), config)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """PyTorch's threads wait for each other longer than such small arrays take."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return prepare("digits", seed=SEED)


@pytest.fixture(scope="module")
def network(digits: Dataset) -> SameStart:
    return SameStart(digits.train.x.shape[1], len(digits.classes), (32,))  # padded from 20 to 32 units


def config_of(optimizer: str, batch_norm: bool) -> Config:
    return SHARED | STRUCTURES[batch_norm] | {"optimizer": optimizer, "learning_rate": LEARNING_RATES[optimizer]}


@pytest.fixture(scope="module")
def fused(digits: Dataset, network: SameStart, make_workers: Any) -> dict[tuple[str, bool], Trained]:
    """All trials, trained side by side, in the kernel or in XLA."""
    workload = Workload(network, digits, SEED, EPOCHS)
    engine = Engine(workload, make_workers(workload), keep_networks=True)
    cases = [(optimizer, batch_norm) for batch_norm in STRUCTURES for optimizer in OPTIMIZERS]
    trained = finish(engine, [whole(number, config_of(*case), EPOCHS) for number, case in enumerate(cases)])
    engine.close(done=True)
    assert engine.programs in (0, len(STRUCTURES))
    return {cases[number]: each for (number, _), each in trained.items()}


class Reference:
    """A multilayer perceptron with tanh; batch normalisation by its formula, its gradients by PyTorch's autograd."""

    def __init__(self, variables: Variables, config: Config) -> None:
        self.config = config
        self.layers = [
            {name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in layer.items()}
            for layer in variables.params
        ]
        self.seen: list[list[tuple[Tensor, Tensor]]] = [[] for _ in self.layers[1:]]
        """For each hidden layer the mean and variance of every mini-batch."""

    def logits(self, values: Tensor, *, train: bool) -> Tensor:
        *hidden, output = self.layers
        for layer, seen in zip(hidden, self.seen, strict=True):
            values = values @ layer["weights"]
            if self.config["batch_norm"]:
                if train:
                    mean, variance = values.mean(0), values.var(0, unbiased=False)
                    seen.append((mean.detach(), variance.detach()))
                else:
                    mean, variance = self.averages(seen)
                values = (values - mean) / torch.sqrt(variance + self.config["bn_epsilon"])
                values = values * layer["gamma"] + layer["beta"]
            else:
                values = values + layer["bias"]
            values = torch.tanh(values)
        return values @ output["weights"] + output["bias"]

    def averages(self, seen: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """The weighted average over all mini-batches, the last one weighing most; the weights add up to 1."""
        momentum = self.config["bn_momentum"]
        weights = torch.tensor([momentum**age for age in reversed(range(len(seen)))], dtype=torch.float64)
        weights /= weights.sum()
        mean, variance = (torch.stack(rows) for rows in zip(*seen, strict=True))
        return weights @ mean, weights @ variance

    def optimizer(self) -> torch.optim.Optimizer:
        config = self.config
        decay, momentum, epsilon = (float(config[name]) for name in ("weight_decay", "momentum", "epsilon"))
        parameters = [(name, array) for layer in self.layers for name, array in layer.items()]
        groups = [
            {"params": [array for name, array in parameters if name == "weights"], "weight_decay": decay},
            {"params": [array for name, array in parameters if name != "weights"], "weight_decay": 0.0},
        ]
        betas = (config["beta1"], config["beta2"])
        match config["optimizer"]:
            case "sgd":
                return torch.optim.SGD(groups, 1.0)
            case "momentum":
                return torch.optim.SGD(groups, 1.0, momentum=momentum)
            case "nesterov":
                return torch.optim.SGD(groups, 1.0, momentum=momentum, nesterov=True)
            case "rmsprop":
                return torch.optim.RMSprop(groups, 1.0, alpha=config["beta2"], eps=epsilon)
            case "adam":
                return torch.optim.Adam(groups, 1.0, betas=betas, eps=epsilon)
            case "adamw":
                return torch.optim.AdamW(groups, 1.0, betas=betas, eps=epsilon)
        raise AssertionError(config["optimizer"])


def mini_batches(examples: int) -> Iterator[tuple[int, int, Any]]:
    """Epoch, step within it, and the rows of the mini-batch."""
    for epoch in range(EPOCHS):
        order = batch_order(SEED, epoch, examples)
        for step in range(examples // BATCH_SIZE):
            yield epoch, step, order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]


def train(reference: Reference, dataset: Dataset) -> dict[str, list[float]]:
    """Trains the reference; its metrics at the end of each epoch."""
    config, optimizer = reference.config, reference.optimizer()
    x, y = torch.tensor(dataset.train.x).double(), torch.tensor(dataset.train.y).long()
    dev_x, dev_y = torch.tensor(dataset.dev.x).double(), torch.tensor(dataset.dev.y).long()
    steps, counts = len(y) // BATCH_SIZE, torch.bincount(y)
    class_weights = (
        len(y) / (len(counts) * counts) if config["class_weights"] == "balanced" else torch.ones(len(counts))
    )
    curves: dict[str, list[float]] = {"train_loss": [], "dev_loss": [], "dev_accuracy": []}
    losses: list[float] = []
    for epoch, step, rows in mini_batches(len(y)):
        labels = y[torch.tensor(rows)]
        logits = reference.logits(x[torch.tensor(rows)], train=True)
        each = functional.cross_entropy(logits, labels, label_smoothing=config["label_smoothing"], reduction="none")
        loss = (class_weights[labels] * each).mean()
        optimizer.zero_grad()
        loss.backward()
        if config["clip_norm"]:
            everything = [array for group in optimizer.param_groups for array in group["params"]]
            torch.nn.utils.clip_grad_norm_(everything, config["clip_norm"])
        rate = config["learning_rate"] * math.exp(-config["decay_rate"] * epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (epoch * steps + step + 1) / (config["warmup"] * steps))
        optimizer.step()
        losses.append(loss.item())
        if step == steps - 1:
            with torch.no_grad():
                dev_logits = reference.logits(dev_x, train=False)
                curves["train_loss"].append(float(np.mean(losses)))
                curves["dev_loss"].append(functional.cross_entropy(dev_logits, dev_y).item())
                curves["dev_accuracy"].append((dev_logits.argmax(1) == dev_y).double().mean().item())
            losses = []
    return curves


@pytest.mark.parametrize("batch_norm", STRUCTURES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_fused_trial_trains_as_pytorch_does(
    digits: Dataset,
    network: SameStart,
    fused: dict[tuple[str, bool], Trained],
    optimizer: str,
    batch_norm: bool,
) -> None:
    config, trained = config_of(optimizer, batch_norm), fused[optimizer, batch_norm]
    assert trained.snapshot is not None
    found, variables = trained.result.curves, trained.snapshot.variables
    reference = Reference(network.init(np.uint32([0, 0]), config), config)
    curves = train(reference, digits)
    assert curves["train_loss"][-1] < 0.6 * curves["train_loss"][0]  # something was learned
    for metric in ("train_loss", "dev_loss"):
        np.testing.assert_allclose(found[metric], curves[metric], rtol=2e-5, err_msg=metric)
    np.testing.assert_allclose(found["dev_accuracy"], curves["dev_accuracy"], atol=1.1 / len(digits.dev.y))
    for number, (ours, theirs) in enumerate(zip(variables.params, reference.layers, strict=True)):
        assert ours.keys() == theirs.keys()
        for name, array in theirs.items():
            place = f"{name} of layer {number}"
            np.testing.assert_allclose(ours[name], array.detach().numpy(), atol=2e-5, err_msg=place)
    for ours, seen in zip(variables.state, reference.seen, strict=False):
        mean, variance = reference.averages(seen)
        np.testing.assert_allclose(ours.mean / ours.weight, mean, atol=1e-5)
        np.testing.assert_allclose(ours.variance / ours.weight, variance, rtol=1e-5)
