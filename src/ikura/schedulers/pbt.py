"""Population-based training (Jaderberg et al., 2017): networks are copied, and hyperparameters changed, on the way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ikura.errors import SettingError
from ikura.records import CopyFrom, Decision, GoOn, History, Source, TrialState
from ikura.schedulers.checks import checked_looks
from ikura.schedulers.cohorts import Cohort, gathered
from ikura.schedulers.explore import explore
from ikura.space import Space
from ikura.wording import every, listing

STREAM = 5
"""Of random numbers, beside those of the samplers."""

SHARE = 5
"""One in so many members copies, from one of as many of the best."""


@dataclass(frozen=True)
class PopulationBased:
    """Trains the trials of a round as one population: every few epochs the worst fifth copies from the best fifth.

    Whoever copies takes over the other's network and its configuration, in which each value that can change under
    training is then changed a little (see `explore`). A member that is lost stays lost. Implements Scheduler.

    Args:
        horizon: epochs of every trial.
        space: the search space; the names that its conditions ask for are never changed, since other dimensions exist
            or not by them.
        fixed: the hyperparameters that cannot be changed once training has begun.
        min_epochs: epochs between two copies; by default a tenth of the horizon.

    Raises:
        SettingError: a value is out of range, or the space has nothing that can be changed.
    """

    horizon: int
    space: Space
    fixed: Collection[str]
    min_epochs: int | None = None
    free: frozenset[str] = field(init=False)
    """The hyperparameters that are changed under training."""
    epochs: tuple[int, ...] = field(init=False)
    """Up to which the population is trained together, one after the other; the horizon is the last."""

    def __post_init__(self) -> None:
        epochs = checked_looks(self.min_epochs, self.horizon, "copies are made")
        parents = {other for _, dimension in self.space.items for other in dimension.when or ()}
        free = frozenset(self.space.names) - frozenset(self.fixed) - parents
        if not free:
            raise SettingError(
                f"schedule: population-based training changes hyperparameters under training, and of this space "
                f"{listing(self.space.names, 'and')} cannot be changed; it needs at least one that can, such as the "
                "learning rate: add it to the space, or use another schedule"
            )
        object.__setattr__(self, "min_epochs", epochs[0])
        object.__setattr__(self, "free", free)
        object.__setattr__(self, "epochs", epochs)

    is_bound = False

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        assert self.min_epochs is not None
        return {"min_epochs": self.min_epochs}

    @property
    def summary(self) -> str:
        """See `Scheduler.summary`."""
        return f"by population-based training, copies {every(self.epochs[0], 'epoch')}"

    def decide(self, history: History, seed: int) -> list[Decision]:
        """Return that those that wait begin, and for each population that stands together, who copies from whom."""
        decisions: list[Decision] = [GoOn(number, self.epochs[0]) for number in history.numbers(TrialState.WAITING)]
        for cohort in gathered(history):
            until = next(epoch for epoch in self.epochs if epoch > cohort.epoch)
            count = max(1, len(cohort.members) // SHARE) if len(cohort.members) > 1 else 0
            best, stay = cohort.members[:count], len(cohort.members) - count
            decisions += [GoOn(number, until) for number in cohort.members[:stay]]
            decisions += [self._copy(history, cohort, number, best, until, seed) for number in cohort.members[stay:]]
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return the horizon times the trials."""
        return sum(rounds) * self.horizon

    def _copy(
        self, history: History, cohort: Cohort, number: int, best: Sequence[int], until: int, seed: int
    ) -> CopyFrom:
        # Each copy draws for itself, so that a history that is looked at again decides the same.
        rng = np.random.default_rng([seed, STREAM, *cohort.group, cohort.epoch, number])
        source = best[int(rng.integers(len(best)))]
        config = explore(self.space, self.free, history.config(source), rng)
        return CopyFrom(number, Source(source, cohort.epoch), config, until)
