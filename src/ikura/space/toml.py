"""Spaces as TOML: one table a dimension, its keys the arguments of Float, Int and Choice."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from ikura.errors import SpaceError
from ikura.space.dimensions import Choice, Dimension, Float, Int
from ikura.space.rules import check_size
from ikura.wording import remedy

TYPES: Mapping[str, type[Dimension]] = {"float": Float, "int": Int, "choice": Choice}


def read(text: str) -> dict[str, Dimension]:
    """Read the dimensions, each still to be checked. Raises SpaceError."""
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))  # as editors on Windows begin a file
    except tomllib.TOMLDecodeError as error:
        raise SpaceError(_syntax_message(str(error), text)) from None
    except (ValueError, RecursionError) as error:
        what = "values are nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        raise SpaceError(f"{what}; a space has tables of plain values: mend it") from None
    check_size(len(tables))
    return {name: _dimension(name, table) for name, table in tables.items()}


def write(dimensions: Mapping[str, Dimension]) -> str:
    """Write the dimensions, without the arguments that have their default."""
    return "\n".join(_table(name, dimension) for name, dimension in dimensions.items())


def _dimension(name: str, table: object) -> Dimension:
    if not isinstance(table, dict):
        raise SpaceError(
            f"{name}: {table!r} is not a table; a dimension must be a table: write [{name}] and its keys below"
        )
    kind = table.get("type")
    if kind is None:
        raise SpaceError(f'{name}: has no type; a dimension must have one: add type = "float", "int" or "choice"')
    if not isinstance(kind, str) or kind not in TYPES:
        raise SpaceError(f"{name}: type {kind!r} is unknown; it must be one of three: {remedy(kind, TYPES)}")
    arguments = {key: value for key, value in table.items() if key != "type"}
    known = [field.name for field in fields(TYPES[kind])]
    for key in arguments:
        if key not in known:
            raise SpaceError(f"{name}: key {key!r} is unknown; a {kind} has {', '.join(known)}: {remedy(key, known)}")
    for key in _required(TYPES[kind]):
        if key not in arguments:
            raise SpaceError(
                f"{name}: has no {key}; a {kind} needs {' and '.join(_required(TYPES[kind]))}: add {key} = ..."
            )
    if kind != "choice":
        return TYPES[kind](**arguments)
    options = arguments.pop("options")
    if not isinstance(options, list):
        raise SpaceError(f"{name}: options is {options!r}; it must be a list: write options = [...]")
    return Choice(*options, **arguments)


def _required(kind: type[Dimension]) -> list[str]:
    return [field.name for field in fields(kind) if field.default is MISSING]


def _table(name: str, dimension: Dimension) -> str:
    kind = next(word for word, cls in TYPES.items() if isinstance(dimension, cls))
    lines = [f"[{_key(name)}]", f"type = {_literal(kind)}"]
    for field in fields(dimension):
        value = getattr(dimension, field.name)
        if value != field.default:
            lines.append(f"{field.name} = {_literal(value)}")
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # JSON's strings are TOML's, but for the delete character, which TOML wants escaped.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(map(_literal, value))}]"
        case Mapping():
            return f"{{ {', '.join(f'{_key(name)} = {_literal(item)}' for name, item in value.items())} }}"
        case _:
            return str(value)


def _key(name: str) -> str:
    """Quote what TOML cannot write bare: its bare keys are ASCII only, Python's identifiers are not."""
    return name if name.isascii() else _literal(name)


def _syntax_message(error: str, text: str) -> str:
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", error)
    what = error[: place.start()] if place else error
    line = place[1] if place and place[1] else len(text.splitlines())
    table = re.fullmatch(r"Cannot declare \('(.*)',\) twice", what)
    if table:
        return f"line {line}: [{table[1]}] is there twice; a dimension must have one table: rename or remove one"
    if what == "Cannot overwrite a value":
        return f"line {line}: a key is there twice in its table; a key must stand once: remove one"
    return f"line {line}: {what[0].lower()}{what[1:]}; the space must be valid TOML: mend that line"
