"""Environments of the frameworks' own, each made when it is first asked for."""

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from string import Template

from examples.frameworks.recipes import Recipe

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ikura" / "frameworks"

ROOT = Path(__file__).parents[2]

LAST_LINES = 2
"""So many of what pip said last are told where it could not install something."""


class AbsentError(Exception):
    """A framework cannot be had on this machine; the message says why."""


def make(name: str, recipe: Recipe) -> Path:
    """Return the folder of a framework's environment, which is made unless it is there already.

    Raises:
        AbsentError: something that it takes is not on this machine, or could not be installed.
    """
    if recipe.absent is not None:
        raise AbsentError(recipe.absent)
    if recipe.program is not None and shutil.which(recipe.program) is None:
        raise AbsentError(f"{recipe.program} is not on this machine")
    folder, steps = CACHE / name, "\n".join([*recipe.installs, recipe.setup or ""])
    done = folder / "installed"
    if not done.exists() or done.read_text(encoding="utf-8") != steps:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if recipe.installs:
            _run([_interpreter(recipe.python), "-m", "venv", str(folder)])
        for step in recipe.installs:
            words = [_wheel() if word == "$ikura" else word for word in shlex.split(step)]
            _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *words])
        if recipe.setup is not None:
            _run(["sh", "-ec", Template(recipe.setup).substitute(folder=folder, python=sys.executable)])
        done.write_text(steps, encoding="utf-8")
    return folder


def version(folder: Path, recipe: Recipe) -> str:
    """Return what version of a framework an environment has."""
    if recipe.program is not None:
        said = subprocess.run([recipe.program, "--version"], check=True, capture_output=True, text=True)
        return said.stdout.split()[1]
    name = recipe.package.lower().replace("-", "_")
    found = [path.stem.partition("-") for path in folder.glob("lib/python*/site-packages/*.dist-info")]
    return next(number for package, _, number in found if package.lower() == name)


def _interpreter(wanted: str | None) -> str:
    """Return a CPython of a version: this one, or pyenv's, or one on the PATH."""
    if wanted is None or sys.version.startswith(f"{wanted}."):
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    if paths := sorted(pyenv.glob(f"versions/{wanted}.*/bin/python")):
        return str(paths[-1])
    if found := shutil.which(f"python{wanted}"):
        return found
    raise AbsentError(f"CPython {wanted} is not on this machine, and no other has the packages")


@cache
def _wheel() -> str:
    """Build Ikura from this checkout, and return the wheel's path."""
    folder = CACHE / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)])
    return str(next(folder.glob("*.whl")))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        said = " ".join(done.stderr.strip().splitlines()[-LAST_LINES:])
        raise AbsentError(f"{shlex.join(command[1:])} failed: {said}")
