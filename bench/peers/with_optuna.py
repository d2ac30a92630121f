"""Optuna with PyTorch: ask and tell on a study in memory, and one single-threaded process a core that trains.

So nothing goes through a database or a journal on disk. Each configuration is enqueued just before it is asked for,
because asking looks through all that wait.
"""

import tomllib
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context

import optuna

from bench.peers import torch_training
from bench.peers.contract import CORES, Data, Job, Progress

_in_worker = {}


def search(job: Job, data: Data, progress: Progress) -> None:
    """See contract.py."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    space = tomllib.loads(job.space)
    waiting = iter(enumerate(job.configs))
    running = {}
    # Forked: the workers have PyTorch and the data at once.
    with ProcessPoolExecutor(CORES, get_context("fork"), _begin, (job, data)) as pool:
        while True:
            while len(running) < CORES + 1 and (following := next(waiting, None)):
                number, config = following
                study.enqueue_trial(config)
                trial = study.ask()
                for name in config:
                    suggest(trial, name, space[name])
                running[pool.submit(_train, number)] = trial
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                accuracy = future.result()
                study.tell(running.pop(future), accuracy)
                progress.trained(accuracy)


def suggest(trial, name, dimension) -> None:
    """Have a trial suggest a value of a dimension as TOML tells it."""
    if dimension["type"] == "choice":
        trial.suggest_categorical(name, dimension["options"])
        return
    suggest = trial.suggest_int if dimension["type"] == "int" else trial.suggest_float
    suggest(name, dimension["low"], dimension["high"], log=dimension.get("scale") == "log")


def _begin(job: Job, data: Data) -> None:
    _in_worker.update(job=job, data=data)


def _train(number: int) -> float:
    job = _in_worker["job"]
    return torch_training.train(job.configs[number], _in_worker["data"], job.epochs, number)
