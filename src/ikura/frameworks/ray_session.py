"""What Ray Tune's functions find while Ikura runs a training function of Ray's."""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import Any

from ikura.errors import SettingError
from ikura.frameworks.saves import Saves
from ikura.workers import Trial, TrialStopped

PLACE = "ray.train._internal.session"
"""The module in which Ray's own functions, from wherever they were imported, look for the session."""


class Session:
    """Stands where Ray's own session would: takes reports and checkpoints, and gives a checkpoint back."""

    experiment_name = "ikura"
    world_rank = None
    """Says that this is no worker of a distributed training."""
    trial_resources = None
    storage = None

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._saves = Saves(trial, "ray")
        self._next = 0
        self._start, self._kept = self._saves.newest()
        self.trial_id = self.run_id = f"{trial.number:05d}"
        self.trial_name = f"trial_{self.trial_id}"

    @property
    def trial_dir(self) -> str:
        """The trial's own folder."""
        return str(self._trial.folder)

    @property
    def loaded_checkpoint(self) -> Any:
        """The checkpoint to go on from; who asks for it is believed to go on from there."""
        if self._kept is None:
            return None
        if not self._trial.reports:
            self._next = self._start
        return importlib.import_module("ray.tune").Checkpoint.from_directory(self._kept)

    def report(self, metrics: Mapping[str, Any], checkpoint: Any = None, **_: Any) -> None:
        """Report one more epoch, and keep its checkpoint. Raises TrialStopped after the last."""
        epoch = self._next
        self._next += 1
        if checkpoint is not None:
            self._saves.save(epoch + 1, checkpoint.to_directory)
        self._trial.report(epoch, **_numbers(metrics))
        if self._trial.should_stop:
            raise TrialStopped

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"Ikura's session of Ray Tune has no {name}")


@contextmanager
def installed(session: Session) -> Iterator[None]:
    """Have Ray's functions find the session; without Ray there are none.

    Raises:
        SettingError: this Ray keeps its session elsewhere.
    """
    try:
        importlib.import_module("ray")
    except ImportError:
        yield
        return
    try:
        place: Any = importlib.import_module(PLACE)
    except ImportError as error:
        raise SettingError(
            f"RayTrainable: this Ray has no {PLACE} ({error}); Ikura takes its reports there: "
            "install 'ray[tune]==2.60.*'"
        ) from error
    before = place._session
    place._session = session
    try:
        yield
    finally:
        place._session = before


def _numbers(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the metrics that are numbers, nested ones as `eval/loss`."""
    found: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            found |= _numbers(value, f"{prefix}{name}/")
        elif not isinstance(value, bool) and (isinstance(value, Real) or hasattr(value, "item")):
            found[f"{prefix}{name}"] = float(value)
    return found
