"""`show` and `list` on studies that are not finished, or have hostile names."""

import io
import os
import socket
from pathlib import Path

import numpy as np
import optuna
import pytest
import typer

from ikura.cli.studies import delete, import_study, list_studies, report, show_study
from ikura.cli.wording import percent
from ikura.errors import SettingError, StudyExists
from ikura.records import METRICS, Trial, TrialResult, TrialState
from ikura.space import Choice, Space
from ikura.store import open_store

SETTINGS = {
    "data": "/data/[red]\x1b[31mflowers.csv",
    "examples": {"train": 90, "dev": 30, "test": 30},
    "features": 4,
    "classes": ["a", "b"],
    "trials": 8,
    "epochs": 2,
    "sampler": "sobol",
    "rounds": None,
    "seed": 0,
    "notes": [],
    "target": None,
    "network": "mlp",
    "out": None,
    "fingerprint": "0",
    "versions": {},
    "machine": "",
}
NAME = "[bold]roe[/bold] :fish:"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """One study of which 3 trials are trained, one of them diverged, and one waits."""
    url = str(tmp_path / "studies.db")
    with open_store(url) as store:
        store.create(NAME, settings=SETTINGS, space=Space(optimizer=Choice("[b]adam", "sgd")).to_toml())
        store.add_round(NAME, [Trial(number, {"optimizer": "[b]adam"}, 0) for number in range(4)], None)
        curves = {metric: np.array([0.5, 0.75], np.float32) for metric in METRICS}
        states = [TrialState.COMPLETE, TrialState.DIVERGED, TrialState.COMPLETE]
        store.write_results(NAME, [TrialResult(number, state, curves) for number, state in enumerate(states)])
    return url


def test_an_unfinished_study_shows_how_far_it_is(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_study(NAME, store=url)
    text = capsys.readouterr().out
    assert "3 of 8 trials measured, 1 of them diverged; the test set is untouched.\n" in text
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
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()[-2:]]
    assert rows == [["0", "1"], ["2", "1"]]


def test_markup_and_escapes_are_shown_as_they_are_written(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_study(NAME, store=url)
    list_studies(store=url)
    text = capsys.readouterr().out
    assert text.count(NAME) == 3
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
    assert percent(study.best_value) in text
    assert "resume" not in text
    page = (tmp_path / "report.html").read_text()
    assert "Another program trained this study" in page
    assert "Reproduce" not in page
    with pytest.raises(SettingError, match=r"x\.csv' is no place of studies; it must be optuna:"):
        import_study("x.csv", store=url)
    with pytest.raises(StudyExists, match="give another --name"):
        import_study(f"optuna:{address}", store=url)


def test_a_study_is_deleted_when_that_is_confirmed(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingError, match=r"nothing was removed, since nobody can be asked; .* say --yes"):
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
        store.create("lost", settings=SETTINGS | {"trials": 2}, space=Space(optimizer=Choice("adam", "sgd")).to_toml())
        store.add_round("lost", [Trial(number, {"optimizer": "adam"}, 0) for number in range(2)], None)
        nothing = {metric: np.zeros(0, np.float32) for metric in METRICS}
        results = [
            TrialResult(0, TrialState.DIVERGED, nothing),
            TrialResult(1, TrialState.FAILED, nothing, "Traceback...\n  here\nValueError: too wide\n"),
        ]
        store.write_results("lost", results)
        store.set_status("lost", "interrupted")
    show_study("lost", store=url)
    text = capsys.readouterr().out
    assert "resume" not in text
    assert f"It cannot go on; to remove it: ikura delete --store {url} lost\n" in text
    assert "1 trial failed with ValueError: too wide\n" in text


def test_a_damaged_study_hides_no_other_and_can_be_deleted(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(url) as store:
        store.create("odd", settings={"seed": "x"}, space="")
    list_studies(store=url)
    text = capsys.readouterr().out
    assert NAME in text
    assert "damaged" in next(line for line in text.splitlines() if line.startswith("odd"))
    delete("odd", store=url, yes=True)
    list_studies(store=url)
    assert "odd" not in capsys.readouterr().out
