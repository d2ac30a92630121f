"""A study with all that it needs to go on."""

from dataclasses import dataclass, field

from ikura.evaluators import Evaluator
from ikura.records import Settings
from ikura.samplers import Sampler
from ikura.schedulers import Scheduler
from ikura.space import Space
from ikura.store import Store
from ikura.study.control import Control
from ikura.study.events import StudyEvent, Watcher
from ikura.study.tracking import Tracking


@dataclass(frozen=True, eq=False)
class Study:
    """What the phases work with."""

    store: Store
    name: str
    settings: Settings
    space: Space
    sampler: Sampler
    scheduler: Scheduler
    evaluator: Evaluator
    watch: Watcher
    tracking: Tracking | None
    again: str
    """The call that goes on with it."""
    timeout: float | None = None
    """Seconds for the search of this run; None where it takes as long as it takes."""
    control: Control = field(init=False)
    """Looks for commands that are sent from now on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", Control(self.store, self.name))

    def tell(self, event: StudyEvent) -> None:
        """Tell whoever watches, and where the study is tracked."""
        self.watch(event)
        if self.tracking is not None:
            self.tracking(event)
