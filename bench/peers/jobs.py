"""The jobs: which data, which space, how many trials and epochs; and their lists of configurations, drawn once."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.peers.contract import Job, write_job
from ikura.data import prepare
from ikura.records import History
from ikura.samplers import RandomSampler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

# 0.1 at most, so that every system's trials stay finite.
TRAINING = {
    "learning_rate": Float(1e-4, 1e-1, scale="log"),
    "optimizer": Choice("momentum", "adam"),
    "decay": Choice("none", "exponential"),
    "decay_rate": Float(0.01, 0.3, scale="log", when={"decay": ["exponential"]}),
    "batch_size": Choice(32, 64, 128, 256),
}


@dataclass(frozen=True)
class Plan:
    """A job before its configurations are drawn."""

    trials: int
    epochs: int
    space: Space
    fashion: bool = False
    """Whether it runs on Fashion-MNIST; else on the bundled digits."""


def _alone(**values) -> Space:
    return Space(**{name: Choice(value) for name, value in values.items()})


PLANS = {
    "digits": Plan(256, 30, Space(**TRAINING, hidden_layers=Int(1, 3), hidden_units=Int(16, 256, scale="log"))),
    "fashion": Plan(
        64,
        5,
        Space(
            **TRAINING,
            hidden_layers=Choice(2),
            hidden_units_1=Choice(64, 128, 256, 512),
            hidden_units_2=Choice(64, 128, 256),
        ),
        fashion=True,
    ),
    "wide": Plan(1024, 30, Space(**TRAINING, hidden_layers=Choice(0))),
    "one": Plan(
        1,
        300,
        _alone(learning_rate=0.001, optimizer="adam", decay="none", batch_size=64, hidden_layers=2, hidden_units=128),
    ),
} | {
    f"scale-{trials}": Plan(
        trials,
        5,
        Space(**TRAINING | {"batch_size": Choice(128)}, hidden_layers=Choice(1), hidden_units=Choice(32)),
    )
    for trials in (1, 10, 100, 1_000, 10_000)
}


def prepare_data(folder: Path, fashion: Path | None) -> Path:
    """Write the preprocessed train and dev parts of Fashion-MNIST, if its path is given, or of the digits."""
    path = folder / ("digits.npz" if fashion is None else "fashion.npz")
    if not path.exists():
        dataset = prepare("digits" if fashion is None else str(fashion), seed=0)
        train, dev = dataset.train, dataset.dev
        np.savez(path, x_train=train.x, y_train=train.y, x_dev=dev.x, y_dev=dev.y)
    return path


def draw(name: str, data: Path, trials: int | None, epochs: int | None) -> Job:
    """Draw a job's configurations by seed 0. Fewer of them are the beginning of more."""
    plan = PLANS[name]
    history = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, epochs or plan.epochs)
    configs = RandomSampler().propose(plan.space, history, trials or plan.trials, 0).configs
    return Job(name, str(data), plan.space.to_toml(), epochs or plan.epochs, [dict(config) for config in configs])


def beginning(job: Job, trials: int, folder: Path) -> Path:
    """Write the job with its first so many configurations for all systems to read."""
    trials = min(trials, len(job.configs))
    path = folder / f"{job.name}-{trials}.json"
    write_job(replace(job, configs=job.configs[:trials]), path)
    return path
