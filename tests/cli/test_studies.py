"""`show` and `list` on studies that are not finished, or have hostile names."""

import io
import os
import re
import socket
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import typer

from ikura.cli.studies import delete, import_study, list_studies, report, show_study, stop
from ikura.cli.wording import number
from ikura.errors import SettingError, StudyExists, UnknownStudy
from ikura.records import AT_LEAST, Constraint, GoOn, Objective, Stop, Trial, TrialState
from ikura.space import Choice, Space
from ikura.store import open_store
from ikura.study import STOP
from tests.cli.samples import HALVING, OUTCOME, SETTINGS, result

SPACE = Space(optimizer=Choice("[b]adam", "sgd")).to_toml()
NAME = "[bold]roe[/bold] :fish:"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """One study of which 3 trials are trained, one of them diverged, and one waits."""
    url = str(tmp_path / "studies.db")
    with open_store(url) as store:
        store.create(NAME, SETTINGS, SPACE)
        trials = [Trial(number, {"optimizer": "[b]adam"}, 0) for number in range(4)]
        store.add_round(NAME, trials, None, [GoOn(number, 2) for number in range(3)])
        states = [TrialState.COMPLETE, TrialState.DIVERGED, TrialState.COMPLETE]
        store.write(NAME, [result(number, state) for number, state in enumerate(states)])
    return url


