"""Decides which programs will train a search, by the time that they would take."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from ikura.nn import MLP
from ikura.records import Config
from ikura.train.cost import compile_seconds, step_seconds
from ikura.train.task import Structure

RUNS = 2
"""How often a program is taken to be used: it is kept on disk, and few people search a space only once."""


@dataclass(frozen=True, slots=True)
class PlannedProgram:
    """One program and what it is expected to cost, in processor seconds of the reference machine."""

    structure: Structure
    trials: int
    compile_seconds: float
    train_seconds: float
    """Of all its trials for the whole budget, padding included."""
    bare_seconds: float
    """What the same trials would take without padding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search will be trained."""

    widths: tuple[int, ...]
    """The sizes to which hidden layers are padded."""
    programs: tuple[PlannedProgram, ...]
    """The costliest first."""

    @property
    def compile_seconds(self) -> float:
        """Of all programs, each compiled once."""
        return sum(program.compile_seconds for program in self.programs)

    @property
    def train_seconds(self) -> float:
        """Of all trials."""
        return sum(program.train_seconds for program in self.programs)

    @property
    def seconds(self) -> float:
        """Of both together."""
        return self.compile_seconds + self.train_seconds

    @property
    def padding_waste(self) -> float:
        """The share of training that goes into padding, in [0, 1)."""
        return max(0.0, 1.0 - sum(program.bare_seconds for program in self.programs) / self.train_seconds)

    def to_json(self) -> dict[str, Any]:
        """As JSON's own types."""
        return {
            "widths": list(self.widths),
            "padding_waste": self.padding_waste,
            "programs": [
                {
                    **dict(program.structure.network),
                    "batch_size": program.structure.batch_size,
                    "trials": program.trials,
                    "compile_seconds": program.compile_seconds,
                    "train_seconds": program.train_seconds,
                }
                for program in self.programs
            ],
        }


def plan_programs(network: MLP, configs: Iterable[Config], *, examples: int, epochs: int) -> Plan:
    """What it takes to train full configurations with a network whose widths are decided.

    Args:
        network: the built-in one.
        configs: one for each trial.
        examples: how many training examples there are.
        epochs: the budget of each trial.
    """
    counts: Counter[Structure] = Counter()
    bare: defaultdict[Structure, float] = defaultdict(float)
    for config in configs:
        structure = structure_of(network, config)
        counts[structure] += 1
        units = int(config["hidden_units"])
        bare[structure] += _seconds(network, structure, units, examples, epochs)
    programs = [
        PlannedProgram(
            structure,
            trials,
            compile_seconds(int(dict(structure.network)["hidden_layers"])),
            trials * _seconds(network, structure, _padded_units(structure), examples, epochs),
            bare[structure],
        )
        for structure, trials in counts.items()
    ]
    programs.sort(key=lambda program: (-program.compile_seconds - program.train_seconds, repr(program.structure)))
    return Plan(network.widths, tuple(programs))


def choose_widths(network: MLP, sizes: Sequence[int], configs: Sequence[Config], *, examples: int, epochs: int) -> Plan:
    """The plan of least time a run among all subsets of the sizes that hold the largest.

    Few sizes mean few programs to compile, many sizes little padding.

    Args:
        network: the built-in one, without widths.
        sizes: candidates, ascending.
        configs: full configurations that stand for those to come.
        examples: how many training examples there are.
        epochs: the budget of each trial.
    """
    subsets = ((*some, sizes[-1]) for number in range(len(sizes)) for some in combinations(sizes[:-1], number))
    plans = (
        plan_programs(replace(network, widths=widths), configs, examples=examples, epochs=epochs) for widths in subsets
    )
    return min(plans, key=lambda plan: (plan.compile_seconds / RUNS + plan.train_seconds, plan.widths))


def _seconds(network: MLP, structure: Structure, units: int, examples: int, epochs: int) -> float:
    layers = int(dict(structure.network)["hidden_layers"])
    steps = examples // structure.batch_size
    return epochs * steps * step_seconds((network.features, *[units] * layers, network.classes), structure.batch_size)


def _padded_units(structure: Structure) -> int:
    return int(dict(structure.network)["padded_units"])
