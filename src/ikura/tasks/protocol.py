"""What is learned: its metrics, its objective, and what a test says."""

from collections.abc import Mapping
from typing import Protocol

from ikura.records import JSON, Outcome


class Task(Protocol):
    """A kind of target. Neither JAX nor a network is needed to read what a study of it found."""

    name: str

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that the task makes of a test."""
        ...

    def test_line(self, test: Mapping[str, JSON]) -> tuple[str, str, str]:
        """Return what the test said in words: what it measured, the value, and how sure that is."""
        ...

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the few facts that stand for the whole outcome, by the names that `--json` prints."""
        ...
