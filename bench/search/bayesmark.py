"""Random search on Bayesmark's tasks for scikit-learn's MLP with Adam, against its published baseline.

Bayesmark (Turner and Eriksson; the baseline is that of the Black-Box Optimization Challenge of 2020) says of random
search: the median of the best of N draws, and the mean of it where draws worse than the median draw count as that.
Both are estimated here as there, from all draws. How many draws the published numbers come from is not said, so that
they are taken as exact; the interval is that of our draws.
"""

import json
import warnings
from functools import cache
from math import comb, exp, log
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.search.results import gathered, markdown
from ikura.records import Config, Goal, History, Metric, Objective
from ikura.samplers import RandomSampler
from ikura.space import Float, Int, Space

DRAWS = {"iris": 200, "wine": 200, "breast": 200, "digits": 60}
"""Of each data set's MLP: some minutes in all."""

METRICS = {"acc": "accuracy", "nll": "neg_log_loss"}
"""Bayesmark's names, and scikit-learn's."""

LOOKS = (1, 5, 10, 20)
"""Of how many draws the best is compared."""

RESAMPLES = 2000


def _logit(low: float, high: float) -> Float:
    """Return a dimension that is uniform in the log odds."""
    return Float(log(low / (1 - low)), log(high / (1 - high)))


SPACE = Space(
    hidden_layer_sizes=Int(50, 200),
    alpha=Float(1e-5, 10.0, scale="log"),
    batch_size=Int(10, 250),
    learning_rate_init=Float(1e-5, 1e-1, scale="log"),
    tol=Float(1e-5, 1e-1, scale="log"),
    validation_fraction=_logit(0.1, 0.9),
    beta_1=_logit(0.5, 0.99),
    beta_2=_logit(0.9, 1 - 1e-6),
    epsilon=Float(1e-9, 1e-6, scale="log"),
)

ODDS = ("validation_fraction", "beta_1", "beta_2")
"""The dimensions that are told as log odds."""


def measured(out: Path, processes: int) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Return for each data set and metric the loss of each draw [draw], which a file keeps."""
    keys = [(name, number) for name, draws in DRAWS.items() for number in range(draws)]
    rows = gathered(out, keys, _score, processes)
    return {
        name: {
            metric: np.array([row[metric] for row, key in zip(rows, keys, strict=True) if key[0] == name])
            for metric in METRICS
        }
        for name in DRAWS
    }


def _score(name: str, number: int) -> dict[str, float]:
    """Return the losses of a draw by cross-validation, as Bayesmark has them."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import cross_validate
    from sklearn.neural_network import MLPClassifier

    x, y = _examples(name)
    np.random.seed(number)  # What the MLP draws from, as in Bayesmark.
    network = MLPClassifier(solver="adam", early_stopping=True, **_arguments(_draws(name)[number]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)  # batches larger than the data
        scores = cross_validate(network, x, y, cv=5, scoring=list(METRICS.values()))
    return {metric: -float(scores[f"test_{theirs}"].mean()) for metric, theirs in METRICS.items()}


def _arguments(config: Config) -> Config:
    return dict(config) | {name: 1 / (1 + exp(-config[name])) for name in ODDS}


@cache
def _draws(name: str) -> list[Config]:
    """Return the configurations for a data set: its own, so that luck with them is not the same everywhere."""
    seed = 1 + list(DRAWS).index(name)
    loss = Metric("loss", Goal.MINIMIZE)
    return RandomSampler().propose(SPACE, History((loss,), Objective(loss), horizon=1), DRAWS[name], seed).configs


@cache
def _examples(name: str) -> tuple[NDArray, NDArray]:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    loaders = {"breast": datasets.load_breast_cancer, "digits": datasets.load_digits}
    loaders |= {"iris": datasets.load_iris, "wine": datasets.load_wine}
    x, y = loaders[name](return_X_y=True)
    x, _, y, _ = train_test_split(x, y, test_size=0.2, random_state=0, shuffle=True)
    return x, y


def report(losses: dict[str, dict[str, NDArray[np.float64]]], data: Path) -> str:
    """Return the table, in Markdown."""
    published = json.loads((data / "bayesmark_random_search.json").read_text())
    rng, rows, within = np.random.default_rng(0), [], []
    for name, of in losses.items():
        for metric, values in of.items():
            theirs = published[f"MLP-adam_{name}_{metric}"]
            sign = -1 if metric == "acc" else 1
            cells = []
            for kind, estimate in {"mean": _mean_of_best, "median": _median_of_best}.items():
                for look in LOOKS:
                    low, high = np.sort(sign * np.array(_interval(values, look, estimate, rng)))
                    there = theirs[kind][look - 1]
                    within.append(low - 1e-5 <= there <= high + 1e-5)  # published with five places
                    cells.append(f"{there:.3f} {'in' if within[-1] else '**not in**'} {low:.3f}-{high:.3f}")
            rows.append([f"{name} {metric}, {len(values)} draws", *cells])
    head = ["Best of", *[f"{kind}, {look}" for kind in ("mean", "median") for look in LOOKS]]
    return f"{markdown(head, rows)}\n\n{sum(within)} of {len(within)} published values are within the 95 % interval."


def _interval(values: NDArray[np.float64], look: int, estimate, rng: Generator) -> tuple[float, float]:
    """Return the 95 % interval of an estimate, by resampling the draws."""
    found = [estimate(rng.choice(values, len(values)), look) for _ in range(RESAMPLES)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _mean_of_best(values: NDArray[np.float64], look: int) -> float:
    """Return the mean of the best of so many draws without replacement, none worse than the median."""
    ordered = np.sort(np.minimum(values, np.median(values)))
    return float(_chances(len(values), look) @ ordered)


@cache
def _chances(count: int, look: int) -> NDArray[np.float64]:
    """Return how likely each of so many draws, the best first, is the best of some of them."""
    return np.array([comb(count - 1 - place, look - 1) / comb(count, look) for place in range(count)])


def _median_of_best(values: NDArray[np.float64], look: int) -> float:
    """Return the least loss that the best of so many draws is at most in half of all cases."""
    share = 1 - 0.5 ** (1 / look)
    return float(np.sort(values)[max(0, int(np.ceil(share * len(values))) - 1)])
