"""How messages name the rows and columns of a source, so that their user finds them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Naming:
    """The names of a source's columns and rows."""

    source: str
    """A path, the name of a bundled set, or what it is in Python: `arrays`, `frame`."""
    names: tuple[str, ...] | None = None
    """The columns' names, if they have any."""
    rows: "Sequence[Hashable] | pd.Index | None" = field(default=None, compare=False)
    """What the user calls each row; None: its position."""
    row_word: str = "row"
    left_out: tuple[int, ...] = ()
    """The positions of the targets, where they stood among the columns but are none of these."""
    targets: tuple[str, ...] = ()
    """The names of the columns that hold the labels, which are none of these."""

    def column(self, index: int) -> str:
        """Name a column by its position among these."""
        return f"column {self.short(index)}" + (" (counted from 0)" if self.names is None else "")

    def short(self, index: int) -> str:
        """Give the name alone, in quotes; without names the position in the source."""
        if self.names is not None:
            return repr(self.names[index])
        for position in sorted(self.left_out):
            index += index >= position
        return str(index)

    def row(self, index: int) -> str:
        """Name a row by its position."""
        return f"row {index} (counted from 0)" if self.rows is None else f"{self.row_word} {self.rows[index]}"
