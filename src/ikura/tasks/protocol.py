"""What is learned: its metrics, its objective, and what a test says."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from ikura.records import JSON, Outcome
from ikura.tasks.problem import Problem


class TestLine(NamedTuple):
    """A line of what a test said, in words."""

    __test__ = False  # which pytest would take for one of its own

    what: str
    """What was measured."""
    value: str
    details: str
    """How sure that is, and what it is to be compared with."""


class Task(Protocol):
    """A kind of target. Neither JAX nor a network is needed to read what a study of it found."""

    name: str

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,
    ) -> dict[str, JSON]:
        """Return how a network did on examples that it never saw.

        Args:
            outputs: of the network on the test examples [example, output].
            y: the test targets, as `Split` has them.
            problem: what was learned.
            train_y: the training targets, from which the simplest answer there is comes, to compare with.
            weights: how much each test example counts in the loss [example]; None where all count the same.
        """
        ...

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that the task makes of a test."""
        ...

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """Return what the test said, the most important first."""
        ...

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the few facts that stand for the whole outcome, by the names that `--json` prints."""
        ...
