"""What is measured of a trial, and which of it a study is after."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SettingError

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
class Objective:
    """The metric that a study optimises, and what decides between trials that are equal in it."""

    metric: Metric
    tie_breaks: tuple[Metric, ...] = ()

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metric and the tie-breaks, the most important first."""
        return (self.metric, *self.tie_breaks)

    def key(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """Return what sorts better values first; those that lack the metric come last."""
        losses = (metric.loss(values.get(metric.name, math.nan)) for metric in self.metrics)
        return tuple(math.inf if math.isnan(loss) else loss for loss in losses)

    def order(self, values: Mapping[str, NDArray[np.floating]], numbers: Sequence[int]) -> NDArray[np.intp]:
        """Return the places [place] that put values [place] in order, the best first; equal ones by their numbers.

        Those that lack the metric come last.
        """
        losses = [np.where(np.isnan(values[m.name]), np.inf, m.loss(values[m.name])) for m in self.metrics]
        return np.lexsort((np.asarray(numbers), *reversed(losses))).astype(np.intp)

    def scalar(self, values: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
        """Return the metric [trial], moved by the first tie-break: one number, by which trials order as by both.

        It is moved by less than a quarter of the step to the next number of 32 bits, so that nothing but ties changes.
        NaN for those that lack the metric.
        """
        measured = values[self.metric.name]
        if not self.tie_breaks:
            return measured.astype(np.float64)
        tie_break = self.tie_breaks[0]
        loss = tie_break.loss(values[tie_break.name].astype(np.float64))
        loss = np.nan_to_num(loss, nan=1e300, posinf=1e300, neginf=-1e300)
        step = np.where(np.isfinite(measured), np.spacing(np.abs(measured)), 0.0)
        return measured + self.metric.loss(step * (loss / (1 + np.abs(loss)) / 8))


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
