"""What the study asks of an evaluator."""

from collections.abc import Generator, Sequence
from typing import Protocol, TypeAlias

from ikura.records import Trial, TrialResult

Results: TypeAlias = Generator[list[TrialResult], None, None]


class Evaluator(Protocol):
    """Turns configurations and a budget into metrics."""

    def evaluate(self, trials: Sequence[Trial]) -> Results:
        """Trains every trial for the whole budget and yields results as they come, in any order.

        Empty lists may come in between, as signs of life. A result depends on the trial's number and configuration,
        not on other trials. Closing the generator stops.
        """
        ...
