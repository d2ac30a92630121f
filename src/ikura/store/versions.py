"""Whether a database has the tables of this Ikura; it is given them, or upgraded, or refused."""

from pathlib import Path

from sqlalchemy import Connection, func, insert, inspect, select

from ikura.errors import StoreError
from ikura.store.schema import VERSION, metadata, version_table

MIGRATIONS = Path(__file__).parent / "migrations"

OLDER = ("0001", "0002", "0003")
"""The versions from which there are migrations."""


def is_current(connection: Connection, url: str) -> bool:
    """Return whether the tables are those of this Ikura; False for an empty database and for an older Ikura's.

    Raises StoreError for the database of another program or of a newer Ikura.
    """
    names = inspect(connection).get_table_names()
    if version_table.name not in names:
        if names:
            raise StoreError(
                f"store: {url} holds the tables of another program ({', '.join(sorted(names)[:3])}); "
                "Ikura needs a database of its own: give another --store"
            )
        return False
    version = connection.scalar(select(version_table.c.version_num))
    if version in OLDER:
        return False
    if version != VERSION:
        raise StoreError(
            f"store: {url} has schema version {version}; this Ikura reads version {VERSION}: "
            "update Ikura, or give another --store"
        )
    return True


def make_current(connection: Connection, url: str) -> None:
    """Make the tables, or upgrade them; raises as `is_current`."""
    if connection.dialect.name == "postgresql":
        # Of several that open a new database, one makes the tables. SQLite's writers wait for each other anyway.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("ikura"))))
    if is_current(connection, url):
        return
    if version_table.name in inspect(connection).get_table_names():
        migrate(connection)
    else:
        # As all migrations together, but it need not import Alembic.
        metadata.create_all(connection)
        connection.execute(insert(version_table).values(version_num=VERSION))


def migrate(connection: Connection) -> None:
    """Run the migrations that the database lacks, in the transaction that the connection is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
