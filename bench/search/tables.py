"""Samplers against each other: regrets after 16, 64 and 256 evaluations, in waves, over many seeds."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.search.drive import drive, drive_optuna
from bench.search.tasks import Task, all_tasks
from ikura.samplers import make_sampler

LOOKS = (16, 64, 256)
"""Evaluations after which the best is looked at."""

PEERS = ("tpe", "tpe-univariate", "gp")
"""Optuna's, asked by its own interface."""


def run(
    methods: Sequence[str], trials: int, wave: int, seeds: Iterable[int], out: Path, processes: int, only: str = ""
) -> None:
    """Run what a file of results does not have yet, and append it there, a line a search."""
    done = {_key(row) for row in read(out)}
    tasks = [task for task in all_tasks() if task.family.startswith(only)]
    wanted = [(task.name, method, trials, wave, seed) for seed in seeds for method in methods for task in tasks]
    left = [each for each in wanted if each not in done]
    with ProcessPoolExecutor(processes) as pool, out.open("a") as file:
        for future in as_completed([pool.submit(_one, *each) for each in left]):
            file.write(json.dumps(future.result()) + "\n")
            file.flush()


def read(out: Path) -> list[dict]:
    """Return the searches of a file of results."""
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def _key(row: dict) -> tuple:
    return row["task"], row["method"], row["trials"], row["wave"], row["seed"]


def _one(name: str, method: str, trials: int, wave: int, seed: int) -> dict:
    task, began = _tasks()[name], time.perf_counter()
    if method in PEERS:
        regrets = drive_optuna(task, lambda seed: _peer(method, seed), trials, wave, seed)
    elif method in ("random", "sobol"):
        regrets = drive(task, make_sampler(method, None), trials, seed)
    else:
        regrets = drive(task, make_sampler(method, trials // wave), trials, seed)
    seconds = time.perf_counter() - began
    at = [float(regrets[min(look, len(regrets)) - 1]) for look in LOOKS if look <= trials]
    return {
        "task": name,
        "family": task.family,
        "method": method,
        "trials": trials,
        "wave": wave,
        "seed": seed,
        "seconds": seconds,
        "regrets": at,
    }


@cache
def _tasks() -> dict[str, Task]:
    return {task.name: task for task in all_tasks()}


def _peer(method: str, seed: int):
    import warnings

    import optuna

    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    match method:
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        case "tpe-univariate":
            return optuna.samplers.TPESampler(seed=seed, multivariate=False)
        case _:
            return optuna.samplers.GPSampler(seed=seed)


def interval(values: NDArray[np.float64]) -> float:
    """Return half the width of the 95 % interval of a mean."""
    return float(1.96 * values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def table(rows: list[dict], look: int, group: str = "family") -> str:
    """Return the mean regret in percent, a line a family and a column a method."""
    found: defaultdict = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row[group]][row["method"]].append(100 * row["regrets"][LOOKS.index(look)])
    methods = list(dict.fromkeys(row["method"] for row in rows))
    lines = [f"| {look} evaluations | {' | '.join(methods)} |", "|---" * (len(methods) + 1) + "|"]
    for family, by in found.items():
        cells = [f"{np.mean(by[m]):.2f} ± {interval(np.array(by[m])):.2f}" if m in by else "" for m in methods]
        lines.append(f"| {family} | {' | '.join(cells)} |")
    return "\n".join(lines)


def wins(rows: list[dict], one: str, other: str, look: int, chosen: Callable[[dict], bool] = lambda _: True) -> float:
    """Return in what share of pairs of a task and a seed one method is better than another; equal ones count half."""
    of: dict[str, dict] = {one: {}, other: {}}
    for row in filter(chosen, rows):
        if row["method"] in of:
            of[row["method"]][row["task"], row["seed"]] = row["regrets"][LOOKS.index(look)]
    pairs = [(of[one][key], of[other][key]) for key in of[one].keys() & of[other].keys()]
    return float(np.mean([1.0 if a < b else 0.5 if a == b else 0.0 for a, b in pairs])) if pairs else float("nan")
