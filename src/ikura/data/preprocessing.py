"""What was learned from the training part, and how it turns any features into the network's inputs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data import dates, numerals
from ikura.data.columns import Kind, check_finite, read_column_as
from ikura.data.examples import array_frame, as_array, frame_naming, is_frame
from ikura.data.naming import Naming
from ikura.errors import DataError
from ikura.wording import count, first_few, suggestion

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Scaled:
    """Numbers, or dates in days: (value - mean) / scale, with `fill` for missing ones."""

    kind: Kind
    mean: float
    scale: float
    fill: float
    notation: str = ""
    """How training found them written (see `Column.notation`)."""


@dataclass(frozen=True)
class OneHot:
    """Text: a 1 in the place of its category, None standing for missing; a text unseen in training is all zeros."""

    categories: tuple[str | None, ...]


@dataclass(frozen=True)
class Dropped:
    """A column of which nothing can be learned."""


Encoder: TypeAlias = Scaled | OneHot | Dropped

_SOURCE = "the features"


@dataclass(frozen=True)
class Preprocessing:
    """The encoder of each feature column, in the order of the columns."""

    columns: tuple[Encoder, ...]
    names: tuple[str, ...] | None = None
    """The columns' names, where they have any."""
    target_indices: tuple[int, ...] = ()
    """Where the targets stood among the columns, so that they can be left out of data that still has them."""
    targets: tuple[str, ...] = ()
    """The names of the columns that held the labels, where they had any."""

    @property
    def width(self) -> int:
        """The number of features that `transform` gives."""
        return sum(map(_width, self.columns))

    def transform(self, features: "pd.DataFrame | NDArray[Any] | Sequence[Any]") -> NDArray[np.float32]:
        """Return features as the network's inputs: float32 [example, feature], C-contiguous.

        A frame's columns are found by name, in any order and among others; without names, and in an array [example,
        column], they go by position, and the target's column may be among them. Images may keep their rank.

        Raises:
            DataError: columns are missing, or values are infinite or not of their column's kind.

        """
        if is_frame(features):
            frame: Any = features
            return self._encode_frame(frame)
        array = as_array(features, _SOURCE)
        if array.dtype.kind not in "biuf":
            return self._encode_frame(array_frame(array))
        if any(isinstance(encoder, OneHot) for encoder in self.columns):
            raise DataError(
                f"{_SOURCE}: an array of {array.dtype} holds numbers only, and some columns were text in training; "
                "they must be text here too: give a frame, or an array of type object"
            )
        if any(isinstance(encoder, Scaled) and encoder.notation.startswith("%") for encoder in self.columns):
            return self._encode_frame(array_frame(array))
        matrix = array.reshape(len(array), -1)
        positions = self.find_columns(None, matrix.shape[1], _SOURCE)
        naming = Naming(_SOURCE, self.names)
        check_finite(matrix, naming, range(matrix.shape[1]))
        return self.encode(lambda number: matrix[:, positions[number]], len(matrix), naming)

    def encode(self, column: Callable[[int], NDArray[Any]], rows: int, naming: Naming) -> NDArray[np.float32]:
        """Return the network's inputs from the values of each column by its number, as `Column.values` has them."""
        encoded = np.zeros((rows, self.width), dtype=np.float32)
        start = 0
        for number, encoder in enumerate(self.columns):
            if isinstance(encoder, Scaled):
                encoded[:, start] = _scale(column(number), encoder, naming, number)
            elif isinstance(encoder, OneHot):
                place: dict[str | None, int] = {}
                for index, category in enumerate(encoder.categories):
                    # Older models have categories with spaces around them, which no text has that is read today.
                    place.setdefault(category if category is None else category.strip(), start + index)
                places = np.array([place.get(value, -1) for value in column(number)], dtype=np.intp)
                known = np.flatnonzero(places >= 0)
                encoded[known, places[known]] = 1.0
            start += _width(encoder)
        return encoded

    def read(self, series: "pd.Series", number: int, naming: Naming, index: int) -> NDArray[Any]:
        """Return the values of a feature in the way in which training read it; `index` is its place in the naming."""
        encoder = self.columns[number]
        kind, notation = (encoder.kind, encoder.notation) if isinstance(encoder, Scaled) else ("text", "")
        return read_column_as(series, kind, notation, naming, index).values

    def find_columns(self, names: Sequence[str] | None, width: int, source: str) -> dict[int, int]:
        """Find where data with these columns has each feature, by its number.

        Raises:
            DataError: columns are missing; without names, there are too many or too few.
        """
        if self.names is not None and names is not None:
            place = {name: position for position, name in enumerate(names)}
            needed = [
                name
                for name, encoder in zip(self.names, self.columns, strict=True)
                if name in place or not isinstance(encoder, Dropped)
            ]
            absent = [name for name in needed if name not in place]
            if absent:
                raise DataError(
                    f"{source}: {count(len(absent), 'column')} of training not there: {first_few(absent)}; "
                    f"all that the model uses must be: {suggestion(absent[0], names) or 'add or rename them'}"
                )
            return {number: place[name] for number, name in enumerate(self.names) if name in place}
        features = len(self.columns)
        if width == features:
            return {position: position for position in range(width)}
        if self.target_indices and width == features + len(self.target_indices):
            return dict(enumerate(position for position in range(width) if position not in self.target_indices))
        raise DataError(
            f"{source}: there {'is' if width == 1 else 'are'} {count(width, 'column')}, and there were {features} "
            "features in training; there must be as many: give the same columns in the same order"
        )

    def fitting_width(self, filled: int, cells: int) -> int:
        """Return how many of the columns count, which are empty from `filled` on: as in training, where that can be."""
        features = len(self.columns)
        fitting = (features, features + len(self.target_indices))
        return next((width for width in fitting if filled <= width <= cells), filled)

    def remarks(self, names: Sequence[str] | None, width: int, places: Mapping[int, int]) -> tuple[str, ...]:
        """Return what there is to say about data with these columns, whose features were found at these places."""
        if self.names is not None and names is not None:
            return tuple(self._remarks_on(names[:width], list(places.values())))
        by_position = ("the columns were taken by position",) * ((self.names is None) != (names is None))
        left_out = self.target_indices if width > len(places) else ()
        targets = (f"column {index} (counted from 0) was taken for the target and left out" for index in left_out)
        return (*by_position, *targets)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON's types; floats survive exactly."""
        return {
            "names": None if self.names is None else list(self.names),
            "target_indices": list(self.target_indices),
            "targets": list(self.targets),
            "columns": [_encoder_to_json(encoder) for encoder in self.columns],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Preprocessing":
        """Read what `to_json` gave.

        Raises:
            DataError: it is something else.

        """
        try:
            columns = tuple(_encoder_from_json(column) for column in values["columns"])
            names, target_indices = _names(values["names"], len(columns)), _positions(values)
            targets = _texts(values.get("targets", []))  # older models do not name theirs
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"preprocessing: it is damaged ({type(error).__name__}: {error}); it must be what Ikura saved: "
                "train and save the model again"
            ) from None
        return cls(columns, names, target_indices, targets)

    def _remarks_on(self, names: Sequence[str], places: Sequence[int]) -> Iterator[str]:
        if any(after < before for before, after in pairwise(places)):
            yield "the columns stand in another order than in training: they were found by their names"
        others = [name for name in names if name not in (self.names or ())]
        if targets := [name for name in others if name in self.targets]:
            were_there = "target was" if len(targets) == 1 else "targets were"
            yield f"the {were_there} there and left out: {first_few(targets)}"
        if extra := [name for name in others if name not in self.targets]:
            yield f"{count(len(extra), 'column')} that the model does not use left out: {first_few(extra)}"

    def _encode_frame(self, frame: "pd.DataFrame") -> NDArray[np.float32]:
        naming = frame_naming(frame, _SOURCE)
        positions = self.find_columns(naming.names, frame.shape[1], _SOURCE)
        return self.encode(
            lambda number: self.read(frame.iloc[:, positions[number]], number, naming, positions[number]),
            len(frame),
            replace(naming, names=self.names),
        )


