"""What a study is made of, put together for `tune`, `resume` and a plan alike."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ikura.errors import SettingError
from ikura.evaluators import Evaluator
from ikura.forks import begin_jax
from ikura.records import Evidence, History, Settings
from ikura.samplers import Sampler, begun_with, round_sizes
from ikura.schedulers import Scheduler, make_scheduler
from ikura.space import Space, united
from ikura.store import Store, open_store
from ikura.study.arguments import OF_DATA, Arguments, check_kind, check_unused
from ikura.study.asking import ask
from ikura.study.beginning import EarlierStudy, beginning_of
from ikura.study.calling import call_again
from ikura.study.code_subject import Train, code_subject, is_code
from ikura.study.events import StudyEvent, Watcher
from ikura.study.result import Result
from ikura.study.run import run
from ikura.study.settings import budget_of, settings_of
from ikura.study.study import Study
from ikura.study.subject import Subject
from ikura.study.tracking import Tracking, make_tracking

if TYPE_CHECKING:
    from ikura.data import Source
    from ikura.study.prediction import Prediction


@dataclass(frozen=True)
class Surroundings:
    """Where a study is kept, and who is told of it."""

    store: str | Path | None
    tracking: Tracking | None
    watch: Watcher

    @classmethod
    def checked(cls, store: str | Path | None, track: str | None, watch: Watcher | None) -> "Surroundings":
        """Return what was asked for; raise SettingError for what no study can be told to or kept in."""
        check_kind("store", store, str, Path)
        check_kind("track", track, str)
        if watch is not None and not callable(watch):
            raise SettingError(f"watch: {watch!r} cannot be called; it must be a function of what happens: give one")
        return cls(store, None if track is None else make_tracking(track), watch or _ignore)

    def open(self, *, must_exist: bool = False) -> Store:
        """Open the store."""
        return open_store(None if self.store is None else str(self.store), must_exist=must_exist)


def _ignore(_: StudyEvent) -> None:
    """Watch nothing."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """What a study is made of, wherever it is kept."""

    subject: Subject
    space: Space
    sampler: Sampler
    scheduler: Scheduler
    evaluator: Evaluator

    def prediction(self, settings: Settings, timeout: float | None) -> "Prediction | None":
        """Return how long the search takes; None where nobody can know."""
        epochs = self._planned_epochs(settings)
        return self.subject.prediction(self.space, self.scheduler, settings, epochs, timeout)

    def run(
        self, store: Store, name: str, settings: Settings, surroundings: Surroundings, timeout: float | None
    ) -> Result:
        """Go on with a stored study to its end; its search ends after so many seconds."""
        study = Study(
            store,
            name,
            settings,
            self.space,
            self.sampler,
            self.scheduler,
            self.evaluator,
            surroundings.watch,
            surroundings.tracking,
            call_again(name, settings, surroundings.store),
            timeout,
        )
        return run(study, self.prediction(settings, timeout), self._planned_epochs(settings))

    def _planned_epochs(self, settings: Settings) -> int:
        return self.scheduler.planned_epochs(round_sizes(self.sampler, settings.trials))


@contextmanager
def assemble(
    asked: Arguments | Settings,
    epochs: int,
    schedule: str,
    subject: Subject,
    space: Space,
    sampler: Sampler,
    earlier: Sequence[Space] = (),
) -> Iterator[Assembly]:
    """Give what a study is made of; where it cannot run, its evaluator is closed.

    Args:
        asked: what was asked of the seed and the schedule's settings, now or when the study began.
        epochs: the horizon.
        schedule: its name.
        subject: what is tuned.
        space: that is searched.
        sampler: that searches it.
        earlier: spaces that the study has searched before, and whose trials may still be trained.
    """
    evaluator = subject.evaluator(united([*earlier, space]), seed=asked.seed, epochs=epochs)
    try:
        scheduler = make_scheduler(
            schedule,
            horizon=epochs,
            reduction=asked.reduction,
            min_epochs=asked.min_epochs,
            space=space,
            fixed=evaluator.fixed,
        )
        yield Assembly(subject, space, sampler, scheduler, evaluator)
    except BaseException:
        # A study that runs closes it itself, which may be done twice.
        evaluator.close(done=False)
        raise


@contextmanager
def assemble_new(
    data: "Source | Train", arguments: Arguments, earlier: "Sequence[EarlierStudy | Evidence]" = ()
) -> Iterator[tuple[Assembly, Settings]]:
    """Give what a study that begins is made of, and its settings.

    Args:
        data: what it is about.
        arguments: of it.
        earlier: the studies that it learns from.

    Raises:
        IkuraError: one line about a mistake in an argument, the data or the space.
    """
    subject = _subject(data, arguments)
    space = subject.space if arguments.space is None else arguments.space
    budget = budget_of(arguments, subject)
    sampler = arguments.make_sampler()
    with assemble(arguments, budget.epochs, budget.schedule, subject, space, sampler) as assembly:
        beginning = beginning_of(arguments, earlier, space, budget.trials, assembly.evaluator)
        assembly = replace(assembly, sampler=begun_with(assembly.sampler, beginning.start, beginning.prior))
        settings = settings_of(arguments, subject, assembly.evaluator, budget, assembly.scheduler, beginning)
        # A sampler that cannot serve this space or budget says so here, before anything is stored.
        ask(assembly.sampler, space, History.of(settings), budget.trials, arguments.seed)
        yield assembly, settings


def _subject(data: "Source | Train", arguments: Arguments) -> Subject:
    """Return what is tuned: training code, or a network on data.

    Raises:
        SettingError: an argument is for the other of the two.
    """
    if is_code(data):
        for name in OF_DATA:
            if (given := arguments.roles.given.get(name, getattr(arguments, name, None))) not in (None, False):
                raise SettingError(
                    f"{name}: {given!r} is given; it is for networks that Ikura trains on data, and your own training "
                    "code has its own: leave it out"
                )
        return code_subject(data, arguments.running, has_space=arguments.space is not None)
    if isinstance(data, str) and data.endswith(".py"):
        raise SettingError(f"{data}: a file of Python is given; training code is one function of it: {data}:FUNCTION")
    check_unused(arguments.running)
    begin_jax()
    from ikura.study.data_subject import data_subject  # it imports JAX, which training code does without

    return data_subject(cast("Source", data), arguments)
