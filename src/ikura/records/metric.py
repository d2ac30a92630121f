"""What is measured of a trial, and which of it a study is after."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SettingError
from ikura.records.pareto import crowding_of, fronts_of, group_of

Values = TypeVar("Values", float, NDArray[np.floating])


class Goal(StrEnum):
    """Which values of a metric are better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


_SMALLER = re.compile(
    r"(^|_)(loss|error|err|mse|mae|rmse|nll|perplexity|ppl|cost|deviance|latency|time|seconds|regret)(_|$)"
)
_GREATER = re.compile(
    r"(^|_)(acc|accuracy|auc|auroc|f1|score|precision|recall|r2|reward|iou|miou|dice|map|bleu|corrcoef|top1|top5)(_|$)"
)

AT_MOST, AT_LEAST = "<=", ">="
"""What a constraint says of its metric."""

SHARE = "share"
"""The unit of a metric from 0 to 1, which is shown in percent."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is measured at every epoch."""

    name: str
    """As `dev_loss`: a key of curves, and a column of tables."""
    goal: Goal
    unit: str = ""
    """SHARE, a unit such as `s`, or nothing."""

    @property
    def title(self) -> str:
        """The name in words: `dev loss`."""
        return self.name.replace("_", " ")

    @property
    def is_share(self) -> bool:
        """Whether it lies from 0 to 1 and is shown in percent."""
        return self.unit == SHARE

    def loss(self, values: Values) -> Values:
        """Return a value, or an array of values, with the sign by which less is better."""
        return -values if self.goal is Goal.MAXIMIZE else values


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a metric must keep to."""

    metric: Metric
    sign: str
    """AT_MOST or AT_LEAST."""
    bound: float

    def __str__(self) -> str:
        return f"{self.metric.name} {self.sign} {self.bound:.15g}"

    def violation(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return how far values are beyond the bound, in parts of it; 0 for those that keep to it, inf for NaN."""
        # What is reported is kept in 32 bits: a value that is the bound keeps to it.
        bound = float(np.float32(self.bound))
        beyond = (values.astype(np.float64) - bound) * (1 if self.sign == AT_MOST else -1)
        return np.where(np.isnan(values), np.inf, np.maximum(beyond, 0.0) / (abs(bound) or 1.0))


