"""A study from end to end, without a terminal."""

import csv
import json
import re
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from ikura.samplers import SAMPLERS
from ikura.schedulers import SCHEDULERS
from ikura.store import open_store
from ikura.wording import listing
from tests.processes import PATIENCE


@pytest.fixture(scope="module")
def shown(finished, workplace) -> dict:
    return json.loads(workplace.ikura("show", "finished", "--json").stdout)


@pytest.fixture(scope="module")
def flowers(workplace) -> Path:
    from sklearn.datasets import load_iris

    path = workplace.folder / "flowers.csv"
    load_iris(as_frame=True).data.to_csv(path, index=False)
    return path


def test_the_answer_is_all_there_is_on_standard_output(finished, shown: dict) -> None:
    assert finished.returncode == 0, finished.stderr
    lines = finished.stdout.splitlines()
    outcome = shown["outcome"]
    assert lines[0] == f"Best configuration  trial {outcome['best']['number']}"
    assert [line.split()[0] for line in lines[1 : lines.index("")]] == list(outcome["best"]["config"])
    test = outcome["test"]
    assert f"{test['correct']} of 30 correct, 95 % interval " in finished.stdout
    assert "mean of 4 seeds" in finished.stdout
    assert "Tried 8 configurations for 5 epochs each in " in finished.stdout
    assert lines[-5:] == [
        "  model   ikura-out/finished",
        "  report  ikura-out/finished/report.html",
        "",
        "To predict new examples:",
        "ikura predict ikura-out/finished new.csv",
    ]
    assert "\x1b" not in finished.stdout + finished.stderr
    assert not any(line.endswith(" ") for line in lines)


def test_progress_is_a_few_lines_on_standard_error(finished) -> None:
    lines = [line.strip().partition("  ")[2] for line in finished.stderr.splitlines()]
    assert lines[:4] == [
        "reading iris ...",
        "iris: 90 training, 30 dev and 30 test examples; 4 features, 3 classes",
        lines[2],
        "training the first networks ...",
    ]
    assert lines[2].startswith("finished: 8 trials of 5 epochs, thompson in 4 rounds")
    rounds = [line for line in lines if line.startswith("round ")]
    assert [line.partition("  ")[0] for line in rounds] == [f"round {n} of 4" for n in (1, 2, 3, 4)]
    assert rounds[3].startswith("round 4 of 4  8 of 8 trials  ·  best dev accuracy ")
    assert lines[-6:] == [
        "the best configuration under other seeds: 4 networks",
        *(f"finals  {done} of 4 networks" for done in (1, 2, 3, 4)),
        "training the winner on train and dev examples",
    ]
    assert len(lines) < 20


def test_show_json_has_every_trial_with_its_curves(shown: dict) -> None:
    assert (shown["study"], shown["status"]) == ("finished", "complete")
    assert shown["settings"]["trials"] == 8
    assert [trial["number"] for trial in shown["trials"]] == list(range(8))
    assert [trial["round"] for trial in shown["trials"]] == [0, 0, 1, 1, 2, 2, 3, 3]
    for trial in shown["trials"]:
        assert (trial["state"], trial["epochs"]) == ("complete", 5)
        assert trial["config"]["learning_rate"] > 0
        assert {name: curve[-1] for name, curve in trial["curves"].items()} == trial["metrics"]
        assert {len(curve) for curve in trial["curves"].values()} == {5}


def test_curves_are_the_stores_to_the_last_bit(shown: dict, workplace) -> None:
    with open_store(str(workplace.folder / "home" / "ikura.db")) as store:
        curves = store.history("finished").curves
    for metric, stored in curves.items():
        told = np.array([trial["curves"][metric] for trial in shown["trials"]], np.float32)
        np.testing.assert_array_equal(told, stored)


def rows_of_trials(text: str, count: int) -> list[str]:
    """Return the first rows of the table of trials that `ikura show` prints."""
    lines = text.splitlines()
    first = 1 + next(place for place, line in enumerate(lines) if line.startswith("trial  round"))
    return lines[first : first + count]


