"""Random search against the exact distribution of the best of N uniform draws on 15 tables.

The exact means and medians come from a file, `random_search_exact.json`; how far the mean of so many runs may be from
them, and in what share of runs the best is no worse than the median, follows from the tables themselves.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from bench.search.results import markdown
from bench.search.tasks import FAMILIES, Task, table, table_names, table_task
from ikura.records import Goal, History, Metric, Objective
from ikura.samplers import RandomSampler

LOOKS = (1, 5, 10, 25, 50, 100, 200)
"""Evaluations after which the best is looked at, in runs of their own: so that all that is tested is independent."""

MOST_SKEWED = 0.25
"""A mean is only tested where its own skewness is below that, so that it is about normally distributed."""

LOSS = Metric("loss", Goal.MINIMIZE)


@dataclass(frozen=True)
class Found:
    """What the runs gave on a table after a number of evaluations."""

    table: str
    look: int
    mean: float
    exact: float
    z: float | None
    """How many standard errors the mean is off; None where it is not normally distributed."""
    median_z: float
    """The same of the share of runs whose best is no worse than the exact median."""


def measured(data: Path, runs: int) -> list[Found]:
    """Return what the random sampler gives on every table that the file and the package have."""
    exact = json.loads((data / "random_search_exact.json").read_text())
    known = [(family, name) for family in FAMILIES for name in table_names(family) if f"{family}/{name}" in exact]
    found = []
    for family, name in known:
        of = exact[f"{family}/{name}"]
        sign = -1 if of["metric"] == "val_acc" else 1
        for look in LOOKS:
            seeds = range(len(found) * runs, (len(found) + 1) * runs)
            found.append(_found(family, name, of[f"N{look}"], look, seeds, sign))
    return found


def _found(family: str, name: str, known: dict[str, float], look: int, seeds: range, sign: int) -> Found:
    runs, values = len(seeds), np.sort(np.nanmean(table(family, name)[1], axis=-1).ravel())
    task = table_task(family, name, single=False)
    bests = np.array([_best(task, look, seed) for seed in seeds])
    bests = np.exp(bests) if family == "hpolib" else bests  # its tasks are told logarithms
    spread, skewness = _moments(values, look)
    exact, median = sign * known["mean"], sign * known["median"]
    z = (bests.mean() - exact) / (spread / np.sqrt(runs)) if abs(skewness) / np.sqrt(runs) < MOST_SKEWED else None
    # The file rounds: what differs by less is equal.
    limit = median + 1e-9 * abs(median)
    share = 1 - (1 - np.searchsorted(values, limit, side="right") / len(values)) ** look
    median_z = (np.mean(bests <= limit) - share) / np.sqrt(share * (1 - share) / runs)
    return Found(f"{FAMILIES[family]} {name}", look, sign * bests.mean(), sign * exact, z, float(median_z))


def _best(task: Task, trials: int, seed: int) -> float:
    history = History((LOSS,), Objective(LOSS), horizon=1)
    return min(map(task.truth, RandomSampler().propose(task.space, history, trials, seed).configs))


def _moments(values: NDArray[np.float64], look: int) -> tuple[float, float]:
    """Return the standard deviation and the skewness of the best of so many draws; values [configuration] ascending."""
    worse = (1 - np.arange(len(values) + 1) / len(values)) ** look
    chance = worse[:-1] - worse[1:]
    away = values - chance @ values
    spread = np.sqrt(chance @ away**2)
    return float(spread), float(chance @ (away / spread) ** 3)


def report(found: list[Found], runs: int) -> str:
    """Return the tables and the tests, in Markdown."""
    names = list(dict.fromkeys(each.table for each in found))
    rows = [[name, *[_cell(each) for each in found if each.table == name]] for name in names]
    means = [each.z for each in found if each.z is not None]
    medians = [each.median_z for each in found]
    return "\n\n".join(
        [
            f"Standard errors between the mean of {runs} runs and the exact mean, and in brackets between the share of "
            "runs that reach the exact median and its chance:",
            markdown(["Best of", *map(str, LOOKS)], rows),
            _test("means", means, len(found)),
            _test("medians", medians, len(found)),
        ]
    )


def _cell(each: Found) -> str:
    return f"{'-' if each.z is None else f'{each.z:+.1f}'} ({each.median_z:+.1f})"


def _test(what: str, z: list[float], of: int) -> str:
    statistic = float(np.square(z).sum())
    inside = np.mean(np.abs(z) <= 1.96)
    together = np.sum(z) / np.sqrt(len(z))
    return (
        f"{what}: {len(z)} of {of} tested; {100 * inside:.0f} % within their 95 % interval; chi-square "
        f"{statistic:.1f} with {len(z)} degrees of freedom, p = {chi2.sf(statistic, len(z)):.2f}; largest "
        f"{np.abs(z).max():.1f} standard errors, all together {together:+.1f}"
    )
