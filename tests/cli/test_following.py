"""From what a study tells to where it stands."""

from dataclasses import replace

import pytest

from ikura.cli.following import follow
from ikura.cli.phrases import (
    best_so_far,
    counts,
    epochs_done,
    finals_done,
    finals_in_words,
    place_in_search,
    round_ended,
    trials_over,
)
from ikura.cli.run_status import RunStatus
from ikura.cli.tuning import farewell
from ikura.records import Trial, TrialState
from ikura.study import Began, EnsembleChosen, FinalsBegan, Finished, NetworksTrained, ResultsStored, RoundBegan
from tests.cli.samples import OUTCOME, SETTINGS, result

EPOCHS = 5
ROUNDS = replace(SETTINGS, sampler="coarse-to-fine", rounds=4, trials=40, epochs=EPOCHS)
COMPILED = replace(ROUNDS, network="Mine", user_network=True)
OPENING = RunStatus(began=0.0, opening="reading iris")


def told(*events, settings=ROUNDS, resumed: int = 0, every: float = 1.0) -> RunStatus:
    began = Began("iris-1", settings, resumed, settings.trials * EPOCHS, trained=resumed * EPOCHS)
    status = follow(OPENING, began, 10.0)
    for place, event in enumerate(events, start=1):
        status = follow(status, event, 10.0 + every * place)
    return status


def trained(first: int, last: int, *, diverged: int = 0, after: int = 0) -> ResultsStored:
    """Return that the trials before `last` are over and those from `first` on have just come in.

    Of these the first few have diverged, after a number of epochs.
    """
    results = []
    for number in range(first, last):
        lost = number - first < diverged
        state = TrialState.DIVERGED if lost else TrialState.COMPLETE
        results.append((Trial(number, {}, 0), result(number, state, (0.5,) * (after if lost else EPOCHS), stop=EPOCHS)))
    epochs = first * EPOCHS + sum(each.epochs for _, each in results)
    return ResultsStored(last, 40, 0, 0, diverged, 0, epochs, best=0, best_value=0.9, results=tuple(results))


WAVES = [trained(0, 4), trained(4, 8), trained(8, 12)]


def test_it_compiles_until_the_first_results() -> None:
    assert told().phase == told(RoundBegan(0, 10, None)).phase == "starting"
    assert told(RoundBegan(0, 10, None), trained(0, 4)).phase == "search"


def test_epochs_that_are_spared_are_not_waited_for_where_all_were_counted() -> None:
    wave = replace(WAVES[0], spared=7)
    assert epochs_done(told(wave)) == "20 of 200 epochs"
    assert epochs_done(follow(replace(told(), is_bound=True), wave, 20.0)) == "20 of 193 epochs"


def test_what_was_trained_before_counts_as_done_but_not_as_speed() -> None:
    assert epochs_done(told(resumed=20)) == "100 of 200 epochs"
    status = told(trained(20, 26), resumed=20, every=2.0)
    assert trials_over(status) == "26 of 40 trials"
    assert epochs_done(status) == "130 of 200 epochs"
    assert status.per_second == 15.0


def test_an_ensemble_is_chosen_between_the_finals_and_the_winner() -> None:
    events = [*WAVES, FinalsBegan(1, 4), NetworksTrained(4, 4)]
    assert told(*events).phase == "winner"
    asked = replace(ROUNDS, ensemble=True)
    choosing = told(*events, settings=asked)
    assert choosing.phase == "ensemble"
    assert "the finals remain" in farewell(choosing, None)
    assert told(*events, EnsembleChosen(3, True), settings=asked).phase == "winner"


def test_before_a_trial_is_over_the_epochs_are_told() -> None:
    assert trials_over(RunStatus(0.0, "", trials=64, epochs=3456, all_epochs=3840)) == "3,456 of 3,840 epochs"
    assert trials_over(RunStatus(0.0, "", trials=64, all_epochs=3840)) == "0 of 64 trials"


def test_a_run_that_is_stopped_in_the_finals_says_that_they_remain() -> None:
    status = RunStatus(0.0, "", phase="search", name="iris-1", epochs=130, all_epochs=200)
    assert farewell(status, None) == "Stopped: 130 of 200 epochs are stored; to go on: ikura resume iris-1"
    assert farewell(replace(status, phase="finals", epochs=200), None) == (
        "Stopped: the search is over and all of it is stored (200 epochs); the finals remain; to go on: ikura resume "
        "iris-1"
    )


def test_a_result_counts_by_the_epochs_that_it_adds() -> None:
    promoted = result(0, TrialState.PAUSED, (0.5, 0.5), start=3)
    stored = ResultsStored(2, 40, 6, 2, 0, 0, 25, best=0, best_value=0.9, results=((Trial(0, {}, 0), promoted),))
    status = told(stored, every=2.0)
    assert status.per_second == 1.0
    assert (status.over, status.epochs, status.all_epochs) == (2, 25, 200)
    assert counts(status) == ["2 stopped", "6 paused"]


