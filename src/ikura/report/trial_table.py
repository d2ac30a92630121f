"""The trials in a table, which its reader sorts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ikura.records import History, Metric, Value
from ikura.report.measures import written
from ikura.space import Space
from ikura.wording import number

MOST_ROWS = 500

Cell: TypeAlias = tuple[str, str | None]
"""What is shown, and what it is sorted by where that is something else; nothing to sort by ("") stands last."""


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The best trials first."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int


def trial_table(space: Space, history: History, metrics: Sequence[Metric]) -> TrialTable:
    """Return the trials in the order of their rank, and those that have none after them."""
    ranked = history.ranking.tolist()
    order = [*ranked, *sorted(set(range(len(history.trials))) - set(ranked))]
    known = [metric for metric in metrics if metric.name in history.curves]
    finals = {metric.name: history.final(metric.name) for metric in known}
    marks, rows = _marks(history), []
    for trial in order[:MOST_ROWS]:
        config = history.config(trial)
        epochs = int(history.epochs[trial])
        rows.append(
            (
                (str(trial), None),
                (str(history.states[trial]), None),
                _cell(f"{epochs:,}", str(epochs)),
                *(_measured(metric, float(finals[metric.name][trial])) for metric in known),
                *(cells[trial] for cells in marks.values()),
                *(_setting(config.get(name)) for name in space.names),
            )
        )
    columns = ("trial", "state", "epochs", *(metric.title for metric in known), *marks, *space.names)
    return TrialTable(columns, tuple(rows), max(len(order) - MOST_ROWS, 0))


def _marks(history: History) -> dict[str, list[Cell]]:
    """Return of each trial [trial] whether it is on the front, and keeps to the constraints, where there are such."""
    marks: dict[str, list[Cell]] = {}
    if history.objective.second is not None:
        front = set(history.front)
        marks["on the front"] = [
            ("yes", None) if number in front else ("–", "") for number in range(len(history.trials))
        ]
    if history.objective.constraints:
        marks["constraints"] = [("kept" if kept else "broken", None) for kept in history.feasible]
    return marks


def _measured(metric: Metric, value: float) -> Cell:
    return _cell(written(metric, value, 2), "" if math.isnan(value) else f"{value:.9g}")


def _setting(value: Value | None) -> Cell:
    if value is None:
        return "–", ""
    return _cell(number(value), f"{value:.9g}" if isinstance(value, float) else str(value))


def _cell(shown: str, key: str) -> Cell:
    return shown, None if key == shown else key
