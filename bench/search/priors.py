"""What an earlier study is worth: regrets with and without one, of a task that is like and of tasks that are not.

python -m bench.search.priors --processes 2
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np

from bench.search.drive import drive, searched
from bench.search.tables import LOOKS, interval
from bench.search.tasks import Task, table_names, table_task
from ikura.records import Config, Evidence
from ikura.samplers import begun_with, make_sampler, normal_scores

FAMILIES = ("hpolib", "hpobench")
"""The package's names; of both the tables have one space."""

WAVE = 64
EARLIER = 128
"""Trials of an earlier study: as many as a study keeps of one."""

KINDS = ("none", "another data set", "negated", "permuted")
"""What the earlier study was about: nothing, the family's next table, the same one with good and bad exchanged, or the
same one with the options of every dimension in another order."""


@cache
def task_of(family: str, name: str) -> Task:
    """Return a table, of which single repetitions are told."""
    return table_task(family, name, single=True)


def earlier_task(family: str, name: str, kind: str, seed: int) -> Task:
    """Return what the earlier study of a kind was about."""
    names = table_names(family)
    if kind == "another data set":
        return task_of(family, names[(names.index(name) + 1) % len(names)])
    task = task_of(family, name)
    if kind == "negated":
        return replace(task, observe=lambda config, rng: -task.observe(config, rng))
    rng = np.random.default_rng([seed, 5])
    other = {
        key: dict(zip(dimension.options, rng.permutation(len(dimension.options)).tolist(), strict=True))
        for key, dimension in task.space.items
    }

    def permuted(config: Config) -> Config:
        return {key: task.space.dimensions[key].options[other[key][value]] for key, value in config.items()}

    return replace(task, observe=lambda config, rng: task.observe(permuted(config), rng))


def evidence(family: str, name: str, kind: str, seed: int) -> list[Evidence]:
    """Return what an earlier study found, as a study keeps it."""
    if kind == "none":
        return []
    before = searched(earlier_task(family, name, kind, seed), make_sampler("thompson", 4), EARLIER, seed + 1000)
    numbers, scores = normal_scores(before)
    configs = [before.config(number) for number in numbers.tolist()]
    return [Evidence("before", len(configs), tuple(configs), tuple(scores.tolist()))]


def regrets(family: str, name: str, sampler: str, kind: str, seed: int) -> list[float]:
    """Return the regrets of a search after so many evaluations."""
    task = task_of(family, name)
    known = begun_with(make_sampler(sampler, max(LOOKS) // WAVE), (), evidence(family, name, kind, seed))
    found = drive(task, known, max(LOOKS), seed)
    return [float(found[look - 1]) for look in LOOKS]


def searches(samplers: list[str], seeds: range) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield what is searched."""
    for seed in seeds:
        for family in FAMILIES:
            for name in table_names(family):
                for sampler in samplers:
                    for kind in KINDS:
                        yield family, name, sampler, kind, seed


def main() -> None:
    """Search, and print a table: mean regrets in percent."""
    parser = argparse.ArgumentParser(prog="python -m bench.search.priors")
    parser.add_argument("--samplers", default="coarse-to-fine,thompson")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    samplers = given.samplers.split(",")
    wanted = list(searches(samplers, range(given.seeds)))
    with ProcessPoolExecutor(given.processes) as pool:
        found = list(pool.map(regrets, *zip(*wanted, strict=True), chunksize=4))
    by: defaultdict = defaultdict(list)
    for (family, _, sampler, kind, _), each in zip(wanted, found, strict=True):
        by[family, sampler, kind].append(100 * np.array(each))
    print("| tables | sampler | earlier study |", " | ".join(f"after {look}" for look in LOOKS), "|")
    print("|---" * (3 + len(LOOKS)) + "|")
    for (family, sampler, kind), rows in by.items():
        cells = [f"{np.mean(column):.2f} ± {interval(column):.2f}" for column in np.transpose(rows)]
        print(f"| {family} | {sampler} | {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
