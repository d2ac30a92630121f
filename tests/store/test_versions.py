"""Databases of earlier versions are upgraded, and all ways to the present schema end at the same one."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from ikura.errors import StoreError
from ikura.records import TrialState
from ikura.store import open_store, versions
from ikura.store.schema import VERSION, metadata

FIRST = (Path(__file__).parent / "version_1.sql").read_text(encoding="utf-8")


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database of version 0001, as SQL that is never changed."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    connection.close()
    return path


def schema(connection: Connection) -> dict[str, object]:
    """All that can be known of the tables, but for the names of constraints."""
    seen = inspect(connection)
    return {
        table: (
            [
                (column["name"], str(column["type"]), column["nullable"], str(column["default"]).replace(table, ""))
                for column in seen.get_columns(table)
            ],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(
                (key["constrained_columns"], key["referred_table"], key["referred_columns"], key["options"])
                for key in seen.get_foreign_keys(table)
            ),
            sorted(unique["column_names"] for unique in seen.get_unique_constraints(table)),
            sorted((index["name"], index["unique"]) for index in seen.get_indexes(table)),
            seen.get_table_options(table),
        )
        for table in sorted(seen.get_table_names())
    }


def schema_at(url: str) -> dict[str, object]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        found = schema(connection)
    engine.dispose()
    return found


def test_migrations_end_where_a_new_database_begins(url: str):
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        versions.migrate(connection)
        assert connection.scalar(text("SELECT version_num FROM ikura_schema")) == VERSION
        migrated = schema(connection)
        metadata.drop_all(connection)
    engine.dispose()
    with open_store(url):
        pass
    assert schema_at(url) == migrated
    assert set(migrated) == set(metadata.tables)


def test_the_first_version_is_upgraded_with_all_that_it_holds(first: Path, tmp_path: Path, make_trials):
    with open_store(str(first)) as store:
        assert [(study.name, study.status) for study in store.studies()] == [
            ("half", "interrupted"),
            ("done", "complete"),
        ]
        history = store.history("done")
        assert history.states == (TrialState.COMPLETE, TrialState.DIVERGED, TrialState.WAITING)
        assert [trial.config for trial in history.trials] == [{"rate": 0.1}, {"rate": 0.2}, {"rate": 0.3}]
        np.testing.assert_array_equal(history.curves["dev_loss"], [[0.5, 0.25], [0.5, np.nan], [np.nan, np.nan]])
        assert history.regions[0].dimensions[0].low == 0.1
        assert store.study("done").outcome == {"best": {"number": 0}}
        assert [event.message for event in store.events("done")] == ["as it was"]
        store.add_round("half", make_trials(2, first=1, round=1), None)
    with open_store(str(tmp_path / "new.db")):
        pass
    assert schema_at(f"sqlite:///{first}") == schema_at(f"sqlite:///{tmp_path / 'new.db'}")


def test_an_upgrade_that_fails_changes_nothing(first: Path):
    connection = sqlite3.connect(first, isolation_level=None)
    # In the way of a table that the upgrade makes.
    connection.execute("CREATE VIEW claims AS SELECT 1")
    before = list(connection.iterdump())
    with pytest.raises(StoreError, match="claims") as error:
        open_store(str(first))
    assert "\n" not in str(error.value)
    assert list(connection.iterdump()) == before
    connection.close()


def test_many_at_once_upgrade_it_once(first: Path):
    code = "import sys; from ikura.store import open_store; open_store(sys.argv[1]).close()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(first)], stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [process.communicate()[1] for process in processes] == [""] * 4


@pytest.mark.parametrize("version", ["9999", "", "0001 or so"])
def test_any_other_version_is_refused(url: str, version: str):
    with open_store(url) as store, store._database.writer.begin() as connection:
        connection.execute(text("UPDATE ikura_schema SET version_num = :version"), {"version": version})
    with pytest.raises(StoreError, match=f"has schema version {version}; this Ikura reads version {VERSION}") as error:
        open_store(url)
    assert "\n" not in str(error.value)


def test_alembic_is_imported_for_an_upgrade_only(tmp_path: Path):
    code = (
        "import sys; from ikura.store import open_store; open_store(sys.argv[1]).close(); "
        "open_store(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.db")], check=False).returncode == 0
