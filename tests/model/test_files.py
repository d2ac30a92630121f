"""Models on disk: predictions survive the round trip bit by bit; damage gets one line."""

import json
import tracemalloc
from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from safetensors.numpy import load_file, save_file

from ikura.data import CsvFile, prepare
from ikura.dials import default_config
from ikura.errors import DataError, ModelError
from ikura.model import Model, load_model, save_model
from ikura.nn import MLP, MLP_DIALS, UserNetwork, Variables
from ikura.optim import TRAINING_DIALS
from ikura.tasks import Loss


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    kind = np.array(["good", "bad", "ugly"])[np.arange(90) % 3]
    return pd.DataFrame({"size": rng.normal(size=90), "colour": rng.choice(["red", "blue"], 90), "kind": kind})


@pytest.fixture(scope="module")
def model(frame):
    dataset = prepare(frame, target="kind")
    features = dataset.train.x.shape[1]
    config = default_config(TRAINING_DIALS | MLP_DIALS) | {"hidden_layers": 2, "hidden_units": 5}
    network = MLP(features, 3)
    return Model(
        network,
        network.init(np.array([1, 2], np.uint32), config),
        config,
        dataset.targets,
        Loss("squared"),
        dataset.preprocessing,
    )


@pytest.fixture
def folder(model, tmp_path):
    save_model(model, tmp_path / "model", about={"study": "s"})
    return tmp_path / "model"


def test_a_file_that_is_no_part_of_a_model_is_said_to_be_one(tmp_path):
    (tmp_path / "m.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ModelError, match=r"m\.csv: it is a file; a model is a folder with model\.json"):
        load_model(tmp_path / "m.csv")


def test_round_trip(model, folder, frame):
    for path in (folder, folder / "model.safetensors", str(folder)):
        again = load_model(path)
        assert again.predict_proba(frame).tobytes() == model.predict_proba(frame).tobytes()
        assert again.classes == ("bad", "good", "ugly")
        assert again.config == model.config


def test_features_are_read_as_training_reads_them(model, frame, tmp_path):
    numbers = frame[["size"]].to_numpy()
    preprocessing = prepare((numbers, frame["kind"])).preprocessing
    alone = Model(MLP(1, 3), None, {}, model.targets, Loss("squared"), preprocessing)
    seen = []
    monkey = pytest.MonkeyPatch()
    monkey.setattr(Model, "outputs", lambda _, inputs: seen.append(inputs) or np.zeros((len(inputs), 3)))
    with monkey.context():
        for features in (
            np.ma.array(numbers, mask=numbers > 9),
            scipy.sparse.csr_matrix(numbers),
            numbers.tolist(),
            pd.DataFrame(numbers),
        ):
            alone.predict_proba(features)
        frame[["size"]].to_csv(tmp_path / "t.txt", sep=":", header=False, index=False)
        alone.predict_proba(CsvFile(tmp_path / "t.txt", header=False))
        monkey.undo()
    for inputs in seen:
        np.testing.assert_array_equal(inputs, seen[0])


def test_probabilities_are_probabilities_and_predictions_their_largest(model, frame):
    probabilities = model.predict_proba(frame)
    assert probabilities.shape == (90, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert model.predict(frame).tolist() == [model.classes[i] for i in probabilities.argmax(axis=1)]


def test_columns_may_stand_in_any_order_and_the_batches_do_not_show(model, frame, monkeypatch):
    whole = model.predict_proba(frame)
    monkeypatch.setattr("ikura.model.model.BATCH", 7)
    np.testing.assert_allclose(model.predict_proba(frame[["kind", "colour", "size"]]), whole, rtol=1e-5)


def test_of_a_file_no_more_than_a_piece_is_in_memory(model, frame, tmp_path, monkeypatch):
    monkeypatch.setattr("ikura.data.pieces.CELLS", 1_000)
    monkeypatch.setattr("ikura.data.pieces.SAMPLE_BYTES", 10_000)
    path, rows = tmp_path / "t.csv", pd.concat([frame] * 100)
    rows.assign(note=[f"{row:0500}" for row in range(len(rows))]).to_csv(path, index=False)
    expected = model.predict_proba(rows)
    tracemalloc.start()
    found = model.predict_proba(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.tobytes() == expected.tobytes()
    assert peak < path.stat().st_size / 2
    assert (model.predict(str(path)) == model.predict(rows)).all()


def test_batches_do_not_depend_on_the_pieces(model, frame, monkeypatch):
    for module in ("model", "predictor"):
        monkeypatch.setattr(f"ikura.model.{module}.BATCH", 7)
    inputs = model.preprocessing.transform(frame)
    for size in (1, 5, 7, 30, 90):
        pieces = (inputs[first : first + size] for first in range(0, 90, size))
        found = [said for (said,) in model.stream(pieces)]
        assert [len(batch) for batch in found] == [7] * 12 + [6]
        assert np.concatenate(found).tobytes() == model.predict_proba(frame).tobytes()
    assert [batch.shape for (batch,) in model.stream([])] == [(0, 3)]


def test_missing_columns_get_one_line(model, frame):
    with pytest.raises(DataError, match="colour"):
        model.predict(frame[["size"]])


def test_the_files_are_json_and_safetensors_only(folder):
    assert {path.name for path in folder.iterdir()} == {"model.safetensors", "model.json"}
    document = json.loads((folder / "model.json").read_text())
    assert document["about"] == {"study": "s"}
    assert document["targets"][0]["classes"] == ["bad", "good", "ugly"]


def _cut(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])


def _not_json(folder):
    (folder / "model.json").write_text("{")


def _not_a_model(folder):
    (folder / "model.json").write_text("[1, 2]")


def _saying(name, value):
    def damage(folder):
        document = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps(document | {name: value}))

    return damage


def _without(name):
    def damage(folder):
        document = json.loads((folder / "model.json").read_text())
        del document[name]
        (folder / "model.json").write_text(json.dumps(document))

    return damage


def _with(**dials):
    def damage(folder):
        document = json.loads((folder / "model.json").read_text())
        document["config"] |= dials
        (folder / "model.json").write_text(json.dumps(document))

    return damage


def _without_dial(name):
    def damage(folder):
        document = json.loads((folder / "model.json").read_text())
        del document["config"][name]
        (folder / "model.json").write_text(json.dumps(document))

    return damage


def _as(**fields):
    def damage(folder):
        document = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps(document | fields))

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
        (_without("targets"), "'targets' is missing"),
        (_without("loss"), "'loss' is missing"),
        (_saying("loss", "cubed"), "targets or loss are none that can be learned"),
        (_saying("loss_parameters", []), "targets or loss are none that can be learned"),
        (_saying("targets", []), "targets or loss are none that can be learned"),
        (_without("preprocessing"), "preprocessing"),
        (_with(hidden_units=4), "must be of one model"),
        (_other_array, "model.json has an array 'params.0.weights' and model.safetensors has none"),
        (_with(hidden_units=10**12), "a larger network than model.safetensors holds"),
        (_with(hidden_layers=10**400), "hidden_layers is '1000"),
        (_with(hidden_layers=True), "hidden_layers is 'True'"),
        (_with(activation="swish"), "activation is 'swish'"),
        (_without_dial("batch_norm"), "'batch_norm' is missing"),
        (_with(bn_epsilon=0), "bn_epsilon is '0'"),
        (_with(hidden_units_2="many"), "hidden_units_2 is 'many'"),
        (_with(hidden_units_9=3), "config has 'hidden_units_9', which the built-in network has not"),
        (_as(network="cnn"), "network is not 'mlp'"),
        (_as(network=None), "network is not a text"),
        (_as(user_network=None), "user_network neither true nor false"),
        (_without("user_network"), "'user_network' is missing"),
        (_as(format=4), "not a model of a format from 1 to 3"),
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
    own = UserNetwork(Linear(), frozenset(), frozenset())
    variables = Variables({"w": np.arange(12, dtype=np.float32).reshape(4, 3)})
    save_model(Model(own, variables, {}, model.targets, model.loss, model.preprocessing), tmp_path, about={})
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


