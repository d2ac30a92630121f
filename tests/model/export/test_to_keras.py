import json
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest

from ikura.data import Scaled
from ikura.errors import ModelError
from ikura.model.export.to_keras import contents, keras_model_of
from tests.model.export.conftest import FORMS, as_matrix

# What Keras says of itself.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_gives_the_same(mixed, form):
    model = mixed.model(**form)
    found = np.asarray(keras_model_of(model)(as_matrix(model, mixed.new).astype(np.float32)))
    np.testing.assert_allclose(found, model.predict_proba(mixed.new), rtol=1e-3, atol=1e-5)


def test_the_file_is_of_standard_layers_and_describes_its_columns(mixed, tmp_path):
    import keras

    model = mixed.model(hidden_layers=2)
    path = tmp_path / "model.keras"
    path.write_bytes(contents(model))
    again = keras.saving.load_model(path)
    found = np.asarray(again(as_matrix(model, mixed.new).astype(np.float32)))
    np.testing.assert_allclose(found, model.predict_proba(mixed.new), rtol=1e-3, atol=1e-5)
    kinds = [type(layer).__name__ for layer in again.layers if type(layer).__name__ in ("Dense", "BatchNormalization")]
    assert kinds == ["Dense", "BatchNormalization", "Dense", "BatchNormalization", "Dense"]
    with ZipFile(path) as file:
        assert json.loads(file.read("ikura.json"))["targets"][0]["classes"] == [-3, 7, 12]
        assert "ikura" not in file.read("config.json").decode().replace('"name": "ikura"', "")


def test_numbers_that_float32_cannot_tell_apart_are_refused(pixels):
    model = pixels.model()
    fine = replace(model.preprocessing, columns=(*model.preprocessing.columns[:-1], Scaled("number", 1e9, 1.0, 1e9)))
    with pytest.raises(ModelError, match=r"column .15. has mean 1e.09 and standard deviation 1, which Keras"):
        contents(replace(model, preprocessing=fine))
