"""Numbers, times and the user's own words as a terminal shows them."""

import math
import shlex
from pathlib import Path

from ikura.errors import printable
from ikura.records import Value
from ikura.report import words
from ikura.store import without_password


def plain(text: object) -> str:
    """One line that moves no cursor and changes no colour."""
    return printable(str(text))


def number(value: Value | None, digits: int = 3) -> str:
    """As in the report, in one line; a dash for what is no number."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return plain(words.number(value, digits))


def percent(share: float | None, digits: int = 1) -> str:
    """As in the report; a dash for what is no number."""
    return "–" if share is None or not math.isfinite(share) else _spaced(words.percent(share, digits))


def duration(seconds: float) -> str:
    """As in the report."""
    return _spaced(words.duration(seconds))


def clock(seconds: float) -> str:
    """Time as a clock shows it: `0:07`, `12:30`, `1:02:03`."""
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


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


def _spaced(text: str) -> str:
    """With plain spaces, which can be searched for and copied."""
    return text.replace("\u00a0", " ")
