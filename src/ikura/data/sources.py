"""Whatever a user may name as data -> a table, or features to predict from."""

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from numpy.typing import NDArray

from ikura.data.bundled import BUNDLED, read_bundled
from ikura.data.compressed import COMPRESSED
from ikura.data.csv_file import CsvFile
from ikura.data.decimals import decimal_point_of, read_commas
from ikura.data.delimited import read_delimited
from ikura.data.examples import (
    Examples,
    TargetColumns,
    find_targets,
    frame_naming,
    from_arrays,
    from_frame,
    is_frame,
    role_places,
    without_spaces,
)
from ikura.data.excel import read_excel
from ikura.data.labels import numbers_where_exact
from ikura.data.layout import Layout
from ikura.data.naming import Naming
from ikura.data.npz import read_npz, read_npz_features
from ikura.data.parquet import read_parquet
from ikura.data.preprocessing import Preprocessing
from ikura.data.roles import NO_ROLES, Roles, check_roles
from ikura.data.split import PARTS
from ikura.data.table import Table, tabulate, tabulate_parts
from ikura.data.targets import check_task
from ikura.data.untested import Untested
from ikura.errors import DataError, SettingError
from ikura.files import irregular
from ikura.records import Origin
from ikura.wording import count, first_few, quoted, suggestion

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = (
    "str | PathLike[str] | CsvFile | pd.DataFrame | tuple[Any, Any] | Untested | Mapping[str, tuple[Any, Any]]"
)

_TEXT = (".csv", ".tsv", ".txt", ".dat", ".data")
_SUFFIXES = (*_TEXT, ".npz", ".parquet", ".xlsx")


class Features(NamedTuple):
    """Features to predict from, as `Preprocessing.transform` takes them."""

    values: "pd.DataFrame | NDArray[Any]"
    notes: tuple[str, ...]


def load(source: Source, *, target: TargetColumns = None, task: str | None = None, roles: Roles = NO_ROLES) -> Table:
    """Read and check a data set: a bundled name, a path, a frame, `(x, y)`, or `{"train": (x, y), "test": (x, y)}`.

    Args:
        source: Paths end in .csv, .tsv, .txt, .npz, .parquet or .xlsx; those of text may be packed, as .csv.gz. A
            mapping may have a part `dev` too.
        target: The column of the labels in a file or frame, by name or position, or several; by default the last.
        task: What is learned of it (see `encode_targets`); by default what the target says.
        roles: What else is known of the examples.

    Raises:
        DataError: there is no such source, or it cannot be read or learned from.

    """
    check_task(task)
    check_roles(roles)
    if isinstance(source, str | PathLike | CsvFile):
        return _load_named(source, target, task, roles)
    if is_frame(source):
        frame: Any = source
        return tabulate(from_frame(frame, target, "frame", roles), task)
    if target is not None:
        raise _needless_target("arrays", target)
    if isinstance(source, Mapping):
        return _load_parts(source, "arrays", task, roles)
    if isinstance(source, Untested):
        return tabulate(from_arrays(source.x, source.y, "arrays", roles=roles), task)
    if isinstance(source, tuple) and len(source) == 2:
        x, y = source
        return tabulate(from_arrays(x, y, "arrays", roles=roles), task)
    what = f"a tuple of {len(source)}" if isinstance(source, tuple) else type(source).__name__
    raise DataError(
        f"data: {what} is no data set; it must be a bundled name ({', '.join(BUNDLED)}), a path, a frame, or arrays: "
        "give (x, y)"
    )


def origin_of(source: Source) -> Origin:
    """Return where the examples come from."""
    if not isinstance(source, str | PathLike | CsvFile):
        return Origin.MEMORY
    return Origin.BUNDLED if str(source) in BUNDLED else Origin.FILE


