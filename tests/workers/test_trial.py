"""What training code is given, and what it may report."""

import math

import numpy as np
import pytest

import ikura
from ikura.errors import SettingError
from ikura.workers import Trial, TrialStopped


def test_it_says_what_is_to_be_trained(tmp_path):
    trial = Trial({"rate": 0.1}, number=3, seed=7, start=1, epochs=9, stop=3, folder=tmp_path / "own")
    assert (trial.config, trial.number, trial.seed) == ({"rate": 0.1}, 3, 7)
    assert (trial.start, trial.epochs, trial.stop) == (1, 9, 3)
    assert not (tmp_path / "own").exists()
    assert trial.folder == tmp_path / "own"
    assert trial.folder.is_dir()


def test_it_can_be_made_by_hand():
    trial = ikura.Trial({"rate": 0.1}, epochs=2)
    for epoch in range(trial.epochs):
        trial.report(epoch, loss=1.0 - epoch)
    assert trial.reports == {0: {"loss": 1.0}, 1: {"loss": 0.0}}
    assert trial.should_stop
    assert trial.folder.is_dir()


def test_every_number_can_be_reported():
    trial = Trial({}, epochs=9)
    trial.report(np.int64(0), loss=np.float32(0.5), hits=3, right=True)
    trial.report(1, loss=np.array(0.25))
    assert trial.reports == {0: {"loss": 0.5, "hits": 3.0, "right": 1.0}, 1: {"loss": 0.25}}


def test_it_says_when_to_stop():
    trial = Trial({}, epochs=9, stop=3)
    stops = []
    for epoch in range(3):
        stops.append(trial.should_stop)
        trial.report(epoch, loss=1.0)
    assert [*stops, trial.should_stop] == [False, False, False, True]
    with pytest.raises(TrialStopped):
        trial.report(3, loss=1.0)


def test_whoever_is_told_to_stop_hears_it_at_the_next_report():
    trial = Trial({}, epochs=9)
    trial.ask_to_stop()
    assert trial.should_stop
    with pytest.raises(TrialStopped):
        trial.report(0, loss=1.0)


def test_training_code_that_catches_errors_is_stopped_all_the_same():
    assert not issubclass(TrialStopped, Exception)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_one_that_diverges_is_stopped_once_that_is_told(value):
    told = []
    trial = Trial({}, epochs=9, metric="loss", tell=lambda epoch, metrics: told.append(epoch))
    trial.report(0, loss=1.0, other=value)
    with pytest.raises(TrialStopped):
        trial.report(1, loss=value)
    assert told == [0, 1]


@pytest.mark.parametrize(
    ("reports", "said"),
    [
        ([(0, {"loss": 1}), (0, {"loss": 1})], "epoch 0 follows epoch 0; epochs must increase"),
        ([(5, {"loss": 1}), (2, {"loss": 1})], "epoch 2 follows epoch 5; epochs must increase"),
        ([(1, {"loss": 1}), (2, {"loss": 1})], "the first epoch is reported as 1; epochs count from 0"),
        ([(8, {"loss": 1}), (9, {"loss": 1})], "epoch 9 is reported, and the study's trials are of 9 epochs"),
        ([(0, {"loss": 1}), (100, {"loss": 1})], "epoch 100 is reported, and the study's trials are of 9 epochs"),
        ([(-1, {"loss": 1})], "-1 is no epoch; epochs are whole numbers from 0"),
        ([(0.5, {"loss": 1})], "0.5 is no epoch"),
        ([(True, {"loss": 1})], "True is no epoch"),
        ([(0, {"loss": "low"})], "loss is 'low'; what is reported must be a number"),
        ([(0, {"loss": None})], "loss is None"),
        ([(0, {"los": 1})], "there is only los: .*did you mean 'los'"),
        ([(0, {})], "there is nothing: report it"),
    ],
)
def test_mistakes_get_one_line(reports, said):
    trial = Trial({}, epochs=9, metric="loss")
    *before, (epoch, metrics) = reports
    for earlier, fine in before:
        trial.report(earlier, **fine)
    with pytest.raises(SettingError, match=said) as caught:
        trial.report(epoch, **metrics)
    assert "\n" not in str(caught.value)


def test_more_epochs_than_the_study_knows_of_are_no_silent_end():
    trial = Trial({}, epochs=1, metric="loss")
    trial.report(0, loss=1.0)
    assert not trial.should_stop
    with pytest.raises(SettingError, match="give epochs to the study"):
        trial.report(1, loss=1.0)
