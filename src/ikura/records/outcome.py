"""What a finished study found, as it is kept in the store."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ikura.records.configuration import Config
from ikura.records.ensemble import Together
from ikura.records.metric import Metric, Objective
from ikura.records.shapes import (
    JSON,
    DamagedError,
    Shape,
    check,
    is_flag,
    is_number,
    is_text,
    is_value,
    is_whole,
    maybe,
    table,
)

_STUDENT = (12.706204736, 4.30265273, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135)
"""The 97.5 % quantile of Student's t for 1, 2, 3... degrees of freedom."""


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t for so many degrees of freedom."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    from scipy.special import stdtrit  # it takes a third of a second to import, and finals have few seeds

    return float(stdtrit(freedom, 0.975))


def interval_of(metric: Metric, values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of all values there could be, by Student's t; None where all are equal."""
    if len(set(values)) < 2:
        return None
    half = student(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    low, high = fmean(values) - half, fmean(values) + half
    return (max(low, 0.0), min(high, 1.0)) if metric.is_share else (low, high)


def told_apart(means: ArrayLike) -> NDArray[np.float64]:
    """Return means [place] of what is kept in 32 bits, those made equal that it cannot tell apart.

    Of shares such as 0.7 and 0.8 the mean depends on how they were rounded, so that two that are equal would not be.
    """
    means = np.asarray(means, np.float64)
    order = np.argsort(means)
    ordered = means[order]
    near = np.diff(ordered) <= 4 * np.finfo(np.float32).eps * np.abs(ordered[:-1])
    begins = np.ones(len(means), bool)
    begins[1:] = ~near
    equal = np.empty_like(means)
    equal[order] = ordered[begins][np.cumsum(begins) - 1]
    return equal


@dataclass(frozen=True, slots=True)
class Best:
    """The winning trial."""

    number: int
    config: Config
    """With which it was trained last; a trial of population-based training has had others before."""
    metrics: Mapping[str, float]
    """Means over the seeds of the finals; without finals, what the search measured last."""


@dataclass(frozen=True, slots=True)
class Finalist:
    """A configuration that was trained again under several seeds."""

    number: int
    config: Config
    search: Mapping[str, float]
    """What the search measured last."""
    replicates: Mapping[str, tuple[float | None, ...]]
    """For each metric the value after the last epoch [seed]; None where that network diverged."""

    @property
    def seeds(self) -> int:
        """Under how many seeds it was trained."""
        return max((len(values) for values in self.replicates.values()), default=0)

    @property
    def diverged(self) -> int:
        """Under how many seeds it diverged."""
        return sum(any(value is None for value in seed) for seed in zip(*self.replicates.values(), strict=True))

    def reached(self, metric: str) -> list[float]:
        """Return the metric's values under the seeds with which it did not diverge; none where it was not measured."""
        return [value for value in self.replicates.get(metric, ()) if value is not None]

    def mean(self, metric: str) -> float:
        """Return the metric's mean over the seeds under which it did not diverge; NaN without any."""
        values = self.reached(metric)
        return fmean(values) if values else math.nan

    def violation(self, objective: Objective) -> float:
        """Return how far the means violate the constraints (see `Objective.violation`)."""
        means = {metric.name: np.array([self.mean(metric.name)]) for metric in objective.metrics}
        return float(objective.violation(means)[0])

    def interval(self, metric: Metric) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean over all seeds there are, by Student's t.

        It is of the chance in training alone: other weights, mini-batches and dropout, not other examples. None where
        the seeds tell nothing of chance: fewer than two came through, or all gave the same.
        """
        return interval_of(metric, self.reached(metric.name))


def best_first(finalists: Sequence[Finalist], objective: Objective) -> list[Finalist]:
    """Return the finalists in the order of their means, the best first. One divergence outweighs all.

    With two objectives the first one decides: the finalists are of the front.
    """
    means = {metric.name: told_apart([one.mean(metric.name) for one in finalists]) for metric in objective.metrics}
    order = objective.by_first.order(means, [one.number for one in finalists])
    return sorted((finalists[place] for place in order), key=lambda one: one.diverged)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from the trials, the finals and the test; the same for a study that was resumed."""

    best: Best
    finalists: tuple[Finalist, ...]
    """The winner first; none where the evaluator cannot train again under other seeds."""
    test: Mapping[str, JSON] | None
    """What the task says of the winner's network on examples it never saw; None where nothing was tested."""
    trials: int
    """Of which something was measured, or that failed."""
    diverged: int
    failed: int
    stopped: int
    """After something was measured."""
    epochs: int
    """The horizon."""
    epochs_trained: int
    """Of all trials together, in the search."""
    seconds: Mapping[str, float]
    """Of `total`, `search`, `finals` and `compile`."""
    resumed: int
    """Trials that earlier runs had trained."""
    trials_per_second: float
    programs: int
    """How many were compiled."""
    planned: Mapping[str, JSON] | None
    """What was predicted of the search."""
    short_of_memory: bool
    troubles: tuple[str, ...]
    """What the numbers do not depend on, but the user should know."""
    model: str | None
    """The folder of the model and the report."""
    trial_folders: str | None = None
    """Where the user's own training code left what it keeps, a folder for each trial; None where there was none."""
    timed_out: bool = False
    """Whether the search ended since its time was over."""
    ensemble: Together | None = None
    """What came of putting networks together; None where that was not asked for."""

    @property
    def winner(self) -> Finalist | None:
        """The winner's finals; None where there were none."""
        return next((each for each in self.finalists if each.number == self.best.number), None)

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types, but for numbers that JSON lacks."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `to_json` made.

        Raises:
            DamagedError: it is something else.
        """
        check(document, _SHAPE, "outcome")
        check(document.get("trial_folders"), maybe(is_text), "outcome.trial_folders")
        check(document.get("timed_out", False), is_flag, "outcome.timed_out")
        kept: dict[str, Any] = dict(document)
        kept["best"] = Best(**{name: kept["best"][name] for name in ("number", "config", "metrics")})
        kept["finalists"] = tuple(_finalist(each) for each in kept["finalists"])
        kept["troubles"] = tuple(kept["troubles"])
        # Which studies of before had not.
        kept = {"trial_folders": None, "timed_out": False, "ensemble": None} | kept
        if kept["ensemble"] is not None:
            kept["ensemble"] = Together.from_json(kept["ensemble"])
        outcome = cls(**{name: kept[name] for name in (*_SHAPE, "trial_folders", "timed_out", "ensemble")})
        if outcome.finalists and outcome.best.number not in [each.number for each in outcome.finalists]:
            raise DamagedError("the parts of its outcome do not agree")
        return outcome


def _finalist(document: JSON) -> Finalist:
    replicates = {name: tuple(values) for name, values in document["replicates"].items()}
    if len({len(values) for values in replicates.values()}) > 1:
        raise DamagedError("the parts of its outcome do not agree")
    return Finalist(document["number"], document["config"], document["search"], replicates)


_FINALIST: Shape = {
    "number": is_whole,
    "config": table(is_value),
    "search": table(is_number),
    "replicates": table([maybe(is_number)]),
}

_PLANNED: Shape = {
    "engine": is_text,
    "seconds": maybe(is_number),
    "parts": [table(lambda _: True)],
    "padding_waste": is_number,
}

_SHAPE: dict[str, Shape] = {
    "best": {"number": is_whole, "config": table(is_value), "metrics": table(is_number)},
    "finalists": [_FINALIST],
    "test": maybe(table(lambda _: True)),
    **dict.fromkeys(("trials", "diverged", "failed", "stopped", "epochs", "epochs_trained"), is_whole),
    "seconds": {"total": is_number, "search": is_number, "finals": is_number, "compile": is_number},
    "resumed": is_whole,
    "trials_per_second": is_number,
    "programs": is_whole,
    "planned": maybe(_PLANNED),
    "short_of_memory": is_flag,
    "troubles": [is_text],
    "model": maybe(is_text),
}
