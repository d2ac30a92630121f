"""How long a search will take, before it begins."""

from dataclasses import dataclass
from typing import Any

from ikura.data import Dataset, Source, prepare
from ikura.evaluators import default_budget, default_space, plan_study
from ikura.space import Space
from ikura.train import Plan, cores, devices, slowness


@dataclass(frozen=True, slots=True)
class Prediction:
    """A search, and the seconds that it should take on this machine."""

    plan: Plan
    trials: int
    epochs: int
    workers: int
    """Cores of the processor, or accelerators."""
    seconds: float | None
    """Of the search, without the finals; None on an accelerator, of which the model of time knows nothing."""

    def to_json(self) -> dict[str, Any]:
        """As JSON's own types."""
        budget = {"trials": self.trials, "epochs": self.epochs, "workers": self.workers}
        return budget | {"seconds": self.seconds} | self.plan.to_json()


def predict_search(
    data: Source = "digits",
    *,
    space: Space | None = None,
    target: str | int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
) -> Prediction:
    """What `tune` with the same arguments would train, and for how long; the built-in network only.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space.
    """
    dataset = prepare(data, target=target)
    return predict(dataset, default_space(len(dataset.train.y)) if space is None else space, trials, epochs)


def predict(dataset: Dataset, space: Space, trials: int | None, epochs: int | None) -> Prediction:
    """The same for data that is prepared."""
    usual_trials, usual_epochs = default_budget(len(dataset.train.y))
    trials, epochs = trials or usual_trials, epochs or usual_epochs
    plan = plan_study(dataset, space, trials=trials, epochs=epochs)
    if plan.engine == "xla":
        return Prediction(plan, trials, epochs, len(devices()), None)
    return Prediction(plan, trials, epochs, cores(), slowness() * plan.train_seconds / cores())
