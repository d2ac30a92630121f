"""How many epochs a search will train, and for how long, before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ikura.data import Dataset, Source, prepare
from ikura.errors import SettingError
from ikura.evaluators import FIXED_DIALS, Plan, default_budget, default_space, plan_study, seconds_of, workers
from ikura.samplers import Sampler, make_sampler, round_sizes
from ikura.schedulers import Scheduler, make_scheduler
from ikura.space import Space
from ikura.study.code_subject import is_code
from ikura.tasks import make_problem


@dataclass(frozen=True, slots=True)
class Prediction:
    """A search, and the seconds that it should take on this machine."""

    plan: Plan
    """Of all trials, each for the whole horizon."""
    trials: int
    epochs: int
    """The horizon."""
    epochs_trained: int
    """About how many the schedule makes of all trials together."""
    workers: int
    """Cores of the processor, or accelerators."""
    seconds: float | None
    """Of the search, without the finals; None on an accelerator, of which the model of time knows nothing."""
    schedule: str | None
    """What the scheduler does with the trials, in words; see `Scheduler.summary`."""

    def to_json(self) -> dict[str, Any]:
        """Return a document of JSON's own types."""
        budget = {"trials": self.trials, "epochs": self.epochs, "epochs_trained": self.epochs_trained}
        return budget | {"workers": self.workers, "seconds": self.seconds} | self.plan.to_json()


def predict_search(
    data: Source = "digits",
    *,
    space: Space | None = None,
    target: "str | int | Sequence[str | int] | None" = None,
    task: str | None = None,
    loss: str | None = None,
    sampler: str = "coarse-to-fine",
    rounds: int | None = None,
    schedule: str = "full",
    reduction: int | None = None,
    min_epochs: int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
) -> Prediction:
    """Return what `tune` with the same arguments would train, and for how long; the built-in network only.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space.
    """
    if is_code(data):
        raise SettingError(
            f"plan: {data} is training code, and how long it takes nobody knows; a plan is of data: `ikura tune` says "
            "how many epochs it plans"
        )
    dataset = prepare(data, target=target, task=task)
    outputs = make_problem(dataset.targets, loss=loss).outputs
    examples = len(dataset.train.y)
    if space is None:
        space = default_space(examples, dataset.targets)
    usual_trials, usual_epochs = default_budget(examples)
    trials, epochs = trials or usual_trials, epochs or usual_epochs
    scheduler = make_scheduler(
        schedule, horizon=epochs, reduction=reduction, min_epochs=min_epochs, space=space, fixed=FIXED_DIALS
    )
    planned = planned_epochs(make_sampler(sampler, rounds), scheduler, trials)
    return predict(dataset, outputs, space, scheduler, trials=trials, epochs=epochs, epochs_trained=planned)


def predict(
    dataset: Dataset,
    outputs: int,
    space: Space,
    scheduler: Scheduler,
    *,
    trials: int,
    epochs: int,
    epochs_trained: int,
) -> Prediction:
    """Return the same for data that is prepared, networks of so many outputs, and known epochs of the scheduler."""
    plan = plan_study(dataset, outputs, space, trials=trials, epochs=epochs)
    seconds = seconds_of(plan)
    share = epochs_trained / (trials * epochs)
    foreseen = None if seconds is None else share * seconds
    return Prediction(plan, trials, epochs, epochs_trained, workers(plan), foreseen, scheduler.summary)


def planned_epochs(sampler: Sampler, scheduler: Scheduler, trials: int) -> int:
    """Return about how many epochs a search trains, of all trials together."""
    return scheduler.planned_epochs(round_sizes(sampler, trials))
