"""What a model says of every kind of target, in every format: equal to what it predicts itself."""

import io

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch

from ikura.model.export import to_keras, to_onnx, to_torch
from tests.model.export.conftest import Example

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
PRICE = 1000 + 30 * X[:, 0]
COUNTS = RANDOM.poisson(np.exp(X[:, 1]))
LABELS = (X > 0).astype(int)
TABLE = pd.DataFrame(X, columns=["a", "b", "c"]).assign(price=PRICE, sold=np.where(PRICE > 1000, "yes", "no"))

EXAMPLES = {
    "a number": Example((X, PRICE), X[:9]),
    "quantiles": Example((X, PRICE), X[:9], loss="quantile:0.1,0.5,0.9"),
    "a count": Example((X, COUNTS), X[:9], task="counts"),
    "labels": Example((X, LABELS), X[:9]),
    "several": Example(TABLE, TABLE[["a", "b", "c"]].iloc[:9], target=["price", "sold"]),
    "several with quantiles": Example(
        TABLE, TABLE[["a", "b", "c"]].iloc[:9], target=["sold", "price"], loss="quantile:0.2,0.8"
    ),
}


@pytest.fixture(params=EXAMPLES)
def example(request):
    return EXAMPLES[request.param]


def said_by(model, example):
    """What the model says of each target [example, output]."""
    inputs = model.preprocessing.transform(example.new)
    (said,) = model.stream([inputs])
    return [each.reshape(len(inputs), -1) for each in said]


def check(found, expected):
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found, strict=True):
        assert np.asarray(theirs).shape == ours.shape
        np.testing.assert_allclose(np.asarray(theirs), ours, rtol=2e-4, atol=1e-5)


def test_onnx(example):
    model = example.model()
    session = onnxruntime.InferenceSession(to_onnx.contents(model))
    values = np.asarray(example.new)
    feeds = {"x": values}
    if isinstance(example.new, pd.DataFrame):
        feeds = {name: values[:, [place]] for place, name in enumerate(example.new.columns)}
    found = dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds), strict=True))
    check([values for name, values in found.items() if not name.endswith("label")], said_by(model, example))
    said = model.predict(example.new)
    for name, values in found.items():
        if name == "sold_output_label":
            assert values.tolist() == said["sold"].tolist()
        elif name == "output_label":
            assert values.tolist() == said.tolist()


def test_torch(example):
    model = example.model()
    found = to_torch.module_of(model)(torch.tensor(np.asarray(example.new, float)))
    check([each.detach() for each in (found if isinstance(found, tuple) else (found,))], said_by(model, example))
    to_torch.contents(model)


def test_keras(example):
    model = example.model()
    found = to_keras.keras_model_of(model)(np.asarray(example.new, np.float32))
    check(found if isinstance(found, list) else [found], said_by(model, example))
    to_keras.contents(model)


def by_onnx(model, x, folder):
    names = {"output", "output_probability"}
    session = onnxruntime.InferenceSession(to_onnx.contents(model))
    return session.run([value.name for value in session.get_outputs() if value.name in names], {"x": x})[0]


def by_torch(model, x, folder):
    program = torch.export.load(io.BytesIO(to_torch.contents(model))).module()
    return program(torch.from_numpy(x)).detach().numpy()


def by_keras(model, x, folder):
    import keras

    (folder / "model.keras").write_bytes(to_keras.contents(model))
    return np.asarray(keras.saving.load_model(folder / "model.keras")(x.astype(np.float32)))


# relu and tanh may make a plausible number of an infinite one, and sort puts NaN last.
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("target", ["quantiles", "labels", "a count"])
@pytest.mark.parametrize("answer", [by_onnx, by_torch, by_keras])
def test_nothing_is_said_of_an_infinite_number(answer, target, activation, tmp_path):
    example = EXAMPLES[target]
    model, x = example.model(activation=activation), np.array(example.new[:4])
    x[1, 2], x[2, 0] = np.inf, -np.inf
    found = answer(model, x, tmp_path)
    assert np.isnan(found[1:3]).all()
    np.testing.assert_allclose(found[[0, 3]], said_by(model, example)[0][[0, 3]], rtol=2e-4, atol=1e-5)
