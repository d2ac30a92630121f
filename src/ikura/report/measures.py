"""How values of any metric are written and drawn, whether more or less of it is better."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import Goal, Metric
from ikura.report.axes import even
from ikura.wording import number, percent

PERCENT = "\u00a0%"


@dataclass(frozen=True, slots=True)
class Extent:
    """Between which values a metric's axis runs, for the good ones to be told apart."""

    best: float
    edge: float
    """Beyond it lie values that are drawn at the edge of the picture."""
    far: float
    """The axis's worse end: the edge, or a little beyond where that lies near the best."""

    @property
    def room(self) -> float:
        """How far the axis reaches."""
        return abs(self.far - self.best)

    @property
    def ends(self) -> tuple[float, float]:
        """The axis's lower and upper end."""
        return min(self.best, self.far), max(self.best, self.far)


def extent(metric: Metric, values: NDArray[np.floating]) -> Extent:
    """Return the extent of trials' values [trial]: from the best to the worst.

    Where the worst lies far out, to three times as far from the best as the median lies.
    """
    sign = -1.0 if metric.goal is Goal.MAXIMIZE else 1.0
    if not len(values):
        return Extent(1.0, 0.0, 0.0) if metric.goal is Goal.MAXIMIZE else Extent(0.0, 1.0, 1.0)
    losses = metric.loss(values.astype(float))
    best, worst = float(losses.min()), float(losses.max())
    least = 0.01 if metric.is_share else 0.01 * abs(best) or 0.01
    reach = max(3 * (float(np.median(losses)) - best), 2 * least)
    edge = worst if worst - best < 1.25 * reach else best + reach
    return Extent(sign * best, sign * edge, sign * max(edge, best + least))


def is_beyond(metric: Metric, values: NDArray[np.floating], within: Extent) -> NDArray[np.bool_]:
    """Return which of the values are worse than the edge."""
    return metric.loss(values) > metric.loss(np.float64(within.edge))


def written(metric: Metric, value: float, digits: int = 1) -> str:
    """Write a value: a share in percent with so many digits after the point, anything else with four that count."""
    if math.isnan(value):
        return "–"
    return percent(value, digits) if metric.is_share else f"{number(float(value))}{suffix(metric)}"


def to_words(metric: Metric, interval: tuple[float, float] | None, digits: int = 2) -> str:
    """Write `96.10 % to 97.25 %`; a dash where there is no interval."""
    return "–" if interval is None else " to ".join(written(metric, bound, digits) for bound in interval)


def drawn(metric: Metric, values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the values as they stand on an axis: shares in percent."""
    return 100 * values if metric.is_share else values


def suffix(metric: Metric) -> str:
    """Return what stands behind the numbers of an axis."""
    if metric.is_share:
        return PERCENT
    return f"\u00a0{metric.unit}" if metric.unit else ""


def ticks(metric: Metric, low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Return round values from low to high, and how each is written."""
    factor = 100 if metric.is_share else 1
    return tuple((value, f"{factor * value:.4g}{suffix(metric)}") for value in even(low, high))


def superlative(metric: Metric) -> str:
    """Return `highest` or `lowest`, whichever is best."""
    return "highest" if metric.goal is Goal.MAXIMIZE else "lowest"


def comparative(metric: Metric) -> str:
    """Return `higher` or `lower`, whichever is better."""
    return "higher" if metric.goal is Goal.MAXIMIZE else "lower"
