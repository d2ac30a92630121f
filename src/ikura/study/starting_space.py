"""The space that a search of data has where its user gives none."""

from collections.abc import Sequence

from ikura.data import Source, prepare
from ikura.errors import SettingError
from ikura.evaluators.defaults import default_space as usual_space
from ikura.evaluators.defaults import full_config
from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Value
from ikura.space import Space
from ikura.study.code_subject import is_code


def default_space(
    data: Source = "digits", *, target: "str | int | Sequence[str | int] | None" = None, task: str | None = None
) -> Space:
    """Return the space that `tune` searches for the built-in network where none is given, as one to start from.

    Args:
        data: as for `tune`.
        target: as for `tune`.
        task: as for `tune`.

    Raises:
        IkuraError: one line about a mistake in the data.
    """
    return starting_space(data, target=target, task=task)[0]


def starting_space(
    data: Source, *, target: "str | int | Sequence[str | int] | None", task: str | None
) -> tuple[Space, dict[str, Value]]:
    """Return that space, and the hyperparameters that it leaves out, with the values that they then have."""
    if is_code(data):
        raise SettingError(
            f"space: {data} is training code, of which nobody but its author knows a space; a default one is of data: "
            "give a data set"
        )
    dataset = prepare(data, target=target, task=task)
    examples = len(dataset.train.y)
    space = usual_space(examples, dataset.targets)
    config = full_config({}, TRAINING_DIALS | MLP_DIALS, examples)
    return space, {name: value for name, value in config.items() if name not in space.names}
