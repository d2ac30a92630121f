"""`ikura check-program`: run a program once, and show what was understood; `ikura helper`: a file for programs."""

import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from ikura.cli.layout import lined_up, show, stdout_console, unbroken
from ikura.cli.options import Pattern, read_space
from ikura.cli.theme import QUIET
from ikura.cli.wording import number, plain, shell
from ikura.errors import SettingError
from ikura.wording import count, listing

if TYPE_CHECKING:
    from ikura.workers.program_run import Report

MIDDLE = 0.5
"""Where on each dimension's scale the configuration lies with which a program is tried."""


def check_program(
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="As for `ikura tune --exec`.", show_default=False)],
    space: Annotated[Path, typer.Option(metavar="FILE", help="The search space, as TOML.", show_default=False)],
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="What is optimised; by default loss.", show_default=False)
    ] = None,
    pattern: Pattern = None,
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="Of a trial that is trained to its end.")] = 1,
    stop: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="After so many epochs it is told to stop, as by a schedule.")
    ] = None,
) -> None:
    """Run a program once, in the middle of the space, and show line by line what was understood."""
    found = read_space(space)
    from ikura.workers import Program, Trial, TrialStopped
    from ikura.workers.program_run import ProgramError

    wanted = metric or "loss"
    program = Program(command, pattern).reporting(wanted)
    program.check(found)
    (config,) = found.decode([[MIDDLE] * len(found)])  # pyright: ignore[reportArgumentType] - whatever numpy takes
    folder = Path(tempfile.mkdtemp(prefix="ikura-check-"))
    trial = Trial(config, epochs=epochs, stop=stop, folder=folder, metric=wanted)
    console, began = stdout_console(), time.monotonic()
    words = program.words(trial, folder / "config.json")
    show(console, [lined_up([("command", shell(*words)), ("folder", plain(folder))]), ""])

    def watch(source: str, line: str, said: "Report | None") -> None:
        _show_line(console, time.monotonic() - began, source, line, said)

    try:
        program.run(trial, watch)
        ended = "it ended by itself"
    except TrialStopped:
        early = trial.reported < epochs
        ended = "it was told to stop, and has ended" if early else "it has trained to the end"
    except ProgramError as error:
        raise SettingError(f"check-program: {str(error).splitlines()[-1]}; look into {folder}") from error
    epoch = trial.reported
    last = trial.reports[epoch - 1] if trial.reports else {}
    metrics = listing([f"{plain(name)} {number(value)}" for name, value in last.items()], "and")
    show(
        console,
        ["", unbroken(f"{time.monotonic() - began:6.2f} s  {ended}: {count(epoch, 'epoch')}, at last {metrics}")],
    )


def _show_line(console: Console, seconds: float, source: str, line: str, said: "Report | None") -> None:
    """Show a line that a program wrote, and what it means."""
    meaning = Text("" if source.startswith("SIG") else "no report", style=QUIET)
    if said is not None:
        metrics = ", ".join(f"{plain(name)} {plain(value)}" for name, value in said.items() if name != "epoch")
        at = f"epoch {plain(said['epoch'])}" if "epoch" in said else "the next epoch"
        meaning = Text(f"{at}: {metrics}", style="bold")
    console.print(Text(f"{seconds:6.2f} s  {source:<13}  {plain(line)}"), soft_wrap=True)
    console.print(Text(" " * 25).append_text(meaning), soft_wrap=True)


def helper() -> None:
    """Print ikura_trial.py, a file for programs in Python 3.6 or newer: `ikura helper > ikura_trial.py`."""
    sys.stdout.write(files("ikura.workers").joinpath("ikura_trial.py").read_text(encoding="utf-8"))
    sys.stdout.flush()
