"""How messages name the rows and columns of a source, so that their user finds them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Origin:
    """Where a table came from."""

    source: str
    """A path, the name of a bundled set, or what it is in Python: `<arrays>`, `<frame>`."""
    names: tuple[str, ...] | None = None
    """The columns' names, if they have any."""
    rows: Sequence[Hashable] | None = None
    """What the user calls each row; None: its position."""
    row_word: str = "row"
    left_out: int | None = None
    """The position of the target, where it stood among the columns but is none of these."""

    def column(self, index: int) -> str:
        """Name a column by its position among these."""
        return f"column {self.short(index)}" + (" (counted from 0)" if self.names is None else "")

    def short(self, index: int) -> str:
        """Give the name alone, in quotes; without names the position in the source."""
        if self.names is not None:
            return repr(self.names[index])
        return str(index + (self.left_out is not None and index >= self.left_out))

    def row(self, index: int) -> str:
        """Name a row by its position."""
        return f"row {index} (counted from 0)" if self.rows is None else f"{self.row_word} {self.rows[index]}"


def listing(names: Sequence[object], most: int = 5) -> str:
    """List the names in quotes; beyond `most` only their number."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return `; did you mean 'age'?` where a known name is close, else nothing."""
    close = get_close_matches(name, known, n=1) or [other for other in known if other.lower() == name.lower()]
    return f"; did you mean {close[0]!r}?" if close else ""


def count(number: int, noun: str) -> str:
    """Return `1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