def read_features(source: str | PathLike[str] | CsvFile, preprocessing: Preprocessing) -> Features:
    """Read the features of a file or bundled set, for predicting; a target column may be there or not.

    Of an NPZ file it takes `x`, else `x_test`.

    Raises:
        DataError: there is no such file, it cannot be read, or columns of training are missing.

    """
    name = str(source)
    if name in BUNDLED and not isinstance(source, CsvFile):
        return Features(read_bundled(name)[0], ())
    path = find_file(source)
    suffix = suffix_of(path)
    notes: tuple[str, ...] = ()
    if suffix == ".npz":
        values, array = _read(path, read_npz_features)
        return Features(values, () if array == "x" else (f"the array {array!r} was taken",))
    if suffix not in (".parquet", ".xlsx"):
        table = _read(path, lambda _: read_delimited(as_csv_file(source)))
        places, width = find_places(table.layout, table.width, preprocessing, name)
        remarks = preprocessing.remarks(table.names, width, places)
        # All as text: what a cell means does not depend on the others then, and 1.500 € is no 1.5.
        frame = replace(table, width=1 + max(places.values(), default=0)).frame(places.values())
        notes = table.notes
    else:
        if suffix == ".parquet":
            frame = _read(path, read_parquet)
        else:
            frame, notes = _read(path, lambda _: _read_excel(source))
        names = frame_naming(frame, name).names
        places = preprocessing.find_columns(names, frame.shape[1], name)
        remarks = preprocessing.remarks(names, frame.shape[1], places)
    features = frame.iloc[:, list(places.values())]
    names = preprocessing.names
    features.columns = list(range(len(places))) if names is None else [names[number] for number in places]
    return Features(features, (*notes, *remarks))


def find_places(layout: Layout, filled: int, preprocessing: Preprocessing, source: str) -> tuple[dict[int, int], int]:
    """Find where text has each feature, and how many columns count; those from `filled` on are empty.

    Raises:
        DataError: columns are missing; without names, there are too many or too few.

    """
    if layout.names is not None and preprocessing.names is not None:
        return preprocessing.find_columns(layout.names, layout.cells, source), filled
    width = preprocessing.fitting_width(filled, layout.cells)
    return preprocessing.find_columns(layout.names, width, source), width


def _load_named(source: str | PathLike[str] | CsvFile, target: TargetColumns, task: str | None, roles: Roles) -> Table:
    name = str(source)
    if name in BUNDLED and not isinstance(source, CsvFile):
        if target is not None:
            raise _needless_target(name, target)
        x, y, names = read_bundled(name)
        examples = from_arrays(x, y, name, roles=roles)
        return tabulate(replace(examples, naming=replace(examples.naming, names=names)), task)
    path = find_file(source)
    suffix = suffix_of(path)
    if suffix == ".npz":
        if target is not None:
            raise _needless_target(name, target)
        parts = _read(path, read_npz)
        if "all" not in parts:
            return _load_parts(parts, name, task, roles)
        x, y = parts["all"]
        return tabulate(from_arrays(x, y, name, roles=roles), task)
    if suffix == ".parquet":
        return tabulate(from_frame(_read(path, read_parquet), target, name, roles), task)
    if suffix == ".xlsx":
        frame, notes = _read(path, lambda _: _read_excel(source))
        examples = from_frame(frame, target, name, roles)
        return tabulate(replace(examples, notes=(*notes, *examples.notes)), task)
    return tabulate(_delimited_examples(as_csv_file(source), target, roles), task)


def _delimited_examples(file: CsvFile, target: TargetColumns, roles: Roles) -> Examples:
    import pandas as pd

    table = _read(Path(file.path), lambda _: read_delimited(file))
    naming = Naming(str(file), table.names)
    places = role_places(roles, naming, table.width)
    indices = find_targets(target, naming, table.width, taken=tuple(places.values()))
    frame = table.frame(indices)
    commas = table.commas(frame)
    told = [place for place in commas if place not in indices]
    texts = table.frame(commas) if commas else frame
    read_commas(texts, {place: commas[place] for place in told})
    for place in told:
        frame.isetitem(place, texts.iloc[:, place])
    notes: dict[str, None] = {}
    if commas:
        notes[f"numbers were read with a decimal comma, in {count(len(commas), 'column')}"] = None
    for index in indices:
        labels, spaced = without_spaces(frame.iloc[:, index].astype(object).to_numpy())
        notes |= dict.fromkeys(spaced)
        spelt = decimal_point_of(commas.get(index))
        exact = numbers_where_exact([None if pd.isna(text) else spelt(text) for text in labels])
        frame.isetitem(index, pd.Series(exact, index=frame.index, dtype=object))
    examples = from_frame(frame, indices, str(file), roles, commas)
    return replace(examples, notes=(*table.notes, *notes, *examples.notes))


