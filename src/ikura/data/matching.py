"""Values with an index of their own -> values in the order of the examples."""

from typing import Any

from ikura.errors import DataError


def index_of(*values: Any) -> Any:
    """Return the index of the first of these that has one, or None."""
    return next((value.index for value in values if hasattr(value, "reindex")), None)


def in_order_of(index: Any, values: Any, words: tuple[str, str], source: str) -> tuple[Any, tuple[str, ...]]:
    """Return values in the order of an index, where they have their own, and a note if it was another.

    Args:
        index: of the examples; None where they have none.
        values: a series or a frame; all else stays as it is.
        words: what messages call the owner of the index and the values.
        source: what they call both.

    Raises:
        DataError: the rows of one are not those of the other.

    """
    if index is None or not hasattr(values, "reindex") or len(values) != len(index) or index.equals(values.index):
        return values, ()
    own = values.index
    if index.is_unique and own.is_unique and len(index.difference(own, sort=False)) == 0:
        return values.reindex(index), (f"{words[1]} was put in the order of {words[0]}'s index",)
    pairs = list(zip(index.tolist(), own.tolist(), strict=True))
    row = next((row for row, (one, other) in enumerate(pairs) if one != other), 0)
    one, other = pairs[row]
    raise DataError(
        f"{source}: {words[0]} and {words[1]} have different indexes, {one!r} and {other!r} in row {row} (counted from "
        f"0); they are matched by the index: if the rows are in one order, give {words[1]}.to_numpy()"
    )
