"""`ikura predict`: classify new examples with a saved model."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from ikura.cli.layout import asides, show, unbroken
from ikura.cli.options import write_text
from ikura.cli.wording import plain


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

    loaded = load_model(model)
    features = read_features(data, loaded.preprocessing)
    probabilities = loaded.predict_proba(features.values)
    show(asides(), [unbroken(plain(note)) for note in features.notes])
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["class", *(f"p({label})" for label in loaded.classes)])
    for row in probabilities:
        rows.writerow([loaded.classes[row.argmax()], *(f"{probability:.6g}" for probability in row)])
    if out is None:
        sys.stdout.write(text.getvalue())
        sys.stdout.flush()
    else:
        write_text(out, text.getvalue())
