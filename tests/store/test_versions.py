"""Databases of earlier versions are upgraded, and all ways to the present schema end at the same one."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, select, text

from ikura.errors import StoreError
from ikura.records import DamagedStudy, Origin, Trial, TrialState
from ikura.store import open_store, read_whole, region_to_json, versions
from ikura.store.schema import VERSION, metadata
from ikura.tasks import CLASSIFICATION

FIRST, THIRD = ((Path(__file__).parent / f"version_{n}.sql").read_text(encoding="utf-8") for n in (1, 3))

IRIS_1 = {"train_loss": 1.457125425, "dev_loss": 1.228152275, "dev_accuracy": 0.233333349}
"""What trial 1 of the study in version_1_iris.sql came to."""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A database of version 0001, as SQL that is never changed."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST)
    connection.close()
    return path


def in_sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def change(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


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


def test_the_first_version_is_upgraded_with_all_that_it_holds(first: Path, tmp_path: Path):
    with open_store(str(first)) as store:
        # Their settings are not such as a study of that time had: they stay as they were.
        assert [(type(study), study.name, study.wrong) for study in store.studies()] == [
            (DamagedStudy, "half", "settings.origin is not what it must be"),
            (DamagedStudy, "done", "settings.origin is not what it must be"),
        ]
        assert [event.message for event in store.events("done")] == ["as it was"]
        with pytest.raises(StoreError, match=r"study 'done': settings\.origin is not.*restore the database"):
            store.history("done")
    rows = in_sql(first, "SELECT trial, epoch, metric, value FROM metrics WHERE study_id = 1")
    measured = [(0, 0, 0.5), (0, 1, 0.25), (1, 0, 0.5)]
    assert rows == [(trial, epoch, metric, value) for trial, epoch, value in measured for metric in range(3)]
    trials = in_sql(first, "SELECT number, round, state, config, error, target FROM trials WHERE study_id = 1")
    assert trials == [
        (0, 0, "complete", '{"rate":0.1}', None, None),
        (1, 0, "diverged", '{"rate":0.2}', None, None),
        (2, 1, "waiting", '{"rate":0.3}', None, None),
    ]
    assert in_sql(first, "SELECT settings, outcome FROM studies WHERE id = 1") == [
        ('{"seed":1,"data":"iris"}', '{"best":{"number":0}}')
    ]
    with open_store(str(tmp_path / "new.db")):
        pass
    assert schema_at(f"sqlite:///{first}") == schema_at(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_study_of_the_first_version_is_read_whole(tmp_path: Path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "version_1_iris.sql").read_text(encoding="utf-8"))
    with open_store(str(path)) as store:
        study, space, history = read_whole(store, "iris-1")
    assert (study.status, study.settings.origin, study.settings.epochs) == ("complete", Origin.BUNDLED, 2)
    assert study.outcome is not None
    assert study.outcome.best.number == history.ranking[0] == 0
    assert study.outcome.test["examples"] == 30
    assert history.states == (TrialState.COMPLETE,) * 4
    assert history.values(1) == {name: pytest.approx(value) for name, value in IRIS_1.items()}
    assert [region.round for region in history.regions] == [2, 3]
    assert "learning_rate" in space.names


class Old(NamedTuple):
    """What stood in the tables of version 0003."""

    settings: dict[str, Any]
    outcome: dict[str, Any] | None
    space: str
    trials: list[tuple[Any, ...]]
    """Number, round, state, configuration, error."""
    metrics: list[tuple[Any, ...]]
    """Trial, epoch, train_loss, dev_loss, dev_accuracy."""
    regions: list[dict[str, Any]]
    events: list[tuple[str, str]]


def old_studies(path: Path) -> dict[str, Old]:
    def read(study: int, columns: str, table: str, order: str) -> list[tuple[Any, ...]]:
        return in_sql(path, f"SELECT {columns} FROM {table} WHERE study_id = {study} ORDER BY {order}")

    rows = in_sql(path, "SELECT id, name, settings, outcome, space FROM studies")
    return {
        name: Old(
            json.loads(settings),
            outcome and json.loads(outcome),
            space,
            [
                (number, of, state, json.loads(config), error)
                for number, of, state, config, error in read(
                    study, "number, round, state, config, error", "trials", "number"
                )
            ],
            read(study, "trial, epoch, train_loss, dev_loss, dev_accuracy", "metrics", "trial, epoch"),
            [json.loads(region) for (region,) in read(study, "region", "rounds", "round") if region],
            read(study, "kind, message", "events", "id"),
        )
        for study, name, settings, outcome, space in rows
    }


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A database of version 0003."""
    path = tmp_path / "third.db"
    connection = sqlite3.connect(path)
    connection.executescript(THIRD)
    connection.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def third_url(request: pytest.FixtureRequest, third: Path, tmp_path: Path) -> str:
    """The same in a file and on a server."""
    if request.param == "sqlite":
        path = tmp_path / "copied.db"
        shutil.copy(third, path)
        return f"sqlite:///{path}"
    url = request.getfixturevalue("server").database()
    source, target = (
        create_engine(f"sqlite:///{third}"),
        create_engine(url.replace("postgresql:", "postgresql+psycopg:")),
    )
    config = Config()
    config.set_main_option("script_location", str(versions.MIGRATIONS))
    with source.begin() as old, target.begin() as new:
        config.attributes["connection"] = new
        command.upgrade(config, "0003")
        tables = MetaData()
        tables.reflect(new)
        for table in tables.sorted_tables:
            if table.name == "ikura_schema":
                continue
            there = Table(table.name, MetaData(), autoload_with=old)
            for row in old.execute(select(there)).mappings():
                # What is left out is NULL, as it was there; None would be JSON's null.
                kept = {name: in_utc(value) for name, value in row.items() if value is not None}
                new.execute(table.insert().values(kept))
    source.dispose()
    target.dispose()
    return url


