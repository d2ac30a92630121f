"""Keras 3, on the backend that KERAS_BACKEND names: a function, with Ikura's callback."""

import keras
from digits import load

from ikura.frameworks.keras import Reporting


def train(trial):
    """Train the network as a trial says."""
    keras.utils.set_random_seed(trial.seed)
    x, y, x_dev, y_dev = load()
    x, y = x[:1344], y[:1344]  # `fit` would train on the last three as well, of which batch norm makes nonsense
    layers = keras.layers
    norm = layers.BatchNormalization(momentum=0.9)
    net = keras.Sequential([keras.Input((64,)), layers.Dense(64, use_bias=False), norm, layers.ReLU()])
    net.add(layers.Dense(10, activation="softmax"))
    optimizer = keras.optimizers.SGD(trial.config["learning_rate"], momentum=trial.config["momentum"])
    net.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    fitting = {"batch_size": 64, "validation_data": (x_dev, y_dev), "verbose": 0}
    net.fit(x, y, epochs=trial.epochs, callbacks=[Reporting(trial)], **fitting)
