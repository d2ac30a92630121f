"""What the study asks of an evaluator."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ikura.records import Trial, TrialResult


class Evaluator(Protocol):
    """Turns configurations and a budget into metrics."""

    def evaluate(self, trials: Sequence[Trial]) -> Iterator[list[TrialResult]]:
        """Trains every trial for the whole budget and yields results as they come, in any order.

        Empty lists may come in between, as signs of life. A result depends on the trial's number and configuration,
        not on other trials. Closing the iterator stops.
        """
        ...
