"""Real processes killed by SIGKILL; the resumed study must end as one that was never touched.

`IKURA_KILLS=60 python -m pytest tests/faults` kills so often at random, instead of the twelve times of every day.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.faults import user_network
from tests.faults.moments import Moment
from tests.faults.place import Place, same, wait_for
from tests.processes import command_line

KILLS = int(os.environ.get("IKURA_KILLS", "12"))

STUDIES = {
    "full": "digits --trials 12 --epochs 60 --rounds 3",
    "halving": "digits --trials 18 --epochs 54 --rounds 2 --schedule halving --min-epochs 6",
    "hyperband": "digits --trials 12 --epochs 54 --rounds 2 --schedule hyperband --min-epochs 6",
    "median": "digits --trials 12 --epochs 40 --rounds 2 --schedule median --min-epochs 8",
    "patience": "digits --trials 12 --epochs 40 --rounds 2 --schedule patience --min-epochs 4",
    "pbt": "digits --trials 10 --epochs 60 --rounds 2 --schedule pbt --min-epochs 15",
    "user's network": "digits --trials 12 --epochs 9 --rounds 2 --schedule halving --min-epochs 1",
}

MakePlace = Callable[..., Place]
Untouched = Callable[[str], dict[str, object]]


@pytest.fixture(scope="module")
def make_place(tmp_path_factory) -> MakePlace:
    """Make a place for one of the studies. They share a cache of compiled programs, as a user's do."""
    programs = tmp_path_factory.mktemp("programs")

    def make(study: str) -> Place:
        run = user_network.run if study == "user's network" else command_line
        return Place(tmp_path_factory.mktemp("place"), STUDIES[study].split(), run, programs)

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
        wait_for(moment.told, process)
        time.sleep(seconds)
        process.kill()
        ended = place.ended(process)
    assert ended.code in (0, -signal.SIGKILL), ended.errors
    return ended.code != 0


@pytest.mark.parametrize(("study", "kills"), [("full", KILLS), ("halving", KILLS // 2), ("pbt", KILLS // 2)])
def test_killed_at_random_moments(study: str, kills: int, make_place, untouched, tmp_path) -> None:
    """With checkpoints all the time. Every other kill leaves networks on their way."""
    chance = random.Random(7)
    place, tries, done = make_place(study), 0, 0
    while done < kills:
        tries, on_their_way = tries + 1, bool(done % 2)
        what = "checkpoint" if on_their_way else "commit"
        moment = Moment(what, chance.randint(1, 8), tmp_path / f"{tries}", checkpoints=True)
        killed = kill_soon_after(place, moment, chance.uniform(0.0, 0.03 if on_their_way else 0.3))
        done += killed and (bool(place.checkpoints()) or not on_their_way)
        if place.is_complete():
            same(place.found(), untouched(study))
            place = make_place(study)
    place.finish()
    same(place.found(), untouched(study))


CHECKPOINT = Moment("checkpoint", 9, checkpoints=True)


@pytest.mark.parametrize(
    ("study", "moments", "cores"),
    [
        ("full", [Moment("commit", 4)], None),
        ("full", [Moment("statement", 40)], None),
        ("full", [Moment("statement", 41)], 1),
        ("full", [CHECKPOINT], None),
        # The last one after the report, before the study is complete.
        ("full", [Moment("model", 1), Moment("model", 2), Moment("model", 6)], None),
        ("halving", [Moment("commit", 6)], 1),
        ("halving", [CHECKPOINT], None),
        ("hyperband", [Moment("commit", 6)], 1),
        ("median", [CHECKPOINT], 1),
        ("patience", [Moment("commit", 6)], 1),
        ("pbt", [Moment("commit", 6)], 1),
        ("pbt", [CHECKPOINT], None),
        ("user's network", [Moment("commit", 6)], 1),
        ("user's network", [replace(CHECKPOINT, when=3)], None),
    ],
)
def test_killed_in_the_middle(study: str, moments: list[Moment], cores: int | None, make_place, untouched) -> None:
    place = make_place(study)
    for moment in moments:
        kill_at(place, moment)
    place.finish(cores)
    same(place.found(), untouched(study))


def test_killed_while_a_program_compiles(make_place, untouched, tmp_path) -> None:
    """Which the built-in network has none of, but a network of one's own has."""
    place = make_place("user's network")
    place.programs = tmp_path
    kill_at(place, Moment("compilation", 2))
    place.finish()
    same(place.found(), untouched("user's network"))


def test_the_comparison_sees_a_single_bit(untouched) -> None:
    found = untouched("full")
    changed = np.frombuffer(found["curves"]["dev_loss"], np.uint8).copy()
    changed[0] ^= 1
    with pytest.raises(AssertionError, match="curves"):
        same(found | {"curves": found["curves"] | {"dev_loss": changed.tobytes()}}, found)
