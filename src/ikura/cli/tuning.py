"""`ikura tune` and `ikura resume`: run a study, show how it goes, and print what it found."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from ikura.cli.answer import answer
from ikura.cli.json_output import answer_document, print_document
from ikura.cli.layout import show, stderr_console, stdout_console, unbroken
from ikura.cli.next_search import next_arguments
from ikura.cli.options import (
    ClassWeights,
    Constraint,
    Direction,
    Ensemble,
    Epochs,
    Exec,
    Finals,
    Folds,
    From,
    Groups,
    Header,
    Json,
    Loss,
    MemoryLimit,
    MetricName,
    MinEpochs,
    Pattern,
    Quiet,
    Reduction,
    Reference,
    Retries,
    Rounds,
    SamplerName,
    Schedule,
    Seed,
    Separator,
    SilenceLimit,
    SpaceFile,
    StartFile,
    StoreUrl,
    Study,
    Target,
    Task,
    Threshold,
    Time,
    TimeLimit,
    Timeout,
    Track,
    Trials,
    Weights,
    Workers,
    data_file,
    read_space,
    seconds_of,
    target_of,
)
from ikura.cli.phrases import epochs_done
from ikura.cli.progress import progress_on
from ikura.cli.run_status import RunStatus
from ikura.cli.start_file import read_start
from ikura.cli.stops import Stopped, leave_on_stop, stop_cleanly
from ikura.cli.streams import Unprintable
from ikura.cli.wording import on_study, plain
from ikura.errors import SettingError, StudyStopped
from ikura.wording import count

if TYPE_CHECKING:
    from ikura.study import Result, StudyEvent, Watcher
    from ikura.workers import Program

Start: TypeAlias = "Callable[[Watcher], Result]"


def tune(
    context: typer.Context,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="digits, wine, breast-cancer or iris, a CSV, TSV, Excel, NPZ or Parquet file; or training code "
            "of your own, as module:function or file.py:function.",
            show_default=False,
        ),
    ] = None,
    command: Exec = None,
    pattern: Pattern = None,
    metric: MetricName = None,
    direction: Direction = None,
    constraint: Constraint = None,
    workers: Workers = None,
    retries: Retries = 0,
    time_limit: TimeLimit = None,
    silence_limit: SilenceLimit = None,
    memory_limit: MemoryLimit = None,
    finals: Finals = False,
    timeout: Timeout = None,
    reference_error: Reference = None,
    space: SpaceFile = None,
    target: Target = None,
    task: Task = None,
    loss: Loss = None,
    class_weights: ClassWeights = None,
    weights: Weights = None,
    groups: Groups = None,
    time: Time = None,
    folds: Folds = None,
    threshold: Threshold = None,
    ensemble: Ensemble = False,
    header: Header = None,
    separator: Separator = None,
    trials: Trials = None,
    epochs: Epochs = None,
    sampler: SamplerName = "thompson",
    rounds: Rounds = None,
    start: StartFile = None,
    prior: From = None,
    next_: Annotated[
        bool,
        typer.Option(
            "--next", help="Search the space that the study of --from proposes; without DATA its data or code, too."
        ),
    ] = False,
    schedule: Schedule = None,
    reduction: Reduction = None,
    min_epochs: MinEpochs = None,
    seed: Seed = 0,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the study; by default the data's name and a number.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the study of this --name, if there is one that was stopped.")
    ] = False,
    store: StoreUrl = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the study's folder with the model and the report is made.")
    ] = Path("ikura-out"),
    track: Track = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find good hyperparameters: for a network on a data set, or for training code of your own."""
    tuned = None if next_ and data is None and command is None else _tuned(data, command, pattern)
    if data is not None:
        tuned = data_file(data, header, separator)
    elif header is not None or separator is not None:
        raise SettingError(
            f"header or separator: it is given for {command!r}; only a file of text has one: leave it out"
        )
    chosen, limit = None if space is None else read_space(space), seconds_of(timeout)
    first = None if start is None else read_start(start)

    arguments: dict[str, Any] = {
        "data": tuned,
        "space": chosen,
        "target": target_of(target),
        "task": task,
        "loss": loss,
        "class_weights": class_weights,
        "weights": weights,
        "groups": groups,
        "time": time,
        "folds": folds,
        "threshold": threshold,
        "ensemble": ensemble,
        "sampler": sampler,
        "rounds": rounds,
        "start": first,
        "prior": prior,
        "schedule": schedule,
        "reduction": reduction,
        "min_epochs": min_epochs,
        "trials": trials,
        "epochs": epochs,
        "seed": seed,
        "metric": metric,
        "direction": direction,
        "constraint": constraint,
        "workers": workers,
        "retries": retries,
        "time_limit": time_limit,
        "silence_limit": silence_limit,
        "memory_limit": memory_limit,
        "finals": finals,
        "timeout": limit,
        "reference_error": reference_error,
        "name": name,
        "store": store,
        "out": out,
        "resume": resume,
        "track": track,
    }
    if next_:
        arguments = next_arguments(context, prior, space, store, arguments)

    def begin(watch: "Watcher") -> "Result":
        from ikura.study import tune

        return tune(**arguments, watch=watch)

    opening = f"reading {plain(prior[0] if data is None and prior else data)}"
    if command is not None:
        opening = f"checking {plain(command)}"
    _run(begin, opening, store=store, quiet=quiet, as_json=as_json)