def _width(encoder: Encoder) -> int:
    if isinstance(encoder, OneHot):
        return len(encoder.categories)
    return 1 if isinstance(encoder, Scaled) else 0


def _scale(values: NDArray[Any], encoder: Scaled, naming: Naming, number: int) -> NDArray[np.float64]:
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), encoder.fill, values)
    scaled = (values.astype(np.float64) - encoder.mean) / encoder.scale
    check_finite(scaled, naming, [number])
    return scaled


def _encoder_to_json(encoder: Encoder) -> dict[str, Any]:
    if isinstance(encoder, Scaled):
        scaled = {"kind": encoder.kind, "mean": encoder.mean, "scale": encoder.scale, "fill": encoder.fill}
        return scaled | ({"notation": encoder.notation} if encoder.notation else {})
    if isinstance(encoder, OneHot):
        return {"kind": "text", "categories": list(encoder.categories)}
    return {"kind": "dropped"}


def _encoder_from_json(values: Mapping[str, Any]) -> Encoder:
    kind = values["kind"]
    if kind in ("number", "date"):
        mean, scale, fill = (_finite(values[name]) for name in ("mean", "scale", "fill"))
        if scale <= 0:
            raise ValueError(f"scale {scale} is not above 0")
        notation = values.get("notation", "")  # older models have none
        if not (numerals.is_notation(notation) if kind == "number" else notation in ("", *dates.ORDERS)):
            raise ValueError(f"unknown notation {str(notation)[:40]!r}")
        return Scaled(kind, mean, scale, fill, notation)
    if kind == "text":
        categories = tuple(values["categories"])
        if not categories or not all(category is None or isinstance(category, str) for category in categories):
            raise ValueError("categories are not texts")
        return OneHot(categories)
    if kind == "dropped":
        return Dropped()
    raise ValueError(f"unknown kind of column {kind!r}")


def _names(names: Any, columns: int) -> tuple[str, ...] | None:
    if names is not None and len(names) != columns:
        raise ValueError("names are not one text for each column")
    return None if names is None else _texts(names)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("names are not texts")
    return tuple(values)


def _positions(values: Mapping[str, Any]) -> tuple[int, ...]:
    if "target_indices" in values:
        positions = tuple(values["target_indices"])
    else:  # models of before there could be several targets
        positions = () if values["target_index"] is None else (values["target_index"],)
    if any(type(position) is not int or position < 0 for position in positions):
        raise ValueError("target_indices are no positions")
    return positions


def _finite(value: object) -> float:
    if type(value) not in (int, float) or not np.isfinite(number := float(value)):  # type: ignore[arg-type]
        raise ValueError(f"{str(value)[:40]!r} is no finite number")
    return number
