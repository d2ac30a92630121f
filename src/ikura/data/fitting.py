"""Learns the preprocessing from the training part, and says what it did to which column."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data import dates
from ikura.data.columns import FEW, Column, missing_values
from ikura.data.examples import Columns
from ikura.data.labels import natural
from ikura.data.naming import Naming
from ikura.data.numerals import BOOLEAN, looks_like_a_number, parses_as_number
from ikura.data.preprocessing import Dropped, Encoder, OneHot, Preprocessing, Scaled
from ikura.data.table import Table
from ikura.errors import DataError
from ikura.wording import count

MOST_CATEGORIES = 100
"""A text column with more distinct texts in training is dropped."""

_PIXELS = 64
"""A table of fewer columns is never taken for pixels."""

_NAMED = 5
"""So many columns get a note of their own."""

_DROPPED_NAMED = 200
"""Of each kind: whoever misses a column finds it, and a file of thousands does not fill the report."""

_DROPPED = {
    "no value": "no value in the training part",
    "constant": "constant in the training part",
    "": "too many distinct texts",
}
"""What is said of columns by how their notes begin, the most special first."""


def fit(table: Table, train: NDArray[np.intp]) -> tuple[Preprocessing, tuple[str, ...]]:
    """Learn the preprocessing of a table from its training examples alone, with notes on what it does.

    Missing numbers become the median, then each column is standardised. Pixels share one scale: each is centred, and
    all are divided by one standard deviation, for dividing by its own would blow up a pixel that is nearly always
    blank.

    Raises:
        DataError: no column is left to learn from, or one would be dropped for a word or two among its numbers.

    """
    columns = list(_training_columns(table.columns, train))
    notes: list[str] = []
    if table.images or _are_pixels(columns):
        encoders = _common_scale([_scaled(column) for column in columns])
        notes.append(
            f"the {len(columns)} features are pixels: each was centred, and all divided by one standard deviation"
        )
    else:
        fitted = [_fit_column(column) for column in columns]
        for j, (encoder, _) in enumerate(fitted):
            if isinstance(encoder, Dropped) and not isinstance(table.columns, np.ndarray):
                _refuse_stray_word(table.columns[j], j, table.naming)
        encoders = [encoder for encoder, _ in fitted]
        notes += _grouped([(table.naming.short(j), note) for j, (_, note) in enumerate(fitted) if note])
    naming = table.naming
    preprocessing = Preprocessing(tuple(encoders), naming.names, table.target_indices, targets=naming.targets)
    if preprocessing.width == 0:
        raise DataError(
            f"{table.name}: no feature is left to learn from: {'; '.join(notes)}; at least one must vary: add columns"
        )
    notes += _readings(columns, table.naming)
    return preprocessing, (*notes, *_grouped(list(_missing(table.columns, encoders, table.naming))))


def _training_columns(columns: Columns, train: NDArray[np.intp]) -> Iterator[Column]:
    if isinstance(columns, np.ndarray):
        for values in np.ascontiguousarray(columns[train].T):
            yield Column("number", values, BOOLEAN if values.dtype == bool else "")
    else:
        for column in columns:
            yield column[train]


def _are_pixels(columns: Sequence[Column]) -> bool:
    """Tell whether many columns hold whole numbers in 0..255, and at least half of them reach half of the largest."""
    if len(columns) < _PIXELS or any(column.kind != "number" for column in columns):
        return False
    highest = np.array([_highest_pixel(column.values) for column in columns])
    return bool((highest >= 0).all() and np.mean(highest >= highest.max() / 2) >= 0.5)


def _highest_pixel(values: NDArray[Any]) -> float:
    """Return the largest value, or -1 where one is no whole number in 0..255."""
    whole = values.dtype.kind in "bu" or bool((values == np.trunc(values)).all())
    return float(values.max()) if whole and values.min() >= 0 and values.max() <= 255 else -1.0


def _common_scale(pixels: Sequence[Scaled]) -> list[Encoder]:
    scale = float(np.sqrt(np.mean([pixel.scale**2 for pixel in pixels])))
    if scale == 0:
        return [Dropped() for _ in pixels]
    return [replace(pixel, scale=scale) for pixel in pixels]


def _scaled(column: Column) -> Scaled:
    """Take mean and deviation after imputing; deviation 0 where constant, all NaN where nothing is there."""

    def scaled(mean: float, scale: float, fill: float) -> Scaled:
        return Scaled(column.kind, mean, scale, fill, column.notation)

    values = column.values.astype(np.float64)
    missing = np.isnan(values)
    if missing.all():
        return scaled(np.nan, np.nan, np.nan)
    fill = float(np.median(values[~missing]))
    values[missing] = fill
    if values.min() == values.max():
        return scaled(fill, 0.0, fill)
    mean = values.mean()
    values -= mean
    widest = np.abs(values).max()  # squares of the deviations themselves may underflow
    return scaled(float(mean), float(widest * np.sqrt(np.mean((values / widest) ** 2))), fill)


def _fit_column(column: Column) -> tuple[Encoder, str | None]:
    if column.kind == "text":
        return _fit_text(column.values)
    scaled = _scaled(column)
    if np.isnan(scaled.mean):
        return Dropped(), "dropped: no value in the training part"
    if scaled.scale == 0:
        return Dropped(), f"dropped: constant ({scaled.mean:g}) in the training part"
    return scaled, "dates were turned into days since 1970-01-01" if column.kind == "date" else None


def _fit_text(values: NDArray[Any]) -> tuple[Encoder, str | None]:
    present = {value for value in values.tolist() if value is not None}
    numbers = [value for value in present if parses_as_number(value)]
    words = sorted(present.difference(numbers), key=natural)
    hint = f"; {words[0]!r} is no number, unlike most" if words and len(numbers) > len(present) / 2 else ""
    commas = [word for word in words if "," in word and parses_as_number(word.replace(",", ".", 1))]
    if len(commas) > len(present) / 2:
        hint = f"; {commas[0]!r} looks like a number with a decimal comma: write {commas[0].replace(',', '.')}"
    elif words and all(map(looks_like_a_number, present)):
        hint = f"; {words[0]!r} looks like a number, and not all are written in one way that can be told: write 1234.5"
    elif dates.are_ambiguous(present):
        hint = f"; {words[0]!r} may have the day or the month first: write it as 2026-01-31"
    if len(present) > MOST_CATEGORIES or (len(present) > FEW and len(present) > len(values) / 2):
        return Dropped(), (
            f"dropped: {len(present)} distinct texts in {count(len(values), 'training row')} (at most "
            f"{MOST_CATEGORIES}, and half the rows, can be categories){hint}"
        )
    absent = [None] if len(values) and None in set(values.tolist()) else []
    categories = (*sorted(present, key=natural), *absent)
    if not present:
        return Dropped(), "dropped: no value in the training part"
    if len(categories) == 1:
        return Dropped(), f"dropped: constant ({categories[0]!r}) in the training part"
    return OneHot(categories), f"read as text{hint}" if hint else None


def _refuse_stray_word(column: Column, index: int, naming: Naming) -> None:
    """Refuse a word where nine in ten of a column's different values are numbers."""
    if column.kind != "text":
        return
    present = {value for value in column.values.tolist() if value is not None}
    words = sorted((value for value in present if not looks_like_a_number(value)), key=natural)
    if 0 < len(words) < len(present) / 10:
        row = column.values.tolist().index(words[0])
        raise DataError(
            f"{naming.source}: {naming.column(index)} has {words[0]!r} among numbers in {naming.row(row)}; a column "
            "holds numbers or categories, and it has too many different values for these: mend that cell, or empty it"
        )


