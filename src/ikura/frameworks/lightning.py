"""A trial's training in Lightning: `Trainer(callbacks=[Reporting(trial)])`."""

# ruff: noqa: ARG002 (what a callback is given, the framework says)

import random
import re
from typing import Any

import numpy as np

from ikura.errors import SettingError
from ikura.frameworks.param_groups import Configured, configure, configured
from ikura.workers import Trial, TrialStopped

try:
    import torch

    try:
        from lightning.pytorch import Callback, LightningModule, Trainer
    except ModuleNotFoundError:  # the same, under its earlier name
        from pytorch_lightning import Callback, LightningModule, Trainer
except ModuleNotFoundError as error:
    raise SettingError(f"ikura.frameworks.lightning: {error.name} is not installed: pip install lightning") from error


class Reporting(Callback):  # pyright: ignore[reportGeneralTypeIssues]: it is one of two
    """Report each epoch that was validated, stop when asked, keep the state that training goes on from.

    The metrics are what the module has logged; what is no letter, digit or underscore in a name becomes an underscore:
    `val/loss` arrives as `val_loss`. Where there is no validation, each epoch is reported.

    Each epoch has random numbers of its own (Python's, NumPy's and PyTorch's), made of the trial's seed and the epoch:
    training that goes on draws what it would have drawn without a break. After a kill, `ReduceLROnPlateau` misses an
    epoch: Lightning steps it after the checkpoint.

    Args:
        trial: that is trained.
        save: a checkpoint in the trial's folder after each epoch. Without, a trial that is to go on is trained again
            from its first epoch.
    """

    def __init__(self, trial: Trial, *, save: bool = True) -> None:
        self._trial = trial
        self._save = save
        self._place = trial.folder / "lightning.ckpt"
        self._validated = False
        self._stopped: TrialStopped | None = None
        self._trained = 0
        self._begin = 0
        self._configured: Configured = []
        self._configured_before: Configured = []
        """Where training goes on from a checkpoint: what the optimizers had been made with that it holds."""

    @property
    def checkpoint(self) -> str | None:
        """What training goes on from, for `trainer.fit(..., ckpt_path=...)`; nothing at first."""
        return str(self._place) if self._save and self._place.exists() else None

    def state_dict(self) -> dict[str, Any]:
        """Return after how many epochs a checkpoint is saved, and what its optimizers were made with."""
        return {"epochs": self._trained, "configured": self._configured}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over where training goes on."""
        self._begin, self._configured_before = state_dict["epochs"], state_dict["configured"]

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note what the optimizers were made with, and seed the first epoch: Lightning draws the order of data next."""
        self._configured = configured(trainer.optimizers)
        self._seed(self._begin)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Have a copy, which has taken over another trial's optimizers, trained with its own configuration."""
        if self._configured_before:
            schedulers = [each.scheduler for each in trainer.lr_scheduler_configs]
            configure(trainer.optimizers, schedulers, self._configured_before, self._configured)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Seed the epoch, as far as that is not done."""
        self._validated = False
        if trainer.current_epoch != self._begin:
            self._seed(trainer.current_epoch)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note that there is something to report."""
        self._validated = True

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Report the epoch, and stop when the trial says so or keep the state."""
        epoch = trainer.current_epoch
        self._trained = epoch + 1
        if self._validated or not trainer.enable_validation:
            metrics = {re.sub(r"\W", "_", name): float(value) for name, value in trainer.callback_metrics.items()}
            try:
                self._trial.record(epoch, metrics)
            except TrialStopped as stopped:
                self._stopped = stopped
        if self._stopped or self._trial.should_stop:
            trainer.should_stop = True
        elif self._save:
            self._keep(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the state, and let pass that the trial was stopped."""
        if self._save and self._trained:
            self._keep(trainer)
        if self._stopped:
            raise self._stopped

    def _keep(self, trainer: Trainer) -> None:
        unfinished = self._place.with_suffix(".unfinished")
        trainer.save_checkpoint(unfinished)
        unfinished.replace(self._place)

    def _seed(self, epoch: int) -> None:
        seed = self._trial.seed + epoch
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
