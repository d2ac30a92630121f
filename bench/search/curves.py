"""Schedules on recorded curves (TaskSet; Metz et al., 2020), at equal epochs, beside Optuna's pruners.

Each search takes the table's configurations in a random order, the same for all of a seed. Optuna's are told one trial
after the other, and end when the epochs are spent; ours are given as many trials as spend them on average.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bench.search.replay import Curves, Replayed, replay, replay_optuna, taskset
from bench.search.results import gathered, half_width, markdown
from ikura.schedulers import (
    AsynchronousHalving,
    FullBudget,
    Hyperband,
    MedianStopping,
    Patience,
    Scheduler,
    SuccessiveHalving,
)

HORIZON = 27
"""Epochs of a whole trial: that of the reference."""

BUDGETS = tuple(HORIZON * trials for trials in (4, 12, 36))
"""Epochs that a search may spend: those of so many whole trials."""

OURS: Mapping[str, Callable[[], Scheduler]] = {
    "full": lambda: FullBudget(HORIZON),
    "halving": lambda: SuccessiveHalving(HORIZON),
    "halving from 1": lambda: SuccessiveHalving(HORIZON, min_epochs=1),
    "hyperband": lambda: Hyperband(HORIZON),
    "hyperband from 1": lambda: Hyperband(HORIZON, min_epochs=1),
    "asha": lambda: AsynchronousHalving(HORIZON),
    "asha from 1": lambda: AsynchronousHalving(HORIZON, min_epochs=1),
    "median": lambda: MedianStopping(HORIZON),
    "patience": lambda: Patience(HORIZON),
}
"""By default the first rung is at 3 epochs; Optuna's is at 1."""

PEERS = ("Optuna halving", "Optuna Hyperband", "Optuna median")

PILOTS = range(1000, 1010)
"""The seeds by which the trials are counted that a budget is enough for."""


def measured(data: Path, seeds: range, out: Path, processes: int) -> list[dict]:
    """Return the searches of every TaskSet file, which a file of results keeps."""
    paths = sorted(data.glob("taskset_*.json.gz"))
    keys = [(str(path), method, seed) for path in paths for method in (*OURS, *PEERS) for seed in seeds]
    return gathered(out, keys, _one, processes)


def _one(path: str, method: str, seed: int) -> dict:
    curves = _curves(path)
    if method in PEERS:
        found = replay_optuna(_pruner(method), curves, _order(curves, seed), BUDGETS, f"{seed}")
    else:
        found = [_ours(curves, method, _trials(path, method, budget), seed) for budget in BUDGETS]
    return {
        "task": curves.name,
        "method": method,
        "epochs": [each.epochs for each in found],
        "regrets": [curves.regret(each.chosen) for each in found],
    }


def _ours(curves: Curves, method: str, trials: int, seed: int) -> Replayed:
    at_once = 1 if method.startswith("asha") else trials
    return replay(OURS[method](), curves, _order(curves, seed)[:trials], at_once)


@cache
def _curves(path: str) -> Curves:
    return taskset(Path(path), HORIZON)


def _order(curves: Curves, seed: int) -> list[int]:
    return np.random.default_rng([seed, 7]).permutation(len(curves.losses)).tolist()


@cache
def _trials(path: str, method: str, budget: int) -> int:
    """Return the most trials with which a schedule spends at most so many epochs, in the mean of the pilots."""
    trials = budget // HORIZON
    for _ in range(3):
        trials = max(1, round(trials * budget / _spent(path, method, trials)))
    while _spent(path, method, trials) > budget and trials > 1:
        trials -= 1
    while _spent(path, method, trials + 1) <= budget:
        trials += 1
    return trials


@cache
def _spent(path: str, method: str, trials: int) -> float:
    return float(np.mean([_ours(_curves(path), method, trials, seed).epochs for seed in PILOTS]))


def _pruner(method: str):
    import warnings

    import optuna

    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    match method:
        case "Optuna halving":
            return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
        case "Optuna Hyperband":
            return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=HORIZON, reduction_factor=3)
        case _:
            return optuna.pruners.MedianPruner()


def report(rows: Sequence[dict]) -> str:
    """Return the tables, in Markdown."""
    parts = []
    for place, budget in enumerate(BUDGETS):
        tasks = list(dict.fromkeys(row["task"] for row in rows))
        lines = []
        for method in (*OURS, *PEERS):
            of = [row for row in rows if row["method"] == method]
            cells = [_cell([100 * row["regrets"][place] for row in of if row["task"] == task]) for task in tasks]
            everywhere = _cell([100 * row["regrets"][place] for row in of])
            spent = np.mean([row["epochs"][place] for row in of])
            lines.append([method, f"{spent:.0f}", *cells, everywhere])
        parts.append(markdown([f"{budget} epochs", "spent", *tasks, "all"], lines))
    return "\n\n".join(parts)


def _cell(values: Sequence[float]) -> str:
    return f"{np.mean(values):.1f} ± {half_width(values):.1f}"


def reference(data: Path, seeds: range) -> str:
    """Return how halving and ASHA compare to the numbers of the file of reference, in Markdown."""
    known = json.loads((data / "asha_reference.json").read_text())
    name = next(name for name in known if isinstance(known[name], dict))
    curves, of = _curves(str(data / f"taskset_imdb_{name}.json.gz")), known[name]
    last = curves.losses[:, -1]
    lines = []
    for label, method, trials, value, epochs in (
        ("halving, 27 trials", "halving from 1", 27, of["SH_mean"], of["SH_epochs"]),
        ("ASHA, 81 trials", "asha from 1", 81, of["ASHA_best_mean"], of["ASHA_epochs_mean"]),
        ("full, 81 trials", "full", 81, of["RS_81x27_mean"], 81 * HORIZON),
    ):
        found = [_ours(curves, method, trials, seed) for seed in seeds]
        losses, spent = [float(last[each.chosen]) for each in found], [each.epochs for each in found]
        cells = [f"{np.mean(losses):.4f} ± {half_width(losses):.4f}", f"{value:.4f}"]
        lines.append([label, *cells, f"{np.mean(spent):.0f} ± {half_width(spent):.0f}", f"{epochs:.0f}"])
    return markdown([name, "best loss", "reference", "epochs", "reference"], lines)
