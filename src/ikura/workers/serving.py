"""What a worker process does: it loads the training code once, and runs it for one trial after the other."""

import json
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ikura.errors import IkuraError, SettingError
from ikura.workers import lifeline
from ikura.workers.call import Call, Ending
from ikura.workers.journal import JournalFile
from ikura.workers.program import ProgramError
from ikura.workers.trial import Trial, TrialStopped, missing

OUTPUT = "output.txt"
"""In a trial's folder: what its training code printed."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is told first."""

    code: bytes
    """The training function, pickled."""
    folder: str
    """Where it works."""
    file: str | None
    """Where the function was written, if it comes by value."""
    metric: str
    """What the study optimises."""


def serve(descriptor: int) -> None:
    """Run calls that come on a connection, until that ends."""
    lifeline.die_with_parent()
    lifeline.die_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(descriptor, False)
    connection = Connection(descriptor)

    def tell(kind: str, **said: Any) -> None:
        connection.send_bytes(json.dumps([kind, said]).encode())

    setup: Setup = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the process that started this one
    try:
        os.chdir(setup.folder)
        function = pickle.loads(setup.code)  # noqa: S301 - from the process that started this one
    except BaseException as error:  # noqa: BLE001 - a user's module may raise anything
        tell("unusable", error=_in_a_line(error), traceback=traceback.format_exc())
        return
    lifeline.announce = lambda group: tell("group", group=group)
    tell("ready")
    _Server(connection, function, setup, tell).run()


def _in_a_line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    if isinstance(error, IkuraError) and said:
        return said[0]
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


class _Server:
    """Trains in the main thread, as many libraries want it, and listens in another."""

    def __init__(
        self,
        connection: Connection,
        function: Callable[[Trial], Any],
        setup: Setup,
        tell: Callable[..., None],
    ) -> None:
        self._connection, self._function, self._tell = connection, function, tell
        self._setup = setup
        self._journal: JournalFile | None = None
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._current: Trial | None = None

    def run(self) -> None:
        """Run what comes, one call after the other."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            self._serve(self._calls.get())

    def _listen(self) -> None:
        while True:
            try:
                kind, said = json.loads(self._connection.recv_bytes())
            except (EOFError, OSError):
                # Whoever wanted the numbers is no more.
                lifeline.end_all()
                raise
            if kind == "journal":
                self._journal = JournalFile(Path(said["path"]))
            elif kind == "call":
                self._calls.put(Call(**said))
            elif (trial := self._current) is not None:
                trial.ask_to_stop()

    def _serve(self, call: Call) -> None:
        journal = self._journal
        assert journal is not None

        def report(epoch: int, metrics: Mapping[str, float]) -> None:
            journal.report(call.way, epoch, metrics)
            self._tell("report", epoch=epoch, metrics=metrics)

        trial = Trial(
            call.config,
            number=call.number,
            seed=call.seed,
            start=call.start,
            epochs=call.epochs,
            stop=call.stop,
            folder=call.folder,
            metric=self._setup.metric,
            tell=report,
        )
        self._current = trial
        ending, metrics, error = self._train(trial)
        self._current = None
        if ending is Ending.RETURNED:
            if trial.should_stop and call.stop < call.epochs:
                ending, metrics = Ending.STOPPED, None
            else:
                journal.end(call.way, metrics)
        keep_output(Path(call.folder), 1)
        self._tell("end", ending=ending, metrics=metrics, error=error)

    def _train(self, trial: Trial) -> tuple[Ending, Mapping[str, float] | None, str | None]:
        """Return how it ended, what was returned, and what went wrong."""
        try:
            return Ending.RETURNED, returned(self._function(trial), self._setup.metric, trial), None
        except TrialStopped:
            return Ending.STOPPED, None, None
        except IkuraError as error:
            return Ending.MISUSED, None, str(error)
        except ProgramError as error:
            return Ending.FAILED, None, str(error)
        except SystemExit as left:
            if left.code in (None, 0):
                return Ending.RETURNED, None, None
            return Ending.FAILED, None, f"SystemExit: {left.code}"
        except BaseException as error:  # noqa: BLE001 - a user's code may raise anything
            # The first frame is this one.
            frames = error.__traceback__ and error.__traceback__.tb_next
            told = "".join(traceback.format_exception(type(error), error, frames))
            # So cloudpickle calls the file of a function that comes by value.
            return Ending.FAILED, None, told.replace("<dynamic-code>", self._setup.file or "<dynamic-code>")


def returned(value: Any, metric: str, trial: Trial) -> dict[str, float] | None:
    """Return what training code returned as metrics: a number is the study's metric.

    Raises:
        SettingError: it is neither None, nor a number, nor a dict of numbers with the study's metric; or None, where
            nothing was reported either.
    """
    if value is None:
        if not trial.reports and not trial.start and not trial.should_stop:
            raise SettingError(
                f"train: it reports nothing and returns None; {metric!r} must be told: call trial.report(epoch, "
                f"{metric}=...), or return a number"
            )
        return None
    found = value if isinstance(value, Mapping) else {metric: value}
    try:
        metrics = {str(name): float(number) for name, number in found.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"train: it returns {value!r:.60}; it must return a number, a dict of numbers or None: change it"
        ) from error
    if metric not in metrics:
        raise SettingError(missing(metric, metrics))
    return metrics


def keep_output(folder: Path, descriptor: int) -> None:
    """Move what was printed, into a file that a descriptor appends to, into the trial's folder; nothing makes none."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if not os.fstat(descriptor).st_size:
        return
    printed = Path(f"/proc/self/fd/{descriptor}").read_bytes()
    os.ftruncate(descriptor, 0)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / OUTPUT).open("ab") as file:
        file.write(printed)
