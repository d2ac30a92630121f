"""Numbers, times and the user's own words as a terminal shows them."""

import math
import shlex
from pathlib import Path

from ikura import wording
from ikura.errors import printable
from ikura.records import Metric, Value
from ikura.store import without_password


def plain(text: object) -> str:
    """Return one line that moves no cursor and changes no colour."""
    return printable(str(text))


def number(value: Value | None, digits: int = 3) -> str:
    """Write a value as in the report, in one line; a dash for what is no number."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return plain(wording.number(value, digits))


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share as in the report; a dash for what is no number."""
    return "–" if share is None or not math.isfinite(share) else spaced(wording.percent(share, digits))


def measured(metric: Metric, value: float | None, digits: int = 1) -> str:
    """Write a metric's value in its unit.

    Args:
        metric: whose value it is.
        value: a dash is written for None and NaN.
        digits: after the point, of percents.
    """
    if metric.is_share:
        return percent(value, digits)
    return f"{number(value)} {plain(metric.unit)}".rstrip()


def duration(seconds: float) -> str:
    """Write a time as in the report."""
    return spaced(wording.duration(seconds))


def predicted(seconds: float) -> str:
    """Write a time that was predicted, no more exactly than it is known."""
    return "under a second" if seconds < 1 else duration(seconds)


def clock(seconds: float) -> str:
    """Write a time as a clock shows it: `0:07`, `12:30`, `1:02:03`."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def roughly(seconds: float) -> str:
    """Write how much time is left, no more exactly than it is known, so that the words seldom change."""
    if seconds < 7.5:
        return "a few seconds left"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s left"
    minutes = math.ceil(seconds / 60 - 0.2)
    if minutes < 60:
        return f"about {minutes} min left"
    hours, minutes = divmod(10 * round(minutes / 10), 60)
    return f"about {hours} h {minutes} min left" if minutes else f"about {hours} h left"


def speed(per_second: float) -> str:
    """Write `12.3 epochs/s`; per minute where that is the better number."""
    if per_second < 0.5:
        return f"{number(60 * per_second, 2)} epochs/min"
    return f"{per_second:.1f} epochs/s" if per_second < 99.95 else f"{per_second:,.0f} epochs/s"


def shell(*words: str) -> str:
    """Return a command, ready to be pasted into a shell."""
    return plain(shlex.join(words))


def on_study(verb: str, name: str, store: str | None, *options: str) -> str:
    """Return a command on a study, ready to be pasted into a shell; `store` as the user gave it, but for a password."""
    place = [] if store is None else ["--store", without_password(store)]
    return shell("ikura", verb, *options, *place, *(["--"] if name.startswith("-") else []), name)


def path_in_words(path: str) -> str:
    """Return the path from the current folder, if it lies in it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def spaced(text: str) -> str:
    """Return the text with plain spaces, which can be searched for and copied."""
    return text.replace("\u00a0", " ")
