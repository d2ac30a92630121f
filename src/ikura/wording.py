"""Counts, lists, numbers, times and remedies as a reader says them."""

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def number(value: float | str, digits: int = 4) -> str:
    """Write a float with its significant digits, more where it is near 1 (a momentum of 0.99912); all else as it is."""
    if isinstance(value, bool) or not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    if 0.9 < value < 1:
        places = digits - 1 - math.floor(math.log10(1 - value))
        return f"{value:.{places}f}".rstrip("0")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if exponent and 0 < int(exponent) < 15:
        return f"{value:.0f}"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def percent(share: float, digits: int = 1) -> str:
    """Write a share of 1 in percent; rounding never makes 100 % of less, nor 0 % of more."""
    step = 10.0**-digits
    shown = round(100 * share, digits)
    if shown >= 100 and share < 1:
        shown = 100 - step
    if shown <= 0 and share > 0:
        shown = step
    return f"{shown:.{digits}f}\u00a0%"


def share_digits(examples: int) -> int:
    """Return how many digits after the point a percentage of so many examples is worth."""
    return 1 if examples < 2000 else 2


def times(amount: int) -> str:
    """Write `once`, `3 times`."""
    return "once" if amount == 1 else f"{amount:,} times"


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """Write `1 trial`, `5,000 trials`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


def every(amount: int, noun: str) -> str:
    """Write `every epoch`, `every 3 epochs`."""
    return f"every {noun}" if amount == 1 else f"every {amount:,} {noun}s"


def duration(seconds: float) -> str:
    """Write `0.84 s`, `21 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.2g}\u00a0s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}\u00a0s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}\u00a0min {left}\u00a0s" if left else f"{minutes}\u00a0min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}\u00a0h {minutes}\u00a0min" if minutes else f"{hours}\u00a0h"


def listing(items: Iterable[str], word: str) -> str:
    """Write `a`, `a or b`, `a, b or c` for the word `or`."""
    items = list(items)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def quoted(values: Iterable[object], word: str = "or") -> str:
    """Write `'a', 'b' or 'c'`."""
    return listing(map(repr, values), word)


def first_few(names: Sequence[object], most: int = 5) -> str:
    """Write `'a', 'b'`; beyond `most` only the number of the others."""
    shown = ", ".join(map(repr, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def gist(error: str) -> str:
    """Return the line of a traceback that says what happened; the last line of any other text."""
    lines = error.strip().splitlines() or [""]
    frames = [place for place, line in enumerate(lines) if line.startswith('  File "')]
    after = lines[frames[-1] + 1 :] if frames else []
    return next((line for line in after if line.strip() and not line.startswith("    ")), lines[-1])


def suggestion(word: object, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> str:
    """Write `did you mean 'age'?` of the known words that are near a misspelt one; nothing where none is.

    Args:
        word: what was given.
        known: what could have been meant.
        most: how many words to offer.
        cutoff: how near they must be, from 0 to 1 (`difflib.get_close_matches`).
    """
    word, known = str(word), list(known)
    near = get_close_matches(word, known, n=most, cutoff=cutoff)
    near = near or [other for other in known if other.lower() == word.lower()][:most]
    return f"did you mean {quoted(near)}?" if near else ""


def remedy(word: object, known: Iterable[str]) -> str:
    """Write the suggestion for a word that is none of a few, or all of these where none is near."""
    known = list(known)
    return suggestion(word, known, cutoff=0.4) or f"choose {quoted(known)}"
