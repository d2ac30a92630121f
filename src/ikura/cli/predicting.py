"""`ikura predict`: classify new examples with a saved model."""

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ikura.cli.layout import show, stderr_console, unbroken
from ikura.cli.options import write_text
from ikura.cli.wording import plain
from ikura.errors import SettingError


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a model.")],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A CSV, TSV, NPZ or Parquet file with the features of training.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; by default to standard output.")
    ] = None,
) -> None:
    """Classify new examples with a model.

    Writes CSV: for each example the class, and the probability of each class.
    """
    from ikura.data import read_features
    from ikura.model import load_model

    if out is not None and out.exists():
        raise SettingError(f"out: {out} is there already; predictions never overwrite a file: give another --out")
    loaded = load_model(model)
    features = read_features(data, loaded.preprocessing)
    probabilities = loaded.predict_proba(features.values)
    show(stderr_console(), [unbroken(plain(note)) for note in features.notes])
    # In a terminal a class must not move the cursor; a file or another program gets it as it is.
    spell = plain if out is None and sys.stdout.isatty() else str
    table = as_csv([spell(label) for label in loaded.classes], probabilities)
    if out is None:
        sys.stdout.write(table)
        sys.stdout.flush()
    else:
        write_text(out, table)


def as_csv(classes: Sequence[str], probabilities: NDArray[np.float32]) -> str:
    """Return CSV: a row for each example of the probabilities [example, class], under a header."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["class", *(f"p({label})" for label in classes)])
    rows.writerows([classes[row.argmax()], *(f"{share:.6g}" for share in row)] for row in probabilities)
    return text.getvalue()
