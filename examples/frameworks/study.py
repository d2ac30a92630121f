"""Tunes one framework's trainer, and prints what came of it; with the Python of its environment where that has Ikura.

python -m examples.frameworks.study NAME ENVIRONMENT
"""

import json
import sys
import tempfile
from pathlib import Path
from shlex import quote
from string import Template

import ikura
from examples.frameworks.recipes import RECIPES, Recipe

SPACE = ikura.Space(
    learning_rate=ikura.Float(1e-3, 1.0, scale="log"),
    momentum=ikura.Float(0.5, 0.99, scale="one-minus-log"),
)

TRIALS, EPOCHS = 16, 15


def training(recipe: Recipe, environment: Path) -> "str | ikura.Program":
    """Return what Ikura is to tune: a function, or a program with the Python of an environment."""
    if recipe.command is None:
        return f"{recipe.file}:train"
    python, trainer = quote(str(environment / "bin" / "python")), quote(str(recipe.file))
    return ikura.Program(Template(recipe.command).substitute(python=python, trainer=trainer))


def tuned(recipe: Recipe, environment: Path, *, trials: int = TRIALS, epochs: int = EPOCHS) -> ikura.Result:
    """Tune learning rate and momentum of a framework's trainer."""
    with tempfile.TemporaryDirectory() as folder:
        return ikura.tune(
            training(recipe, environment),
            space=SPACE,
            metric=recipe.metric,
            schedule="halving",
            trials=trials,
            epochs=epochs,
            store=f"{folder}/study.db",
        )


if __name__ == "__main__":
    result = tuned(RECIPES[sys.argv[1]], Path(sys.argv[2]))
    found = {"accuracy": result.value, "seconds": result.outcome.seconds["search"], "config": dict(result.best.config)}
    print(json.dumps({**found, "epochs": result.outcome.epochs_trained, "failed": result.outcome.failed}))