def test_show_and_list_say_what_was_found(finished, shown: dict, workplace) -> None:
    text = workplace.ikura("show", "finished").stdout
    assert text.startswith("finished  complete, begun 20")
    assert finished.stdout in text
    best = rows_of_trials(text, 8)
    assert sorted(int(line.split()[0]) for line in best) == list(range(8))
    headings, *rows = workplace.ikura("list").stdout.splitlines()
    assert headings.split("  ")[0] == "study"
    assert ["finished", "complete"] in [row.split()[:2] for row in rows]
    begun = [re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d", row)[0] for row in rows]
    assert begun == sorted(begun, reverse=True)


def test_report_writes_a_page(finished, workplace) -> None:
    told = workplace.ikura("report", "finished")
    assert (told.returncode, told.stdout, told.stderr) == (0, "finished.html\n", "")
    assert "<html" in (workplace.folder / "finished.html").read_text(encoding="utf-8")


def test_predict_says_class_and_probabilities(finished, flowers: Path, workplace) -> None:
    told = workplace.ikura("predict", "ikura-out/finished", flowers.name)
    assert (told.returncode, told.stderr) == (0, "")
    header, *rows = csv.reader(StringIO(told.stdout))
    assert header == ["class", "p(setosa)", "p(versicolor)", "p(virginica)"]
    assert len(rows) == 150
    probabilities = np.array([row[1:] for row in rows], float)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert [row[0] for row in rows] == [("setosa", "versicolor", "virginica")[best] for best in probabilities.argmax(1)]
    truth = np.repeat(["setosa", "versicolor", "virginica"], 50)
    assert np.mean([row[0] for row in rows] == truth) > 0.8
    workplace.ikura("predict", "ikura-out/finished", flowers.name, "--out", "classes.csv")
    assert (workplace.folder / "classes.csv").read_text() == told.stdout


def test_a_closed_pipe_is_quiet(finished, flowers: Path, workplace) -> None:
    command = f"{sys.executable} -m ikura"
    for arguments in ("show finished --json", "list", f"predict ikura-out/finished {flowers.name}"):
        told = workplace.run(f"{command} {arguments} | head -c 1")
        assert (len(told.stdout), told.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("--help",), set()),
        (("--version",), set()),
        (("list",), set()),
        (("show", "finished"), {"scipy"}),  # it judges the search
        (("tune", "--help"), set()),
    ],
)
def test_looking_imports_nothing_slow(finished, workplace, arguments: tuple[str, ...], needed: set[str]) -> None:
    told = workplace.run([sys.executable, "-X", "importtime", "-m", "ikura", *arguments])
    assert told.returncode == 0
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.stderr.splitlines()}
    assert "typer" in imported
    assert not imported & {"jax", "sklearn", "plotly", "pandas", "scipy", "safetensors"} - needed


def test_the_version_is_the_packages(workplace) -> None:
    from importlib.metadata import version

    assert workplace.ikura("--version").stdout == f"ikura {version('ikura')}\n"


def test_the_help_names_the_samplers_and_schedules_there_are(workplace) -> None:
    text = " ".join(workplace.ikura("tune", "--help").stdout.split()).replace("- ", "-")
    assert f"{listing(SAMPLERS, 'or')}." in text
    assert f"{listing(SCHEDULERS, 'or')};" in text


@pytest.fixture(scope="module")
def halved(workplace) -> subprocess.CompletedProcess[str]:
    return workplace.ikura(
        "tune", "iris", "--trials", "36", "--epochs", "9", "--schedule", "halving", "--name", "halved"
    )


def test_a_schedule_says_before_the_search_what_it_will_train(halved) -> None:
    assert halved.returncode == 0, halved.stderr
    lines = [line.strip().partition("  ")[2] for line in halved.stderr.splitlines()]
    # In each of 4 rounds 9 trials are trained for 1 epoch, 3 of them for 2 more, and 1 for 6 more.
    assert lines[2:4] == [
        "halved: 36 trials of 9 epochs, thompson in 4 rounds, halving (reduction 3, min-epochs 1), seed 0",
        "36 trials by halving (1, 3, 9 epochs): about 84 epochs, 324 without",
    ]
    first = next(line for line in lines if line.startswith("round 1 of 4"))
    assert first.startswith("round 1 of 4  9 of 36 trials  ·  best dev accuracy ")
    assert first.endswith("8 stopped")
    assert "Tried 36 configurations for up to 9 epochs, 84 epochs in all, in " in halved.stdout
    assert "; 32 stopped early." in halved.stdout


