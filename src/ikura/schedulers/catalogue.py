"""The schedulers there are, by the names that users give."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ikura.errors import SettingError
from ikura.schedulers.asha import AsynchronousHalving
from ikura.schedulers.full import FullBudget
from ikura.schedulers.halving import SuccessiveHalving
from ikura.schedulers.hyperband import Hyperband
from ikura.schedulers.median import MedianStopping
from ikura.schedulers.patience import Patience
from ikura.schedulers.pbt import PopulationBased
from ikura.schedulers.protocol import Scheduler
from ikura.space import Space
from ikura.wording import listing, remedy


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of scheduler."""

    settings: frozenset[str]
    """Which of `reduction` and `min_epochs` it has."""
    make: Callable[[int, Space, Collection[str], dict[str, int]], Scheduler]
    """Takes the horizon, the space, its fixed hyperparameters, and the settings that are given."""


SCHEDULERS: Mapping[str, _Kind] = {
    "full": _Kind(frozenset(), lambda horizon, _space, _fixed, _given: FullBudget(horizon)),
    "halving": _Kind(
        frozenset({"reduction", "min_epochs"}),
        lambda horizon, _space, _fixed, given: SuccessiveHalving(horizon, **given),
    ),
    "hyperband": _Kind(
        frozenset({"reduction", "min_epochs"}),
        lambda horizon, _space, _fixed, given: Hyperband(horizon, **given),
    ),
    "asha": _Kind(
        frozenset({"reduction", "min_epochs"}),
        lambda horizon, _space, _fixed, given: AsynchronousHalving(horizon, **given),
    ),
    "median": _Kind(frozenset({"min_epochs"}), lambda horizon, _space, _fixed, given: MedianStopping(horizon, **given)),
    "patience": _Kind(frozenset({"min_epochs"}), lambda horizon, _space, _fixed, given: Patience(horizon, **given)),
    "pbt": _Kind(
        frozenset({"min_epochs"}),
        lambda horizon, space, fixed, given: PopulationBased(horizon, space, fixed, **given),
    ),
}


def make_scheduler(
    name: str,
    *,
    horizon: int,
    reduction: int | None,
    min_epochs: int | None,
    space: Space,
    fixed: Collection[str],
) -> Scheduler:
    """Return the scheduler of a name; a setting that is None has its default.

    Raises:
        SettingError: the name is unknown, a setting is given to a scheduler that has none, or is out of range.
    """
    if name not in SCHEDULERS:
        raise SettingError(
            f"schedule: {name!r} is unknown; it must be one of {', '.join(SCHEDULERS)}: {remedy(name, SCHEDULERS)}"
        )
    kind, settings = SCHEDULERS[name], {"reduction": reduction, "min_epochs": min_epochs}
    given = {setting: value for setting, value in settings.items() if value is not None}
    for setting, value in given.items():
        if setting not in kind.settings:
            others = listing([other for other, each in SCHEDULERS.items() if setting in each.settings], "or")
            raise SettingError(f"{setting}: {value} is given, but {name} has none; leave it out, or use {others}")
    return kind.make(horizon, space, fixed, given)
