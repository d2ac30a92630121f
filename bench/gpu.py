"""Ikura on an accelerator beside PyTorch, one trial after the other, on the same one.

    python -m bench.gpu [--fashion fashion_mnist.npz] [--limit 16] [--device cuda]

wants JAX for the accelerator (`pip install 'jax[cuda13]'`) and a PyTorch that was built for it. Prints, for digits with
1,024 and 8,192 trials and Fashion-MNIST with 256, trials per second and their ratio. PyTorch replays a training step as
one CUDA graph, the fastest it has for networks of this size, and does only the first `--limit` trials. `--device cpu`
tries the script where there is no accelerator; its figures mean nothing.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - the name that PyTorch's own documentation gives it

from bench.peers import with_ikura
from bench.peers.contract import Data, Job, Progress, learning_rates
from bench.peers.jobs import draw, prepare_data
from bench.peers.torch_training import build
from ikura.train import has_accelerator

RUNS = {"digits": (1024, 8192), "fashion": (256,)}
WARM_UP = 3
"""Steps before a graph is captured, as PyTorch's documentation asks for."""


def train(config: dict, data: Data, epochs: int, device: torch.device) -> float:
    """Trains a configuration; returns the last dev accuracy."""
    x, y, dev_x, dev_y = (
        torch.from_numpy(array).to(device)
        for array in (data.x, data.y.astype(np.int64), data.dev_x, data.dev_y.astype(np.int64))
    )
    network = build(config, x.shape[1], data.classes).to(device)
    rate = torch.zeros((), device=device)
    # Graphs read the learning rate when they are replayed: it must be a tensor, which fused optimizers take.
    if config["optimizer"] == "adam":
        optimizer = torch.optim.Adam(network.parameters(), lr=rate, fused=True, capturable=device.type == "cuda")
    else:
        optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, fused=True)
    size = config["batch_size"]
    steps = len(x) // size
    inputs, labels = x[:size].clone(), y[:size].clone()

    def step() -> None:
        optimizer.zero_grad(set_to_none=False)
        F.cross_entropy(network(inputs), labels).backward()
        optimizer.step()

    replay = _graph(step) if device.type == "cuda" else step
    accuracy = 0.0
    for epoch_rate in learning_rates(config, epochs):
        rate.fill_(epoch_rate)
        order = torch.randperm(len(x), device=device)[: steps * size].view(steps, size)
        network.train()
        for rows in order:
            torch.index_select(x, 0, rows, out=inputs)
            torch.index_select(y, 0, rows, out=labels)
            replay()
        network.eval()
        with torch.inference_mode():
            accuracy = (network(dev_x).argmax(1) == dev_y).float().mean().item()
    return accuracy


def _graph(step: Callable[[], None]) -> Callable[[], None]:
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):  # at a learning rate of 0
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def torch_rate(job: Job, data: Data, device: torch.device) -> tuple[float, float]:
    """Trials per second, and the best dev accuracy."""
    torch.manual_seed(0)
    train(job.configs[0], data, 1, device)  # starts CUDA
    began = time.perf_counter()
    best = max(train(config, data, job.epochs, device) for config in job.configs)
    return len(job.configs) / (time.perf_counter() - began), best


def ikura_rate(job: Job, data: Data) -> tuple[float, float]:
    """Return the same of Ikura; programs are compiled or loaded within the time."""
    progress = Progress()
    began = time.perf_counter()
    with_ikura.search(job, data, progress)
    return progress.trials / (time.perf_counter() - began), progress.best


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--fashion", type=Path, help="Fashion-MNIST's NPZ file; without it digits alone are run")
    parser.add_argument("--limit", type=int, default=16, help="trials that PyTorch does")
    parser.add_argument("--trials", type=int, help="instead of the runs' own numbers, to try it")
    parser.add_argument("--epochs", type=int, help="instead of the jobs' own numbers, to try it")
    parser.add_argument("--device", type=torch.device, default=torch.device("cuda"), help="PyTorch's")
    arguments = parser.parse_args()
    if (arguments.device.type != "cpu") != has_accelerator():
        raise SystemExit(f"--device {arguments.device}: JAX finds {'an' if has_accelerator() else 'no'} accelerator")
    folder = Path("build/peers")
    folder.mkdir(parents=True, exist_ok=True)
    for name, sizes in RUNS.items():
        if name == "fashion" and arguments.fashion is None:
            continue
        path = prepare_data(folder, arguments.fashion if name == "fashion" else None)
        with np.load(path) as arrays:
            data = Data(*(arrays[part] for part in ("x_train", "y_train", "x_dev", "y_dev")))
        for trials in [arguments.trials] if arguments.trials else sizes:
            job = draw(name, path, trials, arguments.epochs)
            first = replace(job, configs=job.configs[: arguments.limit])
            theirs, their_best = torch_rate(first, data, arguments.device)
            for turn in ("first run", "again"):
                ours, best = ikura_rate(job, data)
                print(
                    f"{name}, {trials:,} trials, {turn}: Ikura {ours:.3g} trials/s (best {best:.3f}), "
                    f"PyTorch {theirs:.3g} (best {their_best:.3f}): {ours / theirs:.3g} times",
                    flush=True,
                )


if __name__ == "__main__":
    main()
