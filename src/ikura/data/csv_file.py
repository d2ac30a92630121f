"""A file of text with what cannot be seen in it: whether it has a header, and what separates its cells."""

from dataclasses import dataclass
from os import PathLike, fspath

from ikura.errors import SettingError

_NAMED = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "bar": "|"}


@dataclass(frozen=True)
class CsvFile:
    """A CSV or TSV file, wherever data is asked for and its path alone would be read in another way than it is meant.

    Args:
        path: of the file.
        header: whether the first row names the columns; None: it is found out.
        separator: the sign between cells, or `tab`, or `space` for any run of blanks; None: it is found out.

    Raises:
        SettingError: no file can have such a separator.
    """

    path: str | PathLike[str]
    header: bool | None = None
    separator: str | None = None

    def __post_init__(self) -> None:
        separator = _NAMED.get(str(self.separator), self.separator)
        if self.header is not None and not isinstance(self.header, bool):
            raise SettingError(f"header: {self.header!r} is given; it must be True or False: change it")
        if separator is not None and (
            not isinstance(separator, str) or len(separator) != 1 or separator.isalnum() or separator in "\"'\r\n\0"
        ):
            raise SettingError(
                f"separator: {self.separator!r} is given; it must be one sign that is no letter, digit or quote, such "
                "as ';', or tab or space: change it"
            )
        object.__setattr__(self, "separator", separator)

    def __str__(self) -> str:
        return str(fspath(self.path))