def in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def without_length_scales(region):
    parts = [{key: value for key, value in part.items() if key != "length_scale"} for part in region["dimensions"]]
    assert {part["length_scale"] for part in region["dimensions"]} <= {None}
    return region | {"dimensions": parts}


def test_studies_of_version_three_are_upgraded_with_all_that_they_hold(third: Path, third_url: str):
    old = old_studies(third)
    assert sorted(old) == ["done", "half", "own", "theirs"]
    with open_store(third_url) as store:
        for name, before in old.items():
            record, space, history = read_whole(store, name)
            assert space.to_toml() == record.space == before.space
            assert history.trials == tuple(Trial(number, config, of) for number, of, _, config, _ in before.trials)
            assert [str(state) for state in history.states] == [state for _, _, state, _, _ in before.trials]
            assert history.errors == {number: error for number, _, _, _, error in before.trials if error is not None}
            assert (history.targets, history.edits) == ({}, {})
            curves = np.full((3, len(before.trials), before.settings["epochs"]), np.nan, np.float32)
            for trial, epoch, *values in before.metrics:
                curves[:, trial, epoch] = values
            assert list(history.curves) == ["train_loss", "dev_loss", "dev_accuracy"]
            for curve, expected in zip(history.curves.values(), curves, strict=True):
                np.testing.assert_array_equal(curve, expected)
            assert [without_length_scales(region_to_json(region)) for region in history.regions] == before.regions
            assert [(event.kind, event.message) for event in store.events(name)] == before.events
            settings = record.settings.to_json()
            renamed = {"data": {"<arrays>": "arrays", "<imported>": "imported"}, "network": {"custom": "unknown"}}
            classes = before.settings.pop("classes")
            assert [list(target.classes) for target in record.settings.targets] == ([classes] if classes else [])
            for key, value in before.settings.items():
                assert settings[key] == renamed.get(key, {}).get(value if isinstance(value, str) else None, value)
            assert record.settings.metrics == CLASSIFICATION.metrics
            assert record.settings.objective == CLASSIFICATION.objective
            assert record.settings.task == CLASSIFICATION.name
            assert (record.outcome is None) == (before.outcome is None)
            assert store.decisions(name) == []
        assert [store.study(name).settings.origin for name in ("done", "half", "own", "theirs")] == [
            Origin.BUNDLED,
            Origin.MEMORY,
            Origin.BUNDLED,
            Origin.IMPORTED,
        ]
        assert [store.study(name).settings.user_network for name in ("done", "half", "own", "theirs")] == [
            False,
            False,
            True,
            True,
        ]
        assert store.study("done").settings.limits == {"momentum": (0.0, None), "hidden_units": (1, None)}
        assert store.study("own").settings.limits == {"weight_decay": (0.0, None)}
        assert TrialState.WAITING in store.history("half").states


