"""`ikura plan`: what a search would train and how long it would take, before anything is compiled."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from ikura.cli.documents import print_document
from ikura.cli.layout import answers, listed, show
from ikura.cli.options import Epochs, Json, SpaceFile, Target, Trials, read_space
from ikura.cli.wording import duration, percent
from ikura.report.words import count, listing

if TYPE_CHECKING:
    from ikura.study import Prediction


def plan(
    data: Annotated[str, typer.Argument(metavar="DATA", help="As for `ikura tune`.", show_default=False)],
    space: SpaceFile = None,
    target: Target = None,
    trials: Trials = None,
    epochs: Epochs = None,
    as_json: Json = False,
) -> None:
    """Say which programs a search would compile and how long it would take; train nothing."""
    chosen = None if space is None else read_space(space)
    from ikura.study import predict_search

    prediction = predict_search(data, space=chosen, target=target, trials=trials, epochs=epochs)
    if as_json:
        budget = {"trials": prediction.trials, "epochs": prediction.epochs, "devices": prediction.devices}
        print_document(budget | {"seconds": prediction.seconds} | prediction.plan.to_json())
    else:
        show(answers(), _lines(prediction))


def _lines(prediction: "Prediction") -> Iterator[RenderableType]:
    made = prediction.plan
    yield Text(
        f"{count(prediction.trials, 'trial')} of {count(prediction.epochs, 'epoch')} in "
        f"{count(len(made.programs), 'program')} on {count(prediction.devices, 'device')}"
    )
    yield Text("")
    rows = []
    for program in made.programs:
        static = dict(program.structure.network)
        rows.append(
            (
                str(static["hidden_layers"]),
                f"{static['padded_units']:,}",
                f"{program.structure.batch_size:,}",
                f"{program.trials:,}",
                duration(program.compile_seconds),
                duration(program.train_seconds),
                str(static["activation"]),
            )
        )
    headings = ("layers", "units, padded", "batch", "trials", "compile", "train", "activation")
    yield listed(headings, rows, right=headings[:-1])
    yield Text("")
    if made.widths:
        sizes = listing([f"{width:,}" for width in made.widths], "or")
        yield Text(
            f"Hidden layers are padded to {sizes} units: {percent(made.padding_waste, 0)} of the training is padding."
        )
    yield Text(
        f"The search takes about {duration(prediction.cold_seconds)}, or {duration(prediction.warm_seconds)} once its "
        "programs are on disk; the finals come on top."
    )