def resume(
    study: Study,
    space: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another space for the rounds to come, as TOML: wider, say, or narrower."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(metavar="N", help="How many trials it is to have, more than it began with.")
    ] = None,
    timeout: Timeout = None,
    store: StoreUrl = None,
    track: Track = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Go on with a study that was stopped; or, with more trials, with a complete one that was not tested."""
    chosen, limit = None if space is None else read_space(space), seconds_of(timeout)

    def start(watch: "Watcher") -> "Result":
        from ikura.study import resume

        return resume(study, space=chosen, trials=trials, timeout=limit, store=store, track=track, watch=watch)

    _run(start, f"reading what is known of {plain(study)}", store=store, quiet=quiet, as_json=as_json)


def _tuned(data: str | None, command: str | None, pattern: str | None) -> "str | Program":
    """Return what the user wants to be tuned.

    Raises:
        SettingError: nothing, or two things.
    """
    if command is None:
        if data is None:
            raise SettingError(
                "tune: nothing is given; it must be data, training code as module:function, or a program: "
                "try `ikura tune digits`, or --exec COMMAND"
            )
        if pattern is not None:
            raise SettingError(
                f"pattern: {pattern!r} is given; it is for what a program prints: leave it out, or give --exec"
            )
        return data
    if data is not None:
        raise SettingError(
            f"exec: {command!r} is given, and {data!r} as well; a study tunes one thing: leave one of them out"
        )
    from ikura.workers import Program

    return Program(command, pattern)


def _run(start: Start, opening: str, *, store: str | None, quiet: bool, as_json: bool) -> None:
    console = stderr_console()
    progress = progress_on(console, opening, quiet=quiet)
    leave_on_stop(lambda: farewell(progress.status, store))

    def watch(event: "StudyEvent") -> None:
        if progress.status.name is None:
            # From here on there is a study in the store, which must learn that it was stopped.
            stop_cleanly(progress.stop, lambda: farewell(progress.status, store))
        progress(event)

    try:
        with progress:
            result = start(watch)
    except (Stopped, StudyStopped) as stopped:
        show(console, [unbroken(farewell(progress.status, store))])
        if isinstance(stopped, Stopped):
            raise
        # Whether asked for by a key or by `ikura stop`, it ends in the same way.
        raise Stopped(signal.SIGINT) from stopped
    try:
        if as_json:
            print_document(answer_document(result.study, result.trials))
        else:
            show(stdout_console(), answer(result.study, result.trials))
    except Unprintable:
        show(console, [unbroken(farewell(progress.status, store))])
        raise


def farewell(status: RunStatus, store: str | None) -> str:
    """Return what is left of a run that was stopped, and how to go on with it."""
    if status.name is None:
        return "Stopped before the study began: nothing was stored."
    if status.phase == "finished":
        return f"The study is complete; to see it: {on_study('show', status.name, store)}"
    stored = f"Stopped: {epochs_done(status)} are stored"
    if status.phase in ("finals", "ensemble", "winner"):
        stored = (
            f"Stopped: the search is over and all of it is stored ({count(status.epochs, 'epoch')}); the finals remain"
        )
    return f"{stored}; to go on: {on_study('resume', status.name, store)}"
