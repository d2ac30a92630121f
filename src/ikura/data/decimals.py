"""Text files whose decimal sign is a comma, as spreadsheets write them in most of Europe."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from ikura.data.numerals import DECIMAL_COMMA, GROUPED_COMMA, parse, parses_as_number

if TYPE_CHECKING:
    import pandas as pd

_COMMA = re.compile(r"[-+\u2212]?[0-9]+,[0-9]+([eE][-+]?[0-9]{1,3})?", re.ASCII)
_GROUPED = re.compile(r"[-+\u2212]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"[-+\u2212]?[0-9]+([eE][-+]?[0-9]{1,3})?", re.ASCII)
_EITHER = re.compile(r"[-+\u2212]?[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
"""1,234: a thousand and more, or one and a bit."""


def decimal_point(cell: str) -> str:
    """Return a number that may have a decimal comma as Python writes it; what is none, as it is."""
    text = cell.strip()
    if _GROUPED.fullmatch(text) and "," in text:
        text = text.replace(".", "")
    elif not _COMMA.fullmatch(text):
        return cell
    return text.replace(",", ".").replace("\u2212", "-")


def decimal_point_of(notation: str | None) -> Callable[[str], str]:
    """Return what spells the numbers of a notation as Python does; None: nothing is changed."""
    if notation is None:
        return str
    thousands = notation == GROUPED_COMMA
    return lambda text: (text.replace(".", "") if thousands else text).replace(",", ".").replace("\u2212", "-")


def find_commas(texts: Mapping[int, Collection[str]]) -> dict[int, str]:
    """Return the notation of each column of numbers with decimal commas, by its number.

    A file has one decimal sign: columns of nothing but 1,234 or 1.234 are told by the others.

    Args:
        texts: the different texts of the columns that may be such, without what is missing.
    """
    sure: dict[int, str] = {}
    doubtful: dict[int, str] = {}
    points = False
    for column, found in texts.items():
        marked = [text for text in found if "," in text or "." in text]
        rest = all(_WHOLE.fullmatch(text) for text in found if "," not in text and "." not in text)
        if not marked or not rest:
            continue
        grouped = any(_GROUPED.fullmatch(text) for text in marked)
        if all(_COMMA.fullmatch(text) or _GROUPED.fullmatch(text) for text in marked):
            told = any("," in text and not _EITHER.fullmatch(text) for text in marked)
            (sure if told else doubtful)[column] = GROUPED_COMMA if grouped else DECIMAL_COMMA
        points = points or (all(map(parses_as_number, marked)) and not grouped)
    return sure | (doubtful if sure and not points else {})


def read_commas(frame: "pd.DataFrame", notations: Mapping[int, str]) -> None:
    """Turn these columns of text into numbers, in place."""
    for place, notation in notations.items():
        column = frame.iloc[:, place]
        numbers = {text: parse(text.strip(), notation) for text in column.dropna().unique()}
        frame.isetitem(place, column.map(numbers).astype(float))
