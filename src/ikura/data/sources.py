"""Whatever a user may name as data -> a table, or features to predict from."""

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from numpy.typing import NDArray

from ikura.data.bundled import BUNDLED, read_bundled
from ikura.data.delimited import read_delimited
from ikura.data.examples import Examples, find_target, frame_naming, from_arrays, from_frame, is_frame
from ikura.data.labels import numbers_where_exact
from ikura.data.naming import Naming
from ikura.data.npz import read_npz, read_npz_features
from ikura.data.parquet import read_parquet
from ikura.data.preprocessing import OneHot, Preprocessing
from ikura.data.split import PARTS
from ikura.data.table import Table, tabulate, tabulate_parts
from ikura.errors import DataError
from ikura.records import Origin
from ikura.wording import first_few, suggestion

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | PathLike[str] | pd.DataFrame | tuple[Any, Any] | Mapping[str, tuple[Any, Any]]"

_SUFFIXES = (".csv", ".tsv", ".npz", ".parquet")


class Features(NamedTuple):
    """Features to predict from, as `Preprocessing.transform` takes them."""

    values: "pd.DataFrame | NDArray[Any]"
    notes: tuple[str, ...]


def load(source: Source, *, target: str | int | None = None) -> Table:
    """Read and check a data set: a bundled name, a path, a frame, `(x, y)`, or `{"train": (x, y), "test": (x, y)}`.

    Args:
        source: Paths end in .csv, .tsv, .npz or .parquet. A mapping may have a part `dev` too.
        target: The column of the labels in a file or frame, by name or position; by default the last.

    Raises:
        DataError: there is no such source, or it cannot be read or learned from.

    """
    if isinstance(source, str | PathLike):
        return _load_named(source, target)
    if is_frame(source):
        frame: Any = source
        return tabulate(from_frame(frame, target, "frame"))
    if target is not None:
        raise _needless_target("arrays", target)
    if isinstance(source, Mapping):
        return _load_parts(source, "arrays")
    if isinstance(source, tuple) and len(source) == 2:
        x, y = source
        return tabulate(from_arrays(x, y, "arrays"))
    what = f"a tuple of {len(source)}" if isinstance(source, tuple) else type(source).__name__
    raise DataError(
        f"data: {what} is no data set; it must be a bundled name ({', '.join(BUNDLED)}), a path, a frame, or arrays: "
        "give (x, y)"
    )


def origin_of(source: Source) -> Origin:
    """Return where the examples come from."""
    if not isinstance(source, str | PathLike):
        return Origin.MEMORY
    return Origin.BUNDLED if str(source) in BUNDLED else Origin.FILE


def read_features(path: str | PathLike[str], preprocessing: Preprocessing) -> Features:
    """Read the features of a file or bundled set, for predicting; a target column may be there or not.

    Of an NPZ file it takes `x`, else `x_test`.

    Raises:
        DataError: there is no such file, it cannot be read, or columns of training are missing.

    """
    name = str(path)
    if name in BUNDLED:
        return Features(read_bundled(name)[0], ())
    file = _find(name)
    if file.suffix.lower() == ".npz":
        values, array = _read(file, read_npz_features)
        return Features(values, () if array == "x" else (f"the array {array!r} was taken",))
    if file.suffix.lower() == ".parquet":
        frame = _read(file, read_parquet)
        places, notes = preprocessing.find_columns(frame_naming(frame, name).names, frame.shape[1], name)
    else:
        table = _read(file, read_delimited)
        places, notes = preprocessing.find_columns(table.names, table.width, name)
        text = [place for number, place in places.items() if isinstance(preprocessing.columns[number], OneHot)]
        frame = table.frame(text)
        notes = (*table.notes, *notes)
    features = frame.iloc[:, list(places.values())]
    names = preprocessing.names
    features.columns = list(range(len(places))) if names is None else [names[number] for number in places]
    return Features(features, notes)


def _load_named(source: str | PathLike[str], target: str | int | None) -> Table:
    name = str(source)
    if name in BUNDLED:
        if target is not None:
            raise _needless_target(name, target)
        x, y, names = read_bundled(name)
        examples = from_arrays(x, y, name)
        return tabulate(replace(examples, naming=replace(examples.naming, names=names)))
    path = _find(name)
    suffix = path.suffix.lower()
    if suffix == ".npz":
        if target is not None:
            raise _needless_target(name, target)
        parts = _read(path, read_npz)
        if "all" not in parts:
            return _load_parts(parts, name)
        x, y = parts["all"]
        return tabulate(from_arrays(x, y, name))
    if suffix == ".parquet":
        return tabulate(from_frame(_read(path, read_parquet), target, name))
    return tabulate(_delimited_examples(path, target))


def _delimited_examples(path: Path, target: str | int | None) -> Examples:
    import pandas as pd

    table = _read(path, read_delimited)
    index = find_target(target, Naming(str(path), table.names), table.width)
    frame = table.frame([index])
    labels = frame.iloc[:, index]
    texts = [None if missing else text for text, missing in zip(labels, labels.isna(), strict=True)]
    exact = numbers_where_exact(texts)
    frame.isetitem(index, pd.Series(exact, index=frame.index, dtype=object))
    examples = from_frame(frame, index, str(path))
    return replace(examples, notes=(*table.notes, *examples.notes))


def _load_parts(parts: Mapping[str, tuple[Any, Any]], source: str) -> Table:
    for part in parts:
        if part not in PARTS:
            raise DataError(
                f"{source}: there is a part {part!r}; the parts of a split are {first_few(PARTS)} (dev may be left "
                "out): rename it"
            )
    for part in ("train", "test"):
        if part not in parts:
            raise DataError(
                f"{source}: the split has no part {part!r}; it must have train and test: add it, or give all examples "
                "as one (x, y) to have them split"
            )
    examples: dict[str, Examples] = {}
    for part, pair in parts.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(f"{source}: part {part!r} is of type {type(pair).__name__}; it must be a pair: give (x, y)")
        x, y = pair
        examples[part] = from_arrays(x, y, f"{source}, {part}")
    return tabulate_parts(examples, source)


def _find(name: str) -> Path:
    try:
        return _file(name)
    except OSError as error:
        shown = name if len(name) <= 100 else f"{name[:60]}..."
        raise DataError(
            f"{shown}: it cannot be reached ({error.strerror}); data must be a file or one of the bundled sets "
            f"{', '.join(BUNDLED)}: check the path"
        ) from None


def _file(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        raise DataError(
            f"{name or '.'}: it is a folder; data must be one file ({', '.join(_SUFFIXES)}): name a file in it"
        )
    if not path.exists():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"{name}: there is no such file; data must be a file or one of the bundled sets {', '.join(BUNDLED)}: "
            f"{suggestion(path.name, [*BUNDLED, *beside]) or 'check the path'}"
        )
    if path.suffix.lower() not in _SUFFIXES:
        raise DataError(
            f"{name}: {path.suffix or 'a name without a suffix'} is no kind of file that Ikura reads; it reads "
            f"{', '.join(_SUFFIXES)}: convert it, or rename it if it is one of these"
        )
    return path


def _read(path: Path, reader: Any) -> Any:
    try:
        return reader(path)
    except OSError as error:
        raise DataError(
            f"{path}: it cannot be read: {error.strerror or error}; the file must be readable: check its permissions"
        ) from None


def _needless_target(source: str, target: str | int) -> DataError:
    return DataError(
        f"{source}: target {target!r} was given; only tables have a target column, arrays and bundled sets bring their "
        "labels: leave the target out"
    )
