"""Which outputs of a network say what of which target, and the loss that they are held to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ikura.errors import SettingError
from ikura.records import Kind, Target
from ikura.wording import listing, remedy

LOSSES = ("softmax", "sigmoid", "squared", "absolute", "huber", "pinball", "poisson")
"""In the order of the kernel's enum."""

NUMBER_LOSSES = ("squared", "absolute", "huber", "quantile")
"""As the user names them; `huber` may be followed by `:DELTA`, `quantile` by one or several, as `:0.1,0.5,0.9`."""

HUBER_DELTA = 1.0
"""Where the square ends, in standard deviations of the target."""

MEDIAN = 0.5


@dataclass(frozen=True, slots=True)
class Head:
    """Outputs of a network that stand side by side, and are held to one loss."""

    loss: str
    """One of LOSSES."""
    outputs: int
    output: int
    """The first of them among all outputs."""
    column: int
    """The first column of their targets."""
    weight: float
    """Of its loss; those of all heads sum to 1."""
    parameter: float = 0.0
    """Where the square of Huber's loss ends, in standard deviations; the quantile of the pinball loss."""

    @property
    def part(self) -> slice:
        """Where its outputs stand among all outputs."""
        return slice(self.output, self.output + self.outputs)


@dataclass(frozen=True, slots=True)
class Loss:
    """What numbers are held to."""

    name: str
    """One of LOSSES."""
    parameters: tuple[float, ...] = (0.0,)
    """One for each output that a number has: several quantiles are several outputs."""


def number_loss(text: str | None) -> Loss:
    """Return the loss that the user names.

    Raises:
        SettingError: there is none of that name, or its number is out of range.
    """
    if text is None:
        return Loss("squared")
    name, _, given = text.partition(":")
    if name not in NUMBER_LOSSES or (given and name in ("squared", "absolute")):
        raise SettingError(
            f"loss: {text!r} is none; numbers are held to {listing(NUMBER_LOSSES, 'or')}: {remedy(name, NUMBER_LOSSES)}"
        )
    if name in ("squared", "absolute"):
        return Loss(name)
    rule = "it must be a number above 0" if name == "huber" else "quantiles lie between 0 and 1, each but once"
    try:
        numbers = tuple(map(float, given.split(","))) if given else ()
    except ValueError:
        numbers = (math.nan,)
    if name == "huber":
        if len(numbers) > 1 or not all(0 < number < math.inf for number in numbers):
            raise SettingError(f"loss: {text!r} is given; {rule}: write huber:1.0")
        return Loss("huber", numbers or (HUBER_DELTA,))
    if not all(0 < number < 1 for number in numbers) or len(set(numbers)) < len(numbers):
        raise SettingError(f"loss: {text!r} is given; {rule}: write quantile:0.9, or quantile:0.1,0.5,0.9")
    return Loss("pinball", tuple(sorted(numbers)) or (MEDIAN,))


def heads_of(targets: Sequence[Target], loss: Loss) -> tuple[Head, ...]:
    """Return the heads of a network that learns these targets, in their order.

    Args:
        targets: what is learned.
        loss: what numbers among them are held to.
    """
    total = sum(target.weight for target in targets)
    heads: list[Head] = []
    output = column = 0
    for target in targets:
        name, parameters = _loss_of(target, loss)
        weight = target.weight / total / len(parameters)
        for parameter in parameters:
            heads.append(Head(name, target.outputs, output, column, weight, parameter))
            output += target.outputs
        column += target.columns
    return tuple(heads)


def outputs_of(heads: Sequence[Head]) -> int:
    """Return how many outputs there are in all."""
    return sum(head.outputs for head in heads)


def _loss_of(target: Target, loss: Loss) -> tuple[str, tuple[float, ...]]:
    if target.kind is Kind.NUMBER:
        return loss.name, loss.parameters
    return {Kind.CLASS: "softmax", Kind.LABELS: "sigmoid", Kind.COUNT: "poisson"}[target.kind], (0.0,)
