"""What is special to a file: how it may be out of reach, damaged, locked, full or somebody else's."""

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import Pool

from ikura.errors import StoreError, UnknownStore
from ikura.records import CopyFrom, DamagedStudy, GoOn, Region, Source, Span, StudyRecord, TrialState
from ikura.store import open_store, sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ikura.db"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.1)


def refusal(path: Path) -> str:
    """The one line with which opening fails."""
    with pytest.raises(StoreError) as error:
        open_store(f"sqlite:///{path}")
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    assert "please report" not in message
    return message


def pragma(path: Path, name: str) -> object:
    with sqlite3.connect(path) as connection:
        value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    connection.close()
    return value


def test_the_file_is_in_wal_mode_and_each_connection_is_careful(path):
    pragmas: list[tuple[str, object]] = []

    def ask(connection: sqlite3.Connection, _record: object) -> None:
        names = ("foreign_keys", "synchronous", "busy_timeout")
        pragmas.extend((name, connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)

    with open_store(str(path)) as store:
        event.listen(store._database.writer, "connect", ask)
        store._database.writer.dispose()
        store.studies()
    assert pragmas == [("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 30_000)]
    assert pragma(path, "journal_mode") == "wal"


def test_closing_leaves_one_file(path, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        assert len(list(path.parent.iterdir())) == 3
    assert list(path.parent.iterdir()) == [path]


def test_other_tools_read_it(path, make_trials, make_results, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(2), None)
        results = make_results(range(2))
        store.write("s", results)
    connection = sqlite3.connect(path)
    frame = pd.read_sql("SELECT * FROM metrics", connection)
    units = connection.execute("SELECT json_extract(config, '$.units') FROM trials ORDER BY number").fetchall()
    connection.close()
    assert list(frame.columns) == ["study_id", "trial", "epoch", "metric", "value"]
    losses = frame[frame["metric"] == 1]
    assert losses["epoch"].tolist() == [0, 1, 2] * 2
    assert losses["value"].tolist() == [
        *results[0].curves["dev_loss"].tolist(),
        *results[1].curves["dev_loss"].tolist(),
    ]
    assert units == [(0,), (1,)]


def test_deleting_a_study_deletes_all_of_it_and_its_id_stays_away(path, make_trials, make_results, begin):
    with open_store(str(path)) as store:
        for name in ("kept", "gone"):
            begin(store, name)
            store.add_round(name, make_trials(2), None)
            store.write(name, make_results(range(2)))
            store.add_event(name, "note", "hello")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM studies WHERE name = 'gone'")
    for table, left in {"studies": 1, "rounds": 1, "trials": 2, "metrics": 18, "events": 1}.items():
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (left,), table
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM studies")
    connection.close()
    with open_store(str(path)) as store:
        begin(store, "new")
        assert store.history("new").trials == ()


def test_there_is_no_folder(tmp_path):
    assert "there is no folder" in refusal(tmp_path / "missing" / "ikura.db")


def test_it_is_a_folder(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_its_folder_is_a_file(path):
    path.write_text("")
    assert "there is no folder" in refusal(path / "ikura.db")


def test_its_name_is_too_long(tmp_path):
    assert "cannot be reached (File name too long)" in refusal(tmp_path / ("x" * 300))


@pytest.mark.parametrize("content", [b"number,class\n1,2\n" * 100, b"SQLite format 3\x00 and so on", b"\x00" * 4096])
def test_it_is_no_database(path, content):
    path.write_bytes(content)
    assert "not an SQLite database" in refusal(path)
    assert path.read_bytes() == content


def test_an_empty_file_is_an_empty_database(path):
    path.touch()
    with open_store(str(path)) as store:
        assert store.studies() == []


def test_it_is_damaged(path, make_trials, make_results, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(50), None)
        store.write("s", make_results(range(50), epochs=30))
    content = bytearray(path.read_bytes())
    content[8 * 4096 :: 7] = b"\xff" * len(content[8 * 4096 :: 7])
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is damaged.*restore it") as error, open_store(str(path)) as store:
        store.history("s")
    assert "\n" not in str(error.value)


def test_its_json_was_changed(path, make_trials, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(1), None)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE trials SET config = '{\"units\": '")
    connection.close()
    with open_store(str(path)) as store, pytest.raises(StoreError, match="should be JSON"):
        store.history("s")


@pytest.fixture
def copied(path, make_trials, make_results, begin):
    """A study in which a trial goes on from another one's network."""
    with open_store(str(path)) as store:
        begin(store, "s")
        region = Region(0, 0, (Span("rate", 0.1, 0.2, 1, 2, None),))
        store.add_round("s", make_trials(2), region, [GoOn(0, 3), GoOn(1, 3)])
        store.write("s", make_results(range(2), state=TrialState.PAUSED), [CopyFrom(1, Source(0, 3), {"units": 1}, 4)])
        store.send("s", "stop", {})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE metrics SET epoch = 1 << 40 WHERE epoch = 2",
        "UPDATE metrics SET epoch = -1 WHERE epoch = 2",
        "UPDATE metrics SET metric = 3 WHERE metric = 2",
        "UPDATE metrics SET metric = 0.5 WHERE metric = 0",
        "UPDATE metrics SET metric = 9e999 WHERE metric = 0",
        "UPDATE metrics SET trial = 2 WHERE trial = 1",
        "UPDATE metrics SET value = 'low'",
        "UPDATE metrics SET value = 1e300",
        "UPDATE trials SET state = 'lost'",
        "UPDATE trials SET number = number + 5",
        "UPDATE rounds SET region = '{}'",
        "UPDATE rounds SET region = '[1]'",
        "UPDATE edits SET epoch = 'x'",
        "UPDATE edits SET source_epoch = NULL",
    ],
)
def test_its_rows_were_changed(path, change, copied):
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute(change).rowcount
    connection.close()
    with (
        open_store(str(path)) as store,
        pytest.raises(StoreError, match=r"Ikura did not write|outside of Ikura") as error,
    ):
        store.history("s")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decisions SET kind = 'perhaps'",
        "UPDATE decisions SET until = 'x'",
        "UPDATE decisions SET trial = -1",
        "UPDATE decisions SET source_trial = NULL",
        "UPDATE decisions SET config = '{' WHERE config IS NOT NULL",
        "UPDATE commands SET arguments = '[]'",
        "UPDATE commands SET arguments = 'x'",
        "UPDATE commands SET kind = x'00ff'",
    ],
)
def test_what_was_decided_or_asked_was_changed(path, change, copied):
    connection = sqlite3.connect(path, isolation_level=None)
    assert connection.execute(change).rowcount
    connection.close()
    with open_store(str(path)) as store:
        with pytest.raises(StoreError, match=r"Ikura did not write|outside of Ikura") as error:
            (store.commands("s", 0), store.decisions("s"))
        assert "\n" not in str(error.value)


def test_one_damaged_study_does_not_hide_the_others(path, begin, make_trials, make_outcome):
    with open_store(str(path)) as store:
        for name in ("zero", "one", "two", "three", "four"):
            begin(store, name)
        store.finish("zero", make_outcome(test={"accuracy": "high"}))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE studies SET settings = '{' WHERE name = 'one'")
    connection.execute("UPDATE studies SET outcome = '{}' WHERE name = 'two'")
    connection.execute("UPDATE studies SET status = 'lost' WHERE name = 'three'")
    connection.close()
    with open_store(str(path)) as store:
        four, three, two, one, zero = store.studies()
        assert isinstance(four, StudyRecord)
        assert [
            (damaged.name, damaged.wrong) for damaged in (three, two, one, zero) if isinstance(damaged, DamagedStudy)
        ] == [
            ("three", "study.status is not what it must be"),
            ("two", "outcome.best is not what it must be"),
            ("one", "'{' should be JSON"),
            ("zero", "outcome.test.accuracy is not what it must be"),
        ]
        for name in ("zero", "one", "two", "three"):
            with pytest.raises(StoreError, match=f"study '{name}': .*; it was changed outside of Ikura") as error:
                store.study(name)
            assert "\n" not in str(error.value)
        # What can be read or written of it all the same is.
        assert store.events("one") == []
        assert store.history("two").trials == ()
        store.add_round("two", make_trials(1), None)
        store.delete("one")
        assert len(store.studies()) == 4


def test_it_belongs_to_another_program(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "holds the tables of another program (studies)" in refusal(path)
    assert path.read_bytes() == before


def test_it_belongs_to_a_newer_ikura(path):
    with open_store(str(path)):
        pass
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE ikura_schema SET version_num = '9999'")
    connection.close()
    assert "schema version 9999; this Ikura reads version 0004: update Ikura" in refusal(path)


def test_another_program_holds_the_lock(path, impatient, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program") as error:
            store.add_event("s", "note", "one")
        assert "\n" not in str(error.value)
        assert store.events("s") == []
        other.execute("COMMIT")
        other.close()
        store.add_event("s", "note", "two")
        assert [event.message for event in store.events("s")] == ["two"]


@pytest.mark.usefixtures("impatient")
def test_ctrl_c_within_a_write_leaves_no_lock(path, begin, make_trials, make_results, monkeypatch):
    def cut_off(cursor: sqlite3.Cursor, statement: str, rows: list[dict[str, object]], *_: object) -> None:
        def until_the_third() -> Iterator[dict[str, object]]:
            yield from rows[:2]
            raise KeyboardInterrupt

        cursor.executemany(statement, until_the_third())

    with open_store(f"sqlite:///{path}") as store:
        begin(store, "cut")
        with monkeypatch.context() as patched:
            patched.setattr(DefaultDialect, "do_executemany", staticmethod(cut_off))
            try:
                store.add_round("cut", make_trials(5), None)
            except KeyboardInterrupt:
                # While the traceback has the cursor, as while a run says that it was interrupted.
                store.set_status("cut", "interrupted")
            else:
                pytest.fail("nothing was cut off")
        assert store.study("cut").status == "interrupted"
        assert not store.history("cut").trials


def test_a_lock_is_waited_for(path, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.3, other.rollback)
        release.start()
        store.add_event("s", "note", "waited")
        release.join()
        other.close()
        assert [event.message for event in store.events("s")] == ["waited"]


def test_opening_waits_for_others_that_open_the_same_new_file(path):
    with open_store(str(path)):
        pass
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN IMMEDIATE")
    released = threading.Event()
    release = threading.Timer(0.3, lambda: (released.set(), other.rollback()))
    release.start()
    with open_store(str(path)):
        assert released.is_set()
    release.join()
    other.close()
    assert pragma(path, "journal_mode") == "wal"


@pytest.mark.usefixtures("plain_user")
def test_a_read_only_file_is_read_and_not_written(shared_folder, make_trials, begin):
    path = shared_folder / "ikura.db"
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(2), None)
    path.chmod(0o444)
    with open_store(str(path)) as store:
        assert len(store.history("s").trials) == 2
        with pytest.raises(StoreError, match=r"is read-only; .*change their permissions") as error:
            store.add_event("s", "note", "hello")
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("plain_user")
def test_nothing_can_be_made_in_a_read_only_folder(shared_folder):
    folder = shared_folder / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    assert "must be writable: change their permissions" in refusal(folder / "ikura.db")


@pytest.mark.usefixtures("plain_user")
def test_a_folder_that_cannot_be_entered(shared_folder):
    folder = shared_folder / "private"
    folder.mkdir(mode=0)
    assert "cannot be reached (Permission denied)" in refusal(folder / "ikura.db")
    folder.chmod(0o700)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let databases grow no further than 100 KB, which SQLite reports as it reports a full disk."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 25")

    event.listen(Pool, "connect", limit)
    yield
    event.remove(Pool, "connect", limit)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_keeps_what_was_there(path, make_trials, make_results, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(60), None)
        store.write("s", make_results(range(10), epochs=10))
        with pytest.raises(StoreError, match=r"is on a full disk; .*free some space") as error:
            store.write("s", make_results(range(10, 60), epochs=100))
        assert "\n" not in str(error.value)
        history = store.history("s")
        assert history.states == (TrialState.COMPLETE,) * 10 + (TrialState.WAITING,) * 50
        assert history.curves["dev_loss"].shape == (60, 10)
        store.write("s", make_results(range(10, 11), epochs=10))
    assert pragma(path, "integrity_check") == "ok"


@pytest.fixture
def tiny_disk(small_disk_of) -> Path:
    """A file system of half a megabyte in memory."""
    return small_disk_of("512k")


def test_a_disk_that_is_really_full_keeps_what_was_there(tiny_disk, make_trials, make_results, begin):
    path, written = tiny_disk / "ikura.db", 0
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(500), None)

        def fill() -> None:
            nonlocal written
            for first in range(0, 500, 10):
                store.write("s", make_results(range(first, first + 10), epochs=100))
                written += 10

        with pytest.raises(StoreError, match="full") as error:
            fill()
        assert "\n" not in str(error.value)
        assert "please report" not in str(error.value)
    assert written > 0
    with open_store(str(path)) as store:
        states = store.history("s").states
        assert states == (TrialState.COMPLETE,) * written + (TrialState.WAITING,) * (500 - written)
    assert pragma(path, "integrity_check") == "ok"


