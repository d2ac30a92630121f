import numpy as np
import pytest

from ikura.records import METRICS, History, Trial, TrialState
from ikura.samplers.rounds import epoch, next_round, round_size


@pytest.mark.parametrize(
    ("total", "rounds", "sizes"),
    [(256, 4, [64] * 4), (10, 4, [2, 3, 2, 3]), (2, 4, [1, 1]), (1, 4, [1]), (0, 4, []), (7, 1, [7])],
)
def test_rounds_are_of_about_equal_size(total, rounds, sizes):
    seen = []
    while size := round_size(sum(seen), total - sum(seen), rounds):
        seen.append(size)
    assert seen == sizes


def history(accuracies):
    """One list of accuracies a round."""
    trials = [(number, value) for number, values in enumerate(accuracies) for value in values]
    return History(
        trials=tuple(Trial(n, {}, number) for n, (number, _) in enumerate(trials)),
        states=(TrialState.COMPLETE,) * len(trials),
        curves=dict.fromkeys(METRICS, np.array([[value] for _, value in trials], dtype=np.float32)),
    )


def test_all_complete_trials_count_while_the_best_is_young():
    assert next_round(History()) == 0
    assert epoch(History()).tolist() == []
    tried = history([[0.9, 0.1], [0.5], [0.4], [0.3], [0.2]])
    assert next_round(tried) == 5
    assert epoch(history([[0.9, 0.1], [0.5], [0.4], [0.3]])).tolist() == [0, 2, 3, 4, 1]


def test_a_best_trial_older_than_four_rounds_begins_a_new_epoch():
    stale = [[0.9, 0.1], [0.5], [0.4], [0.3], [0.2]]
    assert epoch(history(stale)).tolist() == [0]
    assert epoch(history([*stale, [0.6, 0.7]])).tolist() == [0, 7, 6]
    assert epoch(history([*stale, [0.6, 0.7], [0.95]])).tolist() == [8, 7, 6]


def test_an_epoch_lasts_at_least_four_rounds():
    stale = [[0.9, 0.1], [0.5], [0.4], [0.3], [0.2]]
    later = [[0.6], [0.7], [0.65], [0.5]]
    assert epoch(history([*stale, *later])).tolist() == [0, 7, 8, 6, 9]
    assert epoch(history([*stale, *later, [0.1]])).tolist() == [0]
