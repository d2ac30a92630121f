"""Where the schedule of a study compares trials, and which of them with each other."""

from collections.abc import Collection, Mapping

from ikura.errors import SettingError
from ikura.records import History, Settings
from ikura.report.rungs import Elimination, elimination
from ikura.schedulers import AsynchronousHalving, Hyperband, MedianStopping, SuccessiveHalving

STOPPING = ("halving", "hyperband", "asha", "median", "patience")
"""The schedules that stop trials."""

BY_ITSELF = ("asha", "patience")
"""Those for which rounds make no difference."""


def elimination_of(settings: Settings, history: History) -> Elimination | None:
    """Return what the schedule of a study did to its trials; None where it stops none."""
    if settings.schedule not in STOPPING:
        return None
    brackets = [0] * len(history.trials)
    try:
        if settings.schedule == "hyperband":
            bands = Hyperband(settings.epochs, settings.reduction or 0, settings.min_epochs)
            brackets = bands.brackets_of(history)
            planned: Mapping[int, Collection[int]] = {n: ladder.rungs for n, ladder in enumerate(bands.brackets)}
        else:
            planned = _planned(settings)
    except SettingError:
        # Another program changed the settings.
        planned = {0: (settings.epochs,)}
    rounds = [0 if settings.schedule in BY_ITSELF else trial.round for trial in history.trials]
    return elimination(settings.schedule, history, list(zip(rounds, brackets, strict=True)), planned)


def _planned(settings: Settings) -> Mapping[int, Collection[int]]:
    """Return after how many epochs a schedule with one bracket compares trials; nothing where it never does."""
    match settings.schedule:
        case "halving":
            return {0: SuccessiveHalving(settings.epochs, settings.reduction or 0, settings.min_epochs).rungs}
        case "asha":
            return {0: AsynchronousHalving(settings.epochs, settings.reduction or 0, settings.min_epochs).rungs}
        case "median":
            return {0: MedianStopping(settings.epochs, settings.min_epochs).epochs}
        case _:
            return {}
