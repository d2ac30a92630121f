"""Models on disk: predictions survive the round trip bit by bit; damage gets one line."""

import json
from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from ikura.data import prepare
from ikura.errors import DataError, ModelError
from ikura.evaluators import MLP_DIALS, TRAINING_DIALS
from ikura.evaluators.dials import full_config
from ikura.model import Model, load_model, save_model
from ikura.nn import MLP, Variables


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    kind = np.array(["good", "bad", "ugly"])[np.arange(90) % 3]
    return pd.DataFrame({"size": rng.normal(size=90), "colour": rng.choice(["red", "blue"], 90), "kind": kind})


@pytest.fixture(scope="module")
def model(frame):
    dataset = prepare(frame, target="kind")
    features = dataset.train.x.shape[1]
    config = full_config({"hidden_layers": 2, "hidden_units": 5}, TRAINING_DIALS | MLP_DIALS, 54)
    network = MLP(features, 3)
    return Model(
        network, network.init(np.array([1, 2], np.uint32), config), config, dataset.classes, dataset.preprocessing
    )


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, tmp_path / "model", about={"study": "s"})
    return tmp_path / "model"


def test_round_trip(model, folder, frame):
    for path in (folder, folder / "model.safetensors", str(folder)):
        again = load_model(path)
        assert again.predict_proba(frame).tobytes() == model.predict_proba(frame).tobytes()
        assert again.classes == ("bad", "good", "ugly")
        assert again.config == model.config


def test_probabilities_are_probabilities_and_predictions_their_largest(model, frame):
    probabilities = model.predict_proba(frame)
    assert probabilities.shape == (90, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert model.predict(frame).tolist() == [model.classes[i] for i in probabilities.argmax(axis=1)]


def test_columns_may_stand_in_any_order_and_the_batches_do_not_show(model, frame, monkeypatch):
    whole = model.predict_proba(frame)
    monkeypatch.setattr("ikura.model.model.BATCH", 7)
    np.testing.assert_allclose(model.predict_proba(frame[["kind", "colour", "size"]]), whole, rtol=1e-5)


def test_missing_columns_get_one_line(model, frame):
    with pytest.raises(DataError, match="colour"):
        model.predict(frame[["size"]])


def test_the_files_are_json_and_safetensors_only(folder):
    assert {path.name for path in folder.iterdir()} == {"model.safetensors", "model.json"}
    side = json.loads((folder / "model.json").read_text())
    assert side["about"] == {"study": "s"}
    assert side["classes"] == ["bad", "good", "ugly"]


def _cut(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def _not_json(folder):
    (folder / "model.json").write_text("{")


def _not_a_model(folder):
    (folder / "model.json").write_text("[1, 2]")


def _without(name):
    def damage(folder):
        side = json.loads((folder / "model.json").read_text())
        del side[name]
        (folder / "model.json").write_text(json.dumps(side))

    return damage


def _with(**dials):
    def damage(folder):
        side = json.loads((folder / "model.json").read_text())
        side["config"] |= dials
        (folder / "model.json").write_text(json.dumps(side))

    return damage


def _nested(folder):
    (folder / "model.json").write_text('{"format": 1, "about": ' + "[" * 100_000 + "]" * 100_000 + "}")


def _not_finite(folder):
    arrays = load_file(folder / "model.safetensors")
    arrays["params.0.weights"][0, 0] = np.nan
    save_file(arrays, folder / "model.safetensors")


def _other_array(folder):
    arrays = load_file(folder / "model.safetensors")
    arrays["params.9.weights"] = arrays.pop("params.0.weights")
    save_file(arrays, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_cut, "model.safetensors: damaged"),
        (_not_json, "not JSON"),
        (_not_a_model, "not a model"),
        (_without("config"), "config"),
        (_without("preprocessing"), "preprocessing"),
        (_with(hidden_units=4), "must be of one model"),
        (_other_array, "model.json has an array 'params.0.weights' and model.safetensors has none"),
        (_with(hidden_units=10**12), "a larger network than model.safetensors holds"),
        (_with(hidden_layers=10**400), "hidden_layers is '1000"),
        (_with(hidden_layers=True), "hidden_layers is 'True'"),
        (_with(activation="swish"), "activation is 'swish'"),
        (_not_finite, "array 'params.0.weights' holds NaN or infinity"),
        (_nested, "nested too deeply"),
        (lambda folder: (folder / "model.json").unlink(), "model.json: there is no such file"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors: there is no such file"),
    ],
)
def test_damage_gets_one_line(folder, damage, words):
    damage(folder)
    with pytest.raises(ModelError, match=words) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match="nothing: there is no such model"):
        load_model(tmp_path / "nothing")


class Linear:
    def init(self, key, config):
        return Variables({"w": np.zeros((4, 3), np.float32)})

    def apply(self, variables, inputs, config, *, train, key):
        return inputs @ variables.params["w"], variables


class Wider(Linear):
    def init(self, key, config):
        return Variables({"w": np.zeros((5, 3), np.float32)})


class Wrong(Linear):
    def init(self, key, config):
        return "Linear"


def test_a_network_where_none_is_needed_is_refused(folder):
    with pytest.raises(ModelError, match="built-in network; leave network=Linear out"):
        load_model(folder, network=Linear())


def test_a_row_without_a_finite_answer_is_refused(model, frame):
    loud = jax.tree.map(lambda array: array * np.float32(1e30), model.variables)
    with pytest.raises(ModelError, match="no finite number for row 0"):
        replace(model, variables=loud).predict(frame)


def test_a_network_of_the_users_own_is_asked_for(model, tmp_path):
    from ikura.nn import CustomNetwork

    own = CustomNetwork(Linear(), frozenset(), frozenset())
    variables = Variables({"w": np.arange(12, dtype=np.float32).reshape(4, 3)})
    save_model(Model(own, variables, {}, model.classes, model.preprocessing), tmp_path, about={})
    with pytest.raises(ModelError, match="network="):
        load_model(tmp_path)
    with pytest.raises(ModelError, match=r"network: init gives .* str; .* Wrong must be the network that"):
        load_model(tmp_path, network=Wrong())
    with pytest.raises(ModelError, match="but the network Wider asks for float32"):
        load_model(tmp_path, network=Wider())
    with pytest.raises(ModelError, match="network: str has no init and apply"):
        load_model(tmp_path, network="Linear")
    again = load_model(tmp_path, network=Linear())
    assert again.variables.params["w"].tolist() == variables.params["w"].tolist()
