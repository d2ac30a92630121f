"""A trial's training in Keras 3, on any of its backends: `model.fit(..., callbacks=[Reporting(trial)])`."""

# ruff: noqa: ARG002 (what a callback is given, the framework says)

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.frameworks.param_groups import scaled
from ikura.workers import Trial

try:
    import keras
except ModuleNotFoundError as error:
    raise SettingError(
        f"ikura.frameworks.keras: {error.name} is not installed, which Keras needs (its backend is what KERAS_BACKEND "
        f"says): pip install {error.name}"
    ) from error

_STATE = "keras-{}.weights.h5"
"""By how many epochs it was trained. It holds the optimizer as well."""


class Reporting(keras.callbacks.Callback):
    """Report each epoch under the names that Keras gives the metrics, stop when asked, go on where training was left.

    Each epoch has random numbers of its own (`keras.utils.set_random_seed` and the layers' generators), made of the
    trial's seed and the epoch: training that goes on draws what it would have drawn without a break. What other
    callbacks remember is not kept.

    Args:
        trial: that is trained.
        save: the weights and the optimizer in the trial's folder after each epoch. Without, a trial that is to go on is
            trained again from its first epoch.
    """

    def __init__(self, trial: Trial, *, save: bool = True) -> None:
        super().__init__()
        self._trial = trial
        self._save = save
        self._made_with: float | None = None
        """The learning rate that the optimizer was made with; None where a schedule makes it of the step."""

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Load the saved state, and have `fit` begin after its epochs."""
        self._made_with = self._rate
        states = self._states()
        if states:
            self._load(states[max(states)])
            # As Keras's own BackupAndRestore does it.
            self._network._initial_epoch = max(states)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Seed what is drawn in the epoch."""
        keras.utils.set_random_seed(self._trial.seed + epoch)
        draw = np.random.default_rng([self._trial.seed, epoch])
        for variable in self._network.non_trainable_variables:
            if variable.name == "seed_generator_state":
                variable.assign(draw.integers(2**31, size=2))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Report the epoch, keep its state, and stop when the trial says so."""
        metrics = {name: float(value) for name, value in (logs or {}).items() if np.ndim(value) == 0}
        try:
            self._trial.record(epoch, metrics)
        finally:
            if self._save and epoch in self._trial.reports:
                self._keep(epoch + 1)
        if self._trial.should_stop:
            self._network.stop_training = True

    @property
    def _network(self) -> Any:
        return self.model  # which Keras declares as None

    @property
    def _rate(self) -> float | None:
        optimizer = self._network.optimizer
        rate = getattr(optimizer, "_learning_rate", None)
        return float(optimizer.learning_rate) if isinstance(rate, keras.Variable) else None

    def _load(self, state: Path) -> None:
        """Load a state; a copy, whose state is another trial's, keeps the learning rate of its own configuration."""
        self._network.load_weights(state)
        before, now = json.loads(_about(state).read_text()), self._made_with
        if before is not None and now is not None and before != now:
            optimizer = self._network.optimizer
            optimizer.learning_rate = scaled(float(optimizer.learning_rate), before, now)

    def _states(self) -> dict[int, Path]:
        found = self._trial.folder.glob(_STATE.format("[0-9]*")) if self._save else ()
        return {int(path.name.removeprefix("keras-").split(".")[0]): path for path in found}

    def _keep(self, epochs: int) -> None:
        unfinished = self._trial.folder / "unfinished.weights.h5"
        self._network.save_weights(unfinished)
        older, state = self._states(), self._trial.folder / _STATE.format(epochs)
        write_whole(_about(state), json.dumps(self._made_with))
        unfinished.replace(state)
        for number, path in older.items():
            if number != epochs:
                path.unlink()
                _about(path).unlink()


def _about(state: Path) -> Path:
    """Return the file with the learning rate that the optimizer of a state was made with."""
    return state.with_suffix(".json")
