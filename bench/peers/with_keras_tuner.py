"""Keras Tuner with Keras 3 on JAX, compiled steps; arrays in memory, no checkpoints, the tuner's own loop.

Keras compiles every network anew, since each has other shapes, and that is most of its time. For one network and epoch,
running without `jit_compile` took 3 times as long. Several steps per execution made no clear difference. A chief with
one worker a core took longer in both of two tries, on a busy machine with two cores and 8 trials, start-up included.
"""

import os
import tempfile

os.environ |= {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}  # read when Keras is imported

import keras
import keras_tuner

from bench.peers.contract import Data, Job, Progress, hidden_units, learning_rates


def search(job: Job, data: Data, progress: Progress) -> None:
    """See contract.py."""
    with tempfile.TemporaryDirectory() as folder:
        oracle = _FixedList(objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=len(job.configs), seed=0)
        tuner = _Tuner(job, data, progress, oracle=oracle, directory=folder, project_name="bench")
        tuner.search(verbose=0)


class _FixedList(keras_tuner.Oracle):
    """Proposes configuration 0, 1, 2..."""

    def populate_space(self, trial_id):
        return {"status": keras_tuner.engine.trial.TrialStatus.RUNNING, "values": {"number": int(trial_id)}}


class _Tuner(keras_tuner.Tuner):
    """Trains without the checkpoint that Keras Tuner writes after every better epoch."""

    def __init__(self, job: Job, data: Data, progress: Progress, **options) -> None:
        self._job, self._data, self._progress = job, data, progress
        super().__init__(hypermodel=self._build, **options)

    def _build(self, hp):
        return build(self._job.configs[hp.Int("number", 0, len(self._job.configs) - 1)], self._data, self._job.epochs)

    def _populate_initial_space(self) -> None:
        """Keras Tuner would build a network for it."""
        self.oracle.hyperparameters.Int("number", 0, len(self._job.configs) - 1)

    def run_trial(self, trial, *args, **options):  # noqa: ARG002 - Keras Tuner's signature
        """Trains one configuration."""
        keras.utils.set_random_seed(int(trial.trial_id))
        keras.backend.clear_session()
        data, config = self._data, self._job.configs[trial.hyperparameters.get("number")]
        used = len(data.x) // config["batch_size"] * config["batch_size"]  # a smaller last batch would be compiled too
        history = self.hypermodel.build(trial.hyperparameters).fit(
            data.x[:used],
            data.y[:used],
            batch_size=config["batch_size"],
            epochs=self._job.epochs,
            validation_data=(data.dev_x, data.dev_y),
            validation_batch_size=len(data.dev_x),
            verbose=0,
        )
        accuracy = history.history["val_accuracy"][-1]
        self._progress.trained(accuracy)
        return accuracy


def build(config, data: Data, epochs: int):
    """Return the compiled network of a configuration."""
    layers = [keras.Input((data.x.shape[1],))]
    for units in hidden_units(config):
        layers += [
            keras.layers.Dense(units, use_bias=False, kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
            keras.layers.ReLU(),
        ]
    network = keras.Sequential([*layers, keras.layers.Dense(data.classes, kernel_initializer="he_normal")])
    rates = learning_rates(config, epochs)
    rate = rates[0]
    if config["decay"] == "exponential" and epochs > 1:
        steps = len(data.x) // config["batch_size"]
        rate = keras.optimizers.schedules.ExponentialDecay(rate, steps, rates[1] / rates[0], staircase=True)
    adam = config["optimizer"] == "adam"
    network.compile(
        optimizer=keras.optimizers.Adam(rate, epsilon=1e-8) if adam else keras.optimizers.SGD(rate, momentum=0.9),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=True,
    )
    return network
