"""Where the database is: from what the user gave to an open store."""

import os
from pathlib import Path

from ikura.errors import SettingError, StoreError
from ikura.store.protocol import Store

_SQLITE = "sqlite:///"
_RULE = "a store is sqlite:///PATH, or a path that ends in .db"


def data_folder() -> Path:
    """Where Ikura keeps what it must find again: $IKURA_HOME, or ~/.local/share/ikura."""
    return _expanded(os.environ.get("IKURA_HOME") or "~/.local/share/ikura")


def open_store(url: str | None = None) -> Store:
    """Open the store at `sqlite:///PATH` or at a path that ends in .db; by default `ikura.db` in the data folder.

    A file that is not there is made. Close the store, or use it in a `with` statement. Raises SettingError when that is
    no place for a store, and StoreError when the database cannot be reached or is not one of Ikura's.
    """
    path = _default_path() if url is None else _path(url)
    # SQLAlchemy takes longer to import than the rest of the package together.
    from ikura.store.sqlite import open_sqlite

    return open_sqlite(path)


def _default_path() -> Path:
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"store: the folder {folder} cannot be made ({error.strerror}); studies are kept there: "
            "set IKURA_HOME to a folder that can, or give --store"
        ) from error
    return folder / "ikura.db"


def _path(url: str) -> Path:
    scheme, is_url, _ = url.partition("://")
    # What follows another scheme may hold a password, and is not repeated.
    if is_url and scheme.startswith("postgres"):
        raise SettingError(f"store: PostgreSQL is not supported yet; {_RULE}: give one of these")
    if is_url and scheme != "sqlite":
        raise SettingError(f"store: {scheme}:// is unknown; {_RULE}: give one of these")
    if not url.isprintable():
        raise SettingError(f"store: {url!r} has a control character; {_RULE}: take it out")
    if is_url and (url.removeprefix(_SQLITE) in (url, "", ":memory:") or "?" in url):
        raise SettingError(
            f"store: {url!r} names no file; {_RULE}: write sqlite:///studies.db for a file in this folder, "
            "sqlite:////home/me/studies.db for one elsewhere"
        )
    if not is_url and not url.endswith(".db"):
        raise SettingError(f"store: {url!r} does not end in .db; {_RULE}: add the ending, or write sqlite:///{url}")
    return _expanded(url.removeprefix(_SQLITE))


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise StoreError(f"store: {path} cannot be found ({error}): give a full path") from error
