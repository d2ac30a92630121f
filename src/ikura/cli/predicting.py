"""`ikura predict`: what a saved model says of new examples, in a table of any length."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
import typer
from numpy.typing import NDArray

from ikura.cli.layout import show, stderr_console, unbroken
from ikura.cli.model_folder import model_folder
from ikura.cli.options import Header, Separator, StoreUrl, data_file
from ikura.cli.wording import plain
from ikura.errors import SettingError
from ikura.files import whole_file
from ikura.records import Kind
from ikura.tasks import called

if TYPE_CHECKING:
    from ikura.model import Predictor

Columns: TypeAlias = Sequence[tuple[str, NDArray[Any]]]
"""Of a piece of the result: name and values [example]."""

ENDINGS = (".csv", ".parquet")

_DIGITS = {np.dtype(np.float32): 6, np.dtype(np.float64): 9}
"""Of probabilities and of numbers, which networks give in single precision."""

CELLS = 1_000_000
"""So many values make a group of rows in a Parquet file."""


def predict(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="The folder of a model, or the name of the study that made it.")
    ],
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A text, Excel, NPZ or Parquet file with the features of training; - for text from standard input.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write, FILE.csv or FILE.parquet; by default to standard output."),
    ] = None,
    header: Header = None,
    separator: Separator = None,
    store: StoreUrl = None,
) -> None:
    """Predict new examples with a model.

    Writes CSV or Parquet: for each example the class and the probability of each class, or the number, or each label.
    """
    from ikura.data import InputStream
    from ikura.model import load_model

    if out is not None:
        _check_out(out)
    loaded = load_model(model_folder(model, store))
    stream = InputStream(data_file(data, header, separator), loaded.preprocessing)
    pieces = (predicted(loaded, said) for said in loaded.stream(stream))
    if out is None:
        _print(pieces)
    else:
        _write(out, pieces)
    show(stderr_console(), [unbroken(plain(note)) for note in (*stream.notes, *stream.unknown())])


def predicted(model: "Predictor", said: Sequence[NDArray[Any]]) -> Columns:
    """Return the columns that are written of examples, of each of whose targets this is said (see `Model.stream`)."""
    alone = len(model.targets) == 1
    columns: list[tuple[str, NDArray[Any]]] = []
    for target, own in zip(model.targets, said, strict=True):
        if target.kind is Kind.CLASS:
            best, start = called(own, target), "" if alone else f"{target.name}="
            columns.append(("class" if alone else target.name, np.array(target.classes)[best]))
            columns += [(f"p({start}{label})", own[:, place]) for place, label in enumerate(target.classes)]
        elif target.kind is Kind.LABELS:
            columns += [(str(label), (own[:, place] > 0.5).astype(int)) for place, label in enumerate(target.classes)]
            columns += [(f"p({label})", own[:, place]) for place, label in enumerate(target.classes)]
        elif own.ndim == 1:
            columns.append((target.name, own))
        else:
            levels = zip(model.loss.parameters, own.T, strict=True)
            columns += [(f"{target.name} {quantile:g}", values) for quantile, values in levels]
    return columns


def as_csv(columns: Columns, *, header: bool, spell: Callable[[object], str] = str) -> str:
    """Return CSV: a row for each example; `spell` writes names and all values but predicted numbers."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    if header:
        rows.writerow([spell(name) for name, _ in columns])
    written = [
        [spell(value) for value in values]
        if (digits := _DIGITS.get(values.dtype)) is None
        else [f"{value:.{digits}g}" for value in values]
        for _, values in columns
    ]
    rows.writerows(zip(*written, strict=True))
    return text.getvalue()


def _check_out(out: Path) -> None:
    if out.suffix not in ENDINGS:
        raise SettingError(
            f"out: {out} must end in {' or '.join(ENDINGS)}, which say what is written: give another --out"
        )
    if out.exists():
        raise SettingError(f"out: {out} is there already; predictions never overwrite a file: give another --out")
    if out.suffix == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401 - whether it is there
        except ImportError as error:
            raise SettingError(
                f"out: {out} is a Parquet file, and pyarrow is not installed; Parquet needs it: "
                "python -m pip install 'ikura[parquet]'"
            ) from error


def _print(pieces: Iterable[Columns]) -> None:
    # In a terminal a class must not move the cursor; a file or another program gets it as it is.
    spell = plain if sys.stdout.isatty() else str
    for number, columns in enumerate(pieces):
        sys.stdout.write(as_csv(columns, header=number == 0, spell=spell))
        sys.stdout.flush()


def _write(out: Path, pieces: Iterable[Columns]) -> None:
    try:
        with whole_file(out) as file:
            if out.suffix == ".parquet":
                _write_parquet(file, pieces)
            else:
                for number, columns in enumerate(pieces):
                    file.write(as_csv(columns, header=number == 0).encode())
    except OSError as error:
        raise SettingError(f"out: {out} cannot be written ({error.strerror or error}): give another --out") from error


def _write_parquet(file: Any, pieces: Iterable[Columns]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    writer = None
    for columns in pieces:
        arrays = [
            pa.array(values if values.dtype != object else [str(value) for value in values]) for _, values in columns
        ]
        batch = pa.record_batch(arrays, names=[name for name, _ in columns])
        writer = writer or ParquetWriter(file, batch.schema)
        writer.write_batch(batch, row_group_size=max(1, CELLS // len(columns)))
    if writer is not None:
        writer.close()
