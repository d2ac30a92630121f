from dataclasses import replace

import pytest

from ikura.records import Goal, Metric, Objective
from ikura.report.parts import parts
from tests.records.test_documents import SETTINGS

ACCURACY, RMSE = Metric("dev_accuracy", Goal.MAXIMIZE, "share"), Metric("dev_rmse", Goal.MINIMIZE)


def told(train, dev, test, metric=ACCURACY, **changes):
    """Each part is a value and half of its interval."""
    kept = {
        name: {"value": value, "interval": [value - half, value + half], "examples": 1000}
        for name, (value, half) in {"train": train, "dev": dev, "test": test}.items()
    }
    settings = replace(SETTINGS, objective=Objective(metric), **changes)
    return parts({"parts": kept}, settings)


def plain(text):
    return text.replace("\u00a0", " ")


def sizes(found):
    return {gap.name: (plain(gap.size), gap.beyond) for gap in found.gaps}


def test_an_accuracy_is_told_as_an_error():
    found = told((0.99, 0.005), (0.95, 0.01), (0.94, 0.02))
    assert found.title == "error (1 − accuracy)"
    assert [tuple(map(plain, row)) for row in found.rows] == [
        ("train", "1.0 %", "0.5 % to 1.5 %", "1,000"),
        ("dev", "5.0 %", "4.0 % to 6.0 %", "1,000"),
        ("test", "6.0 %", "4.0 % to 8.0 %", "1,000"),
    ]
    assert sizes(found) == {"variance": ("+4.0 %", True), "beyond dev": ("+1.0 %", False)}
    assert found.advice.startswith("The only gap beyond chance is variance: what it learned of the training examples")
    assert found.advice.endswith("as reference_error (--reference-error).")


def test_of_which_networks_it_was_measured_is_told():
    values = (0.99, 0.005), (0.95, 0.01), (0.94, 0.02)
    assert told(*values).measured.startswith("On train and dev: a network of the winning")
    assert "On dev: each on its own fold, which it never saw" in told(*values, folds=5).measured


def test_the_largest_gap_is_what_to_work_on():
    found = told((0.90, 0.005), (0.85, 0.01), (0.84, 0.02), reference_error=0.01)
    assert plain(found.rows[0][1]) == "1.0 %"
    assert sizes(found) == {
        "avoidable bias": ("+9.0 %", True),
        "variance": ("+5.0 %", True),
        "beyond dev": ("+1.0 %", False),
    }
    assert found.advice.startswith("The largest gap beyond chance is avoidable bias: what the network lacks")
    assert "reference_error" not in found.advice


def test_a_test_that_is_worse_than_dev_is_overfitting_or_mismatch():
    found = told((0.95, 0.005), (0.95, 0.01), (0.85, 0.02))
    assert "The only gap beyond chance is beyond dev" in found.advice
    assert "(mismatch)" in found.advice


def test_small_gaps_are_within_chance():
    found = told((0.95, 0.02), (0.94, 0.02), (0.95, 0.02))
    assert not any(gap.beyond for gap in found.gaps)
    assert plain(found.gaps[1].size) == "−1.0 %"
    assert found.advice.startswith("No gap is larger than the choice of examples makes by chance")


def test_the_interval_of_a_gap_is_made_of_both():
    (variance, _) = told((3.0, 0.3), (4.0, 0.4), (4.0, 0.4), RMSE).gaps
    assert (variance.size, variance.interval) == ("+1", "+0.5 to +1.5")


def test_an_error_is_told_in_its_own_unit():
    found = told((3.0, 0.3), (4.0, 0.4), (4.5, 0.4), RMSE, reference_error=2.5)
    assert found.title == "rmse"
    assert [row[1] for row in found.rows] == ["2.5", "3", "4", "4.5"]
    assert sizes(found)["avoidable bias"] == ("+0.5", True)


def test_a_metric_of_the_users_own_that_is_to_be_large_is_told_as_it_is():
    found = told((9.0, 0.5), (7.0, 0.5), (7.0, 0.5), Metric("dev_gain", Goal.MAXIMIZE), user_metric=True)
    assert found.title == "gain"
    assert found.rows[0][1:3] == ("9", "8.5 to 9.5")
    assert sizes(found)["variance"] == ("+2", True)


@pytest.mark.parametrize("test", [{}, {"parts": None}, {"parts": {"train": None, "dev": None, "test": None}}])
def test_a_test_without_parts_tells_nothing(test):
    assert parts(test, SETTINGS) is None
