"""Models of Keras Tuner's: the same from Ikura's hp as from its own, and trained on where they were paused."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest

from ikura.errors import SettingError
from ikura.frameworks import KerasTunerModel
from ikura.frameworks.keras_hyperparameters import HyperParameters
from ikura.frameworks.ranges import Answers
from ikura.space import Choice, Float, Int, Space
from ikura.workers import Trial

# H5py asks Keras's arrays for a copy in a way that NumPy 2 has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)
CONFIG = {"layers": 2, "units_0": 8, "units_1": 4, "activation": "relu", "drop": True, "rate": 0.2, "lr": 0.01}


def build_model(hp):
    model = keras.Sequential([keras.Input((3,))])
    for place in range(hp.Int("layers", 1, 2)):
        units = hp.Int(f"units_{place}", 4, 8, step=4)
        model.add(keras.layers.Dense(units, activation=hp.Choice("activation", ["relu", "tanh"])))
    if hp.Boolean("drop"):
        model.add(keras.layers.Dropout(hp.Float("rate", 0.1, 0.5)))
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.Adam(hp.Float("lr", 1e-3, 1e-1, sampling="log")), "mse")
    return model


@pytest.fixture
def model():
    return KerasTunerModel(build_model, X, Y, validation_data=(X, Y), batch_size=8, verbose=0)


def asking_everything(hp):
    """Stands for a build function: everything that can be asked for."""
    found = [
        hp.Int("int", 3, 20, step=4),
        hp.Int("log", 2, 40, sampling="log"),
        hp.Int("doubled", 2, 40, step=2, sampling="log"),
        hp.Float("float", 0.0, 1.0, step=0.25),
        hp.Float("tens", 0.001, 1.0, step=10, sampling="LOG"),
        hp.Float("reverse", 0.9, 0.99, sampling="reverse_log"),
        hp.Fixed("fixed", "x"),
        hp.Choice("kind", ["a", "b"], default="b"),
        hp.Choice("number", [1, 2]),
        hp.Choice("deeper", [5, 6], parent_name="kind", parent_values="a"),
        hp.Int("under", 1, 2, parent_name="kind", parent_values=["b"]),
    ]
    with hp.conditional_scope("kind", ["b"]), hp.name_scope("b"):
        found += [hp.Boolean("flag"), hp.Float("deep", 0, 1), "flag" in hp, "kind" in hp]
    return [*found, hp.get("kind"), hp["number"], "deeper" in hp, sorted(hp.values)]


def everything():
    return KerasTunerModel(asking_everything).space()


def test_the_space_is_found_by_building(model):
    assert model.space() == Space(
        layers=Int(1, 2),
        units_0=Int(4, 8, step=4),
        activation=Choice("relu", "tanh"),
        drop=Choice(False, True),
        lr=Float(1e-3, 1e-1, scale="log"),
        units_1=Int(4, 8, step=4, when={"layers": [2]}),
        rate=Float(0.1, 0.5, when={"drop": [True]}),
    )


def test_all_kinds_of_hyperparameters_have_their_dimension():
    assert everything() == Space(
        int=Int(3, 19, step=4),
        log=Int(2, 40, scale="log"),
        doubled=Choice(2, 4, 8, 16, 32),
        float=Choice(0.0, 0.25, 0.5, 0.75, 1.0),
        tens=Choice(0.001, 0.01, 0.1, 1.0),
        reverse=Float(0.9, 0.99),
        kind=Choice("a", "b"),
        number=Choice(1, 2),
        deeper=Choice(5, 6, when={"kind": ["a"]}),
        under=Int(1, 2, when={"kind": ["b"]}),
        b_flag=Choice(False, True, when={"kind": ["b"]}),
        b_deep=Float(0.0, 1.0, when={"kind": ["b"]}),
    )


def test_values_are_those_of_keras_tuners_own_hp():
    keras_tuner = pytest.importorskip("keras_tuner", reason="it says what its hp gives")
    space = everything()
    for config in space.decode(np.random.default_rng(0).random((40, len(space)))):
        theirs = keras_tuner.HyperParameters()
        theirs.values = {name.replace("b_", "b/"): value for name, value in config.items()}
        assert asking_everything(HyperParameters(Answers(config, 0))) == asking_everything(theirs)


def test_a_scope_inside_one_that_does_not_hold_does_not_hold():
    hp = HyperParameters(Answers({"outer": "a", "inner": "x", "units": 2}, 0))
    hp.Choice("outer", ["a", "b"])
    hp.Choice("inner", ["x", "y"])
    with hp.conditional_scope("outer", ["b"]), hp.conditional_scope("inner", ["x"]):
        assert hp.Int("units", 1, 3) is None
    with pytest.raises(ValueError, match="units is currently inactive"):
        hp.get("units")
    with hp.conditional_scope("outer", ["a"]), hp.conditional_scope("inner", ["x"]):
        assert hp.Int("units", 1, 3) == 2


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda hp: hp.get("x"), KeyError, "x does not exist"),
        (lambda hp: hp.Int("x", 1, 2, parent_name="y", parent_values=[1]), ValueError, "named: y not defined"),
        (lambda hp: hp.Int("x", 1, 2, sampling="lin"), SettingError, "x: sampling is 'lin'; .*: choose one"),
        (lambda hp: hp.merge({}), SettingError, "build_model: it uses hp.merge, .*: leave it out"),
    ],
)
def test_what_it_cannot_do_is_said(ask, error, message):
    with pytest.raises(error, match=message):
        ask(HyperParameters(Answers({}, 0)))


def test_each_epoch_is_reported_and_a_pause_changes_nothing(model, tmp_path):
    whole = Trial(CONFIG, seed=5, epochs=2, folder=tmp_path / "whole")
    model(whole)
    assert sorted(whole.reports) == [0, 1]
    assert set(whole.reports[0]) == {"loss", "val_loss"}
    first = Trial(CONFIG, seed=5, epochs=2, stop=1, folder=tmp_path / "paused")
    model(first)
    second = Trial(CONFIG, seed=5, epochs=2, start=1, folder=tmp_path / "paused")
    model(second)
    assert sorted(first.reports) == [0]
    assert first.reports | second.reports == whole.reports


def test_a_hypermodel_may_ask_while_it_fits():
    class Hyper:
        def build(self, hp):
            return build_model(hp)

        def fit(self, hp, model, *args, **kwargs):
            return model.fit(*args, batch_size=hp.Choice("batch_size", [10, 20]), **kwargs)

    model = KerasTunerModel(Hyper(), X, Y, verbose=0)
    assert model.space().dimensions["batch_size"] == Choice(10, 20)
    trial = Trial(CONFIG | {"batch_size": 20}, epochs=2)
    assert model(trial) is None
    assert sorted(trial.reports) == [0, 1]


@pytest.mark.parametrize(
    ("returned", "value", "reports"), [(0.5, 0.5, {}), ({"score": 0.5}, None, {1: {"score": 0.5}})]
)
def test_a_hypermodel_that_trains_in_its_own_way_returns_what_came_of_it(returned, value, reports):
    class Hyper:
        def build(self, hp):
            return hp.Float("x", 0, 1)

        def fit(self, hp, model, **kwargs):
            return returned

    trial = Trial({"x": 0.5}, epochs=2)
    assert KerasTunerModel(Hyper())(trial) == value
    assert trial.reports == reports


def test_epochs_are_not_the_models_to_say():
    with pytest.raises(SettingError, match=r"epochs: it is given for fit, as 5; .*: give epochs to ikura\.tune"):
        KerasTunerModel(build_model, X, Y, epochs=5)
