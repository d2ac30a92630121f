"""`ikura space`: the default space as TOML, to start from."""

import re
import sys
import textwrap
from collections.abc import Mapping
from typing import Annotated

import typer

from ikura.cli.judging import tune_next
from ikura.cli.options import Header, Separator, StoreUrl, Target, Task, data_file, target_of
from ikura.cli.wording import number, plain, shell
from ikura.errors import SettingError
from ikura.records import Value
from ikura.space import Space
from ikura.store import open_store, read_whole

ABOUT = {
    "learning_rate": "how far each step goes: the one that matters most",
    "optimizer": "the rule of a step; others: sgd",
    "momentum": "the share of the last step that the next one keeps",
    "beta1": "Adam's momentum",
    "decay": "how the learning rate falls from epoch to epoch; others: inverse, staircase, sqrt",
    "decay_rate": "how fast it falls",
    "weight_decay": "how strongly weights are drawn to zero, against overfitting",
    "hidden_layers": "0 is softmax regression",
    "hidden_units": "in each hidden layer; hidden_units_1, hidden_units_2... for layers of their own widths",
    "dropout": "the share of units that are left out in each step of training, against overfitting",
    "label_smoothing": "how much of each label is spread over all classes",
}
"""A line for each dimension of the default space."""

EXAMPLE = """\
[batch_size]
type = "choice"
options = [16, 32, 64]

[activation]
type = "choice"
options = ["relu", "tanh", "gelu"]

[batch_norm]
type = "choice"
options = [true, false]
"""
"""Dimensions that the default space has not."""


def space(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="As for `ikura tune`; with --next, a study.", show_default=False)
    ],
    target: Target = None,
    task: Task = None,
    header: Header = None,
    separator: Separator = None,
    next_: Annotated[
        bool, typer.Option("--next", help="Print what the study's checks propose to search next, with the reasons.")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Print the space that `ikura tune DATA` searches, as TOML to change: ikura space DATA > space.toml."""
    of_data = {"target": target, "task": task, "header": header, "separator": separator}
    if next_:
        for name, given in of_data.items():
            if given is not None:
                raise SettingError(f"{name}: {given!r} is given; it is of data, and --next is of a study: leave it out")
        sys.stdout.write(_next(data, store))
        sys.stdout.flush()
        return
    if store is not None:
        raise SettingError(f"store: {store!r} is given; only a study is in one: leave it out, or say --next")
    from ikura.study.starting_space import starting_space

    found, left_out = starting_space(data_file(data, header, separator), target=target_of(target), task=task)
    options = [word for column in target or () for word in ("--target", column)]
    options += [] if task is None else ["--task", task]
    options += [] if header is None else ["--header" if header else "--no-header"]
    options += [] if separator is None else ["--separator", separator]
    tune = shell("ikura", "tune", data, *options, "--space", "space.toml")
    sys.stdout.write(commented(found, left_out, tune))
    sys.stdout.flush()


def _next(study: str, store: str | None) -> str:
    """Return what to search after a study, as TOML."""
    with open_store(store, must_exist=True) as database:
        record, _, history = read_whole(database, study)
    from ikura.study import next_space_of

    after = next_space_of(record, history)
    head = [f"What to search after {study}: {tune_next(study, store)}"]
    head += [] if after.reasons else ["Nothing speaks for another space: this is the one that it searched."]
    return f"{_comment(*head)}\n{after.to_toml()}"


def commented(space: Space, left_out: Mapping[str, Value], tune: str) -> str:
    """Return a space as TOML with comments for who changes it.

    Args:
        space: the default one.
        left_out: the other hyperparameters, and the values that they have.
        tune: the command that searches the file.
    """
    head = (
        f"The default space, to be changed as you like: {tune}",
        "Types: float and int with low and high, choice with options. Scales: linear, log (equal care for each power",
        "of ten), one-minus-log (the same near 1). With `when`, a hyperparameter is there only where others have",
        "these values. To fix one, write a choice of one option; one that is left out has its default.",
    )
    tables = re.sub(
        r"^\[(\w+)\]$", lambda table: f"# {ABOUT[table[1]]}\n{table[0]}", space.to_toml(), flags=re.MULTILINE
    )
    others = ", ".join(f"{name} {number(value).lower()}" for name, value in left_out.items())
    tail = ("Left out, and so at their defaults:", *textwrap.wrap(others, 110), "To tune some of them as well:")
    return f"{_comment(*head)}\n{tables}\n{_comment(*tail)}#\n{_comment(*EXAMPLE.splitlines())}"


def _comment(*lines: str) -> str:
    return "".join(f"# {plain(line)}".rstrip() + "\n" for line in lines)
