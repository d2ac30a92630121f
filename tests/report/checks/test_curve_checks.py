"""Whether the ends of learning curves are judged as they were made."""

import numpy as np
import pytest

from ikura.report.checks import Verdict
from ikura.report.checks.curve_checks import steadiness, training_length, training_loss
from tests.report.checks.searches import trained

EPOCHS, SEARCHES = 30, 200
TIME = np.arange(1, EPOCHS + 1)


def curves(shape, noise, seed=0, trials=16, spread=0.5):
    """Curves of one shape, one a little worse than the other, with noise from epoch to epoch."""
    worse = spread * np.arange(trials)[:, None] / trials
    return shape + worse + np.random.default_rng(seed).normal(0, noise, (trials, len(shape)))


LEVELLED = 0.3 + np.exp(-TIME / 3)
FALLING = 1.5 - 0.03 * TIME
RISING = 0.3 + np.exp(-TIME / 2) + 0.02 * np.maximum(TIME - 12, 0)


@pytest.mark.parametrize(
    ("shape", "verdict", "words"),
    [
        (LEVELLED, Verdict.OK, "levelled off"),
        (FALLING, Verdict.LOOK, "of 5 of the best 5 trials still gets better at the end"),
        (RISING, Verdict.LOOK, "of 5 of the best 5 trials gets worse at the end"),
    ],
)
def test_the_end_of_the_best_curves(shape, verdict, words):
    check = training_length(trained(curves(shape, 0.01)))
    assert check.verdict is verdict
    assert words in check.evidence
    assert (check.advice is None) == (verdict is Verdict.OK)


@pytest.mark.parametrize("noise", [0.001, 0.03, 0.1])
@pytest.mark.parametrize("epochs", [8, 30])
def test_curves_that_have_levelled_off_are_hardly_ever_blamed(noise, epochs):
    flat = np.full(epochs, 0.3) + np.exp(-np.arange(epochs) / (epochs / 12))
    blamed = [training_length(trained(curves(flat, noise, seed))).verdict is Verdict.LOOK for seed in range(SEARCHES)]
    assert np.mean(blamed) <= 0.02


def test_short_curves_say_nothing():
    history = trained(curves(LEVELLED[:5], 0.01))
    for check in (training_length(history), steadiness(history), training_loss(history)):
        assert check.verdict is Verdict.UNKNOWN


def test_noise_is_held_against_what_tells_trials_apart():
    steady = steadiness(trained(curves(LEVELLED, 0.01)))
    assert steady.verdict is Verdict.OK
    assert steady.numbers["step"] == pytest.approx(0.01, rel=0.4)
    restless = steadiness(trained(curves(LEVELLED, 0.2)))
    assert restless.verdict is Verdict.LOOK
    assert "one standard deviation" in restless.evidence


def test_a_training_loss_that_rises_is_seen_whatever_the_dev_loss_does():
    dev = curves(LEVELLED, 0.01)
    assert training_loss(trained(dev, curves(LEVELLED, 0.01, 1))).verdict is Verdict.OK
    check = training_loss(trained(dev, curves(RISING, 0.01, 1)))
    assert (check.verdict, check.numbers["rising"]) == (Verdict.LOOK, 5)
