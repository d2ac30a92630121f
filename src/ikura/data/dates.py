"""Dates as people write them in text.

An order says what stands first in dates such as 03/04/2012; it is found in training, and kept for predicting. All
other forms say it themselves: 2012-04-03, 2012/04/03, 3.4.2012, 3 April 2012, Apr 3, 2012, 20 o'clock or 8 PM after
any of them.
"""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DAY_FIRST, MONTH_FIRST = "day/month/year", "month/day/year"
ORDERS = (DAY_FIRST, MONTH_FIRST)

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}\S*)?", re.ASCII)
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_TIME = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d{1,9})?))?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)


def _form(date: str) -> re.Pattern[str]:
    return re.compile(date + _TIME, re.ASCII)


_PLAIN = (
    _form(rf"{_YEAR}(?P<sign>[-/.]){_MONTH}(?P=sign){_DAY}"),
    _form(rf"{_DAY}\.{_MONTH}\.{_YEAR}"),
    _form(rf"{_DAY}(?:st|nd|rd|th)?[- /]{_NAME},?[- /]{_YEAR}"),
    _form(rf"{_NAME}[- ]{_DAY}(?:st|nd|rd|th)?,?[- ]{_YEAR}"),
)
_ORDERED = {
    DAY_FIRST: _form(rf"{_DAY}(?P<sign>[-/]){_MONTH}(?P=sign){_YEAR}"),
    MONTH_FIRST: _form(rf"{_MONTH}(?P<sign>[-/]){_DAY}(?P=sign){_YEAR}"),
}


def find_order(texts: Collection[str]) -> str | None:
    """Return the order in which all of these are dates, "" where they need none; None if they are none, or both fit.

    03/04/2012 is a date only beside another such as 13/04/2012.
    """
    if _all_dates(texts, ""):
        return ""
    orders = [order for order in ORDERS if _all_dates(texts, order)]
    return orders[0] if len(orders) == 1 else None


def are_ambiguous(texts: Collection[str]) -> bool:
    """Whether all of these are dates with the day first, and with the month first as well."""
    return bool(texts) and all(_all_dates(texts, order) for order in ORDERS) and not _all_dates(texts, "")


def to_iso(text: str, order: str) -> str | None:
    """Write a date as ISO 8601; None for what is none in this order. Whether there is such a day is not checked."""
    if _ISO.fullmatch(text):
        return text
    forms = (*_PLAIN, _ORDERED[order]) if order else _PLAIN
    found = next((match for form in forms if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    month = _month_number(parts["name"]) if parts.get("name") else int(parts["month"])
    if month is None:
        return None
    date = f"{parts['year']}-{month:02}-{int(parts['day']):02}"
    return date if parts["hour"] is None else _with_time(date, parts)


def as_dates(series: "pd.Series", order: str) -> "pd.Series":
    """Read texts as dates of universal time; what is none becomes NaT."""
    import pandas as pd

    iso = {text: to_iso(text.strip(), order) for text in series.dropna().unique() if isinstance(text, str)}
    return pd.to_datetime(series.map(iso).astype("str"), utc=True, errors="coerce", format="ISO8601")


def _all_dates(texts: Collection[str], order: str) -> bool:
    import pandas as pd

    iso = [to_iso(text, order) for text in texts]
    if not iso or None in iso:
        return False
    return bool(pd.to_datetime(pd.Series(iso), utc=True, errors="coerce", format="ISO8601").notna().all())


def _month_number(name: str) -> int | None:
    """Return 9 for `Sep`, `Sept` and `September`."""
    word = name.lower()
    found = [
        number
        for number, month in enumerate(_MONTHS, 1)
        if month == word or (len(word) < 5 and month[:4].startswith(word))
    ]
    return found[0] if len(found) == 1 else None


def _with_time(date: str, parts: dict[str, str]) -> str | None:
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (parts["half"] in "pP")
    zone = parts["zone"] or ""
    return f"{date}T{hour:02}:{parts['minute']}:{parts['second'] or '00'}{zone}"
