"""Studies that Ikura exported when its store had version 0003."""

import json
from pathlib import Path

import optuna
import pytest

import ikura
from ikura.errors import SettingError
from ikura.exchange import from_optuna
from ikura.records import Origin
from ikura.store import open_store, read_whole

EXPORTED = json.loads(Path(__file__).with_name("exported_0003.json").read_text(encoding="utf-8"))
"""By their names, two studies: what was kept of each and of its trials, and what Optuna saw of these."""


@pytest.fixture
def take(tmp_path):
    """Import a study, and return the database that it is in."""

    def run(name):
        address, path = f"sqlite:///{tmp_path / 'optuna.db'}", str(tmp_path / "s.db")
        study = optuna.create_study(study_name=name, storage=address, direction="maximize")
        study.set_user_attr("ikura", EXPORTED[name]["study"])
        for trial in EXPORTED[name]["trials"]:
            state = optuna.trial.TrialState[trial["state"]]
            study.add_trial(
                optuna.create_trial(state=state, value=trial["value"], user_attrs={"ikura": trial["ikura"]})
            )
        with open_store(path) as store:
            from_optuna(address, None).write(store, name)
        return path

    return run


@pytest.mark.parametrize("name", EXPORTED)
def test_it_comes_back(name, take):
    with open_store(take(name)) as store:
        record, _, history = read_whole(store, name)
    exported = EXPORTED[name]
    assert (record.settings.origin, record.settings.data, record.settings.schedule) == (Origin.BUNDLED, "iris", "full")
    assert record.settings.fingerprint == exported["study"]["settings"]["fingerprint"]
    for trial, state, old in zip(history.trials, history.states, exported["trials"], strict=True):
        assert (trial.config, trial.round, state) == tuple(old["ikura"][key] for key in ("config", "round", "state"))
        for metric, curve in old["ikura"]["curves"].items():
            assert history.curves[metric][trial.number, : len(curve)].tolist() == curve
    if name == "done":
        outcome, old = record.outcome, exported["study"]["outcome"]
        assert (record.status, outcome.best.number) == ("complete", old["best"]["number"])
        assert outcome.best.metrics["dev_accuracy"] == old["best"]["dev_accuracy"]
        assert (outcome.test, outcome.epochs_trained) == (old["test"], int(history.epochs.sum()))
    else:
        assert record.status == "interrupted"


def test_it_goes_on(take):
    history = ikura.resume("stopped", store=take("stopped")).trials
    trials = EXPORTED["stopped"]["trials"]
    assert [trial.config for trial in history.trials] == [trial["ikura"]["config"] for trial in trials]
    assert [trial["state"] for trial in trials].count("WAITING") == 4
    assert all(state.is_over for state in history.states)
    done = [number for number, trial in enumerate(trials) if trial["state"] == "COMPLETE"]
    assert history.final("dev_accuracy")[done].tolist() == [trials[number]["value"] for number in done]


@pytest.mark.parametrize("document", ["settings", "outcome"])
def test_what_was_changed_since_is_refused(document, take, monkeypatch):
    changed = EXPORTED["done"]["study"] | {document: {"best": 1}}
    monkeypatch.setitem(EXPORTED, "done", EXPORTED["done"] | {"study": changed})
    with pytest.raises(SettingError, match="not as Optuna or Ikura wrote it"):
        take("done")