@dataclass(frozen=True, slots=True)
class Objective:
    """The metric that a study optimises, what decides between trials that are equal in it, and what they must keep to.

    Trials that keep to the constraints come before those that do not, of which those come first that violate them
    least (Deb, 2000); those that lack a constraint's value come after them.

    With a second metric to optimise, trials are put in order by their fronts (see `fronts_of`), those of a front by
    their crowding, the lonely ones first, and those that are equal in it by the first metric (Deb et al., 2002). So the
    first of all is the best by the first metric.
    """

    metric: Metric
    tie_breaks: tuple[Metric, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    second: Metric | None = None

    @property
    def optimised(self) -> tuple[Metric, ...]:
        """The one or two metrics that are optimised."""
        return (self.metric,) if self.second is None else (self.metric, self.second)

    @property
    def ranked(self) -> tuple[Metric, ...]:
        """The metric and the tie-breaks, the most important first."""
        return (self.metric, *self.tie_breaks)

    @property
    def by_first(self) -> "Objective":
        """The objective of the first metric alone: the second only decides between trials that are equal in it."""
        return replace(self, tie_breaks=(*self.optimised[1:], *self.tie_breaks), second=None)

    @property
    def _compared(self) -> tuple[Metric, ...]:
        return (*self.optimised, *self.tie_breaks)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that the order of trials depends on, what is optimised first."""
        return tuple({m.name: m for m in (*self._compared, *(each.metric for each in self.constraints))}.values())

    def violation(self, values: Mapping[str, NDArray[np.floating]]) -> NDArray[np.float64]:
        """Return how far values [place] violate the constraints, in parts of the bounds; inf where one is lacking."""
        none = np.zeros(len(values[self.metric.name]))
        return sum((each.violation(values[each.metric.name]) for each in self.constraints), start=none)

    def losses(
        self, values: Mapping[str, NDArray[np.floating]], before: Sequence[NDArray[Any]] = ()
    ) -> list[NDArray[Any]]:
        """Return by what values [place] are put in order, the most important first; less is better.

        Those that lack a metric that is optimised come last.

        Args:
            values: of each of `metrics`; NaN where it was not measured.
            before: what counts for more than they [place], the most important first; less is better. Fronts are among
                those that are equal in it.
        """
        losses = self._own_losses(values)
        if not self.depends_on_others:
            return [*before, *losses]
        keys = [*before, *self._standing(values, losses, before)]
        if self.second is not None:
            group = group_of(np.stack(keys).astype(np.float64))
            keys.append(-crowding_of(losses[0].astype(np.float64), losses[1].astype(np.float64), group))
        return [*keys, *losses]

    def front(self, values: Mapping[str, NDArray[np.floating]]) -> NDArray[np.intp]:
        """Return the places of the values [place] that no others dominate, the best by the first metric first.

        Where all lack a metric or violate constraints, they are of those that do it least.
        """
        standing = np.stack(self._standing(values, self._own_losses(values), ()))
        best = standing[:, np.lexsort(standing[::-1])[:1]]
        found = np.flatnonzero((standing == best).all(axis=0))
        return found[self.by_first.order({name: column[found] for name, column in values.items()}, found.tolist())]

    def _own_losses(self, values: Mapping[str, NDArray[np.floating]]) -> list[NDArray[np.floating]]:
        """Return the losses [place] of what is optimised and of the tie-breaks; inf for those that lack it."""
        return [np.where(np.isnan(values[m.name]), np.inf, m.loss(values[m.name])) for m in self._compared]

    def _standing(
        self,
        values: Mapping[str, NDArray[np.floating]],
        losses: Sequence[NDArray[np.floating]],
        before: Sequence[NDArray[Any]],
    ) -> list[NDArray[np.float64]]:
        """Return whether values [place] lack what is optimised, how far they violate constraints, and their front."""
        lacks = np.any([np.isnan(values[m.name]) for m in self.optimised], axis=0).astype(np.float64)
        keys = [lacks, self.violation(values)]
        if self.second is not None:
            first, second = (each.astype(np.float64) for each in losses[:2])
            keys.append(fronts_of(first, second, group_of(np.stack([*before, *keys]).astype(np.float64))).astype(float))
        return keys

    def order(
        self,
        values: Mapping[str, NDArray[np.floating]],
        numbers: Sequence[int],
        before: Sequence[NDArray[Any]] = (),
    ) -> NDArray[np.intp]:
        """Return the places [place] that put values [place] in order, the best first; equal ones by their numbers.

        `before` is as for `losses`.
        """
        return np.lexsort((np.asarray(numbers), *reversed(self.losses(values, before)))).astype(np.intp)

    def scalar(
        self, values: Mapping[str, NDArray[np.float32]], before: Sequence[NDArray[Any]] = ()
    ) -> NDArray[np.float64]:
        """Return one number for each trial [trial], by which they order as by the objective.

        With constraints or a second metric the place in the order, with the metric's sign. Else the metric, moved by
        the first tie-break by less than a quarter of the step to the next number of 32 bits, so that nothing but ties
        changes. NaN for those that lack the metric. `before` is as for `losses`.
        """
        measured = values[self.metric.name]
        if self.depends_on_others:
            places = np.empty(len(measured))
            places[self.order(values, range(len(measured)), before)] = np.arange(len(measured))
            return np.where(np.isnan(measured), np.nan, self.metric.loss(places))
        if not self.tie_breaks:
            return measured.astype(np.float64)
        tie_break = self.tie_breaks[0]
        loss = tie_break.loss(values[tie_break.name].astype(np.float64))
        loss = np.nan_to_num(loss, nan=1e300, posinf=1e300, neginf=-1e300)
        step = np.where(np.isfinite(measured), np.spacing(np.abs(measured)), 0.0)
        return measured + self.metric.loss(step * (loss / (1 + np.abs(loss)) / 8))

    @property
    def depends_on_others(self) -> bool:
        """Whether the scalar of a trial depends on the other trials."""
        return bool(self.constraints) or self.second is not None


def goal_of(metric: str, direction: str | None) -> Goal:
    """Return which values of a metric that Ikura does not know are better: as said, or as the name says.

    Raises:
        SettingError: the direction is none, or there is none and the name does not say it.
    """
    if direction is not None:
        if direction not in set(Goal):
            raise SettingError(f"direction: {direction!r} is given; it must be minimize or maximize: change it")
        return Goal(direction)
    smaller, greater = _SMALLER.search(metric.lower()), _GREATER.search(metric.lower())
    if bool(smaller) == bool(greater):
        raise SettingError(
            f"direction: of {metric!r} nobody knows whether more or less is better; it must be minimize or maximize: "
            "give it"
        )
    return Goal.MINIMIZE if smaller else Goal.MAXIMIZE
