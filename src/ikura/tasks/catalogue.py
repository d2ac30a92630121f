"""The tasks there are, by the names under which studies are kept."""

from collections.abc import Mapping, Sequence

from ikura.records import DamagedError, Kind, Target
from ikura.tasks.classification import CLASSIFICATION
from ikura.tasks.multilabel import MULTILABEL
from ikura.tasks.own_code import OWN_CODE
from ikura.tasks.protocol import Task
from ikura.tasks.regression import COUNTS, REGRESSION
from ikura.tasks.several import SEVERAL

TASKS: Mapping[str, Task] = {
    task.name: task for task in (CLASSIFICATION, REGRESSION, COUNTS, MULTILABEL, SEVERAL, OWN_CODE)
}

_OF_ONE_KIND: Mapping[Kind, Task] = {
    Kind.CLASS: CLASSIFICATION,
    Kind.NUMBER: REGRESSION,
    Kind.COUNT: COUNTS,
    Kind.LABELS: MULTILABEL,
}


def task_named(name: str) -> Task:
    """Return the task of a study.

    Raises:
        DamagedError: there is none of that name.
    """
    if name not in TASKS:
        raise DamagedError(f"its task {name!r} is none that Ikura knows")
    return TASKS[name]


def task_of(targets: Sequence[Target]) -> Task:
    """Return the task of learning these targets."""
    return _OF_ONE_KIND[targets[0].kind] if len(targets) == 1 else SEVERAL