def test_what_was_stopped_is_shown(halved, workplace) -> None:
    shown = json.loads(workplace.ikura("show", "halved", "--json").stdout)
    trials = shown["trials"]
    assert sorted(trial["epochs"] for trial in trials) == [1] * 24 + [3] * 8 + [9] * 4
    assert all((trial["state"] == "complete") == (trial["epochs"] == 9) for trial in trials)
    assert {trial["state"] for trial in trials} == {"complete", "stopped"}
    for trial in trials:
        assert {len(curve) for curve in trial["curves"].values()} == {trial["epochs"]}
        assert {name: curve[-1] for name, curve in trial["curves"].items()} == trial["metrics"]
    assert (shown["outcome"]["stopped"], shown["outcome"]["epochs_trained"]) == (32, 84)
    assert shown["outcome"]["best"]["number"] in [trial["number"] for trial in trials if trial["epochs"] == 9]
    table = rows_of_trials(workplace.ikura("show", "halved").stdout, 10)
    assert [line.split()[2:4] for line in table] == [["complete", "9"]] * 4 + [["stopped", "3"]] * 6


def test_a_population_tells_its_lineage(workplace) -> None:
    pbt = ("--schedule", "pbt", "--min-epochs", "2", "--sampler", "random", "--name", "evolved")
    done = workplace.ikura("tune", "iris", "--trials", "10", "--epochs", "4", *pbt)
    assert done.returncode == 0, done.stderr
    assert "10 trials by population-based training, copies every 2 epochs: 40 epochs" in done.stderr
    trials = json.loads(workplace.ikura("show", "evolved", "--json").stdout)["trials"]
    copied = [trial for trial in trials if "edits" in trial]
    assert len(copied) == 2
    for trial in copied:
        (edit,) = trial["edits"]
        assert (edit["epoch"], edit["source"]["epoch"], edit["config"]) == (2, 2, trial["config"])
        assert trial["proposed"] != trial["config"]


def test_a_study_is_stopped_from_elsewhere(workplace, spawn, tmp_path) -> None:
    store = ("--store", "asked.db")
    (tmp_path / "go").touch()
    process = spawn(
        workplace.endless(tmp_path / "go", *workplace.tune, "--name", "asked", *store),
        cwd=workplace.folder,
        env=workplace.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and not trained(workplace.folder / "asked.db"):
        time.sleep(0.05)
    asked = workplace.ikura("stop", "asked", *store)
    out, err = process.communicate(timeout=PATIENCE)
    assert asked.returncode == 0, asked.stderr + err
    assert (process.returncode, out) == (130, "")
    last = err.splitlines()[-1]
    assert last == "Stopped: 10 of 40 epochs are stored; to go on: ikura resume --store asked.db asked"
    assert json.loads(workplace.ikura("show", "asked", *store, "--json").stdout)["status"] == "interrupted"


def trained(database: Path) -> bool:
    """Return whether the only study of a database has results."""
    if not database.exists():
        return False
    with open_store(str(database)) as store:
        return any(store.history(study.name).epochs.any() for study in store.studies())


def test_a_study_on_a_server_is_the_same(server, finished, workplace) -> None:
    address = server.database().replace("ikura@", "ikura:secret@")
    done = workplace.ikura(*workplace.tune, "--name", "finished", "--out", "on-a-server", "--store", address)
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    trials = [
        json.loads(workplace.ikura("show", "finished", "--json", *store).stdout)["trials"]
        for store in ((), ("--store", address))
    ]
    assert trials[0] == trials[1]
    assert "finished" in workplace.ikura("list", "--store", address).stdout


def test_a_complete_study_of_training_code_goes_on_in_another_space(workplace) -> None:
    (workplace.folder / "mine.py").write_text("def train(trial):\n    return trial.config['x'] ** 2\n")
    for name, low in (("narrow", 0.5), ("wide", 0.0)):
        space = f'[x]\ntype = "float"\nlow = {low}\nhigh = 1.0\n'
        (workplace.folder / f"{name}.toml").write_text(space)
    begun = ("mine.py:train", "--space", "narrow.toml", "--trials", "4", "--name", "mine", "--direction", "minimize")
    assert workplace.ikura("tune", *begun).returncode == 0
    done = workplace.ikura("resume", "mine", "--space", "wide.toml", "--trials", "8", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"] == 8
    said = workplace.ikura("show", "mine").stdout
    assert "8 trials (before: 4); x is a number from 0.0 to 1.0 (before: a number from 0.5 to 1.0)" in " ".join(
        said.split()
    )


def test_what_was_tested_does_not_go_on(finished, workplace) -> None:
    refused = workplace.ikura("resume", "finished", "--trials", "16")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "ikura: trials: finished is complete, and its test part was used; it is used once" in refused.stderr
