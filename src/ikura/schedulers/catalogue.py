"""The schedulers there are, by the names that users give."""

from collections.abc import Collection, Mapping

from ikura.errors import SettingError
from ikura.schedulers.full import FullBudget
from ikura.schedulers.halving import SuccessiveHalving
from ikura.schedulers.pbt import PopulationBased
from ikura.schedulers.protocol import Scheduler
from ikura.space import Space
from ikura.wording import remedy

SCHEDULERS: Mapping[str, type[Scheduler]] = {
    "full": FullBudget,
    "halving": SuccessiveHalving,
    "pbt": PopulationBased,
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
    if reduction is not None and name != "halving":
        raise SettingError(f"reduction: {reduction} is given, but {name} has none; leave it out, or use halving")
    if min_epochs is not None and name == "full":
        raise SettingError(
            f"min_epochs: {min_epochs} is given, but {name} has none; leave it out, or use halving or pbt"
        )
    if name == "halving":
        return SuccessiveHalving(horizon, 3 if reduction is None else reduction, min_epochs)
    return PopulationBased(horizon, space, fixed, min_epochs) if name == "pbt" else FullBudget(horizon)