@pytest.mark.parametrize("what", ["folder", "file", "replaced"])
def test_a_file_that_is_taken_away_is_noticed(tmp_path, what, make_trials, begin):
    path = tmp_path / "studies" / "ikura.db"
    path.parent.mkdir()
    with open_store(str(path)) as store:
        begin(store, "s")
        if what == "folder":
            shutil.rmtree(path.parent)
        else:
            for file in path.parent.iterdir():
                file.rename(tmp_path / file.name)
            if what == "replaced":
                path.touch()
        with pytest.raises(StoreError, match="was deleted or moved while it was open") as error:
            store.add_round("s", make_trials(2), None)
        assert "\n" not in str(error.value)
    assert not path.exists() or path.stat().st_size == 0


def test_a_database_that_must_exist_is_not_made(path):
    with pytest.raises(UnknownStore, match=f"there is no database {path}; `ikura tune` makes one"):
        open_store(str(path), must_exist=True)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("length", [50, 99, 100, 512, 4096, 6000, 20_000])
def test_it_is_cut_off(path, length, make_trials, make_results, begin):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(50), None)
        store.write("s", make_results(range(50), epochs=30))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(StoreError, match=r"not an SQLite database|is damaged") as error, open_store(str(path)) as store:
        store.history("s")
    assert "\n" not in str(error.value)


def test_bytes_that_are_wrong_never_end_in_a_traceback(path, make_trials, make_results, begin, make_outcome):
    with open_store(str(path)) as store:
        begin(store, "s")
        store.add_round("s", make_trials(20), Region(0, 0, (Span("rate", 0.1, 0.2, 1, 2, None),)))
        store.write("s", make_results(range(20), epochs=5))
        store.add_event("s", "note", "hello")
        store.finish("s", make_outcome())
    whole, draw = path.read_bytes(), random.Random(0)
    refused: list[str] = []
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 3, 30))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        path.write_bytes(content)
        try:
            with open_store(str(path)) as store:
                store.studies()
                store.history("s")
                store.events("s")
        except StoreError as error:
            refused.append(str(error))
    assert 10 < len(refused) < 290
    assert not any("\n" in line for line in refused)
