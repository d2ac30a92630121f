"""Where the database is: from what the user gave to an open store."""

import os
from pathlib import Path

from ikura.errors import SettingError, StoreError
from ikura.store.protocol import Store

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
_RULE = "a store is sqlite:///PATH, a path that ends in .db, or postgresql://USER:PASSWORD@HOST/DATABASE"


def data_folder() -> Path:
    """Return where Ikura keeps what it must find again: $IKURA_HOME, or ~/.local/share/ikura."""
    return _expanded(os.environ.get("IKURA_HOME") or "~/.local/share/ikura")


def open_store(url: str | None = None, *, must_exist: bool = False) -> Store:
    """Open the store at `sqlite:///PATH`, a path that ends in .db, or `postgresql://USER:PASSWORD@HOST/DATABASE`.

    By default it is `ikura.db` in the data folder. A file that is not there is made, unless it must exist, and so are
    the tables of an empty database; those of an earlier Ikura are upgraded. Close the store, or use it in a `with`
    statement. Raises SettingError when that is no place for a store, UnknownStore when there is no file that must
    exist, and StoreError when the database cannot be reached or is not one of Ikura's.
    """
    # SQLAlchemy takes longer to import than the rest of the package together.
    if url is not None and url.startswith(_POSTGRESQL):
        _check_printable(url)
        from ikura.store.postgresql import open_postgresql

        return open_postgresql(url)
    path = _default_path(make=not must_exist) if url is None else _path(url)
    from ikura.store.sqlite import open_sqlite

    return open_sqlite(path, must_exist=must_exist)


def _default_path(*, make: bool) -> Path:
    folder = data_folder()
    try:
        if make:
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
    if is_url and scheme != "sqlite":
        raise SettingError(f"store: {scheme}:// is unknown; {_RULE}: give one of these")
    _check_printable(url)
    if is_url and (url.removeprefix(_SQLITE) in (url, "", ":memory:") or "?" in url):
        raise SettingError(
            f"store: {url!r} names no file; {_RULE}: write sqlite:///studies.db for a file in this folder, "
            "sqlite:////home/me/studies.db for one elsewhere"
        )
    if not is_url and not url.endswith(".db"):
        raise SettingError(f"store: {url!r} does not end in .db; {_RULE}: add the ending, or write sqlite:///{url}")
    return _expanded(url.removeprefix(_SQLITE))


def _check_printable(url: str) -> None:
    if not url.isprintable():
        # What goes before the control character may hold a password.
        shown = "the address" if url.startswith(_POSTGRESQL) else repr(url)
        raise SettingError(f"store: {shown} has a control character; {_RULE}: take it out")


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise StoreError(f"store: {path} cannot be found ({error}): give a full path") from error
