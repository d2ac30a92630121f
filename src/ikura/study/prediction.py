"""How many epochs a search will train, and for how long, before it begins."""

from dataclasses import dataclass
from typing import Any

from ikura.data import Dataset
from ikura.evaluators import Plan, plan_study, seconds_of, workers
from ikura.schedulers import Scheduler
from ikura.space import Space


@dataclass(frozen=True, slots=True)
class Prediction:
    """A search, and the seconds that it should take on this machine."""

    plan: Plan
    """Of all trials, each for the whole horizon, on all folds."""
    trials: int
    epochs: int
    """The horizon."""
    epochs_trained: int
    """About how many the schedule makes of all trials together."""
    is_bound: bool
    """Whether that, and the seconds with it, is the most that there can be."""
    workers: int
    """Cores of the processor, or accelerators."""
    seconds: float | None
    """Of the whole search, without the finals; None on an accelerator, of which the model of time knows nothing."""
    schedule: str | None
    """What the scheduler does with the trials, in words; see `Scheduler.summary`."""
    folds: int
    """How many times each trial is trained; 1 without cross-validation."""
    timeout: float | None
    """Seconds, after which the search ends."""
    beginning: str | None = None
    """What the search begins with, beside its sampler's own configurations, in words."""

    @property
    def bounded_seconds(self) -> float | None:
        """Of the search as far as its timeout lets it come."""
        return self.seconds if self.seconds is None or self.timeout is None else min(self.seconds, self.timeout)

    def to_json(self) -> dict[str, Any]:
        """Return a document of JSON's own types."""
        budget = {"trials": self.trials, "epochs": self.epochs, "epochs_trained": self.epochs_trained}
        bounds = {"folds": self.folds, "timeout": self.timeout, "seconds": self.bounded_seconds}
        return budget | {"workers": self.workers} | bounds | self.plan.to_json()


def predict(
    dataset: Dataset,
    outputs: int,
    space: Space,
    scheduler: Scheduler,
    *,
    trials: int,
    epochs: int,
    epochs_trained: int,
    folds: int,
    timeout: float | None,
) -> Prediction:
    """Return what a search would train, and for how long; of the built-in network only.

    Args:
        dataset: what the networks learn; in folds, one of them.
        outputs: that they have.
        space: of the search.
        scheduler: of the search.
        trials: how many there are.
        epochs: the horizon.
        epochs_trained: about how many the scheduler makes of all trials together.
        folds: how many times each trial is trained.
        timeout: seconds after which the search ends; None: never.
    """
    share = epochs_trained / (trials * epochs)
    plan = plan_study(dataset, outputs, space, trials=trials, epochs=epochs).repeated(folds * share)
    return Prediction(
        plan=plan,
        trials=trials,
        epochs=epochs,
        epochs_trained=epochs_trained,
        is_bound=scheduler.is_bound,
        workers=workers(plan),
        seconds=seconds_of(plan),
        schedule=scheduler.summary,
        folds=folds,
        timeout=timeout,
    )
