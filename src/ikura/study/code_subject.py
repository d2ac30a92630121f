"""Training code of the user's own: a Python function, or any program."""

import platform
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeGuard

import cloudpickle

from ikura.errors import SettingError
from ikura.evaluators import Evaluator, make_objective, processor
from ikura.frameworks import OptunaObjective, ask_for_space
from ikura.records import Code, CodeKind, Metric, Objective, Origin, Settings, goal_of
from ikura.space import Space
from ikura.study.arguments import Running
from ikura.study.objectives import Second, unnamed
from ikura.tasks import OWN_CODE
from ikura.workers import Imported, Program, Trial, usual_workers

TRIALS, EPOCHS = 64, 1
"""Of a study whose user says nothing of them: a function that returns a number is of one epoch."""

LOSS = "loss"

VALUES = ("values_0", "values_1")
"""What the values of an objective of Optuna's that returns two are called, as in its own tables."""

Train = Callable[[Trial], Any]
"""Training code as a function: it reports metrics to the trial, or returns them."""

_IMPORTED = re.compile(r"([^:]+\.py|[^\W\d]\w*(\.[^\W\d]\w*)*):[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, eq=False)
class CodeSubject:
    """A training function or a program. Implements Subject."""

    train: Train
    code: Code
    objective: Objective
    """Without constraints."""
    constrained: tuple[Metric, ...]
    """What there are constraints of."""

    @property
    def space(self) -> Space:
        """See `Subject.space`: that of code which knows it itself."""
        train: Any = self.train
        if hasattr(train, "space"):
            return ask_for_space(train)
        raise SettingError(
            f"space: none is given for {self.code.call}; only you know its hyperparameters: give a space"
        )

    @property
    def on_request(self) -> tuple[Metric, ...]:
        """See `Subject.on_request`: whatever code reports."""
        return ()

    @property
    def budget(self) -> tuple[int, int]:
        """See `Subject.budget`."""
        return TRIALS, EPOCHS

    def schedule(self, epochs: int, rounds: Sequence[int], /) -> str:  # noqa: ARG002
        """See `Subject.schedule`: nobody knows what the first epochs of training code tell of its last."""
        return "full"

    def evaluator(self, space: Space, *, seed: int, epochs: int) -> Evaluator:
        """See `Subject.evaluator`."""
        if isinstance(self.train, Program):
            self.train.check(space)
        file = getattr(_code_of(self.train), "co_filename", None)
        metrics = tuple({each.name: each for each in (*self.objective.optimised, *self.constrained)}.values())
        return make_objective(pickled(self.train), self.code, metrics, space, seed=seed, epochs=epochs, file=file)

    def settings(self) -> dict[str, Any]:
        """See `Subject.settings`."""
        return {
            "origin": Origin.MEMORY if self.code.kind is CodeKind.FUNCTION else Origin.CODE,
            "data": self.code.call,
            "task": OWN_CODE.name,
            "objective": self.objective,
            "network": "code",
            "user_network": False,
            "fingerprint": "",
            "examples": {"train": 0, "dev": 0, "test": 0},
            "features": 0,
            "columns": 0,
            "targets": (),
            "notes": (),
            "versions": {"python": platform.python_version(), "ikura": version("ikura"), "numpy": version("numpy")},
            "machine": processor(),
            "code": self.code,
        }

    def prediction(self, *_: object) -> None:
        """See `Subject.prediction`: nobody knows."""


def is_code(data: object) -> TypeGuard[Train | str]:
    """Return whether what is to be tuned is training code: a function, a program, or the name of a function."""
    if isinstance(data, str):
        return _IMPORTED.fullmatch(data) is not None and not Path(data).exists()
    return callable(data) and not hasattr(data, "to_numpy")


def code_subject(train: Train | str, running: Running, *, has_space: bool) -> CodeSubject:
    """Return the subject of a study that begins; a function without a space that knows none is one of Optuna's.

    Raises:
        SettingError: the direction of its metric is not known, or there must be a space.
    """
    suggests = not (has_space or isinstance(train, Program) or hasattr(train, "space"))
    kind = CodeKind.FUNCTION
    if isinstance(train, Program | str):
        kind = CodeKind.PROGRAM if isinstance(train, Program) else CodeKind.IMPORTED
    code = Code(
        kind=kind,
        call=train.command if isinstance(train, Program) else train if isinstance(train, str) else _name(train),
        folder=str(Path.cwd()),
        workers=usual_workers() if running.workers is None else running.workers,
        retries=running.retries,
        time_limit=running.time_limit,
        silence_limit=running.silence_limit,
        memory_limit=running.memory_limit,
        finals=running.finals,
        suggests=suggests,
        pattern=train.pattern if isinstance(train, Program) else None,
    )
    made = _made(Imported(train) if isinstance(train, str) else train, suggests=suggests)
    if running.metric is not None and not isinstance(running.metric, str):
        raise SettingError(
            f"metric: {running.metric!r} is given; of training code it is the name of one of its reports: give that"
        )
    second = running.second
    name = running.metric or (getattr(made, "metric", None) or LOSS)
    if second is not None and second.name is None:
        if not isinstance(made, OptunaObjective):
            raise unnamed()
        name, second = VALUES[0], Second(VALUES[1], second.direction)
    if suggests and running.metric is None and running.direction is None:
        raise SettingError(
            f"space: none is given for {code.call}; only you know its hyperparameters: give a space, or, to an "
            "objective of Optuna's, the direction, minimize or maximize"
        )
    objective = Objective(
        Metric(name, goal_of(name, running.direction)),
        second=None if second is None else Metric(str(second.name), goal_of(str(second.name), second.direction)),
    )
    return _subject(made, code, objective, tuple(each.metric for each in running.constraint))


def code_again(name: str, settings: Settings, train: Train | None) -> CodeSubject:
    """Return the subject of a study that goes on, from its settings and what came from Python.

    Raises:
        SettingError: the function is not given again.
    """
    code = settings.code
    assert code is not None
    match code.kind:
        case CodeKind.IMPORTED:
            train = Imported(code.call)
        case CodeKind.PROGRAM:
            train = Program(code.call, code.pattern)
        case CodeKind.FUNCTION if train is None:
            raise SettingError(
                f"{name}: its training function came from Python; give it again: ikura.resume({name!r}, train=...)"
            )
    objective, constraints = replace(settings.objective, constraints=()), settings.objective.constraints
    made = _made(train, suggests=code.suggests)
    return _subject(made, code, objective, tuple(each.metric for each in constraints))


def _made(train: Any, *, suggests: bool) -> Train:
    return OptunaObjective(train) if suggests else train


def _subject(train: Any, code: Code, objective: Objective, constrained: tuple[Metric, ...]) -> CodeSubject:
    """Return the subject; what must know the names of what is optimised is told them."""
    if hasattr(train, "reporting"):
        train = train.reporting(*(metric.name for metric in objective.optimised))
    return CodeSubject(train, code, objective, constrained)


def stem_of(code: Code) -> str:
    """Return what a study of this code is called, but for a number."""
    if code.kind is CodeKind.PROGRAM:
        words = shlex.split(code.call)
        scripts = [word for word in words if "." in word or "/" in word]
        return Path((scripts or words)[-1 if len(scripts) == 1 else 0]).stem
    place, _, function = code.call.rpartition(":")
    return Path(place).stem if place.endswith(".py") else function


def pickled(train: Train) -> bytes:
    """Return a function as bytes, with what it needs of a script, a notebook or an enclosing function.

    Raises:
        SettingError: something in it cannot be pickled.
    """
    try:
        return cloudpickle.dumps(train)
    except Exception as error:  # what cannot be pickled says so with any error
        said = str(error).strip().splitlines()
        raise SettingError(
            f"train: {_name(train)} cannot be sent to a worker process ({said[0] if said else type(error).__name__}); "
            "what it uses from around it must be picklable: open or make such things inside the function"
        ) from error


def _name(train: Any) -> str:
    return getattr(train, "__name__", type(train).__name__)


def _code_of(train: Any) -> Any:
    train = getattr(train, "objective", train)
    return getattr(train, "__code__", getattr(type(train).__call__, "__code__", None))
