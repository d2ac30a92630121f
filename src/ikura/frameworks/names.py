"""Names and options of other frameworks as Ikura's: names are Python identifiers, options plain values."""

import keyword
import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ikura.records import Value


def identifier(name: str) -> str:
    """Return a name as one of Ikura's, in which `opt/lr` cannot be: `opt_lr`."""
    name = re.sub(r"\W", "_", name)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def stand_ins(options: Iterable[Any]) -> dict[Value, Any]:
    """Return what stands for each option -> the option: itself where Ikura's choices take it, else its name.

    What stands for an option is the same in every process: no address of an object is in it.
    """
    found: dict[Value, Any] = {}
    for place, option in enumerate(options):
        plain = option.item() if isinstance(option, np.generic) else option
        if _is_plain(plain):
            if plain not in found:
                found[plain] = option
                continue
            if type(found[plain]) is type(option):
                continue  # The same option again.
        found[_unused(_written(plain, place), found)] = option
    return found


def _is_plain(option: Any) -> bool:
    return type(option) in (str, bool, int) or (type(option) is float and math.isfinite(option))


def _written(option: Any, place: int) -> str:
    name = option if isinstance(option, str) else getattr(option, "__name__", None)
    if isinstance(name, str):
        return str(name)
    written = repr(option)
    return f"{type(option).__name__}_{place}" if " at 0x" in written else written


def _unused(word: str, found: dict[Value, Any]) -> str:
    while word in found:
        word += "_"
    return word
