"""`ikura plan`, and what a study keeps of its plan."""

import inspect
import json

import pytest

from ikura.cli import planning, tuning

OF_CODE = {"command", "pattern", "workers", "retries", "time_limit", "silence_limit", "memory_limit", "finals"}
OF_KEEPING = {"name", "resume", "out", "track", "quiet"}
OF_ANOTHER = {"next_", "context"}


@pytest.fixture(scope="module")
def planned(workplace) -> dict:
    return json.loads(workplace.ikura("plan", "iris", "--trials", "8", "--epochs", "5", "--json").stdout)


def test_the_plan_accounts_for_every_trial(planned: dict) -> None:
    assert sum(part["trials"] for part in planned["parts"]) == 8
    assert (planned["trials"], planned["epochs"]) == (8, 5)
    assert planned["epochs_trained"] == 40
    assert planned["seconds"] > 0.0


def test_it_is_told_in_a_table_and_a_sentence(workplace, planned: dict) -> None:
    told = workplace.ikura("plan", "iris", "--trials", "8", "--epochs", "5").stdout
    assert told.startswith("8 trials of 5 epochs in the kernel on ")
    assert "; the finals come on top." in told


def test_a_schedule_says_what_it_spares(workplace) -> None:
    told = workplace.ikura("plan", "iris", "--trials", "8", "--epochs", "9", "--schedule", "halving").stdout
    # Of two in each of 4 rounds one goes on at each rung.
    epochs = 4 * (2 * 1 + 2 + 6)
    assert told.splitlines()[1] == f"8 trials by halving (1, 3, 9 epochs): about {epochs} epochs, 72 without"


def test_a_schedule_of_which_nobody_knows_what_it_spares_says_the_most(workplace) -> None:
    told = workplace.ikura("plan", "iris", "--trials", "8", "--epochs", "9", "--schedule", "median").stdout
    assert told.splitlines()[1] == "8 trials by median stopping, looked at every epoch: at most 72 epochs"


def test_a_study_keeps_its_plan_and_show_compares_it(finished, workplace, planned: dict) -> None:
    assert finished.returncode == 0
    kept = json.loads(workplace.ikura("show", "finished", "--json").stdout)["outcome"]["planned"]
    assert kept["engine"] == planned["engine"] == "kernel"
    assert "trained in the kernel; predicted " in workplace.ikura("show", "finished").stdout


def test_of_training_code_nobody_knows_how_long_it_takes(workplace) -> None:
    said = workplace.ikura("plan", "train.py:train").stderr
    assert said.startswith("ikura: plan: train.py:train is training code, and how long it takes nobody knows;")


def test_nothing_is_stored(workplace) -> None:
    done = workplace.ikura("plan", "wine", "--trials", "4")
    assert done.returncode == 0
    assert "wine" not in workplace.ikura("list").stdout


def test_a_mistake_gets_its_line(workplace) -> None:
    done = workplace.ikura("plan", "nowhere.csv")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "nowhere.csv" in done.stderr


def test_what_tune_would_refuse_is_not_planned(workplace, tmp_path) -> None:
    (tmp_path / "space.toml").write_text('[hidden_units]\ntype = "int"\nlow = 4\nhigh = 8\n', encoding="utf-8")
    done = workplace.ikura("plan", "iris", "--schedule", "pbt", "--space", str(tmp_path / "space.toml"))
    assert done.returncode == 2
    assert "of this space hidden_units cannot be changed" in done.stderr


def test_it_takes_all_that_decides_a_search_of_data() -> None:
    assert inspect.signature(tuning.tune).parameters.keys() - OF_CODE - OF_KEEPING - OF_ANOTHER == (
        inspect.signature(planning.plan).parameters.keys()
    )


def test_folds_and_a_timeout_are_told(workplace) -> None:
    told = workplace.ikura(
        "plan", "digits", "--trials", "9", "--epochs", "100", "--folds", "3", "--timeout", "0.001"
    ).stdout.splitlines()
    assert told[0].startswith("9 trials of 100 epochs, each on 3 folds, in the kernel on ")
    assert told[-1].endswith(", and ends when its time of 0.001 s is over; the finals come on top.")
