"""Real processes killed by SIGKILL; the resumed study must end as one that was never touched.

`IKURA_KILLS=60 python -m pytest tests/faults` kills so often at random, instead of the twelve times of every day.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.faults import user_network
from tests.faults.moments import Moment
from tests.faults.place import Place, same

KILLS = int(os.environ.get("IKURA_KILLS", "12"))

STUDIES = {
    "full": "digits --trials 16 --epochs 120 --rounds 4",
    "halving": "digits --trials 36 --epochs 108 --rounds 4 --schedule halving --min-epochs 12",
    "pbt": "digits --trials 10 --epochs 80 --rounds 2 --schedule pbt --min-epochs 20",
    "user's network": "digits --trials 12 --epochs 9 --rounds 2 --schedule halving --min-epochs 1",
}

MakePlace = Callable[..., Place]
Untouched = Callable[[str], dict[str, object]]


@pytest.fixture(scope="module")
def make_place(tmp_path_factory) -> MakePlace:
    """Make a place for one of the studies, with a cache of programs of its own."""

    def make(study: str) -> Place:
        folder = tmp_path_factory.mktemp("place")
        place = Place(folder, STUDIES[study].split(), programs=folder / "programs")
        if study == "user's network":
            place.run = user_network.run
        return place

    return make


@pytest.fixture(scope="module")
def untouched(make_place) -> Untouched:
    """Return what a study leaves behind that nobody touched."""

    @cache
    def found(study: str) -> dict[str, object]:
        place = make_place(study)
        place.finish()
        return place.found()

    return found


def kill_at(place: Place, moment: Moment) -> None:
    """Run the study until it dies at a moment."""
    with place.process(moment.arrange) as process:
        ended = place.ended(process)
    assert ended.code == -signal.SIGKILL, ended.errors


def kill_soon_after(place: Place, moment: Moment, seconds: float) -> bool:
    """Run the study until a while after a moment, unless it ends before, and return whether it was killed."""
    assert moment.told is not None
    with place.process(moment.arrange) as process:
        while process.is_alive() and not moment.told.exists():
            time.sleep(0.002)
        time.sleep(seconds)
        process.kill()
        ended = place.ended(process)
    assert ended.code in (0, -signal.SIGKILL), ended.errors
    return ended.code != 0


@pytest.mark.parametrize(("study", "kills"), [("full", KILLS), ("halving", KILLS // 2), ("pbt", KILLS // 2)])
def test_killed_at_random_moments(study: str, kills: int, make_place, untouched, tmp_path) -> None:
    """With checkpoints all the time. Every other kill waits for some of them, so that networks are left on their way."""
    chance = random.Random(7)
    place, done, on_their_way = make_place(study), 0, 0
    while done < kills:
        what = "checkpoint" if done % 2 else "commit"
        moment = Moment(what, chance.randint(1, 8), tmp_path / f"{chance.random()}", checkpoints=True)
        if kill_soon_after(place, moment, chance.uniform(0.0, 0.1 if what == "checkpoint" else 0.3)):
            done += 1
            on_their_way += bool(place.checkpoints())
        if place.is_complete():
            same(place.found(), untouched(study))
            place = make_place(study)
    assert on_their_way >= kills // 4
    place.finish()
    same(place.found(), untouched(study))


@pytest.mark.parametrize(
    ("study", "moment"),
    [
        ("full", Moment("commit", 4)),
        ("full", Moment("statement", 40)),
        ("full", Moment("statement", 41)),
        ("full", Moment("checkpoint", 9, checkpoints=True)),
        ("full", Moment("model", 1)),
        ("full", Moment("model", 2)),
        ("full", Moment("model", 6)),  # after the report, before the study is complete
        ("halving", Moment("commit", 6)),
        ("halving", Moment("checkpoint", 9, checkpoints=True)),
        ("pbt", Moment("commit", 6)),
        ("pbt", Moment("checkpoint", 9, checkpoints=True)),
        ("user's network", Moment("commit", 6)),
        ("user's network", Moment("checkpoint", 3, checkpoints=True)),
        # The built-in network needs no programs.
        ("user's network", Moment("compilation", 2)),
    ],
    ids=str,
)
def test_killed_in_the_middle(study: str, moment: Moment, make_place, untouched) -> None:
    place = make_place(study)
    kill_at(place, moment)
    place.finish()
    same(place.found(), untouched(study))


@pytest.mark.parametrize("study", STUDIES)
def test_resumed_on_one_core(study: str, make_place, untouched) -> None:
    place = make_place(study)
    kill_at(place, Moment("commit", 8))
    place.finish(cores=1)
    same(place.found(), untouched(study))


def test_the_comparison_sees_a_single_bit(untouched) -> None:
    found = untouched("full")
    changed = np.frombuffer(found["curves"]["dev_loss"], np.uint8).copy()
    changed[0] ^= 1
    with pytest.raises(AssertionError, match="curves"):
        same(found | {"curves": found["curves"] | {"dev_loss": changed.tobytes()}}, found)
