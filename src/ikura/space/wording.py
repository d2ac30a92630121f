"""The turns of phrase that error messages share."""

from collections.abc import Iterable
from difflib import get_close_matches


def listed(values: Iterable[object]) -> str:
    """Write `'a', 'b' or 'c'`."""
    words = [repr(value) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def suggestion(word: object, known: Iterable[str]) -> str:
    """Write the remedy for a misspelt word: the known one nearest to it, or all of them."""
    known = list(known)
    close = get_close_matches(str(word), known, n=1, cutoff=0.4)
    return f"did you mean {close[0]!r}?" if close else f"choose {listed(known)}"
