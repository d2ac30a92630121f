"""Optuna's storage: what is opened there, and where Ikura's own facts stand in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ikura.errors import IkuraError, SettingError
from ikura.store.schema import version_table

PREFIX = "optuna:"

ATTRIBUTE = "ikura"
"""The user attribute of a study, and of each of its trials, with all that Optuna has no place for."""


def tables(argument: str, storage: str) -> list[str]:
    """Return what there is at an address of a database; Optuna would put its own tables there, whatever it is.

    Raises:
        SettingError: it is a database of Ikura's, or no file to import from. The argument is what the line begins with.
    """
    from sqlalchemy import create_engine, inspect, make_url

    address = make_url(storage)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        if argument == "import":
            raise SettingError(
                f"import: there is no file {address.database}; a storage must be there: check the address"
            )
        return []
    engine = create_engine(address)
    try:
        found = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if version_table.name in found:
        raise SettingError(f"{argument}: that is a database of Ikura's own; Optuna needs another: give its address")
    return found


@contextmanager
def opened(argument: str) -> Iterator[Any]:
    """Hand out Optuna, with its errors in one line that begins with the argument."""
    try:
        import optuna
    except ImportError as error:
        raise SettingError(
            f"{argument}: {PREFIX} needs Optuna, which is not installed: python -m pip install 'ikura[optuna]'"
        ) from error
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna
    except IkuraError:
        raise
    except (
        ImportError,
        ArgumentError,
        SQLAlchemyError,
        optuna.exceptions.StorageInternalError,
        # Of storages that it does not know, or whose tables are of another version.
        RuntimeError,
        ValueError,
        LookupError,
    ) as error:
        said = str(error.__cause__ or error).splitlines()[0]
        raise SettingError(f"{argument}: Optuna cannot open that storage ({said}): give another address") from error
    finally:
        optuna.logging.set_verbosity(told)
