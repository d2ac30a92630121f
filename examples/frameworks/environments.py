"""Environments of the frameworks' own, each made when it is first asked for."""

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from string import Template

import ikura
from examples.frameworks.recipes import Recipe

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ikura" / "frameworks"

ROOT = Path(__file__).parents[2]

LAST_LINES = 3
"""So many of what pip said last are told where it could not install something."""


class AbsentError(Exception):
    """A framework cannot be had on this machine; the message says why."""


def make(name: str, recipe: Recipe) -> Path:
    """Return the Python of a framework's environment, which is made unless it is there already.

    Raises:
        AbsentError: something that it takes is not on this machine, or could not be installed.
    """
    if recipe.absent is not None:
        raise AbsentError(recipe.absent)
    if lacking := [program for program in recipe.programs if shutil.which(program) is None]:
        raise AbsentError(f"{', '.join(lacking)} is not installed")
    if not recipe.installs:
        return Path(sys.executable)
    folder = CACHE / name
    python, done = folder / "bin" / "python", folder / "installed"
    steps = "\n".join(recipe.installs)
    if not done.exists() or done.read_text(encoding="utf-8") != steps:
        shutil.rmtree(folder, ignore_errors=True)
        _run([str(_interpreter(recipe.python)), "-m", "venv", str(folder)])
        for step in recipe.installs:
            # What is to be Ikura is only built where it is wanted.
            words = [str(_wheel()) if word == "$ikura" else word for word in shlex.split(step)]
            _run([str(python), "-m", "pip", "install", "--quiet", *words])
        done.write_text(steps, encoding="utf-8")
    return python


def version(python: Path, recipe: Recipe) -> str:
    """Return the versions of the framework and of its language."""
    if not recipe.installs:
        ...
    return ""


def _interpreter(wanted: str | None) -> Path:
    if wanted is None or sys.version.startswith(f"{wanted}."):
        return Path(sys.executable)
    found = shutil.which(f"python{wanted}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    paths = [Path(found)] if found else sorted(pyenv.glob(f"{wanted}.*/bin/python"))
    if not paths:
        raise AbsentError(f"CPython {wanted} is not on this machine, and no newer one has the packages")
    return paths[-1]


@cache
def _wheel() -> Path:
    """Build Ikura, once, from this checkout."""
    folder = CACHE / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return next(folder.glob("*.whl"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-LAST_LINES:])
        raise AbsentError(f"{shlex.join(command[1:])} failed: {said}")
