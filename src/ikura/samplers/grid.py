"""Grid search: every combination of evenly spaced values."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from ikura.errors import SettingError
from ikura.records import History, Proposal
from ikura.samplers.lattice import Places, points, size
from ikura.samplers.untried import untried
from ikura.space import Choice, Float, Int, Space


@dataclass(frozen=True)
class GridSampler:
    """Tries every combination of all options of the choices and `points` values of each range, in one round.

    The values are evenly spaced on the dimension's scale, the bounds included; an integer range with fewer values gives
    all of them. Without `points`, the finest grid that fits the budget is taken. Raises SettingError where the grid is
    larger than the budget.
    """

    points: int | None = None
    beside: int = 0
    """How many trials of the budget are none of the grid's: those that the study began with."""

    def __post_init__(self) -> None:
        if self.points is not None and self.points < 2:
            raise SettingError(f"points is {self.points}; a grid needs at least 2 points per range: raise it")

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal:  # noqa: ARG002
        """Propose what the history does not have of the grid. The seed does not matter."""
        budget = len(history.trials) + limit - self.beside
        places = _places(space, self.points or _finest(space, budget))
        trials = size(space, places)
        if trials > budget:
            grid = f"the {self.points}-point" if self.points else "even the coarsest"
            raise SettingError(
                f"{grid} grid of this space has {trials} configurations, the budget is {budget} trials; "
                f"a grid must fit its budget: raise the trials to {trials}, take dimensions out of the space, "
                "or use another sampler"
            )
        tried = [trial.config for trial in history.trials]
        return Proposal(untried(space.decode(points(space, places)), space, tried)[:limit])


def _finest(space: Space, budget: int) -> int:
    """Find the most points per range, at least 2, with which the grid fits the budget."""
    candidates = range(3, max(budget, 2) + 1)
    return 2 + bisect_right(candidates, budget, key=lambda points: size(space, _places(space, points)))


def _places(space: Space, points: int) -> Places:
    places = {}
    for name, dimension in space.items:
        match dimension:
            case Float():
                places[name] = np.linspace(0.0, 1.0, points)
            case Int():
                places[name] = np.unique(dimension.to_unit(dimension.from_unit(np.linspace(0.0, 1.0, points))))
            case Choice():
                places[name] = dimension.to_unit(dimension.options)
    return places
