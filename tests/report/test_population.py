import numpy as np
import pytest

from ikura.records import METRICS, History, Trial, TrialState
from ikura.report.axes import axes
from ikura.report.population import BANDS, DIVERGED, MOST_EPOCHS, MOST_TRIALS, population
from ikura.space import Choice, Float, Space

SPACE = Space(rate=Float(0.0, 1.0), optimizer=Choice("sgd", "adam"), beta=Float(0.0, 1.0, when={"optimizer": ["adam"]}))


def history(accuracy, epochs=2):
    """A trial for each accuracy at the last epoch; None for one that diverged after the first."""
    last = np.array([np.nan if value is None else value for value in accuracy], dtype=np.float32)
    curves = np.full((len(last), epochs), 0.1, dtype=np.float32)
    curves[:, -1] = last
    return History(
        trials=tuple(
            Trial(
                at,
                {"rate": at / len(last), "optimizer": "adam", "beta": 0.5}
                if at % 2
                else {"rate": at / len(last), "optimizer": "sgd"},
                at // 2,
            )
            for at in range(len(last))
        ),
        states=tuple(TrialState.DIVERGED if value is None else TrialState.COMPLETE for value in accuracy),
        curves=dict.fromkeys(METRICS, curves),
    )


def shown(accuracy, epochs=2):
    return population(SPACE, axes(SPACE), history(accuracy, epochs))


def test_the_worst_come_first_and_the_best_last_so_that_they_are_drawn_on_top():
    found = shown([0.7, None, 0.9, 0.8])
    assert found.numbers.tolist() == [1, 0, 3, 2]
    assert found.rounds.tolist() == [0, 0, 1, 1]
    assert found.accuracy[1:].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert found.ended.tolist() == [1, 2, 2, 2]
    assert found.measured == 4


def test_bands_hold_their_share_of_the_ranks():
    found = shown([None, *np.linspace(0.5, 0.9, 40)])
    of_rank = found.band[::-1]
    assert of_rank.tolist() == [0] * 2 + [1] * 6 + [2] * 12 + [3] * 20 + [DIVERGED]
    assert [name for _, name in BANDS] == ["best 5 %", "next 15 %", "next 30 %", "other half"]


def test_positions_are_the_unit_cube_and_nan_where_a_dimension_is_not_used():
    found = shown([0.5, 0.6])
    assert found.numbers.tolist() == [0, 1]
    assert found.positions[:, 0] == pytest.approx([0.0, 0.5])
    assert 0 < found.positions[0, 1] < 0.5 < found.positions[1, 1] < 1
    assert np.isnan(found.positions[0, 2])
    assert found.texts == (("0", "sgd", None), ("0.5", "adam", "0.5"))


def test_the_floor_lies_three_times_as_far_below_the_best_as_the_median_where_some_are_far_worse():
    found = shown([0.98, 0.96, 0.96, 0.95, 0.10])
    assert found.floor == pytest.approx(0.92)
    assert found.below == 1


def test_without_outliers_nothing_is_cut_off():
    found = shown([0.98, 0.96, 0.94])
    assert found.floor == pytest.approx(0.94)
    assert found.below == 0


def test_of_many_trials_the_very_best_and_some_of_every_rank_are_drawn():
    trials = 3000
    found = shown([None if at % 10 == 0 else at / trials for at in range(trials)])
    assert found.measured == trials
    assert len(found.numbers) == MOST_TRIALS
    assert (found.band == DIVERGED).sum() == 100
    ranks = np.sort([at for at in range(trials) if at % 10])[::-1]
    best_first = found.numbers[found.band != DIVERGED][::-1]
    assert best_first[:45].tolist() == ranks[:45].tolist()
    assert best_first[-1] == ranks[-1]
    assert np.diff(np.searchsorted(-ranks, -best_first)).max() <= 4


def test_of_many_epochs_some_are_drawn_with_the_first_and_the_last():
    found = shown([0.5, 0.6], epochs=1000)
    assert len(found.epochs) == MOST_EPOCHS
    assert (found.epochs[0], found.epochs[-1]) == (1, 1000)
    assert found.curves["dev_accuracy"].shape == (2, MOST_EPOCHS)
    assert found.curves["dev_accuracy"][:, -1] == pytest.approx([0.5, 0.6])


def test_a_history_in_which_nothing_was_measured_is_empty():
    waiting = History(trials=(Trial(0, {"rate": 0.5, "optimizer": "sgd"}, 0),), states=(TrialState.WAITING,))
    found = population(SPACE, axes(SPACE), waiting)
    assert (len(found.numbers), len(found.epochs), found.measured) == (0, 0, 0)
