"""What a study is after, as a user says it: a metric, or two of them, each with its direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ikura.errors import SettingError
from ikura.wording import listing

if TYPE_CHECKING:
    from ikura.tasks import OwnMetric

MOST = 2
"""So many metrics are optimised together: fronts are of two."""


@dataclass(frozen=True, slots=True)
class Second:
    """The second metric that is optimised."""

    name: str | None
    """None of an objective of Optuna's that returns two values, which has no names for them."""
    direction: str | None


def objectives(metric: object, direction: object) -> "tuple[str | OwnMetric | None, str | None, Second | None]":
    """Return the metric that is optimised, its direction, and what else is optimised, if anything.

    Args:
        metric: one, or a list of one or two; None where it is not said.
        direction: of it, or a list of one for each; likewise.

    Raises:
        SettingError: it is something else.
    """
    metrics, directions = _listed(metric), _listed(direction)
    for name, given in (("metric", metrics), ("direction", directions)):
        if not given:
            raise SettingError(f"{name}: an empty list is given; it must have one, or two: leave it out, or name one")
        if len(given) > MOST:
            raise SettingError(
                f"{name}: {len(given)} are given; at most two metrics are optimised together: leave some out, or keep "
                "others to a bound by constraint"
            )
    if metrics == [None] and len(directions) == MOST:
        metrics = [None, None]
    if directions == [None] and len(metrics) == MOST:
        directions = [None, None]
    for each in metrics:
        if each is not None and not isinstance(each, str) and not callable(each):
            raise SettingError(
                f"metric: {each!r} is of type {type(each).__name__}; it must be a name, or a function of what is true "
                "and what is predicted: change it"
            )
    for each in directions:
        if each is not None and not isinstance(each, str):
            raise SettingError(
                f"direction: {each!r} is of type {type(each).__name__}; it must be a str: write minimize or maximize"
            )
    if len(metrics) != len(directions):
        said = listing([str(each) for each in metrics], "and")
        raise SettingError(
            f"direction: {len(directions)} is given for {said}; there must be one for each metric, in their order: "
            "give as many, or none where the names say it"
        )
    if len(metrics) < MOST:
        return cast("str | OwnMetric | None", metrics[0]), cast("str | None", directions[0]), None
    return _two(metrics, cast("list[str | None]", directions))


def unnamed() -> SettingError:
    """Return what is said where two directions come without the metrics that they are of."""
    return SettingError(
        "direction: two are given, and no metric; each is of a metric: give both metrics by their names"
    )


def _two(
    metrics: Sequence[object], directions: Sequence[str | None]
) -> "tuple[str | OwnMetric | None, str | None, Second | None]":
    first, second = metrics
    if callable(second):
        raise SettingError(
            "metric: the second of two is a function; only the first can be one: give the name of a metric that is "
            "measured, or name the function first"
        )
    if first is not None and first == second:
        raise SettingError(f"metric: {first!r} is given twice; two metrics that are optimised differ: leave one out")
    if second is None and first is not None:
        raise SettingError("metric: the second of two is None; it must be a name: give one")
    return cast("str | OwnMetric | None", first), directions[0], Second(cast("str | None", second), directions[1])


def _listed(given: object) -> list[object]:
    if (as_list := getattr(given, "tolist", None)) is not None:  # of an array
        given = as_list()
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
