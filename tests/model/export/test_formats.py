import sys
from dataclasses import replace

import numpy as np
import pytest

from ikura.errors import ModelError, SettingError
from ikura.model.export.layers import layers_of
from ikura.nn import Averages, UserNetwork, Variables


def test_the_ending_says_the_format(pixels, tmp_path):
    path = pixels.model().export(tmp_path / "model.onnx")
    assert path.read_bytes()[:2] == b"\x08\x08"  # the version of ONNX's format
    with pytest.raises(SettingError, match=r"model\.h5 has no ending of a model's; it must end in .onnx \(onnx\), "):
        pixels.model().export(tmp_path / "model.h5")


def test_nothing_is_overwritten_and_no_half_file_left(pixels, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("mine")
    with pytest.raises(SettingError, match="is there already"):
        pixels.model().export(path)
    with pytest.raises(SettingError, match="cannot be written"):
        pixels.model().export(tmp_path / "nowhere" / "model.onnx")
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize(("package", "ending"), [("onnx", ".onnx"), ("torch", ".pt2"), ("keras", ".keras")])
def test_a_missing_package_is_named(pixels, tmp_path, monkeypatch, package, ending):
    monkeypatch.delitem(sys.modules, f"ikura.model.export.to_{package}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingError, match=rf"{ending} files need {package}.*'ikura\[{package}\]'"):
        pixels.model().export(tmp_path / f"model{ending}")


def test_keras_without_its_own_backend_is_told_apart(pixels, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "ikura.model.export.to_keras", raising=False)
    missing = ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")
    monkeypatch.setattr("ikura.model.export.formats.import_module", lambda name: (_ for _ in ()).throw(missing))
    with pytest.raises(SettingError, match="Keras is set to tensorflow, which is not installed: set KERAS_BACKEND"):
        pixels.model().export(tmp_path / "model.keras")


def test_a_network_of_ones_own_gets_one_line(pixels, tmp_path):
    class Perceptron:
        pass

    model = replace(pixels.model(), network=UserNetwork(Perceptron(), frozenset(), frozenset()))
    with pytest.raises(ModelError, match="network is Perceptron, one of your own"):
        model.export(tmp_path / "model.onnx")


def test_batch_norm_that_has_seen_nothing_leaves_z_alone(pixels):
    model = pixels.model(hidden_layers=1)
    (averages,) = model.variables.state
    unseen = Averages(averages.mean * 0, averages.variance * 0, np.float32(0))
    first, _ = layers_of(replace(model, variables=Variables(model.variables.params, [unseen])))
    assert first.batch_norm is not None
    assert (first.batch_norm.mean == 0).all()
    assert (first.batch_norm.variance == 1).all()
