"""What trials must keep to, as a user writes it: `latency <= 5`."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ikura.errors import SettingError
from ikura.records import AT_LEAST, AT_MOST, Constraint, Goal, Metric, Objective
from ikura.wording import listing, suggestion

_CONSTRAINT = re.compile(r"\s*(?P<name>[^<>=]*[^<>=\s])\s*(?P<sign>[<>=]+)\s*(?P<bound>\S+)\s*")


def constraints(given: object) -> tuple[Constraint, ...]:
    """Return what one constraint, or a list of them, says; of metrics that nobody knows yet.

    Raises:
        SettingError: it says something else.
    """
    if given is None:
        return ()
    if not isinstance(given, str | Sequence):
        raise _misread(given)
    return tuple(_constraint(each) for each in ([given] if isinstance(given, str) else given))


def constrained(objective: Objective, asked: Sequence[Constraint], known: Sequence[Metric]) -> Objective:
    """Return an objective whose trials must keep to constraints, each of a metric that is known.

    Args:
        objective: without them.
        asked: as the user wrote them; of data, names may lack their `dev_`.
        known: all metrics that are measured.

    Raises:
        SettingError: one is of another metric.
    """
    named = {metric.name.removeprefix("dev_"): metric for metric in known} | {metric.name: metric for metric in known}
    for name in (each.metric.name for each in asked):
        if name not in named:
            near = suggestion(name, list(named))
            raise SettingError(
                f"constraint: {name!r} is given, which is not measured; it must be one of "
                f"{listing([metric.name for metric in known], 'and')}: {near or 'change it'}"
            )
    kept = tuple(replace(each, metric=named[each.metric.name]) for each in asked)
    return replace(objective, constraints=kept)


def _constraint(text: object) -> Constraint:
    found = _CONSTRAINT.fullmatch(text) if isinstance(text, str) else None
    if found is None or found["sign"] not in (AT_MOST, AT_LEAST):
        raise _misread(text)
    try:
        bound = float(found["bound"])
    except ValueError:
        raise _misread(text) from None
    if not math.isfinite(bound):
        raise _misread(text)
    goal = Goal.MINIMIZE if found["sign"] == AT_MOST else Goal.MAXIMIZE
    return Constraint(Metric(found["name"], goal), found["sign"], bound)


def _misread(given: object) -> SettingError:
    return SettingError(
        f"constraint: {given!r} is given; it must be a metric, <= or >=, and a number, as 'latency <= 5', or a list of "
        "such: change it"
    )
