"""The folder of a model, and `ikura predict` on it."""

import json
import shutil

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from ikura.cli.predicting import predict
from ikura.data import prepare
from ikura.dials import default_config
from ikura.model import Model, load_model, save_model
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.tasks import Loss

FUZZ = settings.get_profile("fuzz")

FRAME = pd.DataFrame({"size": [0.5, 2.0, 7.0] * 6, "colour": ["red", "blue", "red"] * 6, "kind": ["a", "b", "c"] * 6})
NASTY = [
    None,
    True,
    -1,
    0,
    3,
    10**12,
    10**400,
    1.5,
    1e308,
    "",
    "x",
    "../x",
    "</script>",
    [],
    [[]],
    {},
    {"a": 1},
    ["a", None],
]
NASTY += [float("nan"), float("inf"), [1, "1", 1.0], "a\nb", "\ud800"]


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    dataset = prepare(FRAME, target="kind")
    config = default_config(TRAINING_DIALS | MLP_DIALS) | {"hidden_units": 5}
    network = MLP(dataset.train.x.shape[1], 3)
    variables = network.init(np.uint32([1, 2]), config)
    folder = tmp_path_factory.mktemp("right") / "model"
    save_model(
        Model(network, variables, config, dataset.targets, Loss("squared"), dataset.preprocessing), folder, about={}
    )
    return folder


@pytest.fixture(scope="module")
def use(attempt, right, tmp_path_factory):
    """Changes one file of a model, loads the model, and predicts."""
    folder = tmp_path_factory.mktemp("changed") / "model"
    shutil.copytree(right, folder)

    def call(name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)
        model = attempt(lambda: load_model(folder))
        if model is not None:
            probabilities = attempt(lambda: model.predict_proba(FRAME))
            assert probabilities is None or np.isfinite(probabilities).all()
        shutil.copy(right / name, folder / name)

    return call


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@FUZZ
@given(data=st.data())
def test_a_file_that_was_changed(use, right, mutations, name, data):
    use(name, data.draw(mutations((right / name).read_bytes())))


@FUZZ
@given(data=st.data())
def test_a_document_of_odd_values(use, right, places, put, data):
    values = json.loads((right / "model.json").read_text())
    changed = put(values, data.draw(st.sampled_from(list(places(values)))), data.draw(st.sampled_from(NASTY)))
    use("model.json", json.dumps(changed).encode())


@FUZZ
@given(data=st.data())
def test_a_header_of_odd_arrays(use, right, places, put, data):
    whole = (right / "model.safetensors").read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])
    odd = [*NASTY, [2**62, 4], [-1], [0, 2**64], [5, 2**31], "BF16", "F64", "F8_E5M2", "BOOL", "I32"]
    changed = put(header, data.draw(st.sampled_from(list(places(header)))), data.draw(st.sampled_from(odd)))
    text = json.dumps(changed).encode()
    use("model.safetensors", len(text).to_bytes(8, "little") + text + whole[8 + length :])


@FUZZ
@given(data=st.data())
def test_predict_on_a_file_that_was_changed(attempt, right, mutations, tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    (folder / "new.csv").write_bytes(data.draw(mutations(FRAME.to_csv(index=False).encode())))
    attempt(lambda: predict(right, str(folder / "new.csv"), out=folder / "classes.csv"))


@FUZZ
@given(st.text(max_size=300))
def test_any_path(attempt, path):
    attempt(lambda: load_model("nowhere" + path))
    attempt(lambda: prepare("nowhere" + path))
