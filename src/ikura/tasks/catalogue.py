"""The tasks there are, by the names under which studies are kept."""

from collections.abc import Mapping

from ikura.records import DamagedError
from ikura.tasks.classification import CLASSIFICATION
from ikura.tasks.own_code import OWN_CODE
from ikura.tasks.protocol import Task

TASKS: Mapping[str, Task] = {task.name: task for task in (CLASSIFICATION, OWN_CODE)}


def task_named(name: str) -> Task:
    """Return the task of a study.

    Raises:
        DamagedError: there is none of that name.
    """
    if name not in TASKS:
        raise DamagedError(f"its task {name!r} is none that Ikura knows")
    return TASKS[name]