def test_epochs_that_lost_trials_will_not_train_are_not_waited_for() -> None:
    assert told(trained(0, 4, diverged=2, after=1)).all_epochs == 200 - 2 * 4


def test_speed_forgets_what_is_long_past() -> None:
    slow = [trained(number, number + 1) for number in range(3)]
    status = told(*slow, every=100.0)
    for second, number in enumerate(range(3, 39), start=1):
        status = follow(status, trained(number, number + 1), 310.0 + second)
    assert status.per_second == 5.0


def test_the_time_left_is_that_of_the_latest_speed() -> None:
    """Of the finals and the winner, too."""
    status = told(*WAVES, every=2.0)
    assert status.per_second == 10.0
    epochs = (40 - 12 + status.after_search) * EPOCHS
    assert status.seconds_left(16.0) == epochs / 10.0
    assert status.seconds_left(18.0) == epochs / 10.0 - 2.0


def test_rounds_are_counted_where_there_are_some() -> None:
    assert place_in_search(told(RoundBegan(1, 10, None))) == "round 2 of 4"
    assert place_in_search(told()) == "round 1 of 4"
    one = told(RoundBegan(0, 40, None), settings=replace(ROUNDS, sampler="random", rounds=None))
    assert place_in_search(one) == "search"
    few = told(RoundBegan(0, 1, None), settings=replace(ROUNDS, trials=3))
    assert place_in_search(few) == "round 1 of 3"


def test_a_round_ends_when_the_next_begins_or_the_finals() -> None:
    first = told(RoundBegan(0, 10, None), trained(0, 10, diverged=2))
    ended = ("round 1 of 4", "10 of 40 trials  ·  best dev accuracy 90.0 %  ·  2 diverged")
    assert round_ended(first, follow(first, RoundBegan(1, 10, None), 20.0)) == ended
    assert round_ended(first, follow(first, FinalsBegan(5, 20), 20.0)) == ended
    assert round_ended(first, follow(first, trained(10, 12), 20.0)) is None
    assert round_ended(told(), told(RoundBegan(0, 10, None))) is None


@pytest.mark.parametrize(("resumed", "place"), [(0, 1), (9, 1), (10, 2), (27, 3), (39, 4), (40, 4)])
def test_a_study_that_goes_on_knows_its_round_without_being_told(resumed: int, place: int) -> None:
    going_on = told(trained(resumed, resumed), resumed=resumed)
    assert place_in_search(going_on) == f"round {place} of 4"
    if place < 4:
        assert round_ended(going_on, follow(going_on, RoundBegan(place, 10, None), 20.0))[0] == f"round {place} of 4"


def test_before_results_nothing_is_made_up() -> None:
    assert best_so_far(told()) == counts(told()) == []
    assert told().per_second is None
    assert told().seconds_left(11.0) is None


def test_time_left_is_known_after_three_waves() -> None:
    # 4 trials every 2 s: 28 trials, 16 networks of 4 finalists and the winner's take 22.5 s, and its program 2 s.
    assert told(*WAVES[:2], every=2.0).seconds_left(14.0) is None
    assert told(*WAVES, settings=COMPILED, every=2.0).seconds_left(16.0) == 24.5
    assert told(*WAVES, settings=COMPILED, every=2.0).seconds_left(26.0) == 14.5
    assert told(*WAVES, every=2.0).seconds_left(99.0) == 0.0


def test_a_compilation_does_not_stretch_the_time_left() -> None:
    status = told(*WAVES, settings=COMPILED, every=2.0)
    late = follow(status, trained(12, 16), 36.0)
    assert late.seconds_left(36.0) == 22.5


def test_what_the_finals_are_is_counted_when_they_begin() -> None:
    finals = told(trained(0, 10), trained(10, 20), trained(20, 30), FinalsBegan(3, 12))
    assert finals.after_search == 13
    assert finals_in_words(finals) == "the 3 best configurations under other seeds"
    later = [follow(finals, NetworksTrained(done, 12), 16.0) for done in (1, 2, 3, 4, 12)]
    assert finals_done(finals, later[1]) is None
    assert finals_done(later[1], later[2]) == "finals  3 of 12 networks"
    assert finals_done(later[2], later[3]) is None
    assert finals_done(later[3], later[4]) == "finals  12 of 12 networks"


def test_the_finals_go_on_where_the_search_ends() -> None:
    waves = [trained(0, 10), trained(10, 20), trained(20, 30)]
    finals = told(*waves, FinalsBegan(5, 20), NetworksTrained(10, 20))
    assert (finals.phase, finals.finals_done, finals.trials, finals.all_epochs) == ("finals", 10, 30, 150)
    # The last wave had 10 networks in 2 s, after three with 10 in 1 s each.
    assert finals.seconds_left(15.0) == pytest.approx(11 * EPOCHS / (200 / 5))
    assert follow(finals, NetworksTrained(20, 20), 16.0).phase == "winner"
    assert follow(finals, Finished("iris-1", OUTCOME), 20.0).phase == "finished"
