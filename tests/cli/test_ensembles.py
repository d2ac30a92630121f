"""`ikura tune --ensemble` as a user runs it, and what can be done with what it leaves."""

import json

import numpy as np
import pytest

NAME = "together"

SPACE = """
learning_rate = { type = "float", low = 0.01, high = 0.1, scale = "log" }
hidden_units = { type = "int", low = 16, high = 32 }
"""


@pytest.fixture(scope="module")
def told(workplace) -> dict:
    """Two clouds that overlap: few examples are learned with their noise, of which a mean has less."""
    rng = np.random.default_rng(0)
    y = np.arange(500) % 2
    x = rng.normal(size=(500, 6)) + 0.5 * y[:, None]
    np.savetxt(
        workplace.folder / "clouds.csv",
        np.column_stack([x, y]),
        delimiter=",",
        fmt="%.6g",
        header="a,b,c,d,e,f,y",
        comments="",
    )
    command = ("tune", "clouds.csv", "--ensemble", "--metric", "loss", "--trials", "16", "--epochs", "30", "--json")
    (workplace.folder / "wide.toml").write_text(SPACE, encoding="utf-8")
    done = workplace.ikura(*command, "--name", NAME, "--space", "wide.toml")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_has_both(told: dict) -> None:
    assert told["ensemble"]["kept"]
    assert told["ensemble"]["value"] < told["ensemble"]["winner_value"] == pytest.approx(told["value"], rel=1e-4)
    assert told["model"].endswith(NAME)
    assert told["ensemble"]["model"].endswith(f"{NAME}/ensemble")


def test_show_tells_both(workplace, told: dict) -> None:
    shown = workplace.ikura("show", NAME).stdout
    assert "winner alone  ensemble" in shown
    assert "1,000 predictions" in shown
    outcome = json.loads(workplace.ikura("show", NAME, "--json").stdout)["outcome"]
    assert [each["number"] for each in outcome["ensemble"]["members"]] == [
        each["number"] for each in told["ensemble"]["members"]
    ]


def test_it_predicts_as_any_model(workplace, told: dict) -> None:
    for model in (told["model"], told["ensemble"]["model"]):
        said = workplace.ikura("predict", model, "clouds.csv").stdout.splitlines()
        assert said[0] == "class,p(0),p(1)"
        assert len(said) == 501
    assert workplace.ikura("predict", told["model"], "clouds.csv").stdout.splitlines() != said


def test_it_is_not_exported_and_its_winner_is(workplace, told: dict) -> None:
    done = workplace.ikura("export", told["ensemble"]["model"], "--to", "onnx")
    assert done.returncode == 2
    assert done.stderr.startswith("ikura: export: this is an ensemble of ")
    assert done.stderr.count("\n") == 1
    assert workplace.ikura("export", told["model"], "--to", "onnx").returncode == 0


def test_what_does_not_go_with_it_gets_a_line(workplace) -> None:
    done = workplace.ikura("tune", "iris", "--ensemble", "--folds", "3")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("ikura: ensemble: it is given together with folds; ")
