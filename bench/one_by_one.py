"""Trials per second of the digits job, beside the same work trained one by one in PyTorch.

    python -m bench.one_by_one [--trials 64] [--repeats 3]

The same list of configurations, network, data, split, mini-batch size and epochs, with dev loss and accuracy after
every epoch. PyTorch runs on one thread in one process, and on one thread in each of two processes; tensors are in
memory, there is no data loader, and its optimizers are the fused ones. The systems take turns; the median counts.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - the name that PyTorch's own documentation gives it

from ikura.data import Dataset, prepare
from ikura.evaluators import MLP_DIALS, TRAINING_DIALS, FusedEvaluator, default_space
from ikura.evaluators.dials import full_config
from ikura.optim import learning_rates
from ikura.records import History, Trial
from ikura.samplers import RandomSampler

EPOCHS = 30


def build(config, features, classes):
    """The built-in network as torch modules."""
    layers, width = [], features
    for _ in range(config["hidden_layers"]):
        units = config["hidden_units"]
        layers += [nn.Linear(width, units, bias=False), nn.BatchNorm1d(units), nn.ReLU()]
        if config["dropout"]:
            layers.append(nn.Dropout(config["dropout"]))
        width = units
    return nn.Sequential(*layers, nn.Linear(width, classes))


def optimizer_of(config, network):
    """The fused optimizer of a configuration; weight decay on the weights only."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    decay = config["weight_decay"]
    groups = [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    rate, kind = config["learning_rate"], config["optimizer"]
    if kind in ("momentum", "nesterov"):
        return torch.optim.SGD(groups, lr=rate, momentum=config["momentum"], nesterov=kind == "nesterov", fused=True)
    if kind == "rmsprop":
        return torch.optim.RMSprop(groups, lr=rate, alpha=config["beta2"], eps=config["epsilon"])
    betas = (config["beta1"], config["beta2"])
    make = torch.optim.AdamW if kind == "adamw" else torch.optim.Adam
    return make(groups, lr=rate, betas=betas, eps=config["epsilon"], fused=True)


def train_in_torch(config, dataset: Dataset):
    """Trains one configuration and returns its last dev accuracy."""
    torch.manual_seed(0)
    x, y = torch.from_numpy(dataset.train.x), torch.from_numpy(dataset.train.y).long()
    dev_x, dev_y = torch.from_numpy(dataset.dev.x), torch.from_numpy(dataset.dev.y).long()
    network = build(config, x.shape[1], len(dataset.classes))
    optimizer = optimizer_of(config, network)
    size = config["batch_size"]
    steps = len(x) // size
    rates = learning_rates(config, EPOCHS, steps)[:, -1]
    accuracy = 0.0
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = float(rates[epoch])
        order = torch.randperm(len(x))
        network.train()
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(network(x[rows]), y[rows], label_smoothing=config["label_smoothing"]).backward()
            optimizer.step()
        network.eval()
        with torch.no_grad():
            logits = network(dev_x)
            F.cross_entropy(logits, dev_y).item()
            accuracy = (logits.argmax(1) == dev_y).float().mean().item()
    return accuracy


def _torch_worker(share):
    torch.set_num_threads(1)
    configs, dataset = share
    return [train_in_torch(config, dataset) for config in configs]


def in_torch(configs, dataset, processes):
    """Seconds and best dev accuracy; processes are started before the clock."""
    shares = [(configs[number::processes], dataset) for number in range(processes)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(_torch_worker, [(configs[:1], dataset)] * processes)
        began = time.perf_counter()
        accuracies = pool.map(_torch_worker, shares, chunksize=1)
        return time.perf_counter() - began, max(max(share) for share in accuracies)


def in_ikura(trials, dataset, space):
    """Seconds and best dev accuracy; compilation included, as far as the cache on disk does not spare it."""
    began = time.perf_counter()
    evaluator = FusedEvaluator(dataset, space, seed=0, epochs=EPOCHS)
    results = [result for chunk in evaluator.evaluate(trials) for result in chunk]
    finals = [result.curves["dev_accuracy"][-1] for result in results if len(result.curves["dev_accuracy"]) == EPOCHS]
    return time.perf_counter() - began, float(max(finals))


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()  # no programs in it
    dataset = prepare("digits", seed=0)
    space = default_space(len(dataset.train.y))
    configs = RandomSampler().propose(space, History(), arguments.trials, 0).configs
    trials = [Trial(number, config, 0) for number, config in enumerate(configs)]
    full = [full_config(config, TRAINING_DIALS | MLP_DIALS, len(dataset.train.y)) for config in configs]
    systems = {
        "Ikura, programs in the cache": lambda: in_ikura(trials, dataset, space),
        "PyTorch, one process": lambda: in_torch(full, dataset, 1),
        "PyTorch, two processes": lambda: in_torch(full, dataset, 2),
    }
    cold = in_ikura(trials, dataset, space)
    seconds = {name: [] for name in systems}
    best = {}
    for _ in range(arguments.repeats):
        for name, run in systems.items():
            took, best[name] = run()
            seconds[name].append(took)
    ours = seconds["Ikura, programs in the cache"]
    print(f"{'':32}{'seconds':>9}{'trials/s':>10}{'slower':>9}{'best dev':>10}")
    print(f"{'Ikura, first run':32}{cold[0]:9.1f}{len(trials) / cold[0]:10.2f}{'':9}{cold[1]:10.3f}")
    for name, took in seconds.items():
        median = statistics.median(took)
        ratio = statistics.median(np.divide(took, ours))
        print(f"{name:32}{median:9.1f}{len(trials) / median:10.2f}{ratio:8.1f}x{best[name]:10.3f}")


if __name__ == "__main__":
    main()
