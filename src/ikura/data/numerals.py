"""Numbers as people write them in text: thousands, money, percent, words for true and false.

A notation says how all numbers of one column are written; it is found in training, and kept for predicting:

- `""`: as in Python and CSV files, `1234.5`;
- `"boolean"`: `true` and `false`, `yes` and `no`, `t` and `f`, `y` and `n`, `on` and `off`;
- a style such as `"1,000.5"`, which shows the signs between thousands and before decimals;
- a unit before a style: `"% 1,000.5"`, `"$ 1,000.5"`; a percentage stands for its hundredth.
"""

import re
from collections.abc import Collection, Iterator

_WORDS = (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"), ("on", "off"))
_TRUTH = {word: float(truth) for pair in _WORDS for word, truth in zip(pair, (True, False), strict=True)}

BOOLEAN = "boolean"
DECIMAL_COMMA, GROUPED_COMMA = "1000,5", "1.000,5"

_STYLES = {
    "1,000.5": (",", r"\."),
    "1.000,5": (r"\.", ","),
    "1 000.5": ("[ \u00a0\u2009\u202f]", r"\."),
    "1 000,5": ("[ \u00a0\u2009\u202f]", ","),
    "1'000.5": ("['\u2019]", r"\."),
    DECIMAL_COMMA: ("(?!)", ","),  # without thousands: 1.234 of another file is none of these
}
_NUMBERS = {
    style: re.compile(
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<group>{group})[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*|[0-9]+)"
        rf"(?:{point}(?P<part>[0-9]+))?(?P<power>[eE][-+]?[0-9]{{1,3}})?"
    )
    for style, (group, point) in _STYLES.items()
}
_CURRENCIES = "$€£¥₹₩₽₺₴₪₫฿"
_CODES = ("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "BRL", "KRW")
_UNIT = rf"[{re.escape(_CURRENCIES)}]|{'|'.join(_CODES)}"
_MEASURED = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+\u2212]?)\s?(?P<before>{_UNIT})?\s?(?P<again>[-+\u2212]?)(?P<number>[0-9](?:.*[0-9])?)"
    rf"\s?(?P<after>%|{_UNIT})?(?(open)\))"
)


def parses_as_number(text: str) -> bool:
    """Whether a text is a number, as in CSV files: no thousands separators, no underscores."""
    if "_" in text:
        return False
    try:
        plain_number(text)
    except ValueError:
        return False
    return True


def plain_number(text: str) -> float:
    """Return the number that a text is, as in CSV files, or with the minus of typesetters before it."""
    return float(f"-{text[1:]}" if text[:1] == "\u2212" else text)


def find_notation(texts: Collection[str]) -> str | None:
    """Return the notation in which all of these are numbers; None where there is none, or more than one.

    Numbers in the notation "" are not looked for: many texts are plain numbers and still names of categories. Where all
    are plain, that is what they are: of 1.234 and 5.678 nothing tells that the sign may be one between thousands.
    """
    if all(map(parses_as_number, texts)):
        return None
    if any({text.lower() for text in texts} == set(pair) for pair in _WORDS):
        return BOOLEAN
    units = {_unit(text) for text in texts}
    named = units - {""}
    if len(named) > 1 or None in units or ("%" in named and "" in units):
        return None
    unit = "".join(unit for unit in named if unit)
    styles = [style for style in _STYLES if all(_read(text, style) is not None for text in texts)]
    if not unit:  # without a sign for thousands they are plain, or lists such as 1,5
        styles = [style for style in styles if any(_is_grouped(text, style) for text in texts)]
    elif unit != "%" and styles[:2] == ["1,000.5", "1.000,5"] and any(_is_grouped(text, "1.000,5") for text in texts):
        return None  # 1.500 €: whether it is much or little nobody can tell
    return f"{unit} {styles[0]}".strip() if styles else None


def parse(text: str, notation: str) -> float | None:
    """Return the number that a text is in this notation, or plainly; None if it is none.

    Where percentages were learned, a plain number is none: whether it means 0.5 % or 50 % nobody can tell.
    """
    words: Collection[str] = _TRUTH if notation == BOOLEAN else () if notation else _WORDS[0]
    if text.lower() in words:  # true and false without a notation are of models of before there were any
        return _TRUTH[text.lower()]
    style = next((style for style in _STYLES if notation.endswith(style)), "")
    unit = notation.removesuffix(style).strip() if style else ""
    if style and _unit(text) in ((unit,) if unit == "%" else (unit, "")):
        number = _read(text, style)
        if number is not None:
            return number / 100 if unit == "%" else number
    plain = unit != "%" and not style.endswith(",5") and parses_as_number(text)
    return plain_number(text) if plain else None


def looks_like_a_number(text: str) -> bool:
    """Whether a text is a number in any notation."""
    return parses_as_number(text) or any(_read(text, style) is not None for style in _STYLES)


def is_code(text: str) -> bool:
    """Whether it is a number of which something would be lost, such as the zero of 01234."""
    return re.match(r"[-+]?0[0-9]", text) is not None


def wanted(notation: str) -> str:
    """Say what a text must be."""
    if notation == BOOLEAN:
        return "a number, or true or false"
    if notation.startswith("%"):
        return "a percentage such as 12%"
    return f"a number, such as {notation}" if notation else "a number"


def is_notation(name: object) -> bool:
    """Whether it is the name of a notation."""
    return name in ("", BOOLEAN) or name in set(_notations())


def in_words(notation: str) -> str:
    """Say what was read as numbers."""
    if notation == BOOLEAN:
        return "words for true and false were read as 1 and 0"
    if notation.startswith("%"):
        return "percentages were read as numbers, 12% as 0.12"
    if notation in _STYLES:
        return f"numbers such as {notation} were read as 1000.5"
    return f"money ({notation.partition(' ')[0]}) was read as numbers"


def _notations() -> Iterator[str]:
    for style in _STYLES:
        yield style
        for unit in ("%", *_CURRENCIES, *_CODES):
            yield f"{unit} {style}"


def _unit(text: str) -> str | None:
    """Return the unit of a text that may be a measured number, "" for none; None if it is no such text."""
    found = _MEASURED.fullmatch(text)
    if found is None or (found["before"] and found["after"]) or (found["sign"] and found["again"]):
        return None
    return found["before"] or found["after"] or ""


def _number_in(text: str, style: str) -> tuple[re.Match[str], re.Match[str]] | None:
    measured = _MEASURED.fullmatch(text)
    number = _NUMBERS[style].fullmatch(measured["number"]) if measured else None
    return (measured, number) if measured and number else None


def _read(text: str, style: str) -> float | None:
    if (found := _number_in(text, style)) is None:
        return None
    measured, number = found
    whole = re.sub(r"[^0-9]", "", number["whole"])
    size = float(f"{whole}.{number['part'] or 0}{number['power'] or ''}")
    negative = measured["open"] or (measured["sign"] or measured["again"]) in ("-", "\u2212")
    return -size if negative else size


def _is_grouped(text: str, style: str) -> bool:
    found = _number_in(text, style)
    return found is not None and found[1]["group"] is not None