def test_an_unfinished_study_shows_how_far_it_is(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_study(NAME, store=url)
    text = capsys.readouterr().out
    assert "\n3 of 8 trials are over: 2 complete, 1 diverged; 1 waiting.\n" in text
    assert "\n6 epochs trained in all; the test set is untouched.\n" in text
    command = f"ikura resume --store {url} '{NAME}'"
    assert "interrupted, begun" in text
    assert f"\nTo go on: {command}\n" in text


def test_a_study_that_is_being_written_says_by_whom(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.claim(NAME)
        show_study(NAME, store=url)
    text = capsys.readouterr().out
    assert "running, begun" in text
    assert f"\nIt is being written by process {os.getpid()} on {socket.gethostname()} since " in text


def test_what_was_trained_so_far_is_ranked(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_study(NAME, store=url)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[-3:-1]] == [["0", "1"], ["2", "1"]]
    assert lines[-1] == f"These are 2 of 4 trials; all of them: ikura show --json --store {url} '{NAME}'"


def test_trials_on_their_way_have_states_and_epochs(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("halved", HALVING, SPACE)
        trials = [Trial(number, {"optimizer": "sgd"}, 0) for number in range(5)]
        store.add_round("halved", trials, None, [GoOn(number, 3) for number in range(4)])
        paused = [result(number, TrialState.PAUSED, (0.5, 0.5, 0.5 + number / 10)) for number in range(3)]
        store.write("halved", paused, [Stop(0), GoOn(2, 10)])
    show_study("halved", store=url)
    list_studies(store=url)
    text = capsys.readouterr().out
    assert "512 trials of 30 epochs, sobol, halving (reduction 3, min-epochs 3), seed 0" in text
    assert "\n1 of 512 trials are over: 1 stopped; 1 waiting, 2 due, 1 paused.\n" in text
    assert "\n9 epochs trained in all; " in text
    heading = next(place for place, line in enumerate(text.splitlines()) if line.startswith("trial "))
    assert [line.split()[:5] for line in text.splitlines()[heading + 1 : heading + 4]] == [
        ["2", "1", "running", "3", "70.0"],
        ["1", "1", "paused", "3", "60.0"],
        ["0", "1", "stopped", "3", "50.0"],
    ]
    assert text.splitlines()[-2].split()[:6] == ["halved", "interrupted", "–", "1", "of", "512"]


def test_the_front_of_two_objectives_comes_first_and_broken_constraints_are_marked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = str(tmp_path / "two.db")
    accuracy, loss = (next(m for m in SETTINGS.metrics if m.name == name) for name in ("dev_accuracy", "dev_loss"))
    objective = Objective(accuracy, (), (Constraint(accuracy, AT_LEAST, 0.3),), loss)
    with open_store(url) as store:
        store.create("two", replace(SETTINGS, objective=objective, trials=4), SPACE)
        trials = [Trial(number, {"optimizer": "sgd"}, 0) for number in range(4)]
        store.add_round("two", trials, None, [GoOn(number, 2) for number in range(4)])
        results = []
        for number, (right, lost) in enumerate([(0.5, 0.4), (0.9, 0.8), (0.2, 0.1), (0.4, 0.6)]):
            curves = {"dev_accuracy": right, "dev_loss": lost, "train_loss": 0.0}
            whole = {name: np.full(2, value, np.float32) for name, value in curves.items()}
            results.append(replace(result(number, TrialState.COMPLETE), curves=whole))
        store.write("two", results)
        outcome = replace(OUTCOME, best=replace(OUTCOME.best, config={"optimizer": "sgd"}), finalists=(), trials=4)
        store.finish("two", outcome)
    show_study("two", store=url)
    list_studies(store=url)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    heading = next(place for place, line in enumerate(lines) if line[:1] == ["trial"])
    assert " ".join(lines[heading]).startswith("trial round dev accuracy dev loss on the front constraints")
    rows = lines[heading + 1 : heading + 5]
    assert [row[0] for row in rows] == ["1", "0", "3", "2"]
    assert [("yes" in row, "kept" in row, "broken" in row) for row in rows] == [
        (True, True, False),
        (True, True, False),
        (False, True, False),
        (False, False, True),
    ]
    text = [" ".join(line) for line in lines]
    assert "It is the best by dev accuracy among 2 trials on the front." in text
    assert any(line.startswith("two complete test accuracy 90.0 %, dev loss 0.25 ") for line in text)


def test_a_search_that_is_over_says_that_the_finals_remain(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("done", replace(SETTINGS, trials=1), SPACE)
        store.add_round("done", [Trial(0, {"optimizer": "sgd"}, 0)], None, [GoOn(0, 2)])
        store.write("done", [result(0, TrialState.COMPLETE)])
    show_study("done", store=url)
    assert "the test set is untouched. The finals remain.\n" in capsys.readouterr().out


def test_a_population_on_its_way_is_told_by_its_epochs(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("bred", replace(SETTINGS, trials=4, epochs=10, schedule="pbt", min_epochs=3), SPACE)
        store.add_round("bred", [Trial(n, {"optimizer": "sgd"}, 0) for n in range(4)], None, [GoOn(0, 3)])
        store.write("bred", [result(0, TrialState.PAUSED, (0.5, 0.5, 0.5))])
    show_study("bred", store=url)
    list_studies(store=url)
    text = capsys.readouterr().out
    assert "\n3 of 40 epochs trained in all; " in text
    assert " 0 of 4 (8 % of epochs) " in text


def test_a_study_that_runs_is_asked_to_stop(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.claim(NAME)
        stop(NAME, store=url)
        commands = store.commands(NAME, 0)
    assert [(command.kind, command.arguments) for command in commands] == [(STOP, {})]
    assert capsys.readouterr().out == f"It stops soon; to go on: ikura resume --store {url} '{NAME}'\n"


def test_only_a_study_that_runs_can_be_stopped(url: str) -> None:
    with pytest.raises(SettingError, match=r"nobody runs it, it is interrupted; .* see `ikura list`"):
        stop(NAME, store=url)
    with pytest.raises(UnknownStudy, match="there is no 'nobody'"):
        stop("nobody", store=url)
    with open_store(url) as store:
        assert store.commands(NAME, 0) == []


def test_markup_and_escapes_are_shown_as_they_are_written(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_study(NAME, store=url)
    list_studies(store=url)
    text = capsys.readouterr().out
    assert text.count(NAME) == 4
    assert text.count("/data/[red]\\x1b[31mflowers.csv") == 2
    assert "optimizer=[b]adam" in text
    assert "\x1b" not in text


def test_an_empty_store_says_how_to_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(str(tmp_path / "empty.db")):
        pass
    list_studies(store=str(tmp_path / "empty.db"))
    assert capsys.readouterr().out == f"No studies yet in sqlite:///{tmp_path}/empty.db; begin one: ikura tune digits\n"


def test_before_the_first_study_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKURA_HOME", str(tmp_path / "home"))
    list_studies()
    assert capsys.readouterr().out == f"No studies yet in {tmp_path}/home; begin one: ikura tune digits\n"
    assert not (tmp_path / "home").exists()


def test_a_study_of_optunas_is_imported_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address, url = f"sqlite:///{tmp_path / 'optuna.db'}", str(tmp_path / "studies.db")
    study = optuna.create_study(study_name="their study", storage=address, direction="maximize")
    study.optimize(lambda trial: 0.5 * trial.suggest_float("x", 0, 1), n_trials=12)
    import_study(f"optuna:{address}", store=url)
    show_study("their study", store=url)
    list_studies(store=url)
    report("their study", out=tmp_path / "report.html", store=url)
    text = capsys.readouterr().out
    assert f"ikura show --store {url} 'their study'\n" in text
    assert "imported from Optuna's study 'their study'\n12 trials.\n" in text
    assert number(study.best_value) in text
    assert "resume" not in text
    page = (tmp_path / "report.html").read_text()
    assert "Another program trained this study" in page
    assert "Reproduce" not in page
    with pytest.raises(SettingError, match=r"x\.csv' is no place of studies; it must be optuna:"):
        import_study("x.csv", store=url)
    with pytest.raises(StudyExists, match="give another --name"):
        import_study(f"optuna:{address}", store=url)


def test_what_mattered_is_a_table_with_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address, url = f"sqlite:///{tmp_path / 'optuna.db'}", str(tmp_path / "studies.db")
    space = {"x": optuna.distributions.FloatDistribution(0, 1), "y": optuna.distributions.FloatDistribution(0, 1)}
    for name, trials in (("many", 20), ("few", 6)):
        study = optuna.create_study(study_name=name, storage=address)
        study.add_trials(
            optuna.trial.create_trial(
                params={"x": number / trials, "y": 0.37 * number % 1}, distributions=space, value=number**2
            )
            for number in range(trials)
        )
        import_study(f"optuna:{address}", study=name, store=url)
    capsys.readouterr()
    show_study("many", store=url)
    headings, x, y = (line.split() for line in capsys.readouterr().out.splitlines()[-3:])
    assert headings == ["what", "mattered", "share", "95", "%", "interval", "alone", "trials"]
    assert (x[0], y[0], x[-1], y[-1]) == ("x", "y", "20", "20")
    assert int(x[1]) > 90 > 10 > int(y[1])
    show_study("few", store=url)
    few = "\n\nToo few trials to say what mattered: 6 trials; 10 are needed for each hyperparameter.\n"
    assert capsys.readouterr().out.endswith(few)


def test_a_study_is_deleted_when_that_is_confirmed(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match=r"nothing was removed, since nobody can be asked; .* say --yes"):
        delete(NAME, store=url)
    with open_store(url) as store:
        store.claim(NAME)
        with pytest.raises(SettingError, match=re.escape(f"end that first: ikura stop --store {url} '{NAME}'")):
            delete(NAME, store=url)
    answer = io.StringIO("n\n")
    answer.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", answer)
    with pytest.raises(typer.Abort):
        delete(NAME, store=url)
    assert f"Remove {NAME} and all its trials?" in capsys.readouterr().err
    list_studies(store=url)
    assert NAME in capsys.readouterr().out
    delete(NAME, store=url, yes=True)
    list_studies(store=url)
    assert "No studies yet" in capsys.readouterr().out


def test_a_study_without_hope_is_not_said_to_go_on(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("lost", replace(SETTINGS, trials=2), SPACE)
        trials = [Trial(number, {"optimizer": "sgd"}, 0) for number in range(2)]
        store.add_round("lost", trials, None, [GoOn(0, 2), GoOn(1, 2)])
        results = [
            result(0, TrialState.DIVERGED, (), stop=2),
            result(1, TrialState.FAILED, (), stop=2, error="Traceback...\n  here\nValueError: too wide\n"),
        ]
        store.write("lost", results)
        store.set_status("lost", "interrupted")
    show_study("lost", store=url)
    text = capsys.readouterr().out
    assert "resume" not in text
    assert f"It cannot go on; to remove it: ikura delete --store {url} lost\n" in text
    assert "1 trial failed with ValueError: too wide\n" in text


def test_a_damaged_study_hides_no_other_and_can_be_deleted(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("odd", SETTINGS, SPACE)
    database = sqlite3.connect(url)
    with database:
        database.execute("""UPDATE studies SET settings = '{"seed": "x"}' WHERE name = 'odd'""")
    database.close()
    list_studies(store=url)
    text = capsys.readouterr().out
    assert NAME in text
    assert "damaged" in next(line for line in text.splitlines() if line.startswith("odd"))
    delete("odd", store=url, yes=True)
    list_studies(store=url)
    assert "odd" not in capsys.readouterr().out
