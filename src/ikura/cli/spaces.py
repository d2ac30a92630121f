"""`ikura space`: the default space as TOML, to start from."""

import re
import sys
import textwrap
from collections.abc import Mapping
from typing import Annotated

import typer

from ikura.cli.options import Header, Separator, Target, Task, data_file, target_of
from ikura.cli.wording import number, plain, shell
from ikura.records import Value
from ikura.space import Space

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
    data: Annotated[str, typer.Argument(metavar="DATA", help="As for `ikura tune`.", show_default=False)],
    target: Target = None,
    task: Task = None,
    header: Header = None,
    separator: Separator = None,
) -> None:
    """Print the space that `ikura tune DATA` searches, as TOML to change: ikura space DATA > space.toml."""
    from ikura.study.starting_space import starting_space

    found, left_out = starting_space(data_file(data, header, separator), target=target_of(target), task=task)
    options = [word for column in target or () for word in ("--target", column)]
    options += [] if task is None else ["--task", task]
    options += [] if header is None else ["--header" if header else "--no-header"]
    options += [] if separator is None else ["--separator", separator]
    tune = shell("ikura", "tune", data, *options, "--space", "space.toml")
    sys.stdout.write(commented(found, left_out, tune))
    sys.stdout.flush()


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
