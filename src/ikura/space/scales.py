"""Scales: increasing functions that turn a value into the coordinate in which it is drawn uniformly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Scale:
    """A pair of increasing functions that undo each other."""

    coordinate: Callable[[ArrayLike], NDArray[np.float64]]
    value: Callable[[NDArray[np.float64]], NDArray[np.float64]]

    def to_unit(self, values: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
        """Place the values [n] between low (0) and high (1), those beyond on the bound, wherever the scale ends."""
        first, last = self.coordinate([low, high])
        within = self.coordinate(np.clip(_as_float(values), low, high))
        return np.clip((within - first) / (last - first), 0.0, 1.0)

    def from_unit(self, unit: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
        """Give the values [n] at the places `unit` between low and high; 0 is exactly low, 1 exactly high."""
        unit = np.asarray(unit, dtype=np.float64)
        first, last = self.coordinate([low, high])
        values = np.clip(self.value(first + unit * (last - first)), low, high)
        return np.where(unit <= 0.0, low, np.where(unit >= 1.0, high, values))

    def span(self, low: float, high: float) -> float:
        """Measure the way from low to high in the coordinate; infinite where that overflows."""
        first, last = self.coordinate([low, high])
        return float(last) - float(first)


def _as_float(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


SCALES = {
    "linear": Scale(_as_float, _as_float),
    "log": Scale(lambda values: np.log(_as_float(values)), np.exp),
    # -log(1 - x) rises with x; log1p and expm1 are accurate at both ends, near 0 and near 1.
    "one-minus-log": Scale(lambda values: -np.log1p(-_as_float(values)), lambda coordinate: -np.expm1(-coordinate)),
}
