"""What is learned: its metrics, its objective, and what a test says."""

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from ikura.data import Split
from ikura.records import JSON, Metric, Objective, Outcome, Value


class Task(Protocol):
    """A kind of target. Neither JAX nor a network is needed to read what a study of it found."""

    name: str
    metrics: tuple[Metric, ...]
    """What is measured at every epoch, in the order of the programs that measure it."""
    objective: Objective

    def judge(self, predictions: NDArray[Any], split: Split, classes: tuple[Value, ...]) -> dict[str, JSON]:
        """Return how a network did on examples that it never saw, as an outcome's `test` keeps it.

        Args:
            predictions: what the network says of each example [example, output].
            split: the test part.
            classes: the labels.
        """
        ...

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        ...

    def test_line(self, test: Mapping[str, JSON]) -> tuple[str, str, str]:
        """Return what the test said in words: what it measured, the value, and how sure that is."""
        ...

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the few facts that stand for the whole outcome, by the names that `--json` prints."""
        ...
