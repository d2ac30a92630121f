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


def checked_looks(given: object, horizon: int, what: str) -> tuple[int, ...]:
    """Return after which epochs something is done, evenly on the way and at the horizon, by default every tenth of it.

    Args:
        given: every how many epochs, by the user; None where nothing is.
        horizon: epochs of a trial that is trained to its end.
        what: is done, as "copies are made".

    Raises:
        SettingError: it could never be done.
    """
    if horizon < 2:
        raise SettingError(f"epochs is {horizon}; {what} on the way, so it must be at least 2: raise it")
    interval = max(1, horizon // 10) if given is None else whole("min_epochs", given)
    if not 1 <= interval < horizon:
        raise SettingError(
            f"min_epochs is {interval}; {what} each time after so many of the {horizon} epochs, so it must be "
            f"from 1 to {horizon - 1}: change it"
        )
    return (*range(interval, horizon, interval), horizon)
