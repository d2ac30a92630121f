"""Functions by their names: what is pickled is the name, and the process that unpickles it imports the function."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ikura.errors import SettingError


class Imported:
    """A function that another process imports, as `module:function` or `file.py:function`; this one never does."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return find, (self.place,)

    def __call__(self, *_: object) -> Any:
        """Raise TypeError: it is called where it was unpickled."""
        raise TypeError(f"{self.place} is imported by workers only")


def find(place: str) -> Callable[..., Any]:
    """Import a function by its name.

    Raises:
        SettingError: there is none of that name. And whatever importing it raises.
    """
    where, _, name = place.rpartition(":")
    found: Any = _module(where)
    for part in name.split("."):
        if not hasattr(found, part):
            raise SettingError(f"{place}: {where} has no {part!r}; it must be a function: check the name")
        found = getattr(found, part)
    if not callable(found):
        raise SettingError(f"{place}: it is of type {type(found).__name__}; it must be a function: check the name")
    return found


def _module(place: str) -> ModuleType:
    if not place.endswith(".py"):
        sys.path.insert(0, str(Path.cwd()))
        return importlib.import_module(place)
    path = Path(place).absolute()
    if not path.exists():
        raise SettingError(f"{place}: there is no such file; it must be a Python file: check the path")
    # What lies beside the file can be imported, as when Python runs it.
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
