"""One configuration in PyTorch, as fast as plain PyTorch does it: what Optuna and Ray Tune run.

Tensors in memory, no data loader, an epoch's order applied once. Fused optimizers: on 64-64-64-10 and on
64-256-256-256-10 they took 2 to 37 % less CPU time a step than plain ones; the foreach ones were level with them or
slower. `torch.compile` was not tried: compiling takes seconds a network.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - the name that PyTorch's own documentation gives it

from bench.peers.contract import Data, hidden_units, learning_rates


def build(config, features, classes):
    """Return the network of a configuration."""
    layers, width = [], features
    for units in hidden_units(config):
        layers += [nn.Linear(width, units, bias=False), nn.BatchNorm1d(units, eps=1e-5, momentum=0.1)]
        layers.append(nn.ReLU(inplace=True))
        width = units
    layers.append(nn.Linear(width, classes))
    nn.init.zeros_(layers[-1].bias)
    for layer in layers:
        if isinstance(layer, nn.Linear):  # as Ikura does by default
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(*layers)


def optimizer_of(config, network):
    """Return the optimizer of a configuration."""
    if config["optimizer"] == "adam":
        return torch.optim.Adam(network.parameters(), betas=(0.9, 0.999), eps=1e-8, fused=True)
    return torch.optim.SGD(network.parameters(), momentum=0.9, fused=True)


def train(config, data: Data, epochs: int, seed: int) -> float:
    """Train a configuration to its end, and return its last dev accuracy."""
    return [accuracy for accuracy, _ in trained(config, data, epochs, seed)][-1]


def trained(config, data: Data, epochs: int, seed: int):
    """Train a configuration on one thread, and yield after every epoch its dev accuracy and the network.

    The dev loss is measured as well.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y.astype(np.int64))
    dev_x, dev_y = torch.from_numpy(data.dev_x), torch.from_numpy(data.dev_y.astype(np.int64))
    network = build(config, x.shape[1], data.classes)
    optimizer = optimizer_of(config, network)
    size = config["batch_size"]
    used = len(x) // size * size
    for rate in learning_rates(config, epochs):
        for group in optimizer.param_groups:
            group["lr"] = rate
        order = torch.randperm(len(x))[:used]
        network.train()
        for inputs, labels in zip(x[order].split(size), y[order].split(size), strict=True):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(network(inputs), labels).backward()
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            logits = network(dev_x)
            F.cross_entropy(logits, dev_y).item()
            accuracy = (logits.argmax(1) == dev_y).float().mean().item()
        yield accuracy, network
