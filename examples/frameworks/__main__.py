"""Tunes the same network in one framework after the other, and prints a row for each.

    python -m examples.frameworks pytorch theano
    python -m examples.frameworks --list

Run it from the repository's root. Each framework gets an environment of its own below ~/.cache/ikura/frameworks, into
which pip installs it. What pip cannot install is not installed; the row says what is missing.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from string import Template

from examples.frameworks.data import export
from examples.frameworks.environments import CACHE, ROOT, AbsentError, make, version
from examples.frameworks.recipes import RECIPES, Recipe
from examples.frameworks.study import TRIALS
from ikura.workers import ikura_trial

COLUMNS = ("framework", "version", "as", "best dev accuracy", "seconds a trial", "lines of glue")

GLUE = re.compile(r"\btrial\b|ikura|\bargv?s?\b|\bprint|json|Reporting", re.IGNORECASE)
"""In lines of code that read the trial or report: what the trainer has only for Ikura's sake."""

COMMENT = re.compile(r'\s*("""|#|//|/\*|--)')


def main() -> None:
    """Run the frameworks that are named."""
    parser = argparse.ArgumentParser(prog="python -m examples.frameworks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a framework, as --list has it; by default all")
    parser.add_argument("--list", action="store_true", help="print their names")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{name:17} {recipe.framework}" for name, recipe in RECIPES.items()))
        return
    if unknown := [name for name in arguments.names if name not in RECIPES]:
        parser.error(f"{unknown[0]!r} is no framework here; there are {', '.join(RECIPES)}")
    print(_line(COLUMNS), _line("---" for _ in COLUMNS), sep="\n")
    for name in arguments.names or RECIPES:
        print(_line(_row(name, RECIPES[name])), flush=True)


def glue(file: Path) -> int:
    """Return how many lines of a trainer are there for Ikura's sake."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if GLUE.search(line) and not COMMENT.match(line))


def variables(recipe: Recipe, environment: Path, folder: Path) -> dict[str, str]:
    """Return the environment variables for a trainer; the data are written into a folder, and Ikura's helper."""
    shutil.copy(ikura_trial.__file__, export(folder))
    told = {name: Template(value).substitute(folder=environment) for name, value in recipe.variables.items()}
    return {"DIGITS": str(folder), "PYTHONPATH": str(folder), **told}


def _row(name: str, recipe: Recipe) -> tuple[str, ...]:
    lines = str(glue(recipe.file))
    try:
        environment = make(name, recipe)
    except AbsentError as error:
        return recipe.framework, "", "", f"not run: {error}", "", lines
    how, python = ("program", sys.executable) if recipe.command else ("function", environment / "bin" / "python")
    ran = subprocess.run(
        [str(python), "-m", "examples.frameworks.study", name, str(environment)],
        cwd=ROOT,
        env={**os.environ, **variables(recipe, environment, CACHE / "digits")},
        check=False,
        capture_output=True,
        text=True,
    )
    told = version(environment, recipe), how
    if ran.returncode:
        return recipe.framework, *told, f"failed: {ran.stderr.strip().splitlines()[-1]}", "", lines
    found = json.loads(ran.stdout.splitlines()[-1])
    return recipe.framework, *told, f"{found['accuracy']:.3f}", f"{found['seconds'] / TRIALS:.1f}", lines


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
