"""The frameworks' trainers: those that run here learn, and what cannot run says why."""

import os
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from examples.frameworks import __main__ as command
from examples.frameworks import environments
from examples.frameworks.recipes import RECIPES, TRAINERS, Recipe
from examples.frameworks.study import tuned
from tests.processes import PATIENCE

TRIALS, EPOCHS = 8, 3


@pytest.fixture
def surrounded(tmp_path, monkeypatch):
    """Give trainers what they find around them when the command runs them."""

    def surround(recipe):
        for name, value in command.variables(recipe, tmp_path, tmp_path / "digits").items():
            monkeypatch.setenv(name, value)

    return surround


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package that pip installs without a registry, and the folder of environments."""
    monkeypatch.setattr(environments, "CACHE", tmp_path / "cache")
    wheel = tmp_path / "toy-1.5-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("toy.py", "")
        file.writestr("toy-1.5.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.5\n")
        file.writestr("toy-1.5.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("toy-1.5.dist-info/RECORD", "")
    return wheel


@pytest.mark.parametrize("name", ["pytorch", "keras-jax", "jvm"])
def test_a_trainer_learns_and_is_stopped(name, surrounded, tmp_path):
    recipe = RECIPES[name]
    if recipe.program is not None and shutil.which(recipe.program) is None:
        pytest.skip(f"{recipe.program} is not installed")
    surrounded(recipe)
    result = tuned(recipe, tmp_path, trials=TRIALS, epochs=EPOCHS)
    assert result.value > 0.9
    assert result.outcome.failed == 0
    assert {"learning_rate", "momentum"} == result.best.config.keys()
    # The search has four rounds of two trials; the worse of them is stopped after its first epoch.
    assert result.outcome.epochs_trained == 4 * (EPOCHS + 1)


def test_a_dead_one_is_installed_and_learns(surrounded, tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "CACHE", tmp_path / "cache")
    recipe = RECIPES["theano"]
    try:
        folder = environments.make("theano", recipe)
    except environments.AbsentError as error:
        pytest.skip(f"Theano cannot be installed here: {error}")
    surrounded(recipe)
    result = tuned(recipe, folder, trials=4, epochs=EPOCHS)
    assert result.value > 0.8
    assert result.outcome.failed == 0


def test_a_trainer_that_reports_with_the_helper_runs_by_hand(surrounded, tmp_path):
    trainer = tmp_path / "trainer.py"
    trainer.write_text(
        "import ikura_trial\nfrom digits import batches, load\nimport numpy as np\n"
        "trial = ikura_trial.Trial(learning_rate=0.1)\nx, y, x_dev, y_dev = load()\n"
        "n = sum(len(labels) for _, labels in batches(x, y, np.random.RandomState(0)))\n"
        "trial.report(0, accuracy=trial.config['learning_rate'], loss=n)\n"
    )
    recipe = Recipe("Any", "digits.py")
    surrounded(recipe)
    found = f"{os.environ['PYTHONPATH']}{os.pathsep}{TRAINERS}"
    environment = {**os.environ, "PYTHONPATH": found}
    said = subprocess.run(
        [sys.executable, trainer], env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    assert said.stdout == '{"accuracy": 0.1, "loss": 1344, "epoch": 0}\n'


def test_all_languages_read_the_same_digits(surrounded, tmp_path):
    surrounded(RECIPES["jvm"])
    with np.load(tmp_path / "digits" / "digits.npz") as file:
        for name, x, y, count in (("train", "x", "y", 1347), ("dev", "x_dev", "y_dev", 450)):
            table = np.loadtxt(tmp_path / "digits" / f"{name}.csv", delimiter=",")
            assert file[x].shape == (count, 64)
            np.testing.assert_array_equal(table[:, 0], file[y])
            np.testing.assert_array_equal(table[:, 1:].astype("float32"), file[x])
        images = {image.tobytes() for image in file["x"]}
        assert not any(image.tobytes() in images for image in file["x_dev"])


def test_each_recipe_has_a_trainer_and_each_trainer_a_recipe():
    there = {path.name for path in TRAINERS.iterdir() if path.is_file()}
    assert {recipe.trainer for recipe in RECIPES.values()} == there - {"digits.py"}


def test_all_names_are_listed(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frameworks", "--list"])
    command.main()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(RECIPES)


def test_a_name_that_is_unknown_gets_one_line(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frameworks", "theanos"])
    with pytest.raises(SystemExit):
        command.main()
    assert "'theanos' is no framework here" in capsys.readouterr().err


def test_what_cannot_run_says_why_in_its_row(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["frameworks", "caffe"])
    command.main()
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.startswith("| Caffe |")
    assert f"not run: {RECIPES['caffe'].absent}" in row


def test_an_interpreter_that_is_not_there_is_named(toy, monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(environments.AbsentError, match=r"CPython 1\.5 is not on this machine"):
        environments.make("old", Recipe("Old", "old.py", installs=(str(toy),), python="1.5"))


def test_an_environment_is_made_once_and_again_when_its_recipe_changes(toy):
    recipe = Recipe("Toy", "toy.py", "toy", (f"--no-index {toy}",), "echo $folder >$folder/set")
    folder = environments.make("toy", recipe)
    assert environments.version(folder, recipe) == "1.5"
    assert (folder / "set").read_text().strip() == str(folder)
    (folder / "mine").touch()
    assert environments.make("toy", recipe) == folder
    assert (folder / "mine").exists()
    other = Recipe("Toy", "toy.py", "toy", ("--no-index --no-deps toy-that-is-not-there",))
    with pytest.raises(environments.AbsentError, match="toy-that-is-not-there"):
        environments.make("toy", other)
    assert not (folder / "mine").exists()


def test_glue_is_what_reads_the_trial_or_reports(tmp_path):
    trainer = tmp_path / "trainer.py"
    trainer.write_text(
        '"""A trial."""\nimport ikura_trial\n# print\nx = industrial\nprint(x)\nlr = trial.config["lr"]\n'
    )
    assert command.glue(trainer) == 3
