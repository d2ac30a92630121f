import numpy as np
import pytest

from ikura.records import Kind, Target
from ikura.report.thresholds import threshold_figures
from ikura.tasks import CLASSIFICATION, make_problem


def judged(classes):
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, 300).astype(np.int32)
    outputs = rng.normal(size=(300, classes)).astype(np.float32)
    outputs[np.arange(300), y] += 1
    problem = make_problem([Target("kind", Kind.CLASS, tuple(map(str, range(classes))))])
    return CLASSIFICATION.judge(outputs, y, problem, y)


def test_two_classes_have_both_curves_in_percent():
    test = judged(2)
    figures = threshold_figures(test)
    assert list(figures) == ["roc", "precision", "calibration"]
    chance, roc = figures["roc"].data
    assert (list(chance.x), list(chance.y)) == ([0, 100], [0, 100])
    assert list(roc.x) == pytest.approx([100 * value for value in test["curves"]["roc"]["x"]])
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 100, 100)
    (precision,) = figures["precision"].data
    assert list(precision.y) == pytest.approx([100 * value for value in test["curves"]["precision_recall"]["y"]])
    assert figures["roc"].layout.xaxis.title.text == "negatives called positive"
    assert figures["precision"].layout.yaxis.title.text == "precision: right among those found"


def test_calibration_tells_how_many_examples_each_dot_holds():
    test = judged(3)
    figures = threshold_figures(test)
    assert list(figures) == ["calibration"]
    trusted, dots = figures["calibration"].data
    assert list(trusted.x) == list(trusted.y)
    assert sum(dots.customdata) == 300
    assert list(dots.x) == pytest.approx([100 * value for value in test["calibration"]["confidence"]])
    assert list(dots.y) == pytest.approx([100 * value for value in test["calibration"]["accuracy"]])


def test_tests_of_before_have_no_such_pictures():
    assert threshold_figures({"accuracy": 0.9}) == {}
