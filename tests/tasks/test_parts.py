"""A network's value on a part of the examples, by the study's own metric, and how sure that is."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from ikura.records import DamagedError, Kind, Target
from ikura.tasks import make_problem, part
from ikura.tasks.intervals import mean_interval, wilson_interval
from ikura.tasks.parts import check_shared

CLASS = (Target("kind", Kind.CLASS, ("no", "yes")),)
NUMBER = (Target("price", Kind.NUMBER, mean=100.0, scale=20.0),)


def classified(examples, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, examples).astype(np.int32)
    outputs = np.stack([np.zeros(examples), 2 * y - 1 + 1.5 * rng.normal(size=examples)], axis=1)
    return outputs.astype(np.float32), y


def measured(targets, outputs, y, losses=None, weights=None, **asked):
    return part(make_problem(targets, **asked), outputs, y, lambda: losses, weights)


def test_an_accuracy_has_the_interval_of_wilson():
    outputs, y = classified(200)
    correct = int((outputs.argmax(axis=1) == y).sum())
    found = measured(CLASS, outputs, y)
    assert found == {"value": correct / 200, "interval": list(wilson_interval(correct, 200)), "examples": 200}


def test_an_rmse_has_the_interval_of_the_test():
    rng = np.random.default_rng(0)
    y = rng.normal(size=(100, 1)).astype(np.float32)
    outputs = (y + rng.normal(size=(100, 1))).astype(np.float32)
    found = measured(NUMBER, outputs, y)
    squares = (20 * (outputs - y)[:, 0].astype(float)) ** 2
    assert found["value"] == pytest.approx(np.sqrt(squares.mean()), rel=1e-5)
    assert found["interval"] == pytest.approx(np.sqrt(mean_interval(squares)), rel=1e-5)


def test_a_loss_is_the_mean_of_the_losses():
    outputs, y = classified(100)
    losses = np.arange(100.0)
    found = measured(CLASS, outputs, y, losses, metric="loss")
    assert found["value"] == pytest.approx(49.5)
    half = 1.96 * losses.std(ddof=1) / 10
    low, high = found["interval"]
    assert high - 49.5 == pytest.approx(49.5 - low) == pytest.approx(half, rel=0.3)


def test_examples_count_in_a_loss_as_they_weigh():
    outputs, y = classified(100)
    losses, weights = np.arange(100.0), np.repeat([0.0, 3.0], 50)
    found = measured(CLASS, outputs, y, losses, weights, metric="loss")
    assert found["value"] == pytest.approx(74.5)
    # Those that do not count make it no surer.
    low, high = found["interval"]
    assert (high - low) / 2 == pytest.approx(1.96 * losses[50:].std(ddof=1) / 50**0.5, rel=0.4)
    # Where none counts, all do the same, as in training.
    assert measured(CLASS, outputs, y, losses, 0 * weights, metric="loss")["value"] == pytest.approx(49.5)


@pytest.mark.parametrize(
    ("metric", "of"),
    [
        ("roc_auc", lambda y, logits: roc_auc_score(y, logits[:, 1])),
        ("f1", lambda y, logits: f1_score(y, logits.argmax(axis=1))),
    ],
)
def test_the_jackknife_covers_what_it_claims(metric, of):
    """Over 200 parts of 200 examples, held to the value on a hundred thousand."""
    outputs, y = classified(100_000, seed=1)
    truth = of(y, outputs)
    found = [measured(CLASS, *classified(200, seed), metric=metric)["interval"] for seed in range(2, 202)]
    covered = np.mean([low <= truth <= high for low, high in found])
    assert 0.90 <= covered <= 0.98


def test_a_metric_that_cannot_be_measured_on_a_part_has_no_value_there():
    outputs, y = classified(50)
    assert measured(CLASS, outputs, np.ones_like(y), metric="roc_auc") is None


def test_a_function_of_the_users_own_may_fail_on_a_part():
    def kept(y_true, y_pred):
        if len(y_true) < 50:
            raise ValueError("too few")
        return accuracy_score(y_true, y_pred)

    outputs, y = classified(50)
    assert measured(CLASS, outputs, y, metric=kept, direction="maximize") is None


def test_a_document_of_another_shape_is_damaged():
    good = {"value": 0.9, "interval": [0.8, 0.95], "examples": 30}
    check_shared({})
    check_shared({"parts": {"train": good, "dev": good, "test": None}})
    for wrong in ({"train": good}, {"train": good, "dev": good, "test": good | {"interval": [1.0, 0.5]}}):
        with pytest.raises(DamagedError):
            check_shared({"parts": wrong})
