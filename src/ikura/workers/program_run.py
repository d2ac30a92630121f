"""One run of a program for a trial: it is started, told the configuration, listened to, and ended.

docs/programs.md is the protocol as a program sees it, version 1.
"""

import json
import math
import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.wording import listing, remedy
from ikura.workers import lifeline
from ikura.workers.tail import Tail
from ikura.workers.trial import Trial, TrialStopped

if TYPE_CHECKING:
    from ikura.workers.program import Program

PROTOCOL = 1

GRACE = 5.0
"""Seconds that a program has to end by itself once it was told to; as many again after SIGTERM, then SIGKILL."""

LOOKS = 0.002, 0.05
"""Seconds between two looks at what it has written: at first, and in the long run."""

TAIL = 20
"""So many of the last lines on standard error are told of a program that failed."""

_PREFIX = "IKURA_"

Report: TypeAlias = Mapping[str, Any]
"""What a program says of an epoch: metrics by their names, and maybe `epoch`."""

Watch: TypeAlias = Callable[[str, str, Report | None], None]
"""Is told the file that a line was written to, the line, and the report that it is; or a signal, and why it is sent."""


def unwatched(*_: object) -> None:
    """Watch nothing."""


class ProgramError(Exception):
    """A program ended badly; the message is what it said last."""


def spelled(value: Any) -> str:
    """Return a value as programs are given it: as JSON spells it, but texts without quotes."""
    return value if isinstance(value, str) else str(value) if isinstance(value, Path) else json.dumps(value)


