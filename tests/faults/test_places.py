"""Disks that fill, folders that vanish or close, and a clock that is set back, while a real process runs a study."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

import ikura
from ikura.store import open_store
from tests.faults.moments import checkpoints_all_the_time, hold_after_first_results
from tests.faults.place import FRESH, Place, same, wait_for
from tests.processes import FORKED, command_line

TUNE = ["digits", "--trials", "12", "--epochs", "20", "--rounds", "3"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, programs) -> dict[str, object]:
    place = Place(tmp_path_factory.mktemp("untouched"), TUNE, command_line, programs)
    place.finish()
    return place.found()


@pytest.fixture
def place(tmp_path, programs) -> Place:
    return Place(tmp_path, TUNE, command_line, programs)


@pytest.fixture
def disk(small_disk_of) -> Path:
    """A file system of 16 MB in memory."""
    return small_disk_of("16m")


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def disturbed(
    place: Place, disturb: Callable[[], object], *prepare: Callable[[], None], context: BaseContext = FORKED
) -> tuple[int, str]:
    """Begin the study, disturb it once some trials are stored, and return how it ended and what it said last."""
    hold = partial(hold_after_first_results, place.folder / "held", place.folder / "go")
    with place.process(hold, *prepare, context=context) as process:
        wait_for(place.folder / "held", process)
        disturb()
        (place.folder / "go").touch()
        ended = place.ended(process)
    return ended.code, ended.errors.splitlines()[-1] if ended.errors else ""


def test_a_disk_without_room_for_the_model_costs_nothing(place, disk, untouched):
    place.out = disk / "out"
    code, line = disturbed(place, lambda: fill(disk))
    assert code == 2
    assert line == (
        f"ikura: out: {place.out / 's'} cannot be written (No space left on device); the trials are kept; mend that, "
        "then `ikura resume s`"
    )
    searched = place.found()
    assert (searched["status"], searched["outcome"], searched["curves"]) == ("interrupted", None, untouched["curves"])
    (disk / "filler").unlink()
    place.finish()
    same(place.found(), untouched)
    assert ikura.load_model(place.out / "s")
    assert (place.out / "s" / "report.html").exists()


def test_a_folder_that_became_read_only_costs_nothing(place, disk, untouched):
    place.out = disk / "out"
    code, line = disturbed(place, lambda: subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True))
    assert code == 2
    assert "cannot be written (Read-only file system); the trials are kept" in line
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    place.finish()
    same(place.found(), untouched)


def test_a_folder_for_the_results_that_was_deleted_is_made_again(place, untouched):
    code, _ = disturbed(place, lambda: shutil.rmtree(place.out))
    assert code == 0
    same(place.found(), untouched)
    assert ikura.load_model(place.out / "s")


def test_a_store_on_a_full_disk_keeps_what_was_reported(place, disk, untouched):
    place.store = disk / "s.db"
    code, line = disturbed(place, lambda: fill(disk))
    assert code == 2
    assert line.startswith(f"ikura: store: {place.store} ")
    assert "full" in line
    (disk / "filler").unlink()
    assert place.found()["outcome"] is None
    place.finish()
    same(place.found(), untouched)


@pytest.mark.parametrize("what", ["home", "store"])
def test_a_folder_of_the_store_that_was_deleted_ends_it_in_one_line(place, what):
    place.store = place.home / "ikura.db"
    place.home.mkdir()
    code, line = disturbed(place, lambda: shutil.rmtree(place.home) if what == "home" else place.store.unlink())
    assert code == 2
    assert f"store: {place.store} was deleted or moved while it was open" in line


def test_checkpoints_without_room_are_left_out_and_said_so(place, disk, untouched):
    place.home = disk / "home"
    code, _ = disturbed(place, lambda: fill(disk), checkpoints_all_the_time)
    assert code == 0
    same(place.found(), untouched)
    with open_store(str(place.store)) as store:
        told = [event.message for event in store.events("s") if event.kind == "no checkpoint"]
    # Of the search, and of the winner's network, if that took long enough.
    assert len(told) in (1, 2)
    assert all("No space left on device" in message for message in told)
    assert not list(disk.rglob("*.unfinished"))


def test_a_clock_that_is_set_back_changes_nothing(place, tmp_path, monkeypatch, untouched):
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("libfaketime is not installed (Debian's package faketime)")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    monkeypatch.setenv("LD_PRELOAD", str(libraries[0]))
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(clock))
    monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    code, _ = disturbed(place, lambda: clock.write_text("-3h"), context=FRESH)
    assert code == 0
    same(place.found(), untouched)
    with open_store(str(place.store)) as store:
        assert store.study("s").writer is None