def _format_1(folder, network):
    path = folder / "model.json"
    document = json.loads(path.read_text()) | {"format": 1, "network": network}
    document["classes"] = document["targets"][0]["classes"]
    document["preprocessing"]["target_index"] = None
    for name in ("user_network", "targets", "loss", "loss_parameters"):
        del document[name]
    del document["preprocessing"]["target_indices"]
    for layer in (1, 2, 3, 4):
        document["config"].pop(f"hidden_units_{layer}", None)
    path.write_text(json.dumps(document))


def test_files_of_the_first_format_are_read(model, folder, frame, tmp_path):
    _format_1(folder, "mlp")
    assert load_model(folder).predict_proba(frame).tobytes() == model.predict_proba(frame).tobytes()
    own = UserNetwork(Linear(), frozenset(), frozenset())
    variables = Variables({"w": np.arange(12, dtype=np.float32).reshape(4, 3)})
    save_model(Model(own, variables, {}, model.targets, model.loss, model.preprocessing), tmp_path / "own", about={})
    _format_1(tmp_path / "own", "custom")
    with pytest.raises(ModelError, match="network="):
        load_model(tmp_path / "own")
    assert (
        load_model(tmp_path / "own", network=Linear()).variables.params["w"].tolist() == variables.params["w"].tolist()
    )


def test_a_network_of_the_users_own_is_named_and_may_be_called_anything(model, tmp_path):
    own = UserNetwork(type("mlp", (Linear,), {})(), frozenset(), frozenset())
    variables = Variables({"w": np.zeros((4, 3), np.float32)})
    save_model(Model(own, variables, {}, model.targets, model.loss, model.preprocessing), tmp_path, about={})
    document = json.loads((tmp_path / "model.json").read_text())
    assert (document["network"], document["user_network"]) == ("mlp", True)
    with pytest.raises(ModelError, match="network="):
        load_model(tmp_path)
