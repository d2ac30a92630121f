import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest

from ikura.data import OneHot
from ikura.model.export.to_onnx import contents
from ikura.records import Kind, Target
from tests.model.export.conftest import DAY, FORMS


def run(file, features):
    """Run a file as somebody would who knows no more than what stands in it."""
    session = onnxruntime.InferenceSession(file)
    if isinstance(features, np.ndarray):
        return session.run(None, {"x": features})
    described = {value.name: value.doc_string for value in onnx.load_from_string(file).graph.input}
    feeds = {}
    for given in session.get_inputs():
        about, column = described[given.name], features["" if given.name == "_1" else given.name]
        if given.type == "tensor(string)":
            missing = about.removeprefix("text, '").removesuffix("' for missing")
            values = [missing if pd.isna(value) else value for value in column]
            feeds[given.name] = np.array(values, object)[:, None]
        else:
            values = (column - pd.Timestamp(0)) / DAY if about.startswith("days") else column
            feeds[given.name] = values.to_numpy(float)[:, None]
    return session.run(None, feeds)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_gives_the_same(mixed, form):
    model = mixed.model(**form)
    labels, probabilities = run(contents(model), mixed.new)
    np.testing.assert_allclose(probabilities, model.predict_proba(mixed.new), rtol=2e-5, atol=1e-6)
    assert labels.tolist() == model.predict(mixed.new).tolist()
    assert labels.dtype == np.int64


def test_what_was_dropped_is_no_input_and_columns_may_be_called_anything(mixed):
    file = contents(mixed.model())
    session = onnxruntime.InferenceSession(file)
    inputs = ["output_label", "born on", "town", "member", "_1", "note", "spell"]
    assert [value.name for value in session.get_inputs()] == inputs
    assert [value.name for value in session.get_outputs()] == ["output_label_1", "output_probability"]
    document = json.loads(session.get_modelmeta().custom_metadata_map["ikura"])
    assert document["targets"][0]["classes"] == [-3, 7, 12]
    assert document["columns"][2] == {"name": "town", "kind": "text", "categories": ["Lima", "Oslo", "Ōsaka"]}


def test_missing_text_is_empty_unless_that_is_a_category(mixed):
    model = mixed.model()
    about = {value.name: value.doc_string for value in onnx.load_from_string(contents(model)).graph.input}
    assert about["spell"] == "text, '' for missing"
    note = model.preprocessing.columns[model.preprocessing.names.index("note")]
    assert isinstance(note, OneHot)
    assert {"", "missing 0", None} <= set(note.categories)
    assert about["note"] == "text, 'missing 1' for missing"


def test_an_array_is_one_input_and_booleans_are_labels(pixels):
    model = pixels.model(hidden_layers=1)
    labels, probabilities = run(contents(model), pixels.new)
    np.testing.assert_allclose(probabilities, model.predict_proba(pixels.new), rtol=2e-5, atol=1e-6)
    assert labels.tolist() == model.predict(pixels.new).tolist()
    assert labels.dtype == bool


@pytest.mark.parametrize(
    ("classes", "given"),
    [
        (("ja", "nein"), ["ja", "nein"]),
        ((0.5, 2), [0.5, 2.0]),
        ((3, "three"), ["3", "three"]),
        ((1, 10**30), ["1", str(10**30)]),
    ],
)
def test_labels_of_every_kind(pixels, classes, given):
    model = replace(pixels.model(), targets=(Target("y", Kind.CLASS, classes),))
    labels, probabilities = run(contents(model), pixels.new)
    assert labels.tolist() == [given[place] for place in probabilities.argmax(axis=1)]


def test_many_rows_and_none(pixels):
    model = pixels.model()
    file = contents(model)
    assert run(file, np.zeros((0, 16)))[1].shape == (0, 2)
    assert run(file, np.zeros((5000, 16)))[1].shape == (5000, 2)