def as_csv_file(source: str | PathLike[str] | CsvFile) -> CsvFile:
    """Return the file with nothing said of it, where its user says nothing."""
    return source if isinstance(source, CsvFile) else CsvFile(source)


def _read_excel(source: str | PathLike[str] | CsvFile) -> "tuple[pd.DataFrame, tuple[str, ...]]":
    file = as_csv_file(source)
    return read_excel(Path(file.path), file.header)


def _load_parts(parts: Mapping[str, tuple[Any, Any]], source: str, task: str | None, roles: Roles) -> Table:
    for role in roles.given:
        if role != "weights" or role not in roles.columns:
            raise DataError(
                f"{source}: {role} is given, and your own split as well; a split has weights alone, and those as a "
                "column of its frames: leave it out, or give all examples as one"
            )
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
    left_out: list[str] | None = None
    for part in (part for part in PARTS if part in parts):
        pair = parts[part]
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(f"{source}: part {part!r} is of type {type(pair).__name__}; it must be a pair: give (x, y)")
        x, y = pair
        examples[part] = from_arrays(x, y, f"{source}, {part}", left_out, roles=roles)
        if left_out is None:
            kept = examples[part].naming.names or ()
            left_out = [name for name in map(str, x.columns) if name not in kept] if is_frame(x) and kept else []
    return tabulate_parts(examples, source, task)


def find_file(source: str | PathLike[str] | CsvFile) -> Path:
    """Return the path of a file that Ikura reads; DataError where there is none of that name."""
    name = str(source)
    if isinstance(source, CsvFile) and name in BUNDLED and not Path(name).exists():
        raise _needless_layout("header or separator", name)
    try:
        path = _file(name)
    except OSError as error:
        shown = name if len(name) <= 100 else f"{name[:60]}..."
        raise DataError(
            f"{shown}: it cannot be reached ({error.strerror}); data must be a file or one of the bundled sets "
            f"{', '.join(BUNDLED)}: check the path"
        ) from None
    suffix = suffix_of(path)
    if not isinstance(source, CsvFile):
        if suffix in _SUFFIXES:
            return path
        raise DataError(
            f"{name}: {path.suffix or 'a name without a suffix'} is no kind of file that Ikura reads; it reads "
            f"{', '.join(_SUFFIXES)}: convert it, or rename it if it is one of these"
        )
    useless = "separator" if suffix == ".xlsx" and source.separator is not None else None
    useless = "header or separator" if suffix in (".npz", ".parquet") else useless
    if useless is not None:
        raise _needless_layout(useless, name)
    return path


def suffix_of(path: Path) -> str:
    """Return what kind of file it is: `.csv`, of `table.csv.gz` too."""
    suffix = path.suffix.lower()
    inner = Path(path.stem).suffix.lower()
    return inner if suffix in COMPRESSED and inner in _TEXT else suffix


def _file(name: str) -> Path:
    path = Path(name)
    what = irregular(path)
    if what is not None:
        raise DataError(
            f"{name or '.'}: it is {what}; data must be one file ({', '.join(_SUFFIXES)}): "
            f"{'name a file in it' if what == 'a folder' else 'write it to a file'}"
        )
    if not path.exists():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"{name}: there is no such file; data must be a file or one of the bundled sets {', '.join(BUNDLED)}: "
            f"{suggestion(path.name, [*BUNDLED, *beside]) or 'check the path'}"
        )
    return path


def _read(path: Path, reader: Any) -> Any:
    try:
        return reader(path)
    except OSError as error:
        raise DataError(
            f"{path}: it cannot be read: {error.strerror or error}; the file must be readable: check its permissions"
        ) from None


def _needless_layout(what: str, source: str) -> SettingError:
    return SettingError(f"{what}: it is given for {source}; only text has one: leave it out")


def _needless_target(source: str, target: TargetColumns) -> DataError:
    named = quoted(target, "and") if isinstance(target, tuple | list) else repr(target)
    return DataError(
        f"{source}: target {named} was given; only tables have a target column, arrays and bundled sets bring their "
        "labels: leave the target out"
    )
