"""What schedulers ask of their settings."""

from numbers import Integral
from operator import index

from ikura.errors import SettingError


def whole(name: str, value: object) -> int:
    """Return the value as an int.

    Raises:
        SettingError: it is no whole number.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise SettingError(f"{name} is {value!r}; it must be a whole number: change it")
    return index(value)