def _missing(columns: Columns, encoders: Sequence[Encoder], naming: Naming) -> Iterator[tuple[str, str]]:
    if isinstance(columns, np.ndarray) and columns.dtype.kind != "f":
        return
    for number, encoder in enumerate(encoders):
        values = columns[:, number] if isinstance(columns, np.ndarray) else columns[number].values
        missing = int(missing_values(values).sum())
        if missing == 0 or isinstance(encoder, Dropped):
            continue
        found = count(missing, "missing value")
        if isinstance(encoder, Scaled):
            yield naming.short(number), f"{found} replaced by the training median {encoder.fill:.10g}"
        elif None in encoder.categories:
            yield naming.short(number), f"{found} made a category of their own"
        else:
            yield naming.short(number), f"{found}, none of them in the training part, encoded as zeros"


def _readings(columns: Sequence[Column], naming: Naming) -> Iterator[str]:
    """Yield a note for each way in which columns were read that is not plain."""
    for note in dict.fromkeys(column.note for column in columns if column.note):
        names = [naming.short(number) for number, column in enumerate(columns) if column.note == note]
        more = f" and {count(len(names) - _NAMED, 'more column')}" if len(names) > _NAMED else ""
        yield f"{', '.join(names[:_NAMED])}{more}: {note}"


def _grouped(notes: list[tuple[str, str]]) -> list[str]:
    """Make a line for each column; beyond a few, one for each kind that was dropped, and how many others."""
    lines = [f"{name}: {note}" for name, note in notes[:_NAMED]]
    more = notes[_NAMED:]
    for start, reason in _DROPPED.items():
        names = [name for name, note in more if _why_dropped(note) == start]
        if names:
            others = f" and {len(names) - _DROPPED_NAMED:,} more" if len(names) > _DROPPED_NAMED else ""
            lines.append(f"dropped as well: {', '.join(names[:_DROPPED_NAMED])}{others} ({reason})")
    changed = sum(not note.startswith("dropped") for _, note in more)
    return [*lines, f"{count(changed, 'more column')} changed likewise"] if changed else lines


def _why_dropped(note: str) -> str | None:
    """Return which kind of a column that was dropped a note is of."""
    return next(start for start in _DROPPED if note.startswith(f"dropped: {start}")) if "dropped: " in note else None
