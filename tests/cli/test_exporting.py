import json
import re

import pytest


@pytest.mark.parametrize(("what", "file"), [("ikura-out/finished", "one.onnx"), ("finished", None)])
def test_a_model_goes_by_its_folder_or_its_study(workplace, finished, what, file):
    assert finished.returncode == 0
    done = workplace.ikura("export", what, "--to", "onnx", *(["--out", file] if file else []))
    assert (done.returncode, done.stdout) == (0, f"{file or 'finished.onnx'}\n"), done.stderr
    assert (workplace.folder / (file or "finished.onnx")).read_bytes()[:2] == b"\x08\x08"
    again = workplace.ikura("export", what, "--to", "onnx", *(["--out", file] if file else []))
    assert again.returncode == 2
    assert re.search("is there already; exports are never overwritten", again.stderr)


def test_trials_go_as_ever(workplace, finished):
    done = workplace.ikura("export", "finished", "--to", "as-ever.csv")
    assert (done.returncode, done.stdout) == (0, "as-ever.csv\n"), done.stderr
    assert (workplace.folder / "as-ever.csv").read_text().startswith("number,round,state")


def test_a_network_of_ones_own_is_told_from_its_file(workplace, finished, complaint):
    document = json.loads((workplace.folder / "ikura-out" / "finished" / "model.json").read_text())
    (workplace.folder / "own").mkdir()
    (workplace.folder / "own" / "model.json").write_text(
        json.dumps(document | {"user_network": True, "network": "Cnn"})
    )
    said = complaint("export", "own", "--to", "onnx")
    assert "the model's network is Cnn, one of your own" in said
    assert "load_model" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("finished", "--to", "onx"), "'onx' is no place for trials and no format of models.*: did you mean 'onnx'"),
        (("finished", "--to", "x.pt2"), "'x.pt2' is a file; .* give --to torch --out x.pt2"),
        (("finished", "--to", "onnx", "--out", "x.bin"), "out: x.bin must end in .onnx"),
        (("finished", "--to", "x.csv", "--out", "y"), "out: y is given; trials go where --to says"),
        (("nothing/here", "--to", "onnx"), "nothing/here: there is no such model; a model is a folder with"),
        (("home", "--to", "onnx"), "home/model.json: there is no such file"),
        (("finnished", "--to", "onnx"), "study: there is no 'finnished' in .*; did you mean 'finished'"),
    ],
)
def test_mistakes(finished, complaint, arguments, said):
    assert re.search(said, complaint("export", *arguments))


def test_predictions_are_by_the_studys_name_as_well(workplace, finished, complaint):
    by_folder, by_name = (workplace.ikura("predict", what, "iris") for what in ("ikura-out/finished", "finished"))
    assert by_name.returncode == 0, by_name.stderr
    assert by_name.stdout == by_folder.stdout
    assert re.search(
        "there is no 'finnished' in .*; did you mean 'finished'", complaint("predict", "finnished", "iris")
    )
