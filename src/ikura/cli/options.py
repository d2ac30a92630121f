"""Arguments and options that commands share, and what is read or checked before anything slow begins."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from ikura.cli.small_file import start_of
from ikura.errors import SettingError, SpaceError
from ikura.files import write_whole
from ikura.space import Space

if TYPE_CHECKING:
    from ikura.data import CsvFile

Study: TypeAlias = Annotated[str, typer.Argument(metavar="STUDY", help="The name of a study; `ikura list` shows them.")]
StoreUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.db", help="The database of studies, or postgresql://...; by default one for all of yours."
    ),
]
SpaceFile: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The search space, as TOML; by default one that suits the data.")
]
Target: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="The column of the labels, by name or position; by default the last. More than once: all are learned.",
    ),
]
Task: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="What is learned: classification, regression, counts or multilabel; by default what the target says.",
    ),
]
Loss: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of numbers: squared, absolute, huber or quantile:0.1,0.5,0.9."),
]
ClassWeights: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="balanced", help="All classes count the same in training, however frequent they are."),
]
Weights: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="How much each example counts in training.")
]
Groups: TypeAlias = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="What examples belong to, as patients: no group is in two parts.")
]
Time: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="When examples happened: the earliest are for training, the latest the test."),
]
Folds: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="K", help="Judge trials by the mean of K trainings, each measured on another part of the data."
    ),
]
Threshold: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="dev", help="The dev part chooses the probability from which an example is called positive."),
]
Ensemble: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--ensemble", help="Put networks of the best trials together, where that is better than the winner alone."
    ),
]
Header: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header", help="Whether the first row of a text file names the columns; else found out."
    ),
]
Separator: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="SIGN", help="What separates the cells of a text file, as ';', tab or space; else found out."),
]
Trials: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="How many configurations to try; by default 128, fewer for large data and code of yours."
    ),
]
Epochs: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="How long to train each at most; by default 100, fewer for large data; 1 for code of yours."
    ),
]
SamplerName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--sampler",
        metavar="NAME",
        help="random, grid, sobol, coarse-to-fine, thompson, tpe, gp, cma-es or qmc. The last four are Optuna's.",
    ),
]
Rounds: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Rounds of coarse-to-fine and thompson, by default 4; of Optuna's samplers, by default 16."
    ),
]
StartFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--start", metavar="FILE", help="Configurations to try first, as JSON or TOML; what one leaves out is drawn."
    ),
]
From: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--from", metavar="STUDY", help="An earlier study of a like space, to learn from. More than once: all are."
    ),
]
Schedule: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Who is trained how far: full, halving, hyperband, asha, median, patience or pbt; by default halving for "
        "one objective of networks on data with 9 epochs and 9 trials in a round or more, otherwise full.",
    ),
]
Reduction: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Of halving, hyperband and asha: one trial in N goes on from each rung; by default 3."
    ),
]
MinEpochs: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Epochs of the first rung of halving, hyperband and asha, by default --epochs divided by the square of "
        "the reduction; between two looks of median or two copies of pbt, by default a tenth of --epochs; or that "
        "patience waits for a better value, by default a fifth.",
    ),
]
Seed: TypeAlias = Annotated[int, typer.Option(min=0, metavar="N", help="Of everything that is drawn at random.")]
Exec: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--exec", metavar="COMMAND", help="Run a program for each trial: 'python train.py --lr {learning_rate}'."
    ),
]
Pattern: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="REGEX", help="Finds metrics in the program's output: 'loss = (?P<loss>[-+.e0-9]+)'."),
]
MetricName: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="What is optimised: roc_auc, rmse...; of training code by default loss. Twice: both are.",
    ),
]
Direction: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GOAL", help="minimize or maximize; by default what the metric's name says. Of two metrics twice."
    ),
]
Constraint: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="What a metric must keep to, as 'latency <= 5'; may be given several times."),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="Of training code: trials at once; by default one for each GPU, or core."),
]
Retries: TypeAlias = Annotated[int, typer.Option(metavar="N", help="How many times a trial that fails is begun again.")]
TimeLimit: TypeAlias = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="For a trial of training code; then it has failed.")
]
SilenceLimit: TypeAlias = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="To its first report, and from each to the next.")
]
MemoryLimit: TypeAlias = Annotated[
    float | None, typer.Option(metavar="GIB", help="Of memory for a worker process and what it starts.")
]
Finals: TypeAlias = Annotated[
    bool, typer.Option("--finals", help="Run training code again under other seeds for the best configurations.")
]
Timeout: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="For the search, as 90, 10m or 2h: then no trial begins, and the finals follow."),
]
Reference: TypeAlias = Annotated[
    float | None,
    typer.Option(metavar="ERROR", help="What people reach, as 0.02 for an accuracy of 98 %; for the report."),
]
Track: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="WHERE", help="Tell trials as they come in: tensorboard:FOLDER or mlflow:ADDRESS."),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="Show no progress, only the answer.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

MOST_SPACE_BYTES = 4_000_000
"""Of a file."""


_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(timeout: str | None) -> float | None:
    """Return the seconds of a time such as `90`, `10m` or `1.5h`.

    Raises:
        SettingError: it is none.
    """
    if timeout is None:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(s|m|min|h|d|)", timeout.strip())
    if found is None or not float(found[1]):
        raise SettingError(
            f"timeout: {timeout!r} is no time above 0; it must be seconds, or a number and s, m, h or d: write 10m, say"
        )
    return float(found[1]) * _UNITS[found[2]]


def target_of(columns: list[str] | None) -> str | list[str] | None:
    """Return the target as `ikura.tune` takes it."""
    return columns[0] if columns and len(columns) == 1 else columns or None


def data_file(data: str, header: bool | None, separator: str | None) -> "str | CsvFile":
    """Return the data with what the user says of its text, if anything.

    Raises:
        SettingError: no file can have such a separator.
    """
    if header is None and separator is None:
        return data
    from ikura.data import CsvFile

    return CsvFile(data, header, separator)


def read_space(path: Path) -> Space:
    """Return the search space of a TOML file.

    Raises:
        SettingError: the file cannot be read.
        SpaceError: it is no space.
    """
    content = start_of(path, MOST_SPACE_BYTES + 1, argument="space", kind="a TOML file")
    if len(content) > MOST_SPACE_BYTES:
        raise SpaceError(f"{path}: it has more than {MOST_SPACE_BYTES:,} bytes; no space is that large: check the path")
    try:
        return Space.from_toml(content.decode())
    except UnicodeDecodeError as error:
        raise SpaceError(
            f"{path}: byte {error.start} is not UTF-8; a space is a text file: save it as UTF-8"
        ) from error
    except SpaceError as error:
        raise SpaceError(f"{path}: {error}") from error


def write_text(path: Path, text: str) -> None:
    """Write a file that the user asked for.

    Raises:
        SettingError: it cannot be written.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise SettingError(f"out: {path} cannot be written ({error.strerror}): give another --out") from error
