"""Several networks that predict together, and their folder."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ikura.data import prepare
from ikura.dials import default_config
from ikura.errors import ModelError
from ikura.model import Ensemble, Model, load_model, save_ensemble, save_model
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.tasks import Loss, heads_of, outputs_of, predictions_of

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "size": RNG.normal(size=90),
        "colour": RNG.choice(["red", "blue"], 90),
        "kind": np.array(["good", "bad"])[np.arange(90) % 2],
        "price": RNG.normal(100, 30, 90),
    }
)


def networks(target, loss, layers=(1, 2)):
    """Untrained networks of different sizes that say something else of each example."""
    dataset = prepare(FRAME, target=target)
    outputs = outputs_of(heads_of(dataset.targets, loss))
    network = MLP(dataset.train.x.shape[1], outputs)
    configs = [default_config(TRAINING_DIALS | MLP_DIALS) | {"hidden_layers": n, "hidden_units": 5} for n in layers]
    return tuple(
        Model(
            network,
            network.init(np.array([1, n], np.uint32), config),
            config,
            dataset.targets,
            loss,
            dataset.preprocessing,
        )
        for n, config in enumerate(configs)
    )


@pytest.fixture(scope="module")
def ensemble():
    members = networks("kind", Loss("squared"))
    return Ensemble(members, (0.75, 0.25), members[0].targets)


@pytest.fixture
def folder(ensemble, tmp_path):
    return save_ensemble(ensemble, tmp_path / "ensemble", about={"study": "s"})


def test_probabilities_are_the_mean_by_the_shares(ensemble):
    one, two = (member.predict_proba(FRAME) for member in ensemble.members)
    np.testing.assert_allclose(ensemble.predict_proba(FRAME), 0.75 * one + 0.25 * two, rtol=1e-5)
    assert not np.allclose(one, two)
    assert ensemble.predict_proba(FRAME).dtype == one.dtype
    labels = np.array(ensemble.classes)[ensemble.predict_proba(FRAME).argmax(axis=1)]
    assert ensemble.predict(FRAME).tolist() == labels.tolist()


@pytest.mark.parametrize("loss", [Loss("squared"), Loss("pinball", (0.1, 0.5, 0.9))])
def test_numbers_are_the_mean_in_their_own_unit(loss):
    members = networks("price", loss)
    both = Ensemble(members, (0.5, 0.5), members[0].targets)
    mean = np.mean([member.predict(FRAME) for member in members], axis=0)
    np.testing.assert_allclose(both.predict(FRAME), mean, rtol=1e-5)


def test_of_several_targets_each_has_its_mean():
    members = networks(["price", "kind"], Loss("squared"))
    both = Ensemble(members, (0.5, 0.5), members[0].targets)
    found = both.predict(FRAME)
    assert list(found.columns) == ["price", "kind"]
    np.testing.assert_allclose(found["price"], np.mean([m.predict(FRAME)["price"] for m in members], axis=0), rtol=1e-5)


def test_a_threshold_is_that_of_the_mean(ensemble):
    (target,) = ensemble.targets
    high = replace(ensemble, targets=(replace(target, threshold=0.999),))
    assert set(high.predict(FRAME)) == {target.classes[0]}
    assert set(ensemble.predict(FRAME)) == set(target.classes)


def test_its_outputs_say_what_it_says(ensemble):
    inputs = ensemble.preprocessing.transform(FRAME)
    said = predictions_of(ensemble.outputs(inputs), ensemble.targets, ensemble.heads)
    np.testing.assert_allclose(said[0], ensemble.predict_proba(FRAME), rtol=1e-5)


def test_of_a_file_it_says_the_same_piece_by_piece(ensemble, tmp_path, monkeypatch):
    FRAME.to_csv(tmp_path / "new.csv", index=False)
    whole = ensemble.predict_proba(FRAME)
    monkeypatch.setattr("ikura.model.predictor.BATCH", 7)
    np.testing.assert_allclose(ensemble.predict_proba(tmp_path / "new.csv"), whole, rtol=1e-5)


def test_parameters_are_those_of_all_networks(ensemble):
    one, two = (member.parameters for member in ensemble.members)
    # Weights, gamma and beta of 5 units; the output layer of 2.
    assert one == ensemble.preprocessing.width * 5 + 2 * 5 + 5 * 2 + 2
    assert two == one + 5 * 5 + 2 * 5
    assert ensemble.parameters == one + two


def test_it_is_saved_and_loaded_with_the_same_bits(ensemble, folder):
    for path in (folder, folder / "ensemble.json"):
        again = load_model(path)
        assert isinstance(again, Ensemble)
        assert again.shares == ensemble.shares
        assert again.predict_proba(FRAME).tobytes() == ensemble.predict_proba(FRAME).tobytes()
    assert isinstance(load_model(folder / "network-1"), Model)


def test_it_is_not_exported(ensemble):
    with pytest.raises(ModelError, match=r"^export: this is an ensemble of 2 networks; .*: export the winner"):
        ensemble.export("x.onnx")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shares": [0.75, 0.75]}, r"damaged \(its shares"),
        ({"shares": [1.25, -0.25]}, r"damaged \(its shares"),
        ({"shares": []}, r"damaged \(its shares"),
        ({"shares": [1.0, "x"]}, r"damaged \(its shares"),
        ({"shares": 3}, r"damaged \(its shares"),
        ({"targets": []}, r"damaged \(its networks have learned different targets"),
        ({"targets": 3}, "damaged"),
        ({"format": 9}, "not an ensemble of format 1"),
        ({"shares": [0.5, 0.25, 0.25]}, r"network-2/model\.json: there is no such file"),
    ],
)
def test_damage_gets_one_line(folder, changes, words):
    path = folder / "ensemble.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ModelError, match=words) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_what_is_no_json_or_lacks_a_part_gets_one_line(folder):
    path = folder / "ensemble.json"
    kept = json.loads(path.read_text())
    del kept["shares"]
    for text, words in (("{", "damaged"), ("[]", "not an ensemble"), (json.dumps(kept), "'shares' is missing")):
        path.write_text(text)
        with pytest.raises(ModelError, match=words):
            load_model(folder)


def test_networks_of_other_studies_are_no_ensemble(folder):
    (stranger, _) = networks("price", Loss("squared"))
    shutil.rmtree(folder / "network-1")
    save_model(stranger, folder / "network-1", about={})
    with pytest.raises(ModelError, match="its networks have learned different targets"):
        load_model(folder)
