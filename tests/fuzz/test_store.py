"""A database that another program changed, and all that reads it."""

import contextlib
import io
import json
import pickle
import shutil
import sqlite3
from contextlib import closing

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import ikura
from ikura.cli.studies import list_studies, show_study
from ikura.errors import IkuraError
from ikura.exchange import export
from ikura.report import render
from ikura.store import open_store, read_whole

FUZZ = settings.get_profile("fuzz")

SPACE = ikura.Space(
    learning_rate=ikura.Float(1e-3, 1e12, scale="log"),
    optimizer=ikura.Choice("momentum", "adam"),
    momentum=ikura.Float(0.5, 0.99, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    hidden_units=ikura.Int(4, 16),
)
NASTY = [
    None,
    True,
    -1,
    0,
    3,
    10**12,
    2**63 - 1,
    1.5,
    1e308,
    -1e-300,
    "",
    "x",
    "../x",
    "</script>",
    "a\nb",
    "\x00",
    [],
    [[]],
]
NASTY += [{}, {"a": 1}, ["a", None], 10**400, float("nan"), float("inf"), "9" * 5000]

TABLES = {
    "studies": ("id", "name", "created", "status", "settings", "space", "outcome", "revision"),
    "rounds": ("study_id", "round", "region"),
    "trials": ("study_id", "number", "round", "state", "config", "error", "target", "revision"),
    "metrics": ("study_id", "trial", "epoch", "metric", "value"),
    "edits": ("study_id", "trial", "number", "epoch", "config", "source_trial", "source_epoch"),
    "decisions": (
        *("study_id", "number", "trial", "epoch", "kind", "until"),
        *("source_trial", "source_epoch", "config"),
    ),
    "commands": ("id", "study_id", "time", "kind", "arguments"),
    "events": ("study_id", "time", "kind", "message"),
    "ikura_schema": ("version_num",),
}
DOCUMENTS = {
    ("studies", "settings"): "id",
    ("studies", "outcome"): "id",
    ("rounds", "region"): "round",
    ("trials", "config"): "number",
    ("edits", "config"): "trial",
    ("decisions", "config"): "number",
    ("commands", "arguments"): "id",
}


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    path = tmp_path_factory.mktemp("right") / "s.db"
    # The first report imports what draws it, which takes more memory than any study.
    ikura.tune(
        "iris",
        space=SPACE,
        trials=20,
        epochs=3,
        rounds=3,
        schedule="pbt",
        min_epochs=1,
        name="s",
        store=str(path),
        out=path.parent,
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        command = "INSERT INTO commands (study_id, time, kind, arguments) VALUES (1, '2026-11-22 17:50:00', 'stop', ?)"
        connection.execute(command, (json.dumps({"soon": [True]}),))
    return path


@pytest.fixture(scope="module")
def use(attempt, right, tmp_path_factory):
    """Looks at a study in every way there is, after its file was changed."""
    folder = tmp_path_factory.mktemp("changed")
    path = folder / "s.db"
    seen = set()

    def look(what):
        with contextlib.redirect_stdout(io.StringIO()):
            attempt(what)

    def call(change):
        for file in folder.iterdir():
            file.unlink()
        shutil.copy(right, path)
        change(path)
        look(lambda: list_studies(store=str(path)))
        look(lambda: show_study("s", store=str(path)))
        look(lambda: show_study("s", store=str(path), as_json=True))
        look(lambda: whole(path))
        look(lambda: events(path))
        look(lambda: log(path))

    def whole(path):
        with open_store(str(path), must_exist=True) as store:
            record, space, history = read_whole(store, "s")
        # What is read as before would be drawn as before, which takes long.
        if (read := pickle.dumps((record, space.to_toml(), history))) not in seen:
            seen.add(read)
            render(record, space, history)
            export(record, history, str(folder / "s.csv"))

    def events(path):
        with open_store(str(path), must_exist=True) as store:
            return store.events("s")

    def log(path):
        with open_store(str(path), must_exist=True) as store:
            return store.decisions("s"), store.commands("s", 0)

    return call


def in_sql(path, work):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        work(connection)


def test_the_study_itself_is_read(use, right):
    with open_store(str(right)) as store:
        record, _, history = read_whole(store, "s")
        assert record.outcome.test["accuracy"] > 0
        assert history.edits
        assert store.decisions("s")
        assert store.commands("s", 0)
    use(lambda path: None)


@FUZZ
@given(data=st.data())
def test_bytes_changed(use, right, mutations, data):
    content = data.draw(mutations(right.read_bytes()))
    use(lambda path: path.write_bytes(content))


@FUZZ
@given(document=st.sampled_from(sorted(DOCUMENTS)), value=st.sampled_from([..., *NASTY]), chance=st.randoms())
def test_a_document_with_one_odd_value(use, places, put, document, value, chance):
    (table, column), key = document, DOCUMENTS[document]

    def change(connection):
        rows = connection.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
        number, text = chance.choice(rows)
        values = json.loads(text)
        place = chance.choice(list(places(values)))
        changed = json.dumps(put(values, place, None if value is ... and not place else value))
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (changed, number))

    use(lambda path: in_sql(path, change))


@FUZZ
@given(
    place=st.sampled_from([(table, column) for table, columns in TABLES.items() for column in columns]),
    value=st.sampled_from(
        [None, -1, 0, 1, 7, 2**62, 0.5, 1e308, float("inf"), "", "x", "1", "[]", "{", b"\x00\xff", "a\nb"]
    ),
    one=st.booleans(),
)
def test_a_cell_with_an_odd_value(use, place, value, one):
    table, column = place

    def change(connection):
        keys = {"metrics": "trial = 1 AND epoch = 1", "trials": "number = 1", "rounds": "round = 1"}
        keys |= {"edits": "number = 0", "decisions": "number = 1"}
        where = f" WHERE {keys[table]}" if one and table in keys else ""
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(f"UPDATE {table} SET {column} = ?{where}", (value,))

    use(lambda path: in_sql(path, change))


@FUZZ
@given(data=st.data())
def test_a_space_changed(use, right, mutations, data):
    text = data.draw(mutations(SPACE.to_toml().encode())).decode(errors="replace")
    use(lambda path: in_sql(path, lambda connection: connection.execute("UPDATE studies SET space = ?", (text,))))


@FUZZ
@given(value=st.sampled_from([..., *NASTY]), chance=st.randoms())
def test_a_study_with_an_odd_document_is_not_resumed(attempt, right, places, put, tmp_path_factory, value, chance):
    """Only as far as reading it: whatever is sound would be trained."""
    path = tmp_path_factory.mktemp("resumed") / "s.db"
    shutil.copy(right, path)

    def change(connection):
        (text,) = connection.execute("SELECT settings FROM studies").fetchone()
        values = json.loads(text)
        place = chance.choice([place for place in places(values) if place])
        changed = put(values, place, value)
        connection.execute(
            "UPDATE studies SET status = 'interrupted', outcome = NULL, settings = ?", (json.dumps(changed),)
        )

    in_sql(path, change)

    class EnoughError(IkuraError):
        pass

    def stop(_):
        raise EnoughError("begun")

    attempt(lambda: ikura.resume("s", store=str(path), watch=stop))
