"""Transactions: whole or not at all, one line when they fail, tried again where the trouble may pass."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ikura.errors import StoreError, printable
from ikura.records import DamagedError
from ikura.store.measurements import Measurements

T = TypeVar("T")

RETRY_SECONDS = 60.0
"""How long a transaction is tried again: longer than a server takes to restart."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds before the second try; each wait is twice the one before."""

TELL_SECONDS = 1.0
"""How long nobody need know that a transaction is tried again."""

_LOG = logging.getLogger(__name__)
"""Standard error, unless a program says otherwise."""


@dataclass(frozen=True)
class Database:
    """What the kinds of database do not share."""

    reader: Engine
    """For transactions that read, each in one snapshot."""
    writer: Engine
    """For transactions that write."""
    url: str
    """Without a password."""
    explain: Callable[[BaseException | None], str]
    """A line for the user about what the database says."""
    passes: Callable[[DBAPIError], bool]
    """Whether trying again may help."""
    insert_metrics: Callable[[Connection, int, Measurements], None]
    """Writes what was measured in a study, by its id, the fastest way there is."""
    patience: float = RETRY_SECONDS

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do the work in one snapshot. StoreError, too, where it cannot make sense of what it reads."""
        try:
            return self._whole(self.reader, work)
        except StoreError:
            raise
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            raise StoreError(
                f"store: {self.url} holds what Ikura did not write ({type(error).__name__}); it is damaged, or was "
                "changed by another program: restore it from a copy"
            ) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do the work in one transaction. It may be done again although it was committed, if the answer was lost."""
        return self._whole(self.writer, work)

    def impatient(self) -> Self:
        """Return the same database, of which every transaction is tried once."""
        return replace(self, patience=0.0)

    def _whole(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        """Do the work; StoreError where it finds what Ikura did not write."""
        try:
            return self._patiently(engine, work)
        except DamagedError as error:
            raise StoreError(
                f"store: {self.url}: {error}, but it was changed outside of Ikura: restore the database from a copy"
            ) from error

    def _patiently(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        began, wait, told = time.monotonic(), FIRST_WAIT, False
        while True:
            try:
                with engine.begin() as connection:
                    done = work(connection)
            except DBAPIError as error:
                tried = time.monotonic() - began
                if not self.passes(error) or tried + wait > self.patience:
                    often = f" (tried again for {tried:.0f} s)" if tried >= 1.0 else ""
                    raise StoreError(self.explain(error.orig) + often) from error.orig
                if tried + wait >= TELL_SECONDS and not told:
                    told = True
                    said = printable(self.explain(error.orig))
                    _LOG.warning("%s; it is tried again for %.0f s", said, self.patience)
            else:
                if told:
                    _LOG.warning("store: %s answers again", self.url)
                return done
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)


@contextmanager
def driver_errors(connection: Connection) -> Iterator[None]:
    """Raise the errors of a driver that is used directly as SQLAlchemy raises them."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError(None, None, error) from error
