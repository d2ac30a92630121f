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

        The same history has the same decisions; with them in it, nothing more is due. A scheduler that judges each
        trial by itself, or waits for all that it compares, decides the same whatever the order in which results come
        in. One that compares those that have come so far does not: it decides by the history as it stands, and never
        takes back what it has decided. What is still paused when nothing is left to train, the study stops.
        """
        ...

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return how many epochs a search with rounds of these sizes trains in all, if no trial is lost.

        Where that follows from what is measured, it is the most that there can be (`is_bound`), or where the order of
        results matters, an estimate.
        """
        ...

    @property
    def is_bound(self) -> bool:
        """Whether `planned_epochs` is the most that there can be, and how many fewer it will be nobody knows before."""
        ...
