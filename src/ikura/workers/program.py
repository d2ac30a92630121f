"""Any program as training code: its command, and what that names."""

import re
import shlex
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ikura.errors import SettingError
from ikura.wording import listing, suggestion
from ikura.workers.program_run import ProgramRun, Watch, spelled, unwatched
from ikura.workers.trial import Trial

if TYPE_CHECKING:
    from ikura.space import Space

FIELDS = ("number", "seed", "start", "stop", "epochs", "folder", "config")
"""What a command can name besides hyperparameters: facts about the trial, and the path of the file with all of it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command that trains one configuration.

    Args:
        command: as in a shell, but no shell runs it: words, in which `{learning_rate}` stands for a hyperparameter's
            value, and `{number}`, `{seed}`, `{start}`, `{stop}`, `{epochs}`, `{folder}` and `{config}` (the path of a
            JSON file with all of it) for facts about the trial. `{{` and `}}` stand for braces.
        pattern: a regular expression for lines of its output, whose named groups are metrics, and maybe `epoch`: for
            programs that write no JSON.

    Raises:
        SettingError: the command is none, or the pattern is none.
    """

    command: str
    pattern: str | None = None
    metric: str = "loss"
    """What the study optimises, which `reporting` sets."""

    def __post_init__(self) -> None:
        try:
            words = shlex.split(self.command)
            for word in words:
                list(string.Formatter().parse(word))
        except ValueError as error:
            raise SettingError(f"exec: {self.command!r} is no command ({error}); mend the quotes or braces") from error
        if not words:
            raise SettingError("exec: the command is empty; it must be what trains one configuration: give one")
        if self.pattern is not None:
            try:
                groups = re.compile(self.pattern).groupindex
            except re.error as error:
                raise SettingError(f"pattern: {self.pattern!r} is no regular expression ({error}): mend it") from error
            if not set(groups) - {"epoch"}:
                raise SettingError(
                    f"pattern: {self.pattern!r} names no metric; a group must have its name: (?P<loss>[-+.e0-9]+)"
                )

    def reporting(self, metric: str, second: str | None = None) -> "Program":  # noqa: ARG002
        """Return the program in a study that optimises a metric; a second one is a report like all others."""
        return replace(self, metric=metric)

    def check(self, space: "Space") -> None:
        """Raise SettingError where the command names what some configurations of a space lack."""
        for name in self._names():
            if name in space.dimensions and name in FIELDS:
                raise SettingError(
                    f"exec: {{{name}}} is a hyperparameter of this space, and a fact of trials; a word can mean one "
                    "of them: give the hyperparameter another name"
                )
            if name in space.dimensions:
                if space.dimensions[name].when is not None:
                    raise SettingError(
                        f"exec: {{{name}}} exists for some configurations only; a command has the same words for all: "
                        "have the program read it from {config}, the file, or from the environment"
                    )
            elif name not in FIELDS:
                known = (*space.names, *FIELDS)
                advice = suggestion(name, known) or f"there are {listing(known, 'and')}"
                raise SettingError(f"exec: {{{name}}} names neither a hyperparameter nor a fact of a trial: {advice}")

    def words(self, trial: Trial, config: Path) -> list[str]:
        """Return the command for a trial."""
        facts = {name: getattr(trial, name) for name in FIELDS if name != "config"} | {"config": config}
        values = {name: spelled(value) for name, value in (facts | trial.config).items()}
        return [word.format_map(values) for word in shlex.split(self.command)]

    def __call__(self, trial: Trial) -> None:
        """Run the program for a trial, and report what it reports; errors are those of `run`."""
        self.run(trial)

    def run(self, trial: Trial, watch: Watch = unwatched) -> None:
        """Run the program for a trial, and report what it reports.

        Args:
            trial: what is to be trained.
            watch: is told each line that the program writes.

        Raises:
            ProgramError: it ended badly, or without a report.
            SettingError: it reports what no trial can.
        """
        ProgramRun(self, trial, watch).run()

    def _names(self) -> Iterator[str]:
        for word in shlex.split(self.command):
            for _, name, form, conversion in string.Formatter().parse(word):
                if name is None:
                    continue
                if form or conversion or not name.isidentifier():
                    raise SettingError(
                        f"exec: {{{name}}} is no name; braces hold the name of a hyperparameter and nothing else: "
                        "double them, {{ and }}, where braces are meant"
                    )
                yield name
