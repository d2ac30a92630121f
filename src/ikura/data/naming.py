"""How messages name the rows and columns of a source, so that their user finds them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """The names of a source's columns and rows."""

    source: str
    """A path, the name of a bundled set, or what it is in Python: `arrays`, `frame`."""
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
