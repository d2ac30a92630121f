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
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ikura.errors import IkuraError, SettingError
from ikura.workers import lifeline
from ikura.workers.call import Call, Ending
from ikura.workers.journal import JournalFile
from ikura.workers.program_run import ProgramError
from ikura.workers.trial import MiscountError, Trial, TrialStopped, missing

MOST_TOLD = 20_000
"""Characters of what went wrong that are told: the last ones."""

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


def serve(descriptor: int, guardian: int, parent: int) -> None:
    """Run calls that come on a connection, until that ends, or the process that started this one is no more."""
    lifeline.die_with_parent(parent)
    lifeline.die_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.guardian = guardian
    for each in (descriptor, guardian):
        os.set_inheritable(each, False)
    connection = Connection(descriptor)

    lock = threading.Lock()

    def tell(kind: str, **said: Any) -> None:
        with lock:
            connection.send_bytes(json.dumps([kind, said]).encode())

    setup: Setup = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the process that started this one
    try:
        os.chdir(setup.folder)
        lifeline.loading = True
        function = pickle.loads(setup.code)  # noqa: S301 - from the process that started this one
        lifeline.loading = False
    except BaseException as error:  # noqa: BLE001 - a user's module may raise anything
        said = str(error) if isinstance(error, IkuraError) else not_loaded(_in_a_line(error))
        tell("unusable", error=said)
        return
    lifeline.announce = lambda group, alive: tell("group", group=group, alive=alive)
    tell("ready")
    _Server(connection, function, setup, tell).run()


def not_loaded(reason: str) -> str:
    """Return what is wrong where a worker cannot load the training code."""
    rule = "it must be importable, or a function that can be pickled"
    return f"a worker process cannot load it ({reason}); {rule}: mend that"


def _in_a_line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
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
        self._output = os.dup(1)
        """What is printed, whatever training code does with its own descriptors."""
        self._process = os.getpid()
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._current: Trial | None = None

    def run(self) -> None:
        """Run what comes, one call after the other."""
        threading.Thread(target=self._listen, daemon=True).start()
        # From here on the thread hears of it, and ends whatever was started as well.
        lifeline.live_without_parent()
        while True:
            self._serve(self._calls.get())

    def _listen(self) -> None:
        try:
            while True:
                self._hear(*json.loads(self._connection.recv_bytes()))
        finally:
            # Whoever wanted the numbers is no more; or nothing can be kept.
            lifeline.end_all()

    def _hear(self, kind: str, said: dict[str, Any]) -> None:
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
            if self._current is not trial:
                raise TrialStopped  # a thread that was left behind
            if epoch < trial.start:
                self._tell("again", call=call.identifier)
                return
            journal.report(call.way, epoch, metrics)
            self._tell("report", call=call.identifier, epoch=epoch, metrics=metrics)

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
        if os.getpid() != self._process:
            os._exit(0)  # training code forked, and forgot to end the copy
        self._current = None
        early = trial.told_to_stop and trial.reported < call.stop
        if ending is Ending.RETURNED and (early or (trial.should_stop and call.stop < call.epochs)):
            ending, metrics = Ending.STOPPED, None
        if ending is Ending.RETURNED:
            journal.end(call.way, metrics)
        elif ending is Ending.STOPPED and trial.reported >= call.stop:
            journal.pause(call.way, call.stop)
        keep_output(Path(call.folder), self._output)
        error = error and error[-MOST_TOLD:]
        again, first = sum(epoch < call.start for epoch in trial.reports), min(trial.reports, default=None)
        said = {"ending": ending, "metrics": metrics, "error": error, "again": again, "first": first}
        self._tell("end", call=call.identifier, **said)

    def _train(self, trial: Trial) -> tuple[Ending, Mapping[str, float] | None, str | None]:
        """Return how it ended, what was returned, and what went wrong."""
        try:
            return Ending.RETURNED, returned(self._function(trial), self._setup.metric, trial), None
        except TrialStopped:
            return Ending.STOPPED, None, None
        except MiscountError as error:
            return Ending.MISCOUNTED, None, str(error)
        except IkuraError as error:
            return Ending.MISUSED, None, str(error)
        except ProgramError as error:
            return Ending.FAILED, None, str(error)
        except SystemExit as left:
            if left.code in (None, 0):
                if trial.reports or trial.start:
                    return Ending.RETURNED, None, None
                return Ending.MISUSED, None, nothing_told(self._setup.metric)
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
            raise SettingError(nothing_told(metric))
        return None
    found = value if isinstance(value, Mapping) else {metric: value}
    try:
        metrics = {str(name): float(number) for name, number in found.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingError(
            f"train: it returns {value!r:.60}; it must return a number, a dict of names and numbers or None: change it"
        ) from error
    if metric not in metrics:
        raise SettingError(missing(metric, metrics))
    return metrics


def nothing_told(metric: str) -> str:
    """Return what is wrong with training code that ends without a word."""
    return (
        f"train: it reports nothing and returns None; {metric!r} must be told: call trial.report(epoch, {metric}=...), "
        "or return a number"
    )


def keep_output(folder: Path, descriptor: int) -> None:
    """Move what was printed, into a file that a descriptor appends to, into the trial's folder; nothing makes none."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # training code may have closed or replaced it
            stream.flush()
    if not os.fstat(descriptor).st_size:
        return
    printed = Path(f"/proc/self/fd/{descriptor}").read_bytes()
    os.ftruncate(descriptor, 0)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / OUTPUT).open("ab") as file:
        file.write(printed)
