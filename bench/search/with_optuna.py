"""A search by Optuna and PyTorch with the Hyperband pruner: `python -m bench.search.with_optuna SEARCH TOLD`.

The study is in memory, and one single-threaded process a core trains and asks after every epoch whether to go on. The
network that is handed back is that of the best trial, as it was trained; nothing is trained again.
"""

import json
import os
import sys
import time
import tomllib
from dataclasses import asdict
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

import numpy as np
import optuna
import torch

from bench.peers import torch_training
from bench.peers.contract import Data
from bench.peers.with_optuna import suggest
from bench.search.training import Search, Told

CORES = len(os.sched_getaffinity(0))


def main() -> None:
    """Search, and write what came of it."""
    search = Search(**json.loads(Path(sys.argv[1]).read_text()))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    Path(sys.argv[2]).write_text(json.dumps(asdict(_searched(search))))


def _searched(search: Search) -> Told:
    configs = json.loads((Path(search.source) / "configs.json").read_text())
    waiting, space = iter(enumerate(configs)), tomllib.loads(search.space)
    # The defaults, but that the longest trial is said and not found out.
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource=search.epochs, reduction_factor=3)
    study = optuna.create_study(direction="maximize", pruner=pruner, sampler=optuna.samplers.RandomSampler(seed=0))
    reached: list[tuple[float, float]] = []
    running: dict[Connection, optuna.Trial] = {}
    epochs, test = 0, 0.0

    def begin(worker: Connection) -> None:
        if (following := next(waiting, None)) is None:
            worker.send(None)
            return
        study.enqueue_trial(following[1])
        running[worker] = study.ask()
        for name in following[1]:
            suggest(running[worker], name, space[name])
        worker.send(following)

    for worker in _workers(search):
        begin(worker)
    while running:
        for worker in wait(list(running)):
            trial, (epoch, dev, own_test) = running[worker], worker.recv()
            epochs += 1
            trial.report(dev, epoch)
            is_whole = epoch == search.epochs
            is_pruned = not is_whole and trial.should_prune()
            worker.send(is_pruned)
            if is_whole:
                study.tell(running.pop(worker), dev)
                if not reached or dev > reached[-1][1]:
                    reached.append((time.time(), dev))
                    test = own_test
            if is_pruned:
                study.tell(running.pop(worker), state=optuna.trial.TrialState.PRUNED)
            if worker not in running:
                begin(worker)
    return Told(reached, time.time(), epochs, test)


def _workers(search: Search) -> list[Connection]:
    """Return the ends of pipes to processes that train. Forked: they have PyTorch and the data at once."""
    with np.load(Path(search.source) / "data.npz") as arrays:
        parts = {name: arrays[name] for name in arrays}
    context, ours = get_context("fork"), []
    for _ in range(CORES):
        here, there = context.Pipe()
        context.Process(target=_work, args=(there, search, parts), daemon=True).start()
        ours.append(here)
    return ours


def _work(master: Connection, search: Search, parts: dict) -> None:
    """Train what comes; after every epoch tell the epoch, its dev accuracy, and at the last the test accuracy."""
    data = Data(parts["x_train"], parts["y_train"], parts["x_dev"], parts["y_dev"])
    test_x, test_y = torch.from_numpy(parts["x_test"]), torch.from_numpy(parts["y_test"].astype(np.int64))
    while (task := master.recv()) is not None:
        number, config = task
        for epoch, (dev, network) in enumerate(torch_training.trained(config, data, search.epochs, number), start=1):
            test = 0.0
            if epoch == search.epochs:
                with torch.inference_mode():
                    test = (network(test_x).argmax(1) == test_y).float().mean().item()
            master.send((epoch, dev, test))
            if master.recv():
                break


if __name__ == "__main__":
    main()
