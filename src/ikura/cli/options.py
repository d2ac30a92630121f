"""Arguments and options that commands share, and what is read or checked before anything slow begins."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from ikura.errors import SettingError, SpaceError
from ikura.files import write_whole
from ikura.space import Space

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
    str | None,
    typer.Option(metavar="COLUMN", help="The column of the labels, by name or position; by default the last."),
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
        metavar="N", help="How long to train each at most; by default 30, fewer for large data; 1 for code of yours."
    ),
]
SamplerName: TypeAlias = Annotated[
    str, typer.Option("--sampler", metavar="NAME", help="random, grid, sobol or coarse-to-fine.")
]
Rounds: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Rounds of the coarse-to-fine search; by default 4.")
]
Schedule: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", help="Who is trained how far: full, halving or pbt.", show_default=True)
]
Reduction: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="Of halving: one trial in N goes on from each rung; by default 3."),
]
MinEpochs: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Epochs before halving stops any trial, by default --epochs divided by the square of the reduction; or "
        "between two copies of pbt, by default a tenth of --epochs.",
    ),
]
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
    str | None, typer.Option("--metric", metavar="NAME", help="Of training code: what is optimised; by default loss.")
]
Direction: TypeAlias = Annotated[
    str | None, typer.Option(metavar="GOAL", help="minimize or maximize; by default what the metric's name says.")
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
Track: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="WHERE", help="Tell trials as they come in: tensorboard:FOLDER or mlflow:ADDRESS."),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="Show no progress, only the answer.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def read_space(path: Path) -> Space:
    """Return the search space of a TOML file.

    Raises:
        SettingError: the file cannot be read.
        SpaceError: it is no space.
    """
    try:
        return Space.from_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(
            f"space: {path} cannot be read ({error.strerror}); it must be a TOML file: check the path"
        ) from error
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
