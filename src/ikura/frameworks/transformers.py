"""A trial's training in Transformers: `Trainer(callbacks=[Reporting(trial)])`."""

# ruff: noqa: ARG002 (what a callback is given, the framework says)

import json
import math
from pathlib import Path
from typing import Any

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.frameworks.param_groups import configure
from ikura.workers import Trial, TrialStopped

try:
    from transformers import IntervalStrategy, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
except ModuleNotFoundError as error:
    raise SettingError(
        f"ikura.frameworks.transformers: {error.name} is not installed: pip install 'transformers[torch]'"
    ) from error

_MADE_WITH = "made_with.json"
"""In a checkpoint: the learning rate and the weight decay that its optimizer was made with."""

_ABOUT_TIME = ("_runtime", "_per_second", "_time")
"""Ends of the names of what a `Trainer` measures besides the model."""


class Reporting(TrainerCallback):
    """Report each epoch's evaluation, stop when asked, keep the state that training goes on from.

    The metrics have the names that the `Trainer` gives them, as `eval_loss`; what they say of time is left out. Of
    several evaluation sets the first counts.

    Args:
        trial: that is trained.
        save: a checkpoint after each epoch, where `TrainingArguments(output_dir=trial.folder)` wants it. Without, a
            trial that is to go on is trained again from its first epoch.
    """

    def __init__(self, trial: Trial, *, save: bool = True) -> None:
        self._trial = trial
        self._save = save
        self._over = False
        self._stopped: TrialStopped | None = None

    @property
    def checkpoint(self) -> str | None:
        """What training goes on from, for `trainer.train(resume_from_checkpoint=...)`; nothing at first."""
        found = self._trial.folder.glob("checkpoint-*") if self._save else ()
        whole = (folder for folder in found if _epochs(folder))
        return str(max(whole, key=_epochs, default="")) or None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Check that there will be something to report, and checkpoints where they are looked for.

        A copy, which has taken over the state of another trial's optimizer, is trained with its own learning rate and
        weight decay, as `TrainingArguments` have them.

        Raises:
            SettingError: it is not so.
        """
        strategy = IntervalStrategy(args.eval_strategy)
        if strategy is not IntervalStrategy.EPOCH:
            raise SettingError(
                f"TrainingArguments: eval_strategy is {strategy.value!r}; a trial reports each epoch: "
                "give eval_strategy='epoch'"
            )
        if self._save and Path(str(args.output_dir)).absolute() != self._trial.folder.absolute():
            raise SettingError(
                f"TrainingArguments: output_dir is {str(args.output_dir)!r}; checkpoints belong in the trial's folder: "
                "give output_dir=trial.folder, or Reporting(trial, save=False)"
            )
        if state.global_step and (checkpoint := self.checkpoint) is not None:
            self._configure(json.loads((Path(checkpoint) / _MADE_WITH).read_text()), args, **kwargs)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Note that the next evaluation is the epoch's."""
        self._over = True

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Report the epoch, have its state saved, and stop when the trial says so."""
        if not self._over:
            return
        self._over = False
        found = {
            name: float(value)
            for name, value in (metrics or {}).items()
            if name != "epoch" and not name.endswith(_ABOUT_TIME) and isinstance(value, int | float)
        }
        try:
            self._trial.record(math.ceil(state.epoch or 0) - 1, found)
        except TrialStopped as stopped:
            if not self._save:
                raise
            self._stopped = stopped
        control.should_save = control.should_save or self._save
        control.should_training_stop = control.should_training_stop or self._trial.should_stop

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Keep what the optimizer was made with, and let pass that the trial was stopped, once its state is saved."""
        for checkpoint in self._trial.folder.glob(f"checkpoint-{state.global_step}"):
            write_whole(checkpoint / _MADE_WITH, json.dumps([args.learning_rate, args.weight_decay]))
        if self._stopped:
            raise self._stopped

    @staticmethod
    def _configure(
        made_with: list[float], args: TrainingArguments, *, optimizer: Any, lr_scheduler: Any, **_: Any
    ) -> None:
        rate, decay = made_with
        before, now = [], []
        for place, group in enumerate(optimizer.param_groups):
            own = {name: value for name, value in group.items() if name != "params"}
            initial = own.get("initial_lr", own["lr"])
            # A Trainer has two groups, of which the second, biases and the like, has none.
            decays = own["weight_decay"] == decay and (decay or place < len(optimizer.param_groups) - 1)
            before.append(own | {"initial_lr": initial})
            changed = {"initial_lr": initial * (args.learning_rate / rate) if rate else initial}
            now.append(own | changed | ({"weight_decay": args.weight_decay} if decays else {}))
        configure([optimizer], [getattr(lr_scheduler, "scheduler", lr_scheduler)], [before], [now])


def _epochs(checkpoint: Path) -> float:
    """Return how far a checkpoint was trained, and zero where it is not whole: its last files are read."""
    try:
        if not (checkpoint / _MADE_WITH).exists():
            return 0.0
        return json.loads((checkpoint / "trainer_state.json").read_text())["epoch"]
    except (OSError, ValueError):
        return 0.0
