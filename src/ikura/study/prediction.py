"""How long a search will take, before it begins."""

from dataclasses import dataclass

from ikura.data import Dataset, Source, prepare
from ikura.evaluators import default_budget, default_space, plan_study
from ikura.space import Space
from ikura.train import Plan, devices, gigaflops

REFERENCE_GIGAFLOPS = 140.0
"""What `gigaflops` gives on the machine that the plan's seconds were measured on."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A search, and the seconds that it should take on this machine."""

    plan: Plan
    trials: int
    epochs: int
    devices: int
    slowness: float
    """This machine's seconds for one of the reference machine's."""

    @property
    def cold_seconds(self) -> float:
        """With every program to compile. A device that helps with another's program compiles it as well."""
        compiling = 0.0
        for program in self.plan.programs:
            helpers = min(self.devices - 1, int(program.train_seconds / program.compile_seconds))
            compiling += program.compile_seconds * (1 + helpers)
        return self.slowness * (compiling + self.plan.train_seconds) / self.devices

    @property
    def warm_seconds(self) -> float:
        """With every program on disk."""
        return self.slowness * self.plan.train_seconds / self.devices

    @property
    def seconds(self) -> dict[str, float]:
        """Both, in JSON's own types."""
        return {"cold": self.cold_seconds, "warm": self.warm_seconds}


def predict_search(
    data: Source = "digits",
    *,
    space: Space | None = None,
    target: str | int | None = None,
    trials: int | None = None,
    epochs: int | None = None,
) -> Prediction:
    """What `tune` with the same arguments would compile and train, and for how long; the built-in network only.

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
    return Prediction(plan, trials, epochs, len(devices()), REFERENCE_GIGAFLOPS / gigaflops())
