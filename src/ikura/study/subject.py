"""What a study tunes: a network on data, or training code of the user's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ikura.evaluators import Evaluator
from ikura.records import Metric, Settings
from ikura.schedulers import Scheduler
from ikura.space import Space

if TYPE_CHECKING:
    from ikura.study.prediction import Prediction


class Subject(Protocol):
    """What is tuned, checked; whatever of a study follows from it alone."""

    @property
    def space(self) -> Space:
        """The search space of a study whose user gives none.

        Raises:
            SettingError: there can be none.
        """
        ...

    @property
    def on_request(self) -> tuple[Metric, ...]:
        """What is measured where a constraint asks for it, beside what always is."""
        ...

    @property
    def budget(self) -> tuple[int, int]:
        """Trials and epochs of a study whose user says nothing of them."""
        ...

    def schedule(self, epochs: int, rounds: Sequence[int], /) -> str:
        """Return the schedule of a study whose user asks for none, of its horizon and the trials of its rounds."""
        ...

    def evaluator(self, space: Space, *, seed: int, epochs: int) -> Evaluator:
        """Return what evaluates configurations of a space.

        Raises:
            SpaceError: the space cannot be searched.
            SettingError: the user's own part of it cannot be used.
        """
        ...

    def settings(self) -> dict[str, Any]:
        """Return the fields of a study's settings that tell of it."""
        ...

    def prediction(
        self, space: Space, scheduler: Scheduler, settings: Settings, epochs: int, timeout: float | None, /
    ) -> "Prediction | None":
        """Return how long a search of so many epochs takes; None where nobody can know."""
        ...
