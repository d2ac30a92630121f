"""What a user's own training code is given: a configuration to train, and whom to tell what came of it."""

import math
import operator
import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any

from ikura.errors import SettingError
from ikura.wording import count, listing, remedy

Tell = Callable[[int, Mapping[str, float]], None]
"""Is told each epoch that is reported, with its metrics."""


class TrialStopped(BaseException):
    """Ends training that goes on although `should_stop` says otherwise. No Exception, which training code catches."""


class MiscountError(SettingError):
    """Training code counts its epochs otherwise than the study: no trial of it is what it seems."""


class Trial:
    """One configuration on its way through training.

    Ikura makes them; to try a training function by hand, make one: `train(ikura.Trial({"learning_rate": 0.1}))`.

    Args:
        config: the hyperparameters.
        number: of the trial in its study, from 0.
        seed: a whole number below 2**31 that is the trial's own, for all that it draws at random.
        start: epochs that were reported before, by an earlier call for the same trial.
        epochs: of a trial that is trained to its end.
        stop: to so many epochs this call is to train; by default to the end.
        folder: the trial's own, for good; by default a new one, made when it is first asked for.
        metric: what every report must hold; by default nothing in particular.
        tell: is told what is reported, what was reported before `start` and is reported again as well.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        number: int = 0,
        seed: int = 0,
        start: int = 0,
        epochs: int = 1,
        stop: int | None = None,
        folder: str | Path | None = None,
        metric: str | None = None,
        tell: Tell | None = None,
    ) -> None:
        self.config = dict(config)
        self.number = number
        self.seed = seed
        self.start = start
        self.epochs = epochs
        self.stop = epochs if stop is None else stop
        self.reports: dict[int, dict[str, float]] = {}
        """What this call has reported, by epoch."""
        self._folder = folder
        self._metric = metric
        self._tell = tell
        self._last = -1
        self._told_to_stop = False

    @cached_property
    def folder(self) -> Path:
        """The trial's own folder: what is left in it is there when the trial goes on, and when the study is over."""
        folder = Path(tempfile.mkdtemp(prefix="ikura-trial-") if self._folder is None else self._folder)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def reported(self) -> int:
        """Up to which epoch this call has reported."""
        return self._last + 1

    @property
    def told_to_stop(self) -> bool:
        """Whether somebody wants training to end, wherever it stands."""
        return self._told_to_stop

    @property
    def should_stop(self) -> bool:
        """Whether training is to end now: the schedule wants to compare first, or somebody stopped the study."""
        return self._told_to_stop or (self.epochs > 1 and self.reported >= self.stop)

    def report(self, epoch: int, /, **metrics: float) -> None:
        """Tell what was measured after an epoch.

        Args:
            epoch: that was just trained, counted from 0 as `range` does. Epochs may be left out; one of before `start`
                that is trained again changes nothing.
            metrics: by their names: the study's `metric`, and any others.

        Raises:
            SettingError: an epoch that does not increase, the study's metric is missing, or something is no number.
            TrialStopped: the epoch lies beyond what was asked for, the study is being stopped, or the study's metric is
                not finite: the trial has diverged. It is no Exception; let it pass.
        """
        number = _whole(epoch)
        self._check_follows(number)
        self.record(number, metrics)

    def record(self, number: int, metrics: Mapping[str, Any]) -> None:
        """Do as `report`, for a framework that is known to count from 0, whatever it leaves out."""
        if number <= self._last:
            raise SettingError(
                f"report: epoch {number} follows epoch {self._last}; epochs must increase: report each once, the first "
                "as 0"
            )
        values = {name: _number(name, value) for name, value in metrics.items()}
        if self._metric is not None and self._metric not in values:
            raise SettingError(missing(self._metric, values))
        self._last = number
        self.reports[number] = values
        if self._tell is not None:
            self._tell(number, values)
        if number >= self.stop or self._told_to_stop or (self._metric and not math.isfinite(values[self._metric])):
            raise TrialStopped

    def _check_follows(self, number: int) -> None:
        """Raise SettingError for an epoch that shows that training code and study count differently."""
        if number == 2 and not self.start and self.reports.keys() == {1}:
            raise MiscountError(
                "report: the first epoch is reported as 1; epochs count from 0, as in range: report one less (or, by a "
                "pattern, leave its group `epoch` out)"
            )
        if number >= self.epochs:
            raise MiscountError(
                f"report: epoch {number} is reported, and the study's trials are of {count(self.epochs, 'epoch')}, of "
                "which the first is 0; it must know how many there are: give epochs to the study, or count from 0"
            )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("suggest_") or name == "should_prune":
            raise SettingError(
                f"trial.{name}: hyperparameters are in trial.config; only Optuna's objectives suggest them: leave out "
                "the space, or give OptunaObjective(objective)"
            )
        raise AttributeError(f"a Trial has no attribute {name!r}")

    def resume_at(self, epoch: int) -> None:
        """Take epochs before this one as reported by another call: they may come again, which changes nothing."""
        self.start, self._last = max(self.start, epoch), -1
        self.reports.clear()

    def ask_to_stop(self) -> None:
        """Have `should_stop` say so from now on."""
        self._told_to_stop = True


def missing(metric: str, found: Collection[str]) -> str:
    """Return what is wrong with a report, or a result, that lacks what the study optimises."""
    there = f"only {listing(found, 'and')}: report it, or name what the study is to optimise ({remedy(metric, found)})"
    return (
        f"report: there is no {metric!r}, which the study optimises and each report must hold; there is "
        f"{there if found else 'nothing: report it'}"
    )


def _whole(epoch: object) -> int:
    if isinstance(epoch, Integral) and not isinstance(epoch, bool) and operator.index(epoch) >= 0:
        return operator.index(epoch)
    raise SettingError(f"report: {epoch!r} is no epoch; epochs are whole numbers from 0: report(epoch, loss=...)")


def _number(name: str, value: Any) -> float:
    try:
        # Text as well: that is what a pattern finds.
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"report: {name} is {value!r:.60}; what is reported must be a number: give a float"
        ) from error
