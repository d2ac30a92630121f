"""Numbers, counts and times as a reader says them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ikura.records import History, TrialState, Value
from ikura.store import StudyRecord, is_imported


def number(value: Value, digits: int = 4) -> str:
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


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """Write `1 trial`, `5,000 trials`."""
    return f"{amount:,} {noun if amount == 1 else plural or noun + 's'}"


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


def listing(items: Sequence[str], word: str) -> str:
    """Write `a`, `a or b`, `a, b or c` for the word `or`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def features_in_words(settings: Mapping[str, Any]) -> str:
    """Write `4 features`, or `9 features from 4 columns` where columns of text became several features each."""
    features = count(settings["features"], "feature")
    # Studies of before the columns were counted have the features alone.
    columns = settings.get("columns", settings["features"])
    return features if columns == settings["features"] else f"{features} from {count(columns, 'column')}"


def can_go_on(study: StudyRecord, history: History) -> bool:
    """Tell whether resuming can help: not where every trial of the budget diverged or failed, nor after an import."""
    lost = sum(state in (TrialState.DIVERGED, TrialState.FAILED) for state in history.states)
    return study.status == "interrupted" and lost < study.settings["trials"] and not is_imported(study.settings)


def unused_in_words(settings: Mapping[str, Any], outcome: Mapping[str, Any]) -> str | None:
    """Say why fewer trials were made than were asked for; None where all were made."""
    unused = settings["trials"] - outcome["trials"]
    if not unused:
        return None
    return (
        f"Of {count(settings['trials'], 'trial')} asked for, {unused:,} were not needed: the sampler had no more "
        "configurations to propose."
    )
