"""A table with every kind of column, and models of it in any form."""

import os
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from ikura.data import prepare
from ikura.dials import default_config
from ikura.model import Model
from ikura.nn import MLP, MLP_DIALS, Averages, Variables
from ikura.optim import TRAINING_DIALS
from ikura.tasks import heads_of, number_loss, outputs_of

os.environ.setdefault("KERAS_BACKEND", "jax")

ROWS = 96
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Example:
    data: object
    new: pd.DataFrame | np.ndarray
    """Some of it unlike all that was in training."""
    target: object = None
    task: str | None = None
    loss: str | None = None

    def model(self, **dials):
        """A network whose arrays, batch normalisation's averages too, are drawn at random."""
        rng = np.random.default_rng(3)
        dataset, loss = prepare(self.data, target=self.target, task=self.task), number_loss(self.loss)
        config = default_config(TRAINING_DIALS | MLP_DIALS) | {"hidden_units": 7} | dials
        network = MLP(dataset.preprocessing.width, outputs_of(heads_of(dataset.targets, loss)))
        params, state = network.init(np.array([1, 2], np.uint32), config)
        for layer in params:
            for name in layer.keys() - {"weights"}:
                layer[name] = rng.normal(size=layer[name].shape).astype(np.float32)
        state = [
            Averages(rng.normal(size=units).astype("f4"), rng.uniform(0.1, 1, units).astype("f4"), np.float32(0.6))
            for units in (len(averages.mean) for averages in state)
        ]
        return Model(network, Variables(params, state), config, dataset.targets, loss, dataset.preprocessing)


def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "output_label": rng.normal(5e4, 300, ROWS),  # as an output is called
            "born on": pd.date_range("1950-01-01", periods=ROWS, freq="100D"),
            "town": rng.choice(["Oslo", "Ōsaka", "Lima"], ROWS),
            "member": rng.random(ROWS) < 0.5,
            "always": 1.0,
            "": rng.integers(0, 9, ROWS),
            "note": rng.choice(["", "missing 0", "good", None], ROWS),
            "spell": rng.choice(["sun", "rain"], ROWS),
            "kind": np.array([7, -3, 12])[np.arange(ROWS) % 3],
        }
    )
    frame.loc[::7, "output_label"] = np.nan
    frame.loc[::11, "born on"] = pd.NaT
    return frame


@pytest.fixture(scope="session")
def mixed() -> Example:
    frame = table()
    new = frame.drop(columns="kind").iloc[:30].copy()
    new.loc[:3, "town"] = "Paris"
    new.loc[2:5, "spell"] = None
    new.loc[20:, "output_label"] = [1e6, *new["output_label"].iloc[21:]]
    return Example(frame, new)


@pytest.fixture(scope="session")
def pixels() -> Example:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 17, (90, 4, 4)).astype(float)
    x[:, 0, 0] = 3  # dropped
    x[:, 1, 1] = np.where(rng.random(90) < 0.1, np.nan, x[:, 1, 1])
    return Example((x.reshape(90, 16), np.arange(90) % 2 == 0), x.reshape(90, 16)[:20])


def as_matrix(model, features):
    """The features as PyTorch's and Keras' input: dates in days, texts by the places of their categories."""
    if isinstance(features, np.ndarray):
        return features
    columns = []
    for name, encoder in zip(model.preprocessing.names, model.preprocessing.columns, strict=True):
        column = features[name]
        if hasattr(encoder, "categories"):
            place = {category: index for index, category in enumerate(encoder.categories)}
            columns.append([place.get(None if pd.isna(value) else value, -1) for value in column])
        elif getattr(encoder, "kind", None) == "date":
            columns.append((column - pd.Timestamp(0)) / DAY)
        else:
            columns.append(column.astype(float))
    return np.column_stack(columns).astype(float)


FORMS = [
    {"hidden_layers": layers, "activation": activation, "batch_norm": batch_norm}
    for layers, activation, batch_norm in (
        (0, "relu", True),
        (1, "relu", True),
        (2, "leaky_relu", False),
        (1, "tanh", True),
        (3, "sigmoid", False),
        (2, "gelu", True),
        (1, "gelu", False),
        (2, "silu", True),
    )
]
