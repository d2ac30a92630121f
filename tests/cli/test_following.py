"""From what a study tells to where it stands."""

import pytest

from ikura.cli.following import follow
from ikura.cli.phrases import (
    best_so_far,
    finals_done,
    finals_in_words,
    losses,
    place_in_search,
    round_ended,
    trials_done,
)
from ikura.cli.standing import Standing
from ikura.study import Began, FinalsBegan, Finished, NetworksTrained, RoundBegan, TrialsTrained

SETTINGS = {"sampler": "coarse-to-fine", "rounds": 4, "trials": 40, "network": "mlp"}
COMPILED = SETTINGS | {"network": "custom"}
OPENING = Standing(began=0.0, opening="reading iris")


def told(*happenings, settings=SETTINGS, resumed: int = 0, every: float = 1.0) -> Standing:
    standing = follow(OPENING, Began("iris-1", settings, resumed), 10.0)
    for place, happening in enumerate(happenings, start=1):
        standing = follow(standing, happening, 10.0 + every * place)
    return standing


def trained(done: int, *, diverged: int = 0) -> TrialsTrained:
    return TrialsTrained(done, 40, diverged, best=0, best_accuracy=0.9)


def test_it_compiles_until_the_first_results() -> None:
    assert told().phase == told(RoundBegan(0, 10, None)).phase == "starting"
    assert told(RoundBegan(0, 10, None), trained(4)).phase == "search"


def test_what_was_trained_before_counts_as_done_but_not_as_speed() -> None:
    standing = told(trained(26), resumed=20, every=2.0)
    assert trials_done(standing) == "26 of 40 trials"
    assert standing.per_second == 3.0


def test_speed_forgets_what_is_long_past() -> None:
    slow = [trained(done) for done in (1, 2, 3)]
    standing = told(*slow, every=100.0)
    for second, done in enumerate(range(4, 40), start=1):
        standing = follow(standing, trained(done), 310.0 + second)
    assert standing.per_second == 1.0


def test_the_time_left_is_that_of_the_latest_speed() -> None:
    """Of the finals and the winner, too."""
    standing = told(trained(4), trained(8), trained(12), every=2.0)
    assert standing.per_second == 2.0
    networks = 40 - 12 + standing.after_search
    assert standing.seconds_left(16.0) == networks / 2.0
    assert standing.seconds_left(18.0) == networks / 2.0 - 2.0


def test_rounds_are_counted_where_there_are_some() -> None:
    assert place_in_search(told(RoundBegan(1, 10, None))) == "round 2 of 4"
    assert place_in_search(told()) == "round 1 of 4"
    one = told(RoundBegan(0, 40, None), settings=SETTINGS | {"sampler": "random", "rounds": None})
    assert place_in_search(one) == "search"
    few = told(RoundBegan(0, 1, None), settings=SETTINGS | {"trials": 3})
    assert place_in_search(few) == "round 1 of 3"


def test_a_round_ends_when_the_next_begins_or_the_finals() -> None:
    first = told(RoundBegan(0, 10, None), trained(10, diverged=2))
    ended = ("round 1 of 4", "10 of 40 trials  ·  best dev accuracy 90.0 %  ·  2 diverged")
    assert round_ended(first, follow(first, RoundBegan(1, 10, None), 20.0)) == ended
    assert round_ended(first, follow(first, FinalsBegan(5, 20), 20.0)) == ended
    assert round_ended(first, follow(first, trained(12), 20.0)) is None
    assert round_ended(told(), told(RoundBegan(0, 10, None))) is None


@pytest.mark.parametrize(("resumed", "place"), [(0, 1), (9, 1), (10, 2), (27, 3), (39, 4), (40, 4)])
def test_a_study_that_goes_on_knows_its_round_without_being_told(resumed: int, place: int) -> None:
    going_on = told(trained(resumed), resumed=resumed)
    assert place_in_search(going_on) == f"round {place} of 4"
    if place < 4:
        assert round_ended(going_on, follow(going_on, RoundBegan(place, 10, None), 20.0))[0] == f"round {place} of 4"


def test_before_results_nothing_is_made_up() -> None:
    assert best_so_far(told()) == losses(told()) == []
    assert told().per_second is None
    assert told().seconds_left(11.0) is None


def test_time_left_is_known_after_three_waves() -> None:
    # 4 trials every 2 s: 28 trials, 16 networks of 4 finalists and the winner's take 22.5 s, and its program 2 s.
    waves = [trained(done) for done in (4, 8, 12)]
    assert told(*waves[:2], every=2.0).seconds_left(14.0) is None
    assert told(*waves, settings=COMPILED, every=2.0).seconds_left(16.0) == 24.5
    assert told(*waves, settings=COMPILED, every=2.0).seconds_left(26.0) == 14.5
    assert told(*waves, every=2.0).seconds_left(99.0) == 0.0


def test_a_compilation_does_not_stretch_the_time_left() -> None:
    standing = told(*[trained(done) for done in (4, 8, 12)], settings=COMPILED, every=2.0)
    late = follow(standing, trained(16), 36.0)
    assert late.seconds_left(36.0) == 22.5


def test_what_the_finals_are_is_counted_when_they_begin() -> None:
    finals = told(*[trained(done) for done in (10, 20, 30)], FinalsBegan(3, 12))
    assert finals.after_search == 13
    assert finals_in_words(finals) == "the 3 best configurations under other seeds"
    later = [follow(finals, NetworksTrained(done, 12), 16.0) for done in (1, 2, 3, 4, 12)]
    assert finals_done(finals, later[1]) is None
    assert finals_done(later[1], later[2]) == "finals  3 of 12 networks"
    assert finals_done(later[2], later[3]) is None
    assert finals_done(later[3], later[4]) == "finals  12 of 12 networks"


def test_the_finals_go_on_where_the_search_ends() -> None:
    finals = told(*[trained(done) for done in (10, 20, 30)], FinalsBegan(5, 20), NetworksTrained(10, 20))
    assert (finals.phase, finals.finals_done, finals.total) == ("finals", 10, 30)
    assert follow(finals, NetworksTrained(20, 20), 16.0).phase == "winner"
    assert follow(finals, Finished("iris-1", {}), 20.0).phase == "finished"
