"""A trial in Keras: what is reported, when it ends, and that a break changes nothing."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.frameworks.keras import Reporting
from ikura.workers import Trial, TrialStopped

# H5py asks Keras's arrays for a copy in a way that NumPy 2 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)


class KilledError(Exception):
    """What comes in the middle of an epoch."""


class Batches(keras.callbacks.Callback):
    """Count the batches that are trained; kill training in one of them."""

    def __init__(self, kill_at=None):
        super().__init__()
        self.seen, self.kill_at = 0, kill_at

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen == self.kill_at:
            raise KilledError


def train(trial, batches=None, loss="mse", rate=0.01, first=(), **settings):
    keras.utils.set_random_seed(trial.seed)
    layers = [keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)]
    model = keras.Sequential([*layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["mae"])
    callbacks = [*first, Reporting(trial, **settings), batches or Batches()]
    model.fit(X, Y, batch_size=8, epochs=trial.epochs, validation_data=(X, Y), verbose=0, callbacks=callbacks)
    return model.get_weights()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path_factory.mktemp("whole"))
    return trial, train(trial)


def same(trial, weights, whole, epochs=range(4)):
    assert trial.reports == {epoch: whole[0].reports[epoch] for epoch in epochs}
    for one, other in zip(weights, whole[1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_epoch_is_reported_under_keras_names(whole):
    assert list(whole[0].reports) == [0, 1, 2, 3]
    assert whole[0].reports[0].keys() == {"loss", "mae", "val_loss", "val_mae"}
    assert whole[0].reports[3]["val_loss"] < whole[0].reports[0]["val_loss"]


def test_a_break_changes_nothing(whole, tmp_path):
    for start, stop in ((0, 2), (2, 3)):
        trial, batches = Trial({}, seed=7, epochs=4, start=start, stop=stop, folder=tmp_path), Batches()
        train(trial, batches)
        assert list(trial.reports) == list(range(start, stop))
        assert batches.seen == 5 * (stop - start)
    trial = Trial({}, seed=7, epochs=4, start=3, folder=tmp_path)
    same(trial, train(trial), whole, [3])


def test_a_rate_that_another_callback_has_set_holds(tmp_path):
    def halving():
        return keras.callbacks.LearningRateScheduler(lambda epoch, _: 0.1 * 0.5**epoch)

    straight = Trial({}, seed=7, epochs=3, folder=tmp_path / "straight")
    train(straight, first=[halving()])
    for start, stop in ((0, 1), (1, 3)):
        trial = Trial({}, seed=7, epochs=3, start=start, stop=stop, folder=tmp_path / "pieces")
        train(trial, first=[halving()])
        assert trial.reports == {epoch: straight.reports[epoch] for epoch in range(start, stop)}


def test_a_copy_has_the_learning_rate_of_its_own_configuration(tmp_path):
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=10.0, min_lr=1e-9)
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path), first=[])
    batches = Batches()
    train(Trial({}, seed=7, epochs=4, start=2, stop=3, folder=tmp_path), batches, rate=0.03, first=[])
    assert float(batches.model.optimizer.learning_rate) == np.float32(0.03)
    # What has changed it under training has changed its own as well: by a half.
    train(Trial({}, seed=7, epochs=6, start=3, stop=5, folder=tmp_path), batches, rate=0.03, first=[plateau])
    assert float(batches.model.optimizer.learning_rate) == np.float32(0.015)
    train(Trial({}, seed=7, epochs=6, start=5, stop=6, folder=tmp_path), batches, rate=0.1, first=[])
    assert float(batches.model.optimizer.learning_rate) == pytest.approx(0.05)


def test_a_kill_changes_nothing(whole, tmp_path):
    with pytest.raises(KilledError):
        train(Trial({}, seed=7, epochs=4, folder=tmp_path), Batches(kill_at=12))
    trial, batches = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path), Batches()
    same(trial, train(trial, batches), whole, [2, 3])
    assert batches.seen == 10


def test_a_stop_from_outside_passes_and_leaves_the_epoch_saved(whole, tmp_path):
    trial = Trial({}, seed=7, epochs=4, folder=tmp_path, tell=lambda epoch, metrics: trial.ask_to_stop())
    with pytest.raises(TrialStopped):
        train(trial)
    assert list(trial.reports) == [0]
    trial, batches = Trial({}, seed=7, epochs=4, start=1, folder=tmp_path), Batches()
    same(trial, train(trial, batches), whole, [1, 2, 3])
    assert batches.seen == 15


def test_nothing_is_saved_where_nobody_wants_it(whole, tmp_path):
    train(Trial({}, seed=7, epochs=4, stop=2, folder=tmp_path), save=False)
    assert list(tmp_path.iterdir()) == []
    trial = Trial({}, seed=7, epochs=4, start=2, folder=tmp_path)
    same(trial, train(trial, save=False), whole)


def test_a_metric_that_is_not_there_leaves_no_state(tmp_path):
    with pytest.raises(SettingError, match="there is no 'val_accuracy'"):
        train(Trial({}, epochs=2, metric="val_accuracy", folder=tmp_path))
    assert not list(tmp_path.glob("*.h5"))