class ProgramRun:
    """One run of a program."""

    def __init__(self, program: "Program", trial: Trial, watch: Watch) -> None:
        self._program, self._trial, self._watch = program, trial, watch
        folder = trial.folder
        self._config, self._control = folder / "config.json", folder / "control.jsonl"
        self._reports = Tail(folder / "reports.jsonl")
        self._streams = Tail(folder / "stdout.txt"), Tail(folder / "stderr.txt")
        self._begun = folder / "begun.json"
        """While it runs: how much of its output is of earlier runs."""
        self._next = 0
        """The epoch of a report that does not say it."""
        self._stopped = False
        """Whether it is to end, wherever it stands."""

    def run(self) -> None:
        """Run it to its end, or until it is to stop."""
        self._catch_up()
        if self._stopped:
            raise TrialStopped
        self._skip_output(stream.size for stream in self._streams)
        write_whole(self._begun, json.dumps([stream.size for stream in self._streams]))
        write_whole(self._config, json.dumps(self._facts() | {"config": self._trial.config}, indent=2))
        write_whole(self._control, _line({"continue": self._trial.stop}))
        with self._process() as process:
            try:
                self._follow(process)
            finally:
                self._end(process)
        self._listen(whole=True)
        # All of it is heard: whoever goes on from this folder, or a copy of it, reports for itself.
        self._reports.empty()
        self._begun.unlink()
        self._judge(process.returncode)

    def _catch_up(self) -> None:
        """Report what an earlier run wrote and nobody heard, since all were killed."""
        if self._begun.exists():
            self._skip_output(json.loads(self._begun.read_text(encoding="utf-8")))
        else:
            self._skip_output(stream.size for stream in self._streams)
        for source, line, torn in self._lines(whole=False):
            with suppress(SettingError):
                self._hear(source, line, torn=torn)
        self._trial.resume_at(self._next)
        self._reports.empty()
        self._next = 0

    def _skip_output(self, places: Iterable[int]) -> None:
        for stream, place in zip(self._streams, places, strict=True):
            stream.skip(place)

    def _facts(self) -> dict[str, Any]:
        """Return what the program is told, in its file and in its environment, besides the configuration."""
        trial = self._trial
        return {
            "protocol": PROTOCOL,
            "number": trial.number,
            "seed": trial.seed,
            "start": trial.start,
            "stop": trial.stop,
            "epochs": trial.epochs,
            "metric": self._program.metric,
            "folder": str(trial.folder),
            "reports": str(self._reports.path),
            "control": str(self._control),
        }

    @contextmanager
    def _process(self) -> Iterator["subprocess.Popen[bytes]"]:
        words = self._program.words(self._trial, self._config)
        if shutil.which(words[0]) is None:
            raise SettingError(
                f"exec: there is no program {words[0]!r}; a command begins with one that is found: "
                + (f"write ./{words[0]}" if Path(words[0]).exists() else "check it")
            )
        streams = [stream.path.open("ab") for stream in self._streams]
        try:
            process = subprocess.Popen(  # noqa: S603 - what the user said
                lifeline.tied(words, os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=streams[0],
                stderr=streams[1],
                env=self._environment(),
                process_group=0,
                pass_fds=[each for each in (lifeline.guardian,) if each >= 0],
            )
        finally:
            for stream in streams:
                stream.close()
        lifeline.adopt(process.pid)
        yield process
        lifeline.release(process.pid)

    def _environment(self) -> dict[str, str]:
        facts = {name.upper(): value for name, value in self._facts().items()} | {"CONFIG": self._config}
        facts |= {f"PARAM_{name}": value for name, value in self._trial.config.items()}
        return dict(os.environ) | {f"{_PREFIX}{name}": spelled(value) for name, value in facts.items()}

    def _follow(self, process: "subprocess.Popen[bytes]") -> None:
        """Report what it reports, until it ends, or is to stop and has had its time for that."""
        trial, told, pause, deadline = self._trial, False, LOOKS[0], math.inf
        handle = os.pidfd_open(process.pid)
        try:
            while time.monotonic() < deadline:
                ended = bool(select.select([handle], [], [], pause)[0])
                heard = self._listen(whole=ended)
                if ended:
                    return
                pause = LOOKS[0] if heard else min(1.5 * pause, LOOKS[1])
                if not told and self._is_over():
                    self._tell({"stop": True})
                    told = True
                if deadline == math.inf and (self._stopped or (told and trial.stop < trial.epochs)):
                    deadline = time.monotonic() + GRACE
        finally:
            os.close(handle)

    def _listen(self, *, whole: bool = False) -> bool:
        """Report what was written since the last look, and return whether something was."""
        heard = False
        for source, line, torn in self._lines(whole=whole):
            heard = True
            self._hear(source, line, torn=torn)
        return heard

    def _lines(self, *, whole: bool) -> Iterator[tuple[Tail, str, bool]]:
        for source in (self._reports, *self._streams):
            for line, torn in source.lines(whole=whole):
                yield source, line, torn

    def _hear(self, source: Tail, line: str, *, torn: bool) -> None:
        said = self._said(line, torn=torn) if source is self._reports else self._overheard(line)
        self._watch(source.path.name, line, said)
        if said is not None:
            self._report(said)

    def _is_over(self) -> bool:
        """Return whether all that was wanted is reported, or nothing more is."""
        return self._stopped or self._trial.told_to_stop or self._trial.reported >= self._trial.stop

    def _said(self, line: str, *, torn: bool = False) -> Report | None:
        """Return the report that a line of the file of reports is; None for an empty one, and one that may be torn."""
        if not line.strip():
            return None
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if torn and said is None:
            return None  # the program ended in the middle of it
        if not isinstance(said, dict):
            raise SettingError(
                f"report: {line.strip()!r:.80} is no report; each line must be an object of JSON: write that"
            )
        return said

    def _overheard(self, line: str) -> Report | None:
        """Return the report that is in a line of output: by the pattern, or as an object of JSON; None for none."""
        if self._program.pattern is not None:
            if (match := re.search(self._program.pattern, line)) is not None:
                return {name: value for name, value in match.groupdict().items() if value is not None}
        elif f'"{self._program.metric}"' in line and line.lstrip().startswith("{"):
            with suppress(ValueError, RecursionError):
                said = json.loads(line)
                if isinstance(said, dict) and _is_number(said.get(self._program.metric, "")):
                    own = ("epoch", self._program.metric)
                    return {name: value for name, value in said.items() if name in own or _is_number(value)}
        return None

    def _others(self) -> str:
        """Return what its output has instead of the metric, or where to look."""
        found: set[str] = set()
        for line in self._streams[0].whole().splitlines():
            with suppress(ValueError, RecursionError):
                said = json.loads(line)
                found |= said.keys() if isinstance(said, dict) else set()
        if found := found - {"epoch"}:
            return f": there is only {listing(sorted(found), 'and')}: {remedy(self._program.metric, found)}"
        return ": `ikura check-program` shows what is understood of it" if self._watch is unwatched else ""

    def _report(self, said: Report) -> None:
        # JSON has no NaN: many languages write null instead.
        metrics = {name: math.nan if value is None else value for name, value in said.items() if name != "epoch"}
        epoch: Any = said.get("epoch", self._next)
        if isinstance(epoch, str) and epoch.isdecimal():
            epoch = int(epoch)
        if self._stopped and isinstance(epoch, int) and epoch >= self._trial.epochs:
            return  # it has not ended yet
        try:
            self._trial.report(epoch, **metrics)  # pyright: ignore[reportArgumentType] - which is checked there
        except TrialStopped:
            # The program has not heard of it yet, and may want to keep something.
            self._stopped = True
        self._next = self._trial.reported

    def _tell(self, said: Mapping[str, Any]) -> None:
        with self._control.open("a", encoding="utf-8") as file:
            file.write(_line(said))

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """End what is left of it: with SIGTERM, and a moment later with SIGKILL."""
        # As long as nobody has waited for it, its number belongs to no other group.
        handle = os.pidfd_open(process.pid)
        try:
            if not select.select([handle], [], [], 0)[0]:
                self._watch("SIGTERM", "sent, since it had not ended", None)
                lifeline.kill_group(process.pid, signal.SIGTERM)
                if not select.select([handle], [], [], GRACE)[0]:
                    self._watch("SIGKILL", f"sent, since it had not ended {GRACE:g} s later", None)
        finally:
            os.close(handle)
        lifeline.kill_group(process.pid)
        process.wait()

    def _judge(self, code: int) -> None:
        trial = self._trial
        if self._is_over():
            if trial.stop == trial.epochs and not self._stopped and not trial.told_to_stop:
                return  # it is complete, whatever its end
            raise TrialStopped
        if code:
            how = f"exit status {code}" if code > 0 else lifeline.named(-code)
            last = self._streams[1].whole().splitlines()[-TAIL:]
            said = f": {last[-1]}" if last else ""
            raise ProgramError("\n".join([*last, f"the program ended with {how}{said}"]))
        if not trial.reports and not trial.start:
            raise ProgramError(f"the program ended without a report of {self._program.metric!r}{self._others()}")


def _is_number(value: object) -> bool:
    """Return whether a metric can have this value; null is NaN."""
    return value is None or isinstance(value, int | float)


def _line(said: Mapping[str, Any]) -> str:
    return f"{json.dumps(said)}\n"
