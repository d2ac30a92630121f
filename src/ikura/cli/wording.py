"""Numbers, times and the user's own words as a terminal shows them."""

import math
import shlex
from pathlib import Path

from ikura.records import Value
from ikura.store import without_password


def plain(text: object) -> str:
    """One line that moves no cursor and changes no colour: what cannot be printed is shown as Python escapes it."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in str(text))


def number(value: Value | None, digits: int = 3) -> str:
    """A float with its significant digits, more of them near 1 (a momentum of 0.9912); all else as it is."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, float):
        return plain(value)
    if not math.isfinite(value):
        return "–"
    if 0.9 < value < 1:
        places = digits - 1 - math.floor(math.log10(1 - value))
        return f"{value:.{places}f}".rstrip("0")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if exponent and 0 < int(exponent) < 15:
        return f"{value:.0f}"
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 in percent; rounding never makes 100 % of less, nor 0 % of more."""
    if share is None or not math.isfinite(share):
        return "–"
    step = 10.0**-digits
    shown = round(100 * share, digits)
    if share < 1:
        shown = min(shown, 100 - step)
    if share > 0:
        shown = max(shown, step)
    return f"{shown:.{digits}f} %"


def count(amount: int, noun: str) -> str:
    """`1 trial`, `5,000 trials`."""
    return f"{amount:,} {noun if amount == 1 else noun + 's'}"


def clock(seconds: float) -> str:
    """Time as a clock shows it: `0:07`, `12:30`, `1:02:03`."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(seconds: float) -> str:
    """`0.84 s`, `21 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.2g} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def roughly(seconds: float) -> str:
    """How much time is left, no more exactly than it is known, so that the words seldom change."""
    if seconds < 7.5:
        return "a few seconds left"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s left"
    minutes = math.ceil(seconds / 60 - 0.2)
    if minutes < 60:
        return f"about {minutes} min left"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    return f"about {hours} h {minutes} min left" if minutes else f"about {hours} h left"


def speed(per_second: float, noun: str = "trials") -> str:
    """`12.3 trials/s`; per minute where that is the better number."""
    if per_second < 0.5:
        return f"{number(60 * per_second, 2)} {noun}/min"
    return f"{per_second:.1f} {noun}/s" if per_second < 99.95 else f"{per_second:,.0f} {noun}/s"


def shell(*words: str) -> str:
    """A command, ready to be pasted into a shell."""
    return plain(shlex.join(words))


def on_study(verb: str, name: str, store: str | None) -> str:
    """A command on a study, ready to be pasted into a shell; `store` as the user gave it, but for a password."""
    options = [] if store is None else ["--store", without_password(store)]
    return shell("ikura", verb, *options, *(["--"] if name.startswith("-") else []), name)


def path_in_words(path: str) -> str:
    """The path from the current folder, if it lies in it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
