import numpy as np
import pytest

from ikura.records import History, Trial, TrialState
from ikura.samplers.rounds import even_rounds, round_size, trials_since_restart
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=2)


@pytest.mark.parametrize(
    ("total", "rounds", "sizes"),
    [(256, 4, [64] * 4), (10, 4, [2, 3, 2, 3]), (2, 4, [1, 1]), (1, 4, [1]), (0, 4, []), (7, 1, [7])],
)
def test_rounds_are_of_about_equal_size(total, rounds, sizes):
    seen = []
    while size := round_size(sum(seen), total - sum(seen), rounds):
        seen.append(size)
    assert seen == sizes
    assert list(even_rounds(total, rounds)) == sizes


def history(accuracies, epochs=None):
    """One list of accuracies a round; all are measured after the last of two epochs, or after `epochs` [trial]."""
    trials = [(number, value) for number, values in enumerate(accuracies) for value in values]
    curve = np.full((len(trials), 2), np.nan, np.float32)
    curve[np.arange(len(trials)), np.array(epochs or [2] * len(trials)) - 1] = [value for _, value in trials]
    return History(
        CLASSIFICATION.metrics,
        CLASSIFICATION.objective,
        horizon=2,
        trials=tuple(Trial(n, {}, number) for n, (number, _) in enumerate(trials)),
        states=tuple(
            TrialState.STOPPED if epochs and epochs[n] < 2 else TrialState.COMPLETE for n in range(len(trials))
        ),
        curves={metric.name: curve for metric in CLASSIFICATION.metrics},
    )


def test_all_measured_trials_count_while_the_best_is_young():
    assert trials_since_restart(EMPTY, 8).tolist() == []
    tried = history([[0.9, 0.1], [0.5], [0.4], [0.3]])
    assert trials_since_restart(tried, 8).tolist() == [0, 2, 3, 4, 1]


def test_those_that_were_stopped_count_behind_those_that_were_trained_for_longer():
    tried = history([[0.2, 0.9, 0.1], [0.7, 0.3]], epochs=[2, 1, 1, 1, 2])
    assert trials_since_restart(tried, 8).tolist() == [4, 0, 1, 3, 2]


def test_where_the_best_is_older_than_four_rounds_the_search_starts_afresh():
    stale = [[0.9, 0.1], [0.5], [0.4], [0.3], [0.2]]
    assert trials_since_restart(history(stale), 8).tolist() == [0]
    assert trials_since_restart(history([*stale, [0.6, 0.7]]), 8).tolist() == [0, 7, 6]
    assert trials_since_restart(history([*stale, [0.6, 0.7], [0.95]]), 8).tolist() == [8, 7, 6]


def test_the_next_restart_comes_after_four_rounds_at_the_earliest():
    stale = [[0.9, 0.1], [0.5], [0.4], [0.3], [0.2]]
    later = [[0.6], [0.7], [0.65], [0.5]]
    assert trials_since_restart(history([*stale, *later]), 8).tolist() == [0, 7, 8, 6, 9]
    assert trials_since_restart(history([*stale, *later, [0.1]]), 8).tolist() == [0]


def test_of_few_rounds_it_waits_for_half():
    stale = [[0.9, 0.1], [0.5], [0.4]]
    assert trials_since_restart(history(stale), 8).tolist() == [0, 2, 3, 1]
    assert trials_since_restart(history(stale), 4).tolist() == [0]
    assert trials_since_restart(history(stale[:2]), 4).tolist() == [0, 2, 1]
    assert trials_since_restart(history(stale[:2]), 1).tolist() == [0]
