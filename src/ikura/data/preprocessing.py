"""What was learned from the training part, and how it turns any features into the network's inputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.columns import Kind, check_finite, read_column
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
    target_index: int | None = None
    """Where the target stood among the columns, so that it can be left out of data that still has it."""

    @property
    def width(self) -> int:
        """The number of features that `transform` gives."""
        return sum(map(_width, self.columns))

    def transform(self, features: "pd.DataFrame | NDArray[Any]") -> NDArray[np.float32]:
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
        matrix = array.reshape(len(array), -1)
        positions, _ = self.find_columns(None, matrix.shape[1], _SOURCE)
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
                place = {category: start + index for index, category in enumerate(encoder.categories)}
                places = np.array([place.get(value, -1) for value in column(number)], dtype=np.intp)
                known = np.flatnonzero(places >= 0)
                encoded[known, places[known]] = 1.0
            start += _width(encoder)
        return encoded

    def find_columns(
        self, names: Sequence[str] | None, width: int, source: str
    ) -> tuple[dict[int, int], tuple[str, ...]]:
        """Find where data with these columns has each feature, by its number, and what there is to say about it."""
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
            return {number: place[name] for number, name in enumerate(self.names) if name in place}, ()
        features = len(self.columns)
        notes = () if (self.names is None) == (names is None) else ("the columns were taken by position",)
        if width == features:
            return {position: position for position in range(width)}, notes
        if width == features + 1 and self.target_index is not None:
            kept = [position for position in range(width) if position != self.target_index]
            left_out = f"column {self.target_index} (counted from 0) was taken for the target and left out"
            return dict(enumerate(kept)), (*notes, left_out)
        raise DataError(
            f"{source}: there are {count(width, 'column')}, and there were {features} features in training; there must "
            "be as many: give the same columns in the same order"
        )

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON's types; floats survive exactly."""
        return {
            "names": None if self.names is None else list(self.names),
            "target_index": self.target_index,
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
            names, target = _names(values["names"], len(columns)), _position(values["target_index"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise DataError(
                f"preprocessing: it is damaged ({type(error).__name__}: {error}); it must be what Ikura saved: "
                "train and save the model again"
            ) from None
        return cls(columns, names, target)

    def _encode_frame(self, frame: "pd.DataFrame") -> NDArray[np.float32]:
        naming = frame_naming(frame, _SOURCE)
        positions, _ = self.find_columns(naming.names, frame.shape[1], _SOURCE)

        def column(number: int) -> NDArray[Any]:
            encoder, position = self.columns[number], positions[number]
            kind = encoder.kind if isinstance(encoder, Scaled) else "text"
            return read_column(frame.iloc[:, position], naming, position, kind).values

        return self.encode(column, len(frame), replace(naming, names=self.names))


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
        return {"kind": encoder.kind, "mean": encoder.mean, "scale": encoder.scale, "fill": encoder.fill}
    if isinstance(encoder, OneHot):
        return {"kind": "text", "categories": list(encoder.categories)}
    return {"kind": "dropped"}


def _encoder_from_json(values: Mapping[str, Any]) -> Encoder:
    kind = values["kind"]
    if kind in ("number", "date"):
        mean, scale, fill = (_finite(values[name]) for name in ("mean", "scale", "fill"))
        if scale <= 0:
            raise ValueError(f"scale {scale} is not above 0")
        return Scaled(kind, mean, scale, fill)
    if kind == "text":
        categories = tuple(values["categories"])
        if not categories or not all(category is None or isinstance(category, str) for category in categories):
            raise ValueError("categories are not texts")
        return OneHot(categories)
    if kind == "dropped":
        return Dropped()
    raise ValueError(f"unknown kind of column {kind!r}")


def _names(names: Any, columns: int) -> tuple[str, ...] | None:
    if names is not None and (len(names) != columns or not all(isinstance(name, str) for name in names)):
        raise ValueError("names are not one text for each column")
    return None if names is None else tuple(names)


def _position(position: Any) -> int | None:
    if position is not None and (type(position) is not int or position < 0):
        raise ValueError("target_index is no position")
    return position


def _finite(value: object) -> float:
    if type(value) not in (int, float) or not np.isfinite(number := float(value)):  # type: ignore[arg-type]
        raise ValueError(f"{str(value)[:40]!r} is no finite number")
    return number
