"""What a study asks of an evaluator."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ikura.records import JSON, Config, Job, JobResult, Metric

if TYPE_CHECKING:
    from ikura.model import Ensemble, Model, Predictor
    from ikura.tasks import Said


class Finisher(Protocol):
    """What an evaluator can do that keeps the networks it trains."""

    def refit(self, job: Job, look: Callable[[], None]) -> "Model | None":
        """Train a job's way once more, on the training and dev examples together; None where it diverged.

        `look` is called now and then while it trains; what it raises ends the refit.
        """
        ...

    def test(self, model: "Model", winner: int) -> Mapping[str, JSON] | None:
        """Return what the task says of a network on the test examples; None where there are none.

        Called once, when the choice is made. Beside that, `worst` tells its worst mistakes there, and `parts` what it
        reaches on them in the study's metric, next to what a network of the winning trial's finals reaches on the
        examples that it was trained on and on those of dev; None for parts where there is no such network.
        """
        ...


class Ensembler(Protocol):
    """What an evaluator can do whose networks can predict together."""

    def said_on_dev(self, jobs: Sequence[Job], look: Callable[[], None]) -> "list[Said | None]":
        """Train jobs' ways once more, on the training examples, and return what each network says of the dev examples.

        None for one that diverged; `look` as for `Finisher.refit`.
        """
        ...

    def measure_said(self, said: "Said") -> Mapping[str, float]:
        """Return the metrics of what is said of the dev examples, by one network or several; but the training loss."""
        ...

    def refit_members(self, jobs: Sequence[Job], look: Callable[[], None]) -> "list[Model | None]":
        """Train jobs' ways once more, on the training and dev examples together; None for one that diverged."""
        ...

    def together(self, members: "Sequence[Model]", shares: Sequence[float], said: "Said") -> "Ensemble":
        """Return networks as one that predicts.

        Args:
            members: as `refit_members` returns them.
            shares: how much each counts; together 1.
            said: what networks of the same configurations, trained on the training examples alone, say together of the
                dev examples, which choose the threshold, if one is chosen.
        """
        ...

    def test_together(self, ensemble: "Ensemble") -> Mapping[str, JSON] | None:
        """Return what the task says of them on the test examples, as `Finisher.test` does of one."""
        ...

    def milliseconds(self, predictor: "Predictor") -> float:
        """Return how long 1,000 predictions take here and now, of examples that are preprocessed already."""
        ...


class Evaluator(Protocol):
    """Trains trials. Used by one thread.

    A job's numbers depend on nothing but the study's seed, the job's way and its replicate, the data and the backend:
    not on the jobs beside it, their order, in how many pieces the way was trained, or whether it was killed on the way.
    Errors of Ikura's own are raised where they are noticed, by any method.
    """

    @property
    def metrics(self) -> Sequence[Metric]:
        """What it measures; while trials are trained, others may join those that there were."""
        ...

    @property
    def slots(self) -> int:
        """How many jobs it works on at once: with fewer than these, something stands idle."""
        ...

    @property
    def fixed(self) -> frozenset[str]:
        """The hyperparameters that cannot be changed once training has begun."""
        ...

    @property
    def limits(self) -> Mapping[str, tuple[float | None, float | None]]:
        """For the dimensions of which they are known, the least and the greatest value there can be."""
        ...

    def full(self, config: Config) -> Config:
        """Return a configuration with what is in force where it says nothing, as far as that is known."""
        ...

    @property
    def replicates(self) -> bool:
        """Whether it trains a job again under another seed, by its `replicate`."""
        ...

    @property
    def finisher(self) -> Finisher | None:
        """What makes the network that is handed back; None where it makes none."""
        ...

    @property
    def ensembler(self) -> Ensembler | None:
        """What has several networks predict together; None where they cannot."""
        ...

    def keep(self, folder: Path, study: str, results: Path) -> None:
        """Keep what it needs to go on in this folder, from now on, and use what is there.

        Args:
            folder: made when it is needed; nobody else writes to it.
            study: all that the numbers depend on; what was kept for another one is not used.
            results: the study's folder, for what trials leave to the user; it stays when the study is done.
        """
        ...

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take jobs; it returns at once."""
        ...

    def collect(self, seconds: float) -> list[JobResult]:
        """Return the results that have come, in any order; wait for the first at most so long, and for none forever."""
        ...

    def cancel(self, trials: Collection[int]) -> None:
        """Forget trials: their jobs give no results any more, and nothing is kept of them."""
        ...

    def facts(self) -> Mapping[str, JSON]:
        """Return what an outcome tells of the evaluator: `compile` seconds, `programs`, `short_of_memory`."""
        ...

    def troubles(self) -> list[tuple[str, str]]:
        """Return what the numbers do not depend on, but the user should know: a kind of event, and its message."""
        ...

    def close(self, *, done: bool) -> None:
        """Stop, and keep what jobs under way have come to; if the study is done, remove all that was kept."""
        ...
