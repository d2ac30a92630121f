"""How a search of the built-in network will be trained, and what it would cost, before any of it is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple, Self

from ikura.nn import MLP
from ikura.records import Config
from ikura.train.cost import TRIAL_MICROSECONDS, compile_seconds, step_seconds, xla_step_seconds

RUNS = 2
"""How often a program is taken to be used: it is kept on disk, and few people search a space only once."""


@dataclass(frozen=True, slots=True)
class Part:
    """Trials that share a program; or, in the kernel, that differ in width only. Processor seconds of the reference."""

    hidden_layers: int
    units: tuple[int, int]
    """The narrowest and the widest hidden layer, as they are trained."""
    batch_size: int
    activation: str
    trials: int
    compile_seconds: float
    train_seconds: float
    """Of all its trials for the whole budget, padding included."""
    unpadded_seconds: float
    """What the same trials would take without padding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search will be trained."""

    engine: str
    """`kernel`, which is compiled already, or `xla`."""
    widths: tuple[int, ...]
    """The sizes to which XLA's programs pad hidden layers; none in the kernel."""
    parts: tuple[Part, ...]
    """The costliest first."""

    @property
    def compile_seconds(self) -> float:
        """Of all programs, each compiled once."""
        return sum(part.compile_seconds for part in self.parts)

    @property
    def train_seconds(self) -> float:
        """Of all trials."""
        return sum(part.train_seconds for part in self.parts)

    @property
    def padding_waste(self) -> float:
        """The share of training that goes into padding, in [0, 1)."""
        return max(0.0, 1.0 - sum(part.unpadded_seconds for part in self.parts) / self.train_seconds)

    def repeated(self, times: float) -> Self:
        """Return what it takes to train every trial so many times, or a share of it; programs are compiled once."""
        parts = [
            replace(
                part,
                train_seconds=times * part.train_seconds,
                unpadded_seconds=times * part.unpadded_seconds,
            )
            for part in self.parts
        ]
        return replace(self, parts=tuple(parts))

    def to_json(self) -> dict[str, Any]:
        """Return a document of JSON's own types."""
        return {
            "engine": self.engine,
            "widths": list(self.widths),
            "padding_waste": self.padding_waste,
            "parts": [asdict(part) | {"units": list(part.units)} for part in self.parts],
        }


def plan_kernel(network: MLP, configs: Iterable[Config], *, examples: int, epochs: int) -> Plan:
    """Return what it takes to train full configurations in the kernel: nothing is compiled, nothing is padded.

    Args:
        network: the built-in one.
        configs: one for each trial.
        examples: how many training examples there are.
        epochs: the budget of each trial.
    """

    def member(config: Config) -> _Member:
        size, sizes = int(config["batch_size"]), network.sizes(config)
        seconds = epochs * (examples // size) * step_seconds(sizes, size) + 1e-6 * TRIAL_MICROSECONDS
        return _Member(config, None, sizes[1:-1], seconds, seconds)

    return Plan("kernel", (), _parts(map(member, configs), compiled=False))


def plan_programs(network: MLP, configs: Iterable[Config], *, examples: int, epochs: int) -> Plan:
    """Return what it takes to train them in programs of XLA's, for a network whose widths are decided; likewise."""

    def member(config: Config) -> _Member:
        size, sizes = int(config["batch_size"]), network.sizes(config)
        static, _ = network.split(config)
        padded = [network.features, *[static["padded_units"]] * static["hidden_layers"], network.outputs]
        train, unpadded = (epochs * (examples // size) * xla_step_seconds(each, size) for each in (padded, sizes))
        return _Member(config, tuple(sorted(static.items())), padded[1:-1], train, unpadded)

    return Plan("xla", network.widths, _parts(map(member, configs), compiled=True))


def choose_widths(network: MLP, sizes: Sequence[int], configs: Sequence[Config], *, examples: int, epochs: int) -> Plan:
    """Return the plan of least time a run for XLA among all subsets of the sizes that hold the largest.

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


class _Member(NamedTuple):
    """A trial of a part."""

    config: Config
    program: Any
    """The same for trials that share a program."""
    hidden: Sequence[int]
    """The sizes of its hidden layers, as they are trained."""
    train_seconds: float
    unpadded_seconds: float


def _parts(members: Iterable[_Member], *, compiled: bool) -> tuple[Part, ...]:
    groups: defaultdict[Any, list[_Member]] = defaultdict(list)
    for member in members:
        layers = len(member.hidden)
        activation = str(member.config["activation"]) if layers else "none"
        groups[layers, int(member.config["batch_size"]), activation, member.program].append(member)
    parts = []
    for (layers, batch_size, activation, _), some in groups.items():
        hidden = [units for member in some for units in member.hidden]
        parts.append(
            Part(
                hidden_layers=layers,
                units=(min(hidden, default=0), max(hidden, default=0)),
                batch_size=batch_size,
                activation=activation,
                trials=len(some),
                compile_seconds=compile_seconds(layers) if compiled else 0.0,
                train_seconds=sum(member.train_seconds for member in some),
                unpadded_seconds=sum(member.unpadded_seconds for member in some),
            )
        )
    return tuple(sorted(parts, key=lambda part: (-part.compile_seconds - part.train_seconds, repr(part))))
