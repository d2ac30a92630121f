import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ikura.cli.predicting import as_csv, predict
from ikura.data import prepare
from ikura.dials import default_config
from ikura.errors import DataError, SettingError
from ikura.model import Model, load_model, save_model
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Kind, Target
from ikura.tasks import Loss

ROWS = 90


def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, ROWS),
            "city": rng.choice(["Oslo", "Lima"], ROWS),
            "born": pd.date_range("1950-01-01", periods=ROWS, freq="99D"),
            "kind": np.array(["a", "b", "c"])[np.arange(ROWS) % 3],
        }
    )
    frame.loc[::7, ["age", "city"]] = None
    return frame


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predicting")
    people().to_csv(folder / "people.csv", index=False)
    dataset = prepare(folder / "people.csv")
    config = default_config(TRAINING_DIALS | MLP_DIALS)
    network = MLP(dataset.preprocessing.width, 3)
    variables = network.init(np.array([1, 2], np.uint32), config)
    model = Model(network, variables, config, dataset.targets, Loss("squared"), dataset.preprocessing)
    save_model(model, folder / "model", about={})
    return folder


@pytest.fixture
def said(place, monkeypatch, capfd):
    """Predicts with the model, and returns what was said beside the result."""
    monkeypatch.chdir(place)

    def run(data, out=None):
        predict("model", data, out)
        return capfd.readouterr().err.splitlines()

    return run


def test_labels_are_quoted_where_csv_wants_it() -> None:
    columns = [
        ("class", np.array(['the "best"', "rye, old"])),
        ("p(rye, old)", np.array([0.25, 1.0], np.float32)),
        ('p(the "best")', np.array([0.75, 1e-12], np.float32)),
    ]
    assert as_csv(columns, header=True) == (
        'class,"p(rye, old)","p(the ""best"")"\n"the ""best""",0.25,0.75\n"rye, old",1,1e-12\n'
    )


def test_the_ending_says_what_is_written(said, tmp_path):
    said("people.csv", tmp_path / "out.csv")
    said("people.csv", tmp_path / "out.parquet")
    text, exact = pd.read_csv(tmp_path / "out.csv"), pd.read_parquet(tmp_path / "out.parquet")
    assert list(exact.columns) == ["class", "p(a)", "p(b)", "p(c)"]
    assert exact["class"].tolist() == text["class"].tolist()
    expected = load_model("model").predict_proba("people.csv")
    assert exact.iloc[:, 1:].to_numpy().tobytes() == expected.tobytes()
    np.testing.assert_allclose(text.iloc[:, 1:], expected, rtol=1e-5)
    with pytest.raises(SettingError, match=r"out.json must end in .csv or .parquet"):
        said("people.csv", tmp_path / "out.json")
    with pytest.raises(SettingError, match="is there already"):
        said("people.csv", tmp_path / "out.csv")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_was_not_known_is_said(said, place, tmp_path, ending):
    frame = people()[["kind", "born", "age", "city"]].assign(more=1, much=2)
    frame["city"] = ["Rome", "Bonn", "Kyiv", "Bern", "Rome"] * 18
    path = tmp_path / f"other.{ending}"
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    assert said(str(path), tmp_path / "out.csv") == [
        "the columns stand in another order than in training: they were found by their names",
        "the target was there and left out: 'kind'",
        "2 columns that the model does not use left out: 'more', 'much'",
        "'city': 90 values not in training, taken for none of its categories: 'Rome', 'Bonn', 'Kyiv' and others",
    ]


def test_what_is_said_of_a_text_file_counts(said, place, tmp_path):
    people().drop(columns="kind").to_csv(tmp_path / "bare.txt", sep=":", header=False, index=False)
    said("people.csv", tmp_path / "expected.csv")
    predict("model", str(tmp_path / "bare.txt"), tmp_path / "out.csv", header=False, separator=":")
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "expected.csv").read_text()
    with pytest.raises(DataError, match=r"bare.txt: there is 1 column, and there were 3 features in training"):
        predict("model", str(tmp_path / "bare.txt"), None, header=False, separator=";")


def test_a_result_appears_whole_or_not_at_all(said, place, tmp_path, monkeypatch):
    monkeypatch.setattr("ikura.data.pieces.CELLS", 20)
    broken = tmp_path / "broken.csv"
    broken.write_text((place / "people.csv").read_text() + "31,Oslo\n")
    for ending in ("csv", "parquet"):
        with pytest.raises(ValueError, match=r"broken.csv: line 92 has 2 cells and the first row 4"):
            said(str(broken), tmp_path / f"out.{ending}")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.csv"]


def test_labels_of_any_kind_go_into_parquet(place, tmp_path, monkeypatch):
    model = replace(load_model(place / "model"), targets=(Target("y", Kind.CLASS, (1, "one", 10**30)),))
    monkeypatch.setattr("ikura.model.load_model", lambda path: model)
    predict("model", str(place / "people.csv"), tmp_path / "out.parquet")
    assert set(pd.read_parquet(tmp_path / "out.parquet")["class"]) <= {"1", "one", str(10**30)}


def test_standard_input_and_a_reader_who_leaves(place):
    """One process: it reads more than a pipe holds, and its reader leaves after the first line."""
    text = (place / "people.csv").read_text()
    header, rows = text.split("\n", 1)
    command = [sys.executable, "-m", "ikura", "predict", "model", "-"]
    with (place / "long.csv").open("w") as file:
        file.write(header + "\n" + rows * 400)
    with (place / "long.csv").open() as data:
        process = subprocess.Popen(
            command, cwd=place, stdin=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True
        )
        with process:
            assert process.stdout.readline() == "class,p(a),p(b),p(c)\n"
            process.stdout.close()
            assert process.stderr.read() == ""
    assert process.returncode == 141
