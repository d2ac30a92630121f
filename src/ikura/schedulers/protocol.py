"""What every scheduler does."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ikura.records import Decision, History


class Scheduler(Protocol):
    """Decides which trials are trained on, and how far. All choices follow from the history and the seed."""

    @property
    def settings(self) -> Mapping[str, int]:
        """What it was made with, defaults filled in: `reduction` and `min_epochs`, if it has them."""
        ...

    @property
    def summary(self) -> str | None:
        """What it does with a number of trials, as "by ..."; None where there is nothing to say."""
        ...

    def decide(self, history: History, seed: int) -> Sequence[Decision]:
        """Return the decisions that are due: about trials that wait or are paused, each at most once.

        The same history has the same decisions; with them in it, nothing more is due. Whatever the order in which
        results come in, a scheduler that waits for all of a rung decides the same.
        """
        ...

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return how many epochs a search with rounds of these sizes trains in all, if no trial is lost."""
        ...
