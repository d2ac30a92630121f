"""What the user's own training code learns: nothing is known of it but the metrics that it reports."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ikura.records import JSON, DamagedError, Outcome
from ikura.tasks.problem import Problem
from ikura.tasks.protocol import TestLine


class OwnCode:
    """The task of a study that runs training code of the user's own. Implements Task."""

    name = "code"

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,
    ) -> dict[str, JSON]:
        """Return nothing: see `check_test`."""
        raise NotImplementedError

    def check_test(self, test: JSON) -> None:  # noqa: ARG002
        """Raise DamagedError: nothing is tested."""
        raise DamagedError("its outcome tells of a test that there cannot be")

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """Return nothing: see `check_test`."""
        raise NotImplementedError

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the winner's metrics, all that were reported last."""
        return {"metrics": dict(outcome.best.metrics)}


OWN_CODE = OwnCode()