def test_an_outcome_of_version_three_is_read_in_its_new_form(third: Path):
    before = old_studies(third)["done"]
    old = before.outcome
    assert old is not None
    with open_store(str(third)) as store:
        outcome = read_whole(store, "done")[0].outcome
    assert outcome is not None
    document = json.loads(json.dumps(outcome.to_json()))
    best = old["best"]
    assert document.pop("best") == {
        "number": best["number"],
        "config": best["config"],
        "metrics": {"dev_accuracy": best["dev_accuracy"], "dev_loss": best["dev_loss"]},
    }
    assert document.pop("finalists") == [
        {
            "number": each["number"],
            "config": each["config"],
            "search": {"dev_accuracy": each["search_dev_accuracy"]},
            "replicates": {"dev_accuracy": each["dev_accuracy"], "dev_loss": each["dev_loss"]},
        }
        for each in old["finalists"]
    ]
    planned = document.pop("planned")
    for part, other in zip(planned["parts"], old["planned"]["parts"], strict=True):
        assert part.pop("unpadded_seconds") == other.pop("bare_seconds")
    assert planned == old["planned"]
    later = [document.pop(name) for name in ("trial_folders", "timed_out", "ensemble")]
    assert later == [None, False, None]
    assert (document.pop("stopped"), document.pop("epochs_trained")) == (0, len(before.metrics))
    assert document == {name: value for name, value in old.items() if name not in ("best", "finalists", "planned")}


def test_what_the_first_documents_lacked_is_filled_in(third: Path):
    document = old_studies(third)["done"]
    lacking = [document.settings, dict(document.outcome or {})]
    for name in ("failed", "short_of_memory", "planned", "troubles", "resumed"):
        del lacking[1][name]
    del lacking[0]["columns"]
    change(third, "UPDATE studies SET settings = ?, outcome = ? WHERE name = 'done'", *map(json.dumps, lacking))
    with open_store(str(third)) as store:
        record = read_whole(store, "done")[0]
    assert record.settings.columns == record.settings.features == 4
    outcome = record.outcome
    assert outcome is not None
    assert (outcome.failed, outcome.short_of_memory, outcome.planned, outcome.troubles, outcome.resumed) == (
        0,
        False,
        None,
        (),
        0,
    )


@pytest.mark.parametrize(
    ("data", "origin"),
    [
        ("wine", Origin.BUNDLED),
        ("breast-cancer", Origin.BUNDLED),
        ("/home/me/table.csv", Origin.FILE),
        ("table.parquet", Origin.FILE),
        ("folder/table", Origin.FILE),
        ("<frame>", Origin.MEMORY),
    ],
)
def test_where_the_data_of_old_studies_came_from(third: Path, data: str, origin: Origin):
    settings = old_studies(third)["done"].settings
    change(third, "UPDATE studies SET settings = ? WHERE name = 'done'", json.dumps(settings | {"data": data}))
    with open_store(str(third)) as store:
        found = store.study("done").settings
    assert (found.origin, found.data) == (origin, data.strip("<>"))


@pytest.mark.parametrize(("sampler", "user_sampler"), [("sobol", False), ("MySampler", True)])
def test_whose_the_sampler_of_old_studies_was(third: Path, sampler: str, user_sampler: bool):
    settings = old_studies(third)["done"].settings
    change(third, "UPDATE studies SET settings = ? WHERE name = 'done'", json.dumps(settings | {"sampler": sampler}))
    with open_store(str(third)) as store:
        assert store.study("done").settings.user_sampler is user_sampler


@pytest.mark.parametrize("column", ["settings", "outcome"])
@pytest.mark.parametrize(
    "document", ["", "{", "[]", "null", '"x"', '{"data": "iris"}', '{"best": [NaN]}', '{"best": 1e999}', "[" * 9000]
)
def test_a_document_of_no_old_form_stays_as_it_is(third: Path, column: str, document: str):
    change(third, f"UPDATE studies SET {column} = ? WHERE name = 'done'", document)
    with open_store(str(third)) as store:
        (damaged,) = (study for study in store.studies() if study.name == "done")
        assert isinstance(damaged, DamagedStudy) != (column == "outcome" and document == "null")
        assert len(store.history("half").trials) == 6
    assert in_sql(third, f"SELECT {column} FROM studies WHERE name = 'done'") == [(document,)]


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


def test_many_at_once_upgrade_it_once(spawn, first: Path):
    code = "import sys; from ikura.store import open_store; open_store(sys.argv[1]).close()"
    processes = [spawn([sys.executable, "-c", code, str(first)], stderr=subprocess.PIPE) for _ in range(4)]
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
