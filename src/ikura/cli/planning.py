"""`ikura plan`: what a search would train and how long it would take, before it does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from ikura.cli.json_output import print_document
from ikura.cli.layout import listed, show, stdout_console
from ikura.cli.options import (
    ClassWeights,
    Constraint,
    Direction,
    Ensemble,
    Epochs,
    Folds,
    From,
    Groups,
    Header,
    Json,
    Loss,
    MetricName,
    MinEpochs,
    Reduction,
    Reference,
    Rounds,
    SamplerName,
    Schedule,
    Seed,
    Separator,
    SpaceFile,
    StartFile,
    StoreUrl,
    Target,
    Task,
    Threshold,
    Time,
    Timeout,
    Trials,
    Weights,
    data_file,
    read_space,
    seconds_of,
    target_of,
)
from ikura.cli.phrases import schedule_in_words
from ikura.cli.start_file import read_start
from ikura.cli.wording import duration, percent, plain, predicted
from ikura.wording import count, listing

if TYPE_CHECKING:
    from ikura.evaluators import Part
    from ikura.study import Prediction


def plan(
    data: Annotated[str, typer.Argument(metavar="DATA", help="As for `ikura tune`.", show_default=False)],
    metric: MetricName = None,
    direction: Direction = None,
    constraint: Constraint = None,
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
    schedule: Schedule = None,
    reduction: Reduction = None,
    min_epochs: MinEpochs = None,
    seed: Seed = 0,
    store: StoreUrl = None,
    as_json: Json = False,
) -> None:
    """Say how a search would be trained and how long it would take; train nothing."""
    given = dict(locals())  # first of all: the options by name
    for name in ("data", "header", "separator", "as_json"):
        del given[name]
    given |= {
        "space": None if space is None else read_space(space),
        "start": None if start is None else read_start(start),
        "timeout": seconds_of(timeout),
        "target": target_of(target),
    }
    from ikura.study import predict_search

    prediction = predict_search(data_file(data, header, separator), **given)
    if as_json:
        print_document(prediction.to_json())
        return
    show(stdout_console(), _lines(prediction))


def _lines(prediction: "Prediction") -> Iterator[RenderableType]:
    made = prediction.plan
    compiled = made.engine == "xla"
    budget = f"{count(prediction.trials, 'trial')} of {count(prediction.epochs, 'epoch')}"
    if prediction.folds > 1:
        budget += f", each on {prediction.folds:,} folds,"
    if compiled:
        yield Text(f"{budget} in {count(len(made.parts), 'program')} on {count(prediction.workers, 'accelerator')}")
    else:
        yield Text(f"{budget} in the kernel on {count(prediction.workers, 'core')}: nothing is compiled or padded")
    if prediction.beginning is not None:
        yield Text(plain(prediction.beginning))
    if prediction.schedule is not None:
        trials, horizon, epochs = prediction.trials, prediction.epochs, prediction.epochs_trained
        bound = prediction.is_bound
        yield Text(
            schedule_in_words(prediction.schedule, trials=trials, horizon=horizon, epochs=epochs, is_bound=bound)
        )
    yield Text("")
    headings = ["layers", "units", "batch", "trials", "train", "activation"]
    rows = [_cells(part) for part in made.parts]
    if compiled:
        headings.insert(4, "compile")
        rows = [
            (*row[:4], duration(part.compile_seconds), *row[4:]) for row, part in zip(rows, made.parts, strict=True)
        ]
    yield listed(headings, rows, right=headings[:-1])
    yield Text("")
    if made.widths:
        sizes = listing([f"{width:,}" for width in made.widths], "or")
        yield Text(
            f"Hidden layers are padded to {sizes} units: {percent(made.padding_waste, 0)} of the training is padding."
        )
    if prediction.seconds is not None:
        about = "" if prediction.seconds < 1 else "at most about " if prediction.is_bound else "about "
        search = f"The search takes {about}{predicted(prediction.seconds)}"
        if prediction.timeout is not None and prediction.timeout < prediction.seconds:
            search += f", and ends when its time of {duration(prediction.timeout)} is over"
        yield Text(f"{search}; the finals come on top.")


def _cells(part: "Part") -> tuple[str, ...]:
    low, high = part.units
    return (
        str(part.hidden_layers),
        f"{high:,}" if low == high else f"{low:,}-{high:,}",
        f"{part.batch_size:,}",
        f"{part.trials:,}",
        predicted(part.train_seconds),
        part.activation,
    )
