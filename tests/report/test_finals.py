import math

import pytest

from ikura.report.finals import confusion, finals, mistakes_in_words


def row(number, search, accuracy, loss):
    return {"number": number, "config": {}, "search_dev_accuracy": search, "dev_accuracy": accuracy, "dev_loss": loss}


def told(winner, *rows):
    return finals({"best": {"number": winner}, "finalists": list(rows)})


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_winner_comes_first_then_by_mean_over_the_seeds():
    found = told(
        5,
        row(1, 0.99, [0.90, 0.92], [0.3, 0.3]),
        row(5, 0.98, [0.97, 0.95], [0.1, 0.2]),
        row(9, 0.97, [0.94, 0.92], [0.2, 0.2]),
    )
    assert [one.number for one in found.finalists] == [5, 9, 1]
    assert found.finalists[0].mean == pytest.approx(0.96)
    assert found.finalists[0].loss == pytest.approx(0.15)
    assert plain(found.verdict) == (
        "Trial 5 won with the highest mean dev accuracy over 2 seeds, 96.00 %; trial 9 came second with 93.00 %. "
        "In the search, under a single seed, trial 1 had looked best (99.00 %)."
    )


def test_a_tie_is_decided_by_the_loss():
    verdict = plain(told(1, row(1, 0.9, [0.9], [0.1]), row(2, 0.9, [0.9], [0.2])).verdict)
    assert verdict == (
        "Trials 1 and 2 have the same mean dev accuracy over 1 seed, 90.00 %; trial 1 won by the lower mean dev loss."
    )


def test_a_seed_that_diverged_is_counted_and_left_out_of_the_mean():
    found = told(
        1,
        row(1, 0.9, [0.9, 0.8], [0.1, 0.1]),
        row(2, 0.9, [0.95, None], [0.1, None]),
        row(3, 0.9, [None, None], [None, None]),
    )
    _, once, twice = found.finalists
    assert (once.number, once.diverged, once.mean) == (2, 1, 0.95)
    assert (twice.number, twice.diverged) == (3, 2)
    assert math.isnan(twice.mean)
    assert "trial 2 diverged under 1 of them" in found.verdict


def test_a_single_finalist_won_nothing():
    assert plain(told(4, row(4, 0.9, [0.8, 0.9], [0.1, 0.1])).verdict) == (
        "Only trial 4 went to the finals: 85.00 % on average over 2 seeds."
    )


def test_recall_and_the_commonest_mistakes_of_a_confusion_matrix():
    found = confusion({"test": {"confusion": [[8, 2, 0], [1, 9, 0], [0, 0, 0]], "classes": ["a", "b", "c"]}})
    assert found.recall == (0.8, 0.9, None)
    assert found.mistakes == (("a", "b", 2), ("b", "a", 1))
    assert mistakes_in_words(found) == "Most often confused: a taken for b (2 times) and b taken for a (once)."


def test_no_mistakes_are_said_so():
    found = confusion({"test": {"confusion": [[3, 0], [0, 4]], "classes": [0, 1]}})
    assert found.classes == ("0", "1")
    assert mistakes_in_words(found) == "No test example was taken for another class."
